"""Where everything is in a window of a given size. Pure arithmetic, in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

_GAP = 10  # between things; all of these are pixels at a scale of 1
_HEADER = 34
_SIDE = (190, 290)  # width of the column beside the board, at least and at most
_STRIP = (104, 220)  # height of the strip below it
_ROW = 24  # of the scoreboard
_LEAST_ROWS = 3  # of the scoreboard, however low the window is
_MOST_SCORES = 0.55  # of the column; the rest is the chat's
_LEAST_CHAT = 96  # height
_WHOLE_PIXELS_FROM = 4  # pixels a cell; from here on whole pixels keep grids crisp and cost little of the size


class Box(NamedTuple):
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: float, y: float) -> bool:
        """Whether a pixel is in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def inset(self, by: int) -> Box:
        """What is left of it when so many pixels are taken from each side."""
        return Box(self.x + by, self.y + by, max(0, self.width - 2 * by), max(0, self.height - 2 * by))


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of the window; `board` is as much room as the board may have. None: the game has no picture."""

    header: Box
    board: Box | None
    scores: Box
    chat: Box
    row: int  # height of a line of the scoreboard


def fitting(board: tuple[float, float], width: float, height: float, *, cells: bool) -> float:
    """How many pixels a unit of a board may have in so much room.

    >>> fitting((60, 40), 630, 500, cells=True), fitting((60, 40), 630, 500, cells=False)
    (10, 10.5)
    """
    scale = min(width / board[0], height / board[1])
    return math.floor(scale) if cells and scale >= _WHOLE_PIXELS_FROM else scale


def arrange(
    size: tuple[int, int], scale: float, board: tuple[float, float] | None, lines: int, *, cells: bool = False
) -> Layout:
    """Share out a window: a column beside the board or a strip below it, whichever leaves the board larger.

    Args:
        size: of the window.
        scale: pixels for each pixel of an ordinary screen.
        board: its width and height, in whatever units; None if there is nothing to be painted.
        lines: how many the scoreboard would like to have.
        cells: whether the board is one of cells.
    """

    def px(n: float) -> int:
        return round(n * scale)

    gap, row = px(_GAP), px(_ROW)
    header = Box(gap, px(6), max(1, size[0] - 2 * gap), px(_HEADER))
    top = header.y + header.height + px(6)
    room = Box(gap, top, max(1, size[0] - 2 * gap), max(1, size[1] - top - gap))
    wanted = lines * row + px(12)
    if board is None:
        side = min(px(_SIDE[1]), room.width // 3)
        chat = Box(room.x, room.y, room.width - side - gap, room.height)
        return Layout(header, None, Box(room.x + room.width - side, room.y, side, min(wanted, room.height)), chat, row)

    beside = fitting(board, room.width - px(_SIDE[0]) - gap, room.height, cells=cells)
    below = fitting(board, room.width, room.height - px(_STRIP[0]) - gap, cells=cells)
    if beside >= below:
        needed = math.ceil(beside * board[0])
        side = min(max(room.width - gap - needed, px(_SIDE[0])), px(_SIDE[1]))
        x = room.x + room.width - side
        most = min(round(room.height * _MOST_SCORES), room.height - px(_LEAST_CHAT) - gap)
        most = max(most, _LEAST_ROWS * row + px(12))
        scores = Box(x, room.y, side, min(wanted, most))
        y = scores.y + scores.height + gap
        chat = Box(x, y, side, max(0, room.y + room.height - y))
        return Layout(header, Box(room.x, room.y, max(1, room.width - side - gap), room.height), scores, chat, row)

    needed = math.ceil(below * board[1])
    strip = min(max(room.height - gap - needed, px(_STRIP[0])), px(_STRIP[1]))
    y = room.y + room.height - strip
    half = min(px(_SIDE[0]) * 6 // 5, room.width // 2)
    scores = Box(room.x, y, half, strip)
    chat = Box(room.x + half + gap, y, max(0, room.width - half - gap), strip)
    return Layout(header, Box(room.x, room.y, room.width, max(1, room.height - strip - gap)), scores, chat, row)
