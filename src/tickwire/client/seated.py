"""What a client knows of its seat, whichever loop it lives in."""

from __future__ import annotations

from dataclasses import dataclass

from tickwire.client.stage import Stage
from tickwire.ids import WATCHER
from tickwire.replication.mirror import Mirror, MirrorTable
from tickwire.replication.schema import Schema
from tickwire.wire.messages import (
    Ack,
    Behind,
    Event,
    PackedState,
    PlayerInfo,
    Pong,
    ServerMessage,
    Slip,
    State,
    Welcome,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What it takes to come back to a seat whose connection was lost, as if nothing had happened.

    Attributes:
        token: of the seat.
        seq: of the last input that was sent.
        unacked: the inputs that were sent and not acknowledged, ready to be sent again, each behind its `seq`.
        heard: how many lines of chat came.
    """

    token: str
    seq: int
    unacked: tuple[tuple[int, bytes], ...]
    heard: int


class Seated:
    """A seat in a room, and a mirror of the room's state.

    Attributes:
        welcome: what the server said when it gave the seat.
        schema: the game's tables, look and controls.
        players: everyone in the room, by number.
        acked: the highest `seq` of our inputs that the tables include.
        stage: what a screen shows at any moment, if a face wants one: set it right after `connect`.
    """

    def __init__(self, welcome: Welcome) -> None:
        self.welcome = welcome
        self.schema = Schema.read(welcome.schema)
        self.players: dict[int, PlayerInfo] = {p.player: p for p in welcome.players}
        self.acked = 0
        self.stage: Stage | None = None
        self._mirror = Mirror(self.schema)
        self._seq = 0

    @property
    def player(self) -> int:
        """Our number; 0 for a watcher."""
        return self.welcome.player

    @property
    def watching(self) -> bool:
        """Whether we only look on."""
        return self.welcome.player == WATCHER

    @property
    def room(self) -> str:
        """The room's code."""
        return self.welcome.room

    @property
    def token(self) -> str:
        """Takes this seat back after a lost connection."""
        return self.welcome.token

    @property
    def tables(self) -> dict[str, MirrorTable]:
        """The tables by name."""
        return self._mirror.tables

    @property
    def tick(self) -> int:
        """The tick of the tables."""
        return self._mirror.tick


def is_empty(state: PackedState | State) -> bool:
    """Whether a state says that nothing changed."""
    if isinstance(state, PackedState):
        return not (state.full or state.sections)
    return not (state.full or state.tables or state.removed or state.hash)


def show(stage: Stage, now: float, message: ServerMessage) -> None:
    """Tell a stage what came, but for states, which are applied to the mirror first.

    Args:
        stage: of a client.
        now: when it came, in seconds.
        message: of any kind; those that a stage need not know are passed over.
    """
    match message:
        case Ack(seq, _, early):
            stage.acked(now, seq, early)
        case Pong(sent, tick):
            stage.pong(sent, now, tick)
        case Event():
            stage.event(now, message)
        case Slip(ticks):
            stage.slip(now, ticks)
        case Behind(behind):
            stage.behind(behind)
