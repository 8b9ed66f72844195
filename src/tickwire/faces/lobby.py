"""The lobby: what can be chosen and what it asks for, the same for every face. Knows no screen, no clock, no socket.

The first row is what most people want: any seat that is free; it becomes the room whose code is typed. Below it are the
games, and below them the rooms. What is chosen stays chosen while the list is told anew.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from tickwire.client.address import Place, parse_link
from tickwire.client.rooms import Offer, OpenRoom, ServedGame
from tickwire.faces.clean import clean, default_name
from tickwire.faces.seat import Wish
from tickwire.ids import CODE_LENGTH, check_name

REFRESH = 2.0  # seconds between two looks at what there is
MOST_ROOMS = 200  # shown; nobody reads more, and a code gets one into any
_NEW = "new"  # what a hello says to have a room of its own


class Kind(StrEnum):
    """What a row stands for."""

    QUICK = "quick"
    CODE = "code"
    GAME = "game"
    ROOM = "room"


class Act(StrEnum):
    """What one can do with it."""

    PLAY = "play"
    NEW = "new"
    WATCH = "watch"


class Row(NamedTuple):
    """A line of the lobby.

    Attributes:
        key: stays the same for as long as the row stands for the same.
        name: of the game, or the room's code; cleaned, to be shown.
        says: about it; cleaned.
        facts: numbers about it, the most important first.
    """

    kind: Kind
    key: str
    name: str
    says: str = ""
    facts: tuple[str, ...] = ()
    game: str | None = None
    room: str | None = None
    full: bool = False


class Lobby:
    """What a player has filled in, and what the server offers.

    Args:
        wish: what stands there at first; without a name, the user's own.

    Attributes:
        name: as typed.
        address: as typed; may be a link.
        offer: what the server said last, or None.
        trouble: why there is no offer at the moment, or empty.
        chosen: the key of the chosen row.
    """

    def __init__(self, wish: Wish) -> None:
        self.name = wish.name or default_name()
        self.address = wish.address
        self.offer: Offer | None = None
        self.trouble = ""
        self.chosen = f"game {wish.game}" if wish.game and not wish.room else "first"
        self.watch = wish.watch  # whether Enter means to look on; until somebody has
        self._code = "" if wish.room == _NEW else wish.room or ""
        self._wish = wish
        self._enough_said = bool(wish.name)
        self.settle()

    # --- what is filled in ---

    @property
    def code(self) -> str:
        """As typed; may be a link."""
        return self._code

    @code.setter
    def code(self, typed: str) -> None:
        if typed.strip() != self._code.strip():
            self.chosen = "first"
        self._code = typed

    @property
    def linked(self) -> bool:
        """Whether a whole link stands in a line, as after pasting: it can be taken apart without waiting for Enter."""
        lines = (self._code, self.address)
        return any(_is_link(text) and len(text.partition("#")[2].strip()) >= CODE_LENGTH for text in lines)

    def settle(self) -> None:
        """Take links apart, into the address and the code. What is none stays, and is told when it is used."""
        with contextlib.suppress(ValueError):
            if _is_link(self._code):
                place = parse_link(self._code)
                self.address, self.code = place.address, place.room or ""
            if _is_link(self.address):
                place = parse_link(self.address)
                self.address, self.code = place.address, place.room or self._code
        self.code = self._code.strip().removeprefix("#")

    def place(self) -> Place:
        """Where the server is.

        Raises:
            ValueError: what stands there is no address.
        """
        return parse_link(self.address)

    # --- what came ---

    def told(self, offer: Offer) -> None:
        """The server said what it offers."""
        self.offer, self.trouble = offer, ""

    def failed(self, why: str) -> None:
        """The server said nothing. What it offered before may be gone."""
        self.offer, self.trouble = None, why

    def moved(self) -> None:
        """The address is another one now."""
        self.offer, self.trouble = None, ""

    def straight(self) -> Wish | None:
        """What to join without being asked, if enough was said or there is nothing to choose from; never twice.

        Raises:
            BadName, ValueError: what was said will not do.
        """
        if not self._enough_said:
            return None
        first = self._wish
        if first.game or first.room or first.watch or self._code:
            self._enough_said = False
            room = first.room if first.room == _NEW else self._code or None
            return replace(self._base(), game=first.game, room=room, watch=first.watch)
        if self.offer is None:
            return None
        self._enough_said = False
        rooms = self.offer.rooms
        plain = len(self.offer.games) < 2 and (not rooms or (len(rooms) == 1 and not rooms[0].full))
        return self._base() if plain else None

    # --- what can be chosen ---

    def rows(self) -> list[Row]:
        """All lines, in their order; the first is always there."""
        games = self.offer.games if self.offer else []
        rooms = self.offer.rooms if self.offer else []
        if code := self._code.strip().upper():
            first = Row(Kind.CODE, "first", clean(code), "the room of this code", room=code)
        else:
            into = f"{clean(games[0].name)}, with whoever is there" if games else "any seat that is free"
            first = Row(Kind.QUICK, "first", "Quick join", into)
        shown = rooms[:MOST_ROOMS]
        return [first, *(_game_row(g, rooms) for g in games), *(_room_row(r) for r in shown)]

    def row(self) -> Row:
        """The chosen one; the first if that is gone, for one beside it was not meant."""
        rows = self.rows()
        return next((r for r in rows if r.key == self.chosen), rows[0])

    def choose(self, key: str) -> None:
        """Choose a row."""
        self.chosen = key

    def step(self, by: int) -> None:
        """Choose the row so many further down."""
        rows = self.rows()
        at = next((i for i, r in enumerate(rows) if r.key == self.chosen), 0)
        self.chosen = rows[min(max(at + by, 0), len(rows) - 1)].key

    def enter(self, row: Row) -> Act:
        """What Enter does with a row: play, but where there is no seat, or looking on was wished for."""
        return Act.WATCH if row.full or self.watch else Act.PLAY

    def acts(self, row: Row) -> list[tuple[Act, str]]:
        """What can be done with a row, first what Enter does, each with what to call it."""
        words = {Act.PLAY: "join" if row.kind in (Kind.CODE, Kind.ROOM) else "play", Act.WATCH: "watch"}
        if row.kind in (Kind.QUICK, Kind.GAME):
            words[Act.NEW] = "new room"
        if row.full:
            del words[Act.PLAY]
        first = self.enter(row)
        return sorted(words.items(), key=lambda item: item[0] != first)

    def wish(self, act: Act | None = None) -> Wish | None:
        """What to ask for, to do that with the chosen row.

        Args:
            act: what to do; None for what Enter does. None comes back if that cannot be done with it.

        Raises:
            BadName, ValueError: the name or the address will not do.
        """
        self.settle()  # before the row is looked at: a link may be what was meant
        row = self.row()
        possible = [a for a, _ in self.acts(row)]
        act = act or possible[0]
        if act not in possible:
            return None
        if _is_link(self._code):
            parse_link(self._code)  # which says what is wrong with it
        room = _NEW if act is Act.NEW else row.room
        return replace(self._base(), game=row.game, room=room, watch=act is Act.WATCH)

    def entered(self) -> None:
        """We are in. Back in the lobby, one wants to play, and chooses anew."""
        self.watch, self._code, self.chosen = False, "", "first"

    def _base(self) -> Wish:
        return Wish(self.place().address, check_name(self.name))


def _is_link(text: str) -> bool:
    return "://" in text or "#" in text.strip()[1:]  # "#K7QX" is but a code


def _game_row(game: ServedGame, rooms: list[OpenRoom]) -> Row:
    mine = [r for r in rooms if r.game == game.name]
    people = sum(r.people for r in mine)
    facts = (f"{people} playing",) if people else ()
    title = clean(game.title)
    says = "" if title.lower() == game.name.lower() else title
    return Row(Kind.GAME, f"game {game.name}", clean(game.name), says, facts, game=game.name)


def _room_row(room: OpenRoom) -> Row:
    facts = [f"full ({room.seats})" if room.full else f"{room.people} of {room.seats}"]
    if room.bots:
        facts.append("1 bot" if room.bots == 1 else f"{room.bots} bots")
    if room.watchers:
        facts.append(f"{room.watchers} watching")
    code, game = clean(room.room), clean(room.game)
    return Row(Kind.ROOM, f"room {room.room}", code, game, tuple(facts), game=room.game, room=room.room, full=room.full)
