"""A game that is nothing but talk, as a chat client: the log, who is here, and a line that is always open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from tickwire.client.client import Client, ClientEvent
from tickwire.errors import ConnectionLost, TickwireError
from tickwire.faces import sentences
from tickwire.faces.clean import clean, fit
from tickwire.faces.looks import KnownLook, captions, known_looks
from tickwire.faces.palette import color_of
from tickwire.faces.standings import standings
from tickwire.faces.talk import COMMANDS, Kind, Line, Listener, Place, channel_names, place_of
from tickwire.faces.terminal import words
from tickwire.faces.terminal.chat_entry import ChatEntry
from tickwire.faces.terminal.chat_line import ChatLine
from tickwire.faces.terminal.chat_log import ChatLog
from tickwire.faces.terminal.colors import ACCENT, ALERT, BRIGHT, DIM, PLAIN, WARM
from tickwire.faces.terminal.game_screen import GameScreen
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.faces.terminal.notice import Notice
from tickwire.faces.terminal.panels import Header, Panel, Scoreboard
from tickwire.faces.terminal.theme import ink
from tickwire.wire.messages import PackedState, State

_CLOCK = 0.5  # seconds between looks at ping and time
_SIDE = (14, 22)  # columns of who is here, at least and at most
_WIDE = 92  # columns from which they are shown without being asked for
_WIDE_FOR_SCORES = 64  # the same in a game that counts points
_MOST_CAPTIONS = 0.25  # of the rows of the screen
_NAME = 16  # cells of one's own name before the line, at most
_KEYS = (("F1", "help"), ("F2", "people"), ("Esc", "leave"))
_HELP = [
    ("PgUp PgDn", "scroll; End goes to the newest line"),
    ("↑ ↓", "the lines that you said before"),
    ("Tab", "complete a name, a room or a command"),
    ("F2", "who is here, shown or not"),
    ("F3", "a bell when somebody says your name, or none"),
    ("Esc", "leave; first to the newest line, if you are not there"),
    ("Shift + drag", "select, to copy it as your terminal does"),
    ("Ctrl+Q", "quit"),
]


class Status(Panel):
    """Between log and line: what waits to be read, the keys, or that the connection is lost."""

    def show(self, unread: int, *, below: bool, trouble: str, bell: bool) -> None:
        """Trouble comes first, then what is unread; keys that do not fit are left out."""
        width = self.size.width
        right = Text()
        if unread:
            right.append(f"{unread} new", ink(WARM, bold=True))
        if below:
            right.append("  End ↓" if unread else "End ↓", ink(WARM if unread else DIM))
        if bell:
            right.append("  bell on", ink(DIM))
        text = Text(" ")
        if trouble:
            text.append(fit(trouble, min(cell_len(trouble), width - cell_len(right.plain) - 4)), ink(ALERT))
        for key, meaning in () if trouble else _KEYS:
            if cell_len(text.plain) + cell_len(key + meaning) + 4 + cell_len(right.plain) <= width:
                text.append(key, ink(PLAIN, bold=True)).append(f" {meaning}   ", ink(DIM))
        text.append(" " * max(0, width - cell_len(text.plain) - cell_len(right.plain) - 1))
        self.put(text.append_text(right))


class ChatScreen(Screen[None], inherit_bindings=False):
    """One chat, on however many connections it takes; the log goes on over all of them.

    Args:
        address: where the server is, for the header.
    """

    DEFAULT_CSS = """
    ChatScreen { layers: base notice; align: center middle; }
    ChatScreen Header, ChatScreen Status { height: 1; background: $panel; }
    ChatScreen #channel { height: 1; }
    ChatScreen #captions { height: 1; display: none; background: $panel; }
    ChatScreen #talk { height: 1fr; }
    ChatScreen #typing { height: 1; background: $panel; }
    ChatScreen #prompt { width: auto; height: 1; }
    ChatScreen Scoreboard { height: 100%; }
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._header, self._channel, self._status = Header(id="header"), Panel(id="channel"), Status(id="status")
        self._captions = Panel(id="captions")
        self._log, self._people, self._notice = ChatLog(id="log"), Scoreboard(id="people"), Notice()
        self._entry, self._prompt = ChatEntry(self._words), Panel(id="prompt")
        self._address = clean(address)
        self._client: Client | None = None
        self._looks: list[KnownLook] = []
        self._listener = Listener()
        self._wants_people: bool | None = None  # None: as there is room
        self._bell = False
        self._prompted = ("", 0)
        self._lost = ""  # why, while the connection is
        self._next_try: float | None = None  # on the loop's clock; None: when the player asks

    def compose(self) -> ComposeResult:
        """Facts and how the game stands, the log beside the people, and below them the line to type in."""
        yield self._header
        yield self._channel
        yield self._captions
        with Horizontal(id="talk"):
            yield self._log
            yield self._people
        yield self._status
        with Horizontal(id="typing"):
            yield self._prompt
            yield self._entry
        yield self._notice

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(_CLOCK, self._show_all)
        self.watch(self.app, "app_focus", self._look, init=False)
        if self._client is not None:
            self._greet(self._client, back=False)

    def on_resize(self, event: events.Resize) -> None:
        """The people are shown where there is room for them."""
        self._people.styles.width = min(max(event.size.width // 4, _SIDE[0]), _SIDE[1])
        scores = any(look.kind == "score" for look in self._looks)
        wide = event.size.width >= (_WIDE_FOR_SCORES if scores else _WIDE)
        self._people.display = wide if self._wants_people is None else self._wants_people
        self.call_after_refresh(self._show_all)

    # --- what the seat tells ---

    def joined(self, client: Client) -> None:
        """The seat is ours, for the first time or again."""
        before, self._client = self._client, client
        self._looks = known_looks(client.schema.tables)
        self._listener.joined(client.welcome)
        self._lost = ""
        if self.is_mounted:
            back = before is not None and (before.room, before.player) == (client.room, client.player)
            self._greet(client, back=back)

    def came(self, event: ClientEvent) -> None:
        """Something came."""
        if isinstance(event, State | PackedState):
            self._show_all()
        elif (line := self._listener.hear(event, time.time())) is not None:
            self._log.say(line)
            if line.mention and self._bell and not line.old:
                self.app.bell()

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost; the next try is in `delay` seconds, or when the player asks."""
        if not self._lost:
            self._lost = sentences.lost(reason)
            self._note(self._lost, Kind.ALERT)
        elif delay is None:
            self._lost = sentences.lost(reason)
        self._next_try = None if delay is None else self._now() + delay
        if delay is None:
            self._entry.disabled = True
            self.set_focus(None)
            self._notice.show(self._lost, "Press r to join again.")
        self._show_all()

    # --- what the player does ---

    def on_key(self, event: events.Key) -> None:
        """Only while nothing can be typed."""
        if self._entry.disabled:
            event.stop()
            match event.key:
                case "r" | "q":
                    self.post_message(GameScreen.Asked(retry=event.key == "r"))
                case "escape":
                    self.post_message(GameScreen.Paused())

    def on_chat_line_said(self, message: ChatLine.Said) -> None:
        """Tell the room. What cannot be told stays where it was typed."""
        try:
            if self._client is None or self._lost:
                raise ConnectionLost("the connection is lost")
            self._client.chat(message.text)
        except TickwireError:
            self._note("There is no connection now, so that was not said.", Kind.ALERT)
        else:
            self._entry.said(message.text)
            self._log.answered()

    def on_chat_entry_pressed(self, message: ChatEntry.Pressed) -> None:
        """What is not for the line."""
        match message.key:
            case "escape" if not self._log.at_end:
                self._log.to_end()
            case "escape":
                self.post_message(GameScreen.Paused())
            case "pageup" | "pagedown":
                self._log.page(1 if message.key == "pagedown" else -1)
            case "shift+up" | "shift+down":
                self._log.scroll_relative(y=1 if message.key == "shift+down" else -1, animate=False)
            case "end" | "ctrl+end":
                self._log.to_end()
            case "ctrl+home":
                self._log.to_start()
            case "f1":
                self.app.push_screen(HelpScreen([("chat", [*_HELP, ("/help", "what the chat obeys")])]))
            case "f2":
                self._wants_people = self._people.display = not self._people.display
                self.call_after_refresh(self._show_all)
            case "f3":
                self._bell = not self._bell
        self._show_status()

    def on_chat_log_read(self) -> None:
        """More to be read, or less."""
        self._show_status()

    def on_screen_resume(self) -> None:
        """Back from the help or the menu: keys go into the line."""
        if not self._entry.disabled:
            self._entry.focus()

    def _look(self, focused: bool) -> None:
        self._log.look(away=not focused)

    def _words(self) -> tuple[list[str], list[str], list[str]]:
        if (client := self._client) is None:
            return [], [], []
        names = [clean(p.name) for p in client.players.values() if p.player != client.player]
        channels = channel_names(client.schema, client.tables)
        return names, channels, list(COMMANDS) if channels else []

    # --- what is shown ---

    def _greet(self, client: Client, *, back: bool) -> None:
        self._notice.hide()
        self._entry.disabled = False
        if self.is_current:
            self._entry.focus()
        self._entry.placeholder = clean(client.schema.controls.get("text") or "say something")
        if back:
            self._note("You are back.")  # what was said meanwhile comes by itself
        else:
            for parts in words.welcome(client.welcome, self._address):
                self._note("".join(text for text, _ in parts if text != "■ "))
        self._show_all()

    def _note(self, text: str, kind: Kind = Kind.NOTE) -> None:
        self._log.say(Line(kind, text, time.time()))

    def _place(self, client: Client) -> Place | None:
        return place_of(client.schema, client.tables, client.player)

    def _show_all(self) -> None:
        client = self._client
        if client is None:
            return
        place = self._place(client)
        silence = client.silence(time.perf_counter())
        silent = silence >= sentences.SILENT and not self._lost
        ping = "lost" if self._lost else sentences.answer_time(client.ping, silence)
        facts = [*(["watching"] if client.watching else []), f"room {clean(client.room)}", self._address]
        self._header.show(clean(client.welcome.game), facts, f"{time.strftime('%H:%M')}   {ping}", alarm=silent)
        people = {n: p for n, p in client.players.items() if place is None or n in place.players}
        if self._people.display:
            self._people.show(standings(self._looks, client.tables, people, client.player))
        self._show_captions(captions(self._looks, client.tables))
        self._channel.display = place is not None
        if place is not None:
            text = Text(" ").append(place.name, ink(BRIGHT, bold=True))
            text.append(f"   {len(people)} here   ", ink(DIM))
            room = self.size.width - cell_len(text.plain) - 1
            self._channel.put(text.append(fit(place.topic, min(room, cell_len(place.topic))), ink(PLAIN)))
        self._show_prompt(self._listener.name or "watching", color_of(client.player) if client.player else DIM)
        self._show_status()

    def _show_captions(self, told: Sequence[str]) -> None:
        """The first is bright; the log gets the rows that they leave."""
        width, most = max(1, self.size.width - 2), max(1, round(self.size.height * _MOST_CAPTIONS))
        styles = [ink(BRIGHT, bold=True)] + [ink(PLAIN)] * len(told)
        texts = [Text(text, style) for text, style in zip(told, styles, strict=False)]
        rows = [row for text in texts for row in text.wrap(self.app.console, width)][:most]
        self._captions.display = bool(rows)
        if rows:
            self._captions.styles.height = len(rows)
            self._captions.put(Text("\n").join(Text(" ").append_text(row) for row in rows))

    def _show_prompt(self, name: str, color: int) -> None:
        if (name, color) != self._prompted:
            self._prompted = (name, color)
            prompt = Text(" ").append(fit(name, min(cell_len(name), _NAME)), ink(color))
            self._prompt.update(prompt.append(" › ", ink(ACCENT)))

    def _show_status(self) -> None:
        trouble = ""
        if self._lost:
            wait = "" if self._next_try is None else f" Trying again in {max(0, self._next_try - self._now()):.0f} s."
            trouble = self._lost + wait
        self._status.show(self._log.unread, below=not self._log.at_end, trouble=trouble, bell=self._bell)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
