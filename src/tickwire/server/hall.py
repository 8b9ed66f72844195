"""Who listens to a room, and what a tick sends to them.

This is the hot path. The bytes are made once per tick and dialect (per tick, dialect and sight, where players see
different things). What is left per client is one `send()`; only who gets something of their own takes a longer way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tickwire.ids import WATCHER
from tickwire.net.connection import MAX_BACKLOG, Link
from tickwire.net.limits import Bucket, Meter
from tickwire.replication.ration import Ration, rationed
from tickwire.replication.sections import Viewer
from tickwire.replication.states import RoomStates
from tickwire.room.output import TickOutput
from tickwire.room.room import Room
from tickwire.room.session import Session
from tickwire.server.missed import LastLines
from tickwire.server.payloads import encode_acks, join_payloads, pack_acks
from tickwire.server.sending import Group, Outbox
from tickwire.server.watch import Pulse
from tickwire.wire.codec import Encoding, ack_encoder, encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Behind, ClientMessage, ServerMessage

# Ticks a second; in a room with fewer, inputs are read as they come, so that who sent one that cannot be read hears so
# at once, and not with the next tick.
LEAST_RATE_WITH_TRAY = 10.0

log = logging.getLogger("tickwire.gateway")


def at_once(words: Callable[[], None]) -> None:
    """How a server that keeps nothing says something: it waits for no disk."""
    words()


@dataclass(eq=False, slots=True)
class Peer:
    """The server's side of one connection.

    Attributes:
        link: its writing side.
        decode: of what it sends, by the rules of its game; raises what `wire.codec.refusal` explains.
        meter: what it may still send.
        pulse: whether it lives.
        say: calls what writes to the link, once all that happened so far is with the kernel (`server.journaling`).
        over: it was told bye, though that may wait; nothing else is said to it, and nothing that it says is heeded.
        welcomed: its welcome was written.
        session: its hold on a seat, once it said hello.
        player: the seat's number; 0 for none.
        hall: where it listens.
        viewer: what it saw in the last state that it was sent.
        ration: its share of bytes, in a game that has a budget.
        told_behind: whether it knows that states leave out some of what changed, for lack of these.
        wants_full: its mirror is behind, or empty: the next state it gets is a full one.
        owed_ack: the `seq` of an ack that was dropped with its state.
        kept: bytes that are no state and were put behind others that wait.
        refused: the log has it that what it sent was not taken.
        hear: how it is told of ticks, if it gets no states.
        chat: the lines that it may say; made with the first one, as the next.
        resyncs: the full states that it may ask for.
        wants_resync: it asked for one more, and has to wait.
    """

    link: Link
    decode: Callable[[bytes], ClientMessage]
    meter: Meter
    pulse: Pulse
    say: Callable[[Callable[[], None]], None] = at_once
    over: bool = False
    welcomed: bool = False
    session: Session | None = None
    player: int = 0
    hall: Hall | None = None
    viewer: Viewer = field(default_factory=lambda: Viewer(0))
    ration: Ration | None = None
    told_behind: bool = False
    wants_full: bool = True
    owed_ack: int | None = None
    kept: int = 0
    refused: bool = False
    hear: Callable[[TickOutput, float], None] | None = None
    chat: tuple[Bucket, Bucket] | None = None
    resyncs: Bucket | None = None
    wants_resync: bool = False

    def said(self, taken: bool) -> None:
        """A line of its own went into the chat, or was one too many. Most are told by the line itself."""

    def send(self, message: ServerMessage) -> None:
        """Send a message that is for this client alone."""
        dialect = self.link.dialect
        self.keep(dialect.frame(encode(message, dialect.encoding)))

    def send_now(self, message: ServerMessage) -> None:
        """Send a message that nobody relies on after a crash: it may be sent before what was said earlier."""
        dialect = self.link.dialect
        self.link.write(dialect.frame(encode(message, dialect.encoding)))

    def begin(self) -> None:
        """The welcome was just written; while nothing else is on its way, the round trip is measured."""
        self.welcomed = True
        self.link.measure()

    def keep(self, framed: bytes) -> None:
        """Send what is not a state: behind what waits, within bounds."""
        if self.link.blocked:
            self.kept += len(framed)
            # What was kept may be gone by now, and what waits may be a state: only if both are much, it is too much.
            if self.kept > MAX_BACKLOG and self.link.waiting > MAX_BACKLOG:
                log.info("%s reads too slowly for what is said to it and is closed", self.link.peer)
                self.link.abort()
                return
        self.say(partial(self.link.write, framed))


@dataclass(eq=False, slots=True)
class Hall:
    """A room, and the peers that listen to it.

    Attributes:
        tray: the inputs that its next tick is to read, undecoded, each behind the link that it came from.
        running: its ticks are run. A room that nobody listens to stands still.
        lines: the last lines of chat, for who was away.
    """

    room: Room
    peers: dict[Dialect, Group[Peer]] = field(default_factory=dict)
    by_player: dict[int, Peer] = field(default_factory=dict)
    hearers: dict[Peer, Callable[[TickOutput, float], None]] = field(default_factory=dict)  # those without states
    tray: list[Any] = field(default_factory=list)
    running: bool = False
    lines: LastLines = field(default_factory=LastLines)
    _states: RoomStates | None = None  # those of the last tick: others, if the room went back to before a tick
    _behind: set[Peer] = field(default_factory=set)  # those that want a full state, or for which bytes wait
    # Where values are shown between states, clients are told once when nothing changes any more; else they go on a bit.
    _settling: set[Peer] = field(default_factory=set)  # those that got a full state, and have not been told since
    _resting: set[Peer] = field(default_factory=set)  # where each sees something else: those that have been told

    def enter(self, peer: Peer, session: Session) -> None:
        """A peer listens from now on; the first state it gets is a full one."""
        peer.say(peer.begin)
        peer.hall, peer.session, peer.player = self, session, session.player
        peer.viewer, peer.told_behind = Viewer(session.player), False
        if budget := self.room.spec.bytes_per_second:
            peer.ration = Ration.of(budget, self.room.tick_rate / self.room.spec.send_every)
        if peer.hear is not None:
            self.hearers[peer] = peer.hear
            return
        self.peers.setdefault(peer.link.dialect, Group()).add(peer)
        if peer.player:
            self.by_player[peer.player] = peer
            if self.room.tick_rate >= LEAST_RATE_WITH_TRAY:
                peer.link.tray = self.tray
        self.want_full(peer)

    def leave(self, peer: Peer) -> None:
        """A peer listens no more."""
        if self.hearers.pop(peer, None) is None:
            group = self.peers[peer.link.dialect]
            group.remove(peer)
            if not group:
                del self.peers[peer.link.dialect]
        if self.by_player.get(peer.player) is peer:
            del self.by_player[peer.player]
        for kept in (self._behind, self._settling, self._resting):
            kept.discard(peer)
        peer.link.tray = None
        peer.hall, peer.session, peer.player = None, None, 0

    @property
    def deserted(self) -> bool:
        """Whether nobody is connected."""
        return not (self.peers or self.hearers)

    def everyone(self) -> list[Peer]:
        """All peers."""
        return [*self.hearers, *(peer for group in self.peers.values() for peer in group)]

    def wait_for(self, peer: Peer) -> None:
        """Bytes wait for the peer. Its mirror is good until a state has to be dropped."""
        self._behind.add(peer)

    def want_full(self, peer: Peer) -> None:
        """The peer's mirror is of no use: bytes wait for it, or it asked for a resync."""
        peer.wants_full = True
        self._behind.add(peer)

    def deliver(self, output: TickOutput, now: float, outbox: Outbox) -> None:
        """Put a tick for everyone into the outbox: for each its messages, its ack and one state, in one write."""
        if output.messages or output.private:
            self.lines.note(output)
        for hear in self.hearers.values():
            hear(output, now)
        if self.room.states is not self._states:
            self._begin_anew()
        states, apart = self.room.states, self._apart(output)
        alike = states.shared and not self.room.spec.bytes_per_second
        encoded: dict[Encoding, list[bytes]] = {}
        for dialect, group in self.peers.items():
            frame, encoding, places = dialect.frame, dialect.encoding, group.places
            messages, acks = _messages(output, dialect, encoded), self._acks(output, encoding, places)
            if alike:
                changes, rests = output.changed, output.rests and self.room.schema.blends
                delta = states.delta(encoding) if changes else states.empty(encoding) if rests else b""
                deltas = [delta] * len(group)
            else:
                deltas = self._deltas(group, encoding)
                if self.room.schema.blends:
                    self._let_rest(group, deltas, states.empty(encoding))
                if self.room.spec.bytes_per_second:
                    apart |= {p for p in group if p.ration is not None and p.ration.behind != p.told_behind}
            payloads = join_payloads(frame, messages, deltas, acks, states.empty(encoding) if acks else b"")
            framed: dict[int, bytes] = {}  # of this dialect, by message: many may be told the same
            for peer in apart:
                if (place := places.get(peer)) is not None:
                    payloads[place] = self._own(peer, output, messages, framed, deltas[place])
            group.put(payloads, outbox)

    def _begin_anew(self) -> None:
        """What clients have is of no use: the room has other tables than in the last tick, or this is the first."""
        self._states = self.room.states
        for group in self.peers.values():
            for peer in group:
                peer.viewer = Viewer(peer.player)
                self.want_full(peer)

    def _acks(self, output: TickOutput, encoding: Encoding, places: dict[Peer, int]) -> dict[int, bytes]:
        """The acks of a tick, by the places in a group of those who get them."""
        acks = output.tick, output.acks, output.early, self.by_player, places
        return pack_acks(*acks) if encoding is Encoding.MSGPACK else encode_acks(encoding, *acks)

    def _apart(self, output: TickOutput) -> set[Peer]:
        """Those who are sent something of their own besides an ack, or are behind."""
        if not output.private:
            return self._behind | self._settling
        apart = (self._behind | self._settling).union(filter(None, map(self.by_player.get, output.private)))
        if WATCHER in output.private:  # what a game says to those who look on
            apart.update(peer for group in self.peers.values() for peer in group if peer.player == WATCHER)
        return apart

    def _own(self, peer: Peer, output: TickOutput, messages: bytes, framed: dict[int, bytes], delta: bytes) -> bytes:
        """What a peer is to be sent that is not the same for all; empty if nothing, or if bytes wait for it."""
        dialect = peer.link.dialect
        parts = [messages]
        if peer.player in output.private:
            for message in output.private[peer.player]:
                if (own := framed.get(id(message))) is None:
                    own = framed[id(message)] = dialect.frame(encode(message, dialect.encoding))
                parts.append(own)
        seq = output.acks.get(peer.player)
        if peer.link.blocked:
            peer.owed_ack = seq or peer.owed_ack
            peer.wants_full = peer.wants_full or bool(delta) or seq is not None
            if kept := b"".join(parts):  # what is no state is kept for it, within bounds
                peer.keep(kept)
            return b""
        peer.kept = 0
        self._behind.discard(peer)
        state = delta or (self.room.states.empty(dialect.encoding) if peer in self._settling else b"")
        self._settling.discard(peer)
        if peer.wants_full:
            seq = seq or peer.owed_ack
            state = self._full(peer, dialect)
            peer.wants_full, peer.owed_ack = False, None
            if self.room.schema.blends:
                self._settling.add(peer)
        if peer.ration is not None and peer.ration.behind != peer.told_behind:
            peer.told_behind = peer.ration.behind
            parts.append(dialect.frame(encode(Behind(peer.told_behind), dialect.encoding)))
        if seq is not None:
            ack = ack_encoder(output.tick, dialect.encoding)(seq, output.early.get(peer.player))
            parts.append(dialect.frame(ack))
            # An ack is always followed by its state, be it an empty one.
            state = state or self.room.states.empty(dialect.encoding)
        if state:
            parts.append(dialect.frame(state))
        return b"".join(parts)

    def _deltas(self, group: Group[Peer], encoding: Encoding) -> list[bytes]:
        """For each peer of a group the state that says what changed for it; of no use to one that wants a full one."""
        room, states = self.room, self.room.states
        players = [peer.player for peer in group]
        foci = room.foci(players)
        sights = states.look_all(players, foci)
        if not room.spec.bytes_per_second:
            return states.deltas_for([peer.viewer for peer in group], sights, encoding)
        deltas: list[bytes] = []
        for peer, seen, focus in zip(group, sights, foci, strict=True):
            if peer.wants_full or peer.ration is None:
                deltas.append(b"")
                continue
            priority = partial(room.priority, peer.player)
            deltas.append(rationed(states, peer.viewer, peer.ration, seen, focus, priority, encoding))
        return deltas

    def _let_rest(self, group: Group[Peer], deltas: list[bytes], empty: bytes) -> None:
        """For those for whom nothing changes any more put the state that says so."""
        resting = self._resting
        if not resting and all(deltas):
            return
        for place, peer in enumerate(group):
            if deltas[place]:
                resting.discard(peer)
            elif peer not in resting and not peer.wants_full:
                resting.add(peer)
                deltas[place] = empty

    def _full(self, peer: Peer, dialect: Dialect) -> bytes:
        states = self.room.states
        if states.shared and peer.ration is None:
            return states.full(dialect.encoding)
        if peer.ration is not None:
            peer.ration.told_all()
        sights = states.look(peer.player, self.room.focus(peer.player))
        return states.full_for(peer.viewer, sights, dialect.encoding)


def _messages(output: TickOutput, dialect: Dialect, encoded: dict[Encoding, list[bytes]]) -> bytes:
    """What everyone is told besides the state: encoded once for all dialects of an encoding, framed for this one."""
    if not output.messages:
        return b""
    if dialect.encoding not in encoded:
        encoded[dialect.encoding] = [encode(message, dialect.encoding) for message in output.messages]
    return b"".join(map(dialect.frame, encoded[dialect.encoding]))
