from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import cos, hypot, inf, pi, sin
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import arena_golden
from tickwire.client.prediction import Prediction
from tickwire.errors import ContractError
from tickwire.game.spec import inspect_game
from tickwire.games import arena
from tickwire.games._arena_ground import ROCK_RADIUS, ROCKS, SPAWNS, WALLS, enters, meets_ground
from tickwire.games.arena import (
    DIRECTIONS,
    GUN_REST,
    LET_GO,
    ONE,
    RESPAWN,
    SHIELD,
    SHIELD_REST,
    SHIP_RADIUS,
    SHOT_LIFE,
    SHOT_SPEED,
    STEP,
    Arena,
    Flight,
    Keys,
    Ship,
    Shot,
    flight_of,
    fly,
    hits,
)
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder

SPEC = inspect_game(Arena)
TOP_SPEED = 1.21  # units a tick
THRUST, FIRE, LEFT = Keys(thrust=True), Keys(fire=True), Keys(turn_left=True)


class Match:
    """A room of arena, and its players' hands."""

    def __init__(self, *names: str, bots: int = 0, seed: int = 1) -> None:
        self.room = Room(SPEC, "TEST", seed, 0.0, bots=bots)
        self.players = [self.room.join(name).id for name in names]
        self.seqs = dict.fromkeys(self.players, 0)
        self.events: list[Any] = []
        self.tick()

    @property
    def game(self) -> Arena:
        game = self.room.game
        assert isinstance(game, Arena)
        return game

    def send(self, keys: Keys, player: int = 1, *, tick: int | None = None, seen: float | None = None) -> bool:
        self.seqs[player] += 1
        return self.room.input(player, self.seqs[player], keys, tick, seen)

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.events += [m for m in self.room.make_tick().messages if hasattr(m, "data")]

    def ship(self, player: int = 1) -> Ship:
        return self.game.ships[self.game.pilots[player].ship]

    def put(self, player: int, x: float, y: float, heading: int = 0) -> Ship:
        """Set a ship somewhere, at rest."""
        ship = self.ship(player)
        ship.x, ship.y, ship.vx, ship.vy, ship.angle = x, y, 0, 0, heading * arena.DEGREES
        return ship

    def strip(self, player: int) -> None:
        """Take a ship's shield, for a while."""
        self.ship(player).shield = 0
        self.game.pilots[player].shield_back = self.room.tick + SHIELD_REST

    def heard(self, name: str) -> list[dict[str, Any]]:
        return [e.data for e in self.events if e.name == name]


def one_left_of_another() -> Match:
    """Player 1 looks at player 2, ten units away, on free ground."""
    match = Match("ada", "bob")
    match.put(1, 100, 89)
    match.put(2, 110, 89)
    return match


# --- the flight ---

held = st.builds(Keys, turn_left=st.booleans(), turn_right=st.booleans(), thrust=st.booleans(), brake=st.booleans())
keys_of_a_while = st.lists(st.tuples(held, st.integers(1, 40)), min_size=1, max_size=12)


def flown(keys: list[tuple[Keys, int]], spawn: tuple[int, int], heading: int) -> list[Flight]:
    flights = [Flight(spawn[0] * STEP, spawn[1] * STEP, heading=heading)]
    for key, ticks in keys:
        for _ in range(ticks):
            flights.append(fly(flights[-1], key))
    return flights


@given(keys_of_a_while, st.sampled_from(SPAWNS), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_whatever_keys_are_held_a_ship_stays_out_of_walls_and_rocks(
    keys: list[tuple[Keys, int]], spawn: tuple[int, int], heading: int
) -> None:
    for flight in flown(keys, spawn, heading):
        x, y = flight.x / STEP, flight.y / STEP
        for left, top, width, height in WALLS:
            outside_x = max(left - x, x - left - width)
            outside_y = max(top - y, y - top - height)
            assert max(outside_x, outside_y) >= SHIP_RADIUS
        for rock_x, rock_y in ROCKS:
            assert hypot(x - rock_x, y - rock_y) >= ROCK_RADIUS + SHIP_RADIUS - 2 / STEP


@given(keys_of_a_while, st.sampled_from(SPAWNS), st.integers(0, 255))
@settings(deadline=None)
def test_no_keys_make_a_ship_go_farther_in_a_tick_than_its_top_speed(
    keys: list[tuple[Keys, int]], spawn: tuple[int, int], heading: int
) -> None:
    flights = flown(keys, spawn, heading)
    for before, after in pairwise(flights):
        assert hypot(after.vx, after.vy) <= TOP_SPEED * ONE
        # A push off a rock adds to the way, by no more than how deep the ship came in.
        assert hypot(after.x - before.x, after.y - before.y) <= 2 * TOP_SPEED * STEP
        assert abs((after.heading - before.heading + 128) % 256 - 128) <= arena.TOP_SPIN


@given(keys_of_a_while, st.sampled_from(SPAWNS), st.integers(0, 255))
@settings(max_examples=50, deadline=None)
def test_no_number_in_a_flight_is_too_large_for_32_bits(
    keys: list[tuple[Keys, int]], spawn: tuple[int, int], heading: int
) -> None:
    largest = 0
    plain = arena._cut

    def watched(a: int, b: int) -> int:
        nonlocal largest
        largest = max(largest, abs(a))
        return plain(a, b)

    arena._cut = watched
    try:
        flown(keys, spawn, heading)
    finally:
        arena._cut = plain
    assert largest < 2**31


def test_a_ship_speeds_up_to_its_top_speed_and_brakes_to_a_halt() -> None:
    ship = Flight(80 * STEP, 10 * STEP)
    speeds = []
    for _ in range(60):
        ship = fly(ship, THRUST)
        speeds.append(ship.vx)
    assert speeds == sorted(speeds)
    assert 0.8 < speeds[-1] / ONE < TOP_SPEED
    coasting = braking = ship._replace(x=10 * STEP)
    for _ in range(30):
        coasting, braking = fly(coasting, Keys()), fly(braking, Keys(brake=True))
    assert coasting.vx > 0.4 * ONE
    assert braking.vx < 0.05 * ONE


def test_a_tap_turns_by_one_step_and_a_held_key_ever_faster() -> None:
    ship, headings = Flight(80 * STEP, 28 * STEP), []
    for _ in range(7):
        ship = fly(ship, Keys(turn_right=True))
        headings.append(ship.heading)
    assert headings == [1, 3, 6, 10, 15, 20, 25]
    assert fly(ship, Keys()).spin == 0
    assert fly(ship, LEFT).heading == 24
    assert fly(Flight(0, 0), LEFT).heading == 255


def test_a_wall_takes_half_of_the_speed_and_lets_a_ship_slide_along() -> None:
    ship = Flight(150 * STEP, 48 * STEP, vx=ONE, vy=ONE // 2)
    for _ in range(10):
        before, ship = ship, fly(ship, Keys())
        if ship.vx < 0:
            break
    assert ship.x == (158 - 1.5) * STEP
    assert ship.vx == pytest.approx(-before.vx / 2, rel=0.03)
    assert ship.vy == pytest.approx(before.vy, rel=0.03)


def test_a_rock_throws_a_ship_back_the_way_it_came() -> None:
    rock_x, rock_y = ROCKS[0]
    ship = Flight(int((rock_x - 4.5) * STEP), rock_y * STEP, vx=ONE)
    after = fly(ship, Keys())
    assert after.x <= (rock_x - 4) * STEP
    assert after.vx == pytest.approx(-ONE / 2, rel=0.03)
    assert after.vy == 0


# --- the ground ---


def test_headings_are_whole_vectors_that_every_maths_library_rounds_alike() -> None:
    for heading, direction in enumerate(DIRECTIONS):
        for exact, whole in zip((cos(2 * pi * heading / 256), sin(2 * pi * heading / 256)), direction, strict=True):
            assert abs(abs(ONE * exact - whole) - 0.5) > 1e-6
            assert abs(ONE * exact - whole) < 0.5
    assert DIRECTIONS[0] == (ONE, 0)
    assert DIRECTIONS[64] == (0, ONE), "down the screen: clockwise"


def test_between_a_rock_and_what_is_next_to_it_a_ship_can_pass() -> None:
    for x, y in ROCKS:
        for left, top, width, height in WALLS:
            gap = hypot(max(left - x, 0, x - left - width), max(top - y, 0, y - top - height)) - ROCK_RADIUS
            assert gap >= 2 * SHIP_RADIUS
        for other in ROCKS:
            assert other == (x, y) or hypot(other[0] - x, other[1] - y) - 2 * ROCK_RADIUS >= 2 * SHIP_RADIUS


def test_every_place_to_start_is_free_and_on_the_board() -> None:
    for x, y in SPAWNS:
        assert meets_ground(x, y, 0.001, 0, SHIP_RADIUS) == inf
        assert 2 < x < 158
        assert 2 < y < 94


def test_a_step_of_a_position_is_read_by_clients_exactly() -> None:
    assert Fraction(round(1 / STEP, 9)) == Fraction(1, STEP)
    assert Fraction(round(arena.DEGREES, 9)) == Fraction(360, 256)


# --- the golden flights, for other languages ---


def test_the_golden_flights_are_what_fly_does() -> None:
    assert arena_golden.FILE.read_text() == arena_golden.written(), "run: python tests/games/arena_golden.py"


def test_the_golden_flights_come_to_walls_rocks_and_turns_both_ways() -> None:
    data = msgspec.json.decode(arena_golden.FILE.read_bytes())
    states = [s for f in data["flights"] for s in f["states"]]
    assert {s[5] for s in states} == set(range(-5, 6))
    assert any(s[0] == (158 - 1.5) * STEP for s in states)
    assert any(abs(hypot(s[0] - x * STEP, s[1] - y * STEP) - 4 * STEP) < 2 for s in states for x, y in ROCKS)
    assert all(len(f["keys"]) == len(f["states"]) == arena_golden.TICKS for f in data["flights"])


def test_the_golden_guns_fire_as_often_as_they_may_and_hit_walls_and_rocks() -> None:
    guns = msgspec.json.decode(arena_golden.FILE.read_bytes())["guns"]
    for gun in guns:
        ticks = [s["tick"] for s in gun["shots"]]
        assert all(b - a >= GUN_REST for a, b in pairwise(ticks))
    assert [s["tick"] for s in guns[0]["shots"]] == [0, GUN_REST, 2 * GUN_REST]
    assert {reload for gun in guns for reload in gun["reloads"]} == set(range(GUN_REST + 1))
    ends = [s["way"][-1] for gun in guns for s in gun["shots"]]
    assert [158, 89] in ends
    assert any(hypot(x - rx, y - ry) == pytest.approx(ROCK_RADIUS) for x, y in ends for rx, ry in ROCKS)


# --- what clients may not do ---


def test_a_client_that_sends_twice_as_fast_moves_no_faster() -> None:
    fair, fast = Match("ada"), Match("ada")
    for _ in range(60):
        fair.send(THRUST)
        for _ in range(10):
            fast.send(THRUST)
        fair.tick()
        fast.tick()
    assert flight_of(fast.ship()) == flight_of(fair.ship())
    assert fair.ship().vx or fair.ship().vy


def test_a_client_that_fires_faster_shoots_no_faster() -> None:
    match = Match("ada")
    match.put(1, 10, 89)
    for _ in range(3 * GUN_REST):
        for _ in range(5):
            match.send(FIRE)
        match.tick()
    assert len(match.game.shots) == 3


def test_of_what_comes_in_one_tick_the_last_word_counts() -> None:
    match = Match("ada")
    for _ in range(20):
        match.send(THRUST)
    match.send(Keys())
    match.tick()
    assert flight_of(match.ship())[2:4] == (0, 0)


@pytest.mark.parametrize("field", ["x", "y", "vx", "vy", "angle", "heading", "position", "shield", "player"])
def test_an_input_with_a_place_or_a_speed_in_it_is_no_input(field: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.json.decode(msgspec.json.encode({"type": "keys", "thrust": True, field: 5}), type=SPEC.inputs)


@given(st.lists(st.tuples(held, st.integers(0, 60), st.integers(1, 5)), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_whatever_a_client_sends_its_ship_makes_one_flight_a_tick(inputs: list[tuple[Keys, int, int]]) -> None:
    match = Match("ada")
    for keys, ahead, copies in inputs:
        for _ in range(copies):
            match.send(keys, tick=match.room.tick + ahead if ahead else None)
        before = flight_of(match.ship())
        match.tick()
        assert flight_of(match.ship()) == fly(before, match.game.pilots[1].held)


@given(st.lists(st.tuples(held, st.integers(0, 12)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_and_so_it_does_if_all_its_inputs_are_late(inputs: list[tuple[Keys, int]]) -> None:
    match = Match("ada")
    start, first = flight_of(match.ship()), match.room.tick + 1
    match.tick(20)
    keys_of, last = [Keys()] * 20, 0  # by tick from the first on, as the inputs say by now
    for keys, late in inputs:
        tick = match.room.tick + 1
        last = max(last, tick - late)  # they keep their order
        match.send(keys, tick=tick - late)
        since = max(last, tick - 7) - first
        keys_of[since:] = [keys] * (tick + 1 - first - since)
        match.tick()
        assert flight_of(match.ship()) == reduce(fly, keys_of, start)


def test_an_input_is_played_in_its_tick_and_not_before() -> None:
    match = Match("ada")
    match.send(THRUST, tick=match.room.tick + 4)
    match.tick(3)
    assert flight_of(match.ship())[2:4] == (0, 0)
    match.tick()
    assert flight_of(match.ship())[2:4] != (0, 0)


def test_a_replayed_input_does_nothing() -> None:
    match = Match("ada")
    match.send(THRUST)
    match.send(Keys())
    match.tick()
    assert not match.room.input(1, 1, THRUST)
    assert not match.room.input(1, match.seqs[1], THRUST)
    match.tick()
    assert flight_of(match.ship())[2:4] == (0, 0)


def test_an_input_for_an_earlier_tick_than_the_one_before_does_not_overtake_it() -> None:
    match = Match("ada")
    tick = match.room.tick + 3
    match.send(THRUST, tick=tick)
    match.send(Keys(), tick=tick - 2)
    match.tick(3)
    assert flight_of(match.ship())[2:4] == (0, 0), "both count in the third tick, and the last word is to let go"


def test_an_input_of_a_far_future_comes_after_a_second_and_no_later() -> None:
    match = Match("ada")
    match.send(THRUST, tick=2**32 - 1)
    match.tick(29)
    assert flight_of(match.ship())[2:4] == (0, 0)
    match.tick()
    assert flight_of(match.ship())[2:4] != (0, 0)


@pytest.mark.parametrize(("late", "ticks"), [(0, 1), (1, 2), (7, 8), (8, 8), (10_000, 8)])
def test_a_late_input_counts_from_its_tick_but_no_further_back_than_a_quarter_of_a_second(
    late: int, ticks: int
) -> None:
    match = Match("ada")
    match.tick(50)
    match.send(THRUST, tick=match.room.tick + 1 - late)
    flight = flight_of(match.ship())
    for _ in range(ticks):
        flight = fly(flight, THRUST)
    match.tick()
    assert flight_of(match.ship()) == flight


def test_keys_are_held_for_a_while_without_a_word_and_then_let_go() -> None:
    match = Match("ada")
    match.send(THRUST)
    match.tick(1 + LET_GO)
    before = flight_of(match.ship())
    match.tick()
    assert flight_of(match.ship()) == fly(before, Keys())
    assert match.game.pilots[1].held == Keys()


# --- shots are judged by what the shooter saw ---


def crossing(seen: float | None, *, lag: int = 5, late: int = 0) -> Match:
    """Player 2 is before 1's gun for a tick; 1 fires `lag` ticks later, and says what it saw: so many ticks after.

    With `late`, the key was meant for an earlier tick than that in which it comes.
    """
    match = one_left_of_another()
    match.put(1, 100, 89)
    place = match.ship(2)
    for y in (89, *[80.0 - i for i in range(lag - 1)]):  # there, and then ever farther away
        place.x, place.y, place.vx, place.vy = 103, y, 0, 0
        match.tick()
    there = match.room.tick - (lag - 1)
    match.send(FIRE, tick=match.room.tick + 1 - late, seen=None if seen is None else there + seen)
    match.tick(2)
    return match


def test_a_shot_hits_who_was_on_the_shooters_screen() -> None:
    assert crossing(seen=0).heard("hit") == [{"player": 2, "by": 1}]


def test_without_a_word_about_the_screen_a_shot_is_judged_by_where_ships_are() -> None:
    assert crossing(seen=None).heard("hit") == []


def test_who_saw_the_other_gone_misses() -> None:
    assert crossing(seen=2).heard("hit") == []


def test_a_claim_of_more_than_a_quarter_of_a_second_is_clamped() -> None:
    assert crossing(seen=0, lag=7).heard("hit") == [{"player": 2, "by": 1}], "7 ticks of 30 Hz are less than 250 ms"
    assert crossing(seen=0, lag=9).heard("hit") == [], "9 ticks are more"
    assert crossing(seen=-1000, lag=9).heard("hit") == [], "and so is any other claim"


@pytest.mark.parametrize("late", [1, 2, 4])
def test_a_shot_whose_key_came_late_hits_who_was_on_the_screen_when_it_was_pressed(late: int) -> None:
    assert crossing(seen=0, late=late).heard("hit") == [{"player": 2, "by": 1}]
    assert crossing(seen=2, late=late).heard("hit") == []


def test_a_late_key_does_not_make_a_claim_longer() -> None:
    assert crossing(seen=0, lag=9, late=1).heard("hit") == []
    assert crossing(seen=0, lag=9, late=6).heard("hit") == []


def test_a_shot_whose_key_came_late_is_as_far_as_it_would_be_and_flies_no_longer() -> None:
    def places(late: int) -> list[float]:
        match = Match("ada")
        match.tick(30)
        match.put(1, 20, 89)
        match.tick(10)  # and has been there for as long as anybody is believed
        match.tick(late)
        match.send(FIRE, tick=match.room.tick + 1 - late)
        match.tick()
        match.send(Keys())
        seen: list[float] = []
        while len(match.game.shots):
            seen += [shot.x for shot in match.game.shots]
            match.tick()
        return seen

    assert places(late=5) == places(late=0)[5:]


@pytest.mark.parametrize("seen", [1e9, -1e9, float("inf"), float("-inf"), float("nan")])
def test_a_claim_that_makes_no_sense_harms_nobody(seen: float) -> None:
    match = one_left_of_another()
    match.tick(10)
    match.send(FIRE, seen=seen)
    match.tick(GUN_REST)
    assert 0 <= match.room.seated[1].lag <= 7.5
    assert match.heard("hit") == [{"player": 2, "by": 1}]


def test_a_shot_at_where_somebody_was_who_is_gone_now_hits_nobody() -> None:
    match = one_left_of_another()
    match.put(2, 106, 89)
    match.tick(5)
    match.send(FIRE, seen=match.room.tick - 4)
    match.tick()
    match.room.leave(2)
    match.tick(5)
    assert match.heard("hit") == []
    assert len(match.game.shots) == 0, "it was spent on the one who was there"


# --- prediction with the game's own rules ---


@given(st.lists(st.tuples(held, st.integers(1, 20)), min_size=1, max_size=8), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_a_client_that_predicts_comes_to_what_the_server_sends_it(keys: list[tuple[Keys, int]], late: int) -> None:
    """The client sees nothing but the bytes on the wire, some ticks late."""
    match, mirror = Match("ada"), Mirror(Schema.read(match_schema()))
    decoder = ServerMessageDecoder()

    def flight() -> Flight:
        [row] = mirror.tables["Ship"]
        return Flight(
            round(row.x * STEP), round(row.y * STEP), row.vx, row.vy, round(row.angle / arena.DEGREES), row.spin
        )

    def state(tick: int) -> None:
        mirror.apply(decoder.decode(full_state(match.room), Encoding.JSON))  # type: ignore[arg-type]
        assert mirror.tick == tick

    state(match.room.tick)
    ship: Prediction[Any, Any] = Prediction(fly, values, {}, flight(), acked=match.room.tick)
    seen: list[tuple[int, Flight]] = []
    for held_keys, ticks in keys:
        for _ in range(ticks):
            tick = match.room.tick + 1
            ship.apply(tick, held_keys, now=tick / 30)
            match.send(held_keys, tick=tick)
            match.tick()
            state(tick)
            seen.append((tick, flight()))
            assert ship.state == flight()
            if len(seen) > late:
                acked, old = seen.pop(0)
                ship.reconcile(old, acked, now=tick / 30)
                assert ship.state == flight()


@given(keys_of_a_while, st.sampled_from(SPAWNS), st.integers(0, 255))
@settings(max_examples=30, deadline=None)
def test_a_row_that_moves_by_itself_flies_as_the_rules_do(
    keys: list[tuple[Keys, int]], spawn: tuple[int, int], heading: int
) -> None:
    row = Ship(x=spawn[0], y=spawn[1], angle=heading * arena.DEGREES, player=1)
    for key, ticks in keys:
        for _ in range(ticks):
            expected = fly(flight_of(row), key)
            row.move(key)
            assert flight_of(row) == expected


def values(flight: Flight) -> dict[str, float]:
    return {"x": flight.x, "y": flight.y, "heading": flight.heading}


def match_schema() -> dict[str, Any]:
    return Match("ada").room.described_schema


def full_state(room: Room) -> bytes:
    """The whole state as a client gets it in JSON, in the steps of the wire."""
    tables: dict[str, Any] = {}
    for attribute, entity in SPEC.tables.items():
        rows = {}
        for row in getattr(room.game, attribute):
            wires = {f.name: f.type.to_wire([getattr(row, f.name)])[0] for f in entity.fields}
            rows[str(row.id)] = {f.name: f.type.from_wire(wires[f.name]) for f in entity.fields}
        tables[entity.__name__] = rows
    return msgspec.json.encode({"type": "state", "tick": room.tick, "full": True, "tables": tables})


# --- shots ---


def shot(x: float, y: float, heading: int = 0, player: int = 1) -> Shot:
    return Shot(x=x, y=y, heading=heading, player=player)


def ship(x: float, y: float, player: int = 2) -> Ship:
    return Ship(x=x, y=y, angle=0, player=player)


def test_a_shot_hits_the_first_ship_on_its_way_and_not_its_own() -> None:
    own, near, far = ship(100, 89, player=1), ship(103, 89.9, player=2), ship(103.8, 89, player=3)
    assert hits(shot(100, 89), [own, far, near]) is near
    assert hits(shot(100, 89), [own, far]) is far
    assert hits(shot(100, 89), [own]) is None


def test_a_shot_does_not_hit_what_is_beside_behind_or_beyond_its_way() -> None:
    for x, y in ((101, 91.1), (97.9, 89), (104.1, 89)):
        assert hits(shot(100, 89), [ship(x, y)]) is None
    for x, y in ((101, 90.9), (98.1, 89), (103.9, 89)):
        assert hits(shot(100, 89), [ship(x, y)]) is not None


def test_a_wall_or_a_rock_is_cover() -> None:
    left, top, _, _ = next(w for w in WALLS if w[2] == 4)
    assert hits(shot(left - 1.5, top + 5), [ship(left + 2.2, top + 5)]) is None
    x, y = ROCKS[0]
    assert hits(shot(x - 3.7, y), [ship(x, y)]) is None
    for away in (3.7, 3.7 - 1e-6):
        assert hits(shot(100, 89), [ship(100 + away, 89)]) is not None, "on free ground both are hits"


def test_ships_may_be_given_where_the_shooter_saw_them() -> None:
    match = one_left_of_another()
    now, then = match.ship(2), ship(103, 89)
    assert hits(shot(101, 89), [now]) is None
    assert hits(shot(101, 89), [then]) is then


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(-5, 5), st.floats(-5, 5), st.floats(0.1, 5))
def test_the_share_at_which_a_point_enters_a_circle_is_on_its_rim(
    x: float, y: float, dx: float, dy: float, radius: float
) -> None:
    share = enters(x, y, dx, dy, radius)
    if share == 0:
        assert hypot(x, y) <= radius + 1e-9
    elif share <= 1:
        assert hypot(x + share * dx, y + share * dy) == pytest.approx(radius, abs=1e-4)
    else:
        ways = [hypot(x + i / 50 * dx, y + i / 50 * dy) for i in range(51)]
        assert min(ways) >= radius - 1e-6


def test_a_ship_takes_three_hits_on_its_shield_and_is_destroyed_by_the_fourth() -> None:
    match = one_left_of_another()
    for hit in range(SHIELD):
        match.send(FIRE)
        match.tick()
        match.send(Keys())
        match.tick(GUN_REST - 1)
        assert match.ship(2).shield == SHIELD - 1 - hit
    assert match.heard("destroyed") == []
    match.send(FIRE)
    match.tick(GUN_REST)
    assert match.heard("hit") == [{"player": 2, "by": 1}] * SHIELD
    assert match.heard("destroyed") == [{"player": 2, "by": 1}]
    assert {s.player: s.points for s in match.game.scores} == {1: 1, 2: 0}
    assert [s.player for s in match.game.ships] == [1]


def test_a_shield_comes_back_when_nobody_hits_it() -> None:
    match = one_left_of_another()
    match.send(FIRE)
    match.tick()
    match.send(Keys())
    match.tick(GUN_REST - 1)
    assert match.ship(2).shield == SHIELD - 1
    match.tick(SHIELD_REST - GUN_REST)
    assert match.ship(2).shield == SHIELD - 1
    match.tick(GUN_REST)
    assert match.ship(2).shield == SHIELD


def test_who_was_destroyed_comes_back_as_a_new_row_far_away() -> None:
    match = one_left_of_another()
    match.strip(2)
    old = match.ship(2).id
    match.send(FIRE)
    match.tick(10)
    assert match.game.ships.get(old) is None
    match.tick(RESPAWN - 10)
    assert len(match.game.ships) == 1
    match.tick(10)
    new = match.ship(2)
    assert new.id != old, "a row of its own, so that no client glides it across the board"
    assert new.shield == SHIELD
    assert hypot(new.x - 100, new.y - 89) > 60


def test_a_shot_flies_straight_and_is_spent_after_its_life() -> None:
    match = Match("ada")
    match.put(1, 10, 40)
    match.send(FIRE)
    match.tick()
    [row] = match.game.shots
    assert (row.x, row.y) == (10 + SHOT_SPEED, 40)
    match.tick(SHOT_LIFE - 1)
    assert row.x == 10 + SHOT_SPEED * SHOT_LIFE or row not in match.game.shots
    match.send(Keys())
    match.tick(2 * SHOT_LIFE)
    assert len(match.game.shots) == 0
    assert match.game.charges == {}


def test_a_shot_of_who_left_still_hits_and_scores_for_nobody() -> None:
    match = one_left_of_another()
    match.strip(2)
    match.send(FIRE)
    match.tick()
    match.room.leave(1)
    match.tick(10)
    assert len(match.game.ships) == 0
    assert {s.player: s.points for s in match.game.scores} == {2: 0}


def test_who_leaves_leaves_nothing_behind_but_shots() -> None:
    match = Match("ada")
    match.room.leave(1)
    match.tick()
    assert (len(match.game.ships), len(match.game.scores)) == (0, 0)
    assert match.game.pilots == {}


# --- a whole match ---


def test_arena_keeps_the_contract() -> None:
    try:
        spec = inspect_game(Arena)
    except ContractError as error:  # pragma: no cover
        pytest.fail(str(error))
    assert (spec.name, spec.tick_rate, spec.seats) == ("arena", 30, 16)


def test_bots_hit_each_other_and_none_is_left_out() -> None:
    match = Match(bots=8)
    match.tick(30 * 60)
    assert len(match.heard("destroyed")) > 20
    shooters = {e["by"] for e in match.heard("hit")}
    assert shooters == set(range(1, 9))


def test_bots_do_not_get_stuck() -> None:
    match = Match(bots=4, seed=3)
    places: dict[int, list[tuple[float, float]]] = {}
    for _ in range(30 * 60):
        match.tick()
        for row in match.game.ships:
            places.setdefault(row.id, []).append((row.x, row.y))
    for ways in places.values():
        for start in range(0, len(ways) - 300, 50):
            ten_seconds = ways[start : start + 300]
            assert max(hypot(x - ten_seconds[0][0], y - ten_seconds[0][1]) for x, y in ten_seconds) > 5


def test_the_same_seed_and_inputs_give_the_same_match() -> None:
    def played(seed: int) -> bytes:
        match = Match("ada", bots=6, seed=seed)
        for i in range(400):
            if i % 7 == 0:
                match.send(Keys(thrust=i % 3 == 0, turn_left=i % 5 == 0, fire=True), match.players[0])
            match.tick()
        return full_state(match.room)

    assert played(5) == played(5) != played(6)


def test_the_state_can_be_saved_and_read_back() -> None:
    match = Match("ada", bots=6)
    match.tick(200)
    for name, kind in SPEC.state.items():
        value = getattr(match.game, name)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind) == value
