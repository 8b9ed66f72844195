"""What is known of one room: its records in order, and where in them a replay can begin. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from tickwire.errors import BadName, CannotRestore
from tickwire.ids import check_name
from tickwire.room.journal import Checkpointed, Ended, Hashed, Joined, Keyed, Opened, Record, Standing, Ticked, Watched
from tickwire.wire.codec import DECODE_ERRORS

MERGED = 1000  # ticks in one record at most, so that no single call takes long
MAX_TICK = 2**40  # of a checkpoint: more than a thousand years of 30 Hz is no game's
MAX_RECORDS = 4_000_000  # of a replay, which are all in memory: some 400 MB


class _SavedTick(Struct, array_like=True):
    """The first field of a `SavedGame`: the others are passed over."""

    tick: int


class _SavedHead(Struct, array_like=True):
    """The first two fields of a `SavedRoom`."""

    version: int
    game: _SavedTick


_read_head = msgspec.msgpack.Decoder(_SavedHead).decode


@dataclass(slots=True)
class BotInputs:
    """What built-in bots asked for; see `bot_inputs`.

    Attributes:
        last: the tick up to which all of it is known.
        by_tick: by tick and player the input in MessagePack; a bot that is not there asked for nothing.
    """

    last: int
    by_tick: dict[int, dict[int, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Recording:
    """One room's life, or what is left of it.

    Attributes:
        opened: how it began.
        records: what happened, in order, without those that a replay needs not.
        places: the checkpoints among them, as (tick, index in `records`), both ascending.
        first: the tick with which it begins: 0, or that of a checkpoint.
        last: the last tick.
        people: the names of those who played, in the order in which they came.
        note: what is missing, as one sentence; empty if nothing is.
        bot_inputs: what its bots asked for; None to have them think again.
    """

    opened: Opened
    records: list[Record] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    first: int = 0
    last: int = 0
    people: list[str] = field(default_factory=list)
    note: str = ""
    bot_inputs: BotInputs | None = None

    @property
    def seconds(self) -> float:
        """How long it is, in seconds of game time."""
        return (self.last - self.first) / self.opened.tick_rate

    def number_of(self, name: str) -> int | None:
        """The number of the player who joined last under a name; None if nobody did."""
        joined = (r for r in reversed(self.records) if isinstance(r, Joined) and r.name == name)
        return next((record.player for record in joined), None)

    def add(self, records: Iterable[Record]) -> None:
        """Take in what happened next to this room; ticks that follow each other become one record.

        Raises:
            CannotRestore: a record makes no sense. Those before it are kept.
        """
        kept = self.records
        for record in records:
            match record:
                case Ticked(_, count):
                    self._ticked(record, count)
                case Keyed() | Ended() | Opened() | Standing() | Hashed():
                    pass  # hashes of tokens are nobody's business, and the others have their own places
                case Checkpointed(room, saved):
                    tick = tick_of(saved)
                    if tick < self.last:
                        raise CannotRestore(f"a checkpoint of tick {tick} stands behind tick {self.last}")
                    if not kept:
                        self.first = tick
                    self.last = tick
                    self.places.append((tick, len(kept)))
                    kept.append(Checkpointed(room, saved))  # without hashes of tokens
                case Joined(_, name):
                    _check(name)
                    if name not in self.people:
                        self.people.append(name)
                    kept.append(record)
                case Watched(_, name):
                    _check(name)
                    kept.append(record)
                case _:
                    kept.append(record)
            if len(kept) > MAX_RECORDS:
                raise CannotRestore(f"it has more than {MAX_RECORDS:,} records")

    def _ticked(self, record: Ticked, count: int) -> None:
        if not 0 < count <= MERGED:
            raise CannotRestore(f"a record tells of {count} ticks at once")
        before = self.records[-1] if self.records else None
        if isinstance(before, Ticked) and before.count + count <= MERGED:
            self.records[-1] = Ticked(record.room, before.count + count)
        else:
            self.records.append(record)
        self.last += count


def tick_of(saved: bytes) -> int:
    """The tick of a checkpoint, without restoring it.

    Raises:
        CannotRestore: these bytes are no checkpoint.
    """
    try:
        tick = _read_head(saved).game.tick
    except DECODE_ERRORS as error:
        raise CannotRestore(f"this is no checkpoint of a room: {error}") from None
    if not 0 <= tick <= MAX_TICK:
        raise CannotRestore(f"a checkpoint says that it is of tick {tick}")
    return tick


def _check(name: str) -> None:
    try:
        check_name(name)
    except BadName as error:
        raise CannotRestore(f"somebody has no name that can be shown: {error}") from None
