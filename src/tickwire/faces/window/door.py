"""From the lobby into a game and back: the seat, the page before it, and the menu within it."""

from __future__ import annotations

import contextlib

import pygame

from tickwire.errors import ConnectionLost
from tickwire.faces.seat import BACKOFF, Wish
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.layout import Box
from tickwire.faces.window.lobby import LobbyPage
from tickwire.faces.window.menu import Menu, Way
from tickwire.faces.window.seat import Phase, Seat


class Door:
    """Where the player is: in the lobby, or in a game, with or without its menu open.

    Args:
        wish: what to join; the player is asked for what it does not say.
        backoff: seconds before each try to come back after a lost connection.

    Attributes:
        seat: the one that is held or asked for.
        page: the lobby.
        in_lobby: whether it is to be seen.
        menu: of the game, while it is open.
        tried: whether a seat was ever asked for, and `played` whether one was ever given.
        quit: whether the player has had enough.
    """

    def __init__(self, wish: Wish, backoff: tuple[float, ...] = BACKOFF) -> None:
        self.seat = Seat(wish, backoff)
        self.page = LobbyPage(wish)
        self.in_lobby = True
        self.menu: Menu | None = None
        self.tried = self.played = self.quit = False
        self._backoff = backoff

    @property
    def takes_keys(self) -> bool:
        """Whether keys and clicks are not the game's."""
        return self.in_lobby or self.menu is not None

    def poll(self, now: float) -> bool:
        """Once a frame; returns whether the tables of a game may have changed. Now is in seconds."""
        if self.in_lobby:
            self.page.look_around(now)
            if (wish := self.page.take_wish()) is not None:
                self._enter(wish)
        elif self.menu is not None:
            self.menu.look_around(now)
        changed = self.seat.poll(now)
        match self.seat.phase:
            case Phase.PLAYING if self.in_lobby:
                self.in_lobby, self.played = False, True
            case Phase.LOST:
                self.menu = None
            case Phase.LEFT:
                self._to_lobby()
            case Phase.OUT if self.seat.reason is not None:
                self._to_lobby(self.seat.reason)
        return changed and not self.in_lobby

    def pause(self) -> None:
        """Ask what next; where the connection is lost there is nothing to go back to."""
        if self.seat.phase == Phase.PLAYING and self.seat.client is not None:
            self.menu = Menu(self.seat.client, self.seat.wish.address)
        else:
            self._to_lobby()

    def press(self, key: str) -> None:
        """A key, while they are not the game's."""
        if self.menu is not None:
            self._go(self.menu.press(key))
        elif self.page.press(key):
            self._leave()

    def click(self, x: float, y: float) -> None:
        """A click at a pixel, while they are not the game's."""
        if self.menu is not None:
            self._go(self.menu.click(x, y))
        else:
            self.page.click(x, y)

    def paint(self, brush: Brush) -> Box | None:
        """Paint what is to be seen; returns where the line is that takes what is typed."""
        if self.in_lobby:
            return self.page.paint(brush)
        if self.menu is not None:
            self.menu.dialog().paint(brush)
        return None

    def _enter(self, wish: Wish) -> None:
        """Ask for a seat; the lobby stays until it is given."""
        self.seat.close()
        self.seat, self.tried = Seat(wish, self._backoff), True
        self.seat.join()

    def _leave(self) -> None:
        """Give the seat up, so that it is free for others at once, or the try to get one."""
        self.seat.close()
        self.seat = Seat(self.seat.wish, self._backoff)

    def _to_lobby(self, why: Exception | None = None) -> None:
        self._leave()
        self.menu = None
        if not self.in_lobby:
            self.in_lobby = True
            self.page.welcome_back()
        if why is not None:
            self.page.refused(why, unreachable=not (isinstance(why, ConnectionLost) and why.code))

    def _go(self, way: Way | None) -> None:
        if way is Way.COPY and self.menu is not None:
            with contextlib.suppress(pygame.error):  # no clipboard here
                pygame.scrap.put_text(self.menu.link)
                self.menu.copied = True
        elif way is not None:
            self.menu = None
            if way is Way.LOBBY:
                self._to_lobby()
            self.quit = way is Way.QUIT
