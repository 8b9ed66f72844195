from __future__ import annotations

import pytest

from tickwire.client.figures import SHOWN, Tally


def test_a_burst_after_a_stall_is_one_stall() -> None:
    tally = Tally()
    for i in range(100):
        tally.state(i / 30, 0.25 - 0.03 * i if i < 5 else 0.0, jitter=0.005)
    tally.state(4.0, 0.3, jitter=0.005)
    assert tally.counts(4.0)[0] == 2


def test_on_a_jittery_network_what_is_usual_there_is_no_stall() -> None:
    tally = Tally()
    for i in range(100):
        tally.state(i / 30, 0.15 * (i % 2), jitter=0.04)
    assert tally.counts(4.0)[0] == 0


def test_a_minute_later_nothing_is_left() -> None:
    tally = Tally()
    tally.state(1.0, 0.5, jitter=0.0)
    tally.correction(1.0, 2.0)
    tally.correction(2.0, 4.0)
    assert tally.counts(3.0) == (1, 2, 3.0)
    assert tally.counts(61.5) == (0, 1, 4.0)
    assert tally.counts(63.0) == (0, 0, 0.0)


def test_bytes_are_averaged_over_two_seconds() -> None:
    tally = Tally()
    assert tally.bytes(0.0, 0, 0) == (0.0, 0.0)
    for i in range(1, 50):
        rates = tally.bytes(i * 0.25, i * 250, i * 25)
    assert list(rates) == pytest.approx([1000, 100])
    for i in range(50, 62):
        rates = tally.bytes(i * 0.25, 49 * 250, 49 * 25)
    assert rates == (0.0, 0.0)


def test_the_graph_remembers_only_what_it_shows() -> None:
    tally = Tally()
    for i in range(SHOWN + 10):
        tally.state(i / 30, float(i), jitter=0.0)
    assert list(tally.lateness) == [float(i) for i in range(10, SHOWN + 10)]
