from __future__ import annotations

from tickwire.faces.repeats import FIRST_WAIT, NEXT_WAIT, Repeats


def test_one_press_counts_for_a_while_and_is_let_go_once() -> None:
    keys = Repeats()
    assert keys.came("up", "thrust", 0.0) == set()
    assert keys.let_go(FIRST_WAIT - 0.01) == set()
    assert keys.let_go(FIRST_WAIT) == {"thrust"}
    assert keys.let_go(9.0) == set()


def test_a_key_that_repeats_is_held_until_shortly_after_the_last_repeat() -> None:
    keys = Repeats()
    keys.came("up", "thrust", 0.0)
    last = 0.0
    for i in range(20):
        last = 0.3 + i * 0.04
        assert keys.let_go(last) == set()
        keys.came("up", "thrust", last)
    assert keys.let_go(last + NEXT_WAIT - 0.01) == set()
    assert keys.let_go(last + NEXT_WAIT) == {"thrust"}


def test_the_opposite_key_ends_it_at_once_and_another_does_not() -> None:
    keys = Repeats()
    keys.came("up", "thrust", 0.0)
    keys.came("left", "turn_left", 0.1)
    assert keys.came("right", "turn_right", 0.2) == {"turn_left"}
    assert keys.let_go(0.2 + FIRST_WAIT) == {"thrust", "turn_right"}
    keys.came("a", "turn_left", 5.0)
    assert keys.came("d", "turn_right", 5.1) == {"turn_left"}
