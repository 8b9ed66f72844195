"""What moves is shown moving evenly, whatever its server could afford to say of it. All in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import hypot
from statistics import quantiles

import pytest

from client.playing import FRAME
from tickwire import Entity, Game, Table, fixed
from tickwire.client.seated import is_empty
from tickwire.client.stage import Stage
from tickwire.game.spec import inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.replication.ration import Ration, rationed
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState

WAY = 0.025  # seconds that a state takes
SETTLED = 2.0  # seconds


class Ball(Entity):
    """Rolls."""

    x: float = fixed(0, 1_000, step=0.01)
    y: float = fixed(0, 1_000, step=0.01)


class Balls(Game):
    """Forty balls; each goes by 1 a tick, to and fro."""

    tick_rate, seats, board = 20, 4, (1_000, 1_000)
    balls: Table[Ball]
    speed: dict[int, tuple[float, float]]

    def start(self) -> None:
        for _ in range(40):
            ball = self.balls.add(Ball(self.random.uniform(100, 900), self.random.uniform(100, 900)))
            self.speed[ball.id] = self.random.choice([(0.6, 0.8), (-0.6, 0.8), (0.8, -0.6), (-0.8, -0.6)])

    def step(self) -> None:
        for ball in self.balls:
            dx, dy = self.speed[ball.id]
            if not 50 < ball.x + dx < 950:
                dx = -dx
            if not 50 < ball.y + dy < 950:
                dy = -dy
            self.speed[ball.id] = dx, dy
            ball.x, ball.y = ball.x + dx, ball.y + dy


class Slow(Balls):
    """The same, with a state every third tick only."""

    tick_rate, send_rate = 60, 20


class Watching:
    """A room, and a stage that is told what the server's hall would tell it."""

    def __init__(self, game: type[Balls] = Balls, budget: int = 0) -> None:
        spec = inspect_game(game)
        self.now = 0.0
        self.room = Room(spec, "TEST", 1, 0.0)
        self.stage = Stage(Schema.read(self.room.described_schema), 0, spec.tick_rate)
        self.mirror = Mirror(self.room.schema)
        self.wakes: Callable[[float], bool] = lambda now: True  # whether the server looks at its clock
        self.sizes: list[int] = []
        rate = spec.tick_rate / spec.send_every
        self._ration = Ration.of(budget, rate)
        self._viewer = Viewer(0)
        self._told = False
        self._first = self._moves = True
        self._down: list[tuple[float, bool | None, PackedState]] = []
        self._decoder = ServerMessageDecoder()

    @property
    def game(self) -> Balls:
        assert isinstance(self.room.game, Balls)
        return self.room.game

    @property
    def balls(self) -> list[Ball]:
        return list(self.game.balls)

    def frame(self) -> None:
        self.now += FRAME
        output = self.room.advance(self.now) if self.wakes(self.now) else None
        if output is not None:
            states = self.room.states
            if self._first:
                payload = states.full_for(self._viewer, (), Encoding.MSGPACK)
                self._first = False
            elif self._ration.income:
                priority = partial(self.room.priority, 0)
                payload = rationed(states, self._viewer, self._ration, (), (0, 0), priority, Encoding.MSGPACK)
            else:
                payload = states.delta(Encoding.MSGPACK) if output.changed else b""
            self._moves, moved = bool(payload), self._moves
            payload = payload or (states.empty(Encoding.MSGPACK) if moved else b"")
            news = self._ration.behind if self._ration.behind != self._told else None
            self._told = self._ration.behind
            if payload:
                self.sizes.append(len(payload))
                state = self._decoder.decode(payload, Encoding.MSGPACK)
                assert isinstance(state, PackedState)
                self._down.append((self.now + WAY, news, state))
        while self._down and self._down[0][0] <= self.now + 1e-9:
            _, behind, state = self._down.pop(0)
            if behind is not None:
                self.stage.behind(behind)
            self.mirror.apply(state)
            self.stage.state(self.now, state.tick, self.mirror.tables, full=state.full, empty=is_empty(state))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.frame()

    def shown(self) -> dict[int, tuple[float, float]]:
        return {row.id: (row.x, row.y) for row in self.stage.tables(self.now)["Ball"]}

    def ways(self, seconds: float) -> list[float]:
        """How far each ball goes in each frame on the screen, over how far balls go."""
        usual = self.room.tick_rate * FRAME
        ways: list[float] = []
        before = self.shown()
        for _ in range(round(seconds / FRAME)):
            self.frame()
            after = self.shown()
            ways += [hypot(x - before[i][0], y - before[i][1]) / usual for i, (x, y) in after.items()]
            before = after
        return ways


def moved_evenly(ways: list[float]) -> tuple[float, float, float]:
    """The share of frames in which a ball stands, the 99th percentile of the speeds, and the largest; 1 is right."""
    standing = sum(way < 0.05 for way in ways) / len(ways)
    return standing, quantiles(ways, n=100)[98], max(ways)


def test_forty_balls_for_which_there_are_too_few_bytes_roll_evenly() -> None:
    watching = Watching(budget=1_000)
    watching.run(SETTLED)
    standing, fast, _ = moved_evenly(watching.ways(10.0))
    assert standing < 0.02
    assert fast < 1.5


@pytest.mark.parametrize("game", [Balls, Slow])
def test_what_moved_in_ticks_that_were_made_together_rolls_evenly(game: type[Balls]) -> None:
    watching = Watching(game)
    pause = 4.2 / watching.room.tick_rate  # four ticks or five are due at once
    watching.wakes = lambda now: int(now / pause) != int((now - FRAME) / pause)
    watching.run(SETTLED)
    standing, fast, _ = moved_evenly(watching.ways(10.0))
    assert standing < 0.02
    assert fast < 1.5


# --- coming to rest, and setting off ---


def far(watching: Watching, id: int) -> float:
    """How far a ball is painted from where the server has it."""
    (x, y), true = watching.shown()[id], next(ball for ball in watching.balls if ball.id == id)
    return hypot(x - true.x, y - true.y)


@pytest.mark.parametrize("budget", [0, 1_000, 100_000])
def test_what_stops_in_a_room_that_then_rests_comes_to_rest_where_the_server_has_it(budget: int) -> None:
    watching = Watching(budget=budget)
    watching.run(SETTLED)
    speeds = dict(watching.game.speed)
    watching.game.speed.update(dict.fromkeys(speeds, (0.0, 0.0)))
    stopped = {ball.id: (ball.x, ball.y) for ball in watching.balls}
    for frame in range(120):
        watching.frame()
        if budget != 1_000 or frame > 40:  # what was not told in time is led back
            for id, (x, y) in watching.shown().items():
                past = (x - stopped[id][0]) * speeds[id][0] + (y - stopped[id][1]) * speeds[id][1]
                assert past < 0.02, "no frame shows it past where it stopped"
    assert max(far(watching, ball.id) for ball in watching.balls) < 0.02


def test_under_a_budget_what_stops_while_the_others_go_on_is_soon_where_the_server_has_it() -> None:
    watching = Watching(budget=1_000)
    watching.run(SETTLED)
    for id in (1, 2, 3):
        watching.game.speed[id] = (0.0, 0.0)
    watching.run(1.0)
    for _ in range(120):
        watching.frame()
        assert max(far(watching, id) for id in (1, 2, 3)) < 0.02


def test_under_a_budget_what_stood_still_sets_off_when_it_did_and_is_not_smeared_over_its_rest() -> None:
    watching = Watching(budget=1_000)
    for id in (1, 2, 3):
        watching.game.speed[id] = (0.0, 0.0)
    watching.run(SETTLED + 3.0)
    before, began = watching.shown(), watching.now
    for id in (1, 2, 3):
        watching.game.speed[id] = (0.6, 0.8)
    late: dict[int, float] = {}
    for _ in range(60):
        watching.frame()
        for id in (1, 2, 3):
            way = hypot(watching.shown()[id][0] - before[id][0], watching.shown()[id][1] - before[id][1])
            gone = (watching.now - began) * watching.room.tick_rate
            assert way <= gone + 0.1, "never ahead of the server"
            if way > 0.5:
                late.setdefault(id, watching.now - began)
    assert len(late) == 3
    assert max(late.values()) < 0.6
