"""The list of the lobby: games and rooms, one of them chosen. It is painted anew only when something changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from tickwire.faces.clean import fit
from tickwire.faces.lobby import Kind, Row
from tickwire.faces.palette import css, mix
from tickwire.faces.terminal.colors import ACCENT, BAR, BRIGHT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink

_HEADINGS = {Kind.GAME: "Games", Kind.ROOM: "Rooms"}
_NAME = 14  # cells of the first column
_WIDE = 50  # cells from which all facts have room
_FACTS = (10, 9, 13)  # cells of the facts about a room


class RoomList(Static, can_focus=True):
    """Shows rows and tells which one is clicked on; which is chosen, it is told."""

    class Picked(Message):
        """Somebody clicked on a row."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Scrolled(Message):
        """Somebody turned the wheel."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, *, id: str) -> None:
        super().__init__(markup=False, id=id)
        self._shown: tuple[list[Row], str, bool, Size] | None = None
        self._keys: list[str | None] = []  # of each line on the screen
        self._top = 0  # the first line that is shown

    def show(self, rows: list[Row], chosen: str) -> None:
        """Show these, if they are not shown already."""
        state = (rows, chosen, self.has_focus, self.size)
        if state == self._shown or not self.size.height:
            return
        self._shown = state
        lines = _lines(rows)
        at = next((i for i, row in enumerate(lines) if isinstance(row, Row) and row.key == chosen), 0)
        self._keep_in_sight(at, len(lines))
        shown = lines[self._top : self._top + self.size.height]
        self._keys = [row.key if isinstance(row, Row) else None for row in shown]
        text = Text(no_wrap=True)
        for i, line in enumerate(shown):
            text.append("\n" if i else "")
            if isinstance(line, Row):
                text.append(self._row(line, chosen=line.key == chosen))
            else:
                more = "   …" if i == 0 and self._top else ""
                text.append(f"   {line}{more}", ink(DIM))
        self.update(text, layout=False)

    def _row(self, row: Row, *, chosen: bool) -> Text:
        width = self.size.width - 2
        facts = row.facts
        if row.kind is Kind.ROOM and width >= _WIDE:
            right = fit("".join(fit(f, n) for f, n in zip(facts, _FACTS, strict=False)), sum(_FACTS))
        else:
            right = "   ".join(facts if width >= _WIDE else facts[:1])
        name_style = ink(BRIGHT if chosen else ACCENT if row.kind in (Kind.QUICK, Kind.CODE) else PLAIN, bold=True)
        rest = ink(BRIGHT if chosen else DIM)
        text = Text().append(" ▸ " if chosen else "   ", ink(ACCENT, bold=True))
        text.append(fit(row.name, _NAME), name_style)
        room = max(0, width - 5 - _NAME - len(right))
        text.append(fit(row.says, room), ink(PLAIN) if chosen else rest)
        text.append("  ").append(right, ink(DIM) if row.full and not chosen else ink(PLAIN))
        text.append("  ")
        if chosen:
            text.stylize(f"on {css(mix(BAR, ACCENT, 0.25 if self.has_focus else 0.12))}")
        return text

    def _keep_in_sight(self, at: int, count: int) -> None:
        height = self.size.height
        if at <= 1:
            self._top = 0
        self._top = min(max(self._top, at - height + 1), max(0, at - 1), max(0, count - height))
        self._top = max(self._top, 0)

    def on_click(self, event: events.Click) -> None:
        """The row under the mouse."""
        line = int(event.y)
        if 0 <= line < len(self._keys) and (key := self._keys[line]) is not None:
            self.post_message(self.Picked(key))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """One row down."""
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """One row up."""
        event.stop()
        self.post_message(self.Scrolled(-1))


def _lines(rows: Sequence[Row]) -> list[Row | str]:
    """The rows, with headings between their kinds."""
    lines: list[Row | str] = []
    before: Kind | None = None
    for row in rows:
        if row.kind is not before and row.kind in _HEADINGS:
            lines += ["", _HEADINGS[row.kind]]
        before = row.kind
        lines.append(row)
    return lines
