"""The box that Escape opens in a game: who is here, how a friend comes along, and the ways out."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tickwire.client.address import parse_link
from tickwire.client.client import Client
from tickwire.client.rooms import fetch_rooms
from tickwire.errors import ConnectionLost
from tickwire.faces.clean import clean
from tickwire.faces.lobby import REFRESH
from tickwire.faces.palette import color_of
from tickwire.faces.terminal.colors import ACCENT, BRIGHT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink

_MOST_NAMES = 12


class Way(StrEnum):
    """What can be chosen."""

    BACK = "back"
    LOBBY = "lobby"
    QUIT = "quit"


_WAYS = ((Way.LOBBY, "l", "another game or room"), (Way.BACK, "Esc", "back to the game"), (Way.QUIT, "q", "quit"))
_KEYS = {"l": Way.LOBBY, "escape": Way.BACK, "q": Way.QUIT}


class _Line(Static):
    """A way out; a click takes it."""

    def __init__(self, way: Way) -> None:
        super().__init__(markup=False)
        self._way = way

    def on_click(self) -> None:
        screen = self.screen
        assert isinstance(screen, MenuScreen)
        screen.dismiss(self._way)


class MenuScreen(ModalScreen[Way], inherit_bindings=False):
    """Closes with the way that was chosen.

    Args:
        client: of the game.
        address: of its server.
    """

    DEFAULT_CSS = """
    MenuScreen { align: center middle; background: $background 60%; }
    MenuScreen #box {
        width: 60; max-width: 100%; height: auto; max-height: 100%;
        padding: 1 3; background: $panel; border: round $primary;
    }
    MenuScreen Static { height: auto; }
    MenuScreen #about { margin: 0 0 1 0; }
    MenuScreen #foot { margin: 1 0 0 0; color: $dim; }
    """

    def __init__(self, client: Client, address: str) -> None:
        super().__init__()
        self._client = client
        self._address = address
        self._link = parse_link(address)._replace(room=client.room).link
        self._watchers = 0
        self._chosen = 0
        self._copied = False
        self._about, self._foot = Static(markup=False, id="about"), Static(markup=False, id="foot")
        self._lines = [_Line(way) for way, _, _ in _WAYS]

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield self._about
            yield from self._lines
            yield self._foot

    def on_mount(self) -> None:
        """Show who is here, for as long as it is open."""
        self._show()
        self.run_worker(self._count_watchers())

    def on_key(self, event: events.Key) -> None:
        """Up and down choose, Enter takes it; each has a key of its own too."""
        event.stop()
        if event.key in _KEYS:
            self.dismiss(_KEYS[event.key])
        elif event.key == "enter":
            self.dismiss(_WAYS[self._chosen][0])
        elif event.key in ("up", "down", "tab", "shift+tab"):
            self._chosen = (self._chosen + (1 if event.key in ("down", "tab") else -1)) % len(_WAYS)
        elif event.key == "c":
            self.app.copy_to_clipboard(self._link)
            self._copied = True
        self._show()

    async def _count_watchers(self) -> None:
        """Only the list of rooms knows how many look on."""
        while True:
            try:
                offer = await fetch_rooms(self._address)
                self._watchers = next((r.watchers for r in offer.rooms if r.room == self._client.room), 0)
            except ConnectionLost:
                pass  # the game itself says when the server is gone
            self._show()
            await asyncio.sleep(REFRESH)

    def _show(self) -> None:
        if not self.is_mounted:
            return
        client = self._client
        text = Text()
        text.append(clean(client.welcome.game), ink(ACCENT, bold=True)).append("   room ", ink(DIM))
        text.append(f"{clean(client.room)}\n\n", ink(BRIGHT, bold=True))
        text.append("A friend opens this in a browser, or types\n", ink(DIM))
        text.append("tickwire join ", ink(PLAIN)).append(f"{clean(self._link)}\n\n", ink(BRIGHT))
        text.append("Here: ", ink(DIM))
        players = [client.players[n] for n in sorted(client.players)]
        players.sort(key=lambda p: p.bot)
        for player in players[:_MOST_NAMES]:
            own = player.player == client.player
            text.append("◌ " if player.away else "□ " if player.bot else "■ ", ink(color_of(player.player)))
            name = clean(player.name).replace(" ", "\u00a0")  # a line ends between two, not within one
            text.append(name, ink(BRIGHT if own else DIM if player.away else PLAIN, bold=own))
            text.append("\u00a0(away)   " if player.away else "   ", ink(DIM))
        if len(players) > _MOST_NAMES:
            text.append(f"and {len(players) - _MOST_NAMES} more   ", ink(DIM))
        if self._watchers:
            text.append(f"{self._watchers} watching", ink(DIM))
        self._about.update(text)
        for i, (line, (_, key, words)) in enumerate(zip(self._lines, _WAYS, strict=True)):
            chosen = i == self._chosen
            mark = Text().append(" ▸ " if chosen else "   ", ink(ACCENT, bold=True))
            mark.append(f"{key:5}", ink(BRIGHT, bold=True)).append(words, ink(BRIGHT if chosen else PLAIN))
            line.update(mark)
        copied = "copied, if this terminal lets programs copy" if self._copied else "c copies the link"
        self._foot.update(Text(copied, ink(DIM)))
