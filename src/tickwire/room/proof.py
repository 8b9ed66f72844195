"""Is it true? What a log tells is played again, and compared by hash each second, and whole at each checkpoint. Pure.

Rules that go by the clock, by `random` itself or by the order of a set come out differently, and this finds where. So
does a log that was changed by somebody who could make the checksums right again, but not the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from tickwire.errors import CannotRestore
from tickwire.game.fingerprint import fingerprint
from tickwire.game.saved import SavedGame, SavedTable, hash_game
from tickwire.game.spec import GameSpec
from tickwire.room.journal import Checkpointed, Ended, Hashed, Opened, Record, Standing
from tickwire.room.recovery import Story, begin, play_again
from tickwire.room.room import Room
from tickwire.room.saved import SavedRoom, unpack_room


@dataclass(slots=True)
class Verdict:
    """What came of playing a room again.

    Attributes:
        code: of the room.
        game: its game's name.
        ticks: how many were played again.
        compared: how often it was compared: once a second by hash, and whole at each checkpoint.
        problem: the first difference, or why it could not be played; empty if all is identical.
        other_rules: whether the game's files are others than they were when the room was opened.
    """

    code: str
    game: str
    ticks: int = 0
    compared: int = 0
    problem: str = ""
    other_rules: bool = False


@dataclass(slots=True)
class _Playing:
    story: Story
    verdict: Verdict
    room: Room | None = None  # None before its beginning, or a checkpoint, was seen, and behind a problem
    same: int = 0  # the last tick after which it was the same
    apart: bool = False  # a hash was another; it is played on to the next checkpoint, which says what differs


class Prover:
    """Plays rooms again while their log is read.

    Args:
        games: by name, as they are today.
    """

    def __init__(self, games: Mapping[str, GameSpec]) -> None:
        self._games = games
        self._open: dict[int, _Playing] = {}
        self._over: list[Verdict] = []

    @property
    def verdicts(self) -> list[Verdict]:
        """What is known so far, in the order in which rooms ended; those that are open come last."""
        return [*self._over, *(playing.verdict for playing in self._open.values())]

    def tell(self, records: list[Record]) -> None:
        """Take in a commit's records."""
        for record in records:
            match record:
                case Opened():
                    self._begin(self._opened(record))
                case Checkpointed(room, _, Opened() as opened) if room not in self._open:
                    self._play(self._opened(opened), record)
                case Ended(room):
                    self._end(room)
                case Standing(rooms=rooms, unopened=unopened):
                    for room in self._open.keys() - {*rooms, *(number for number, _ in unopened)}:
                        self._end(room)
                case _ if (known := self._open.get(record.room)) is not None:
                    if known.apart or not known.verdict.problem:
                        self._play(known, record)

    def gap(self) -> None:
        """Commits are missing here: rooms are played on from their next checkpoint."""
        for playing in self._open.values():
            playing.room, playing.apart = None, False

    def _opened(self, opened: Opened) -> _Playing:
        playing = self._open[opened.room] = _Playing(Story(opened), Verdict(opened.code, opened.game))
        spec = self._games.get(opened.game)
        playing.verdict.other_rules = spec is not None and opened.rules != fingerprint(spec.game)
        return playing

    def _end(self, room: int) -> None:
        if (ended := self._open.pop(room, None)) is not None:
            self._over.append(ended.verdict)

    def _begin(self, playing: _Playing) -> None:
        try:
            playing.room = begin(playing.story, self._games, 0.0)
            playing.same = playing.room.tick
        except CannotRestore as error:
            playing.verdict.problem = str(error)

    def _play(self, playing: _Playing, record: Record) -> None:
        room, verdict = playing.room, playing.verdict
        match record:
            case Checkpointed(_, saved) if room is None:
                playing.story.saved = saved
                self._begin(playing)
                return
            case Checkpointed(_, saved) if room is not None and (again := room.save()) is not None:
                words = difference(room.spec, unpack_room(saved), again)
                if playing.apart:
                    playing.apart = False
                    verdict.problem += f"; {words}" if words else ""
                    return
                verdict.compared += 1
                playing.same, verdict.problem = room.tick, words
                return
            case Hashed(_, crc) if room is not None and not playing.apart:
                verdict.compared += 1
                if hash_game(room.spec, room.game) == crc:
                    playing.same = room.tick
                else:
                    playing.apart = True
                    verdict.problem = came_out_differently(room, playing.same)
                return
        if room is None:
            return
        before = room.tick
        try:
            for _ in play_again(room, [record]):
                pass
        except BaseException as error:  # whatever rules raise
            playing.apart = False
            verdict.problem = verdict.problem or f"in tick {room.tick}: {type(error).__name__}: {error}"
        verdict.ticks += room.tick - before


def difference(spec: GameSpec, then: SavedRoom, now: SavedRoom) -> str:
    """The first difference between a checkpoint and the same moment played again, as a sentence; empty if none.

    Args:
        spec: the game.
        then: as it is in the log.
        now: as it came out.
    """
    return next(_differences(spec, then, now), "")


def game_difference(spec: GameSpec, then: SavedGame, now: SavedGame) -> str:
    """As `difference`, of the game alone: that can be saved after any tick."""
    return next(_game_differences(spec, then, now), "")


def came_out_differently(room: Room, same: int) -> str:
    """What to say of a room whose hash differs.

    Args:
        room: as it was played again, right after the ticks that the hash is of.
        same: the last tick after which it was the same.
    """
    second = (room.tick - 1) // round(room.tick_rate) + 1
    return f"second {second}: ticks {same + 1} to {room.tick} come out differently when they are played again"


def _differences(spec: GameSpec, then: SavedRoom, now: SavedRoom) -> Iterator[str]:
    yield from _game_differences(spec, then.game, now.game)
    for part in ("roster", "queue", "rollback"):
        if getattr(then, part) != getattr(now, part):
            yield f"tick {then.game.tick}: the {part} of the room is another when it is played again"


def _game_differences(spec: GameSpec, then: SavedGame, now: SavedGame) -> Iterator[str]:
    where, here = f"tick {then.tick}: ", spec.game.__name__
    if then.tick != now.tick:
        yield f"{where}tick {now.tick} when it is played again"
    for name, table in then.tables.items():
        if (other := now.tables.get(name)) is not None:
            yield from (f"{where}{here}.{name} {words}" for words in _table_differences(table, other))
    for name, hint in spec.state.items():
        was, value = (_value(game, name, hint) for game in (then, now))
        # Rules may loop over a dict, so its order is state, too; that of a set is another in each process.
        if was != value or (isinstance(was, dict) and isinstance(value, dict) and list(was) != list(value)):
            yield f"{where}{here}.{name} was {was!r} and is {value!r} when it is played again"
    if (then.chance, then.gauss) != (now.chance, now.gauss):
        yield f"{where}{here}.random was asked for more or less chance than when it is played again"


def _table_differences(then: SavedTable, now: SavedTable) -> Iterator[str]:
    if then.ids != now.ids:
        id = min(set(then.ids) ^ set(now.ids))
        had, has = ("a", "none") if id in then.ids else ("no", "one")
        yield f"had {had} row {id}, and has {has} when it is played again"
        return
    for name, was, value in zip(then.fields, then.columns, now.columns, strict=True):
        for id, a, b in zip(then.ids, was, value, strict=True):
            if a != b:
                yield f"row {id}: {name} was {a!r} and is {b!r} when it is played again"
    if then.next_id != now.next_id:
        yield f"gave ids up to {then.next_id - 1}, and up to {now.next_id - 1} when it is played again"


def _value(game: SavedGame, name: str, hint: object) -> object:
    raw = game.state.get(name)
    return None if raw is None else msgspec.msgpack.decode(raw, type=hint)
