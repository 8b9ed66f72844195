"""States for clients whose budget of bytes is short."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire import Entity, Game, Grid, Table, text, u16
from tickwire.game.spec import inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.replication.ration import Ration, rationed
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer
from tickwire.replication.states import RoomStates
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState, State


class Ball(Entity):
    """Seen by everyone."""

    x: u16
    y: u16 = 0
    name: text = ""


class Ant(Entity):
    """Seen by those who are near."""

    x: u16
    y: u16
    view = Grid(cell=10, window=(30, 30))


class Balls(Game):
    board = (100, 100)
    balls: Table[Ball]


class Ants(Game):
    board = (100, 100)
    balls: Table[Ball]
    ants: Table[Ant]


class Watched:
    """A game's tables, a client with a budget, and its mirror."""

    def __init__(self, game: type[Balls] | type[Ants], income: float, encoding: Encoding = Encoding.MSGPACK) -> None:
        spec = inspect_game(game)
        self.game: Any = spec.create(1)
        self.schema = Schema.of_game(spec)
        self.states = RoomStates(self.schema, [getattr(self.game, name) for name in spec.tables])
        self.mirror = Mirror(self.schema)
        self.viewer = Viewer(1)
        self.ration = Ration.of(income * 20, 20)
        self.focus = (50.0, 50.0)
        self.priority: dict[int, float] = {}
        self.encoding = encoding
        self.tick = 0
        self.sizes: list[int] = []
        self.capture()
        self._apply(self.states.full_for(self.viewer, self._sights(), encoding))

    def capture(self) -> None:
        self.tick += 1
        self.states.capture(self.tick)

    def send(self) -> PackedState | State | None:
        """One state; what it said."""
        self.capture()
        payload = rationed(
            self.states, self.viewer, self.ration, self._sights(), self.focus, self._priority, self.encoding
        )
        self.sizes.append(len(payload))
        return self._apply(payload) if payload else None

    def settle(self) -> int:
        """Send until the client knows all; how many states that took."""
        for n in range(2000):
            self.send()
            if not self.ration.behind:
                return n
        raise AssertionError("it never learns all")

    def seen(self) -> dict[str, dict[int, Any]]:
        return {name: table.wire_rows() for name, table in self.mirror.tables.items()}

    def true(self) -> dict[str, dict[int, Any]]:
        """What it should see: what a client that comes now is sent."""
        mirror, viewer = Mirror(self.schema), Viewer(1)
        state = ServerMessageDecoder().decode(
            self.states.full_for(viewer, self._sights(), Encoding.MSGPACK), Encoding.MSGPACK
        )
        assert isinstance(state, PackedState)
        mirror.apply(state)
        return {name: table.wire_rows() for name, table in mirror.tables.items()}

    def _apply(self, payload: bytes) -> PackedState | State:
        state = ServerMessageDecoder().decode(payload, self.encoding)
        assert isinstance(state, PackedState | State)
        assert self.mirror.apply(state) == []
        return state

    def _sights(self) -> Any:
        return self.states.look(1, self.focus)

    def _priority(self, row: Any) -> float:
        return self.priority.get(row.id, 1.0)


ENCODINGS = pytest.mark.parametrize("encoding", list(Encoding))


@ENCODINGS
def test_who_can_afford_it_gets_what_all_get(encoding: Encoding) -> None:
    watched = Watched(Balls, 10_000, encoding)
    balls = [watched.game.balls.add(Ball(n)) for n in range(20)]
    for n in range(30):
        for ball in balls:
            ball.x += 1
        watched.capture()
        whole = watched.states.delta_for(Viewer(1, ()), (), encoding)
        assert (
            rationed(watched.states, watched.viewer, watched.ration, (), watched.focus, watched._priority, encoding)
            == whole
        ), n
    assert not watched.ration.behind


@ENCODINGS
def test_a_budget_is_kept_and_every_row_comes_in_its_turn(encoding: Encoding) -> None:
    income = 60 if encoding is Encoding.MSGPACK else 600
    watched = Watched(Balls, income, encoding)
    balls = [watched.game.balls.add(Ball(n)) for n in range(50)]
    watched.settle()
    watched.sizes.clear()
    last_heard = dict.fromkeys((b.id for b in balls), 0)
    longest = 0
    for n in range(200):
        for ball in balls:
            ball.x = (ball.x * 7919 + 13) % 60_000
        before = watched.seen()["Ball"]
        watched.send()
        for id, row in watched.seen()["Ball"].items():
            if row != before[id]:
                longest = max(longest, n - last_heard[id])
                last_heard[id] = n
    assert sum(watched.sizes) / 200 <= income * 1.1 + watched.ration.most / 200
    assert max(watched.sizes[20:]) <= 3 * income
    assert longest <= 40
    assert min(last_heard.values()) > 150
    watched.settle()
    assert watched.seen() == watched.true()


def test_what_is_twice_as_urgent_comes_about_twice_as_often() -> None:
    watched = Watched(Balls, 40)
    balls = [watched.game.balls.add(Ball(n)) for n in range(40)]
    watched.settle()
    watched.priority = {b.id: 4.0 for b in balls[:5]}
    chance, news = random.Random(1), dict.fromkeys((b.id for b in balls), 0)
    for _ in range(400):
        for ball in balls:
            ball.x = chance.randrange(60_000)
        before = watched.seen()["Ball"]
        watched.send()
        for id, row in watched.seen()["Ball"].items():
            news[id] += row != before[id]
    urgent, others = (sum(news[b.id] for b in rows) / len(rows) for rows in (balls[:5], balls[5:]))
    assert 2.5 < urgent / others < 6


def test_what_is_near_comes_before_what_is_far() -> None:
    watched = Watched(Ants, 8)
    chance = random.Random(1)
    near = [watched.game.ants.add(Ant(chance.randrange(50, 60), chance.randrange(50, 60))) for _ in range(200)]
    far = [watched.game.ants.add(Ant(chance.randrange(35, 40), chance.randrange(35, 40))) for _ in range(60)]
    watched.send()
    seen = watched.seen()["Ant"]
    assert watched.ration.behind
    assert any(ant.id in seen for ant in near)
    assert not any(ant.id in seen for ant in far)
    watched.settle()
    assert watched.seen() == watched.true()
    assert set(watched.seen()["Ant"]) == {ant.id for ant in [*near, *far]}


def test_a_row_that_came_and_went_while_the_client_was_behind_is_never_spoken_of() -> None:
    watched = Watched(Balls, 5)
    for n in range(30):
        watched.game.balls.add(Ball(n, name="x" * 20))
    watched.send()
    unheard = watched.game.balls.add(Ball(9))
    watched.send()
    assert unheard.id not in watched.seen()["Ball"]
    watched.game.balls.remove(unheard)
    watched.settle()  # the mirror would complain about a row that it does not hold
    assert watched.seen() == watched.true()


def test_a_full_state_begins_anew() -> None:
    watched = Watched(Balls, 5)
    for n in range(30):
        watched.game.balls.add(Ball(n))
    watched.send()
    assert watched.ration.behind
    watched.ration.told_all()
    watched._apply(watched.states.full_for(watched.viewer, watched._sights(), Encoding.MSGPACK))
    watched.ration.saved = 100
    assert watched.send() is None
    assert watched.seen() == watched.true()


actions = st.lists(
    st.tuples(st.sampled_from(["add", "set", "name", "remove", "ant", "move", "squash", "walk"]), st.integers(0, 9999)),
    max_size=6,
)


@pytest.mark.parametrize(
    ("game", "encoding"),
    [(Balls, Encoding.MSGPACK), (Balls, Encoding.JSON), (Ants, Encoding.MSGPACK), (Ants, Encoding.JSON)],
)
@given(st.lists(actions, max_size=30), st.integers(5, 60))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_a_mirror_is_right_when_its_client_is_no_longer_behind(
    game: Any, encoding: Encoding, ticks: list[list[tuple[str, int]]], income: int
) -> None:
    watched = Watched(game, income, encoding)
    for tick in ticks:
        for action, n in tick:
            _act(watched, action, n)
        watched.send()
        if not watched.ration.behind:
            assert watched.seen() == watched.true()
    watched.settle()
    assert watched.seen() == watched.true()


def _act(watched: Watched, action: str, n: int) -> None:
    balls = list(watched.game.balls)
    ants = list(watched.game.ants) if hasattr(watched.game, "ants") else None
    match action:
        case "add":
            watched.game.balls.add(Ball(n))
        case "set" if balls:
            balls[n % len(balls)].x = n
        case "name" if balls:
            balls[n % len(balls)].name = "x" * (n % 50)
        case "remove" if balls:
            watched.game.balls.remove(balls[n % len(balls)])
        case "ant" if ants is not None:
            watched.game.ants.add(Ant(n % 100, n // 100))
        case "move" if ants:
            ants[n % len(ants)].x = (n // 7) % 100
        case "squash" if ants:
            watched.game.ants.remove(ants[n % len(ants)])
        case "walk":
            watched.focus = (n % 100, n // 100)
