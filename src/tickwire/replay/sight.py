"""What a face shows of a replay: the tables as one player's mirror has them, and who is there. Pure."""

from __future__ import annotations

from tickwire.errors import CannotRestore
from tickwire.ids import WATCHER
from tickwire.replication.mirror import Mirror, MirrorTable
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState, PlayerInfo


class Sight:
    """One player's view of a room, tick by tick. It has what a face asks a client for.

    Args:
        room: what is shown; another room of the same game may be shown later.
        player: through whose eyes; 0 for a watcher's.

    Attributes:
        schema: the game's.
        player: as given.
        players: everyone in the room, by number.
        tick: that is shown.
    """

    def __init__(self, room: Room, player: int = WATCHER) -> None:
        self.schema = Schema.read(room.described_schema)
        self.player = player
        self.players: dict[int, PlayerInfo] = {}
        self.tick = 0
        self._mirror = Mirror(self.schema)
        self._decoder = ServerMessageDecoder()
        self.show(room)

    @property
    def tables(self) -> dict[str, MirrorTable]:
        """The tables by name."""
        return self._mirror.tables

    def show(self, room: Room) -> None:
        """Show a room as it is now. Whoever is not in it sees it as a watcher does.

        Raises:
            CannotRestore: the game broke when it was asked what there is to be seen.
        """
        try:
            self._apply(room)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever rules raise, and fields that hold what they cannot hold
            raise CannotRestore(f"tick {room.tick} cannot be shown: {type(error).__name__}: {error}") from error
        self.players = {info.player: info for info in room.players()}
        self.tick = room.tick

    def _apply(self, room: Room) -> None:
        states, player = room.states, self.player if self.player in room.seated else WATCHER
        states.capture(room.tick)
        if states.shared:
            data = states.full(Encoding.MSGPACK)
        else:
            sights = states.look(player, room.focus(player))
            data = states.full_for(Viewer(player), sights, Encoding.MSGPACK)
        message = self._decoder.decode(data, Encoding.MSGPACK)
        assert isinstance(message, PackedState)
        self._mirror.apply(message)
