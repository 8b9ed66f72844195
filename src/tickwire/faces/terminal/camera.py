"""Which part of the board is to be seen, and how large. Pixels are half terminal cells: as wide as they are high."""

from __future__ import annotations

import math
from dataclasses import dataclass

_CALM_MIDDLE = 0.5  # of the view: while what is followed stays in there, the view stays where it is


@dataclass(frozen=True, slots=True)
class View:
    """A board on a canvas. The point (x, y) of the board is the pixel (left + x * scale, top + y * scale).

    `clip` is the part of the canvas that shows the board, as x0, y0, x1, y1 in pixels, the last two excluded.
    """

    scale: float
    left: float
    top: float
    clip: tuple[int, int, int, int]


def whole_board(board: tuple[float, float], width: int, height: int) -> View:
    """All of a continuous board, as large as fits."""
    scale = min(width / board[0], height / board[1])
    return _centred(scale, board, width, height)


def whole_cells(board: tuple[float, float], width: int, height: int) -> View:
    """All of a board of cells: in whole pixels, so that all cells are of one size; shrunk only where it must be."""
    scale: float = int(min(width / board[0], height / board[1]))
    if scale > 1:
        scale -= scale % 2  # even, so that cells end where terminal cells end and a glyph sits in the middle
    if scale < 1:
        return whole_board(board, width, height)
    return _centred(scale, board, width, height)


def follow(
    board: tuple[float, float], width: int, height: int, at: tuple[float, float] | None, before: View | None
) -> View:
    """A board of cells at one pixel a cell, larger than the canvas: the part of it around `at`.

    Args:
        board: its width and height in cells.
        width: of the canvas, in pixels.
        height: of the canvas, in pixels.
        at: what is to be seen; None leaves the view where it is.
        before: the view until now.
    """
    middle = (board[0] / 2, board[1] / 2) if before is None else None
    at = at or middle
    left = _axis(board[0], width, at[0] if at else None, before.left if before else None)
    top = _axis(board[1], height, at[1] if at else None, before.top if before else None)
    top -= top % 2  # scroll by whole terminal cells: half of one would change every character on the screen
    return View(1, left, top, _clip(1, left, top, board, width, height))


def _axis(cells: float, room: int, at: float | None, before: float | None) -> int:
    """Where the board's start lies on the canvas, along one axis."""
    if cells <= room:
        return (room - math.ceil(cells)) // 2
    start = -before if before is not None else (at or 0) - room / 2
    if at is not None:
        margin = room * (1 - _CALM_MIDDLE) / 2
        start = min(max(start, at + 1 + margin - room), at - margin)
    return -round(min(max(start, 0), cells - room))


def _centred(scale: float, board: tuple[float, float], width: int, height: int) -> View:
    left = max(0, int(width - board[0] * scale) // 2)
    top = max(0, int(height - board[1] * scale) // 2)
    top -= top % 2
    return View(scale, left, top, _clip(scale, left, top, board, width, height))


def _clip(
    scale: float, left: float, top: float, board: tuple[float, float], width: int, height: int
) -> tuple[int, int, int, int]:
    right = math.ceil(left + board[0] * scale - 1e-9)
    bottom = math.ceil(top + board[1] * scale - 1e-9)
    return max(0, int(left)), max(0, int(top)), min(width, right), min(height, bottom)
