from __future__ import annotations

import math
from types import SimpleNamespace as Row
from typing import Any

import pytest

from tickwire.faces.palette import NEUTRAL, color_of, mix
from tickwire.faces.terminal.canvas import Canvas
from tickwire.faces.terminal.colors import BOARD, VOID, WALL
from tickwire.faces.terminal.raster import Raster
from tickwire.replication.schema import Schema


def schema(look: dict[str, Any], board: tuple[float, float] = (4, 4)) -> Schema:
    fields = [{"name": n, "type": "i32"} for n in ("x", "y", "owner")] + [{"name": "says", "type": "text"}]
    return Schema.read({"board": board, "tables": [{"name": "T", "fields": fields, "look": look}]})


def painted(
    look: dict[str, Any], rows: list[Row], size: tuple[int, int], *, player: int = 0, board: Any = (4, 4)
) -> Canvas:
    for id, row in enumerate(rows):
        row.id = id
    return Raster(schema(look, board), player).paint({"T": rows}, 1, *size)


def picture(canvas: Canvas) -> list[str]:
    """Each pixel as a character: blank outside, a dot for the board, a number for a player, * for nobody's."""
    names = {VOID: " ", BOARD: ".", WALL: "#", NEUTRAL: "*"} | {color_of(n): str(n) for n in range(1, 9)}
    pixels = [names.get(p, "?") for p in canvas.pixels]
    return ["".join(pixels[y * canvas.width : (y + 1) * canvas.width]) for y in range(canvas.height)]


CELL = {"kind": "cell", "x": "x", "y": "y", "color": "owner"}


def test_a_cell_is_one_pixel_where_the_board_just_fits() -> None:
    canvas = painted(CELL, [Row(x=0, y=0, owner=1), Row(x=3, y=2, owner=0)], (4, 4))
    assert picture(canvas) == ["1...", "....", "...*", "...."]


def test_a_board_with_room_around_it_is_centred_and_has_a_wall() -> None:
    canvas = painted(CELL, [Row(x=3, y=0, owner=2)], (7, 8))
    assert picture(canvas) == ["       ", "###### ", "#...2# ", "#....# ", "#....# ", "#....# ", "###### ", "       "]


def test_cells_grow_by_whole_pixels_so_that_all_are_of_one_size() -> None:
    canvas = painted(CELL, [Row(x=1, y=1, owner=3)], (10, 8))
    assert picture(canvas)[2:4] == [" ..33.... "] * 2
    assert picture(canvas)[4:6] == [" ........ "] * 2


def test_a_board_of_cells_larger_than_the_screen_follows_ones_own_newest_row() -> None:
    look = {**CELL, "player": "owner"}
    rows = [Row(x=2, y=2, owner=1), Row(x=30, y=20, owner=1), Row(x=5, y=5, owner=2)]
    canvas = painted(look, rows, (10, 8), player=1, board=(40, 30))
    assert "1" in "".join(picture(canvas))
    assert len(canvas.pixels) == 80


def test_the_view_stays_where_it_is_while_ones_own_is_in_its_middle() -> None:
    raster = Raster(schema({**CELL, "player": "owner"}, (100, 100)), 1)
    head = Row(id=1, x=50, y=50, owner=1)

    def column(tick: int) -> int:
        line = next(line for line in picture(raster.paint({"T": [head]}, tick, 20, 20)) if "1" in line)
        return line.index("1")

    assert column(1) == 10
    head.x = 53
    assert column(2) == 13
    head.x = 70
    assert column(3) == 14  # the edge of the middle half
    head.x = 99
    assert column(4) == 19  # no further than the board


def test_a_watcher_sees_a_large_board_of_cells_whole_and_food_hides_no_player() -> None:
    rows = [Row(x=0, y=0, owner=2), Row(x=1, y=1, owner=0), Row(x=39, y=39, owner=0)]
    canvas = painted({**CELL, "player": "owner"}, rows, (4, 4), board=(40, 40))
    assert picture(canvas) == ["2...", "....", "....", "...*"]


def test_what_is_ones_own_is_brighter_than_what_is_others() -> None:
    canvas = painted({**CELL, "player": "owner"}, [Row(x=0, y=0, owner=1), Row(x=1, y=0, owner=2)], (4, 4), player=1)
    assert canvas.pixels[0] == color_of(1)
    assert canvas.pixels[1] == mix(color_of(2), BOARD, 0.22)


def test_a_cell_that_came_with_the_newest_state_is_lit_until_the_next_one() -> None:
    raster = Raster(schema(CELL), 0)
    first, second = Row(id=1, x=0, y=0, owner=1), Row(id=2, x=1, y=0, owner=1)
    assert raster.paint({"T": [first]}, 1, 4, 4).pixels[0] == color_of(1)  # all is new, so nothing is
    for _ in range(2):  # a resize paints the same state again
        pixels = raster.paint({"T": [first, second]}, 2, 4, 4).pixels
        assert pixels[0] == color_of(1)
        assert pixels[1] not in (color_of(1), BOARD)
    assert raster.paint({"T": [first, second]}, 3, 4, 4).pixels[1] == color_of(1)


def test_dots_are_round_and_the_smallest_is_one_pixel() -> None:
    look = {"kind": "dot", "x": "x", "y": "y", "color": "owner", "radius": 2}
    assert picture(painted(look, [Row(x=4, y=4, owner=1)], (8, 8), board=(8, 8)))[1:5] == [
        "........", "...11...", "..1111..", "..1111..",
    ]  # fmt: skip
    tiny = painted({**look, "radius": 1}, [Row(x=500, y=500, owner=1)], (8, 8), board=(1000, 1000))
    assert "".join(picture(tiny)).count("1") == 1


def test_a_continuous_board_is_shrunk_or_grown_to_fit() -> None:
    look = {"kind": "dot", "x": "x", "y": "y", "color": "owner", "radius": 1}
    canvas = painted(look, [Row(x=999, y=999, owner=4)], (30, 20), board=(1000, 1000))
    assert picture(canvas)[19] == "     " + "." * 19 + "4" + "     "


@pytest.mark.parametrize(("angle", "arrow"), [(0, "→"), (90, "↓"), (180, "←"), (-90, "↑"), (45, "↘"), (361, "→")])
def test_a_small_arrow_is_a_character_that_points(angle: int, arrow: str) -> None:
    look = {"kind": "arrow", "x": "x", "y": "y", "angle": angle, "color": "owner", "size": 1}
    canvas = painted(look, [Row(x=2, y=2, owner=1)], (4, 4))
    assert [(w.column, w.row, w.text, w.color) for w in canvas.words] == [(2, 1, arrow, color_of(1))]


def test_a_large_arrow_is_a_triangle_with_its_nose_ahead() -> None:
    look = {"kind": "arrow", "x": "x", "y": "y", "angle": 0, "color": "owner", "size": 8}
    rows = picture(painted(look, [Row(x=8, y=8, owner=1)], (16, 16), board=(16, 16)))
    heights = [sum(row[x] == "1" for row in rows) for x in range(16)]
    assert heights[4] > heights[8] >= heights[11] > 0
    assert heights[12] == heights[3] == 0


def test_boxes_go_from_their_top_left_corner_and_are_cut_at_the_edge() -> None:
    look = {"kind": "box", "x": "x", "y": "y", "width": 2, "height": 9, "color": "owner"}
    assert picture(painted(look, [Row(x=1, y=2, owner=1)], (4, 4))) == ["....", "....", ".11.", ".11."]


def test_texts_are_cleaned_and_cut_to_the_board() -> None:
    look = {"kind": "text", "x": "x", "y": "y", "text": "says", "color": 0}
    canvas = painted(look, [Row(x=5, y=4, says="\x1b[2J" + "long" * 99)], (10, 8), board=(10, 8))
    (word,) = canvas.words
    assert (word.column, word.row, len(word.text)) == (0, 2, 10)
    assert word.text.isprintable()


def test_a_glyph_stands_in_the_middle_of_a_cell_that_has_room_for_it() -> None:
    look = {**CELL, "glyph": "says"}
    canvas = painted(look, [Row(x=1, y=1, owner=1, says="♞")], (16, 16))
    assert [(w.column, w.row, w.text) for w in canvas.words] == [(5, 2, "♞")]
    assert painted(look, [Row(x=1, y=1, owner=1, says="♞")], (4, 4)).words == []


@pytest.mark.parametrize(
    "look",
    [
        {"kind": "none"},
        {"kind": "hologram", "x": "x"},
        {"kind": ["cell"]},
        {"kind": "cell", "x": "nowhere", "y": "y"},
        {"kind": "cell", "x": [1], "y": {}},
        {"kind": "text", "x": "x", "y": "y"},
        [],
    ],
)
def test_a_look_that_makes_no_sense_is_not_painted(look: Any) -> None:
    assert set(painted(look, [Row(x=1, y=1, owner=1)], (4, 4)).pixels) == {BOARD}


@pytest.mark.parametrize("kind", ["cell", "dot", "arrow", "box", "text"])
@pytest.mark.parametrize("place", [math.nan, math.inf, -1e300, "left", None])
def test_a_row_that_is_nowhere_is_left_out(kind: str, place: Any) -> None:
    look = {"kind": kind, "x": "x", "y": "y", "color": "owner", "text": "says", "player": "owner"}
    for size in ((4, 4), (2, 2)):
        painted(look, [Row(x=place, y=place, owner=1, says="")], size, player=1)


@pytest.mark.parametrize(
    "board", [(0, 5), (-1, 3), (math.nan, 1), (math.inf, 1), ("a", "b"), (1e-300, 1e300), (1e18, 1e18)]
)
def test_no_board_is_too_strange(board: Any) -> None:
    for kind in ("cell", "dot"):
        painted({**CELL, "kind": kind, "player": "owner"}, [Row(x=1, y=1, owner=1)], (8, 8), board=board, player=1)


def test_no_canvas_is_too_small() -> None:
    for size in ((0, 0), (1, 0), (0, 2), (1, 2), (3, 2)):
        painted({**CELL, "player": "owner"}, [Row(x=1, y=1, owner=1)], size, player=1)
