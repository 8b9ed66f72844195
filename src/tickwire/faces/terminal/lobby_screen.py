"""The first screen, and the one between two games: who one is, where, what there is, and in."""

from __future__ import annotations

import asyncio

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from tickwire.client.rooms import fetch_rooms
from tickwire.errors import BadName, ConnectionLost
from tickwire.faces.lobby import REFRESH, Act, Lobby
from tickwire.faces.palette import PLAYER_COLORS
from tickwire.faces.seat import Wish
from tickwire.faces.sentences import sentence
from tickwire.faces.terminal.colors import ALERT, DIM, PLAIN
from tickwire.faces.terminal.field import Field
from tickwire.faces.terminal.room_list import RoomList
from tickwire.faces.terminal.theme import ink
from tickwire.ids import NAME_CODES

_MOST_ADDRESS = 200  # characters; a link is shorter
_LOW, _NARROW = 18, 64  # rows and columns below which what only looks good gives way
_SETTLED = 0.8  # seconds without a key, after which an address counts as typed
_LETTERS = {"w": Act.WATCH, "n": Act.NEW}  # while the list has the keys
_ANYWHERE = {"f2": Act.WATCH, "f3": Act.NEW}  # while a line has them


class Key(Static):
    """A key and what it does; a click does it too."""

    class Clicked(Message):
        """Somebody clicked on it."""

        def __init__(self, does: str) -> None:
            super().__init__()
            self.does = does

    def __init__(self, does: str) -> None:
        super().__init__(markup=False, classes="key")
        self._does = does

    def say(self, key: str, meaning: str) -> None:
        """What it is called; an empty meaning hides it."""
        self.display = bool(meaning)
        self.update(Text.assemble((key, ink(PLAIN, bold=True)), (f" {meaning}", ink(DIM))))

    def on_click(self) -> None:
        """As if the key were pressed."""
        self.post_message(self.Clicked(self._does))


class LobbyScreen(Screen[None]):
    """Enter joins what is chosen, wherever the keys go; up and down choose.

    Args:
        lobby: what stands in it.
    """

    DEFAULT_CSS = """
    LobbyScreen { align: center top; }
    LobbyScreen #page { width: 100%; max-width: 90; height: 100%; padding: 0 1; }
    LobbyScreen #title { height: 3; padding: 0 1; text-align: center; }
    LobbyScreen .line { height: 1; margin: 0 0 1 0; }
    LobbyScreen Label { color: $dim; width: 8; padding: 0 1; }
    LobbyScreen #server { width: 10; padding: 0 1 0 3; }
    LobbyScreen.low #title { display: none; }
    LobbyScreen.low .line { margin: 0; }
    LobbyScreen.narrow #hint { display: none; }
    LobbyScreen Input { background: $panel; border: none; height: 1; padding: 0 1; width: 1fr; }
    LobbyScreen Input:focus { background: $panel-lighten-1; border: none; }
    LobbyScreen #code { max-width: 26; }
    LobbyScreen #hint { width: 1fr; color: $dim; padding: 0 1; }
    LobbyScreen RoomList { height: 1fr; }
    LobbyScreen #words { height: 2; padding: 0 1; }
    LobbyScreen #keys { height: 1; padding: 0 1; }
    LobbyScreen .key { width: auto; margin: 0 3 0 0; }
    """

    class Chosen(Message):
        """The player wants in."""

        def __init__(self, wish: Wish) -> None:
            super().__init__()
            self.wish = wish

    class Cancelled(Message):
        """The player does not want in any more."""

    def __init__(self, lobby: Lobby) -> None:
        super().__init__()
        self.lobby = lobby
        self._fields: dict[str, Input] = {}  # made with the page: they need the app to be there
        self._list = RoomList(id="list")
        self._line = Static(markup=False, id="words")
        self._joining = False
        self._words = ("", PLAIN)  # and their colour
        self._unreachable = False  # whether the words say that nobody is there
        self._keys = {does: Key(does) for does in ("enter", Act.NEW, Act.WATCH, "choose", "quit")}

    def compose(self) -> ComposeResult:
        """Two lines to fill in, the list, what is to be said, and the keys."""
        lobby = self.lobby
        self._fields = {
            "name": Field(lobby.name, id="name", max_length=NAME_CODES),
            "address": Input(lobby.address, id="address", max_length=_MOST_ADDRESS),
            "code": Input(lobby.code, id="code", max_length=_MOST_ADDRESS),
        }
        title = Text("\n", justify="center")
        for letter, color in zip("tickwire", PLAYER_COLORS, strict=True):
            title.append(f"{letter} ", ink(color, bold=True))
        with Vertical(id="page"):
            yield Static(title, markup=False, id="title")
            with Horizontal(classes="line"):
                yield Label("name")
                yield self._fields["name"]
                yield Label("server", id="server")
                yield self._fields["address"]
            with Horizontal(classes="line"):
                yield Label("code")
                yield self._fields["code"]
                yield Static("a room's code, or a link to it", markup=False, id="hint")
            yield self._list
            yield self._line
            with Horizontal(id="keys"):
                yield from self._keys.values()

    def on_mount(self) -> None:
        """Begin to look around."""
        self._fields["name"].focus()
        self._go_straight()

    # --- what the app tells ---

    def refused(self, why: str, *, unreachable: bool = False) -> None:
        """Say why it did not work, or is over; all that was typed is still there."""
        self._joining = False
        self._say(sentence(why), ALERT)
        self._unreachable = unreachable

    def welcome_back(self) -> None:
        """From a game: choose anew."""
        self._joining = False
        self.lobby.entered()
        self._fill_in()
        self._say("", PLAIN)
        self._list.focus()

    # --- what the player does ---

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed is kept at once; an address is asked when it is whole."""
        self._read()
        if self.lobby.linked:
            self._settle()
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.submit()

    def on_descendant_blur(self) -> None:
        """So it is when somebody goes on to the next line."""
        self._settle()

    def on_descendant_focus(self) -> None:
        """The keys mean something else now."""
        self._show()

    def on_room_list_picked(self, message: RoomList.Picked) -> None:
        """A click on a row is choosing it and Enter."""
        self.lobby.choose(message.key)
        self._show()
        self.submit()

    def on_room_list_scrolled(self, message: RoomList.Scrolled) -> None:
        """The wheel chooses."""
        self._step(message.by)

    async def on_key_clicked(self, message: Key.Clicked) -> None:
        """As if it were pressed."""
        match message.does:
            case "enter":
                self.submit()
            case "quit":
                await self.app.action_quit()
            case Act.WATCH | Act.NEW:
                self.submit(Act(message.does))

    def on_key(self, event: events.Key) -> None:
        """Up and down choose; letters are keys while no line takes them."""
        typing = isinstance(self.focused, Input)
        moves = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}
        if not typing:
            moves |= {"home": -1000, "end": 1000, "k": -1, "j": 1}
        act = _ANYWHERE.get(event.key) or (None if typing else _LETTERS.get(event.key))
        if event.key in moves:
            self._step(moves[event.key])
        elif act is not None:
            self.submit(act)
        elif event.key == "enter" and not typing:
            self.submit()
        elif event.key == "escape":
            self._escape()
        else:
            return
        event.stop()
        event.prevent_default()

    def submit(self, act: Act | None = None) -> None:
        """Do it with the row that is chosen: what Enter does, or something else that can be done with it."""
        self._read()  # what was typed just now may not have been told yet
        try:
            if (wish := self.lobby.wish(act)) is not None:
                self._join(wish)
        except (BadName, ValueError) as error:
            self.refused(str(error))
        self._fill_in()

    def _read(self) -> None:
        name, address, code = (field.value for field in self._fields.values())
        self.lobby.name = name
        if code != self.lobby.code:
            self.lobby.code = code
        if address != self.lobby.address:
            self.lobby.address = address
            self.lobby.moved()
            self.run_worker(self._look_around(_SETTLED), group="rooms", exclusive=True)

    def _join(self, wish: Wish) -> None:
        self._joining = True
        self._say(f"Joining {wish.address} …   Escape stops it", PLAIN)
        self.post_message(self.Chosen(wish))

    def _escape(self) -> None:
        if self._joining:
            self._joining = False
            self.post_message(self.Cancelled())
            self._say("", PLAIN)
        elif self.lobby.code:
            self.lobby.code = ""
            self._fill_in()
        else:
            self._list.focus()

    def _step(self, by: int) -> None:
        self.lobby.step(by)
        self._show()

    def _settle(self) -> None:
        before = self.lobby.address
        self.lobby.settle()
        if self.lobby.address != before:
            self.lobby.moved()
            self.run_worker(self._look_around(), group="rooms", exclusive=True)
        self._fill_in()

    def _go_straight(self) -> None:
        try:
            if (wish := self.lobby.straight()) is not None:
                self._join(wish)
        except (BadName, ValueError) as error:
            self.refused(str(error))

    # --- what is shown ---

    async def _look_around(self, after: float = 0.0) -> None:
        """Ask the server every now and then, while somebody looks."""
        await asyncio.sleep(after)
        while True:
            if self.is_current and not self._joining:
                try:
                    self.lobby.told(await fetch_rooms(self.lobby.address))
                    if self._unreachable:
                        self._say("", PLAIN)  # it is there again
                    self._go_straight()
                except (ConnectionLost, ValueError) as error:
                    self.lobby.failed(str(error))
                self._show()
            await asyncio.sleep(REFRESH)

    def on_screen_resume(self) -> None:
        """Back from a game: what there is may have changed."""
        self.run_worker(self._look_around(), group="rooms", exclusive=True)

    def on_resize(self, event: events.Resize) -> None:
        """More rows, or fewer: the list first."""
        self.set_class(event.size.height < _LOW, "low")
        self.set_class(event.size.width < _NARROW, "narrow")
        self.call_after_refresh(self._show)

    def _fill_in(self) -> None:
        for name, field in self._fields.items():
            value = str(getattr(self.lobby, name))
            if field.value != value:
                with self.prevent(Input.Changed):
                    field.value = value
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        row, typing = self.lobby.row(), isinstance(self.focused, Input)
        self._list.show(self.lobby.rows(), row.key)
        acts = self.lobby.acts(row)
        names = dict(acts[1:])
        self._keys["enter"].say("Enter", acts[0][1])
        for act, key in ((Act.WATCH, "F2" if typing else "w"), (Act.NEW, "F3" if typing else "n")):
            self._keys[act].say(key, names.get(act, ""))
        self._keys["choose"].say("↑↓", "choose")
        self._keys["quit"].say("Ctrl+Q", "quit")
        self._show_words()

    def _show_words(self) -> None:
        words, color = self._words
        if self.lobby.trouble and (self._unreachable or not words):
            words, color = f"{sentence(self.lobby.trouble)} Trying again …", ALERT
        self._line.update(Text(words, ink(color)), layout=False)

    def _say(self, words: str, color: int) -> None:
        self._words, self._unreachable = (words, color), False
        self._show_words()
