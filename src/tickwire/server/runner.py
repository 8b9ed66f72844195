"""Real time: runs every room's ticks when they are due."""

from __future__ import annotations

import asyncio
import logging

from tickwire.errors import CloseCode
from tickwire.server.gateway import SWEEP, Gateway
from tickwire.server.hall import Hall

log = logging.getLogger("tickwire.runner")


class Runner:
    """One timer per room, on the loop; one more for the gateway's deadlines."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._gateway: Gateway | None = None
        self._timers: dict[Hall, asyncio.TimerHandle] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._skipped = 0
        self._reported_at = float("-inf")

    def start(self, gateway: Gateway) -> None:
        """Begin to look at deadlines."""
        self._gateway = gateway
        self._sweeping = self._loop.call_later(SWEEP, self._sweep)

    def stop(self) -> None:
        """No tick is made after this."""
        if self._sweeping:
            self._sweeping.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def run(self, hall: Hall) -> None:
        """Run a room until it is over."""
        self._timers[hall] = self._loop.call_at(hall.room.clock.next_at, self._tick, hall)

    def _tick(self, hall: Hall) -> None:
        assert self._gateway is not None
        if not self._gateway.is_open(hall.room):
            self._timers.pop(hall, None)
            return
        room = hall.room
        before = room.clock.skipped
        now = self._loop.time()
        try:
            if output := room.advance(now):
                hall.deliver(output, now)
        except Exception:
            # Whatever a game raises ends its room, and no other.
            log.exception("room %s: %s broke in tick %d; the room is over", room.code, room.spec.name, room.tick)
            self._timers.pop(hall, None)
            self._gateway.end_room(room, CloseCode.GAME_ERROR, f"{room.spec.title} broke; this room is over")
            return
        if room.clock.skipped > before:
            self._report_overrun(room.clock.skipped - before, now)
        self._timers[hall] = self._loop.call_at(room.clock.next_at, self._tick, hall)

    def _report_overrun(self, skipped: int, now: float) -> None:
        """At most once a second: a server that is too busy shall not be busy with saying so."""
        self._skipped += skipped
        if now - self._reported_at >= 1:
            log.warning("ticks are late: %d skipped; too many rooms or players for this core", self._skipped)
            self._reported_at = now
            self._skipped = 0

    def _sweep(self) -> None:
        assert self._gateway is not None
        self._sweeping = self._loop.call_later(SWEEP, self._sweep)
        self._gateway.sweep()
