from __future__ import annotations

import random
from collections import deque
from itertools import pairwise
from math import hypot
from typing import Any

import pytest

from tickwire.client.held import REPEAT
from tickwire.client.rules import OtherRules, Rules
from tickwire.client.stage import Stage
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.games import arena, snake
from tickwire.games.arena import Arena
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import Event

SPEC = inspect_game(Arena)
FRAME = 1 / 60
RATE = SPEC.tick_rate
SETTLED = 3.0  # seconds, after which clock and playback are where they want to be


class Play:
    """A room, and one player's stage behind a link that takes `way` seconds in each direction. Time is a number."""

    def __init__(self, way: float = 0.075, *, spec: GameSpec = SPEC, rules: bool = True, jitter: float = 0.0) -> None:
        self.now = 0.0
        self.room = Room(spec, "TEST", 1, 0.0)
        self.player = self.room.join("ada").id
        self.other = self.room.join("bob").id
        schema = Schema.read(self.room.described_schema)
        known = Rules.of_game(spec, self.room.described_schema) if rules else None
        self.stage = Stage(schema, self.player, spec.tick_rate, known)
        self.mirror = Mirror(schema)
        self.corrections: list[float] = []
        self.stage.corrected = lambda now, c: self.corrections.append(hypot(c.error["x"], c.error["y"]))
        self.sent: list[Any] = []
        self._way, self._jitter, self._chance = way, jitter, random.Random(5)
        self._up: deque[tuple[float, Any]] = deque()
        self._down: deque[tuple[float, Any]] = deque()
        self._decoder = ServerMessageDecoder()
        self._seq = 0
        self._ping_at = 0.0
        self._full = True

    def frame(self) -> None:
        """A sixtieth of a second: what arrived, what is due, and what is sent for it."""
        self.now += FRAME
        for message in self._arrived(self._up):
            if isinstance(message, float):
                self._send(self._down, ("pong", message, self.room.tick_at(self.now)))
            else:
                seq, out = message
                self.room.input(self.player, seq, self._input(out.input), out.tick, out.seen)
        output = self.room.advance(self.now)
        if output is not None:
            state = (self.room.states.full if self._full else self.room.states.delta)(Encoding.MSGPACK)
            self._full = False
            self._send(self._down, ("tick", output, state))
        for kind, first, second in self._arrived(self._down):
            self._take(kind, first, second)
        for out in self.stage.advance(self.now):
            self._seq += 1
            self.sent.append(out)
            self._send(self._up, (self._seq, out))
        if self.now >= self._ping_at:
            self._ping_at = self.now + (0.1 if self.now < 1 else 1.0)
            self._send(self._up, self.now)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.frame()

    @property
    def game(self) -> Arena:
        assert isinstance(self.room.game, Arena)
        return self.room.game

    def shown(self, player: int, table: str = "Ship") -> Any:
        """The newest row of a player on the screen, or None."""
        rows = [row for row in self.stage.tables(self.now)[table] if row.player == player]
        return max(rows, key=lambda row: row.id) if rows else None

    def true(self, player: int) -> Any:
        return next(row for row in self.game.ships if row.player == player)

    def _input(self, fields: dict[str, Any]) -> Any:
        return arena.Keys(**{n: v for n, v in fields.items() if n != "type"})

    def _send(self, link: deque[tuple[float, Any]], message: Any) -> None:
        at = self.now + self._way + self._chance.uniform(-self._jitter, self._jitter)
        link.append((max(at, link[-1][0] if link else 0.0), message))

    def _arrived(self, link: deque[tuple[float, Any]]) -> list[Any]:
        there = []
        while link and link[0][0] <= self.now + 1e-9:
            there.append(link.popleft()[1])
        return there

    def _take(self, kind: str, first: Any, second: Any) -> None:
        if kind == "pong":
            self.stage.pong(first, self.now, second)
            return
        for message in first.messages:
            if isinstance(message, Event):
                self.stage.event(self.now, message)
        if self.player in first.acks:
            self.stage.acked(self.now, first.early.get(self.player))
        message = self._decoder.decode(second, Encoding.MSGPACK)
        self.mirror.apply(message)  # type: ignore[arg-type]
        self.stage.state(self.now, first.tick, self.mirror.tables, full=message.full)  # type: ignore[union-attr]


def settled(way: float = 0.075, **more: Any) -> Play:
    play = Play(way, **more)
    play.run(SETTLED)
    return play


# --- one's own ---


@pytest.mark.parametrize("way", [0.0, 0.075, 0.15])
def test_a_key_shows_in_the_next_frame_however_far_the_server_is(way: float) -> None:
    for wait in range(4):  # wherever the frame is in its tick
        play = settled(way)
        play.run(wait * FRAME)
        before = play.shown(play.player).angle
        play.stage.press("turn_right")
        play.frame()
        assert play.shown(play.player).angle != before


@pytest.mark.parametrize("jitter", [0.0, 0.02])
def test_what_is_played_ahead_is_what_the_server_comes_to(jitter: float) -> None:
    play = settled(jitter=jitter)
    chance = random.Random(3)
    for _ in range(60):
        for name in ("turn_left", "turn_right", "thrust", "brake"):
            (play.stage.press if chance.random() < 0.4 else play.stage.release)(name)
        play.run(0.2)
    assert sum(c > arena.SHIP_RADIUS for c in play.corrections) == 0
    assert len(play.corrections) <= (0 if not jitter else 30)


def test_ones_own_ship_is_shown_where_the_server_will_have_it() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(0.5)
    ahead = play.stage.clock.input_tick(play.now) - play.room.tick_at(play.now)
    shown = play.shown(play.player)
    play.run(ahead / RATE)
    true = play.true(play.player)
    assert hypot(shown.x - true.x, shown.y - true.y) < 0.6, "about half a tick's way"


def test_the_ship_moves_a_little_in_every_frame() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(1.0)
    places = []
    for _ in range(30):
        play.frame()
        places.append((play.shown(play.player).x, play.shown(play.player).y))
    ways = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)]
    assert max(ways) < 2.5 * min(ways)


def test_without_the_rules_ones_own_ship_is_shown_as_the_others_are() -> None:
    play = settled(rules=False)
    before = play.shown(play.player).angle
    play.stage.press("turn_right")
    play.run(0.1)
    assert play.shown(play.player).angle == before
    play.run(0.5)
    assert play.shown(play.player).angle != before
    assert all(out.tick is not None for out in play.sent), "the inputs still say for which tick they are"


def test_a_destroyed_ship_is_gone_and_the_next_one_answers_at_once() -> None:
    play = settled()
    ship = play.true(play.player)
    play.game.ships.remove(ship.id)
    play.game.pilots[play.player].ship = 0
    play.game.pilots[play.player].reborn = play.room.tick + 30
    play.run(0.2)
    assert play.shown(play.player) is None
    play.run(2.0)
    new = play.shown(play.player)
    assert new.id != ship.id
    play.stage.press("turn_left")
    play.frame()
    assert play.shown(play.player).angle != new.angle


def test_a_shot_of_ones_own_is_shown_in_the_time_of_ones_own_ship() -> None:
    play = settled()
    ship = play.true(play.player)
    ship.x, ship.y, ship.vx, ship.vy, ship.angle = 20, 89, 0, 0, 0
    play.run(0.5)
    play.stage.press("fire")
    play.frame()
    fired = next(out.tick for out in play.sent)
    while (shot := play.shown(play.player, "Shot")) is None:
        play.frame()
    ticks = play.stage.clock.input_tick(play.now) - fired + 1
    assert shot.x == pytest.approx(20 + arena.SHOT_SPEED * ticks, abs=1.0)


# --- the others ---


def test_the_others_are_where_they_were_in_the_moment_that_is_shown() -> None:
    play = settled()
    places: dict[int, tuple[float, float]] = {}
    ship = play.true(play.other)
    ship.vx = arena.ONE // 2
    for _ in range(60):
        play.frame()
        places[play.room.tick] = (ship.x, ship.y)
        time = play.stage.playback.time(play.now)
        assert time is not None
        low = int(time * RATE)
        if low in places and low + 1 in places:
            share = time * RATE - low
            x = places[low][0] + (places[low + 1][0] - places[low][0]) * share
            assert play.shown(play.other).x == pytest.approx(x, abs=0.01)
    assert len(places) > 20


def test_an_event_waits_until_its_moment_is_on_the_screen() -> None:
    play = settled()
    play.game.emit("boom")
    emitted = play.room.tick + 1
    seen_at = None
    while seen_at is None:
        play.frame()
        if play.stage.take_events(play.now):
            seen_at = play.stage.playback.time(play.now)
    assert seen_at is not None
    assert emitted <= seen_at * RATE < emitted + 1


def test_what_does_not_blend_is_shown_as_it_came_last() -> None:
    play = settled()
    tables = play.stage.tables(play.now)
    assert tables["Score"] is play.mirror.tables["Score"]
    assert play.stage.delayed == {"Ship", "Shot"}


def test_a_game_in_which_nothing_blends_is_shown_as_it_came() -> None:
    spec = inspect_game(snake.Snake)
    play = Play(spec=spec)
    play.run(1.0)
    assert play.stage.tables(play.now) is play.mirror.tables
    play.stage.event(play.now, "eaten")
    assert play.stage.delayed == frozenset()


# --- what is sent ---


def test_inputs_say_for_which_tick_they_are_and_what_was_seen_and_come_in_time() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(1.0)
    first = play.sent[0]
    assert first.input == {
        "type": "keys", "turn_left": False, "turn_right": False, "thrust": True, "brake": False, "fire": False
    }  # fmt: skip
    assert first.tick is not None
    assert first.seen is not None
    assert 5 < first.tick - first.seen < 8, "a quarter of a second at 150 ms"
    pilot = play.game.pilots[play.player]
    assert pilot.held.thrust


def test_keys_are_told_when_they_change_and_again_while_they_are_held() -> None:
    play = settled()
    play.run(1.0)
    assert play.sent == [], "nothing was pressed"
    play.stage.press("thrust")
    play.run(1.0)
    ticks = [out.tick for out in play.sent]
    assert [b - a for a, b in pairwise(ticks)] == [REPEAT] * (len(ticks) - 1)
    assert len(ticks) == 3
    play.stage.release("thrust")
    play.run(1.0)
    assert len(play.sent) == 4
    assert not any(v is True for v in play.sent[-1].input.values())


def test_a_tap_between_two_ticks_counts_for_one_tick() -> None:
    play = settled()
    play.stage.press("turn_left")
    play.stage.release("turn_left")
    play.run(0.3)
    first, second = play.sent
    assert first.input["turn_left"]
    assert not second.input["turn_left"]
    assert second.tick == first.tick + 1


def test_before_a_pong_came_keys_are_told_at_once_for_the_next_tick() -> None:
    stage = Play().stage
    stage.press("fire")
    [out] = stage.advance(1.0)
    assert (out.tick, out.seen) == (None, None)
    assert stage.advance(1.1) == []


def test_a_frame_that_took_long_leaves_no_tick_of_ones_own_out() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(0.5)
    advance = play.stage.advance
    play.stage.advance = lambda now: []  # type: ignore[method-assign]
    play.run(0.4)
    play.stage.advance = advance  # type: ignore[method-assign]
    play.run(1.0)
    assert max(play.corrections, default=0) < arena.SHIP_RADIUS


# --- rules ---


def test_rules_that_are_not_those_of_the_server_are_not_used() -> None:
    described = Schema.of_game(SPEC).describe()
    described["board"] = [1, 1]
    with pytest.raises(OtherRules, match="the rules of arena here are not those of the server"):
        Rules.of_game(SPEC, described)


def test_a_game_that_predicts_nothing_has_no_rules_for_clients() -> None:
    spec = inspect_game(snake.Snake)
    assert Rules.of_game(spec, Schema.of_game(spec).describe()) is None


def test_a_watcher_sends_nothing_and_sees_all_as_others() -> None:
    play = settled()
    stage = Stage(Schema.read(play.room.described_schema), 0, RATE, Rules.of_game(SPEC, play.room.described_schema))
    stage.pong(0.0, 0.1, 5.0)
    stage.press("thrust")
    assert stage.advance(1.0) == []
    stage.state(1.0, play.room.tick, play.mirror.tables, full=True)
    stage.state(1.1, play.room.tick + 3, play.mirror.tables)
    assert {row.player for row in stage.tables(1.2)["Ship"]} == {play.player, play.other}
