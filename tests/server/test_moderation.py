from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tickwire.net.sieve import Intake
from tickwire.server.moderation import LEAST, PAUSE, Moderation


class Stage:
    """A loop with a clock of its own, that notes how long it was put to sleep."""

    def __init__(self, next_tick: float = float("inf")) -> None:
        self.now = 100.0
        self.next_tick = next_tick
        self.slept: list[float] = []
        self._soon: list[Callable[[], None]] = []
        loop: Any = self
        self.moderation = Moderation(loop, lambda: self.next_tick, Intake(), lambda: self.now, self._sleep)

    def call_soon(self, callback: Callable[[], None]) -> None:
        self._soon.append(callback)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def inputs(self, count: int, after: float = 0.0) -> None:
        """So many inputs come at once, and the loop goes around."""
        self.now += after
        for _ in range(count):
            self.moderation.input_came()
        soon, self._soon = self._soon, []
        for callback in soon:
            callback()


def test_inputs_that_come_seldom_are_read_at_once() -> None:
    stage = Stage()
    for _ in range(50):
        stage.inputs(1, after=PAUSE * 1.01)
    assert stage.slept == []


def test_inputs_that_come_close_together_gather_for_one_pause() -> None:
    stage = Stage()
    stage.inputs(1)
    stage.inputs(1, after=PAUSE / 2)
    assert stage.slept == [PAUSE]
    stage.inputs(12)
    assert stage.slept == [PAUSE, PAUSE]


def test_a_lull_ends_the_pauses() -> None:
    stage = Stage()
    stage.inputs(5)
    stage.inputs(1, after=PAUSE * 1.01)
    assert stage.slept == [PAUSE]


@pytest.mark.parametrize(("until_tick", "pauses"), [(PAUSE / 2, [PAUSE / 2]), (LEAST / 2, []), (-0.1, [])])
def test_no_pause_lasts_into_a_tick(until_tick: float, pauses: list[float]) -> None:
    stage = Stage(next_tick=100.0 + until_tick)
    stage.inputs(5)
    assert stage.slept == pytest.approx(pauses)
