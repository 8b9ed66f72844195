"""The log of a full-screen chat: what was said, with scrollback, and a mark where one has read to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tickwire.faces.clean import fit
from tickwire.faces.palette import color_of, css
from tickwire.faces.talk import Kind, Line
from tickwire.faces.terminal.colors import ACCENT, ALERT, BRIGHT, DIM, MENTION, OLD, PLAIN, VOID, WARM
from tickwire.ids.characters import begin

LINES_KEPT = 5_000
_CLOCK = 6  # cells of `12:34 `
_NAMES = ((96, 16), (64, 10))  # from so many columns on, the cells of the column of names; narrower ones have none
_INDENT = 2  # of what a line without a column of names goes on with
_MARK = "new"

Piece = tuple[str, Style]


@dataclass(eq=False, slots=True)
class _Entry:
    """A line and the rows that it takes; without a line it is the mark."""

    line: Line | None
    rows: list[str]


class ChatLog(ScrollView, can_focus=False):
    """The lines of a chat.

    Attributes:
        unread: how many lines came that the reader has not been at.
        away: whether the reader looks elsewhere.
    """

    DEFAULT_CSS = """
    ChatLog {
        width: 1fr; height: 1fr; background: $background;
        scrollbar-size: 0 1; scrollbar-gutter: stable; overflow-x: hidden; overflow-y: scroll;
        scrollbar-color: $panel-lighten-2; scrollbar-background: $background;
        scrollbar-color-hover: $dim; scrollbar-background-hover: $background;
        scrollbar-color-active: $dim; scrollbar-background-active: $background;
    }
    """

    class Read(Message):
        """What is unread has changed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.unread = 0
        self.away = False
        self._entries: deque[_Entry] = deque()
        self._rows: list[tuple[_Entry, int]] = []
        self._mark: _Entry | None = None
        self._read_past = False  # the mark: the next line that comes unseen moves it
        self._width = 0
        self._following = True  # at the end, and to stay there when the place for the log changes

    @property
    def at_end(self) -> bool:
        """Whether the newest line is on the screen."""
        return self.scroll_offset.y >= self.max_scroll_y

    @property
    def lines(self) -> list[Line]:
        """All that are kept, the oldest first."""
        return [entry.line for entry in self._entries if entry.line is not None]

    def say(self, line: Line) -> None:
        """One more line. Who has scrolled up stays there."""
        follow = self.at_end
        if not line.old and line.kind is not Kind.ALERT and not line.own and (self.away or not follow):
            if line.kind is not Kind.NOTE:
                self.unread += 1
            self._set_mark()
        self._append(_Entry(line, []))
        self._shorten()
        self._resize_log(follow)
        self.post_message(self.Read())

    def answered(self) -> None:
        """Who answers has read it all."""
        self._read_past = True
        self._drop_mark()
        self.to_end()

    def look(self, *, away: bool) -> None:
        """The reader looks elsewhere, or is back."""
        self.away = away
        if away:
            self._read_past = True
        self._note_read()

    def page(self, pages: float) -> None:
        """Up (less than 0) or down by so many pages, with a line in common."""
        rows = round(pages * max(1, self.size.height - 1))
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, force=True)

    def to_end(self) -> None:
        """Down to the newest line."""
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def to_start(self) -> None:
        """Up to the oldest line."""
        self.scroll_to(y=0, animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Who scrolls down to the end has read it all."""
        super().watch_scroll_y(old_value, new_value)
        self._following = self.at_end
        self._note_read()

    def on_resize(self, event: events.Resize) -> None:
        """All lines are wrapped anew; who was at the end stays there, and who was not keeps the line at the top."""
        width = self.scrollable_content_region.width
        if width == self._width:
            if self._following:
                self.to_end()
            return
        follow = self._width == 0 or self._following
        top = self._rows[self.scroll_offset.y][0] if self.scroll_offset.y < len(self._rows) else None
        self._width = width
        self._rows = []
        for entry in self._entries:
            self._wrap(entry)
        self._resize_log(follow)
        if top is not None and not follow:
            self.scroll_to(y=self._rows.index((top, 0)), animate=False, force=True)

    def _note_read(self) -> None:
        if self.unread and self.at_end and not self.away:
            self.unread = 0
            self._read_past = True
            self.post_message(self.Read())

    def _append(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._wrap(entry)

    def _wrap(self, entry: _Entry) -> None:
        if self._width:
            entry.rows = [""] if entry.line is None else wrapped(spoken(entry.line), *_room(entry.line, self._width))
            self._rows += [(entry, i) for i in range(len(entry.rows))]

    def _shorten(self) -> None:
        gone = 0
        while len(self._entries) > LINES_KEPT:
            entry = self._entries.popleft()
            gone += len(entry.rows)
            if entry is self._mark:
                self._mark = None
        if gone:
            del self._rows[:gone]
            if not self.at_end:  # what is being read stays where it is
                self.scroll_to(y=self.scroll_offset.y - gone, animate=False, force=True)

    def _set_mark(self) -> None:
        if self._mark is None or self._read_past:
            self._drop_mark()
            self._mark = _Entry(None, [])
            self._append(self._mark)
        self._read_past = False

    def _drop_mark(self) -> None:
        if self._mark is not None:
            self._entries.remove(self._mark)
            self._rows = [row for row in self._rows if row[0] is not self._mark]
            self._mark = None
            self._resize_log(self.at_end)

    def _resize_log(self, follow: bool) -> None:
        self.virtual_size = Size(self._width, len(self._rows))
        if follow:
            self.to_end()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the screen; called by Textual."""
        row = y + self.scroll_offset.y
        if not 0 <= row < len(self._rows):
            return Strip.blank(self._width, _style(PLAIN))
        entry, i = self._rows[row]
        pieces = painted(entry.line, entry.rows, i, self._width) if entry.line else _mark_row(self._width)
        strip = Strip([Segment(text, style) for text, style in pieces])
        return strip.adjust_cell_length(self._width, _style(PLAIN, back=_back(entry.line)))


def spoken(line: Line) -> str:
    """What stands in the text's column."""
    match line.kind:
        case Kind.DID:
            return f"{line.name} {line.text}"
        case Kind.NOTE if line.name:
            return f"{line.name} {line.text}"
    return line.text


def wrapped(text: str, first: int, others: int) -> list[str]:
    """The rows of a text, broken between words, or within one that is wider than a row.

    Args:
        text: without control characters.
        first: cells in the first row.
        others: cells in those below it.

    >>> wrapped("to be or not", 5, 5), wrapped("蛇蛇蛇", 5, 4)
    (['to be', 'or', 'not'], ['蛇蛇', '蛇'])
    """
    rows: list[str] = []
    room = max(2, first)
    while cell_len(text) > room:
        head = begin(text, len(text), room) or begin(text, 1)
        if text[len(head) :][:1] != " " and (space := head.rfind(" ")) > 0:
            head = head[:space]
        rows.append(head.rstrip())
        text = text[len(head) :].lstrip()
        room = max(2, others)
    return [*rows, text]


def painted(line: Line, rows: Sequence[str], i: int, width: int) -> list[Piece]:
    """One row of a line, in pieces."""
    names = _names(width)
    back = _back(line)
    dim = _style(OLD if line.old else DIM, back=back)
    said = line.kind is Kind.SAID
    shade = ALERT if line.kind is Kind.ALERT else DIM if line.kind is Kind.NOTE else OLD if line.old else None
    text = _style(shade or (BRIGHT if line.own or line.mention else PLAIN), italic=line.kind is Kind.DID, back=back)
    hue = color_of(line.player) if line.player else DIM
    who = _style(hue, bold=said and not line.old, italic=line.kind is Kind.DID, faint=line.old, back=back)
    pieces: list[Piece] = []
    if i == 0:
        pieces.append((time.strftime("%H:%M ", time.localtime(line.at)), dim))
        if names:
            pieces += _column(line, names, who, dim)
        elif said or line.kind is Kind.DID:
            pieces.append((line.name + " " if said else "* ", who))
    else:
        pieces.append((" " * (_CLOCK + names + (3 if names else _INDENT)), text))
    row = rows[i]
    if i == 0 and not said and line.name and row.startswith(line.name):
        pieces.append((line.name, who))
        row = row[len(line.name) :]
    return [*pieces, (row, text)]


def _column(line: Line, names: int, who: Style, dim: Style) -> list[Piece]:
    sign = {Kind.SAID: line.name, Kind.DID: "*", Kind.NOTE: "·", Kind.ALERT: "!"}[line.kind]
    cells = min(cell_len(sign), names)
    bar = _style(ACCENT if line.own else WARM if line.mention else VOID, back=_back(line))
    return [(" " * (names - cells), dim), (fit(sign, cells), who), (" ▏ " if line.own or line.mention else "   ", bar)]


def _room(line: Line, width: int) -> tuple[int, int]:
    """Cells for the first row of a text, and for those below."""
    if names := _names(width):
        return (width - _CLOCK - names - 3,) * 2
    name = cell_len(line.name) + 1 if line.kind is Kind.SAID else 2 if line.kind is Kind.DID else 0
    return width - _CLOCK - name, width - _CLOCK - _INDENT


def _names(width: int) -> int:
    return next((cells for least, cells in _NAMES if width >= least), 0)


def _mark_row(width: int) -> list[Piece]:
    side = max(0, width - len(_MARK) - 2)
    line = _style(WARM)
    return [("─" * (side // 2), line), (f" {_MARK} ", _style(WARM, bold=True)), ("─" * (side - side // 2), line)]


def _back(line: Line | None) -> int:
    return MENTION if line is not None and line.mention else VOID


@lru_cache(256)
def _style(ink: int, *, bold: bool = False, italic: bool = False, faint: bool = False, back: int = VOID) -> Style:
    return Style(color=css(ink), bgcolor=css(back), bold=bold or None, italic=italic or None, dim=faint or None)
