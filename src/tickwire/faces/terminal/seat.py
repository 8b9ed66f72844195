"""A seat and the way back to it: joins, hands on what comes, and after a lost connection tries again by itself."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import Protocol

from tickwire.client.client import Client, ClientEvent, connect
from tickwire.errors import ConnectionLost, TickwireError
from tickwire.faces.seat import BACKOFF, Rejoining, Then, Wish


class Face(Protocol):
    """Who wants to know."""

    async def joined(self, client: Client) -> None:
        """The seat is ours, for the first time or again. The client keeps what comes until this returns."""

    def came(self, event: ClientEvent) -> None:
        """Something came; a state is in the client's mirror already."""

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost; the next try is in `delay` seconds, or when the player asks for it (None)."""


class Seat:
    """A player's hold on a seat.

    Args:
        wish: what to join.
        face: is told what happens, until the seat is left.
        backoff: seconds before each try to come back.
    """

    def __init__(self, wish: Wish, face: Face, backoff: tuple[float, ...] = BACKOFF) -> None:
        self.client: Client | None = None
        self._rules = Rejoining(wish, backoff)
        self._face = face
        self._left = False
        self._asked = asyncio.Event()

    @property
    def address(self) -> str:
        """Of the server."""
        return self._rules.wish.address

    def retry(self) -> None:
        """Try again now."""
        self._asked.set()

    def leave(self) -> bool:
        """Give the seat up; `run` returns when the server has heard it. False: there is nobody to tell."""
        self._left = True
        if self.client is None or self.client.ended is not None:
            return False
        self.client.leave()
        return True

    async def run(self) -> None:
        """Hold the seat until it is left. Cancelling is safe.

        Raises:
            ConnectionLost: there was never a seat.
        """
        while True:
            reason = await self._sit()
            if self.client is None:
                raise reason
            if self._left:
                return
            match self._rules.lost(reason.code):
                case Then.OVER, _:
                    return
                case Then.WAIT | Then.ASK, delay:
                    await self._wait(reason, delay)

    async def _sit(self) -> ConnectionLost:
        """Join and hand on what comes, until it is over; returns why."""
        wish = self._rules.wish
        async with AsyncExitStack() as stack:
            try:
                client = await stack.enter_async_context(
                    connect(
                        wish.address,
                        name=wish.name,
                        game=wish.game,
                        room=wish.room,
                        token=wish.token,
                        watch=wish.watch,
                        resume=self._rules.claim_of(self.client),
                    )
                )
            except ConnectionLost as lost:
                return lost
            except (TickwireError, OSError, ValueError) as error:  # no tickwire server, no such host
                return ConnectionLost(f"cannot join {wish.address}: {error}")
            self.client = client
            self._rules.seated(client.welcome.game, client.room, client.token)
            await self._face.joined(client)
            try:
                async for event in client.events():
                    if not self._left:
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
