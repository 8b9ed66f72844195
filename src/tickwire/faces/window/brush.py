"""What all painting needs: the window, shapes, fonts, the scale and the time."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from tickwire.faces.window.fonts import Fonts
from tickwire.faces.window.shapes import Shapes


@dataclass(slots=True)
class Brush:
    """Paints onto the window. Sizes of text that it is given are those of an ordinary screen.

    Attributes:
        onto: the window.
        px: pixels for each pixel of an ordinary screen.
        now: seconds.
    """

    onto: pygame.Surface
    shapes: Shapes
    fonts: Fonts
    px: float
    now: float = 0

    def width(self, text: str, size: float, *, bold: bool = False) -> int:
        """How wide words are, in pixels."""
        return self.fonts.width(text, round(size * self.px), bold=bold)

    def left(
        self, text: str, x: float, middle: float, size: float, color: int, room: float, *, bold: bool = False
    ) -> int:
        """Words that begin at x, cut to the room there is; returns how wide they are."""
        text = self.fonts.fit(text, round(size * self.px), round(room), bold=bold)
        picture = self.fonts.render(text, round(size * self.px), color, bold=bold)
        self.onto.blit(picture, (round(x), round(middle - picture.height / 2)))
        return picture.width

    def right(self, text: str, end: float, middle: float, size: float, color: int, *, bold: bool = False) -> int:
        """Words that end there; returns where they begin."""
        picture = self.fonts.render(text, round(size * self.px), color, bold=bold)
        self.onto.blit(picture, (round(end) - picture.width, round(middle - picture.height / 2)))
        return round(end) - picture.width

    def middle(self, text: str, x: float, y: float, pixels: int, color: int, *, bold: bool = False) -> None:
        """Words around a point; their size is in pixels of the window."""
        picture = self.fonts.render(text, pixels, color, bold=bold)
        self.onto.blit(picture, (round(x - picture.width / 2), round(y - picture.height / 2)))
