"""Who comes and goes too often. Everybody in a room is told of each joining, leaving and coming back."""

from __future__ import annotations

from dataclasses import dataclass

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.net.limits import RETURNS, SHORT_VISIT, VISITS, Bucket
from tickwire.room.room import Room
from tickwire.room.session import Session


@dataclass(slots=True)
class _Stay:
    address: str
    since: float
    returns: Bucket | None = None


class Visits:
    """Keeps count of visits: of returns by seat, which harms nobody else, and of short visits by room and address."""

    def __init__(self) -> None:
        self._stays: dict[Session, _Stay] = {}
        self._short: dict[Room, dict[str, Bucket]] = {}

    def check_joining(self, room: Room, address: str, now: float) -> None:
        """Somebody wants a seat.

        Args:
            room: where.
            address: where from, as limits count it.
            now: in seconds.

        Raises:
            RemoteProtocolError: too many came from there, and left again at once.
        """
        bucket = self._short.get(room, {}).get(address)
        if bucket is not None and bucket.left(now) < 1:
            words = "too many short visits to this room from your address; wait some seconds, then join and stay"
            raise RemoteProtocolError(CloseCode.FLOOD, words)

    def check_return(self, session: Session, now: float) -> None:
        """Somebody wants a seat back.

        Raises:
            RemoteProtocolError: it was taken back too often.
        """
        # A seat that a server recovered was taken long ago, nobody knows where from.
        stay = self._stays.setdefault(session, _Stay("", float("-inf")))
        stay.returns = stay.returns or Bucket(RETURNS, now)
        if not stay.returns.take(now):
            words = "your seat was taken back too often; wait for 2 s before the next time"
            raise RemoteProtocolError(CloseCode.FLOOD, words)

    def came(self, session: Session, address: str, now: float) -> None:
        """A seat was taken."""
        self._stays[session] = _Stay(address, now)

    def went(self, session: Session, now: float) -> None:
        """It is free again."""
        stay = self._stays.pop(session, None)
        if stay is not None and now - stay.since < SHORT_VISIT:
            addresses = self._short.setdefault(session.room, {})
            bucket = addresses.setdefault(stay.address, Bucket(VISITS, now))
            bucket.take(now)

    def forget(self, room: Room) -> None:
        """A room is over."""
        self._short.pop(room, None)
