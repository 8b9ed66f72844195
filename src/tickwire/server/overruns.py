"""Why ticks are late: which room took the time, and how much."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tickwire.room.room import Room

log = logging.getLogger("tickwire.runner")

BUSY = 0.8  # of a second: rooms that take more than that leave too little to what comes in, and to a bad moment
_HALF = 0.5  # of a tick's period, of the delay or of a second: what took as much is the reason


@dataclass(slots=True)
class Second:
    """What rooms took in one second.

    Attributes:
        busy: seconds that all ticks took, sending included.
        longest: seconds that the slowest room took at once.
        slowest: that room; None if none made a tick.
        ticks: how many ticks it made in that time.
    """

    busy: float = 0.0
    longest: float = 0.0
    slowest: Room | None = None
    ticks: int = 1


class Overruns:
    """Notes what rooms take, and tells who held the others up.

    Attributes:
        now: the second that has begun; `next` begins another one.
    """

    def __init__(self) -> None:
        self.now = Second()
        self._last = Second()
        self._skipped = 0
        self._reported_at = float("-inf")

    @property
    def busy(self) -> bool:
        """Whether the rooms took nearly all of the last whole second."""
        return self._last.busy > BUSY

    def next(self) -> None:
        """A second is over. It is kept for another one: a delay is noticed when it is over."""
        self._last, self.now = self.now, Second()

    def report(self, room: Room, skipped: int, now: float, rooms: int) -> None:
        """Say that ticks were skipped, at most once a second: a busy server is not to be busy with saying so.

        Args:
            room: whose ticks were skipped.
            skipped: how many.
            now: seconds of the loop's time.
            rooms: how many there are.
        """
        self._skipped += skipped
        if now - self._reported_at >= 1:
            log.warning("ticks are late: %d skipped; %s", self._skipped, self._reason(room, skipped, rooms))
            self._reported_at = now
            self._skipped = 0

    def _reason(self, late: Room, skipped: int, rooms: int) -> str:
        worst = max(self.now, self._last, key=lambda second: second.longest)
        busy = max(self.now.busy, self._last.busy)
        if (slow := worst.slowest) is not None:
            took, period = worst.longest / worst.ticks, slow.clock.period
            if took >= _HALF * period or worst.longest >= _HALF * skipped * late.clock.period:
                return (
                    f"{slow.spec.name} in room {slow.code} took {took * 1000:.0f} ms for a tick and has "
                    f"{period * 1000:.0f} ms: make its rules faster, or its tick_rate lower"
                )
        if busy >= _HALF:
            return f"{rooms} rooms took {busy * 1000:.0f} ms of a second: too many rooms or players for this core"
        return (
            f"{rooms} rooms took {busy * 1000:.0f} ms of a second: something else held the server up, such as another "
            "program on this machine"
        )
