"""Which tick is due, at any speed."""

from __future__ import annotations

import pytest

from tickwire.replay.playhead import SPEEDS, Playhead


def test_it_stands_still_until_it_is_played() -> None:
    head = Playhead(0, 100, 10)
    assert [head.advance(now) for now in (0.0, 1.0, 5.0)] == [0, 0, 0]
    head.play()
    assert [head.advance(now) for now in (5.0, 5.05, 5.1, 6.0)] == [0, 0, 1, 10]
    head.pause()
    assert head.advance(9.0) == 10
    head.play()
    assert head.advance(20.0) == 10, "the time in which it stood still does not count"
    assert head.advance(20.1) == 11


@pytest.mark.parametrize("speed", SPEEDS)
def test_it_moves_at_the_speed_that_was_chosen(speed: float) -> None:
    head = Playhead(0, 10**6, 30)
    head.faster(SPEEDS.index(speed) - SPEEDS.index(1.0))
    head.play()
    for i in range(101):
        head.advance(i / 10)
    assert head.tick == pytest.approx(10 * 30 * speed, abs=1)


def test_speeds_have_ends() -> None:
    head = Playhead(0, 10, 10)
    head.faster(-99)
    assert head.speed == 0.25
    head.faster(99)
    assert head.speed == 16


def test_it_stops_at_the_end_and_plays_from_the_beginning_again() -> None:
    head = Playhead(5, 20, 10)
    head.play()
    head.advance(0.0)
    assert head.advance(99.0) == 20
    assert not head.playing
    head.play()
    assert head.advance(100.0) == 5


def test_it_skips_by_seconds_and_not_past_the_ends() -> None:
    head = Playhead(0, 100, 10)
    head.skip(5)
    assert head.tick == 50
    head.skip(-60)
    assert head.tick == 0
    head.skip(3600)
    assert head.tick == 100
