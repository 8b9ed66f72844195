"""A game that is nothing but talk, in the window: the chat has it all, and its line is always open."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping

import pygame

from tickwire.client.sync import Client
from tickwire.faces.clean import clean
from tickwire.faces.palette import color_of, mix
from tickwire.faces.talk import COMMANDS, Completer, Kind, Line, Listener, Recall, channel_names, is_talk, place_of
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import ACCENT, BAD, DIM, PANEL, TEXT, WARM
from tickwire.faces.window.entry import Entry, Measure, wrap
from tickwire.faces.window.layout import Box
from tickwire.faces.window.panels import SMALL_SIZE, TEXT_SIZE, Talk
from tickwire.faces.window.words import Part
from tickwire.ids import CHAT_CHARACTERS
from tickwire.ids.characters import begin
from tickwire.wire.messages import Chat, Error, Event, Joined, Left, NewName, PlayerInfo

_LINES_KEPT = 1_000
_PLACE = 30  # pixels that the name of the channel has, above the lines
_REPEAT = (400, 35)  # milliseconds before a held key repeats, and between the repeats
_TIME = "00:00  "


def talk_for(client: Client, before: Talk) -> Talk:
    """The chat for a client: the one before, unless there is nothing but talk now, and there was more."""
    if isinstance(before, Conversation):
        before.joined(client)
        return before
    return Conversation(client) if is_talk(client.schema) else before


def people_here(client: Client) -> Mapping[int, PlayerInfo]:
    """Who is in the same channel, in a game with channels; else everyone."""
    place = place_of(client.schema, client.tables, client.player)
    return {n: p for n, p in client.players.items() if place is None or n in place.players}


class Conversation(Talk):
    """The chat of such a game."""

    always_open = True

    def __init__(self, client: Client) -> None:
        self._line = Entry("", CHAT_CHARACTERS)
        self._client = client
        self._listener = Listener()
        self._recall, self._completer = Recall(), Completer()
        self._mark: list[Part] | None = None
        self._read_past = True
        self._unread = 0
        self._announced: Event | None = None  # the history that came last
        super().__init__()
        self._lines = deque(maxlen=_LINES_KEPT)
        self.joined(client)

    @property
    def entry(self) -> Entry | None:
        """The line, which is open while there is a connection; closing it says or forgets what stood in it."""
        return self._line if self._client.ended is None else None

    @entry.setter
    def entry(self, entry: Entry | None) -> None:
        if self._line.text:
            self._recall.add(self._line.text)
            self._read_past = True
            self._drop_mark()
            self._back = 0
        self._line.text, self._line.caret, self._line.composing = "", 0, ""

    def joined(self, client: Client) -> None:
        """The seat is ours, for the first time or again."""
        self._client = client
        self._listener.joined(client.welcome)

    def hear(self, event: object) -> bool:
        """Show what came, if it is something to be shown here."""
        match event:
            case Event("history") if event is self._announced:
                return True  # the window shows an event when its moment comes, too
            case Event("history") | Chat() | Joined() | Left() | NewName() | Error():
                if (line := self._listener.hear(event, time.time())) is not None:
                    self._show(line)
                elif isinstance(event, Event):
                    self._announced = event
                return True
        return False

    def press(self, key: str, entry: Entry) -> None:
        """Up and down call back what was said, Tab completes."""
        if key in ("up", "down"):
            go = self._recall.up if key == "up" else self._recall.down
            entry.text = go(entry.text)
            entry.caret = len(entry.text)
        elif key == "tab":
            client = self._client
            names = [clean(p.name) for p in client.players.values() if p.player != client.player]
            channels = channel_names(client.schema, client.tables)
            commands = COMMANDS if channels else ()
            text, caret = self._completer.complete(entry.text, entry.caret, names, channels, commands)
            entry.text = begin(text, CHAT_CHARACTERS)
            entry.caret = min(caret, len(entry.text))
        elif key == "end" and entry.caret == len(entry.text):
            self._back = 0
        else:
            entry.press(key)

    def say(self, line: list[Part], at: float | None = None, color: int = DIM) -> None:
        """Add a line, with the time before it."""
        clock = time.strftime("%H:%M  ", time.localtime(at))
        super().say([Part(clock, color), *line])
        if self._back:  # who reads further up stays there
            self._back += len(self._wrap_now(self._lines[-1]))

    def paint(self, brush: Brush, box: Box, hint: str) -> None:
        """Where one is above the lines, and what waits to be read below them."""
        if self.entry is not None and pygame.key.get_repeat() != _REPEAT:
            pygame.key.set_repeat(*_REPEAT)
            pygame.key.start_text_input()
        seen = self._back == 0 and pygame.key.get_focused()
        if seen and self._unread:
            self._unread, self._read_past = 0, True
        elif not pygame.key.get_focused() and not self._unread:
            self._read_past = True
        super().paint(brush, box, hint)
        px = brush.px
        if place := place_of(self._client.schema, self._client.tables, self._client.player):
            top = Box(box.x, box.y, box.width, round(_PLACE * px))
            brush.shapes.rounded(brush.onto, top, 10 * px, PANEL)
            middle, x, end = box.y + round(_PLACE * px / 2), box.x + round(12 * px), box.x + box.width
            x += brush.left(place.name, x, middle, TEXT_SIZE, TEXT, end - x, bold=True) + round(12 * px)
            x += brush.left(f"{len(place.players)} here", x, middle, SMALL_SIZE, DIM, end - x) + round(12 * px)
            brush.left(place.topic, x, middle, SMALL_SIZE, TEXT, max(0, end - x - round(8 * px)))
        if self._back and self.box is not None:
            words = f"{self._unread} new ↓" if self._unread else "End ↓"
            brush.right(words, box.x + box.width - round(14 * px), self.box.y - round(10 * px), SMALL_SIZE, WARM)

    def _show(self, line: Line) -> None:
        news = line.kind in (Kind.SAID, Kind.DID) and not line.own and not line.old
        if news and (self._back or not pygame.key.get_focused()):
            self._unread += 1
            if self._read_past:
                self._drop_mark()
                self._mark = [Part("", DIM), Part("─" * 8 + " new " + "─" * 8, WARM, bold=True)]
                self._lines.append(self._mark)
            self._read_past = False
        self.say(_parts(line), line.at, ACCENT if line.own else WARM if line.mention else DIM)

    def _drop_mark(self) -> None:
        kept = [line for line in self._lines if line is not self._mark]
        self._lines.clear()
        self._lines.extend(kept)
        self._mark = None

    def _place_for_lines(self, brush: Brush, box: Box) -> Box:
        top = round(_PLACE * brush.px)
        return Box(box.x, box.y + top, box.width, max(0, box.height - top))

    def _wrap(self, line: list[Part], width: int, measure: Measure) -> list[list[Part]]:
        """What goes on stands below the text, not below the time."""
        clock, rest = line[0], line[1:]
        indent = measure(_TIME, False)
        blanks = Part(" " * round(indent / max(1, measure(" ", False))), DIM)
        rows = wrap(rest, max(1, width - indent), measure)
        return [[clock if i == 0 else blanks, *row] for i, row in enumerate(rows)]

    def _wrap_now(self, line: list[Part]) -> list[list[Part]]:
        return self._wrap(line, self._wrapped_for[0], self._measure) if self._measure else []


def _parts(line: Line) -> list[Part]:
    color = color_of(line.player) if line.player else DIM
    faded = mix(color, PANEL, 0.35) if line.old else color
    shade = mix(TEXT, PANEL, 0.35) if line.old else WARM if line.mention else TEXT
    match line.kind:
        case Kind.SAID:
            return [Part(line.name, faded, bold=True), Part(f"  {line.text}", shade)]
        case Kind.DID:
            return [Part("* ", DIM), Part(line.name, faded), Part(f" {line.text}", shade)]
        case Kind.NOTE if line.name:
            return [Part(line.name, color), Part(f" {line.text}", DIM)]
        case Kind.ALERT:
            return [Part(line.text, BAD)]
    return [Part(line.text, DIM)]
