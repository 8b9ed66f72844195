"""The window: one frame after the other, each hands on what was pressed, takes in what came, and paints what is."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from typing import Any

import pygame

from tickwire.client.sync import Client
from tickwire.errors import TickwireError
from tickwire.faces.clean import clean, default_name
from tickwire.faces.looks import KnownLook, known_looks
from tickwire.faces.standings import Standing, standings
from tickwire.faces.window import words
from tickwire.faces.window.board import Board
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import DIM, GROUND
from tickwire.faces.window.dialog import dialog_for, title_of
from tickwire.faces.window.entry import Entry
from tickwire.faces.window.fonts import Fonts
from tickwire.faces.window.keys import click_input, input_of, key_name, needs_text, own_keys
from tickwire.faces.window.layout import Box, arrange
from tickwire.faces.window.panels import Header, Scoreboard, Talk
from tickwire.faces.window.seat import BACKOFF, Phase, Seat, Wish
from tickwire.faces.window.shapes import Shapes, rgb
from tickwire.faces.window.words import Part
from tickwire.ids import CHAT_CHARACTERS, NAME_CHARACTERS
from tickwire.wire.messages import Event, Joined

FRAMES = 60  # a second
_HIDDEN_FRAMES = 5  # a second, while nobody can see them
_SMALLEST = (360, 300)  # pixels
_NEWS_TIME = 4.0  # seconds that an event stays in the header
_NOTE_TIME = 1.5  # seconds that the header says that the code was copied
_ZOOMS = (0.5, 3.0)
_REPEAT = (400, 35)  # milliseconds before a held key repeats while one types, and between the repeats


class WindowFace:
    """One player at one window.

    Args:
        wish: what to join; without a name the player is asked.
        size: of the window, in points.
        backoff: seconds before each try to come back after a lost connection.

    Raises:
        pygame.error: there is no screen.
    """

    def __init__(self, wish: Wish, *, size: tuple[int, int] = (960, 640), backoff: tuple[float, ...] = BACKOFF) -> None:
        # Read by SDL when it starts: sizes in points on Windows too, with pixels as fine as the screen's.
        os.environ.setdefault("SDL_WINDOWS_DPI_SCALING", "1")
        pygame.display.init()  # not all of pygame: sound and joysticks are not ours to open
        pygame.font.init()
        self.window = pygame.Window("tickwire", size, resizable=True, allow_high_dpi=True)
        self.window.minimum_size = _SMALLEST
        pygame.key.stop_text_input()
        self.seat = Seat(wish, backoff)
        self.board: Board | None = None
        self.talk = Talk()
        self.help_open = False
        self.form: Entry | None = None  # the name, while the player is asked for it
        self.standings: list[Standing] = []
        self.over = False
        self._brush = Brush(self.window.get_surface(), Shapes(), Fonts(), px=1)
        self._header, self._scoreboard = Header(), Scoreboard()
        self._looks: list[KnownLook] = []
        self._here_before: set[int] = set()  # whom the welcome named: that they joined is no news
        self._seat_before: tuple[str, int] | None = None  # room and player
        self._joins = 0
        self._points: dict[int, Any] = {}
        self._news, self._news_until = "", 0.0
        self._now = 0.0
        self._zoom = 1.0
        self._hidden = False
        self._swallow = ""  # what the key that opened the chat also typed
        if wish.name:
            self.seat.join()
        else:
            self._ask(default_name())

    def run(self) -> int:
        """Play until the window is closed; returns the exit code."""
        clock = pygame.time.Clock()
        try:
            while not self.over:
                self.frame(time.perf_counter())
                clock.tick(_HIDDEN_FRAMES if self._hidden else FRAMES)
        except KeyboardInterrupt:
            pass
        finally:
            self.close()
        return 0 if self._joins else 1

    def close(self) -> None:
        """Give the seat up, so that it is free for others at once, and close the window."""
        self.seat.close()
        self.window.destroy()
        pygame.display.quit()

    def frame(self, now: float) -> None:
        """One frame, at a time in seconds."""
        self._now = now
        for event in pygame.event.get():
            self._on(event)
        self._swallow = ""
        if not self.over:
            self._take_in(now)
            self._paint(now)
            self.window.flip()

    # --- what the player does ---

    def _on(self, event: pygame.Event) -> None:
        match event.type:
            case pygame.QUIT | pygame.WINDOWCLOSE:
                self.over = True
            case pygame.WINDOWMINIMIZED | pygame.WINDOWHIDDEN:
                self._hidden = True
            case pygame.WINDOWRESTORED | pygame.WINDOWSHOWN:
                self._hidden = False
            case pygame.TEXTINPUT:
                if (entry := self._entry) is not None and event.text != self._swallow:
                    entry.insert(event.text)
                self._swallow = ""
            case pygame.TEXTEDITING:
                if (entry := self._entry) is not None:
                    entry.composing = clean(event.text)
            case pygame.KEYDOWN:
                self._press(event)
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                self._click(*event.pos)
            case pygame.MOUSEWHEEL:
                self.talk.scroll(event.y)

    def _press(self, event: pygame.Event) -> None:
        key = key_name(event)
        if event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META):
            self._press_with_ctrl(event)
        elif self._entry is not None:
            self._type(key, self._entry)
        elif self.help_open:
            self.help_open = False
        elif self.seat.phase == Phase.LOST:
            if key in ("r", "enter"):
                self.seat.join()
        elif (input := input_of(key, self._controls)) is not None:
            self._send(input)
        elif key in ("?", "f1"):
            self.help_open = True
        elif key in ("enter", "/") and self.seat.phase == Phase.PLAYING:
            self._open_chat()
            self._swallow = key
        elif key in ("pageup", "pagedown"):
            self.talk.scroll(5 if key == "pageup" else -5)

    def _press_with_ctrl(self, event: pygame.Event) -> None:
        match event.key:
            case pygame.K_q | pygame.K_w:
                self.over = True
            case pygame.K_PLUS | pygame.K_EQUALS | pygame.K_KP_PLUS:
                self._zoom = min(_ZOOMS[1], self._zoom * 1.1)
            case pygame.K_MINUS | pygame.K_KP_MINUS:
                self._zoom = max(_ZOOMS[0], self._zoom / 1.1)
            case pygame.K_0:
                self._zoom = 1.0
            case pygame.K_v if self._entry is not None:
                with contextlib.suppress(pygame.error):  # no clipboard here
                    self._entry.insert(pygame.scrap.get_text())

    def _type(self, key: str, entry: Entry) -> None:
        if entry.composing:
            return  # the key is the input method's
        if key == "enter":
            if entry is self.form:
                self._answer(entry.text)
            else:
                self._say(entry.text)
        elif key == "escape":
            if entry is self.form:
                self.over = True
            else:
                self._close_chat()
        elif key in ("pageup", "pagedown"):
            self.talk.scroll(5 if key == "pageup" else -5)
        else:
            entry.press(key)

    def _click(self, x: float, y: float) -> None:
        ratio = self._brush.onto.get_width() / max(1, self.window.size[0])  # the mouse counts points, we paint pixels
        x, y = x * ratio, y * ratio
        if self.help_open:
            self.help_open = False
        elif self.seat.phase != Phase.PLAYING or (client := self.seat.client) is None:
            return
        elif self._header.room_chip is not None and self._header.room_chip.holds(x, y):
            with contextlib.suppress(pygame.error):
                pygame.scrap.put_text(client.room)
                self._tell("room code copied", _NOTE_TIME)
        elif self.talk.box is not None and self.talk.box.holds(x, y):
            self._open_chat()
        elif self.board is not None and self.board.view is not None:
            self._close_chat()
            point = self.board.view.point(x, y)
            if point is not None and (input := click_input(self._controls, client.schema.inputs, *point)) is not None:
                self._send(input)

    def _send(self, input: dict[str, Any]) -> None:
        if self.seat.client is not None:
            with contextlib.suppress(TickwireError):  # lost in this moment: the notice says it
                self.seat.client.send(input)

    def _say(self, text: str) -> None:
        self._close_chat()
        if self.seat.client is not None and text.strip():
            with contextlib.suppress(TickwireError):
                self.seat.client.chat(text)

    def _ask(self, name: str) -> None:
        self.form = Entry(name, NAME_CHARACTERS)
        self._start_typing()

    def _answer(self, name: str) -> None:
        if name.strip():
            self.form = None
            self._stop_typing()
            self.seat.join(replace(self.seat.wish, name=name.strip()))

    def _open_chat(self) -> None:
        if self.talk.entry is None:
            self.talk.entry = Entry("", CHAT_CHARACTERS)
            self._start_typing()

    def _close_chat(self) -> None:
        if self.talk.entry is not None:
            self.talk.entry = None
            self._stop_typing()

    def _start_typing(self) -> None:
        pygame.key.start_text_input()
        pygame.key.set_repeat(*_REPEAT)

    def _stop_typing(self) -> None:
        """Without text input no input method stands between a key and the game."""
        pygame.key.set_repeat()
        if not needs_text(self._controls):
            pygame.key.stop_text_input()

    @property
    def _entry(self) -> Entry | None:
        return self.form or self.talk.entry

    @property
    def _controls(self) -> dict[str, Any]:
        """The game's; none for a watcher, or while there is no game."""
        client = self.seat.client
        playing = self.seat.phase == Phase.PLAYING and client is not None and not client.watching
        return client.schema.controls if playing and client is not None else {}

    # --- what came ---

    def _take_in(self, now: float) -> None:
        changed = self.seat.poll(now)
        client = self.seat.client
        if self.seat.joins != self._joins and client is not None:
            self._joined(client, now)
        if client is not None:
            for event in client.events():
                self._came(event, client)
            if changed and self.board is not None:
                self._follow(client, self.board, now)
        match self.seat.phase:
            case Phase.LEFT:
                self.over = True
            case Phase.LOST:
                self._close_chat()
            case Phase.OUT if self.form is None:
                self._ask(self.seat.wish.name)

    def _joined(self, client: Client, now: float) -> None:
        self._joins = self.seat.joins
        self._here_before = {p.player for p in client.welcome.players}
        self._looks = known_looks(client.schema.tables)
        self._points = {}
        self.board = Board(client, self._px, now)
        self.window.title = f"{clean(client.welcome.game)} · room {clean(client.room)} · tickwire"
        seat = (client.room, client.player)
        if seat == self._seat_before:
            self.talk.say([Part("You are back in your seat.", DIM)])
        else:
            for line in words.welcome(client.welcome, self.seat.wish.address):
                self.talk.say(line)
        self._seat_before = seat
        if needs_text(client.schema.controls):
            pygame.key.start_text_input()

    def _came(self, event: object, client: Client) -> None:
        match event:
            case Event():
                self._tell(words.news(event, client.players), _NEWS_TIME)
            case Joined(player) if player in self._here_before:
                self._here_before.discard(player)
            case _:
                if (told := words.told(event)) is not None:
                    self.talk.say(told)

    def _follow(self, client: Client, board: Board, now: float) -> None:
        board.sprites.follow(client.tables, now)
        self.standings = standings(self._looks, client.tables, client.players, client.player)
        for line in self.standings:
            before, points = self._points.get(line.player), line.points
            if line.own and isinstance(before, int) and isinstance(points, int) and points > before:
                board.rise(f"+{points - before}", line.player, now)
            self._points[line.player] = points

    def _tell(self, text: str, seconds: float) -> None:
        self._news, self._news_until = text, self._now + seconds

    # --- what is shown ---

    @property
    def _px(self) -> float:
        """Pixels of the window for each pixel of an ordinary screen."""
        return self.window.get_surface().width / max(1, self.window.size[0]) * self._zoom

    def _paint(self, now: float) -> None:
        brush = self._brush
        brush.onto, brush.now, brush.px = self.window.get_surface(), now, self._px
        brush.onto.fill(rgb(GROUND))
        if (client := self.seat.client) is not None and self.board is not None:
            self._paint_game(brush, client, self.board)
        dialog = dialog_for(self.seat, self.form, self._controls if self.help_open else None, now)
        if dialog is not None:
            self._place_input_method(dialog.paint(brush))
        elif self.talk.entry is not None:
            self._place_input_method(self.talk.box)

    def _paint_game(self, brush: Brush, client: Client, board: Board) -> None:
        self.standings = self.standings or standings(self._looks, client.tables, client.players, client.player)
        shape = board.size if board.has_picture else None
        layout = arrange(brush.onto.get_size(), brush.px, shape, len(client.players), cells=board.of_cells)
        if self._now > self._news_until:
            self._news = ""
        people = len(client.players)
        facts = [self._news] if self._news else [f"{people} playing" if people != 1 else "only you", "? help"]
        if client.watching:
            facts.insert(0, "watching")
        room, lost = clean(client.room), self.seat.phase != Phase.PLAYING
        self._header.paint(brush, layout.header, title_of(client.welcome.game), room, facts, client.ping, lost)
        if layout.board is not None:
            board.paint(brush, layout.board, client.players)
        self._scoreboard.paint(brush, layout.scores, layout.row, self.standings)
        self.talk.paint(brush, layout.chat, f"{own_keys(self._controls)[0][0]} to chat")

    def _place_input_method(self, box: Box | None) -> None:
        if box is not None:
            ratio = self._brush.onto.get_width() / max(1, self.window.size[0])
            pygame.key.set_text_input_rect(pygame.Rect([round(n / ratio) for n in box]))
