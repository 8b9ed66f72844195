"""A seat and the way back to it: joins without holding up a frame, and after a lost connection tries again by itself.

Time is an argument; nothing here waits.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from tickwire.client.sync import Client, Dialling
from tickwire.errors import CloseCode, ConnectionLost, ErrorCode, TickwireError

# Seconds before each try: together a little over the 30 s for which a server keeps a seat.
BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)

# Trying by oneself would do harm, or no good: two windows would take the seat from each other for ever.
_ASK_FIRST = frozenset(
    {CloseCode.REPLACED, CloseCode.FLOOD, CloseCode.GAME_ERROR, CloseCode.TOO_LONG, CloseCode.BAD_FRAMING}
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a player asks for; as `connect` takes it."""

    address: str
    name: str
    game: str | None = None
    room: str | None = None
    token: str | None = None
    watch: bool = False


class Phase(StrEnum):
    """Where a seat stands."""

    OUT = "out"  # nothing is tried; `reason` says why, if something was
    JOINING = "joining"
    PLAYING = "playing"
    LOST = "lost"  # the next try is at `next_try`, or when the player asks
    LEFT = "left"


class Seat:
    """A player's hold on a seat.

    Args:
        wish: what to join.
        backoff: seconds before each try to come back.

    Attributes:
        client: of the seat; after a lost connection the last one, whose tables still stand.
        joins: how often the seat was taken.
        reason: why it is not held.
        next_try: when it is tried again, in seconds of the clock that `poll` is given.
    """

    def __init__(self, wish: Wish, backoff: tuple[float, ...] = BACKOFF) -> None:
        self.wish = wish
        self.phase = Phase.OUT
        self.client: Client | None = None
        self.joins = 0
        self.reason: Exception | None = None
        self.next_try: float | None = None
        self._backoff = backoff
        self._tries = 0
        self._dialling: Dialling | None = None

    def join(self, wish: Wish | None = None) -> None:
        """Try now."""
        self.close()
        self.wish = wish or self.wish
        self.next_try = None
        self.phase = Phase.LOST if self.client else Phase.JOINING
        try:
            self._dialling = Dialling(**asdict(self.wish))
        except ValueError as error:  # the address is none
            self.phase, self.reason = Phase.OUT, error

    def poll(self, now: float) -> bool:
        """Take in what has come. Once a frame; returns whether the client's tables may have changed."""
        if self._dialling is not None:
            self._answered(self._dialling, now)
        elif self.phase == Phase.LOST and self.next_try is not None and now >= self.next_try:
            self.join()
        if self.phase != Phase.PLAYING or self.client is None:
            return False
        try:
            return self.client.poll()
        except (TickwireError, OSError) as error:
            self._lost(error, now)
            return True  # what came before the end was taken in

    def close(self) -> None:
        """Give the seat up, and whatever is under way. The tables stay to be looked at."""
        if self._dialling is not None:
            self._dialling.cancel()
            self._dialling = None
        if self.client is not None:
            self.client.close()

    def _answered(self, dialling: Dialling, now: float) -> None:
        try:
            client = dialling.poll()
        except (TickwireError, OSError) as error:
            self._dialling = None
            self._lost(error, now)
            return
        if client is not None:
            self._dialling = None
            self.client, self.reason, self._tries = client, None, 0
            self.joins += 1
            self.phase = Phase.PLAYING
            # To come back by; a watcher's token is empty.
            self.wish = replace(self.wish, token=client.token or None, room=client.room)

    def _lost(self, reason: Exception, now: float) -> None:
        code = reason.code if isinstance(reason, ConnectionLost) else ""
        if self.client is None:
            self.phase, self.reason = Phase.OUT, reason
            return
        if code == CloseCode.LEFT:
            self.phase = Phase.LEFT
            return
        if (easier := _easier(self.wish, code)) is not None:
            self.join(easier)
            return
        if self.phase == Phase.PLAYING or self.reason is None or code:
            self.reason = reason  # in between, why it was lost says more than why a try failed
        self.phase = Phase.LOST
        by_itself = self._tries < len(self._backoff) and code not in (*_ASK_FIRST, *ErrorCode)
        self.next_try = now + self._backoff[self._tries] if by_itself else None
        self._tries += 1


def _easier(wish: Wish, code: str) -> Wish | None:
    """What to ask for at once instead, if this was refused: the seat, else its room, else any room."""
    if wish.token is not None and code == ErrorCode.BAD_TOKEN:
        return replace(wish, token=None)
    if wish.room is not None and code in (ErrorCode.NO_SUCH_ROOM, ErrorCode.ROOM_FULL):
        return replace(wish, room=None, token=None)
    return None
