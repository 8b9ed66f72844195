"""A seat and the way back to it: joins without holding up a frame, and after a lost connection tries again by itself.

Time is an argument; nothing here waits.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum

from tickwire.client.sync import Client, Dialling
from tickwire.errors import ConnectionLost, TickwireError
from tickwire.faces.seat import BACKOFF, Rejoining, Then, Wish


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
        self.phase = Phase.OUT
        self.client: Client | None = None
        self.joins = 0
        self.reason: Exception | None = None
        self.next_try: float | None = None
        self._rules = Rejoining(wish, backoff)
        self._dialling: Dialling | None = None

    @property
    def wish(self) -> Wish:
        """What is asked for at the next try."""
        return self._rules.wish

    def join(self) -> None:
        """Try now."""
        self.close()
        self.next_try = None
        self.phase = Phase.LOST if self.client else Phase.JOINING
        try:
            self._dialling = Dialling(**asdict(self.wish), resume=self._rules.claim_of(self.client))
        except ValueError as error:  # the address is none
            self.phase, self.reason = Phase.OUT, error

    def poll(self, now: float) -> bool:
        """Take in what has come. Once a frame; returns whether the client's tables may have changed."""
        if self._dialling is not None:
            self._answered(self._dialling, now)
            return False  # what came with the welcome waits for the next frame: the face gives the client a stage first
        if self.phase == Phase.LOST and self.next_try is not None and now >= self.next_try:
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
            self.client, self.reason = client, None
            self.joins += 1
            self.phase = Phase.PLAYING
            self._rules.seated(client.welcome.game, client.room, client.token)

    def _lost(self, reason: Exception, now: float) -> None:
        code = reason.code if isinstance(reason, ConnectionLost) else ""
        if self.client is None:
            self.phase, self.reason = Phase.OUT, reason
            return
        then, delay = self._rules.lost(code)
        match then:
            case Then.OVER:
                self.phase = Phase.LEFT
            case Then.AT_ONCE:
                self.join()
            case Then.WAIT | Then.ASK:
                if self.phase == Phase.PLAYING or self.reason is None or code:
                    self.reason = reason  # in between, why it was lost says more than why a try failed
                self.phase = Phase.LOST
                self.next_try = None if delay is None else now + delay
