"""The game: board, scoreboard, chat, and the keys. It shows the client's mirror and sends what is pressed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from tickwire.client.client import Client, ClientEvent
from tickwire.client.stage import Stage
from tickwire.errors import ConnectionLost, TickwireError
from tickwire.faces import sentences
from tickwire.faces.arrival import Arrival
from tickwire.faces.clean import clean
from tickwire.faces.keys import click_input, face_keys, held_field, key_table, pressed, steers_by_cursor, typed_hint
from tickwire.faces.looks import KnownLook, captions, known_looks
from tickwire.faces.repeats import Repeats
from tickwire.faces.staging import set_stage
from tickwire.faces.standings import at_a_glance, standings
from tickwire.faces.terminal import words
from tickwire.faces.terminal.board import Board
from tickwire.faces.terminal.chat_line import ChatLine
from tickwire.faces.terminal.colors import DIM
from tickwire.faces.terminal.field import can_be_typed
from tickwire.faces.terminal.flash import Flash
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.faces.terminal.net_graph import NetGraph
from tickwire.faces.terminal.notice import LOST_KEYS, Notice
from tickwire.faces.terminal.panels import Footer, Header, Log, Scoreboard
from tickwire.faces.terminal.theme import ink
from tickwire.game.spec import GameSpec
from tickwire.wire.messages import Away, Event, Joined, PackedState, State

MOST_REPAINTS = 30.0  # a second; what comes faster is shown with the next one
_HANDS = 60.0  # looks a second at the keys that are held
_CLOCK = 0.5  # seconds between looks at ping and news, for games in which nothing happens
_NEWS_TIME = 4.0  # seconds that an event stays in the footer
_NARROW = 64  # columns; below, the board gets them all
_SIDE = (16, 28)  # columns that the scoreboard has, at least and at most
_LOG = (1, 6)  # rows that the chat has, at least and at most
_NARROW_LOG = 3  # rows of it where lines are short, and the screen has as many to spare


class GameScreen(Screen[None], inherit_bindings=False):
    """One game, on however many connections it takes.

    Args:
        address: where the server is, for the header.
        rules: the game as the player has it, to play their own moves ahead.
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

    class Paused(Message):
        """The player wants to choose what next."""

    def __init__(self, address: str, rules: GameSpec | None = None) -> None:
        super().__init__()
        self._rules = rules
        self._stage: Stage | None = None
        self._note = ""  # about the stage
        self._repeats = Repeats()
        self._net_graph = NetGraph()
        self._header, self._footer = Header(id="header"), Footer(id="footer")
        self._arrival, self._flash = Arrival(), Flash()
        self._board, self._scoreboard = Board(), Scoreboard(id="scoreboard")
        self._log, self._chat, self._notice = Log(id="log"), ChatLine(), Notice()
        self._address = clean(address)
        self._client: Client | None = None
        self._looks: list[KnownLook] = []
        self._captions: list[str] = []
        self._glance = ""  # at clocks or points, where the scoreboard has no room
        self._glance_of = 0  # whose colour stands before it
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
        yield self._net_graph
        yield self._flash
        yield self._notice

    def on_mount(self) -> None:
        """Begin to paint."""
        self.run_worker(self._paint_states())
        self.set_interval(_CLOCK, self._look_at_clock)
        self.set_interval(1 / _HANDS, self._advance)
        if self._client is not None:
            self._show_client(self._client, back=False)

    def on_resize(self, event: events.Resize) -> None:
        """Share the room out anew: the board first."""
        width, height = event.size
        side, log = self._scoreboard, self._log
        side.display = width >= _NARROW
        side.styles.width = min(max(width // 4, _SIDE[0]), _SIDE[1])
        log.styles.height = min(max((height - 20) // 2, self._least_log(height)), _LOG[1])
        self.call_after_refresh(self._show_all)

    def _least_log(self, height: int) -> int:
        """Rows of the chat at least: more where lines are short, unless the squares of the board would be lower."""
        tall = max(1, int(self._client.schema.board[1])) if self._client is not None else 1
        lower = (height - 2 - _NARROW_LOG) // tall < (height - 2 - _LOG[0]) // tall
        return _LOG[0] if self._scoreboard.display or height < 20 or (lower and tall < height) else _NARROW_LOG

    # --- what the seat tells ---

    def joined(self, client: Client) -> None:
        """The seat is ours, for the first time or again."""
        before, self._client = self._client, client
        staging = set_stage(client, self._rules, time.perf_counter())
        self._stage, self._note = staging.stage, staging.note
        self._here_before = {p.player for p in client.welcome.players}
        self._arrival.seated(client.player)
        self._lost = ""
        if self.is_mounted:
            back = before is not None and (before.room, before.player) == (client.room, client.player)
            self._show_client(client, back=back)

    def came(self, event: ClientEvent) -> None:
        """Something came."""
        self._arrival.came(event)
        match event:
            case State() | PackedState():
                self._arrival.arrived()
                self._state_came.set()
            case Event():
                if self._stage is None or not self._stage.delayed:  # else it waits until the screen is where it belongs
                    self._tell(event)
            case Away():
                self._state_came.set()  # the list of players is painted with the states
            case Joined(player) if player in self._here_before:
                self._here_before.discard(player)
            case _:
                if (told := words.told(event)) is not None:
                    self._log.say(*told)

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost; the next try is in `delay` seconds, or when the player asks."""
        if not self._lost or delay is None:  # in between, why it was lost says more than why a try failed
            self._lost = sentences.lost(reason)
        self._next_try = None if delay is None else self._now() + delay
        self._close_chat()
        self._board.fade()
        self._show_footer()
        self._show_notice()

    # --- what the player does ---

    def on_key(self, event: events.Key) -> None:
        """The game's own keys come first, so that it can use any; Ctrl+Q always quits."""
        if self._chat.is_open:
            self._chat.catch(event)
            return
        event.stop()
        if self._point(event.key):
            return
        if event.key == "escape":
            self.post_message(self.Paused())
        elif self._lost:
            if event.key in ("r", "q"):
                self.post_message(self.Asked(retry=event.key == "r"))
        elif not self._steer(event):
            match event.key:
                case "q":
                    self.post_message(self.Asked())
                case "question_mark" | "f1":
                    self.app.push_screen(HelpScreen(self._help()))
                case "f3":
                    self._net_graph.display = not self._net_graph.display
                    self._show_header()
                case "enter" | "slash":
                    self._open_chat()
                case _ if can_be_typed(event) and typed_hint(self._controls()):
                    self._open_chat(event.character or "")

    def on_chat_line_said(self, message: ChatLine.Said) -> None:
        """Tell the room."""
        if self._client is not None:
            with contextlib.suppress(ConnectionLost):  # the notice says it
                self._client.chat(message.text)

    def on_chat_line_closed(self) -> None:
        """The keys are back in their place."""
        self._footer.display = True

    def _steer(self, event: events.Key) -> bool:
        if self._hold(event):
            return True
        input = pressed(event.key, event.character, self._controls())
        if input is None or self._client is None:
            return False
        with contextlib.suppress(TickwireError):  # lost in this moment: the notice says it
            self._client.send(input)
        return True

    def _hold(self, event: events.Key) -> bool:
        field = held_field(event.key, event.character, self._controls())
        if field is None or self._stage is None:
            return False
        for ended in self._repeats.came(event.key, field, time.perf_counter()):
            self._stage.release(ended)
        self._stage.press(field)
        self._advance()
        return True

    def _advance(self) -> None:
        """Send what is held."""
        client, stage, now = self._client, self._stage, time.perf_counter()
        if client is None or stage is None or self._lost:
            return
        for gone in self._repeats.let_go(now):
            stage.release(gone)
        with contextlib.suppress(TickwireError):  # lost in this moment: the notice says it
            for outgoing in stage.advance(now):
                client.send(outgoing.input, outgoing.tick, outgoing.seen)

    def on_board_clicked(self, message: Board.Clicked) -> None:
        """A click on the board, or the cursor's: the game may want to know."""
        client = self._client
        if client is None or self._lost:
            return
        self._close_chat()
        if (input := click_input(self._controls(), client.schema.inputs, message.x, message.y)) is not None:
            with contextlib.suppress(TickwireError):
                client.send(input)

    def _point(self, key: str) -> bool:
        """Move the cursor, or click where it is; False if the key is for others."""
        cursor = self._board.cursor
        if cursor is None or self._lost or not steers_by_cursor(self._controls()):
            return False
        if key in ("enter", "space") and cursor.at is not None:
            self.on_board_clicked(Board.Clicked(*cursor.at))
            return True
        if not cursor.press(key, turned=self._board.turned):
            return False
        self._board.repaint()
        return True

    def _open_chat(self, text: str = "") -> None:
        self._footer.display = False
        self._chat.open(text, typed_hint(self._controls()))

    def _close_chat(self) -> None:
        if self._chat.is_open:
            self._chat.close()

    def _controls(self) -> dict[str, Any]:
        """The game's; none for a watcher."""
        return self._client.schema.controls if self._client is not None and not self._client.watching else {}

    # --- what is shown ---

    async def _paint_states(self) -> None:
        """Each new state at once, but no more than `MOST_REPAINTS` a second; as many where there is more between."""
        while True:
            if self._stage is None or not self._stage.delayed or self._lost:
                await self._state_came.wait()
            if self._state_came.is_set():
                self._state_came.clear()
                self._show_state()
            elif self._stage is not None:
                self._board.repaint(self._stage.tables(time.perf_counter()))
            self._show_events()
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
            if self._note:
                self._log.say((self._note, ink(DIM)))
        self._show_all()

    def _show_all(self) -> None:
        self._show_state()
        self._show_footer()

    def _show_state(self) -> None:
        client = self._client
        if client is None or not self.is_mounted:
            return
        self._board.repaint(self._stage.tables(time.perf_counter()) if self._stage is not None else None)
        self._captions = captions(self._looks, client.tables)
        lines = standings(self._looks, client.tables, client.players, client.player)
        self._scoreboard.show(lines, self._captions)
        self._glance = at_a_glance(lines) if not self._scoreboard.display else ""
        self._glance_of = client.player if self._glance and all(s.side is None for s in lines) else 0
        if self._captions and not self._scoreboard.display:
            self._show_footer()
        self._show_header()

    def _show_events(self) -> None:
        for event in self._stage.take_events(time.perf_counter()) if self._stage is not None else ():
            if self._stage is not None and self._stage.delayed:
                self._tell(event)

    def _tell(self, event: Event) -> None:
        client = self._client
        if client is None or not self._arrival.is_news(event):
            return
        self._news = sentences.news(event, client.players, client.player)
        self._news_until = self._now() + _NEWS_TIME
        self._show_footer()
        if sentences.is_about(event, client.player):
            self._flash.show(self._news, self._now())

    def _show_header(self) -> None:
        if (client := self._client) is None:
            return
        now = time.perf_counter()
        silence = client.silence(now)
        silent = silence >= sentences.SILENT and not self._lost
        if self._net_graph.display and self._stage is not None:
            received, sent = client.traffic
            self._net_graph.show(self._stage.figures(now, received, sent, None if silent else client.ping))
        answer = sentences.answer_time(client.ping, silence)
        ping = "ping lost" if self._lost else answer if silent else f"ping {answer}"
        facts = [*filter(None, [self._glance]), f"room {clean(client.room)}", self._address]
        if client.watching:
            facts.insert(0, "watching")
        wide = self._scoreboard.display
        right = f"tick {client.tick}   {ping}" if wide else answer if silent or not self._lost else "lost"
        self._header.show(clean(client.welcome.game), facts, right, alarm=silent, own=self._glance_of)

    def _show_footer(self) -> None:
        keys = LOST_KEYS if self._lost else face_keys(self._controls())
        told = self._captions[0] if self._captions and not self._scoreboard.display else ""
        self._footer.show(keys, self._news or told)

    def _show_notice(self) -> None:
        if self._next_try is None:
            then = "Press r to join again."
        else:
            then = f"Trying again in {max(0, self._next_try - self._now()):.0f} s."
        self._notice.show(self._lost, then)
        self._show_header()

    def _look_at_clock(self) -> None:
        self._flash.look_at_clock(self._now())
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
        # By key, so that none is listed twice.
        keys = dict(face_keys(self._controls())) | {
            "Esc": "leave; from the chat: back to the game",
            "F3": "how the connection is",
            "Ctrl+Q": "quit, whatever is open",
        }
        return [*([(game, own)] if own else []), ("in every game", list(keys.items()))]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
