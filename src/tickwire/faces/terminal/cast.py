"""A replay as an asciicast: the lines of a terminal recording, painted as the replay's screen is, without a terminal.

Source: asciinema, asciicast v2: a header in JSON, then a line [seconds, "o", what is printed] for each frame.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from tickwire.faces.clean import clean
from tickwire.faces.looks import captions, known_looks
from tickwire.faces.palette import css
from tickwire.faces.standings import standings
from tickwire.faces.talk import is_talk
from tickwire.faces.terminal import words
from tickwire.faces.terminal.colors import BAR, VOID
from tickwire.faces.terminal.lines import HALF_BLOCK, line
from tickwire.faces.terminal.panels import header_text, scoreboard_text
from tickwire.faces.terminal.raster import Raster
from tickwire.faces.terminal.time_line import Marks, bar
from tickwire.ids import WATCHER
from tickwire.replay.engine import Replay
from tickwire.replay.playhead import clock
from tickwire.replay.sight import Sight

FRAMES = 15.0  # a second at most: players of casts draw no faster, and files stay small
_NARROW = 64  # columns; below, the board gets them all
_SIDE = (16, 28)  # columns that the scoreboard has, at least and at most
Piece = tuple[str, int]  # what is printed, with its colours, and how many cells it takes
Row = list[Piece]

_READ = 1000  # ticks that are read between two looks


class Cast:
    """Paints a replay's frames as text with colours.

    Args:
        replay: what is shown; it is read to its end first, for the marks.
        width: in cells.
        height: in rows, 8 at least.
        player: through whose eyes; 0 for a watcher's.
        speed: times the game's own.
    """

    def __init__(self, replay: Replay, width: int, height: int, player: int = WATCHER, speed: float = 1.0) -> None:
        self._replay, self._width, self._height, self._speed = replay, width, height, speed
        while replay.read(_READ):
            pass
        replay.seek(replay.first)
        self._sight = Sight(replay.room, player)
        self._looks = known_looks(self._sight.schema.tables)
        self._raster = Raster(self._sight.schema, player)
        self._talk = is_talk(self._sight.schema)
        self._side = min(max(width // 4, _SIDE[0]), _SIDE[1]) if width >= _NARROW else 0
        self._console = Console(file=io.StringIO(), width=width, color_system="truecolor", force_terminal=True)
        marks = Marks(replay.first, replay.end, width - 2, player)
        marks.add(replay.moments)
        self._marks = marks.text()

    def lines(self) -> Iterator[str]:
        """The lines of the file, without their ends: the header, and one for each frame in which something changed.

        Raises:
            CannotRestore: a tick cannot be shown.
        """
        replay, opened = self._replay, self._replay.recording.opened
        head: dict[str, object] = {"version": 2, "width": self._width, "height": self._height}
        if opened.opened_at:
            head["timestamp"] = opened.opened_at // 1000
        yield json.dumps({**head, "title": f"{opened.game}, room {opened.code}", "env": {"TERM": "xterm-256color"}})
        every = max(1, round(replay.tick_rate * self._speed / FRAMES))
        before: list[Row] = [[] for _ in range(self._height)]
        tick = replay.first
        while True:
            replay.seek(tick)
            rows = self._rows()
            printed = "" if tick > replay.first else "\x1b[?25l\x1b[2J"
            for number, (was, row) in enumerate(zip(before, rows, strict=True), 1):
                printed += _changes(number, was, row)
            before = rows
            seconds = (tick - replay.first) / replay.tick_rate / self._speed
            if tick >= replay.end:
                yield json.dumps([round(seconds, 4), "o", f"{printed}\x1b[0m\x1b[?25h"])
                return
            if printed:
                yield json.dumps([round(seconds, 4), "o", printed])
            tick = min(tick + every, replay.end)

    def _rows(self) -> list[Row]:
        replay, sight = self._replay, self._sight
        sight.show(replay.room)
        opened = replay.recording.opened
        now, length = (clock((tick - replay.first) / replay.tick_rate) for tick in (replay.tick, replay.end))
        header = header_text(self._width, clean(opened.game), [f"room {clean(opened.code)}"], f"{now} / {length}")
        height = self._height - 4
        lines = standings(self._looks, sight.tables, sight.players, sight.player)
        told = captions(self._looks, sight.tables)
        side = scoreboard_text(self._side, height, lines, told, self._console) if self._side else Text()
        middle = zip(self._middle(height), self._text(side, self._side, height), strict=True)
        line = bar(replay.tick, replay.first, replay.end, replay.end, self._width - 2)
        return [
            *self._text(header, self._width, 1, BAR),
            *(board + beside for board, beside in middle),
            *self._text(self._told(1), self._width, 1),
            *self._text(Text(" ").append_text(self._marks), self._width, 1),
            *self._text(Text(" ").append_text(line), self._width, 1),
        ]

    def _middle(self, height: int) -> list[Row]:
        """The board; in a game that is nothing but talk, what was said."""
        width = self._width - self._side
        if self._talk:
            return self._text(self._told(height), width, height)
        canvas = self._raster.paint(self._sight.tables, self._sight.tick, width, 2 * height)
        return [[_run(*run) for run in line(canvas, row)] for row in range(height)]

    def _told(self, count: int) -> Text:
        told = [parts for m in self._replay.recent(self._sight.player, count) if (parts := words.told(m.message))]
        return Text("\n").join([Text.assemble(" ", *parts) for parts in told])

    def _text(self, text: Text, width: int, height: int, ground: int = VOID) -> list[Row]:
        """Exactly so many rows of a text, each exactly so wide."""
        if not width:
            return [[]] * height
        text.no_wrap, text.overflow = True, "crop"
        options = self._console.options.update(width=width, height=height)
        rows = self._console.render_lines(text, options, style=Style(bgcolor=css(ground)), pad=True)
        return [[_segment(segment) for segment in row if segment.text] for row in rows[:height]]


def _changes(number: int, was: Row, row: Row) -> str:
    """What to print so that a row is what it shall be: from the first piece that differs to the last."""
    most = min(len(was), len(row))
    start = next((i for i in range(most) if was[i] != row[i]), most)
    same = next((i for i in range(most - start) if was[-1 - i] != row[-1 - i]), most - start)
    pieces = row[start : len(row) - same]
    column = sum(width for _, width in row[:start]) + 1
    return f"\x1b[{number};{column}H" + "".join([text for text, _ in pieces]) if pieces else ""


def _segment(segment: Segment) -> Piece:
    style = segment.style or Style.null()
    return style.render(segment.text, color_system=ColorSystem.TRUECOLOR), segment.cell_length


def _run(text: str, ink: int, ground: int) -> Piece:
    if ink == ground or text.isspace():
        return f"\x1b[0;48;2;{_rgb(ground)}m{text}", cell_len(text)
    bold = "" if text[0] == HALF_BLOCK else "1;"
    return f"\x1b[0;{bold}38;2;{_rgb(ink)};48;2;{_rgb(ground)}m{text}", cell_len(text)


def _rgb(color: int) -> str:
    return f"{color >> 16};{color >> 8 & 0xFF};{color & 0xFF}"
