"""Records -> rooms: what a log says of each room is gathered, and then played again. Pure: no file is opened here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tickwire.errors import CannotRestore, RemoteProtocolError
from tickwire.game.saved import hash_game
from tickwire.game.spec import GameSpec
from tickwire.room.journal import (
    Checkpointed,
    Ended,
    Hashed,
    Heard,
    Joined,
    Keyed,
    Left,
    Lost,
    Opened,
    Record,
    Resumed,
    Said,
    Standing,
    Ticked,
    Watched,
)
from tickwire.room.room import Room
from tickwire.room.saved import unpack_room
from tickwire.wire.codec import ClientMessageDecoder, Encoding
from tickwire.wire.messages import InputMessage

_FREQUENT = {Ticked, Heard}


@dataclass(slots=True)
class Tokens:
    """Hashes of the tokens that take a seat back."""

    token: bytes
    former: bytes


@dataclass(slots=True)
class Story:
    """What is known of one room.

    Attributes:
        opened: how it began.
        saved: its last checkpoint.
        records: what happened since then, or since it was opened.
        tokens: by player.
        known: whether all of that is there. After a gap in the log it is not, until the next checkpoint; the records
            end at the gap.
        since: the number of the first commit that is needed for it.
        unopened: since when it could not be opened, in seconds of Unix time; 0 if the last server had it open.
    """

    opened: Opened
    saved: bytes | None = None
    records: list[Record] = field(default_factory=list)
    tokens: dict[int, Tokens] = field(default_factory=dict)
    known: bool = True
    since: int = 0
    unopened: int = 0


class Stories:
    """Gathers what a log says of the rooms that are open at its end.

    Attributes:
        open: by room number.
        next_room: a number that no room of the log has.
    """

    def __init__(self) -> None:
        self.open: dict[int, Story] = {}
        self.next_room = 1

    def tell(self, commit: int, records: list[Record]) -> None:
        """Take in a commit's records.

        Args:
            commit: its number.
            records: in order.
        """
        for record in records:
            if type(record) in _FREQUENT and (known := self.open.get(record.room)) is not None:
                if known.known:  # nearly all records are such: millions of them
                    known.records.append(record)
                continue
            self.next_room = max(self.next_room, record.room + 1)
            match record:
                case Opened(room):
                    self.open[room] = Story(record, since=commit)
                case Ended(room):
                    self.open.pop(room, None)
                case Standing(rooms=rooms, unopened=unopened):
                    numbers = *rooms, *(number for number, _ in unopened)
                    self.open = {number: self.open[number] for number in numbers if number in self.open}
                    for number, at in unopened:
                        if number in self.open:
                            self.open[number].unopened = at
                case Checkpointed(room, _, Opened() as opened) if room not in self.open:
                    self.open[room] = Story(opened)
                    _add(self.open[room], commit, record)
                case _ if (story := self.open.get(record.room)) is not None:
                    _add(story, commit, record)

    def gap(self) -> None:
        """Commits are missing here: what comes later is of no use to a room until its next checkpoint."""
        for story in self.open.values():
            story.known = False


def _add(story: Story, commit: int, record: Record) -> None:
    match record:
        case Keyed(_, player, token, former):
            story.tokens[player] = Tokens(token, former)
        case Checkpointed(_, saved, opened, tokens):
            story.saved, story.known, story.since = saved, True, commit
            story.records.clear()
            if opened is not None:
                story.tokens = {player: Tokens(token, former) for player, token, former in tokens}
        case _:
            if isinstance(record, Left):
                story.tokens.pop(record.player, None)
            if story.known:
                story.records.append(record)


def rebuild(story: Story, games: Mapping[str, GameSpec], now: float, make: Callable[..., Room] = Room) -> Room:
    """The room that a story tells of, at its end; at the gap, if it is not known what came behind that. If it is not
    as it was, its `differences` say so.

    Args:
        story: of the room.
        games: by name, as they are today.
        now: seconds; the next tick is due one period later. Time stood still for the game meanwhile.
        make: takes what `Room` takes.

    Raises:
        CannotRestore: its game is not served, does not fit what was saved, or broke.
    """
    room = begin(story, games, now, make)
    try:
        last: bool | None = None  # whether the last hash is the same: who looks at each would play each second longer
        hashes = [i for i, record in enumerate(story.records) if isinstance(record, Hashed)]
        for i, record in enumerate(play_again(room, story.records)):
            if hashes and i == hashes[-1] and isinstance(record, Hashed):
                last = record.crc == hash_game(room.spec, room.game)
    except CannotRestore:
        raise
    except BaseException as error:  # whatever rules raise
        raise CannotRestore(f"its game broke in tick {room.tick}: {type(error).__name__}: {error}") from error
    room.replaying = False
    if last is False and not room.differences:
        room.differences.append("what happened since its last checkpoint came out differently; see `tickwire verify`")
    room.wake(now)
    return room


def begin(story: Story, games: Mapping[str, GameSpec], now: float, make: Callable[..., Room] = Room) -> Room:
    """The room at its last checkpoint, or as it was opened.

    Raises:
        CannotRestore: its game is not served, or does not fit what was saved.
    """
    opened = story.opened
    spec = games.get(opened.game)
    if spec is None:
        raise CannotRestore(f"the game {opened.game} is not served any more")
    saved = unpack_room(story.saved) if story.saved is not None else None
    try:
        return make(
            spec,
            opened.code,
            opened.seed,
            now,
            bots=opened.bots,
            seats=opened.seats,
            tick_rate=opened.tick_rate,
            grace=opened.grace,
            saved=saved,
        )
    except CannotRestore:
        raise
    except BaseException as error:  # whatever rules raise
        raise CannotRestore(f"its game broke when it was started: {type(error).__name__}: {error}") from error


def play_again(room: Room, records: list[Record]) -> Iterator[Record]:
    """Make the calls that the records tell of; yields each record once its call was made. States are made no more.

    Raises:
        CannotRestore: the room answers otherwise than it did.
        Exception: whatever the game raises.
    """
    room.replaying = True
    decoder = _decoder_of(room.spec.inputs)
    for record in records:
        apply(room, record, decoder)
        yield record


@lru_cache
def _decoder_of(inputs: Any) -> ClientMessageDecoder:
    return ClientMessageDecoder(inputs)


def apply(room: Room, record: Record, decoder: ClientMessageDecoder) -> None:
    """Make the call that one record tells of.

    Args:
        room: whose record it is.
        record: what is next.
        decoder: of the game's inputs.

    Raises:
        CannotRestore: the room answers otherwise than it did.
        Exception: whatever the game raises.
    """
    match record:
        case Heard(_, player, message, seen):
            _hear(room, player, message, seen, decoder)
        case Ticked(_, count):
            room.make_ticks(count)
        case Joined(_, name, number):
            if (player := room.join(name).id) != number:
                raise CannotRestore(f"{name} got the number {player}, and had {number}")
        case Left(_, player):
            room.leave(player)
        case Lost(_, player):
            room.lose(player)
        case Resumed(_, player, sent):
            room.resume(player, sent)
        case Said(_, player, name, text):
            room.say(player, name, text)
        case Watched(_, name, on):
            (room.watch if on else room.unwatch)(name)
        case Opened() | Hashed() | Ended() | Checkpointed() | Keyed() | Standing():
            pass


def _hear(room: Room, player: int, message: bytes, seen: float | None, decoder: ClientMessageDecoder) -> None:
    encoding = Encoding.MSGPACK if message[:1] >= b"\x80" else Encoding.JSON  # a map's first byte, or a brace or blank
    try:
        decoded = decoder.decode(message, encoding)
        assert isinstance(decoded, InputMessage)
        believed = decoded.seen if seen is None else seen
        room.input(player, decoded.seq, decoded.input, decoded.tick, believed)
    except RemoteProtocolError as error:
        raise CannotRestore(f"an input of player {player} is not taken any more: {error}") from None
