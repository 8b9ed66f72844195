"""The boxes that open over it all: who one is, what the keys are, what went wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pygame

from tickwire.faces import sentences
from tickwire.faces.clean import clean
from tickwire.faces.keys import key_table
from tickwire.faces.palette import mix
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import ACCENT, BAD, DIM, FAINT, GROUND, LINE, PANEL, RAISED, TEXT
from tickwire.faces.window.entry import wrap
from tickwire.faces.window.keys import own_keys
from tickwire.faces.window.layout import Box
from tickwire.faces.window.panels import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE
from tickwire.faces.window.seat import Phase, Seat
from tickwire.faces.window.shapes import rgb
from tickwire.faces.window.words import Part


def dialog_for(seat: Seat, help: Mapping[str, Any] | None, now: float) -> Dialog | None:
    """The box that is open over a game, if any.

    Args:
        seat: what it stands for.
        help: the game's controls, while the player wants to see them.
        now: seconds.
    """
    if seat.phase == Phase.LOST and seat.reason is not None:
        then = "Press r to join again."
        if seat.next_try is not None:
            then = f"Trying again in {math.ceil(max(0, seat.next_try - now))} s."
        return Dialog(
            "The connection is lost",
            [sentences.lost(seat.reason), then],
            bad=True,
            foot="r: now   Escape: lobby   Ctrl Q: quit",
        )
    if help is not None and seat.client is not None:
        lines = [*key_table(help), *own_keys(help)]
        return Dialog(title_of(seat.client.welcome.game), lines, foot="any key goes back to the game")
    return None


def title_of(game: str) -> str:
    """A game's name as a title.

    >>> title_of("snake")
    'Snake'
    """
    name = clean(game).replace("_", " ")
    return name[:1].upper() + name[1:]


class Dialog:
    """A box in the middle of the window, over a dimmed picture.

    Args:
        title: its first line.
        lines: under it; a pair is a key and what it does.
        bad: whether it brings bad news.
        choices: at the end, each with its key.
        chosen: which of them is lit.
        foot: what the player can do.

    Attributes:
        box: where it was painted.
        choice_boxes: where its choices were.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[str | tuple[str, str]] = (),
        *,
        bad: bool = False,
        choices: Sequence[tuple[str, str]] = (),
        chosen: int = 0,
        foot: str = "",
    ) -> None:
        self.title, self.lines, self.bad, self.foot = title, lines, bad, foot
        self.choices, self.chosen = choices, chosen
        self.box: Box | None = None
        self.choice_boxes: list[Box] = []

    def paint(self, brush: Brush) -> None:
        """Paint it."""
        px = brush.px
        width, height = brush.onto.get_size()
        veil = pygame.Surface((width, height))
        veil.fill(rgb(GROUND))
        veil.set_alpha(165)
        brush.onto.blit(veil, (0, 0))

        wide = min(round(420 * px), width - round(20 * px))
        inner = wide - round(48 * px)
        rows = self._rows(brush, inner)
        high, gap = round(24 * px), round(10 * px)
        choice = round(36 * px)
        choices = len(self.choices) * choice + gap if self.choices else 0
        foot = high if self.foot else 0
        tall = round(60 * px) + high + gap + len(rows) * high + choices + foot
        left, top = (width - wide) // 2, max(0, (height - tall) // 2)
        box = self.box = Box(left, top, wide, tall)
        brush.shapes.rounded(brush.onto, box, 16 * px, BAD if self.bad else LINE)
        brush.shapes.rounded(brush.onto, box.inset(max(1, round(px))), 15 * px, PANEL)
        x, y = box.x + round(24 * px), box.y + round(24 * px) + high // 2
        brush.left(self.title, x, y, TITLE_SIZE, BAD if self.bad else TEXT, inner, bold=True)
        y += high + gap
        for row in rows:
            if isinstance(row, tuple):
                brush.left(row[0], x, y, TEXT_SIZE, TEXT, round(120 * px), bold=True)
                brush.left(row[1], x + round(130 * px), y, TEXT_SIZE, DIM, inner - round(130 * px))
            else:
                brush.left(row, x, y, TEXT_SIZE, TEXT, inner)
            y += high
        self.choice_boxes = []
        for i, (key, what) in enumerate(self.choices):
            line = Box(
                x - round(8 * px), y - high // 2 + gap + i * choice, inner + round(16 * px), choice - round(4 * px)
            )
            self.choice_boxes.append(line)
            lit = i == self.chosen
            brush.shapes.rounded(brush.onto, line, 8 * px, mix(RAISED, ACCENT, 0.2) if lit else RAISED)
            middle = line.y + line.height // 2
            brush.left(key, x + round(4 * px), middle, TEXT_SIZE, TEXT, round(50 * px), bold=True)
            brush.left(what, x + round(54 * px), middle, TEXT_SIZE, TEXT if lit else DIM, inner - round(54 * px))
        y += choices
        if self.foot:
            brush.left(self.foot, x, y + gap, SMALL_SIZE, FAINT, inner)

    def _rows(self, brush: Brush, width: int) -> list[str | tuple[str, str]]:
        size = round(TEXT_SIZE * brush.px)
        rows: list[str | tuple[str, str]] = []
        for line in self.lines:
            if isinstance(line, tuple):
                rows.append(line)
            else:
                wrapped = wrap([Part(line, TEXT)], width, lambda text, bold: brush.fonts.width(text, size, bold=bold))
                rows += ["".join(part.text for part in row) for row in wrapped]
        return rows
