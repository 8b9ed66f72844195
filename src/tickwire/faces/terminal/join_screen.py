"""The first screen: who, and where. It also says why it did not work, and lets one try again."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from tickwire.client.client import parse_address
from tickwire.errors import BadName
from tickwire.faces.clean import default_name
from tickwire.faces.palette import PLAYER_COLORS
from tickwire.faces.terminal.colors import ALERT, DIM, PLAIN
from tickwire.faces.terminal.seat import Wish
from tickwire.faces.terminal.theme import ink
from tickwire.faces.terminal.words import sentence
from tickwire.ids import check_name


class JoinScreen(Screen[None]):
    """A form of three lines; Enter anywhere joins.

    Args:
        wish: what stands in the form at first.
    """

    DEFAULT_CSS = """
    JoinScreen { align: center middle; }
    JoinScreen #form { width: 56; max-width: 100%; height: auto; padding: 0 1; }
    JoinScreen #title { height: 3; text-align: center; }
    JoinScreen Label { color: $dim; padding: 0 1; }
    JoinScreen Input { background: $panel; border: none; height: 1; margin: 0 0 1 0; padding: 0 1; }
    JoinScreen Input:focus { background: $panel-lighten-1; border: none; }
    JoinScreen #words { height: auto; min-height: 3; padding: 0 1; }
    JoinScreen #keys { padding: 0 1; }
    """

    class Chosen(Message):
        """The player wants in."""

        def __init__(self, wish: Wish) -> None:
            super().__init__()
            self.wish = wish

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self._wish = wish

    def compose(self) -> ComposeResult:
        """The form."""
        title = Text(justify="center")
        for letter, color in zip("tickwire", PLAYER_COLORS, strict=True):
            title.append(f"{letter} ", ink(color, bold=True))
        with Vertical(id="form"):
            yield Static(title, markup=False, id="title")
            yield Label("your name")
            yield Input(self._wish.name or default_name(), id="name", max_length=48)
            yield Label("server")
            yield Input(self._wish.address, id="address", max_length=200)
            yield Label("room (empty: any with a free seat)")
            yield Input(self._wish.room or "", id="room", max_length=20)
            yield Static(markup=False, id="words")
            keys, enter = Text(), "watch" if self._wish.watch else "play"
            for key, meaning in (("Enter", enter), ("Tab", "next line"), ("Ctrl+Q", "quit")):
                keys.append(key, ink(PLAIN, bold=True)).append(f" {meaning}   ", ink(DIM))
            yield Static(keys, markup=False, id="keys")

    def on_mount(self) -> None:
        """The name is what most people want to change."""
        self.query_one("#name", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Join, if what stands there can be meant."""
        event.stop()
        self.submit()

    def submit(self) -> None:
        """Take what stands in the form."""
        name, address, room = (self.query_one(f"#{id}", Input).value.strip() for id in ("name", "address", "room"))
        try:
            wish = replace(self._wish, name=check_name(name), address=address, room=room or None)
            parse_address(address)
        except (BadName, ValueError) as error:
            self.refused(str(error))
            return
        self._say(f"Joining {address} …", PLAIN)
        self.post_message(self.Chosen(wish))

    def refused(self, why: str) -> None:
        """Say why it did not work; the form is open again."""
        self._say(f"{sentence(why)}", ALERT)

    def on_key(self, event: events.Key) -> None:
        """Up and down go from line to line too."""
        if event.key in ("up", "down"):
            event.stop()
            (self.focus_previous if event.key == "up" else self.focus_next)()

    def _say(self, words: str, color: int) -> None:
        self.query_one("#words", Static).update(Text(words, ink(color)))
