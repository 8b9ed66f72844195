"""Inputs that came late, and count from their tick all the same: the row of their player is played again from there.

A segment that is lost holds up the keys behind it for a round trip, and whoever held a key meanwhile turns too far.
So the last ticks of each predicted row are kept, with the input of each; when an input for one of them comes, `move`
makes them again. Only that one row is changed, and only where it is now: what others were sent, and what was judged by
it, stays as it was.

Source: the rollback of GGPO (Tony Cannon, 2006), for one row and on the server; Yahn W. Bernier, Latency Compensating
Methods, 2001, for how far back a client is believed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import msgspec

from tickwire.game.contract import Game, Input, Player
from tickwire.game.entity import Entity, Table
from tickwire.game.spec import GameSpec
from tickwire.room.saved import SavedMoment, SavedRollback

_pack = msgspec.msgpack.encode

Values = tuple[Any, ...]  # of a row, in the order of its fields


@dataclass(slots=True)
class Brought:
    """A row that would have been brought into the world if the input had come in time.

    Attributes:
        player: whose.
        row: as `move` returned it; it is in no table.
        ticks: how many ticks ago that would have been; 1 for the last one that was made.
    """

    player: int
    row: Entity
    ticks: int


@dataclass(slots=True)
class _Moment:
    """A row after a tick, and what was held in it."""

    tick: int
    values: Values
    held: Input


Copied = tuple[dict[int, deque[_Moment]], dict[int, Input], dict[int, int]]


class Rollback:
    """The last ticks of one table's rows, and the inputs that came too late for them.

    Args:
        table: of the predicted entity, which has a field `player` and a method `move`.
        players: who is in the game, by number; bots are never late.
        idle: what is held before the first word.
        reach: how many ticks back an input is believed; one that is older counts from there.
    """

    def __init__(self, table: Table[Any], players: Mapping[int, Player], idle: Input, reach: float) -> None:
        self._table = table
        self._players = players
        self._idle = idle
        self._reach = floor(reach)
        self._names = [f.name for f in table.entity.fields]
        self._tracks: dict[int, deque[_Moment]] = {}  # by row
        self._held: dict[int, Input] = {}  # by player
        self._last: dict[int, int] = {}  # by player: the tick of the last input
        self._late: dict[int, list[tuple[int, Input]]] = {}  # by player: the tick of each input, and the input

    @staticmethod
    def of_game(spec: GameSpec, game: Game) -> Rollback | None:
        """That of a game that asks for it."""
        if not spec.game.rollback:
            return None
        name = next(name for name, entity in spec.tables.items() if entity is spec.game.predict)
        idle = spec.controls.input
        assert idle is not None  # a game that predicts has one
        return Rollback(getattr(game, name), game.players, idle(), game._history.reach)

    def heard(self, player: int, input: Input, tick: int, late: int) -> None:
        """An input is given to the game.

        Args:
            player: whose.
            input: what is held from now on.
            tick: the one that is being made.
            late: by how many ticks it missed its own; 0 if it did not.
        """
        if type(input) is not type(self._idle):
            return  # something else that the game can be asked for
        self._held[player] = input
        # Inputs keep their order: one that is for an earlier tick than the one before it comes with that one.
        at = self._last[player] = max(tick - late, self._last.get(player, 0))
        if at < tick:
            self._late.setdefault(player, []).append((at, input))

    def left(self, player: int) -> None:
        """The player is gone."""
        self._held.pop(player, None)
        self._last.pop(player, None)
        self._late.pop(player, None)

    def replay(self, tick: int) -> list[Brought]:
        """Play again what the late inputs of this tick change; returns what they would have brought into the world.

        Args:
            tick: the one that is being made; its rules have not run yet.
        """
        brought: list[Brought] = []
        while self._late:
            player, inputs = self._late.popitem()
            own = [row for row in self._table if row.player == player]
            if own:
                brought += self._replay(max(own, key=lambda row: row.id), inputs, tick)
        return brought

    def record(self, tick: int) -> None:
        """Remember this tick. Called after the rules."""
        tracks, self._tracks = self._tracks, {}
        for row in self._table:
            player = self._players.get(row.player)
            if player is not None and not player.bot:
                track = tracks.get(row.id) or deque(maxlen=self._reach + 1)
                track.append(_Moment(tick, self._values(row), self._held.get(player.id, self._idle)))
                self._tracks[row.id] = track

    def copy(self) -> Copied:
        """What is remembered between two ticks, to be put back within this process."""
        return {row: track.copy() for row, track in self._tracks.items()}, dict(self._held), dict(self._last)

    def put_back(self, copied: Copied) -> None:
        """The inverse of `copy`."""
        tracks, held, last = copied
        self._tracks = {row: track.copy() for row, track in tracks.items()}
        self._held, self._last = dict(held), dict(last)

    def save(self) -> SavedRollback:
        """What is remembered. Only between two ticks, when nothing late waits."""
        assert not self._late
        return SavedRollback(
            {
                row: [SavedMoment(m.tick, list(m.values), msgspec.Raw(_pack(m.held))) for m in track]
                for row, track in self._tracks.items()
            },
            {player: msgspec.Raw(_pack(held)) for player, held in self._held.items()},
            dict(self._last),
        )

    def restore(self, saved: SavedRollback, decode: Callable[[bytes], Input]) -> None:
        """The inverse of `save`; `decode` is of an input in MessagePack."""
        for row, moments in saved.tracks.items():
            self._tracks[row] = deque(
                (_Moment(m.tick, tuple(m.values), decode(m.held)) for m in moments), maxlen=self._reach + 1
            )
        self._held.update({player: decode(held) for player, held in saved.held.items()})
        self._last.update(saved.last)

    def _replay(self, row: Any, inputs: list[tuple[int, Input]], tick: int) -> list[Brought]:
        track = list(self._tracks.get(row.id, ()))
        due = {max(at, track[0].tick + 1): input for at, input in inputs} if track else {}
        since = min(due, default=tick)
        if since >= tick:
            return []
        start = since - track[0].tick
        again, had, made = self._again(track[start - 1].values, track[start:], due)
        if had:
            # A shot that was fired is not taken back, and must not be had twice: the field that would do that stays.
            fields = iter(self._idle.__struct_fields__)
            while had != [(at, type(each)) for at, each in made]:
                if (kept := next(fields, None)) is None:
                    return []
                again, had, made = self._again(track[start - 1].values, track[start:], due, kept)
            made = []
        for i, moment in enumerate(again, start):
            self._tracks[row.id][i] = moment
        for name, value in zip(self._names, again[-1].values, strict=True):
            if getattr(row, name) != value:
                setattr(row, name, value)
        return [Brought(row.player, each, tick - at) for at, each in made]

    def _again(
        self, values: Values, moments: Sequence[_Moment], due: Mapping[int, Input], kept: str | None = None
    ) -> tuple[list[_Moment], list[tuple[int, type[Entity]]], list[tuple[int, Entity]]]:
        """Some ticks as they would have been.

        Args:
            values: before the first of them.
            moments: as they were.
            due: by tick, what is held from it on.
            kept: a field of what was held that stays as it was.

        Returns:
            The moments; what was brought into the world in them, by tick; and what would have been.
        """
        again: list[_Moment] = []
        had: list[tuple[int, type[Entity]]] = []
        made: list[tuple[int, Entity]] = []
        before, held = values, moments[0].held
        for was in moments:
            held = due.get(was.tick, held)
            if kept is not None:
                held = msgspec.structs.replace(held, **{kept: getattr(was.held, kept)})
            expected, had_now = self._moved(before, was.held)
            values, made_now = self._moved(values, held)
            # What the rules did to it besides moving it, a hit or a place far off, stays done.
            values = tuple(
                new if then == by_moving else then
                for new, then, by_moving in zip(values, was.values, expected, strict=True)
            )
            had += [(was.tick, type(each)) for each in had_now]
            made += [(was.tick, each) for each in made_now]
            again.append(_Moment(was.tick, values, held))
            before = was.values
        return again, had, made

    def _values(self, row: Any) -> Values:
        return tuple([getattr(row, name) for name in self._names])

    def _moved(self, values: Values, held: Input) -> tuple[Values, list[Entity]]:
        row: Any = self._table.entity(**dict(zip(self._names, values, strict=True)))
        made = row.move(held)
        return self._values(row), [] if made is None else [made] if isinstance(made, Entity) else list(made)
