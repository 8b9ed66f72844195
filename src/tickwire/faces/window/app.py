"""The window: one frame after the other, each hands on what was pressed, takes in what came, and paints what is."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

import pygame

from tickwire.client.sync import Client
from tickwire.errors import TickwireError
from tickwire.faces.clean import clean
from tickwire.faces.keys import typed_hint
from tickwire.faces.seat import BACKOFF, Wish
from tickwire.faces.window import words
from tickwire.faces.window.board import Board
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import DIM, GROUND
from tickwire.faces.window.conversation import talk_for
from tickwire.faces.window.dialog import dialog_for
from tickwire.faces.window.door import Door
from tickwire.faces.window.entry import Entry
from tickwire.faces.window.fonts import Fonts
from tickwire.faces.window.keys import click_input, input_of, key_name, needs_text
from tickwire.faces.window.layout import Box
from tickwire.faces.window.panels import Talk
from tickwire.faces.window.playing import Play
from tickwire.faces.window.scene import Scene
from tickwire.faces.window.seat import Phase, Seat
from tickwire.faces.window.shapes import Shapes, rgb
from tickwire.game.spec import GameSpec
from tickwire.ids import CHAT_CHARACTERS
from tickwire.wire.messages import Away, Event, Joined

FRAMES = 60  # a second
_HIDDEN_FRAMES = 5  # a second, while nobody can see them
_SMALLEST = (360, 300)  # pixels
_NOTE_TIME = 1.5  # seconds that the header says that the code was copied
_ZOOMS = (0.5, 3.0)
_REPEAT = (400, 35)  # milliseconds before a held key repeats while one types, and between the repeats


class WindowFace:
    """One player at one window.

    Args:
        wish: what to join; the player is asked for what it does not say.
        size: of the window, in points.
        backoff: seconds before each try to come back after a lost connection.
        rules: the game as the player has it, to play their own moves ahead.

    Raises:
        pygame.error: there is no screen.
    """

    def __init__(
        self,
        wish: Wish,
        *,
        size: tuple[int, int] = (960, 640),
        backoff: tuple[float, ...] = BACKOFF,
        rules: GameSpec | None = None,
    ) -> None:
        # Read by SDL when it starts: sizes in points on Windows too, with pixels as fine as the screen's.
        os.environ.setdefault("SDL_WINDOWS_DPI_SCALING", "1")
        pygame.display.init()  # not all of pygame: sound and joysticks are not ours to open
        pygame.font.init()
        self.window = pygame.Window("tickwire", size, resizable=True, allow_high_dpi=True)
        self.window.minimum_size = _SMALLEST
        pygame.key.stop_text_input()
        self.door = Door(wish, backoff)
        self.board: Board | None = None
        self.talk = Talk()
        self.help_open = self.net_graph_open = False
        self.play: Play | None = None
        self._rules = rules
        self.over = False
        self._brush = Brush(self.window.get_surface(), Shapes(), Fonts(), px=1)
        self.scene = Scene()
        self._here_before: set[int] = set()  # whom the welcome named: that they joined is no news
        self._seat_before: tuple[str, int] | None = None  # room and player
        self._shown: Client | None = None  # whose game is on the screen
        self._now = 0.0
        self._zoom = 1.0
        self._hidden = False
        self._swallow = ""  # what the key that opened the chat also typed
        self._start_typing()

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
        return 1 if self.door.tried and not self.door.played else 0

    @property
    def seat(self) -> Seat:
        """The one that is held, or asked for."""
        return self.door.seat

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
                    self.door.page.typed()
                self._swallow = ""
            case pygame.TEXTEDITING:
                if (entry := self._entry) is not None:
                    entry.composing = clean(event.text)
            case pygame.KEYDOWN:
                self._press(event)
            case pygame.KEYUP if self.play is not None:
                self.play.release(event.key)
            case pygame.WINDOWFOCUSLOST if self.play is not None:
                self.play.let_go()
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                self._click(*self._pixel(*event.pos))
            case pygame.MOUSEMOTION if self.door.in_lobby:
                self.door.page.hover(*self._pixel(*event.pos))
            case pygame.MOUSEWHEEL:
                (self.door.page if self.door.in_lobby else self.talk).scroll(event.y)

    def _press(self, event: pygame.Event) -> None:
        key = key_name(event)
        if event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META):
            self._press_with_ctrl(event)
        elif self.door.takes_keys:
            if self._entry is None or not self._entry.composing:  # else the key is the input method's
                self.door.press("backtab" if key == "tab" and event.mod & pygame.KMOD_SHIFT else key)
            self._take_keys()
        elif self._entry is not None:
            self._type(key, self._entry)
        elif self.help_open:
            self.help_open = False
        elif self.board is not None and (pressed := self.board.press(key, self._controls)) is not None:
            self._pick(pressed)
        elif key == "escape":
            self.door.pause()
        elif key == "f3":
            self.net_graph_open = not self.net_graph_open
        elif self.seat.phase == Phase.LOST:
            if key in ("r", "enter"):
                self.seat.join()
        elif (input := input_of(key, self._controls)) is not None:
            self._send(input)
        elif self.play is not None and self.play.press(event.key, key, self._controls):
            pass
        elif key in ("?", "f1"):
            self.help_open = True
        elif key in ("enter", "/") and self.seat.phase == Phase.PLAYING:
            self._open_chat()
            self._swallow = key
        elif key in ("pageup", "pagedown"):
            self.talk.scroll(5 if key == "pageup" else -5)
        elif len(key) == 1 and typed_hint(self._controls):
            self._open_chat(key)

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
                    self.door.page.typed()

    def _type(self, key: str, entry: Entry) -> None:
        if entry.composing:
            return  # the key is the input method's
        if key == "enter":
            self._say(entry.text)
        elif key == "escape":
            self.door.pause() if self.talk.always_open else self._close_chat()
        elif key in ("pageup", "pagedown"):
            self.talk.scroll(5 if key == "pageup" else -5)
        else:
            self.talk.press(key, entry)

    def _click(self, x: float, y: float) -> None:
        if self.door.takes_keys:
            self.door.click(x, y)
            self._take_keys()
        elif self.help_open:
            self.help_open = False
        elif self.seat.phase != Phase.PLAYING or (client := self.seat.client) is None:
            return
        elif self.scene.on_room_chip(x, y):
            with contextlib.suppress(pygame.error):
                pygame.scrap.put_text(client.room)
                self.scene.tell("room code copied", self._now + _NOTE_TIME)
        elif self.talk.box is not None and self.talk.box.holds(x, y):
            self._open_chat()
        elif self.board is not None and self.board.view is not None:
            self._close_chat()
            self._pick(self.board.point(x, y))

    def _pick(self, point: tuple[float, ...] | None) -> None:
        client = self.seat.client
        if client is not None and point and (input := click_input(self._controls, client.schema.inputs, *point)):
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

    def _open_chat(self, text: str = "") -> None:
        if self.talk.entry is None:
            self.talk.entry = Entry(text, CHAT_CHARACTERS)
            self._swallow = text
            self._start_typing()

    def _close_chat(self) -> None:
        if self.talk.entry is not None:
            self.talk.entry = None
            self._stop_typing()

    def _start_typing(self) -> None:
        pygame.key.start_text_input()
        pygame.key.set_repeat(*_REPEAT)

    def _take_keys(self) -> None:
        """Letters are keys of lobby and menu, too, while no line takes them."""
        if self._entry is not None:
            self._start_typing()
        else:
            self._stop_typing()

    def _stop_typing(self) -> None:
        """Without text input no input method stands between a key and the game."""
        pygame.key.set_repeat()
        if not needs_text(self._controls):
            pygame.key.stop_text_input()

    @property
    def _entry(self) -> Entry | None:
        return self.door.page.entry if self.door.in_lobby else None if self.door.takes_keys else self.talk.entry

    @property
    def _controls(self) -> dict[str, Any]:
        """The game's; none for a watcher, or while there is no game."""
        client = self.seat.client
        playing = self.seat.phase == Phase.PLAYING and client is not None and not client.watching
        return client.schema.controls if playing and client is not None else {}

    # --- what came ---

    def _take_in(self, now: float) -> None:
        changed = self.door.poll(now)
        client = self.seat.client
        if self.door.in_lobby and self._shown is not None:
            self._forget_game()
        elif client is not None and client is not self._shown:
            self._joined(client, now)
        if client is not None:
            events = client.events()
            self.scene.arrival.polled(events, client.tick)
            for event in events:
                if not (isinstance(event, Event) and self.play is not None and self.play.delays):
                    self._came(event, client)
            if self.board is not None and self.play is not None:
                self._follow(client, self.board, self.play, now, changed=changed)
        if self.seat.phase == Phase.LOST:
            self._close_chat()
        self.over = self.over or self.door.quit

    def _joined(self, client: Client, now: float) -> None:
        if self._shown is None:
            self._stop_typing()  # of the lobby
        self._shown, self.talk = client, talk_for(client, self.talk)
        self._here_before = {p.player for p in client.welcome.players}
        self.scene.begin(client)
        self.play, self.board = Play(client, self._rules, now), Board(client, self._px, now)
        self.play.begin(self.board)
        self.window.title = f"{clean(client.welcome.game)} · room {clean(client.room)} · tickwire"
        seat = (client.room, client.player)
        if seat == self._seat_before:
            self.talk.say([words.Part("You are back in your seat.", DIM)])
        else:
            for line in words.welcome(client.welcome, self.seat.wish.address):
                self.talk.say(line)
        if self.play.note:
            self.talk.say([words.Part(self.play.note, DIM)])
        self._seat_before = seat
        if needs_text(client.schema.controls):
            pygame.key.start_text_input()

    def _forget_game(self) -> None:
        """Back in the lobby."""
        self._close_chat()
        self._shown = self._seat_before = self.board = self.play = None
        self.talk, self.help_open = Talk(), False
        self.window.title = "tickwire"
        self._take_keys()

    def _came(self, event: object, client: Client) -> None:
        match event:
            case _ if self.talk.hear(event) or isinstance(event, Away):
                self.scene.follow(client)  # of whom it may have told
            case Event():
                self.scene.tell_event(event, client, self._now)
            case Joined(player) if player in self._here_before:
                self._here_before.discard(player)
            case _:
                if (told := words.told(event)) is not None:
                    self.talk.say(told)

    def _follow(self, client: Client, board: Board, play: Play, now: float, *, changed: bool) -> None:
        if self._entry is not None or self.help_open or self.door.takes_keys:
            play.let_go()
        if changed:
            board.sprites.follow(client.tables, now)
            self.scene.follow(client)
            play.count(self.scene.standings, board, now)
        for event in play.frame(board, now):
            self._came(event, client)

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
        if self.door.takes_keys:
            self._place_input_method(self.door.paint(brush))
            return
        dialog = dialog_for(self.seat, self._controls if self.help_open else None, now)
        if dialog is not None:
            dialog.paint(brush)
        elif self.talk.entry is not None:
            self._place_input_method(self.talk.box)

    def _paint_game(self, brush: Brush, client: Client, board: Board) -> None:
        lost = self.seat.phase != Phase.PLAYING
        self.scene.paint(brush, client, board, self.talk, self._controls, lost=lost)
        if self.net_graph_open and self.play is not None and self.scene.board_at is not None:
            self.play.paint(brush, self.scene.board_at)

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        """The mouse counts points, we paint pixels."""
        ratio = self._brush.onto.get_width() / max(1, self.window.size[0])
        return x * ratio, y * ratio

    def _place_input_method(self, box: Box | None) -> None:
        if box is not None:
            ratio = self._brush.onto.get_width() / max(1, self.window.size[0])
            pygame.key.set_text_input_rect(pygame.Rect([round(n / ratio) for n in box]))
