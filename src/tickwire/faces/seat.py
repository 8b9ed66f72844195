"""The rules by which a face comes back to its seat, the same for all; what waits and what paints is the face's own.

Time is an argument; nothing here waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from tickwire.client.seated import Claim
from tickwire.errors import CloseCode, ErrorCode

# Seconds before each try: together a little over the 30 s for which a server keeps a seat.
BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)

# Trying by oneself would do harm, or no good: two windows would take the seat from each other for ever.
_ASK_FIRST = frozenset({CloseCode.REPLACED, CloseCode.GAME_ERROR, CloseCode.TOO_LONG, CloseCode.BAD_FRAMING})

FLOOD_WAIT = 2.0  # seconds at least, after too much was sent: what made it so shall be over


@dataclass(frozen=True, slots=True)
class Wish:
    """What a player asks for; as `connect` takes it, but that an empty name is one to be asked for."""

    address: str
    name: str
    game: str | None = None
    room: str | None = None
    token: str | None = None
    watch: bool = False


class Claiming(Protocol):
    """A client, as far as its seat can be taken back."""

    @property
    def token(self) -> str:
        """Takes the seat back."""

    @property
    def claim(self) -> Claim:
        """Takes the seat back and goes on where it stopped."""


class Then(StrEnum):
    """What to do now that a seat is lost."""

    OVER = "over"  # it was left
    AT_ONCE = "at once"  # ask for something easier, which the wish says now
    WAIT = "wait"  # then try again
    ASK = "ask"  # try again when the player says so


class Rejoining:
    """What to ask for, and when, after a seat was lost.

    Args:
        wish: what to join.
        backoff: seconds before each try to come back.

    Attributes:
        wish: what to ask for at the next try.
    """

    def __init__(self, wish: Wish, backoff: tuple[float, ...] = BACKOFF) -> None:
        self.wish = wish
        self._backoff = backoff
        self._tries = 0

    def seated(self, game: str, room: str, token: str) -> None:
        """The seat is ours; from now on we want this one back. A watcher's token is empty."""
        self._tries = 0
        self.wish = replace(self.wish, game=game, room=room, token=token or None)

    def claim_of(self, client: Claiming | None) -> Claim | None:
        """What the last client has left to do, if its seat is asked for."""
        return client.claim if client is not None and self.wish.token and self.wish.token == client.token else None

    def lost(self, code: str) -> tuple[Then, float | None]:
        """What to do, and for `WAIT` in how many seconds.

        Args:
            code: of the bye, of the refusal, or empty if it broke without a word.
        """
        if code == CloseCode.LEFT:
            return Then.OVER, None
        if (easier := _easier(self.wish, code)) is not None:
            self.wish = easier
            return Then.AT_ONCE, None
        tries, self._tries = self._tries, self._tries + 1
        if tries < len(self._backoff) and code not in (*_ASK_FIRST, *ErrorCode):
            wait = self._backoff[tries]
            return Then.WAIT, max(wait, FLOOD_WAIT) if code == CloseCode.FLOOD else wait
        return Then.ASK, None


def _easier(wish: Wish, code: str) -> Wish | None:
    """What to ask for at once instead, if this was refused: the seat, else its room, else any room of the game."""
    if wish.token is not None and code == ErrorCode.BAD_TOKEN:
        return replace(wish, token=None)
    if wish.room is not None and code in (ErrorCode.NO_SUCH_ROOM, ErrorCode.ROOM_FULL):
        return replace(wish, room=None, token=None)
    return None
