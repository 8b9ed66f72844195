"""Rows into pixels: what the board looks like, for any game. It knows no terminal and no Textual."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tickwire.faces.clean import clean
from tickwire.faces.looks import OF_FIELDS, KnownLook, is_turned, known_looks, turned
from tickwire.faces.palette import color_of, mix
from tickwire.faces.terminal.camera import View, follow, whole_board, whole_cells
from tickwire.faces.terminal.canvas import Canvas
from tickwire.faces.terminal.colors import BOARD, DIM, VOID, WALL, WHITE
from tickwire.faces.terminal.shapes import PAINTERS, paint_cursor, paint_rim
from tickwire.replication.schema import Schema

Tables = Mapping[str, Iterable[Any]]

_OTHERS_DIMMED = 0.22  # share of the ground in what is not one's own: one's own stands out without a colour of its own
_RIM = 2  # columns on each side of a board with fields
_EDGE = 1e-6  # of a unit: what is clicked at the very edge is on the board
_NEW_LIT = 0.5  # share of white in a cell that has just come: the head of a snake leads, its body calms down


class Raster:
    """Paints one game as one player sees it.

    Args:
        schema: the game's.
        player: whose rows are one's own; 0 for a watcher.
    """

    def __init__(self, schema: Schema, player: int) -> None:
        self.board = schema.board if all(map(_is_length, schema.board)) else (1, 1)
        self._player = player
        self._known_looks = known_looks(schema.tables)
        self._looks = [look for look in self._known_looks if look.kind in PAINTERS]
        self._of_cells = any(look.kind in OF_FIELDS for look in self._looks)
        self._has_fields = any(look.kind == "square" for look in self._looks)
        self._says_whose = player > 0 and any(look.says_whose for look in self._looks)
        self._view: View | None = None
        self._size = (0, 0)
        self._tick = -1
        self._newest: dict[str, int] = {}  # by table, the highest row id of the newest state
        self._known: dict[str, int] = {}  # the same of the state before: what is above it has just come
        self._shades: dict[tuple[int, bool, bool], int] = {}
        self.turned = False  # whether the player sits on the other side

    def point(self, column: int, row: int) -> tuple[float, float] | None:
        """The point of the board in the middle of a cell of the terminal; None if it shows none."""
        if self._view is None:
            return None
        x0, y0, x1, y1 = self._view.clip
        if not (x0 <= column < x1 and y0 <= 2 * row < y1):
            return None
        x = (column + 0.5 - self._view.left) / self._view.scale
        y = (2 * row + 1 - self._view.top) / self._view.scale
        x, y = (self.board[0] - x, self.board[1] - y) if self.turned else (x, y)
        return min(max(x, 0), self.board[0] - _EDGE), min(max(y, 0), self.board[1] - _EDGE)

    def paint(
        self, tables: Tables, tick: int, width: int, height: int, cursor: tuple[float, float] | None = None
    ) -> Canvas:
        """The board as it is now.

        Args:
            tables: the mirror's tables by name.
            tick: of their state.
            width: of the canvas, in pixels; a terminal cell is one wide
            height: and two high.
            cursor: the point of the board that it is at, if there is one.
        """
        self._follow_state(tables, tick)
        self._sit(tables)
        canvas = Canvas(width, height, VOID)
        if width < 1 or height < 2:
            return canvas
        view = self._look_at(tables, canvas)
        x0, y0, x1, y1 = view.clip
        if not self._has_fields and x0 > 0 and y0 > 0 and x1 < canvas.width and y1 < canvas.height:
            canvas.fill(x0 - 1, y0 - 1, x1 + 1, y1 + 1, WALL)
        canvas.fill(x0, y0, x1, y1, BOARD)
        for look in self._looks:
            self._paint_rows(canvas, view, look, tables.get(look.table, ()))
            if look.kind == "square":
                self._paint_rim(canvas, view, look, tables.get(look.table, ()))
        if cursor is not None:
            x, y = cursor
            paint_cursor(canvas, view, *((self.board[0] - x, self.board[1] - y) if self.turned else (x, y)))
        return canvas

    def _sit(self, tables: Tables) -> None:
        """Take the side of the board that is the player's."""
        if is_turned(self._known_looks, tables, self._player) != self.turned:
            self.turned = not self.turned
            self._looks = [turned(look, self.board) for look in self._looks]

    def _paint_rim(self, canvas: Canvas, view: View, look: KnownLook, rows: Iterable[Any]) -> None:
        read = look.read
        names = [(read["x"](r), read["y"](r), read["column"](r), read["row"](r)) for r in rows]
        names = [n for n in names if _is_place(n[0]) and _is_place(n[1])]
        left, bottom = min((n[0] for n in names), default=0), max((n[1] for n in names), default=0)
        columns = {int(x): clean(column) for x, y, column, _ in names if y == bottom}
        paint_rim(canvas, view, columns, {int(y): clean(row)[:2] for x, y, _, row in names if x == left}, DIM)

    def _paint_rows(self, canvas: Canvas, view: View, look: KnownLook, rows: Iterable[Any]) -> None:
        paint, read = PAINTERS[look.kind], look.read
        color, player = read["color"], read["player"]
        known = self._known.get(look.table) if look.kind == "cell" else None
        for row in rows:
            shade = self._shade(color(row), player(row) == self._player, known is not None and row.id > known)
            try:
                paint(canvas, view, read, row, shade)
            except (ValueError, OverflowError, TypeError):
                continue  # no place on a board: infinite, or no number at all

    def _shade(self, number: object, own: bool, new: bool) -> int:
        if not isinstance(number, int) or number < 1:
            return color_of(number)
        shade = self._shades.get((number, own, new))
        if shade is None:
            shade = color_of(number)
            if self._says_whose and not own:
                shade = mix(shade, BOARD, _OTHERS_DIMMED)
            if new:
                shade = mix(shade, WHITE, _NEW_LIT)
            self._shades[number, own, new] = shade
        return shade

    def _look_at(self, tables: Tables, canvas: Canvas) -> View:
        size = (canvas.width, canvas.height)
        before = self._view if self._size == size else None
        self._size = size
        if not self._of_cells:
            self._view = whole_board(self.board, *size)
        elif self._says_whose and (self.board[0] > size[0] or self.board[1] > size[1]):
            self._view = follow(self.board, *size, self._own_place(tables), before)
        elif self._has_fields:  # with room at the rim for the names of columns and rows
            view = whole_cells(self.board, max(1, size[0] - 2 * _RIM), max(1, size[1] - 2))
            x0, y0, x1, y1 = view.clip
            self._view = replace(view, left=view.left + _RIM, clip=(x0 + _RIM, y0, x1 + _RIM, y1))
        else:
            self._view = whole_cells(self.board, *size)
        return self._view

    def _own_place(self, tables: Tables) -> tuple[float, float] | None:
        """Where one's newest row is: with a snake, its head."""
        newest = -1
        place: tuple[float, float] | None = None
        for look in self._looks:
            if look.says_whose:
                player = look.read["player"]
                for row in tables.get(look.table, ()):
                    if row.id > newest and player(row) == self._player:
                        x, y = look.read["x"](row), look.read["y"](row)
                        if _is_place(x) and _is_place(y):
                            newest, place = row.id, (x, y)
        return place

    def _follow_state(self, tables: Tables, tick: int) -> None:
        if tick == self._tick:
            return  # the same state once more, after a resize: what is new in it is still new
        first, self._tick = self._tick < 0, tick
        newest = {
            look.table: max((row.id for row in tables.get(look.table, ())), default=0)
            for look in self._looks
            if look.kind == "cell"
        }
        self._known = newest if first else self._newest
        self._newest = newest


def _is_place(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number)


def _is_length(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number > 0
