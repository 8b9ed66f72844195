"""How a server is to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tickwire.game.spec import GameSpec
from tickwire.room.lobby import MAX_ROOMS, MAX_ROOMS_EACH
from tickwire.store.fsync import Fsync

KEEP_SECONDS = 30 * 86_400.0
KEEP_BYTES = 10 * 1024**3

ECHO = "echo"  # the game that has a raw form


@dataclass(frozen=True, slots=True)
class Config:
    """What `tickwire serve` is told.

    Attributes:
        games: what is served; the first is what a hello without a game gets.
        host: a name or address of this machine; "" for all of them.
        port: 0 for a free one.
        bots: seats that bots fill in each room.
        seed: of every room's chance; None for one of its own for each.
        tick_rate: ticks a second; None for each game's own.
        seats: of each room; None for each game's own.
        grace: seconds for which the seat of a lost connection is kept; None for each game's own.
        max_rooms: how many rooms there may be.
        max_rooms_each: how many of them may have been opened from one address.
        log_format: console or json.
        max_connections: what comes beyond that is told so and closed.
        allow_origins: whose web pages may talk to the server, besides its own and this machine's: origins, or "*".
        data: the folder that rooms are kept in, so that they outlive the server; None to keep nothing.
        fsync: when what is kept is forced onto the disk.
        keep_seconds: after which what no open room needs is deleted.
        keep_bytes: past which it is deleted, the oldest first.
        strict: each room's rules are guarded and played twice, and a room whose rules are not deterministic ends.
        raw: unframed text comes and goes back, and nothing else is spoken; for a server of `echo`.
    """

    games: Sequence[GameSpec] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 5050
    bots: int = 0
    seed: int | None = None
    tick_rate: float | None = None
    seats: int | None = None
    grace: float | None = None
    max_rooms: int = MAX_ROOMS
    max_rooms_each: int = MAX_ROOMS_EACH
    log_format: str = "console"
    max_connections: int = 10_000
    allow_origins: Sequence[str] = ()
    data: Path | None = None
    fsync: Fsync = Fsync.SECOND
    keep_seconds: float = KEEP_SECONDS
    keep_bytes: int = KEEP_BYTES
    strict: bool = False
    raw: bool = False

    @property
    def echoes(self) -> bool:
        """Whether this is a server of `echo`: a WebSocket without a subprotocol gets back what it sends."""
        return self.games[0].name == ECHO
