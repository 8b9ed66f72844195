from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire.room.clock import MAX_CATCH_UP, TickClock


@pytest.mark.parametrize("rate", [1, 7, 12, 29.97, 60, 240])
@pytest.mark.parametrize("start", [0.0, 1_700_000_000.123])
def test_a_clock_does_not_drift_over_a_million_ticks(rate: float, start: float) -> None:
    clock = TickClock(rate, start)
    for _ in range(1_000_000 if rate == 29.97 else 100_000):
        assert clock.take_due(clock.next_at) == 1
    made = 1_000_000 if rate == 29.97 else 100_000
    assert clock.next_at == pytest.approx(start + (made + 1) / rate, abs=1e-3 / rate)
    assert clock.skipped == 0


def test_no_tick_is_due_before_its_time() -> None:
    clock = TickClock(10, start=5)
    assert clock.take_due(5) == 0
    assert clock.take_due(5.09) == 0
    assert clock.take_due(5.1) == 1
    assert clock.take_due(5.1) == 0
    assert clock.next_at == pytest.approx(5.2)


def test_a_timer_that_fires_a_hair_early_gets_its_tick_and_no_second_one() -> None:
    clock = TickClock(10, start=0)
    assert clock.take_due(0.1 - 5e-5) == 1
    assert clock.take_due(0.1) == 0
    assert clock.take_due(0.2 - 2e-4) == 0
    assert clock.take_due(0.2) == 1


def test_a_late_tick_does_not_make_the_next_one_late() -> None:
    clock = TickClock(10, start=0)
    assert clock.take_due(0.19) == 1
    assert clock.take_due(0.2) == 1
    assert clock.next_at == pytest.approx(0.3)


def test_a_clock_catches_up_a_bounded_number_of_ticks() -> None:
    clock = TickClock(10, start=0)
    assert clock.take_due(0.1 * MAX_CATCH_UP + 0.01) == MAX_CATCH_UP
    assert clock.skipped == 0
    assert clock.next_at == pytest.approx(0.1 * (MAX_CATCH_UP + 1))


def test_what_is_too_late_is_skipped_and_counted() -> None:
    clock = TickClock(10, start=0)
    assert clock.take_due(10.05) == 1
    assert clock.skipped == 99
    # And the ticks after it are at the times at which they would have been anyway.
    assert clock.next_at == pytest.approx(10.1)
    assert clock.take_due(10.1) == 1


def test_a_clock_that_is_set_back_makes_no_ticks_until_it_is_right_again() -> None:
    clock = TickClock(10, start=0)
    assert clock.take_due(0.3) == 3
    assert clock.take_due(0.1) == 0
    assert clock.take_due(0.4) == 1


@given(st.floats(1, 240), st.lists(st.floats(0, 3), max_size=60))
@settings(max_examples=200, deadline=None)
def test_ticks_made_and_skipped_are_the_ticks_that_were_due(rate: float, waits: list[float]) -> None:
    clock, now, made = TickClock(rate, 0), 0.0, 0
    for wait in waits:
        now += wait
        due = clock.take_due(now)
        assert 0 <= due <= MAX_CATCH_UP
        made += due
        assert clock.next_at > now - 1e-9
        assert abs(made + clock.skipped - now * rate) <= 1 + 1e-3


@given(st.floats(0, 1e6), st.sampled_from([7, 12, 20, 30, 60]), st.integers(1, 8), st.data())
def test_clocks_of_one_rate_tick_in_their_slots(start: float, rate: float, slots: int, data: st.DataObject) -> None:
    slot = data.draw(st.integers(0, slots - 1))
    clock = TickClock(rate, start)
    clock.align(slot, slots)
    place = (clock.next_at * rate - slot / slots) % 1
    assert min(place, 1 - place) < 1e-4
    assert -1e-6 <= clock.next_at - start <= 1 / rate + 1e-6, "the first tick is later than asked for"
