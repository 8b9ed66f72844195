"""What a checkpoint of a room holds. Each part of a room saves itself as one of these, and is restored from it.

A checkpoint is taken between two ticks, when all that was queued for the last one has been played. It is then what the
calls of a room's life have come to so far, so that recovery needs only those that came later.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from tickwire.errors import CannotRestore
from tickwire.game.saved import SavedGame
from tickwire.wire.codec import DECODE_ERRORS

VERSION = 1  # of this form; what reads a checkpoint refuses others


class SavedPlayer(Struct, array_like=True):
    """A seat that somebody has."""

    id: int
    name: str
    bot: bool
    away: bool
    lag: float


class SavedRoster(Struct, array_like=True):
    """Who holds which seat, which numbers rest, and who looks on; see `room.roster`."""

    players: list[SavedPlayer]
    next_numbers: list[int]
    resting: list[tuple[int, int]]
    rested: list[int]
    watching: list[str]


class SavedInput(Struct, array_like=True):
    """An input that waits for its tick."""

    tick: int
    player: int
    seq: int
    input: msgspec.Raw
    early: int | None
    seen: float | None


class SavedQueue(Struct, array_like=True):
    """What waits for its tick, and by player the `seq` and the tick of the last input."""

    inputs: list[SavedInput]
    last: dict[int, tuple[int, int]]


class SavedMoment(Struct, array_like=True):
    """A predicted row after a tick, and what was held in it."""

    tick: int
    values: list[Any]
    held: msgspec.Raw


class SavedRollback(Struct, array_like=True):
    """The last ticks of each predicted row, by row; by player what is held, and the tick of the last input."""

    tracks: dict[int, list[SavedMoment]]
    held: dict[int, msgspec.Raw]
    last: dict[int, int]


class SavedRoom(Struct, array_like=True):
    """A whole room between two ticks."""

    version: int
    game: SavedGame
    roster: SavedRoster
    queue: SavedQueue
    rollback: SavedRollback | None


_decode = msgspec.msgpack.Decoder(SavedRoom).decode


def pack_room(saved: SavedRoom) -> bytes:
    """A checkpoint, in MessagePack."""
    return msgspec.msgpack.encode(saved)


def unpack_room(data: bytes) -> SavedRoom:
    """The inverse of `pack_room`.

    Raises:
        CannotRestore: it is no checkpoint, or one of another version.
    """
    try:
        saved = _decode(data)
    except DECODE_ERRORS as error:
        raise CannotRestore(f"this is no checkpoint of a room: {error}") from None
    if saved.version != VERSION:
        raise CannotRestore(f"this checkpoint has form {saved.version}; this tickwire reads form {VERSION}")
    return saved
