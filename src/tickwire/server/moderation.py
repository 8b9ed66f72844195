"""Lets inputs gather instead of waking for each, as network cards do by interrupt moderation.

An input counts on the next tick, so nothing is lost if it is read a moment later. But when hundreds of players send
one now and then, most of them wake the loop, and a wake, with its cold caches, costs more than what is done about the
input. So where inputs come faster than one in PAUSE, the loop sleeps once it has read some, and then finds several at
once. It never sleeps into a tick; a busy loop, whose next tick is always near, hardly ever sleeps.

What it costs: on a server with hundreds of players the answer to a ping may come up to PAUSE later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tickwire.net.sieve import Intake

PAUSE = 2e-3  # seconds; a twenty-fifth of a tick of 20 Hz
LEAST = 0.3e-3  # seconds; for less it is not worth going to sleep


class Moderation:
    """Puts the loop to sleep for a moment after inputs that come close together.

    Args:
        loop: which is put to sleep.
        next_tick: when the next tick of any room is due, in seconds of the loop's time.
        intake: is quiet while a pause is planned.
        clock: seconds of the same time, finer than the loop's own.
        sleep: for so many seconds.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        next_tick: Callable[[], float],
        intake: Intake,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._loop = loop
        self._next_tick = next_tick
        self._clock = clock
        self._sleep = sleep
        self._last = float("-inf")  # when an input came, or a pause ended
        self._intake = intake

    def input_came(self) -> None:
        """Called for each input that comes, or at least for the first one that comes after a pause."""
        if self._intake.quiet:
            return
        now = self._clock()
        if now - self._last < PAUSE:
            self._intake.quiet = True
            self._loop.call_soon(self._pause)  # behind all that is ready now
        self._last = now

    def _pause(self) -> None:
        self._intake.quiet = False
        pause = min(PAUSE, self._next_tick() - self._clock())
        if pause >= LEAST:
            self._sleep(pause)
        self._last = self._clock()
