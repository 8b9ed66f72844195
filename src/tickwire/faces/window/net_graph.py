"""How the connection is, in a corner: figures, and how late each of the last states was."""

from __future__ import annotations

import pygame

from tickwire.client.figures import Figures
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import BAD, DIM, GOOD, PANEL, TEXT, WARM
from tickwire.faces.window.layout import Box
from tickwire.faces.window.shapes import rgb

_SIZE = 12  # pixels of text; these and all below are those of an ordinary screen
_LINE = 16
_WIDTH = 196
_GRAPH = 34
_PAD = 8
_TALL = 0.1  # seconds of lateness that fill the graph


def paint_net_graph(brush: Brush, area: Box, figures: Figures) -> None:
    """Paint it into the top right corner of an area."""
    px = brush.px
    lines = figures.lines()
    width, pad, step = round(_WIDTH * px), round(_PAD * px), round(_LINE * px)
    graph = round(_GRAPH * px)
    height = len(lines) * step + graph + 3 * pad
    box = Box(area.x + area.width - width - pad, area.y + pad, width, height)
    back = pygame.Surface(box[2:], pygame.SRCALPHA)
    pygame.draw.rect(back, (*rgb(PANEL), 225), back.get_rect(), border_radius=round(8 * px))
    brush.onto.blit(back, box[:2])
    for i, (name, value) in enumerate(lines):
        middle = box.y + pad + i * step + step // 2
        brush.left(name, box.x + pad, middle, _SIZE, DIM, width)
        brush.right(value, box.x + width - pad, middle, _SIZE, TEXT)
    _paint_lateness(brush, Box(box.x + pad, box.y + height - pad - graph, width - 2 * pad, graph), figures)


def _paint_lateness(brush: Brush, box: Box, figures: Figures) -> None:
    """A bar for each state: green if there was time to wait for it, else the others had to be guessed meanwhile."""
    onto = brush.onto
    bar = box.width / max(1, len(figures.lateness))
    for i, late in enumerate(figures.lateness):
        share = min(1.0, max(0.0, late) / _TALL)
        color = GOOD if late <= 0.5 * figures.delay else WARM if late <= figures.delay else BAD
        height = max(1, round(share * box.height))
        left = box.x + i * bar
        onto.fill(rgb(color), (round(left), box.y + box.height - height, max(1, round(bar - 0.5)), height))
