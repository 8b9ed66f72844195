"""The lines of text around the board. All are Rich Text: nothing a stranger wrote is ever read as markup."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from textual.widgets import Static

from tickwire.faces.clean import fit
from tickwire.faces.palette import color_of, css
from tickwire.faces.standings import Standing, shortened
from tickwire.faces.terminal.colors import ACCENT, ALERT, BRIGHT, DIM, FIELDS, PIECES, PLAIN
from tickwire.faces.terminal.theme import ink

_LINES_KEPT = 100  # of what was said; no terminal shows more


class Panel(Static):
    """Text that changes often but never its size: nothing needs to be laid out anew."""

    def __init__(self, *, id: str) -> None:
        super().__init__(markup=False, id=id)

    def put(self, text: Text) -> None:
        """Show this."""
        text.no_wrap = True
        self.update(text, layout=False)


class Header(Panel):
    """What game, which room, where, and how the connection is."""

    def show(self, game: str, facts: Sequence[str], right: str, *, alarm: bool = False, own: int = 0) -> None:
        """Facts that do not fit are left out, the last ones first; the right end is lit if it is an alarm.

        Before the first fact stands a mark in the colour of the player `own`; 0 for none.
        """
        self.put(header_text(self.size.width, game, facts, right, alarm=alarm, own=own))


class Scoreboard(Panel):
    """Names, colours and points; one's own line is bright and marked, bots are dim and have a hollow mark.

    Who lost the line is dim, and has a dotted one.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown: tuple[int, int, list[Standing], list[str]] | None = None

    def show(self, lines: list[Standing], captions: Sequence[str] = ()) -> None:
        """Show these, and below them how the game stands, if they are not shown already."""
        width, height = self.size
        if (width, height, lines, list(captions)) == self._shown:
            return
        self._shown = (width, height, lines, list(captions))
        self.put(scoreboard_text(width, height, lines, captions, self.app.console))


class Log(Panel):
    """What was said, and who came and went: the last lines."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: deque[Text] = deque(maxlen=_LINES_KEPT)

    def say(self, *parts: tuple[str, str]) -> None:
        """One more line, of (text, style) parts."""
        self._lines.append(Text.assemble(" ", *parts))
        self.redraw()

    def show(self, lines: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Show these lines and no others, of (text, style) parts each; in a replay the past may become the future."""
        assembled = [Text.assemble(" ", *parts) for parts in lines]
        if assembled != list(self._lines):
            self._lines = deque(assembled, maxlen=_LINES_KEPT)
            self.redraw()

    def redraw(self) -> None:
        """Show the last lines, wrapped. What has no room is cut at its end: each begins with its sender."""
        width, height = self.size
        shown: list[Text] = []
        for entry in reversed(self._lines):
            room = height - len(shown)
            if room <= 0:
                break
            rows = list(entry.wrap(self.app.console, max(1, width - 1)))
            if len(rows) > room:
                rows = rows[:room]
                rows[-1].truncate(max(1, width - 2))
                rows[-1].append("…")
            shown[:0] = rows
        self.put(Text("\n").join([Text()] * (height - len(shown)) + shown))  # the newest at the bottom

    def on_resize(self) -> None:
        """More lines, or fewer."""
        self.redraw()


class Footer(Panel):
    """What can be pressed, and on the right what just happened in the game."""

    def show(self, keys: Sequence[tuple[str, str]], news: str) -> None:
        """What does not fit beside the news is left out; but the help stays, and news that are too long are cut."""
        width = self.size.width
        text = Text(" ")
        cells = [cell_len(key) + cell_len(meaning) + 4 for key, meaning in keys]
        helps = sum(c for c, (_, meaning) in zip(cells, keys, strict=True) if meaning == "help")
        left = max(width - 2 - cell_len(news), helps)
        for (key, meaning), taken in zip(keys, cells, strict=True):
            rest = 0 if meaning == "help" else helps  # what is kept for it
            if taken + rest <= left:
                left -= taken
                helps = rest
                text.append(key, ink(PLAIN, bold=True)).append(f" {meaning}   ", ink(DIM))
        room = width - cell_len(text.plain) - 1
        text.append(" " * max(0, room - cell_len(news))).append(fit(news, min(room, cell_len(news))), ink(DIM))
        self.put(text)


def header_text(width: int, game: str, facts: Sequence[str], right: str, *, alarm: bool = False, own: int = 0) -> Text:
    """A line of facts; see `Header.show`."""
    room = width - 2 - cell_len(right)
    text = Text(" ")
    text.append(fit(game, min(cell_len(game), room)), ink(ACCENT, bold=True))
    for i, fact in enumerate(facts):
        mark = "■ " if own and i == 0 else ""
        if cell_len(text.plain) + 3 + cell_len(mark + fact) <= room:
            text.append("   ").append(mark, ink(color_of(own))).append(fact, ink(PLAIN))
    text.append(" " * max(1, width - 1 - cell_len(text.plain) - cell_len(right)))
    return text.append(right, ink(ALERT if alarm else DIM))


def scoreboard_text(width: int, height: int, lines: list[Standing], captions: Sequence[str], console: Console) -> Text:
    """Who has how many points, and below that how the game stands; see `Scoreboard`.

    Args:
        width: in cells.
        height: in rows; captions may go past it.
        lines: all players.
        captions: of the game.
        console: knows how captions are wrapped.
    """
    text = Text()
    for standing in shortened(lines, height - 1):
        text.append("\n")
        if standing is None:
            text.append("     …", ink(DIM))
        else:
            _standing(text, standing, width)
    for i, caption in enumerate(captions):
        rows = Text(caption, ink(BRIGHT if i == 0 else PLAIN)).wrap(console, max(1, width - 4))
        text.append("\n" if i == 0 else "")
        for row in rows:
            text.append("\n   ").append_text(row)
    return text


def _standing(text: Text, standing: Standing, width: int) -> None:
    points = "" if standing.points is None else _points(standing.points)
    name_style = ink(BRIGHT, bold=True) if standing.own else ink(DIM if standing.bot or standing.away else PLAIN)
    text.append(" ▸ " if standing.own else "   ", ink(BRIGHT, bold=True))
    if standing.side is None:
        mark = "◌ " if standing.away else "□ " if standing.bot else "■ "
        text.append(mark, ink(color_of(standing.player)))
    else:  # as the pieces on the board: the light ones hollow, the dark ones filled
        style = f"bold {css(PIECES[standing.side])} on {css(FIELDS[1])}"
        text.append("○●"[standing.side], style).append(" ")
    points = f"▶ {points}" if standing.turn else points
    text.append(fit(standing.name, width - 7 - len(points)), name_style)
    text.append(f" {points} ", ink(ACCENT, bold=True) if standing.turn else name_style)


def _points(points: int | float | str) -> str:
    """A number of at most eight characters; a text is cut to as many."""
    return f"{points:g}" if isinstance(points, float) else fit(str(points), min(8, len(str(points))))
