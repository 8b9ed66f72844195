"""The list of the lobby: games and rooms, the chosen one lit, and buttons for what can be done with it."""

from __future__ import annotations

import pygame

from tickwire.faces.lobby import Act, Kind, Lobby, Row
from tickwire.faces.palette import mix
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import ACCENT, DIM, FAINT, INK, LINE, PANEL, RAISED, TEXT
from tickwire.faces.window.layout import Box
from tickwire.faces.window.panels import SMALL_SIZE, TEXT_SIZE

_ROW, _HEADING = 38, 28  # pixels of height
_NAME = 110  # pixels of the first column
_HEADINGS = {Kind.GAME: "Games", Kind.ROOM: "Rooms"}


class Rows:
    """Paints the rows of a lobby and knows what was painted where.

    Attributes:
        hovered: the key of the row under the mouse, or empty.
    """

    def __init__(self) -> None:
        self.hovered = ""
        self._spots: list[tuple[Box, str, Act | None]] = []  # what was painted last lies on top
        self._off = 0  # pixels that are scrolled out at the top
        self._follow = True  # the chosen row comes into sight with the next picture

    def at(self, x: float, y: float) -> tuple[str, Act | None] | None:
        """The row at a pixel, and the button there if it is on one."""
        for box, key, act in reversed(self._spots):
            if box.holds(x, y):
                return key, act
        return None

    def scroll(self, rows: int) -> None:
        """So many rows down."""
        self._off += rows * _ROW

    def keep_in_sight(self) -> None:
        """Scroll so that the chosen row is to be seen."""
        self._follow = True

    def paint(self, brush: Brush, box: Box, lobby: Lobby) -> None:
        """Paint what fits into a box."""
        px = brush.px
        brush.shapes.rounded(brush.onto, box, 12 * px, PANEL)
        inner = box.inset(round(6 * px))
        self._spots = []
        if inner.height < round(_ROW * px) // 2:
            return
        rows, chosen = lobby.rows(), lobby.row().key
        places, total = _placed(rows, px)
        top, high = next((t, h) for t, h, row in places if isinstance(row, Row) and row.key == chosen)
        if self._follow:
            self._off = min(max(self._off, top + high - inner.height), max(0, top - round(_HEADING * px)))
            self._follow = False
        self._off = min(max(self._off, 0), max(0, total - inner.height))
        clip = brush.onto.get_clip()
        brush.onto.set_clip(pygame.Rect(inner))
        for top, high, row in places:
            y = inner.y + top - self._off
            if y + high <= inner.y or y >= inner.y + inner.height:
                continue
            if isinstance(row, str):
                brush.left(row, inner.x + round(10 * px), y + high * 0.6, SMALL_SIZE, FAINT, inner.width, bold=True)
            else:
                self._paint_row(brush, Box(inner.x, y, inner.width, high), row, lobby, lit=row.key == chosen)
        brush.onto.set_clip(clip)
        self._spots = [(_within(spot, inner), key, act) for spot, key, act in self._spots]
        if total > inner.height:
            self._paint_bar(brush, inner, total)

    def _paint_row(self, brush: Brush, box: Box, row: Row, lobby: Lobby, *, lit: bool) -> None:
        px = brush.px
        self._spots.append((box, row.key, None))
        hovered = row.key == self.hovered
        if lit or hovered:
            ground = mix(RAISED, ACCENT, 0.12) if lit else RAISED
            brush.shapes.rounded(brush.onto, box, 8 * px, ground)
        middle = box.y + box.height / 2
        x, end = box.x + round(10 * px), box.x + box.width - round(8 * px)
        if lit or hovered:
            end = self._paint_buttons(brush, box, end, row, lobby)
        narrow = box.width < 480 * px
        for fact in () if narrow and lit else reversed(row.facts[:1] if narrow else row.facts):
            if end - brush.width(fact, SMALL_SIZE) < x + round(2 * _NAME * px):
                break
            end = brush.right(fact, end, middle, SMALL_SIZE, DIM) - round(14 * px)
        color = ACCENT if row.kind in (Kind.QUICK, Kind.CODE) else TEXT
        used = brush.left(row.name, x, middle, TEXT_SIZE, color, max(0, end - x), bold=True)
        x += max(used + round(12 * px), round(_NAME * px))
        if end - x > 30 * px:
            brush.left(row.says, x, middle, TEXT_SIZE, DIM, end - x)

    def _paint_buttons(self, brush: Brush, box: Box, end: int, row: Row, lobby: Lobby) -> int:
        """What can be done, from right to left; returns where they begin."""
        px = brush.px
        for i, (act, words) in enumerate(lobby.acts(row)):
            wide = brush.width(words, SMALL_SIZE, bold=True) + round(20 * px)
            if end - wide < box.x + round(90 * px):
                break
            button = Box(end - wide, box.y + round(6 * px), wide, box.height - round(12 * px))
            brush.shapes.rounded(brush.onto, button, 8 * px, ACCENT if i == 0 else LINE)
            ink = INK if i == 0 else TEXT
            brush.middle(
                words,
                button.x + wide / 2,
                button.y + button.height / 2,
                round(SMALL_SIZE * px),
                ink,
                bold=True,
            )
            self._spots.append((button, row.key, act))
            end -= wide + round(6 * px)
        return end - round(8 * px)

    def _paint_bar(self, brush: Brush, inner: Box, total: int) -> None:
        """How far one has scrolled."""
        wide = max(2, round(3 * brush.px))
        high = max(round(20 * brush.px), inner.height * inner.height // total)
        y = inner.y + (inner.height - high) * self._off // max(1, total - inner.height)
        brush.shapes.rounded(brush.onto, (inner.x + inner.width - wide // 2, y, wide, high), wide / 2, LINE)


def _placed(rows: list[Row], px: float) -> tuple[list[tuple[int, int, Row | str]], int]:
    """Each row and heading with its top and height, and the height of all."""
    places: list[tuple[int, int, Row | str]] = []
    y = 0
    before: Kind | None = None
    for row in rows:
        if row.kind is not before and row.kind in _HEADINGS:
            places.append((y, round(_HEADING * px), _HEADINGS[row.kind]))
            y += round(_HEADING * px)
        before = row.kind
        places.append((y, round(_ROW * px), row))
        y += round(_ROW * px)
    return places, y


def _within(box: Box, limit: Box) -> Box:
    top, bottom = max(box.y, limit.y), min(box.y + box.height, limit.y + limit.height)
    return Box(box.x, top, box.width, max(0, bottom - top))
