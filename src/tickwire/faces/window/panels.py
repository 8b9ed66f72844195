"""What is around the board: the header, the scoreboard, the chat."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import pygame

from tickwire.faces import sentences
from tickwire.faces.palette import FIELDS, PIECES, color_of, mix
from tickwire.faces.standings import Standing, shortened
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import (
    ACCENT,
    BAD,
    DIM,
    FAINT,
    GOOD,
    GROUND,
    LINE,
    PANEL,
    RAISED,
    TEXT,
    WARM,
)
from tickwire.faces.window.entry import Entry, Measure, wrap
from tickwire.faces.window.layout import Box
from tickwire.faces.window.shapes import rgb
from tickwire.faces.window.words import Part

TEXT_SIZE = 14  # pixels; all sizes are those of an ordinary screen
SMALL_SIZE = 12
TITLE_SIZE = 17
_ROUND = 10
_FLASH_TIME = 0.5  # seconds for which a score that changed is lit
_LINES_KEPT = 300
_CAPTION_LETTERS = 30  # about, of a line beside the board
_SLOW_PING = 0.15  # seconds


class Header:
    """One line of facts. `room_chip` is where the room's code was painted, to be clicked on."""

    def __init__(self) -> None:
        self.room_chip: Box | None = None

    def paint(
        self,
        brush: Brush,
        box: Box,
        title: str,
        room: str,
        facts: Sequence[str],
        ping: float | None,
        silence: float,
        lost: bool,
    ) -> None:
        """Paint it: title and room to the left, facts after them as far as there is room, ping to the right.

        After a silence (in seconds) of the server it says so in place of the ping.
        """
        middle = box.y + box.height // 2
        if lost:
            light, words = BAD, "lost"
        else:
            silent = silence >= sentences.SILENT
            light = BAD if silent else GOOD if ping is None or ping < _SLOW_PING else WARM
            words = sentences.answer_time(ping, silence)
        end = brush.right(words, box.x + box.width, middle, SMALL_SIZE, TEXT if light == BAD else DIM)
        brush.shapes.disc(brush.onto, end - 10 * brush.px, middle, 4 * brush.px, light)
        end -= round(26 * brush.px)
        x = box.x + round(4 * brush.px)
        x += brush.left(title, x, middle, TITLE_SIZE, TEXT, end - x, bold=True) + round(14 * brush.px)
        width = brush.width(room, TEXT_SIZE, bold=True) + round(22 * brush.px)
        self.room_chip = None
        if room and x + width < end:
            self.room_chip = Box(x, box.y + round(3 * brush.px), width, box.height - round(6 * brush.px))
            brush.shapes.rounded(brush.onto, self.room_chip, _ROUND * brush.px, RAISED)
            brush.middle(room, x + width / 2, middle, round(TEXT_SIZE * brush.px), TEXT, bold=True)
            x += width + round(14 * brush.px)
        for fact in facts:
            width = brush.width(fact, SMALL_SIZE)
            if x + width > end:
                break
            brush.left(fact, x, middle, SMALL_SIZE, DIM, width)
            x += width + round(14 * brush.px)


class Scoreboard:
    """Who plays, and with how many points. What changed is lit for a moment."""

    def __init__(self) -> None:
        self._points: dict[int, int | float | str | None] = {}
        self._changed_at: dict[int, float] = {}

    @staticmethod
    def rows(players: int, captions: Sequence[str]) -> int:
        """How many lines it would like to have."""
        return players + sum(1 + len(c) // _CAPTION_LETTERS for c in captions)

    def paint(self, brush: Brush, box: Box, row: int, lines: Sequence[Standing], captions: Sequence[str] = ()) -> None:
        """Paint it: the best first, and one's own line in any case; below, how the game stands."""
        px = brush.px
        brush.shapes.rounded(brush.onto, box, _ROUND * px, PANEL)
        inner = box.inset(round(6 * px))
        self._note_changes(brush.now, lines)
        shown = shortened(lines, inner.height // row if row else 0)
        self._paint_captions(brush, inner, row, len(shown), captions)
        for i, line in enumerate(shown):
            y = inner.y + i * row + row // 2
            if line is None:
                brush.middle("…", inner.x + inner.width / 2, y, round(TEXT_SIZE * px), DIM)
                continue
            if line.own:
                brush.shapes.rounded(brush.onto, (inner.x, inner.y + i * row, inner.width, row), 8 * px, RAISED)
            self._paint_line(brush, inner, y, line)

    def _paint_captions(self, brush: Brush, inner: Box, row: int, above: int, captions: Sequence[str]) -> None:
        px = brush.px
        size = round(TEXT_SIZE * px)

        def measure(text: str, bold: bool) -> int:
            return brush.fonts.width(text, size, bold=bold)

        parts = [[Part(c, TEXT if i == 0 else DIM, bold=i == 0)] for i, c in enumerate(captions)]
        rows = [words for part in parts for words in wrap(part, inner.width - round(16 * px), measure)]
        for i, words in enumerate(rows, above):
            if (i + 1) * row <= inner.height:
                x = inner.x + round(8 * px)
                for part in words:
                    x += brush.left(
                        part.text, x, inner.y + i * row + row // 2, TEXT_SIZE, part.color, inner.width, bold=part.bold
                    )

    def _paint_line(self, brush: Brush, inner: Box, y: int, line: Standing) -> None:
        px = brush.px
        if line.side is None:
            brush.shapes.block(brush.onto, inner.x + 14 * px, y, 12 * px, color_of(line.player))
        else:
            brush.shapes.disc(brush.onto, inner.x + 14 * px, y, 7.5 * px, PIECES[1] if line.side == 0 else FIELDS[1])
            brush.shapes.disc(brush.onto, inner.x + 14 * px, y, 6 * px, PIECES[line.side])
        end = inner.x + inner.width - round(8 * px)
        if line.turn:
            brush.shapes.rounded(brush.onto, (inner.x, y - round(10 * px), round(3 * px), round(20 * px)), px, ACCENT)
        if line.points is not None:
            lit = (
                0.0
                if isinstance(line.points, str)
                else max(0.0, 1 - (brush.now - self._changed_at.get(line.player, -1e9)) / _FLASH_TIME)
            )
            size = TEXT_SIZE + 3 * lit
            end = brush.right(
                str(line.points)[:12],
                end,
                y,
                size,
                ACCENT if line.turn else mix(TEXT, WARM, round(lit, 1)),
                bold=line.own or line.turn,
            )
            end -= round(8 * px)
        x = inner.x + round(28 * px)
        badge = "you" if line.own else "bot" if line.bot else "away" if line.away else ""
        room = end - x - (brush.width(badge, SMALL_SIZE) + round(8 * px) if badge else 0)
        x += brush.left(line.name, x, y, TEXT_SIZE, FAINT if line.away else TEXT, room, bold=line.own) + round(8 * px)
        if badge:
            brush.left(badge, x, y, SMALL_SIZE, FAINT, end - x)

    def _note_changes(self, now: float, lines: Sequence[Standing]) -> None:
        points = {line.player: line.points for line in lines}
        for player, value in points.items():
            if player in self._points and self._points[player] != value:
                self._changed_at[player] = now
        self._points = points


class Talk:
    """What was said, and what is being said.

    Attributes:
        always_open: whether the line to type is.
        box: where the line to type was painted, to be clicked on, and for an input method to be near.
    """

    always_open = False

    def __init__(self) -> None:
        self.entry = None
        self.box: Box | None = None
        self._lines: deque[list[Part]] = deque(maxlen=_LINES_KEPT)
        self._wrapped: dict[int, list[list[Part]]] = {}  # by the line's identity
        self._wrapped_for: tuple[int, float] = (0, 0)
        self._back = 0  # rows that the reader has scrolled back
        self._measure: Measure | None = None  # of the last painting

    @property
    def entry(self) -> Entry | None:
        """The line that is being typed, or None."""
        return self._entry

    @entry.setter
    def entry(self, entry: Entry | None) -> None:
        self._entry = entry

    def hear(self, event: object) -> bool:
        """Show something that came; False: say it in words, as the window does for all games."""
        return False

    def press(self, key: str, entry: Entry) -> None:
        """A key for the line that is being typed."""
        entry.press(key)

    def say(self, line: list[Part]) -> None:
        """Add a line."""
        if len(self._lines) == self._lines.maxlen:
            self._wrapped.pop(id(self._lines[0]), None)
        self._lines.append(line)

    def scroll(self, rows: int) -> None:
        """So many rows back, or forward if less than 0."""
        self._back = max(0, self._back + rows)

    def paint(self, brush: Brush, box: Box, hint: str) -> None:
        """Paint it: the newest line at the bottom, above the line to type."""
        px = brush.px
        brush.shapes.rounded(brush.onto, box, _ROUND * px, PANEL)
        inner = box.inset(round(8 * px))
        high = round(28 * px)
        self.box = Box(inner.x, inner.y + inner.height - high, inner.width, high)
        if inner.height >= high:
            paint_entry(brush, self.box, self.entry, hint)
        lines = Box(inner.x, inner.y, inner.width, inner.height - high - round(6 * px))
        self._paint_lines(brush, self._place_for_lines(brush, lines))

    def _place_for_lines(self, brush: Brush, box: Box) -> Box:
        return box

    def _paint_lines(self, brush: Brush, box: Box) -> None:
        rows = self._rows(brush, box.width - round(4 * brush.px))
        high = round((TEXT_SIZE + 6) * brush.px)
        fit = max(0, box.height // high)
        self._back = min(self._back, max(0, len(rows) - fit))
        end = len(rows) - self._back
        shown = rows[max(0, end - fit) : end]
        y = box.y + box.height - len(shown) * high
        for row in shown:
            x = box.x + round(4 * brush.px)
            for part in row:
                picture = brush.fonts.render(part.text, round(TEXT_SIZE * brush.px), part.color, bold=part.bold)
                brush.onto.blit(picture, (x, y + (high - picture.height) // 2))
                x += picture.width
            y += high

    def _rows(self, brush: Brush, width: int) -> list[list[Part]]:
        if self._wrapped_for != (width, brush.px):
            self._wrapped.clear()
            self._wrapped_for = (width, brush.px)

        def measure(text: str, bold: bool) -> int:
            return brush.fonts.width(text, round(TEXT_SIZE * brush.px), bold=bold)

        self._measure = measure
        rows: list[list[Part]] = []
        for line in self._lines:
            if id(line) not in self._wrapped:
                self._wrapped[id(line)] = self._wrap(line, max(1, width), measure)
            rows += self._wrapped[id(line)]
        return rows

    def _wrap(self, line: list[Part], width: int, measure: Measure) -> list[list[Part]]:
        return wrap(line, width, measure)


def paint_entry(brush: Brush, box: Box, entry: Entry | None, hint: str) -> None:
    """A line that is being typed; without one, the hint."""
    px = brush.px
    brush.shapes.rounded(brush.onto, box, 8 * px, ACCENT if entry else LINE)
    brush.shapes.rounded(brush.onto, box.inset(max(1, round(px))), 7 * px, GROUND)
    inner = box.inset(round(8 * px))
    middle = box.y + box.height // 2
    if entry is None or not (entry.text or entry.composing):
        brush.left(hint, inner.x, middle, TEXT_SIZE, FAINT, inner.width)
    if entry is None:
        return
    size = round(TEXT_SIZE * px)
    before, after = entry.text[: entry.caret] + entry.composing, entry.text[entry.caret :]
    caret = brush.fonts.width(before, size)
    shift = max(0, caret - inner.width + round(4 * px))  # the caret is always to be seen
    clip = brush.onto.get_clip()
    brush.onto.set_clip(pygame.Rect(inner.x - 1, box.y, inner.width + 2, box.height))
    for text, x in ((before, 0), (after, caret)):
        if text:
            picture = brush.fonts.render(text, size, TEXT)
            brush.onto.blit(picture, (inner.x + x - shift, middle - picture.height // 2))
    if entry.composing:
        width = brush.fonts.width(entry.composing, size)
        line = (inner.x + caret - width - shift, middle + size // 2 + 1, width, max(1, round(px)))
        brush.onto.fill(rgb(ACCENT), line)
    if brush.now % 1.06 < 0.6:
        brush.onto.fill(
            rgb(ACCENT), (inner.x + caret - shift, middle - size // 2 - 1, max(1, round(1.5 * px)), size + 3)
        )
    brush.onto.set_clip(clip)
