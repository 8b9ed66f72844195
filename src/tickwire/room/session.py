"""Sessions: a client's hold on a seat, which outlives a lost connection by its token."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from tickwire.errors import BadToken
from tickwire.room.room import Room

GRACE = 30.0  # seconds that a seat is kept without a connection: long enough for a tunnel or a page reload


@dataclass(eq=False, slots=True)
class Session:
    """A hold on a seat (`player` above 0) or on a place to watch from (0)."""

    room: Room
    player: int
    name: str
    lost_at: float | None = None
    token_hash: bytes = b""

    @property
    def watching(self) -> bool:
        """Whether it is a watcher's."""
        return self.player == 0


class Sessions:
    """All sessions of a server.

    Args:
        make_token: gives 128 random bits or more as text; each token is used once.
    """

    def __init__(self, make_token: Callable[[], str]) -> None:
        self._make_token = make_token
        self._by_hash: dict[bytes, Session] = {}

    def open(self, room: Room, player: int, name: str) -> tuple[Session, str]:
        """A new session and its token."""
        session = Session(room, player, name)
        return session, self._rotate(session)

    def resume(self, token: str) -> tuple[Session, str]:
        """The session that a token holds, and its next token.

        Raises:
            BadToken: none.
        """
        session = self._by_hash.get(_hash(token))
        if session is None:
            raise BadToken
        session.lost_at = None
        return session, self._rotate(session)

    def lose(self, session: Session, now: float) -> None:
        """The session's connection is gone; its grace time begins."""
        session.lost_at = now

    def close(self, session: Session) -> None:
        """End a session."""
        self._by_hash.pop(session.token_hash, None)

    def expired(self, now: float) -> list[Session]:
        """The sessions whose grace time is over."""
        return [s for s in self._by_hash.values() if s.lost_at is not None and now - s.lost_at >= GRACE]

    def of_room(self, room: Room) -> list[Session]:
        """All sessions of a room."""
        return [s for s in self._by_hash.values() if s.room is room]

    def _rotate(self, session: Session) -> str:
        self._by_hash.pop(session.token_hash, None)
        token = self._make_token()
        session.token_hash = _hash(token)
        self._by_hash[session.token_hash] = session
        return token


def _hash(token: str) -> bytes:
    # Stored hashed: whoever reads the server's memory or a dump of it cannot take a seat with what stands there.
    return hashlib.sha256(token.encode()).digest()
