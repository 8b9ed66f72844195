"""Which part of the board is to be seen, where, and how large. All in pixels of the window, and knowing no pygame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from tickwire.faces.looks import OF_FIELDS
from tickwire.faces.window.layout import Box, fitting
from tickwire.replication.schema import Schema

_FARTHEST = 1e6  # pixels; what a stranger's game puts beyond is no number that pygame takes, and not seen anyway
_CATCH_UP = 6.0  # a second; how quickly the camera closes in on what it follows


@dataclass(frozen=True, slots=True)
class View:
    """The board's point (x, y) is the pixel (left + x * scale, top + y * scale); `clip` is what shows the board."""

    scale: float
    left: float
    top: float
    clip: Box

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the board is."""
        return _near(self.left + x * self.scale), _near(self.top + y * self.scale)

    def point(self, x: float, y: float) -> tuple[float, float] | None:
        """Which point of the board a pixel is; None if it is none."""
        if not self.clip.holds(x, y):
            return None
        return (x - self.left) / self.scale, (y - self.top) / self.scale


class Frame(NamedTuple):
    """How much of the board is to be seen, in its units."""

    width: float
    height: float
    follows: bool  # less than all of it: the camera goes along
    centred: bool  # even at the board's edge, because the server sends what is around us and no more


class Camera:
    """Looks at one board.

    Args:
        schema: the game's.
        smallest_cell: pixels; a board whose cells would be smaller is shown in part.
        follows: whether there is anything to go along with.
    """

    def __init__(self, schema: Schema, *, smallest_cell: float, follows: bool) -> None:
        width, height = schema.board
        self.board = (float(width), float(height)) if _is_length(width) and _is_length(height) else (1.0, 1.0)
        self.cells = any(t.look.get("kind") in OF_FIELDS for t in schema.tables if isinstance(t.look, dict))
        self._windows = [w for t in schema.tables if (w := _window(t.view)) is not None]
        self._smallest_cell = smallest_cell
        self._follows = follows
        self._at: tuple[float, float] | None = None  # the middle of what is seen
        self._seen_at = 0.0

    def look(self, area: Box, at: tuple[float, float] | None, now: float) -> View:
        """The view in an area of the window.

        Args:
            area: in pixels.
            at: what is to be seen, in units of the board; None stays where it is.
            now: seconds.
        """
        frame = self._frame(area)
        scale = fitting((frame.width, frame.height), area.width, area.height, cells=self.cells)
        width, height = round(frame.width * scale), round(frame.height * scale)
        clip = Box(area.x + (area.width - width) // 2, area.y + (area.height - height) // 2, width, height)
        if not frame.follows:
            return View(scale, clip.x, clip.y, clip)
        x, y = self._middle(frame, at, now)
        return View(scale, round(clip.x + width / 2 - x * scale), round(clip.y + height / 2 - y * scale), clip)

    def _frame(self, area: Box) -> Frame:
        width, height = self.board
        if self._windows:
            shown = (min(w[0] for w in self._windows), min(w[1] for w in self._windows))
            if shown[0] < width or shown[1] < height:
                return Frame(min(shown[0], width), min(shown[1], height), follows=True, centred=True)
        small = min(area.width / width, area.height / height) < self._smallest_cell
        if self.cells and small and self._follows:
            shown = (area.width / self._smallest_cell, area.height / self._smallest_cell)
            return Frame(min(shown[0], width), min(shown[1], height), follows=True, centred=False)
        return Frame(width, height, follows=False, centred=False)

    def _middle(self, frame: Frame, at: tuple[float, float] | None, now: float) -> tuple[float, float]:
        target = at or self._at or (self.board[0] / 2, self.board[1] / 2)
        target = (min(max(target[0], 0.0), self.board[0]), min(max(target[1], 0.0), self.board[1]))
        if not frame.centred:
            target = (
                min(max(target[0], frame.width / 2), self.board[0] - frame.width / 2),
                min(max(target[1], frame.height / 2), self.board[1] - frame.height / 2),
            )
        before, self._at = self._at, target
        if before is not None and abs(target[0] - before[0]) + abs(target[1] - before[1]) < frame.width / 2:
            share = 1 - math.exp(-_CATCH_UP * max(0.0, now - self._seen_at))
            self._at = (before[0] + (target[0] - before[0]) * share, before[1] + (target[1] - before[1]) * share)
        self._seen_at = now
        return self._at


def grid_step(longest: float, most_lines: int) -> int:
    """The finest of 1, 2, 5, 10, 20, 50 ... units that does not crowd a board with lines.

    >>> grid_step(60, 64), grid_step(1000, 20)
    (1, 50)
    """
    decade = 1
    while True:
        for step in (1, 2, 5):
            if longest / (step * decade) <= most_lines:
                return step * decade
        decade *= 10


def _near(pixel: float) -> float:
    return max(-_FARTHEST, min(_FARTHEST, pixel))


def _window(view: object) -> tuple[float, float] | None:
    window = view.get("window") if isinstance(view, dict) and view.get("kind") == "grid" else None
    if isinstance(window, list | tuple) and len(window) == 2 and all(map(_is_length, window)):
        return window[0], window[1]
    return None


def _is_length(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number > 0
