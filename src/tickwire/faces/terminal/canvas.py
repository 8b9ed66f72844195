"""A grid of colours with some words on it. It knows no game and no terminal."""

from __future__ import annotations

from dataclasses import dataclass

from tickwire.faces.palette import mix


@dataclass(frozen=True, slots=True)
class Word:
    """Characters in the terminal cells from `column` of the terminal row `row`."""

    column: int
    row: int
    text: str
    color: int


class Canvas:
    """`width` x `height` pixels; `height` is even, because a terminal cell shows two, one above the other."""

    def __init__(self, width: int, height: int, ground: int) -> None:
        self.width = width
        self.height = height + height % 2
        self.pixels = [ground] * (self.width * self.height)
        self.words: list[Word] = []

    def fill(self, x0: int, y0: int, x1: int, y1: int, color: int) -> None:
        """A rectangle; x1 and y1 are excluded, and what is off the canvas is cut."""
        x0, x1 = max(0, x0), min(self.width, x1)
        if x0 >= x1:
            return
        run = [color] * (x1 - x0)
        for y in range(max(0, y0), min(self.height, y1)):
            start = y * self.width
            self.pixels[start + x0 : start + x1] = run

    def fade(self, ground: int, share: float) -> None:
        """Everything, with a share of the ground in it."""
        faded = {color: mix(color, ground, share) for color in set(self.pixels)}
        self.pixels = [faded[p] for p in self.pixels]
        self.words = [Word(w.column, w.row, w.text, mix(w.color, ground, share)) for w in self.words]

    def row(self, row: int) -> tuple[list[int], list[int]]:
        """The upper and the lower pixels of a terminal row."""
        start = 2 * row * self.width
        return self.pixels[start : start + self.width], self.pixels[start + self.width : start + 2 * self.width]
