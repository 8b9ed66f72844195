"""The kinds of look, painted: each puts one row of a table on a canvas, cut to the view."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rich.cells import cell_len

from tickwire.faces.clean import clean
from tickwire.faces.looks import Read
from tickwire.faces.palette import NEUTRAL, mix
from tickwire.faces.terminal.camera import View
from tickwire.faces.terminal.canvas import Canvas, Word
from tickwire.faces.terminal.colors import BOARD, CHOSEN, DANGER, FIELDS, LAST_MOVE, PIECES, WHITE
from tickwire.ids.characters import begin

ARROWS = "→↘↓↙←↖↑↗"  # by eighths of a turn from the right, clockwise: what is too small for a triangle
_SMALLEST_TRIANGLE = 6  # pixels from tail to nose
# The light pieces are hollow: a terminal that has few colours, or none, tells them from the dark ones all the same.
_HOLLOW = str.maketrans("♚♛♜♝♞♟●■▲▼◆★⛃⛂", "♔♕♖♗♘♙○□△▽◇☆⛁⛀")
# By mark: what tints the field and how much, and what stands left, in the middle and right in it.
_MARKS = {
    1: (LAST_MOVE, 0.6, "   "),
    2: (CHOSEN, 0.9, "   "),
    3: (WHITE, 0.0, " • "),
    4: (CHOSEN, 0.45, "[ ]"),
    5: (DANGER, 0.75, "! !"),
}
_CURSOR = (WHITE, 0.45, "› ‹")
_LONGEST_TEXT = 200  # characters; no terminal is wider

Paint = Callable[[Canvas, View, dict[str, Read], Any, int], None]


def _cell(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    scale = view.scale
    x0, y0 = int(view.left + int(read["x"](row)) * scale), int(view.top + int(read["y"](row)) * scale)
    glyph = begin(clean(read["glyph"](row)), 1).strip() if scale >= 2 else ""
    if glyph:  # the middle of the cell, in whole terminal cells
        _word(canvas, view, x0 + (int(scale) - cell_len(glyph)) // 2, (y0 + (int(scale) - 1) // 2) // 2, glyph, color)
    elif scale < 1:  # several cells share a pixel: food does not hide a player
        x0, y0, x1, y1 = _cut(view, x0, y0, x0 + 1, y0 + 1)
        if x0 < x1 and y0 < y1 and (color != NEUTRAL or canvas.pixels[y0 * canvas.width + x0] == BOARD):
            canvas.pixels[y0 * canvas.width + x0] = color
    else:
        canvas.fill(*_cut(view, x0, y0, x0 + int(scale), y0 + int(scale)), color)


def _square(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    canvas.fill(*_field(view, read["x"](row), read["y"](row)), FIELDS[1 if read["shade"](row) else 0])


def _mark(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    if (mark := _MARKS.get(read["mark"](row))) is not None:
        _tint(canvas, view, read["x"](row), read["y"](row), *mark)


def paint_cursor(canvas: Canvas, view: View, x: float, y: float) -> None:
    """The cursor, on the field that a point of the board is in."""
    _tint(canvas, view, math.floor(x), math.floor(y), *_CURSOR)


def _tint(canvas: Canvas, view: View, x: float, y: float, tint: int, share: float, signs: str) -> None:
    x0, y0, x1, y1 = _field(view, x, y)
    if x0 >= x1 or y0 >= y1:
        return
    ground = canvas.pixels[y0 * canvas.width + x0]
    if share:
        canvas.fill(x0, y0, x1, y1, mix(ground, tint, share))
    middle, line = _middle(view, x, y)
    for column, sign in zip((middle - 1, middle, middle + 1), signs, strict=True):
        if sign != " " and ((x0 <= column < x1 and x1 - x0 >= 4) or column == middle):
            _word(canvas, view, column, line, sign, WHITE)


def _piece(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    dark = 1 if read["side"](row) else 0
    sign = begin(clean(read["glyph"](row)), 1).strip()
    column, line = _middle(view, read["x"](row), read["y"](row))
    if sign and view.scale >= 2:
        _word(canvas, view, column, line, sign if dark else sign.translate(_HOLLOW), PIECES[dark])
    else:
        canvas.fill(*_field(view, read["x"](row), read["y"](row)), PIECES[dark])


def _field(view: View, x: float, y: float) -> tuple[int, int, int, int]:
    """The pixels of a field of the board."""
    x0, y0 = int(view.left + int(x) * view.scale), int(view.top + int(y) * view.scale)
    return _cut(view, x0, y0, x0 + max(1, int(view.scale)), y0 + max(1, int(view.scale)))


def _middle(view: View, x: float, y: float) -> tuple[int, int]:
    """The terminal cell in the middle of a field: where its piece stands."""
    half = (int(view.scale) - 1) // 2
    return int(view.left + int(x) * view.scale) + half, (int(view.top + int(y) * view.scale) + half) // 2


def paint_rim(canvas: Canvas, view: View, columns: dict[int, str], rows: dict[int, str], color: int) -> None:
    """The names of columns below the board, and of rows to its left, as far as there is room."""
    x0, y0, _, y1 = view.clip
    for x, name in columns.items():
        column, _ = _middle(view, x, 0)
        if y1 + 1 < canvas.height:
            canvas.words.append(Word(column, (y1 + 1) // 2, begin(name, 1), color))
    for y, name in rows.items():
        _, row = _middle(view, 0, y)
        if x0 >= cell_len(name) + 1 and y0 <= 2 * row < y1:
            canvas.words.append(Word(x0 - cell_len(name) - 1, row, name, color))


def _dot(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    x, y = view.left + read["x"](row) * view.scale, view.top + read["y"](row) * view.scale
    radius = read["radius"](row) * view.scale
    if radius < 0.75:
        canvas.fill(*_cut(view, math.floor(x), math.floor(y), math.floor(x) + 1, math.floor(y) + 1), color)
        return
    _, top, _, bottom = view.clip
    for line in range(max(top, math.floor(y - radius)), min(bottom, math.ceil(y + radius))):
        height = line + 0.5 - y
        if abs(height) <= radius:
            half = math.sqrt(radius * radius - height * height)
            canvas.fill(*_cut(view, round(x - half), line, round(x + half), line + 1), color)


def _arrow(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    x, y = view.left + read["x"](row) * view.scale, view.top + read["y"](row) * view.scale
    angle, half = math.radians(read["angle"](row)), read["size"](row) * view.scale / 2
    if half * 2 < _SMALLEST_TRIANGLE:
        eighth = round(angle / (math.pi / 4)) % 8
        _word(canvas, view, math.floor(x), math.floor(y) // 2, ARROWS[eighth], color)
        return
    dx, dy = math.cos(angle), math.sin(angle)
    x0, y0, x1, y1 = _cut(view, *(math.floor(n) for n in (x - half, y - half, x + half + 1, y + half + 1)))
    for line in range(y0, y1):
        for column in range(x0, x1):
            along = (column + 0.5 - x) * dx + (line + 0.5 - y) * dy
            aside = (line + 0.5 - y) * dx - (column + 0.5 - x) * dy
            if -half <= along <= half and abs(aside) <= max(0.5, (half - along) * 0.4):
                canvas.pixels[line * canvas.width + column] = color


def _box(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    x, y = read["x"](row), read["y"](row)
    x0, y0 = round(view.left + x * view.scale), round(view.top + y * view.scale)
    x1 = round(view.left + (x + read["width"](row)) * view.scale)
    y1 = round(view.top + (y + read["height"](row)) * view.scale)
    canvas.fill(*_cut(view, x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)), color)


def _text(canvas: Canvas, view: View, read: dict[str, Read], row: Any, color: int) -> None:
    text = clean(str(read["text"](row))[:_LONGEST_TEXT])
    x, y = view.left + read["x"](row) * view.scale, view.top + read["y"](row) * view.scale
    _word(canvas, view, math.floor(x) - cell_len(text) // 2, math.floor(y) // 2, text, color)


def _word(canvas: Canvas, view: View, column: int, row: int, text: str, color: int) -> None:
    x0, y0, x1, y1 = view.clip
    if not y0 <= 2 * row < y1:
        return
    while text and column < x0:
        first = begin(text, 1)
        column += cell_len(first)
        text = text[len(first) :]
    text = begin(text, len(text), max(0, x1 - column))
    if text:
        canvas.words.append(Word(column, row, text, color))


def _cut(view: View, x0: int, y0: int, x1: int, y1: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = view.clip
    return max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)


PAINTERS: dict[str, Paint] = {
    "square": _square,
    "mark": _mark,
    "piece": _piece,
    "cell": _cell,
    "dot": _dot,
    "arrow": _arrow,
    "box": _box,
    "text": _text,
}
