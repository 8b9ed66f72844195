"""What happens to rooms <-> bytes: a record for each call that changes one. Pure: no file is opened here.

Rules are deterministic, so a room is what its records made of it: the same records, the same room. A room makes them
itself, when it has a journal; `room.recovery` plays them again. A commit is the records of a wake, of all rooms.

The order of a record's fields, and its number, are a format that is kept: see `store.segments` for its version. New
kinds of records get new numbers, and new fields stand last and have a default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from tickwire.errors import CannotRestore
from tickwire.wire.codec import DECODE_ERRORS


class Opened(Struct, array_like=True, tag=0, frozen=True):
    """A room was made.

    Attributes:
        room: its number in this log; codes may come back, numbers do not.
        code: what players type.
        game: the name of its game.
        rules: the fingerprint of the game's files.
        seed: of its chance.
        seats: how many it has.
        bots: how many seats bots fill.
        tick_rate: ticks a second.
        grace: seconds for which a seat is kept.
        opened_at: when, in milliseconds of Unix time; 0 if the log does not say.
    """

    room: int
    code: str
    game: str
    rules: str
    seed: int
    seats: int
    bots: int
    tick_rate: float
    grace: float
    opened_at: int = 0


class Joined(Struct, array_like=True, tag=1, frozen=True):
    """A person took a seat, and got the number `player`."""

    room: int
    name: str
    player: int


class Left(Struct, array_like=True, tag=2, frozen=True):
    """A person gave a seat up."""

    room: int
    player: int


class Lost(Struct, array_like=True, tag=3, frozen=True):
    """A person's connection was lost."""

    room: int
    player: int


class Resumed(Struct, array_like=True, tag=4, frozen=True):
    """A person is back; `sent` is the highest `seq` that was sent, None to count anew."""

    room: int
    player: int
    sent: int | None


class Heard(Struct, array_like=True, tag=5, frozen=True, gc=False):
    """An input was taken.

    Attributes:
        room: where.
        player: whose.
        message: the bytes that came, in the encoding that they came in.
        seen: in place of what the message says to have seen, if that was not believed.
    """

    room: int
    player: int
    message: bytes
    seen: float | None = None


class Said(Struct, array_like=True, tag=6, frozen=True):
    """Somebody said something; `player` 0 is a watcher."""

    room: int
    player: int
    name: str
    text: str


class Ticked(Struct, array_like=True, tag=7, frozen=True, gc=False):
    """So many ticks were made."""

    room: int
    count: int


class Ended(Struct, array_like=True, tag=8, frozen=True):
    """The room is over."""

    room: int


class Checkpointed(Struct, array_like=True, tag=9, frozen=True):
    """The whole room, as it was. Nothing that stands in front of this record is needed to recover the room.

    Attributes:
        room: its number.
        saved: see `room.saved`.
        opened: how the room began: the record of that may have been deleted, or never have been written.
        tokens: hashes of what takes a seat back: the player, the last token, and the one before.
    """

    room: int
    saved: bytes
    opened: Opened | None = None
    tokens: list[tuple[int, bytes, bytes]] = []


class Hashed(Struct, array_like=True, tag=13, frozen=True, gc=False):
    """The hash of the game's state after the ticks before it, once a second of the room: see `game.saved.hash_game`.

    Rooms of one server are hashed in different ticks of their second, by their numbers: else rooms that were opened
    together would all be hashed in one wake.
    """

    room: int
    crc: int


class Watched(Struct, array_like=True, tag=12, frozen=True):
    """Somebody who asked to be called `name` began to look on (`on`), or who is called so does no more."""

    room: int
    name: str
    on: bool


class Keyed(Struct, array_like=True, tag=10, frozen=True):
    """A seat has another token from now on; hashes of it and of the one before, which may still be good."""

    room: int
    player: int
    token: bytes
    former: bytes


class Standing(Struct, array_like=True, tag=14, frozen=True):
    """Which rooms are open, now and then and behind each gap in the log. It stands first in its commit.

    What was written before `since` need not be read to recover them. A room that is known and not among them has ended
    in a gap.

    Attributes:
        room: the highest number that a room was given.
        rooms: the numbers of those that are open.
        since: the number of the first commit that their recovery needs, and that of those in `unopened`.
        unopened: the numbers of those that could not be opened again, and since when, in seconds of Unix time.
    """

    room: int
    rooms: list[int]
    since: int
    unopened: list[tuple[int, int]] = []


Record = (
    Opened
    | Joined
    | Left
    | Lost
    | Resumed
    | Heard
    | Said
    | Watched
    | Ticked
    | Hashed
    | Ended
    | Checkpointed
    | Keyed
    | Standing
)

_encode = msgspec.msgpack.Encoder().encode
_STANDING = _encode(Standing(0, [], 0))[:2]  # the length of the record, and its tag
_decode = msgspec.msgpack.Decoder(list[Record]).decode


def pack_commit(records: list[Record]) -> bytes:
    """Records as the payload of a commit."""
    return _encode(records)


def unpack_commit(payload: bytes) -> list[Record]:
    """The inverse of `pack_commit`.

    Raises:
        CannotRestore: these are no records, or some that this version does not know.
    """
    try:
        return _decode(payload)
    except DECODE_ERRORS as error:
        raise CannotRestore(f"this commit cannot be read: {error}") from None


def begins_with_standing(payload: bytes) -> bool:
    """Whether a commit's first record is a `Standing`; without decoding the others, of which there may be thousands."""
    first = {0xDC: 3, 0xDD: 5}.get(payload[0], 1) if payload else 0  # behind the length of the list
    return payload[first : first + 2] == _STANDING


class Journal:
    """Gathers the records of all rooms until somebody takes them.

    Args:
        next_room: the number of the next room; no room of the log has it, or a higher one.
        wall_clock: says what time it is, in seconds of Unix time; None in tests that do not ask for it.

    Attributes:
        records: what happened since they were last taken.
    """

    def __init__(self, next_room: int = 1, wall_clock: Callable[[], float] | None = None) -> None:
        self.records: list[Record] = []
        self._wall_clock = wall_clock
        self._next_room = next_room

    def number(self) -> int:
        """A number for a new room."""
        self._next_room += 1
        return self._next_room - 1

    def wall_time(self) -> int:
        """What time it is, in milliseconds of Unix time; 0 without a clock."""
        return round(self._wall_clock() * 1000) if self._wall_clock is not None else 0

    def standing(self, rooms: list[int], since: int, unopened: Sequence[tuple[int, int]] = ()) -> None:
        """Note which rooms are open: see `Standing`. No other record waits to be taken."""
        assert not self.records
        self.records.append(Standing(self._next_room - 1, rooms, since, list(unopened)))

    def take(self) -> list[Record]:
        """The records since the last call."""
        records, self.records = self.records, []
        return records


class Kept:
    """What has a number in a journal, and makes a record of all that happens to it. Without a journal it makes none.

    Attributes:
        number: in the journal.
        opened: how it began, as the journal has it; None without a journal.
        replaying: what is in a journal is played again: nobody hears of it, so no states are made.
    """

    def __init__(self) -> None:
        self.number = 0
        self.opened: Opened | None = None
        self.replaying = False
        self._journal: Journal | None = None

    def note(self, record: Callable[..., Record], *fields: object) -> None:
        """Put a record into the journal.

        Args:
            record: its class.
            fields: of it, but for the number.
        """
        if self._journal is not None:
            self._journal.records.append(record(self.number, *fields))
