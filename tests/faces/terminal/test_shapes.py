"""Boards with pieces, as a terminal shows them."""

from __future__ import annotations

import pytest
from boards import CHESS, after, tables

from tickwire.faces.palette import mix
from tickwire.faces.terminal.canvas import Canvas
from tickwire.faces.terminal.colors import CHOSEN, DANGER, FIELDS, LAST_MOVE, PIECES
from tickwire.faces.terminal.lines import line
from tickwire.faces.terminal.raster import Raster
from tickwire.games._chess_rows import Hint


def _painted(*moves: str, player: int = 1, size: tuple[int, int] = (60, 42)) -> tuple[Raster, Canvas]:
    raster = Raster(CHESS, player)
    return raster, raster.paint(tables(after(*moves), player), 1, *size)


def _text(canvas: Canvas) -> list[str]:
    return [
        "".join(run[0] for run in line(canvas, row)).replace("▀", " ").rstrip() for row in range(canvas.height // 2)
    ]


def test_a_board_of_chess_at_80_by_24_has_fields_of_four_by_two_and_names_at_its_rim() -> None:
    _, canvas = _painted("e4", "e5", "Nf3")
    assert "\n".join(_text(canvas)[2:19]) == (
        "            8  ♜   ♞   ♝   ♛   ♚   ♝   ♞   ♜\n"
        "\n"
        "            7  ♟   ♟   ♟   ♟       ♟   ♟   ♟\n"
        "\n"
        "            6\n"
        "\n"
        "            5                  ♟\n"
        "\n"
        "            4                  ♙\n"
        "\n"
        "            3                      ♘\n"
        "\n"
        "            2  ♙   ♙   ♙   ♙       ♙   ♙   ♙\n"
        "\n"
        "            1  ♖   ♘   ♗   ♕   ♔   ♗       ♖\n"
        "\n"
        "               a   b   c   d   e   f   g   h"
    )


def test_black_sees_the_board_from_blacks_side() -> None:
    _, canvas = _painted("e4", player=2)
    assert _text(canvas)[2] == "            1  ♖   ♘   ♗   ♔   ♕   ♗   ♘   ♖"
    assert _text(canvas)[18] == "               h   g   f   e   d   c   b   a"


@pytest.mark.parametrize("size", [(20, 20), (30, 22), (92, 64), (140, 100), (16, 16), (3, 4), (200, 6)])
@pytest.mark.parametrize("player", [0, 1, 2])
def test_a_board_of_any_size_says_of_each_cell_which_point_it_shows(size: tuple[int, int], player: int) -> None:
    raster, canvas = _painted(player=player, size=size)
    shown: set[tuple[int, int]] = set()
    for row in range(canvas.height // 2):
        for column in range(canvas.width):
            point = raster.point(column, row)
            if point is not None:
                x, y = int(point[0]), int(point[1])
                assert 0 <= x < 8
                assert 0 <= y < 8
                shown.add((x, y))
                if raster._view is not None and raster._view.scale >= 2:
                    ground = canvas.row(row)[0][column]
                    assert ground == FIELDS[(x + y) % 2]
    assert raster._view is not None
    assert len(shown) == 64 or raster._view.scale < 2


def test_the_names_at_the_rim_never_stand_on_the_board() -> None:
    for width in range(8, 120, 7):
        raster, canvas = _painted(size=(width, 42))
        for word in canvas.words:
            if word.text.isascii():
                assert raster.point(word.column, word.row) is None


def test_light_and_dark_pieces_differ_in_shape() -> None:
    _, canvas = _painted()
    inks = {(word.text, word.color) for word in canvas.words if not word.text.isascii()}
    assert inks == {(s, PIECES[0]) for s in "♔♕♖♗♘♙"} | {(s, PIECES[1]) for s in "♚♛♜♝♞♟"}


def test_marks_tint_the_field_and_have_signs() -> None:
    game = after("e4", "d5")
    rows = tables(game)
    rows["Hint"] = [Hint(1, 4, 4, 2), Hint(1, 4, 3, 3), Hint(1, 3, 3, 4)]
    raster = Raster(CHESS, 1)
    canvas = raster.paint(rows, 1, 60, 42)

    def field(x: int, y: int) -> tuple[int, str]:
        """The ground and the signs of a field."""
        column, row = 14 + 4 * x, 2 + 2 * y
        assert raster.point(column, row) == (x + 0.125, y + 0.25)
        text = "".join(run[0] for run in line(canvas, row))
        return canvas.row(row)[0][column], text[column : column + 4]

    assert field(3, 1) == (mix(FIELDS[0], LAST_MOVE, 0.6), "    ")
    assert field(4, 4) == (mix(FIELDS[0], CHOSEN, 0.9), " ♙  ")
    assert field(4, 3) == (FIELDS[1], " •  ")
    assert field(3, 3) == (mix(mix(FIELDS[0], LAST_MOVE, 0.6), CHOSEN, 0.45), "[♟] ")


def test_a_king_in_check_is_marked() -> None:
    _, canvas = _painted("e4", "f6", "Qh5")
    assert _text(canvas)[2] == "            8  ♜   ♞   ♝   ♛  !♚!  ♝   ♞   ♜"
    assert mix(FIELDS[0], DANGER, 0.75) in canvas.pixels


def test_the_cursor_is_where_it_is_from_either_side() -> None:
    for player in (1, 2):
        raster = Raster(CHESS, player)
        rows = tables(after(), player)
        plain = raster.paint(rows, 1, 60, 42)
        canvas = raster.paint(rows, 1, 60, 42, cursor=(2.5, 3.5))
        changed = {raster.point(i % 60, i // 60 // 2) for i in range(60 * 42) if plain.pixels[i] != canvas.pixels[i]}
        assert {(int(p[0]), int(p[1])) for p in changed if p} == {(2, 3)}


def test_pieces_without_a_sign_and_on_a_tiny_board_are_still_seen() -> None:
    rows = tables(after())
    for row in rows["Piece"]:
        row.sign = ""
    canvas = Raster(CHESS, 1).paint(rows, 1, 60, 42)
    assert set(PIECES) <= set(canvas.pixels)
    _, tiny = _painted(size=(9, 10))
    assert set(PIECES) <= set(tiny.pixels)
