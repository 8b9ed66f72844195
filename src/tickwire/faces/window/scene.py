"""A game on the screen: the board, and around it the header, the scoreboard and the chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tickwire.client.sync import Client
from tickwire.faces import sentences
from tickwire.faces.arrival import Arrival
from tickwire.faces.clean import clean
from tickwire.faces.keys import typed_hint
from tickwire.faces.looks import KnownLook, captions, known_looks
from tickwire.faces.standings import Standing, standings
from tickwire.faces.window.board import Board
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import GROUND, WARM
from tickwire.faces.window.conversation import people_here
from tickwire.faces.window.dialog import title_of
from tickwire.faces.window.keys import own_keys
from tickwire.faces.window.layout import Box, arrange
from tickwire.faces.window.panels import TITLE_SIZE, Header, Scoreboard, Talk
from tickwire.wire.messages import Event

_NEWS_TIME = 4.0  # seconds that an event stays in the header
_FLASH_TIME = 2.5  # seconds that it is said over the board what happened to oneself


class Scene:
    """One window's.

    Attributes:
        standings: who has how many points.
        board_at: where the board was painted, if it was.
        arrival: which events are news.
    """

    def __init__(self) -> None:
        self.standings: list[Standing] = []
        self.board_at: Box | None = None
        self._header, self._scoreboard = Header(), Scoreboard()
        self._looks: list[KnownLook] = []
        self._news, self._news_until = "", 0.0
        self._flash, self._flash_until = "", 0.0
        self.arrival = Arrival()

    def begin(self, client: Client) -> None:
        """Show this client's game from now on."""
        self.arrival.seated(client.player)
        self._looks = known_looks(client.schema.tables)
        self.follow(client)

    def follow(self, client: Client) -> None:
        """The tables, or the players, have changed."""
        self.standings = standings(self._looks, client.tables, people_here(client), client.player)

    def tell(self, text: str, until: float) -> None:
        """Show news in the header, until a time in seconds."""
        self._news, self._news_until = text, until

    def tell_event(self, event: Event, client: Client, now: float) -> None:
        """Say in the header what happened in the game, and over the board what happened to this player."""
        if not self.arrival.is_news(event):
            return
        words = sentences.news(event, client.players, client.player)
        self.tell(words, now + _NEWS_TIME)
        if sentences.is_about(event, client.player):
            self._flash, self._flash_until = words, now + _FLASH_TIME

    def on_room_chip(self, x: float, y: float) -> bool:
        """Whether the room's code stands at a pixel."""
        chip = self._header.room_chip
        return chip is not None and chip.holds(x, y)

    def paint(
        self, brush: Brush, client: Client, board: Board, talk: Talk, controls: Mapping[str, Any], *, lost: bool
    ) -> None:
        """Paint it."""
        shape = board.size if board.has_picture else None
        told = captions(self._looks, client.tables)
        lines = self._scoreboard.rows(len(client.players), told)
        layout = arrange(brush.onto.get_size(), brush.px, shape, lines, cells=board.of_cells)
        if brush.now > self._news_until:
            self._news = ""
        playing = f"{len(client.players)} playing" if len(client.players) != 1 else "only you"
        keys = ["Esc leave"] if talk.always_open else [playing, "Esc leave", "? help"]
        facts = [*filter(None, [self._news]), *keys]
        if client.watching:
            facts.insert(0, "watching")
        title, room = title_of(client.welcome.game), clean(client.room)
        silence = client.silence(brush.now)
        self._header.paint(brush, layout.header, title, room, facts, client.ping, silence, lost)
        self.board_at = layout.board
        if layout.board is not None:
            board.paint(brush, layout.board, client.players)
            if brush.now < self._flash_until:
                _paint_flash(brush, layout.board, self._flash)
        self._scoreboard.paint(brush, layout.scores, layout.row, self.standings, told)
        hint = typed_hint(controls) or f"{own_keys(controls)[0][0]} to chat"
        talk.paint(brush, layout.chat, hint)


def _paint_flash(brush: Brush, board: Box, words: str) -> None:
    """A few words over the upper part of the board."""
    size = round(TITLE_SIZE * brush.px)
    text = brush.fonts.fit(words, size, board.width - round(40 * brush.px), bold=True)
    wide, high = brush.fonts.width(text, size, bold=True) + round(32 * brush.px), round(34 * brush.px)
    x, y = board.x + board.width // 2, board.y + board.height // 6
    brush.shapes.rounded(brush.onto, Box(x - wide // 2, y - high // 2, wide, high), high / 2, WARM)
    inner = Box(x - wide // 2, y - high // 2, wide, high).inset(max(1, round(brush.px)))
    brush.shapes.rounded(brush.onto, inner, inner.height / 2, GROUND)
    brush.middle(text, x, y, size, WARM, bold=True)
