"""Inputs that lie in a hall's tray until they are wanted: they count as those that are read at once."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import pytest

from tickwire import Controls, Game, Input, Player
from tickwire.game.spec import inspect_game
from tickwire.net.limits import MESSAGES, Meter
from tickwire.net.sieve import MANY, Intake
from tickwire.room.lobby import Lobby
from tickwire.room.session import Sessions
from tickwire.server.connections import Connections
from tickwire.server.gateway import Gateway
from tickwire.server.hall import Hall
from tickwire.wire.codec import Encoding, ServerMessageDecoder, encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Bye, ClientMessage, Error, Hello, InputMessage, Leave, Say, ServerMessage, Welcome


class Note(Input):
    """Write this down."""

    text: str


class Notebook(Game):
    """Writes down what it gets, in its order."""

    tick_rate, seats, board = 20, 4, (10, 10)
    inputs = Note
    controls = Controls(keys={"space": Note("space")})
    written: list[str]

    def receive(self, player: Player, note: Note) -> None:
        self.written.append(f"{player.name} {note.text}")

    def hear(self, player: Player, text: str) -> str:
        self.written.append(f"{player.name} says {text}")
        return text

    def leave(self, player: Player) -> None:
        self.written.append(f"{player.name} left")


class Link:
    """A WebSocket's link, as far as a gateway wants one."""

    dialect = Dialect.WS_MSGPACK
    opened_at = 0.0
    peer = "somewhere"

    def __init__(self) -> None:
        self.blocked = self.closing = False
        self.source = None
        self.round_trip = None
        self.missing = str
        self.owner: Any = None
        self.socket = self
        self.tray: list[Any] | None = None
        self.meter: Meter | None = None
        self.got: list[ServerMessage] = []

    def write(self, framed: bytes) -> None:
        if not self.closing:
            head = 2 if framed[1] < 126 else 4
            self.got.append(ServerMessageDecoder().decode(framed[head:], Encoding.MSGPACK))

    def finish(self) -> None:
        self.closing, self.tray = True, None

    abort = finish

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.7", 4711

    def measure(self) -> None:
        pass

    @property
    def last(self) -> ServerMessage:
        return self.got[-1]


class Table:
    """A gateway and its links, without sockets or time."""

    def __init__(self, tick_rate: float | None = None, seats: int | None = None) -> None:
        self.halls: list[Hall] = []
        self.now = 0.0
        self.intake = Intake()
        tokens = map(str, count())
        lobby = Lobby([inspect_game(Notebook)], random.Random(1), tick_rate=tick_rate, seats=seats)
        sessions = Sessions(lambda: next(tokens))
        self.gateway: Any = Gateway(lobby, sessions, lambda: self.now, self.halls.append, Connections(), self.intake)

    def call(self, hello: ClientMessage) -> Any:
        link = Link()
        self.gateway.opened(link)
        self.hears(link, hello)
        return link

    def hears(self, link: Any, message: ClientMessage) -> None:
        self.gateway.received(link, encode(message, Encoding.MSGPACK))

    def lay(self, link: Any, *texts: str, seq: int = 1) -> None:
        """Lay inputs into the tray, as a sieve does."""
        for number, text in enumerate(texts, seq):
            link.tray += (link, encode(InputMessage(number, Note(text)), Encoding.MSGPACK))
            assert self.intake.came is not None
            self.intake.came(link)

    def tick(self) -> tuple[list[str], dict[int, int]]:
        """What the game got in the next tick, and which inputs are acknowledged."""
        game: Any = self.halls[0].room.game
        game.written.clear()
        self.gateway.take_inputs(self.halls[0])
        output = self.halls[0].room.make_tick()
        return game.written.copy(), output.acks


def test_what_is_in_the_tray_counts_on_the_next_tick_and_is_acknowledged() -> None:
    table = Table()
    ada, bob = table.call(Hello("ada")), table.call(Hello("bob"))
    table.lay(ada, "one", "two")
    table.lay(bob, "three")
    assert table.tick() == (["ada one", "ada two", "bob three"], {1: 2, 2: 1})
    assert table.tick() == ([], {})


def test_what_a_player_says_behind_an_input_is_heard_behind_it() -> None:
    table = Table()
    ada = table.call(Hello("ada"))
    table.lay(ada, "one")
    table.hears(ada, Say("hi"))
    table.lay(ada, "two", seq=2)
    assert table.tick()[0] == ["ada one", "ada says hi", "ada two"]


def test_the_last_inputs_of_who_is_gone_still_count() -> None:
    table = Table()
    ada, bob = table.call(Hello("ada")), table.call(Hello("bob"))
    table.tick()
    table.lay(ada, "resigns")
    ada.closing = True
    table.gateway.closed(ada)
    table.lay(bob, "too")
    table.hears(bob, Leave())
    assert table.tick()[0] == ["ada resigns", "bob too", "bob left"]


def test_inputs_of_the_connection_before_are_played_and_not_acknowledged_to_the_new_one() -> None:
    table = Table()
    ada = table.call(Hello("ada"))
    table.tick()
    table.lay(ada, "old", seq=7)
    welcome = next(m for m in ada.got if isinstance(m, Welcome))
    again = table.call(Hello("ada", token=welcome.token))
    table.lay(again, "new")
    assert table.tick() == (["ada old", "ada new"], {1: 1})
    assert ada.tray is None


def test_an_input_that_cannot_be_read_is_answered_and_harms_no_other() -> None:
    table = Table()
    ada, bob = table.call(Hello("ada")), table.call(Hello("bob"))
    ada.tray += (ada, encode(InputMessage(1, {"text": 5}), Encoding.MSGPACK))
    table.lay(bob, "fine")
    assert table.tick()[0] == ["bob fine"]
    assert isinstance(ada.last, Error)
    assert ada.last.code == "bad_input"


def test_a_flood_is_noticed_before_the_tick() -> None:
    table = Table()
    ada = table.call(Hello("ada"))
    table.tick()
    table.lay(ada, *["again"] * MANY)
    assert MESSAGES.first < MANY
    assert isinstance(ada.last, Bye)
    assert ada.last.code == "flood"
    assert table.halls[0].tray == []


def test_what_breaks_while_an_input_is_read_ends_that_connection_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    ada, bob = table.call(Hello("ada")), table.call(Hello("bob"))
    room = table.halls[0].room
    take = room.input

    def broken(player_id: int, *args: Any) -> bool:
        if player_id == 1:
            raise RuntimeError("a defect")
        return take(player_id, *args)

    monkeypatch.setattr(room, "input", broken)
    table.lay(ada, "one")
    table.lay(bob, "two")
    assert table.tick()[0] == ["bob two"]
    assert ada.closing
    assert not bob.closing


@pytest.mark.parametrize(("tick_rate", "has"), [(4, False), (9.9, False), (10, True), (20, True)])
def test_in_a_slow_room_inputs_are_read_at_once(tick_rate: float, has: bool) -> None:
    assert (Table(tick_rate).call(Hello("ada")).tray is not None) == has


def test_who_does_not_play_or_plays_no_more_has_no_tray() -> None:
    table = Table()
    ada, watcher = table.call(Hello("ada")), table.call(Hello("eve", watch=True))
    assert ada.tray is table.halls[0].tray
    assert watcher.tray is None
    table.hears(ada, Leave())
    assert ada.tray is None
