"""A replay in the terminal: the game as it is shown to players, and below it the time line. No connection, no input."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen

from tickwire.errors import TickwireError
from tickwire.faces import sentences
from tickwire.faces.clean import clean
from tickwire.faces.looks import captions, known_looks
from tickwire.faces.standings import at_a_glance, standings
from tickwire.faces.talk import is_talk
from tickwire.faces.terminal import words
from tickwire.faces.terminal.board import Board
from tickwire.faces.terminal.colors import DIM
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.faces.terminal.panels import Footer, Header, Log, Panel, Scoreboard
from tickwire.faces.terminal.theme import THEME, ink
from tickwire.faces.terminal.time_line import LEGEND, Marks, bar
from tickwire.ids import WATCHER
from tickwire.replay.cursor import Moment
from tickwire.replay.engine import Replay
from tickwire.replay.playhead import Playhead, clock
from tickwire.replay.sight import Sight
from tickwire.wire.messages import Event

Guard = Callable[[], AbstractContextManager[None]]

_FRAMES = 30.0  # a second
_BUSY = 0.025  # seconds of a frame that may go into playing; what is not played then comes with the next frame
_READING = 0.010  # seconds of a frame that may go into reading ahead
_READING_IDLE = 0.025  # the same while the picture stands still
_CHUNK = 16  # ticks that are played or read between two looks at the clock
_NEWS_TIME = 4.0  # seconds of game time that an event stays in the footer
_WIDE = 100  # columns from which all keys are named, with room for news beside them
_NARROW = 64  # columns; below, the board gets them all
_SIDE = (16, 28)  # columns that the scoreboard has, at least and at most
_LOG = (1, 6)  # rows that the chat has, at least and at most
_LINES = 60  # of chat that are looked up

_KEYS = (
    ("Space", "play"),
    (", .", "step"),
    ("← →", "5 s"),
    ("e", "eyes"),
    ("?", "help"),
    ("q", "quit"),
    ("+ -", "speed"),
)
_HELP = [
    ("Space", "play, or stand still"),
    (", .", "one tick back, one tick on"),
    ("← →", "five seconds back, or on"),
    ("Shift+← →", "a minute back, or on; PgUp and PgDn too"),
    ("Home End", "to the beginning, to the end"),
    ("+ -", "faster, slower"),
    ("e", "see it through the next player's eyes"),
    ("q", "quit"),
]
_SKIPS = {  # seconds of game time by key
    "left": -5.0,
    "right": 5.0,
    "shift+left": -60.0,
    "shift+right": 60.0,
    "pageup": -60.0,
    "pagedown": 60.0,
}
_SPEEDS = {"plus": 1, "equals_sign": 1, "minus": -1}
_STEPS = {"comma": -1, "full_stop": 1}


class TimeLine(Panel):
    """Marks above, the line itself below."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._marks = Marks(0, 0, 1, WATCHER)
        self._marks_of: tuple[int, ...] = ()
        self._marked = 0  # how many moments are in them
        self._shown: tuple[object, ...] = ()

    def show(self, replay: Replay, player: int) -> None:
        """Show where a replay is, if that is not shown already."""
        width = self.size.width - 2
        now = (width, replay.tick, replay.read_up_to, replay.end, player)
        if width < 1 or now == self._shown:
            return
        self._shown = now
        first, last = replay.first, replay.end
        if self._marks_of != (last, width, player):
            self._marks, self._marks_of, self._marked = Marks(first, last, width, player), (last, width, player), 0
        self._marks.add(replay.moments[self._marked :])
        self._marked = len(replay.moments)
        line = bar(replay.tick, first, last, replay.read_up_to, width)
        self.put(self._marks.text().append("\n").append_text(line))


class ReplayScreen(Screen[None], inherit_bindings=False):
    """One replay.

    Args:
        replay: what is shown.
        guard: is entered while rules run; it may raise an Exception in rules that do not come back.
        player: through whose eyes at first; 0 for a watcher's.
    """

    DEFAULT_CSS = """
    ReplayScreen Header, ReplayScreen Footer { height: 1; background: $panel; }
    ReplayScreen #middle { height: 1fr; }
    ReplayScreen Scoreboard { height: 100%; }
    ReplayScreen TimeLine { height: 2; padding: 0 1; }
    """

    def __init__(self, replay: Replay, guard: Guard = contextlib.nullcontext, player: int = WATCHER) -> None:
        super().__init__()
        self._replay, self._guard = replay, guard
        self._head = Playhead(replay.first, replay.end, replay.tick_rate)
        self._head.go(replay.tick)
        self._sight = Sight(replay.room, player)
        self._looks = known_looks(self._sight.schema.tables)
        self._header, self._footer = Header(id="header"), Footer(id="footer")
        self._board, self._scoreboard = Board(), Scoreboard(id="scoreboard")
        self._log, self._time_line = Log(id="log"), TimeLine(id="time_line")
        self._note = 0  # which of the replay's notes is in the footer
        self._played = False  # whether it was playing when it was shown last
        self._told: tuple[list[Moment], bool] | None = None  # what is in the log, and whether that is all
        self._talk = is_talk(self._sight.schema)

    def compose(self) -> ComposeResult:
        """One line of facts, the board beside the scoreboard, what was said, the time line, and one line of keys."""
        yield self._header
        with Horizontal(id="middle"):
            yield self._log if self._talk else self._board
            yield self._scoreboard
        if not self._talk:
            yield self._log
        yield self._time_line
        yield self._footer

    def on_mount(self) -> None:
        """Begin to play."""
        self._board.show(self._sight)
        self._head.play()
        self.set_interval(1 / _FRAMES, self._advance)

    def on_resize(self, event: events.Resize) -> None:
        """Share the room out anew: the board first."""
        width, height = event.size
        side, log = self._scoreboard, self._log
        side.display = width >= _NARROW
        side.styles.width = min(max(width // 4, _SIDE[0]), _SIDE[1])
        log.styles.height = "1fr" if self._talk else min(max((height - 22) // 2, _LOG[0]), _LOG[1])
        self.call_after_refresh(self._show)

    def on_key(self, event: events.Key) -> None:
        """All keys belong to the replay."""
        event.stop()
        self._note = min(self._note + 1, len(self._replay.notes))
        head, key = self._head, event.key
        if key in _SKIPS:
            head.skip(_SKIPS[key])
        elif key in _SPEEDS:
            head.faster(_SPEEDS[key])
        elif key in _STEPS:
            head.pause()
            head.go(self._replay.tick + _STEPS[key])
        else:
            match key:
                case "space":
                    head.pause() if head.playing else head.play()
                case "home":
                    head.go(self._replay.first)
                case "end":
                    head.go(self._replay.end)
                case "e":
                    self._look_through_next()
                case "question_mark" | "f1":
                    self.app.push_screen(HelpScreen([("a replay", _HELP), ("on the time line", LEGEND)]))
                case "q" | "escape":
                    self.app.exit()
        self._go(head.tick)
        self._show()

    def _look_through_next(self) -> None:
        """See it through the eyes of the next player of those who are there; after the last, of a watcher."""
        there = [WATCHER, *sorted(self._sight.players)]
        player = next((number for number in there if number > self._sight.player), WATCHER)
        with contextlib.suppress(TickwireError), self._guard():
            self._sight = Sight(self._replay.room, player)
        self._board.show(self._sight)

    # --- time ---

    def _advance(self) -> None:
        if not self.is_current:
            return  # the help is open
        before = self._replay.tick
        self._go(self._head.advance(time.perf_counter()))
        reads = not self._replay.read_whole
        self._read_ahead()
        if self._replay.tick != before or self._head.playing != self._played:
            self._show()
        elif reads:
            self._time_line.show(self._replay, self._sight.player)
        self._played = self._head.playing

    def _go(self, tick: int) -> None:
        """Show a tick. Ticks ahead that take long are played over several frames."""
        replay, end = self._replay, time.perf_counter() + _BUSY
        tick = min(tick, replay.end)
        near = replay.tick < tick <= replay.tick + replay.tick_rate  # else the nearest checkpoint is nearer
        with self._guard():
            while near and tick - replay.tick > _CHUNK and time.perf_counter() < end:
                before = replay.tick
                near = replay.seek(before + _CHUNK) > before  # else in front of a gap
            if near and tick - replay.tick > _CHUNK:
                self._head.go(replay.tick)
            else:
                if not near and tick != replay.tick:
                    self._show_before(tick)
                replay.seek(tick)
        self._head.last = replay.end

    def _show_before(self, tick: int) -> None:
        """Show the board the tick before, which it compares with: else all that came since the last one is new."""
        self._replay.seek(tick - 1)
        with contextlib.suppress(TickwireError):
            self._sight.show(self._replay.room)
        self._board.repaint()

    def _read_ahead(self) -> None:
        end = time.perf_counter() + (_READING if self._head.playing else _READING_IDLE)
        with self._guard():
            while self._replay.read(_CHUNK) and time.perf_counter() < end:
                pass
        self._head.last = self._replay.end

    # --- what is shown ---

    def _show(self) -> None:
        if not self.is_mounted:
            return
        replay, sight = self._replay, self._sight
        with contextlib.suppress(TickwireError), self._guard():  # a field that cannot be sent: the picture before stays
            sight.show(replay.room)
        self._board.repaint()
        told = captions(self._looks, sight.tables)
        lines = standings(self._looks, sight.tables, sight.players, sight.player)
        self._scoreboard.show(lines, told)
        self._show_log(replay.recent(sight.player, _LINES), known=replay.tick <= replay.read_up_to)
        self._time_line.show(replay, sight.player)
        glance = "" if self._scoreboard.display else at_a_glance(lines)
        self._show_header(glance)
        self._show_footer("" if self._scoreboard.display or not told else told[0])

    def _show_log(self, moments: list[Moment], *, known: bool) -> None:
        if (moments, known) == self._told:
            return
        self._told = moments, known
        lines = [parts for moment in moments if (parts := words.told(moment.message))]
        if not known:
            lines.append([("what was said since then is not read yet", ink(DIM))])
        self._log.show(lines)

    def _show_header(self, glance: str) -> None:
        replay, head, opened = self._replay, self._head, self._replay.recording.opened
        facts = [*filter(None, [glance]), f"room {clean(opened.code)}", self._whose_eyes()]
        rate = replay.tick_rate
        now, length = (clock((tick - replay.first) / rate) for tick in (replay.tick, replay.end))
        playing = "▶" if head.playing else "‖"
        self._header.show(
            clean(opened.game), facts, f"tick {replay.tick}   {now} / {length}   {playing} {head.speed:g}×"
        )

    def _whose_eyes(self) -> str:
        player = self._sight.player
        if player == WATCHER:
            return "as a watcher sees it"
        info = self._sight.players.get(player)
        return f"as {clean(info.name)} sees it" if info is not None else "whose eyes these were has left"

    def _show_footer(self, caption: str) -> None:
        notes = self._replay.notes
        note = notes[self._note] if self._note < len(notes) else ""
        self._footer.show(
            () if note else _KEYS[: None if self.size.width >= _WIDE else -1], note or self._news() or caption
        )

    def _news(self) -> str:
        """The last event, for as long as it is new."""
        replay, tick = self._replay, self._replay.tick
        since = tick - round(_NEWS_TIME * replay.tick_rate)
        for moment in reversed(replay.heard(since, tick, self._sight.player)):
            if isinstance(moment.message, Event) and (news := sentences.news(moment.message, self._sight.players)):
                return news
        return ""


class ReplayFace(App[None]):
    """A replay at one terminal; see `ReplayScreen` for what it is given."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+q,ctrl+c", "quit", "Quit", priority=True, show=False)]
    TITLE = "tickwire"

    def __init__(self, replay: Replay, guard: Guard = contextlib.nullcontext, player: int = WATCHER) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self._screen = ReplayScreen(replay, guard, player)

    def on_mount(self) -> None:
        """Show it."""
        self.push_screen(self._screen)
