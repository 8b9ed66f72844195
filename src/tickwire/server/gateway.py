"""Connections <-> sessions <-> rooms. Every message of a client is dispatched here.

A connection's life is a table: what may come in which state.

    HELLO    hello -> SEATED; ping; anything else is answered with an error
    SEATED   input, chat, ping, resync; leave -> CLOSING; hello is answered with an error
    CLOSING  nothing is listened to any more
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter

from tickwire.errors import CloseCode, ErrorCode, JoinRefused, OtherHeader, RemoteProtocolError
from tickwire.ids import WATCHER, check_name
from tickwire.net.connection import Link
from tickwire.net.listener import HELLO_DEADLINE
from tickwire.net.sieve import MANY, Intake
from tickwire.room.lobby import Lobby
from tickwire.room.room import Room
from tickwire.room.session import Session, Sessions
from tickwire.server.classic import Header64Clients, Header64Peer
from tickwire.server.connections import Connections, source_of
from tickwire.server.hall import Hall, Peer
from tickwire.wire.codec import DECODE_ERRORS, ClientMessageDecoder, refusal
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Bye, Error, Hello, InputMessage, Leave, Ping, Pong, Resync, Say, Welcome

RATE = 200  # messages a second that a client may send; a person with a keyboard sends 20
BURST = 400  # messages at once
STUCK = 15.0  # seconds that a client may leave bytes waiting
SWEEP = 1.0  # seconds between looks at deadlines
SLOW_START = 0.1  # seconds of a game's `start` that the log has; two ticks of most games

# Ends that are the client's fault; the log has them.
REFUSALS = {CloseCode.NO_HELLO, CloseCode.TOO_LONG, CloseCode.BAD_FRAMING, CloseCode.FLOOD, CloseCode.UNKNOWN_DIALECT}

log = logging.getLogger("tickwire.gateway")


class Gateway:
    """Takes what connections receive, and tells rooms; takes what rooms say, and tells connections.

    Args:
        lobby: the rooms.
        sessions: who holds which seat.
        clock: seconds of the loop's time.
        room_opened: called with a room that has its first peer, so that its ticks are run.
        open: counts the connections.
        intake: tells of the inputs that are laid into trays.
    """

    def __init__(
        self,
        lobby: Lobby,
        sessions: Sessions,
        clock: Callable[[], float],
        room_opened: Callable[[Hall], None],
        open: Connections,
        intake: Intake,
    ) -> None:
        self._lobby = lobby
        self._sessions = sessions
        self._clock = clock
        self._room_opened = room_opened
        self._halls: dict[Room, Hall] = {}
        self._peers: dict[Link, Peer] = {}
        self._open = open
        intake.came = self._laid
        self.input_came: Callable[[], None] = lambda: None  # called for inputs of players
        self._before_hello = ClientMessageDecoder()
        self._decoders = {spec.name: ClientMessageDecoder(spec.inputs) for spec in lobby.games.values()}
        json = self._before_hello.bare(Dialect.HEADER64.encoding)
        self._header64 = Header64Clients(lobby.games, json, self._hello)

    # --- what a connection tells (net.connection.Handler) ---

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._peers)

    def opened(self, link: Link) -> None:
        """A connection speaks one of our dialects."""
        if link.dialect is Dialect.HEADER64:
            peer: Peer = self._header64.peer(link, BURST)
        else:
            peer = Peer(link, self._before_hello.bare(link.dialect.encoding), BURST)
        link.owner = self._peers[link] = peer
        self._open.came(link)

    def blocked(self, link: Link) -> None:
        """Bytes wait for a peer: it gets no states until they are gone, and then a full one."""
        peer = self._peers.get(link)
        if peer and peer.hall:
            peer.hall.wait_for(peer)

    def closed(self, link: Link) -> None:
        """The connection is gone; a seat is kept for its grace time."""
        peer = self._peers.pop(link)
        self.take_inputs(peer.hall)
        self._detach(peer)
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
        peer.budget -= 1
        if peer.budget < 0:
            self._bye(peer, CloseCode.FLOOD, f"more than {RATE} messages a second; send fewer")
            return False
        try:
            message = peer.decode(payload)
            if type(message) is InputMessage and peer.player and (hall := peer.hall) is not None:
                # nearly all that comes
                hall.room.input(peer.player, message.seq, message.input, message.tick, message.seen)
                return True
            if (session := peer.session) is None:
                self._on_hello_state(peer, message)
            else:
                self._on_seated(peer, session, message)
        except RemoteProtocolError as error:
            self._reject(peer, error)
        except DECODE_ERRORS as error:
            self._reject(peer, refusal(error))
        return False

    # --- what a client says, by state ---

    def _on_hello_state(self, peer: Peer, message: object) -> None:
        match message:
            case Hello():
                self._hello(peer, message)
            case Ping(sent):
                peer.send(Pong(sent, 0))
            case Leave():
                self._bye(peer, CloseCode.LEFT, "bye")
            case _:
                raise RemoteProtocolError(ErrorCode.NOT_JOINED, "say hello first")

    def _on_seated(self, peer: Peer, session: Session, message: object) -> None:
        room = session.room
        match message:
            case InputMessage():
                raise RemoteProtocolError(ErrorCode.WATCHING, "you are watching; join to play")
            case Ping(sent):
                peer.send(Pong(sent, room.tick_at(self._clock())))
            case Say(text):
                peer.said(room.say(session.player, session.name, text))
            case Resync(table):
                log.info("a mirror of room %s drifted in table %s", room.code, table or "?", extra=source_of(peer.link))
                if peer.hall:
                    peer.hall.want_full(peer)
            case Leave():
                if peer.hall:
                    peer.hall.leave(peer)  # first, so that the bye does not begin a grace time
                self._give_up_seat(session)
                self._bye(peer, CloseCode.LEFT, "bye")
            case _:
                raise RemoteProtocolError(ErrorCode.ALREADY_JOINED, "you are in a room already; leave it first")

    def _hello(self, peer: Peer, hello: Hello) -> None:
        try:
            if hello.token is not None:
                session, token = self._sessions.resume(hello.token)
                self._replace(session)
            else:
                session, token = self._take_seat(hello)
        except JoinRefused as error:
            raise RemoteProtocolError(error.code, str(error)) from None
        room = session.room
        peer.decode = self._decoders[room.spec.name].bare(peer.link.dialect.encoding)
        peer.send(
            Welcome(
                player=session.player,
                name=session.name,
                room=room.code,
                token=token,
                game=room.spec.name,
                tick_rate=room.tick_rate,
                tick=room.tick,
                players=room.players(),
                schema=room.described_schema,
            )
        )
        self._halls[room].enter(peer, session)

    def _take_seat(self, hello: Hello) -> tuple[Session, str]:
        name = check_name(hello.name)
        room = self._find_room(hello)
        if room not in self._halls:
            self._halls[room] = hall = Hall(room)
            self._room_opened(hall)
        if hello.watch:
            room.watchers += 1
            return self._sessions.open(room, WATCHER, name)
        player = room.join(name)
        return self._sessions.open(room, player.id, player.name)

    def _find_room(self, hello: Hello) -> Room:
        begun = perf_counter()
        try:
            room = self._lobby.find(hello.game, hello.room, self._clock(), watch=hello.watch)
        except JoinRefused:
            raise
        except BaseException:  # SystemExit and its kin too: no signal and no task's end is raised here
            # A new room starts its game, and whatever a game raises harms nobody but who wanted to play it.
            log.exception("%s broke while a room of it was started", hello.game or "the first game")
            raise RemoteProtocolError(CloseCode.GAME_ERROR, "the game broke while its room was started") from None
        if (took := perf_counter() - begun) >= SLOW_START:
            log.warning("starting %s took %d ms, and every room waited for it", room.spec.name, took * 1000)
        return room

    def _replace(self, session: Session) -> None:
        """The seat is taken back: whoever still holds it is out, and inputs are counted from 1 again."""
        hall = self._halls[session.room]
        self.take_inputs(hall)
        session.room.resume(session.player)
        for peer in hall.everyone():
            if peer.session is session:
                hall.leave(peer)
                self._bye(peer, CloseCode.REPLACED, "your seat was taken back from another connection")

    # --- what a room tells ---

    def end_room(self, room: Room, code: CloseCode, words: str) -> None:
        """A room is over: everybody in it is told so."""
        hall = self._halls.pop(room)
        self._lobby.end(room)
        for session in self._sessions.of_room(room):
            self._sessions.close(session)
        for peer in hall.everyone():
            hall.leave(peer)
            self._bye(peer, code, words)

    def is_open(self, room: Room) -> bool:
        """Whether the room's ticks are still to be run."""
        return room in self._halls

    # --- time ---

    def sweep(self) -> None:
        """Look at the deadlines. Called once a second."""
        self._open.sweep()
        now = self._clock()
        for peer in list(self._peers.values()):
            peer.budget = min(peer.budget + RATE, BURST)
            if peer.link.closing:
                continue
            if peer.session is None and now - peer.link.opened_at >= HELLO_DEADLINE:
                missing = peer.link.missing()
                words = f"no hello came within {HELLO_DEADLINE:g} s" + (f": {missing}" if missing else "")
                self._bye(peer, CloseCode.NO_HELLO, words)
            elif peer.slow_since is not None:
                self._look_at_slow(peer, peer.slow_since, now)
        for session in self._sessions.expired(now):
            self._give_up_seat(session)
        for room in self._lobby.empty_rooms():
            log.info("room %s is empty and ends", room.code)
            self.end_room(room, CloseCode.LEFT, "the room is empty")

    def shutdown(self) -> None:
        """Say bye to everybody."""
        for peer in list(self._peers.values()):
            self._bye(peer, CloseCode.SHUTDOWN, "the server is shutting down")

    def _look_at_slow(self, peer: Peer, since: float, now: float) -> None:
        if not peer.link.blocked:
            peer.slow_since = None
        elif now - since >= STUCK:
            # A bye would only wait behind the rest.
            log.info("%s did not read for %g s and is closed", peer.link.peer, STUCK)
            peer.link.abort()

    # --- ends ---

    def _reject(self, peer: Peer, error: RemoteProtocolError) -> None:
        if isinstance(error.code, CloseCode):
            self._bye(peer, error.code, str(error))
        else:
            if peer.session is None:
                self._note_refusal(peer, str(error))
            peer.send(Error(error.code, str(error)))

    def _note_refusal(self, peer: Peer, words: str) -> None:
        """Say in the log why a client does not get in, or is ended; once for each connection."""
        if not peer.refused:
            peer.refused = True
            log.info("%s is refused: %s", peer.link.peer, words, extra=source_of(peer.link))

    def _bye(self, peer: Peer, code: CloseCode, words: str) -> None:
        if peer.link.closing:
            return
        if code in REFUSALS:
            self._note_refusal(peer, words)
        peer.send(Bye(code, words))
        peer.link.finish()
        self._detach(peer)

    def _detach(self, peer: Peer) -> None:
        """The peer hears of its room no more; its session's grace time begins."""
        session, hall = peer.session, peer.hall
        if session is None or hall is None:
            return
        hall.leave(peer)
        if session.watching or peer.hear is not None:  # who hears no welcome has no token to come back with
            self._give_up_seat(session)
        else:
            self._sessions.lose(session, self._clock())

    def _give_up_seat(self, session: Session) -> None:
        self._sessions.close(session)
        if session.watching:
            session.room.watchers -= 1
        elif session.player in session.room.seated:
            session.room.leave(session.player)
