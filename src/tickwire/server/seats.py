"""Who sits where: answers hellos, gives seats back to those who were away, and frees those that nobody came back to."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from tickwire.errors import CloseCode, JoinRefused, RemoteProtocolError, TooManyRooms
from tickwire.ids import WATCHER, check_name
from tickwire.net.connection import Link
from tickwire.room.journal import Keyed
from tickwire.room.lobby import Lobby
from tickwire.room.room import Room
from tickwire.room.session import Session, Sessions
from tickwire.server.hall import Hall, Peer
from tickwire.server.missed import announced
from tickwire.server.visits import Visits
from tickwire.wire.codec import ClientMessageDecoder
from tickwire.wire.messages import ClientMessage, Hello, Welcome

if TYPE_CHECKING:  # only a server that keeps rooms loads what writes a journal
    from tickwire.server.journaling import Journaling
    from tickwire.server.recovering import Recovered

SLOW_START = 0.1  # seconds of a game's `start` that the log has; two ticks of most games

log = logging.getLogger("tickwire.gateway")


class Seats:
    """The halls of a server, and the sessions in them.

    Args:
        lobby: the rooms.
        sessions: who holds which seat.
        clock: seconds of the loop's time.
        room_opened: called with a room whose ticks are to be run from now on, for the first time or again.
        take_inputs: reads what lies in a hall's tray.
        bye: ends a connection.
        journaling: keeps what happens; None if nothing is kept.

    Attributes:
        halls: by room; a room that is over has none.
        decoders: of what clients send, by the name of their game.
    """

    def __init__(
        self,
        lobby: Lobby,
        sessions: Sessions,
        clock: Callable[[], float],
        room_opened: Callable[[Hall], None],
        take_inputs: Callable[[Hall], None],
        bye: Callable[[Peer, CloseCode, str], None],
        journaling: Journaling | None = None,
    ) -> None:
        self._lobby = lobby
        self._sessions = sessions
        self._clock = clock
        self._room_opened = room_opened
        self._take_inputs = take_inputs
        self._bye = bye
        self._journaling = journaling
        self._visits = Visits()
        self.halls: dict[Room, Hall] = {}
        self.decoders = {spec.name: ClientMessageDecoder(spec.inputs) for spec in lobby.games.values()}

    def hello(self, peer: Peer, hello: Hello) -> None:
        """Give a peer the seat that it asks for, a new one or its own.

        Raises:
            RemoteProtocolError: it is not to be had.
        """
        journaling = self._journaling
        if journaling is not None:
            peer.link.hold()  # a seat is not promised before it is with the kernel
        try:
            if hello.token:
                self._come_back(peer, hello, hello.token)
            else:
                session, token = self._take_seat(peer.link, hello)
                self._welcome(peer, session, token)
                self._enter(peer, session)
        except JoinRefused as error:
            raise RemoteProtocolError(error.code, str(error)) from None
        finally:
            if journaling is not None:
                journaling.say(peer.link.release)

    def _welcome(self, peer: Peer, session: Session, token: str, acked: int = 0) -> None:
        room = session.room
        player = room.seated.get(session.player)
        peer.decode = self.decoders[room.spec.name].bare(peer.link.dialect.encoding)
        peer.send(
            Welcome(
                player=session.player,
                name=player.name if player else session.name,  # it may have been renamed since
                room=room.code,
                token=token,
                game=room.spec.name,
                tick_rate=room.tick_rate,
                tick=room.tick,
                players=room.players(),
                schema=room.described_schema,
                acked=acked,
                grace=room.grace,
            )
        )

    def _enter(self, peer: Peer, session: Session) -> None:
        """Listen to the room from now on; it goes on if it stood still."""
        hall = self.halls[session.room]
        hall.enter(peer, session)
        if not hall.running:
            hall.running = True
            self._room_opened(hall)

    def _take_seat(self, link: Link, hello: Hello) -> tuple[Session, str]:
        name = check_name(hello.name)
        room = self._find_room(link, hello)
        hall = self.halls.get(room)
        if hall is None:
            hall = self.halls[room] = Hall(room)
            if self._journaling is not None:
                self._journaling.opened(room)
        if hello.watch:
            return self._sessions.open(room, WATCHER, room.watch(name))
        address, now = _address_of(link), self._clock()
        self._visits.check_joining(room, address, now)
        player = room.join(name)
        session, token = self._sessions.open(room, player.id, player.name)
        room.note(Keyed, player.id, session.token_hash, b"")
        self._visits.came(session, address, now)
        session.chat_base = hall.lines.sent(player.id)
        return session, token

    def _find_room(self, link: Link, hello: Hello) -> Room:
        begun = perf_counter()
        try:
            try:
                room = self._look_for(link, hello)
            except TooManyRooms:
                self.end_empty_rooms()
                room = self._look_for(link, hello)
        except JoinRefused:
            raise
        except BaseException:  # SystemExit and its kin too: no signal and no task's end is raised here
            # A new room starts its game, and whatever a game raises harms nobody but who wanted to play it.
            log.exception("%s broke while a room of it was started", hello.game or "the first game")
            raise RemoteProtocolError(CloseCode.GAME_ERROR, "the game broke while its room was started") from None
        if (took := perf_counter() - begun) >= SLOW_START:
            log.warning("starting %s took %d ms, and every room waited for it", room.spec.name, took * 1000)
        return room

    def _look_for(self, link: Link, hello: Hello) -> Room:
        opener = _address_of(link)
        return self._lobby.find(hello.game, hello.room, self._clock(), watch=hello.watch, opener=opener)

    def _come_back(self, peer: Peer, hello: Hello, token: str) -> None:
        """Give a seat back to who has its token. Whoever still holds it is out."""
        now = self._clock()
        if (holder := self._sessions.holder(token)) is not None:
            self._visits.check_return(holder, now)
        session, next_token = self._sessions.resume(token, now)
        room, hall = session.room, self.halls[session.room]
        self._take_inputs(hall)
        taken, played = room.resume(session.player, hello.seq)
        room.note(Keyed, session.player, session.token_hash, session.former_hash)
        for other in hall.everyone():
            if other.session is session:
                hall.leave(other)
                self._bye(other, CloseCode.REPLACED, "your seat was taken back from another connection")
        self._welcome(peer, session, next_token, taken)
        if hello.seq is not None and played:
            peer.owed_ack = played  # with the first state
        self._tell_missed(peer, session, hall, hello.heard)
        peer.decode = self._until_shown(peer, session, peer.decode)
        self._enter(peer, session)

    def _tell_missed(self, peer: Peer, session: Session, hall: Hall, heard: int | None) -> None:
        """Send the lines of chat that a seat did not get, as far as they are kept."""
        sent = hall.lines.sent(session.player)
        if heard is not None:
            missed = max(sent - session.former_chat_base - heard, 0)
        else:
            missed = sent - session.chat_lost if session.chat_lost is not None else 0
        lines = hall.lines.last(session.player, missed)
        for message in announced(lines, session.room.tick):
            peer.send(message)
        session.chat_base = sent - len(lines)

    def _until_shown(
        self, peer: Peer, session: Session, decode: Callable[[bytes], ClientMessage]
    ) -> Callable[[bytes], ClientMessage]:
        """A decoder for the first message behind a welcome, which shows that the welcome came."""

        def first(payload: bytes) -> ClientMessage:
            peer.decode = decode
            self._sessions.shown(session, self._clock())
            return decode(payload)

        return first

    # --- who goes ---

    def detach(self, peer: Peer) -> None:
        """The peer hears of its room no more; its session's grace time begins."""
        session, hall = peer.session, peer.hall
        if session is None or hall is None:
            return
        hall.leave(peer)
        # Who hears no welcome has no token to come back with.
        if session.watching or peer.hear is not None or session.room.grace <= 0:
            self.give_up(session)
        else:
            self._sessions.lose(session, self._clock())
            if session.chat_lost is None:  # else it was lost again before its client was back
                session.chat_lost = hall.lines.sent(session.player)
            session.room.lose(session.player)

    def give_up(self, session: Session) -> None:
        """A seat, or a place to watch from, is free."""
        self._sessions.close(session)
        self._visits.went(session, self._clock())
        room = session.room
        if session.watching:
            room.unwatch(session.name)
        elif session.player in room.seated:
            room.leave(session.player)
            self.halls[room].lines.forget(session.player)

    def end_room(self, room: Room, code: CloseCode, words: str) -> None:
        """A room is over: everybody in it is told so."""
        hall = self.halls.pop(room)
        self._lobby.end(room)
        if self._journaling is not None:
            self._journaling.ended(room)
        for session in self._sessions.of_room(room):
            self._sessions.close(session)
            self._visits.went(session, self._clock())
        self._visits.forget(room)
        for peer in hall.everyone():
            hall.leave(peer)
            self._bye(peer, code, words)

    def recover(self, recovered: Recovered) -> None:
        """Take over the rooms of a server that ended. Their seats are kept for their grace time, from now on."""
        assert self._journaling is not None
        now = self._clock()
        for room, story in recovered.rooms:
            self._journaling.recovered(room, story.opened, story.since)
            self._lobby.add(room)
            self.halls[room] = Hall(room)
            for name in room.watching:
                room.unwatch(name)
            for player in list(room.seated.values()):
                if player.bot:
                    continue
                if (tokens := story.tokens.get(player.id)) is None:
                    room.leave(player.id)  # a classic client, who cannot come back
                    continue
                session = self._sessions.restore(room, player.id, player.name, tokens.token, tokens.former, now)
                session.chat_lost = 0
                room.lose(player.id)

    def give_up_expired(self) -> None:
        """Free the seats whose grace time is over."""
        for session in self._sessions.expired(self._clock()):
            self.give_up(session)

    def end_empty_rooms(self) -> None:
        """End the rooms that nobody has a seat in, nor watches."""
        for room in self._lobby.empty_rooms():
            log.info("room %s is empty and ends", room.code)
            self.end_room(room, CloseCode.LEFT, "the room is empty")


def _address_of(link: Link) -> str:
    try:
        return address_of(link.socket.getpeername())
    except OSError:  # gone already
        return ""


def address_of(peername: object) -> str:
    """The address that a connection comes from, as a limit counts it: of IPv6 the network, which is one customer's.

    >>> address_of(("192.0.2.7", 4711)), address_of(("2001:db8:0:7:1::9", 4711, 0, 0)), address_of(None)
    ('192.0.2.7', '2001:db8:0:7::/64', '')
    """
    host = peername[0] if isinstance(peername, tuple) and peername else ""
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
