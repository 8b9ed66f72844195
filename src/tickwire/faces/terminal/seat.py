"""A seat and the way back to it: joins, hands on what comes, and after a lost connection tries again by itself."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from tickwire.client.client import Client, ClientEvent, connect
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


class Face(Protocol):
    """Who wants to know."""

    def joined(self, client: Client) -> None:
        """The seat is ours, for the first time or again."""

    def came(self, event: ClientEvent) -> None:
        """Something came; a state is in the client's mirror already."""

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost; the next try is in `delay` seconds, or when the player asks for it (None)."""


class Seat:
    """A player's hold on a seat.

    Args:
        wish: what to join.
        face: is told what happens.
        backoff: seconds before each try to come back.
    """

    def __init__(self, wish: Wish, face: Face, backoff: tuple[float, ...] = BACKOFF) -> None:
        self.client: Client | None = None
        self._wish = wish
        self._face = face
        self._backoff = backoff
        self._asked = asyncio.Event()

    def retry(self) -> None:
        """Try again now."""
        self._asked.set()

    def leave(self) -> bool:
        """Give the seat up; `run` returns when the server has heard it. False: there is nobody to tell."""
        if self.client is None or self.client.ended is not None:
            return False
        self.client.leave()
        return True

    async def run(self) -> None:
        """Hold the seat until it is left. Cancelling is safe.

        Raises:
            ConnectionLost: there was never a seat.
        """
        tries = 0
        while True:
            before = self.client
            reason = await self._sit()
            if self.client is None:
                raise reason
            if self.client is not before:
                tries = 0
                self._wish = replace(self._wish, token=self.client.token or None, room=self.client.room)
            if reason.code == CloseCode.LEFT:
                return
            if (easier := _easier(self._wish, reason.code)) is not None:
                self._wish = easier
                continue
            by_itself = tries < len(self._backoff) and reason.code not in (*_ASK_FIRST, *ErrorCode)
            await self._wait(reason, self._backoff[tries] if by_itself else None)
            tries += 1

    async def _sit(self) -> ConnectionLost:
        """Join and hand on what comes, until it is over; returns why."""
        wish = self._wish
        async with AsyncExitStack() as stack:
            try:
                client = await stack.enter_async_context(
                    connect(
                        wish.address, name=wish.name, game=wish.game, room=wish.room, token=wish.token, watch=wish.watch
                    )
                )
            except ConnectionLost as lost:
                return lost
            except (TickwireError, OSError, ValueError) as error:  # no tickwire server, no such host
                return ConnectionLost(f"cannot join {wish.address}: {error}")
            self.client = client
            self._face.joined(client)
            try:
                async for event in client.events():
                    self._face.came(event)
            except ConnectionLost as lost:
                return lost
            return client.ended or ConnectionLost("the connection is over")

    async def _wait(self, reason: ConnectionLost, delay: float | None) -> None:
        self._asked.clear()
        self._face.lost(reason, delay)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._asked.wait()


def _easier(wish: Wish, code: str) -> Wish | None:
    """What to ask for at once instead, if this was refused: the seat, else its room, else any room."""
    if wish.token is not None and code == ErrorCode.BAD_TOKEN:
        return replace(wish, token=None)
    if wish.room is not None and code in (ErrorCode.NO_SUCH_ROOM, ErrorCode.ROOM_FULL):
        return replace(wish, room=None, token=None)
    return None
