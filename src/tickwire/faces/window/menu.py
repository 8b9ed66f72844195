"""The box that Escape opens in a game: who is here, how a friend comes along, and the ways out."""

from __future__ import annotations

from enum import StrEnum

from tickwire.client.address import parse_link
from tickwire.client.rooms import Offer
from tickwire.client.sync import Client
from tickwire.faces.clean import clean
from tickwire.faces.window.dialog import Dialog, title_of
from tickwire.faces.window.lobby import LookAround

_MOST_NAMES = 12


class Way(StrEnum):
    """What can be chosen."""

    LOBBY = "another game or room"
    COPY = "copy the link"
    BACK = "back to the game"
    QUIT = "quit"


_WAYS = tuple(Way)
_KEYS = {"l": Way.LOBBY, "c": Way.COPY, "escape": Way.BACK, "q": Way.QUIT}


class Menu:
    """The menu of one game.

    Args:
        client: of the game.
        address: of its server.

    Attributes:
        link: brings a friend into the room.
    """

    def __init__(self, client: Client, address: str) -> None:
        self.link = parse_link(address)._replace(room=client.room).link
        self.copied = False
        self._client = client
        self._address = address
        self._around = LookAround()
        self._watchers = 0
        self._chosen = 0
        self._dialog: Dialog | None = None

    def look_around(self, now: float) -> None:
        """Only the list of rooms knows how many look on. Once a frame; now is in seconds."""
        match self._around.poll(self._address, now):
            case Offer() as offer:
                self._watchers = next((r.watchers for r in offer.rooms if r.room == self._client.room), 0)

    def press(self, key: str) -> Way | None:
        """A key; the way that it takes, if one."""
        if key in ("up", "down", "tab"):
            self._chosen = (self._chosen + (-1 if key == "up" else 1)) % len(_WAYS)
        return _WAYS[self._chosen] if key == "enter" else _KEYS.get(key)

    def click(self, x: float, y: float) -> Way | None:
        """A click at a pixel; beside the box it goes back to the game."""
        if self._dialog is None or self._dialog.box is None:
            return None
        chosen = next((i for i, box in enumerate(self._dialog.choice_boxes) if box.holds(x, y)), None)
        if chosen is not None:
            return _WAYS[chosen]
        return None if self._dialog.box.holds(x, y) else Way.BACK

    def dialog(self) -> Dialog:
        """The box as it is now."""
        client = self._client
        players = sorted(client.players.values(), key=lambda p: (p.bot, p.player))
        names = [clean(p.name) + (" (bot)" if p.bot else " (away)" if p.away else "") for p in players[:_MOST_NAMES]]
        if len(players) > _MOST_NAMES:
            names.append(f"{len(players) - _MOST_NAMES} more")
        here = ", ".join(names) or "nobody"
        if self._watchers:
            here += f"; {self._watchers} watching"
        lines = [f"Here: {here}", f"A friend joins with {clean(self.link)}" + ("  (copied)" if self.copied else "")]
        title = f"{title_of(client.welcome.game)}, room {clean(client.room)}"
        keys = {way: key for key, way in _KEYS.items()} | {Way.BACK: "Esc"}
        choices = [(keys[way], way.value) for way in _WAYS]
        self._dialog = Dialog(title, lines, choices=choices, chosen=self._chosen)
        return self._dialog
