"""Sessions: a client's hold on a seat, which outlives a lost connection by its token."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from tickwire.errors import BadToken
from tickwire.room.room import Room

OVERLAP = 30.0  # seconds for which a token is good after the client showed that it has the next one


@dataclass(eq=False, slots=True)
class Session:
    """A hold on a seat (`player` above 0), or a place to watch from (0), which needs no token.

    Attributes:
        room: where.
        player: the seat's number.
        name: as it was when the seat was taken.
        lost_at: since when there is no connection, in seconds; None while there is one.
        token_hash: of the token that was given last.
        former_hash: of the one that was used for it. It is good for as long as its client may not have read the
            answer: a phone's connection often ends right behind its hello.
        former_until: when that is over, in seconds; None until the client showed that it has the new one.
        chat_base: how many lines of chat this seat had been sent before the welcome with its last token.
        former_chat_base: the same for the token that was used for that.
        chat_lost: how many it had been sent when its connection was lost; None once its client is back.
    """

    room: Room
    player: int
    name: str
    lost_at: float | None = None
    token_hash: bytes = b""
    former_hash: bytes = b""
    former_until: float | None = None
    chat_base: int = 0
    former_chat_base: int = 0
    chat_lost: int | None = None

    @property
    def watching(self) -> bool:
        """Whether it is a watcher's."""
        return self.player == 0


class Sessions:
    """All sessions of a server that hold a seat.

    Args:
        make_token: gives 128 random bits or more as text, another one each time.
    """

    def __init__(self, make_token: Callable[[], str]) -> None:
        self._make_token = make_token
        self._by_hash: dict[bytes, Session] = {}  # by each token that is good
        self._all: dict[Session, None] = {}  # in the order of opening
        self._of_room: dict[Room, dict[Session, None]] = {}

    def open(self, room: Room, player: int, name: str, *, resumable: bool = True) -> tuple[Session, str]:
        """A new session and its token.

        Args:
            room: where.
            player: the seat's number, 0 for a watcher.
            name: of who has it.
            resumable: whether its client can come back; else it is given no token, and neither is a watcher.
        """
        session = Session(room, player, name)
        if session.watching:
            return session, ""
        self._add(session)
        return session, self._give_token(session) if resumable else ""

    def restore(self, room: Room, player: int, name: str, token_hash: bytes, former_hash: bytes, now: float) -> Session:
        """A session of a server that ended; its grace time begins anew, as who holds it may not know yet."""
        session = Session(room, player, name, now, token_hash, former_hash)
        self._add(session)
        for known in filter(None, (token_hash, former_hash)):
            self._by_hash[known] = session
        return session

    def resume(self, token: str, now: float) -> tuple[Session, str]:
        """The session that a token holds, and its next token.

        The token itself is good until the next one is used, or until OVERLAP after `shown`.

        Raises:
            BadToken: none.
        """
        used = _hash(token)
        session = self._by_hash.get(used)
        if session is None:
            raise BadToken
        if used == session.former_hash:
            if session.former_until is not None and now >= session.former_until:
                self._forget_former(session)
                raise BadToken
            # The answer was never read, nor the token in it.
            del self._by_hash[session.token_hash]
        else:
            self._forget_former(session)
            session.former_chat_base = session.chat_base
        session.former_hash, session.former_until = used, None
        session.lost_at = None
        return session, self._give_token(session)

    def holder(self, token: str) -> Session | None:
        """Whose session a token is of, though it may be good no more; None if of none."""
        return self._by_hash.get(_hash(token))

    def came_back_by(self, session: Session, token: str) -> bool:
        """Whether this is the token that the seat was taken back with last."""
        return _hash(token) == session.former_hash

    def shown(self, session: Session, now: float) -> None:
        """The client said something after its welcome: it has the token that stood there."""
        if session.former_hash and session.former_until is None:
            session.former_until = now + OVERLAP
        session.chat_lost = None

    def lose(self, session: Session, now: float) -> None:
        """The session's connection is gone; its grace time begins."""
        session.lost_at = now

    def close(self, session: Session) -> None:
        """End a session."""
        self._forget_former(session)
        self._by_hash.pop(session.token_hash, None)
        self._all.pop(session, None)
        if (here := self._of_room.get(session.room)) is not None:
            here.pop(session, None)
            if not here:
                del self._of_room[session.room]

    def expired(self, now: float) -> list[Session]:
        """The sessions whose grace time is over."""
        return [s for s in self._all if s.lost_at is not None and now - s.lost_at >= s.room.grace]

    def of_room(self, room: Room) -> list[Session]:
        """All sessions of a room."""
        return list(self._of_room.get(room, ()))

    def tokens(self, room: Room) -> list[tuple[int, bytes, bytes]]:
        """Of each session of a room that can be resumed: player, and the hashes of its last token and the former."""
        return [(s.player, s.token_hash, s.former_hash) for s in self._of_room.get(room, ()) if s.token_hash]

    def _add(self, session: Session) -> None:
        self._all[session] = None
        self._of_room.setdefault(session.room, {})[session] = None

    def _forget_former(self, session: Session) -> None:
        self._by_hash.pop(session.former_hash, None)
        session.former_hash, session.former_until = b"", None

    def _give_token(self, session: Session) -> str:
        token = self._make_token()
        session.token_hash = _hash(token)
        self._by_hash[session.token_hash] = session
        return token


def _hash(token: str) -> bytes:
    # Stored hashed: whoever reads the server's memory or a dump of it cannot take a seat with what stands there.
    return hashlib.sha256(token.encode()).digest()
