from __future__ import annotations

import pytest

from tickwire.faces.cursor import Cursor


def test_the_cursor_comes_with_the_first_arrow_and_goes_with_escape() -> None:
    cursor = Cursor((8, 8))
    assert not cursor.press("escape")
    assert cursor.press("left")
    assert cursor.at == (4.5, 4.5)
    assert cursor.press("escape")
    assert cursor.at is None


@pytest.mark.parametrize(("turned", "corner"), [(False, (0.5, 0.5)), (True, (7.5, 7.5))])
def test_the_cursor_goes_where_the_arrow_points_and_stays_on_the_board(
    turned: bool, corner: tuple[float, float]
) -> None:
    cursor = Cursor((8, 8))
    for key in ("up", *["up"] * 9, *["left"] * 9):
        assert cursor.press(key, turned=turned)
    assert cursor.at == corner


def test_a_large_board_is_crossed_in_larger_steps() -> None:
    cursor = Cursor((1000, 500))
    presses = 0
    cursor.press("right")
    before = None
    while cursor.at != before:
        before = cursor.at
        cursor.press("right")
        presses += 1
    assert presses <= 21


def test_a_board_of_less_than_a_cell_has_its_cursor_in_the_middle() -> None:
    cursor = Cursor((0.5, 0.5))
    cursor.press("up")
    assert cursor.at == (0.25, 0.25)
