"""Fixed ticks without drift."""

from __future__ import annotations

from math import floor

MAX_CATCH_UP = 5  # ticks made at once after a stall; more would make the stall longer for every other room


class TickClock:
    """Says when ticks are due. Tick n is due at `start + n / rate`, however late those before it were.

    Args:
        rate: ticks a second.
        start: the time of tick 0, in seconds of whatever clock the caller uses.
    """

    def __init__(self, rate: float, start: float) -> None:
        self.period = 1 / rate
        self.skipped = 0  # ticks that were never made, because the loop was too late to catch up
        self._start = start
        self._made = 0

    @property
    def next_at(self) -> float:
        """When the next tick is due."""
        return self._start + (self._made + 1) * self.period

    def align(self, slot: int, slots: int) -> None:
        """Begin earlier, by less than a period, so that ticks come in one of as many slots of a period.

        For a clock that has not ticked since its start, or since it was restarted.
        """
        width = self.period / slots
        self._start = (floor(self._start / self.period - slot / slots + 1e-9) * slots + slot) * width

    def restart(self, now: float) -> None:
        """Go on from now: the next tick is due in one period, and none was missed."""
        self._start = now - self._made * self.period

    def take_due(self, now: float) -> int:
        """How many ticks to make now. What is more than a bounded number late is skipped, not made up for."""
        # A timer may fire a hair early; a tenth of a millisecond is no reason to wait for another one.
        due = int((now - self._start) / self.period + 1e-4 / self.period) - self._made
        if due <= 0:
            return 0
        if due > MAX_CATCH_UP:
            late = due - 1
            self.skipped += late
            self._start += late * self.period
            due = 1
        self._made += due
        return due
