"""Who listens to a room, and what a tick sends to them.

The bytes are made once per tick and dialect. What is left per client is one look at its link and one write.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tickwire.net.connection import MAX_BACKLOG, Link
from tickwire.room.room import Room, TickOutput
from tickwire.room.session import Session
from tickwire.wire.codec import ClientMessageDecoder, encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, ServerMessage


@dataclass(eq=False, slots=True)
class Peer:
    """The server's side of one connection.

    Attributes:
        link: its writing side.
        budget: messages that it may still send in this second.
        session: its hold on a seat, once it said hello.
        hall: where it listens.
        wants_full: its mirror is behind, or empty: the next state it gets is a full one.
        slow_since: since when bytes wait for it, in seconds; None if none do.
    """

    link: Link
    decoder: ClientMessageDecoder
    budget: int
    session: Session | None = None
    hall: Hall | None = None
    wants_full: bool = True
    slow_since: float | None = None

    @property
    def player(self) -> int:
        """Its player's number; 0 for none."""
        return self.session.player if self.session else 0

    def send(self, message: ServerMessage) -> None:
        """Send a message that is for this client alone."""
        dialect = self.link.dialect
        self.link.write(dialect.frame(encode(message, dialect.encoding)))


@dataclass(eq=False, slots=True)
class Hall:
    """A room, and the peers that listen to it."""

    room: Room
    decoder: ClientMessageDecoder
    peers: dict[Dialect, dict[Peer, None]] = field(default_factory=dict)
    by_player: dict[int, Peer] = field(default_factory=dict)

    def enter(self, peer: Peer) -> None:
        """A peer listens from now on."""
        peer.hall = self
        peer.wants_full = True
        self.peers.setdefault(peer.link.dialect, {})[peer] = None
        if peer.player:
            self.by_player[peer.player] = peer

    def leave(self, peer: Peer) -> None:
        """A peer listens no more."""
        peer.hall = None
        group = self.peers[peer.link.dialect]
        del group[peer]
        if not group:
            del self.peers[peer.link.dialect]
        if self.by_player.get(peer.player) is peer:
            del self.by_player[peer.player]

    def everyone(self) -> list[Peer]:
        """All peers."""
        return [peer for group in self.peers.values() for peer in group]

    def deliver(self, output: TickOutput, now: float) -> None:
        """Send a tick to everyone: for each its messages, its ack and one state, in one write."""
        states, acks, private = self.room.states, output.acks, output.private
        for dialect, group in self.peers.items():
            frame, encoding = dialect.frame, dialect.encoding
            messages = b"".join([frame(encode(m, encoding)) for m in output.messages])
            state = frame(states.delta(encoding)) if output.changed else b""
            shared = messages + state
            for peer in group:
                if peer.wants_full or peer.player in acks or peer.player in private:
                    self._deliver_own(peer, output, messages, state, now)
                elif shared and not peer.link.send_state(shared):
                    self._hold_back(peer, messages, now)

    def _deliver_own(self, peer: Peer, output: TickOutput, messages: bytes, state: bytes, now: float) -> None:
        """The same for a peer that gets something of its own: private events, an ack, a full state."""
        frame, encoding = peer.link.dialect.frame, peer.link.dialect.encoding
        own = [frame(encode(m, encoding)) for m in output.private.get(peer.player, ())]
        if peer.link.waiting:
            self._hold_back(peer, b"".join([messages, *own]), now)
            return
        seq = output.acks.get(peer.player)
        if seq is not None:
            own.append(frame(encode(Ack(seq, output.tick), encoding)))
        if peer.wants_full:
            own.append(frame(self.room.states.full(encoding)))
            peer.wants_full = False
            peer.slow_since = None
        elif state or seq is not None:
            own.append(state or frame(self.room.states.delta(encoding)))
        peer.link.write(b"".join([messages, *own]))

    def _hold_back(self, peer: Peer, messages: bytes, now: float) -> None:
        """Bytes wait for this peer: drop the state, keep what is not one, and have a full state follow.

        The ack of a dropped state is dropped with it; the full state's acks are those of its own tick.
        """
        peer.wants_full = True
        if peer.slow_since is None:
            peer.slow_since = now
        if messages:
            if peer.link.waiting + len(messages) > MAX_BACKLOG:
                peer.link.abort()
            else:
                peer.link.write(messages)
