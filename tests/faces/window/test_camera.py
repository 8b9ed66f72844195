from __future__ import annotations

import pytest

from tickwire.faces.window.camera import Camera
from tickwire.faces.window.layout import Box
from tickwire.replication.schema import Schema
from window.driving import SNAKE, schema_of, table

AREA = Box(10, 50, 600, 400)


def grid(board: tuple[float, float] = (1000, 1000), window: tuple[float, float] = (60, 40)) -> Schema:
    view = {"kind": "grid", "cell": 20, "window": list(window), "x": "x", "y": "y"}
    return schema_of(table("Cell", {"kind": "cell", "x": "x", "y": "y"}, view), board=board)


def camera(schema: Schema, *, follows: bool = True) -> Camera:
    return Camera(schema, smallest_cell=7, follows=follows)


def test_a_board_that_fits_is_shown_whole_in_whole_pixels() -> None:
    view = camera(SNAKE).look(Box(10, 50, 635, 437), None, now=0)
    assert view.scale == 10
    assert view.clip == Box(27, 68, 600, 400)
    assert view.pixel(0, 0) == (27, 68)
    assert view.pixel(60, 40) == (627, 468)


def test_a_board_of_places_fills_its_area() -> None:
    view = camera(schema_of(table("Dot", {"kind": "dot", "x": "x", "y": "y"}), board=(1000, 1000))).look(AREA, None, 0)
    assert view.scale == pytest.approx(0.4)
    assert view.clip == Box(110, 50, 400, 400)


def test_a_point_of_the_window_is_a_point_of_the_board_or_none() -> None:
    view = camera(SNAKE).look(AREA, None, now=0)
    assert view.point(10, 50) == (0, 0)
    assert view.point(609.9, 449.9) == pytest.approx((59.99, 39.99))
    assert view.point(9, 50) is None
    assert view.point(610, 60) is None


def test_a_view_of_a_window_keeps_what_it_follows_in_the_middle_even_at_the_edge() -> None:
    for at in ((500.0, 500.0), (0.0, 0.0)):
        view = camera(grid()).look(AREA, at, now=0)
        assert view.scale == 10
        assert view.pixel(*at) == (310, 250)


def test_a_camera_glides_after_small_moves_and_jumps_after_large_ones() -> None:
    one = camera(grid())
    one.look(AREA, (500, 500), now=0)
    glided = one.look(AREA, (510, 500), now=0.1)
    assert 310 < glided.pixel(510, 500)[0] < 410
    arrived = one.look(AREA, (510, 500), now=10)
    assert arrived.pixel(510, 500)[0] == 310
    jumped = one.look(AREA, (100, 100), now=10.01)
    assert jumped.pixel(100, 100) == (310, 250)


def test_a_camera_stays_while_there_is_nothing_to_follow() -> None:
    one = camera(grid())
    before = one.look(AREA, (500, 500), now=0)
    assert one.look(AREA, None, now=1) == before


def test_a_board_of_small_cells_is_shown_in_part_but_never_past_its_edge() -> None:
    schema = schema_of(table("Cell", {"kind": "cell", "x": "x", "y": "y"}), board=(200, 200))
    view = camera(schema).look(AREA, (0, 100), now=0)
    assert view.scale == 7
    assert view.pixel(0, 100)[0] == pytest.approx(view.clip.x, abs=1)
    assert view.pixel(0, 100)[1] == pytest.approx(250, abs=1)
    whole = camera(schema, follows=False).look(AREA, None, now=0)
    assert whole.scale == 2


@pytest.mark.parametrize("far", [1e38, -1e38, float("inf")])
def test_what_is_nowhere_near_is_still_a_pixel_that_can_be_painted(far: float) -> None:
    for schema in (SNAKE, grid()):
        view = camera(schema).look(AREA, (far, 5.0), now=0)
        assert all(abs(n) <= 1e6 for n in view.pixel(far, -far))


@pytest.mark.parametrize("board", [(0, 10), (float("nan"), 1), (float("inf"), 1), ("wide", 1)])
def test_a_board_that_is_none_does_no_harm(board: tuple[float, float]) -> None:
    view = camera(schema_of(table("Cell", {"kind": "cell", "x": "x", "y": "y"}), board=board)).look(AREA, None, now=0)
    assert view.scale > 0
