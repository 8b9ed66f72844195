"""The widget that shows the board: Textual's line API, and only the lines that changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tickwire.client.stage import Tables
from tickwire.faces.cursor import Cursor
from tickwire.faces.palette import css
from tickwire.faces.terminal.canvas import Canvas
from tickwire.faces.terminal.colors import VOID
from tickwire.faces.terminal.lines import HALF_BLOCK, Run, line
from tickwire.faces.terminal.raster import Raster
from tickwire.replication.mirror import MirrorTable
from tickwire.replication.schema import Schema

_FADED = 0.6  # share of the ground in the board while the connection is lost


class Shown(Protocol):
    """What a board shows: a client's view of its room, or a replay's."""

    schema: Schema

    @property
    def player(self) -> int:
        """Through whose eyes; 0 for a watcher's."""

    @property
    def tables(self) -> dict[str, MirrorTable]:
        """Of the mirror."""

    @property
    def tick(self) -> int:
        """Of the tables."""


class Board(Widget):
    """The board of a client's game, as large as its place allows."""

    DEFAULT_CSS = "Board { width: 1fr; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._client: Shown | None = None
        self._raster: Raster | None = None
        self._lines: list[list[Run]] = []
        self._strips: dict[int, Strip] = {}
        self._faded = False
        self.cursor: Cursor | None = None

    class Clicked(Message):
        """A point of the board was clicked; in its units."""

        def __init__(self, x: float, y: float) -> None:
            super().__init__()
            self.x, self.y = x, y

    def on_click(self, event: events.Click) -> None:
        """Say which point of the board it was."""
        point = self._raster.point(event.x, event.y) if self._raster is not None else None
        if point is not None:
            self.post_message(self.Clicked(*point))

    @property
    def turned(self) -> bool:
        """Whether the board is seen from the other side."""
        return self._raster is not None and self._raster.turned

    def show(self, client: Shown) -> None:
        """Show this client's game from now on."""
        self._client = client
        self._raster = Raster(client.schema, client.player)
        self.cursor = Cursor(self._raster.board)
        self._faded = False
        self.repaint()

    def fade(self) -> None:
        """Show the last state paler, until there is a client again."""
        if not self._faded:
            self._faded = True
            self.repaint()

    def repaint(self, tables: Tables | None = None) -> None:
        """Show the newest state, or these tables of it."""
        if self._client is None or self._raster is None:
            return
        width, height = self.size
        if not width or not height:
            return
        canvas = self._raster.paint(
            tables or self._client.tables, self._client.tick, width, 2 * height, self.cursor.at if self.cursor else None
        )
        if self._faded:
            canvas.fade(VOID, _FADED)
        self._put(canvas)

    def _put(self, canvas: Canvas) -> None:
        before = self._lines
        self._lines = [line(canvas, row) for row in range(canvas.height // 2)]
        if len(before) != len(self._lines):
            self._strips.clear()
            self.refresh()
            return
        changed = [y for y, (old, new) in enumerate(zip(before, self._lines, strict=True)) if old != new]
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            self.refresh(*(Region(0, y, canvas.width, 1) for y in changed))

    def on_resize(self) -> None:
        """Another size shows another part of the board, or shows it larger."""
        self._lines = []
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """One terminal line; called by Textual for those that changed."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, _style(VOID, VOID))
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = Strip([_segment(*run) for run in self._lines[y]], self.size.width)
        return strip


def _segment(text: str, ink: int, ground: int) -> Segment:
    return Segment(text, _style(ink, ground, bold=text[0] not in (" ", HALF_BLOCK)))


@lru_cache(4096)
def _style(ink: int, ground: int, bold: bool = False) -> Style:
    return Style(color=css(ink), bgcolor=css(ground), bold=bold or None)
