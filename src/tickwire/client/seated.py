"""What a client knows of its seat, whichever loop it lives in."""

from __future__ import annotations

from tickwire.client.stage import Stage
from tickwire.ids import WATCHER
from tickwire.replication.mirror import Mirror, MirrorTable
from tickwire.replication.schema import Schema
from tickwire.wire.messages import PackedState, PlayerInfo, State, Welcome


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
