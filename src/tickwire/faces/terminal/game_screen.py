"""The game: board, scoreboard, chat, and the keys. It shows the client's mirror and sends what is pressed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from tickwire.client.client import Client, ClientEvent
from tickwire.errors import ConnectionLost, TickwireError
from tickwire.faces.clean import clean
from tickwire.faces.keys import face_keys, key_table, pressed
from tickwire.faces.looks import KnownLook, known_looks
from tickwire.faces.standings import standings
from tickwire.faces.terminal import words
from tickwire.faces.terminal.board import Board
from tickwire.faces.terminal.chat_line import ChatLine
from tickwire.faces.terminal.colors import DIM
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.faces.terminal.notice import LOST_KEYS, Notice
from tickwire.faces.terminal.panels import Footer, Header, Log, Scoreboard
from tickwire.faces.terminal.theme import ink
from tickwire.wire.messages import Event, Joined, PackedState, State

MOST_REPAINTS = 30.0  # a second; what comes faster is shown with the next one
_CLOCK = 0.5  # seconds between looks at ping and news, for games in which nothing happens
_NEWS_TIME = 4.0  # seconds that an event stays in the footer
_NARROW = 64  # columns; below, the board gets them all
_SIDE = (16, 28)  # columns that the scoreboard has, at least and at most
_LOG = (1, 6)  # rows that the chat has, at least and at most


class GameScreen(Screen[None], inherit_bindings=False):
    """One game, on however many connections it takes.

    Args:
        address: where the server is, for the header.
    """

    DEFAULT_CSS = """
    GameScreen { layers: base notice; align: center middle; }
    GameScreen Header, GameScreen Footer { height: 1; background: $panel; }
    GameScreen #middle { height: 1fr; }
    GameScreen Scoreboard { height: 100%; }
    """

    class Asked(Message):
        """The player wants out, or (`retry`) back in."""

        def __init__(self, *, retry: bool = False) -> None:
            super().__init__()
            self.retry = retry

    def __init__(self, address: str) -> None:
        super().__init__()
        self._header, self._footer = Header(id="header"), Footer(id="footer")
        self._board, self._scoreboard = Board(), Scoreboard(id="scoreboard")
        self._log, self._chat, self._notice = Log(id="log"), ChatLine(), Notice()
        self._address = clean(address)
        self._client: Client | None = None
        self._looks: list[KnownLook] = []
        self._here_before: set[int] = set()  # whom the welcome named: that they joined is no news
        self._state_came = asyncio.Event()
        self._news = ""
        self._news_until = 0.0  # on the loop's clock
        self._lost = ""  # why, while the connection is
        self._next_try: float | None = None  # on the loop's clock; None: when the player asks

    def compose(self) -> ComposeResult:
        """One line of facts, the board beside the scoreboard, what was said, and one line of keys."""
        yield self._header
        with Horizontal(id="middle"):
            yield self._board
            yield self._scoreboard
        yield self._log
        yield self._footer
        yield self._chat
        yield self._notice

    def on_mount(self) -> None:
        """Begin to paint."""
        self.run_worker(self._paint_states())
        self.set_interval(_CLOCK, self._look_at_clock)
        if self._client is not None:
            self._show_client(self._client, back=False)

    def on_resize(self, event: events.Resize) -> None:
        """Share the room out anew: the board first."""
        width, height = event.size
        side, log = self._scoreboard, self._log
        side.display = width >= _NARROW
        side.styles.width = min(max(width // 4, _SIDE[0]), _SIDE[1])
        log.styles.height = min(max((height - 20) // 2, _LOG[0]), _LOG[1])
        self.call_after_refresh(self._show_all)

    # --- what the seat tells ---

    def joined(self, client: Client) -> None:
        """The seat is ours, for the first time or again."""
        before, self._client = self._client, client
        self._here_before = {p.player for p in client.welcome.players}
        self._lost = ""
        if self.is_mounted:
            back = before is not None and (before.room, before.player) == (client.room, client.player)
            self._show_client(client, back=back)

    def came(self, event: ClientEvent) -> None:
        """Something came."""
        match event:
            case State() | PackedState():
                self._state_came.set()
            case Event() if self._client is not None:
                self._news, self._news_until = words.news(event, self._client.players), self._now() + _NEWS_TIME
                self._show_footer()
            case Joined(player) if player in self._here_before:
                self._here_before.discard(player)
            case _:
                if (told := words.told(event)) is not None:
                    self._log.say(*told)

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost; the next try is in `delay` seconds, or when the player asks."""
        if not self._lost or delay is None:  # in between, why it was lost says more than why a try failed
            self._lost = words.lost(reason)
        self._next_try = None if delay is None else self._now() + delay
        self._close_chat()
        self._board.fade()
        self._show_footer()
        self._show_notice()

    # --- what the player does ---

    def on_key(self, event: events.Key) -> None:
        """The game's own keys come first, so that it can use any; Ctrl+Q always quits."""
        if self._chat.is_open:
            return
        event.stop()
        if self._lost:
            if event.key in ("r", "q"):
                self.post_message(self.Asked(retry=event.key == "r"))
        elif not self._steer(event):
            match event.key:
                case "q":
                    self.post_message(self.Asked())
                case "question_mark" | "f1":
                    self.app.push_screen(HelpScreen(self._help()))
                case "enter" | "slash":
                    self._footer.display = False
                    self._chat.open()

    def on_chat_line_said(self, message: ChatLine.Said) -> None:
        """Tell the room."""
        if self._client is not None:
            with contextlib.suppress(ConnectionLost):  # the notice says it
                self._client.chat(message.text)

    def on_chat_line_closed(self) -> None:
        """The keys are back in their place."""
        self._footer.display = True

    def _steer(self, event: events.Key) -> bool:
        input = pressed(event.key, event.character, self._controls())
        if input is None or self._client is None:
            return False
        with contextlib.suppress(TickwireError):  # lost in this moment: the notice says it
            self._client.send(input)
        return True

    def _close_chat(self) -> None:
        if self._chat.is_open:
            self._chat.close()

    def _controls(self) -> dict[str, Any]:
        """The game's; none for a watcher."""
        return self._client.schema.controls if self._client is not None and not self._client.watching else {}

    # --- what is shown ---

    async def _paint_states(self) -> None:
        """Each new state at once, but no more than `MOST_REPAINTS` a second."""
        while True:
            await self._state_came.wait()
            self._state_came.clear()
            self._show_state()
            await asyncio.sleep(1 / MOST_REPAINTS)

    def _show_client(self, client: Client, *, back: bool) -> None:
        self._notice.hide()
        self._board.show(client)
        self._looks = known_looks(client.schema.tables)
        if back:
            self._log.say(("You are back in your seat.", ink(DIM)))
        else:
            for line in words.welcome(client.welcome, self._address):
                self._log.say(*line)
        self._show_all()

    def _show_all(self) -> None:
        self._show_state()
        self._show_footer()

    def _show_state(self) -> None:
        client = self._client
        if client is None or not self.is_mounted:
            return
        self._board.repaint()
        self._scoreboard.show(standings(self._looks, client.tables, client.players, client.player))
        self._show_header()

    def _show_header(self) -> None:
        if (client := self._client) is None:
            return
        ping = "lost" if self._lost else "…" if client.ping is None else f"{client.ping * 1000:.0f} ms"
        facts = [f"room {clean(client.room)}", self._address]
        if client.watching:
            facts.insert(0, "watching")
        self._header.show(clean(client.welcome.game), facts, f"tick {client.tick}   ping {ping}")

    def _show_footer(self) -> None:
        keys = LOST_KEYS if self._lost else face_keys(self._controls())
        self._footer.show(keys, self._news)

    def _show_notice(self) -> None:
        if self._next_try is None:
            then = "Press r to join again."
        else:
            then = f"Trying again in {max(0, self._next_try - self._now()):.0f} s."
        self._notice.show(self._lost, then)
        self._show_header()

    def _look_at_clock(self) -> None:
        if self._news and self._now() > self._news_until:
            self._news = ""
            self._show_footer()
        if self._lost:
            self._show_notice()
        else:
            self._show_header()

    def _help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        own = key_table(self._controls())
        game = clean(self._client.welcome.game) if self._client is not None else ""
        general = [*face_keys(self._controls()), ("Escape", "leave the chat"), ("Ctrl+Q", "quit, whatever is open")]
        return [*([(game, own)] if own else []), ("in every game", general)]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
