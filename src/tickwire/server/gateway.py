"""Connections <-> sessions <-> rooms. Every message of a client is dispatched here.

A connection's life is a table: what may come in which state.

    HELLO    hello -> SEATED; ping; anything else is answered with an error
    SEATED   input, chat, ping, resync; leave -> CLOSING; hello is answered with an error
    CLOSING  nothing is listened to any more
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from tickwire.errors import CloseCode, ErrorCode, OtherHeader, RemoteProtocolError
from tickwire.net.connection import Link
from tickwire.net.limits import CHAT, CHAT_BYTES, RESYNCS, Bucket, Meter
from tickwire.net.listener import HELLO_DEADLINE
from tickwire.net.sieve import MANY, Intake
from tickwire.net.websocket import BAD_TEXT_CLOSE
from tickwire.room.lobby import Lobby
from tickwire.room.room import Room
from tickwire.room.session import Session, Sessions
from tickwire.server.classic import Header64Clients, Header64Peer
from tickwire.server.connections import Connections, source_of
from tickwire.server.hall import Hall, Peer, at_once
from tickwire.server.seats import Seats
from tickwire.server.watch import SILENT, STUCK, SWEEP, Verdict, Watch
from tickwire.wire.codec import DECODE_ERRORS, ClientMessageDecoder
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Bye, ClientMessage, Error, Hello, InputMessage, Leave, Ping, Pong, Resync, Say

if TYPE_CHECKING:  # only a server that keeps rooms loads what writes a journal
    from tickwire.server.journaling import Journaling

AT_ONCE = 100  # connections that a sweep looks at, some 2 us each; the others follow, spread over the second

# Ends that are the client's fault; the log has them.
REFUSALS = {CloseCode.NO_HELLO, CloseCode.TOO_LONG, CloseCode.BAD_FRAMING, CloseCode.FLOOD, CloseCode.UNKNOWN_DIALECT}

log = logging.getLogger("tickwire.gateway")


def _at_once(delay: float, look: Callable[[list[Peer]], None], peers: list[Peer]) -> None:
    """What there is to be done later, where there is no loop."""
    look(peers)


class Gateway:
    """Takes what connections receive, and tells rooms; takes what rooms say, and tells connections.

    Args:
        lobby: the rooms.
        sessions: who holds which seat.
        clock: seconds of the loop's time.
        room_opened: called with a room that has its first peer, at first or again, so that its ticks are run.
        open: counts the connections.
        intake: tells of the inputs that are laid into trays.
        journaling: keeps what happens; None if nothing is kept.
    """

    def __init__(
        self,
        lobby: Lobby,
        sessions: Sessions,
        clock: Callable[[], float],
        room_opened: Callable[[Hall], None],
        open: Connections,
        intake: Intake,
        journaling: Journaling | None = None,
    ) -> None:
        self._clock = clock
        # Asked each time, as tests set the clock forward.
        self._seats = Seats(
            lobby, sessions, lambda: self._clock(), room_opened, self.take_inputs, self._bye, journaling
        )
        self.recover = self._seats.recover
        self._halls = self._seats.halls
        self._say_when_kept = journaling.say if journaling is not None else at_once
        self._peers: dict[Link, Peer] = {}
        self._open = open
        self._watch: Watch[Peer] = Watch(clock())
        intake.came = self._laid
        self.input_came: Callable[[], None] = lambda: None  # called for inputs of players
        self.later: Callable[[float, Callable[[list[Peer]], None], list[Peer]], object] = _at_once
        self._before_hello = ClientMessageDecoder()
        json = self._before_hello.bare(Dialect.HEADER64.encoding)
        self._header64 = Header64Clients(lobby.games, json, self._seats.hello)

    # --- what a connection tells (net.connection.Handler) ---

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._peers)

    def opened(self, link: Link) -> None:
        """A connection speaks one of our dialects."""
        link.meter, pulse = Meter(self._clock()), self._watch.pulse(link)
        if link.dialect is Dialect.HEADER64:
            peer: Peer = self._header64.peer(link, link.meter, pulse)
        else:
            peer = Peer(link, self._before_hello.bare(link.dialect.encoding), link.meter, pulse)
        peer.say = self._say_when_kept
        link.owner = self._peers[link] = peer
        self._watch.add(peer)
        self._open.came(link)

    def blocked(self, link: Link) -> None:
        """Bytes wait for a peer: it gets no states until they are gone, and then a full one."""
        peer = self._peers.get(link)
        if peer and peer.hall:
            peer.hall.wait_for(peer)
            self._watch.closely.add(peer)

    def closed(self, link: Link) -> None:
        """The connection is gone; a seat is kept for its grace time."""
        peer = self._peers.pop(link)
        self._watch.remove(peer)
        self.take_inputs(peer.hall)
        self._seats.detach(peer)
        self._open.went(link)

    def broke(self, link: Link, error: RemoteProtocolError) -> None:
        """What came is no message."""
        peer = self._peers[link]
        self.take_inputs(peer.hall)
        if isinstance(error, OtherHeader) and isinstance(peer, Header64Peer):
            peer.header = error.width
        self._reject(peer, error)

    def received(self, link: Link, payload: bytes) -> None:
        """A whole message came."""
        peer: Peer = link.owner
        if (hall := peer.hall) is not None and hall.tray:
            self.take_inputs(hall)
        if self._heed(peer, payload):
            self.input_came()

    def _laid(self, link: Link) -> None:
        """An input was laid into its hall's tray; a flood is to be noticed before the next tick."""
        if len(link.tray or ()) >= 2 * MANY:
            self.take_inputs(link.owner.hall)
        self.input_came()

    def take_inputs(self, hall: Hall | None) -> None:
        """Read what is in a hall's tray: before its tick, and before anything is heeded that came later."""
        if hall is None or not hall.tray:
            return
        laid = iter(hall.tray.copy())
        hall.tray.clear()
        for link, payload in zip(laid, laid, strict=True):
            try:
                self._heed(link.owner, payload)
            except Exception:  # whatever breaks here ends the connection that it came from, and no other
                log.exception("a message of %s could not be heeded; it is disconnected", link.peer)
                link.abort()

    def _heed(self, peer: Peer, payload: bytes) -> bool:
        """Heed a message; returns whether it was an input of a player."""
        meter = peer.meter
        meter.messages -= 1
        if meter.messages < 0 and not self._may_go_on(peer):
            return False
        try:
            try:
                message = peer.decode(payload)
            except DECODE_ERRORS as error:
                message = self._decode_again(peer, payload, error)
            if type(message) is InputMessage and peer.player and (hall := peer.hall) is not None:
                # nearly all that comes
                hall.room.input(peer.player, message.seq, message.input, message.tick, message.seen, payload)
                return True
            if (session := peer.session) is None:
                self._on_hello_state(peer, message)
            else:
                self._on_seated(peer, session, message)
        except RemoteProtocolError as error:
            self._reject(peer, error)
        return False

    def _decode_again(self, peer: Peer, payload: bytes, error: Exception) -> ClientMessage:
        """A message that the quick decoder refused: right all the same, or an answer that says what is wrong."""
        if isinstance(error, UnicodeDecodeError) and peer.link.farewell:  # which only a WebSocket has
            peer.link.farewell = BAD_TEXT_CLOSE
        session = peer.session
        decoder = self._seats.decoders[session.room.spec.name] if session else self._before_hello
        return decoder.decode_again(payload, peer.link.dialect.encoding, error)

    # --- what a client says, by state ---

    def _on_hello_state(self, peer: Peer, message: object) -> None:
        match message:
            case Hello():
                self._seats.hello(peer, message)
            case Ping(sent):
                peer.send(Pong(sent, 0))
            case Leave():
                self._bye(peer, CloseCode.LEFT, "bye")
            case _:
                seq = message.seq if isinstance(message, InputMessage) else None
                raise RemoteProtocolError(ErrorCode.NOT_JOINED, "say hello first", seq)

    def _on_seated(self, peer: Peer, session: Session, message: object) -> None:
        room = session.room
        match message:
            case InputMessage(seq):
                raise RemoteProtocolError(ErrorCode.WATCHING, "you are watching; join to play", seq)
            case Ping(sent):
                pong = Pong(sent, room.tick_at(self._clock()))
                (peer.send_now if peer.welcomed else peer.send)(pong)  # one that waited would measure the disk
            case Say(text):
                self._say(peer, session, text)
            case Resync(table):
                self._resync(peer, session, table)
            case Leave():
                if peer.hall:
                    peer.hall.leave(peer)  # first, so that the bye does not begin a grace time
                self._seats.give_up(session)
                self._bye(peer, CloseCode.LEFT, "bye")
            case _:
                why = "you are in a room already, and a connection is for one seat; open another"
                raise RemoteProtocolError(ErrorCode.ALREADY_JOINED, why)

    # --- what a room tells ---

    def end_room(self, room: Room, code: CloseCode, words: str) -> None:
        """A room is over: everybody in it is told so."""
        self._seats.end_room(room, code, words)

    def is_open(self, room: Room) -> bool:
        """Whether the room's ticks are to be run: it is not over, and somebody is connected to it."""
        hall = self._halls.get(room)
        return hall is not None and not hall.deserted

    def hall_of(self, room: Room) -> Hall | None:
        """Who listens to a room; None if it is over."""
        return self._halls.get(room)

    # --- time ---

    def sweep(self) -> None:
        """Look at the deadlines. Called once a second."""
        self._open.sweep()
        peers = self._watch.begin(self._clock())
        self._look_at(peers[:AT_ONCE])
        for at in range(AT_ONCE, len(peers), AT_ONCE):
            self.later(SWEEP * at / len(peers), self._look_at, peers[at : at + AT_ONCE])
        self._seats.give_up_expired()
        self._seats.end_empty_rooms()

    def _look_at(self, peers: list[Peer]) -> None:
        now = self._clock()
        for peer in peers:
            peer.meter.refill(now)
            if peer.over or peer.link.closing:
                continue
            if peer.session is None:
                if self._watch.awake - peer.pulse.opened_at >= HELLO_DEADLINE:
                    missing = peer.link.missing()
                    words = f"no hello came within {HELLO_DEADLINE:g} s" + (f": {missing}" if missing else "")
                    self._bye(peer, CloseCode.NO_HELLO, words)
                continue
            if peer.wants_resync:
                self._resync(peer, peer.session)
            if (verdict := self._watch.look(peer.link, peer.pulse)) is not Verdict.FINE:
                self._give_up(peer, verdict)
                continue
            if peer.player and peer.hall is not None:
                peer.hall.room.believe(peer.player, peer.link.round_trip)
            if not (peer.link.blocked or peer.wants_resync or peer.pulse.early):
                self._watch.closely.discard(peer)

    def shutdown(self) -> None:
        """Say bye to everybody."""
        for peer in list(self._peers.values()):
            self._bye(peer, CloseCode.SHUTDOWN, "the server is shutting down")

    def _give_up(self, peer: Peer, verdict: Verdict) -> None:
        """A connection is of no use any more; its seat is kept."""
        if verdict is Verdict.STUCK:
            log.info("%s did not read for %g s and is closed", peer.link.peer, STUCK)
            peer.link.abort()  # a bye would only wait behind the rest
        else:
            log.info("%s answered no ping for %g s and is closed", peer.link.peer, SILENT)
            self._bye(peer, CloseCode.STUCK, f"your client answered no WebSocket ping for {SILENT:g} s")

    # --- limits ---

    def _may_go_on(self, peer: Peer) -> bool:
        """Whether a client may send a message, after all: its budget is brought up to now."""
        if peer.over or peer.link.closing:
            return False
        limit = peer.meter.overdrawn(self._clock())
        if limit is None:
            return True
        self._reject(peer, RemoteProtocolError(CloseCode.FLOOD, limit.words))
        return False

    def _say(self, peer: Peer, session: Session, text: str) -> None:
        now = self._clock()
        lines, nbytes = peer.chat = peer.chat or (Bucket(CHAT, now), Bucket(CHAT_BYTES, now))
        if nbytes.left(now) < 1 or not lines.take(now):
            words = "too many lines of chat at once; wait a moment, then say it again"
            raise RemoteProtocolError(ErrorCode.TOO_MUCH_CHAT, words)
        taken = session.room.say(session.player, session.name, text)
        nbytes.take(now, len(text.encode()))  # of what may be said: a refusal costs nobody else anything
        peer.said(taken)

    def _resync(self, peer: Peer, session: Session, table: str | None = None) -> None:
        """A mirror went wrong. Its full state comes with the next tick, or once the client may have another."""
        now = self._clock()
        peer.resyncs = peer.resyncs or Bucket(RESYNCS, now)
        peer.wants_resync = not peer.resyncs.take(now)
        if peer.wants_resync:
            self._watch.closely.add(peer)
        if peer.hall and not peer.wants_resync:
            source = source_of(peer.link)
            log.info("a mirror of room %s drifted in table %s", session.room.code, table or "?", extra=source)
            peer.hall.want_full(peer)

    # --- ends ---

    def _reject(self, peer: Peer, error: RemoteProtocolError) -> None:
        if peer.over:
            return
        if isinstance(error.code, CloseCode):
            self._bye(peer, error.code, str(error))
        else:
            if peer.session is None:
                self._note_refusal(peer, str(error))
            peer.send(Error(error.code, str(error), error.seq))

    def _note_refusal(self, peer: Peer, words: str) -> None:
        """Say in the log why a client does not get in, or is ended; once for each connection."""
        if not peer.refused:
            peer.refused = True
            log.info("%s is refused: %s", peer.link.peer, words, extra=source_of(peer.link))

    def _bye(self, peer: Peer, code: CloseCode, words: str) -> None:
        if peer.over or peer.link.closing:
            return
        if code in REFUSALS:
            self._note_refusal(peer, words)
        peer.send(Bye(code, words))
        peer.over, peer.link.tray = True, None
        peer.say(peer.link.finish)
        peer.meter.close()  # what lies in a tray or a buffer is not looked at any more
        self._seats.detach(peer)
