"""Shapes with smooth edges. pygame's own have steps; these are painted large once, shrunk, and kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

import pygame

from tickwire.faces.window.layout import Box

_FINER = 4  # times; how much larger a shape is painted before it is shrunk
_LARGEST = 1200  # pixels; what a stranger's look makes larger than a screen is cut to that
_MOST_KEPT = 1500  # stamps
_TURN = 4  # degrees between two pictures of the same arrow

Paint = Callable[[pygame.Surface, float], None]  # onto a surface that is so many times as large


def rgb(color: int) -> tuple[int, int, int]:
    """0xRRGGBB as pygame has it."""
    return color >> 16, color >> 8 & 0xFF, color & 0xFF


class Shapes:
    """Paints shapes, and keeps their pictures. Sizes in pixels, colours 0xRRGGBB, strengths 0 to 1."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()

    def disc(self, onto: pygame.Surface, x: float, y: float, radius: float, color: int, strength: float = 1) -> None:
        """A disc around a point."""
        half = _steps(radius)
        side = 2 * math.ceil(half) + 2

        def paint(large: pygame.Surface, finer: float) -> None:
            middle = side * finer / 2
            pygame.draw.circle(large, rgb(color), (middle, middle), half * finer)

        self._stamp(onto, x, y, ("disc", half, color), (side, side), color, paint, strength)

    def ring(
        self, onto: pygame.Surface, x: float, y: float, radius: float, width: float, color: int, strength: float = 1
    ) -> None:
        """A ring around a point; `radius` is that of its middle line."""
        outer, thick = _steps(radius + width / 2), max(1.0, _steps(width))
        side = 2 * math.ceil(outer) + 2

        def paint(large: pygame.Surface, finer: float) -> None:
            middle = side * finer / 2
            pygame.draw.circle(large, rgb(color), (middle, middle), outer * finer, max(1, round(thick * finer)))

        self._stamp(onto, x, y, ("ring", outer, thick, color), (side, side), color, paint, strength)

    def block(self, onto: pygame.Surface, x: float, y: float, side: float, color: int, strength: float = 1) -> None:
        """A square with round corners around a point."""
        length = max(1, round(side))

        def paint(large: pygame.Surface, finer: float) -> None:
            pygame.draw.rect(large, rgb(color), large.get_rect(), border_radius=round(length * finer * 0.26))

        self._stamp(onto, x, y, ("block", length, color), (length, length), color, paint, strength)

    def outline(self, onto: pygame.Surface, x: float, y: float, side: float, width: float, color: int) -> None:
        """The edge of such a square, on its inside."""
        length, thick = max(1, round(side)), max(1.0, _steps(width))

        def paint(large: pygame.Surface, finer: float) -> None:
            round_by = round(length * finer * 0.26)
            pygame.draw.rect(large, rgb(color), large.get_rect(), round(thick * finer), border_radius=round_by)

        self._stamp(onto, x, y, ("outline", length, thick, color), (length, length), color, paint, 0.9)

    def ship(
        self, onto: pygame.Surface, x: float, y: float, length: float, angle: float, color: int, edge: int | None
    ) -> None:
        """An arrow around a point; `angle` in degrees, 0 to the right, growing clockwise."""
        half = _steps(length) / 2
        turn = round(angle / _TURN) * _TURN % 360
        side = 2 * math.ceil(half * 1.3) + 2

        def paint(large: pygame.Surface, finer: float) -> None:
            cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
            corners = [(half, 0.0), (-half, half * 0.75), (-half * 0.55, 0.0), (-half, -half * 0.75)]
            middle = side / 2
            points = [((middle + a * cos - b * sin) * finer, (middle + a * sin + b * cos) * finer) for a, b in corners]
            pygame.draw.polygon(large, rgb(color), points)
            if edge is not None:
                width = max(1, round(max(1.0, half * 0.16) * finer))
                for i, point in enumerate(points):
                    pygame.draw.line(large, rgb(edge), points[i - 1], point, width)
                    pygame.draw.circle(large, rgb(edge), point, width / 2)

        self._stamp(onto, x, y, ("ship", half, turn, color, edge), (side, side), color, paint, 1)

    def rounded(
        self, onto: pygame.Surface, box: Box | tuple[int, int, int, int], radius: float, color: int, strength: float = 1
    ) -> None:
        """A rectangle with round corners. Its picture is not kept, for there may be one of every size."""
        rect = pygame.Rect(box)
        r = min(max(0, round(radius)), rect.width // 2, rect.height // 2)
        if strength < 1:
            veil = pygame.Surface(rect.size, pygame.SRCALPHA)
            self.rounded(veil, (0, 0, rect.width, rect.height), r, color)
            veil.set_alpha(round(255 * max(0.0, strength)))
            onto.blit(veil, rect.topleft)
            return
        onto.fill(rgb(color), rect.inflate(-2 * r, 0))
        onto.fill(rgb(color), rect.inflate(0, -2 * r))
        if r == 0:
            return

        def paint(large: pygame.Surface, finer: float) -> None:
            pygame.draw.circle(large, rgb(color), (r * finer, r * finer), r * finer)

        disc = self._picture(("corner", r, color), (2 * r, 2 * r), color, paint)
        for x, from_x in ((rect.left, 0), (rect.right - r, r)):
            for y, from_y in ((rect.top, 0), (rect.bottom - r, r)):
                onto.blit(disc, (x, y), (from_x, from_y, r, r))

    def _stamp(
        self,
        onto: pygame.Surface,
        x: float,
        y: float,
        key: tuple[object, ...],
        size: tuple[int, int],
        color: int,
        paint: Paint,
        strength: float,
    ) -> None:
        if strength <= 0:
            return
        picture = self._picture(key, size, color, paint)
        left, top = round(x - size[0] / 2), round(y - size[1] / 2)
        if strength < 1:
            picture.set_alpha(round(255 * strength))
            onto.blit(picture, (left, top))
            picture.set_alpha(255)
        else:
            onto.blit(picture, (left, top))

    def _picture(self, key: tuple[object, ...], size: tuple[int, int], color: int, paint: Paint) -> pygame.Surface:
        picture = self._kept.get(key)
        if picture is None:
            finer = _FINER if max(size) <= _LARGEST // _FINER else 1
            large = pygame.Surface((size[0] * finer, size[1] * finer), pygame.SRCALPHA)
            large.fill((*rgb(color), 0))  # not black, which would come through at the edges
            paint(large, finer)
            picture = self._kept[key] = pygame.transform.smoothscale(large, size) if finer > 1 else large
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return picture


def _steps(length: float) -> float:
    """In half pixels, so that growing and shrinking things need few pictures."""
    return min(max(0.5, round(length * 2) / 2), _LARGEST / 2)
