from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from client.playing import FRAME, Play, settled
from tickwire.client.own import MAX_AHEAD, Flights, Made
from tickwire.client.rules import Move, Moved, Values
from tickwire.game.blend import Smooth
from tickwire.games import arena
from tickwire.games.arena import GUN_REST, SHOT_SPEED

A_FRAME = SHOT_SPEED * arena.Arena.tick_rate * FRAME  # the way of a shot in it
BAD = {"jitter": 0.02, "loss": 0.02}


class Range:
    """Ada's ship at the left end of a free lane, looking along it; and what her screen shows of her shots."""

    def __init__(self, x: float = 20, **link: Any) -> None:
        self.play = settled(**link)
        ship = self.play.true(self.play.player)
        ship.x, ship.y, ship.vx, ship.vy, ship.angle = x, 89, 0, 0, 0
        self.play.run(0.8)
        self.ways: dict[int, list[tuple[int, float]]] = defaultdict(list)  # by id on the screen: frame and x
        self.fired: set[int] = set()  # rows of the room
        self.frames = 0

    def frame(self) -> list[Any]:
        """A frame; returns the shots on the screen."""
        self.play.frame()
        self.frames += 1
        self.fired |= {shot.id for shot in self.play.game.shots}
        shots = list(self.play.stage.tables(self.play.now)["Shot"])
        for shot in shots:
            self.ways[shot.id].append((self.frames, shot.x))
        return shots

    def run(self, frames: int) -> None:
        for _ in range(frames):
            self.frame()

    def tap(self) -> list[Any]:
        """The fire key down and up; returns what the next frame shows."""
        self.play.stage.press("fire")
        shots = self.frame()
        self.play.stage.release("fire")
        return shots

    @property
    def steps(self) -> list[float]:
        """How far shots went from one frame to the next."""
        return [b[1] - a[1] for way in self.ways.values() for a, b in pairwise(way)]

    @property
    def gaps(self) -> int:
        """Frames in which a shot was not there, between two in which it was."""
        return sum(way[-1][0] - way[0][0] + 1 - len(way) for way in self.ways.values())


@pytest.mark.parametrize("way", [0.0, 0.075, 0.15])
@pytest.mark.parametrize("wait", range(4))
def test_a_shot_of_ones_own_is_there_in_the_next_frame_however_far_the_server_is(way: float, wait: int) -> None:
    lane = Range(way=way)
    lane.run(wait)
    [shot] = lane.tap()
    assert shot.player == lane.play.player
    assert 20 <= shot.x <= 20 + 2 * SHOT_SPEED
    assert not lane.fired or not way


@pytest.mark.parametrize("link", [{}, {"way": 0.15}, {"jitter": 0.02}, *({**BAD, "seed": seed} for seed in range(4))])
def test_a_shot_flies_on_as_one_thing_when_the_real_row_takes_over(link: dict[str, Any]) -> None:
    lane = Range(**link)
    lane.tap()
    lane.run(80)
    assert len(lane.fired) == len(lane.ways) == 1
    assert lane.gaps == 0
    assert min(lane.steps) > 0.9 * A_FRAME
    assert max(lane.steps) < 1.1 * A_FRAME


@pytest.mark.parametrize("link", [{}, *({**BAD, "seed": seed} for seed in range(6))])
def test_of_a_burst_each_shot_is_seen_once_whatever_is_played_again(link: dict[str, Any]) -> None:
    lane = Range(**link)
    lane.play.stage.press("fire")
    lane.run(2 * GUN_REST * 7 + 6)  # let go when the gun is not ready
    lane.play.stage.release("fire")
    lane.run(60)
    assert len(lane.fired) == len(lane.ways) == 8
    assert lane.gaps == 0
    assert min(lane.steps) > 0.5 * A_FRAME
    assert max(lane.steps) < 1.5 * A_FRAME


def test_a_shot_leaves_the_nose_of_a_ship_that_turns_and_flies() -> None:
    lane = Range(x=60)
    stage = lane.play.stage
    for name in ("thrust", "turn_right"):
        stage.press(name)
    lane.run(12)
    [shot] = lane.tap()
    ship = lane.play.shown(lane.play.player)
    assert abs(shot.x - ship.x) + abs(shot.y - ship.y) < 3 * SHOT_SPEED
    lane.run(60)
    assert len(lane.ways) == 1


def test_a_shot_that_the_server_refuses_vanishes_within_a_round_trip() -> None:
    lane = Range()
    lane.play.true(lane.play.player).reload = 60  # for a reason of the server's
    assert len(lane.tap()) == 1
    lane.run(40)
    assert lane.fired == set()
    [way] = lane.ways.values()
    assert 0.05 < len(way) * FRAME < 0.2


def test_with_its_ship_go_the_shots_that_it_will_never_fire() -> None:
    lane = Range()
    game, ship = lane.play.game, lane.play.true(lane.play.player)
    lane.tap()
    game.ships.remove(ship.id)
    pilot = game.pilots[lane.play.player]
    pilot.ship, pilot.reborn = 0, lane.play.room.tick + 1000
    while lane.play.shown(lane.play.player) is not None:
        lane.frame()
    assert lane.frame() == []
    assert lane.fired == set()
    lane.run(60)
    assert lane.play.shown(lane.play.player, "Shot") is None


def test_a_shot_whose_ship_is_destroyed_after_it_fires_flies_on() -> None:
    lane = Range()
    lane.tap()
    while not lane.fired:
        lane.frame()
    game = lane.play.game
    game.ships.remove(lane.play.true(lane.play.player).id)
    game.pilots[lane.play.player].ship, game.pilots[lane.play.player].reborn = 0, lane.play.room.tick + 1000
    lane.run(40)
    assert len(lane.ways) == 1
    assert lane.gaps == 0
    assert len(lane.frame()) == 1


def test_an_input_that_comes_late_puts_the_shot_off_and_it_goes_on_as_the_same() -> None:
    lane = Range()
    lane.play.up.conditioner.delay += 0.1
    lane.play.stage.press("fire")
    lane.run(10)
    lane.play.stage.release("fire")
    lane.run(50)
    assert len(lane.fired) == 1
    [way] = lane.ways.values()
    assert lane.gaps == 0
    assert min(lane.steps) > 0, "it never flies backwards"
    [shot] = lane.play.game.shots
    ahead = lane.play.stage.clock.input_tick(lane.play.now) - lane.play.room.tick
    assert way[-1][1] == pytest.approx(shot.x + ahead * SHOT_SPEED, abs=1.0)


def test_a_tap_that_comes_later_than_it_was_long_is_one_shot_all_the_way() -> None:
    lane = Range()
    lane.play.up.conditioner.delay += 0.15
    lane.tap()
    most = max(len(lane.frame()) for _ in range(60))
    assert (most, len(lane.fired), len(lane.ways)) == (1, 1, 1)
    assert lane.gaps == 0
    assert lane.steps[10:] == pytest.approx([A_FRAME] * len(lane.steps[10:]), abs=0.3), "it is where it would be"


def test_a_trigger_that_is_pulled_in_a_frame_that_took_long_does_not_count_for_the_ticks_before() -> None:
    lane = Range()
    advance = lane.play.stage.advance
    lane.play.stage.advance = lambda now: []  # type: ignore[method-assign]
    lane.play.run(0.4)
    lane.play.stage.advance = advance  # type: ignore[method-assign]
    [shot] = lane.tap()
    assert shot.x <= 20 + 2 * SHOT_SPEED
    lane.run(60)
    assert len(lane.fired) == len(lane.ways) == 1
    assert min(lane.steps) > 0.9 * A_FRAME


@pytest.mark.parametrize("way", [0.0, 0.075, 0.15])
@pytest.mark.parametrize("x", [153.2, 154, 140.3, 120.1])
def test_a_shot_that_comes_to_a_wall_is_gone_there(x: float, way: float) -> None:
    lane = Range(x=x, way=way)
    lane.tap()
    lane.run(90)
    assert len(lane.fired) <= len(lane.ways) == 1
    [seen] = lane.ways.values()
    assert 158 - A_FRAME < seen[-1][1] < 158.1, "the wall, or the frame before; and rounding"
    assert lane.gaps == 0
    assert min(lane.steps) > 0, "it neither waits there nor comes back"


@pytest.mark.parametrize("seed", range(4))
def test_of_a_burst_at_a_wall_each_shot_is_seen_once_and_goes_on_to_the_wall(seed: int) -> None:
    lane = Range(x=151.3, **BAD, seed=seed)
    lane.play.stage.press("fire")
    lane.run(2 * GUN_REST * 7 + 6)
    lane.play.stage.release("fire")
    lane.run(60)
    assert len(lane.ways) == 8
    assert lane.gaps == 0
    assert min(lane.steps) > 0
    assert all(158 - A_FRAME < way[-1][1] < 158.1 for way in lane.ways.values())


def test_in_a_stall_shots_that_nobody_confirms_are_given_up_after_a_second() -> None:
    lane = Range()
    lane.play.down.conditioner.black_hole(lane.play.now, lane.play.now + 60)
    lane.play.stage.press("fire")
    lane.run(90)
    assert len(lane.ways) > 5
    assert len(lane.frame()) <= MAX_AHEAD // GUN_REST + 1


def test_a_shot_that_was_seen_is_fired_though_the_key_was_let_go_within_its_tick() -> None:
    lane = Range()
    stage = lane.play.stage
    stage.press("fire")
    lane.run(2 * GUN_REST - 1)
    while len(lane.ways) < 2:  # shown in the tick in which the gun is ready, which is not over
        lane.frame()
    stage.release("fire")
    lane.run(60)
    assert len(lane.fired) == len(lane.ways) == 2
    assert min(len(way) for way in lane.ways.values()) > 30


def test_without_the_rules_a_shot_is_shown_when_it_came() -> None:
    lane = Range(rules=False)
    assert lane.tap() == []
    lane.run(40)
    assert set(lane.ways) == lane.fired


def test_a_watcher_and_a_player_with_no_ship_have_no_ghosts() -> None:
    play = Play()
    play.stage.press("fire")
    play.run(FRAME)
    assert list(play.stage.tables(play.now)["Shot"]) == []


# --- in detail ---


def on(values: Values, held: Any) -> Moved:
    return Moved({**values, "x": values["x"] + 1})


def to_ten(values: Values, held: Any) -> Moved:
    return Moved({**values, "x": min(10, values["x"] + 1)}, over=values["x"] + 1 >= 10)


def flights(move: Move = on) -> Flights:
    return Flights(move, {"x": Smooth("linear", jump=50), "player": Smooth("step")})


def made(tick: int, x: float = 0, number: int = 0) -> Made:
    return Made(tick, number, "Shot", {"x": x, "player": 1})


def test_a_ghost_begins_where_it_was_made_at_the_beginning_of_its_tick() -> None:
    shots = flights()
    assert shots.rows([made(5)], 4.25, 0.0, None) == {-1: {"x": 0.25, "player": 1}}
    assert shots.rows([made(5)], 6.5, 0.1, None) == {-1: {"x": 2.5, "player": 1}}


def test_two_of_one_tick_are_two_and_become_the_rows_in_their_order() -> None:
    shots = flights()
    both = [made(5, 0), made(5, 10, number=1)]
    assert set(shots.rows(both, 5, 0.0, None)) == {-1, -2}
    shots.follow({7: {"x": 1, "player": 1}, 8: {"x": 11, "player": 1}}, [], 5, 6, 0.1, None)
    assert shots.rows([], 6, 0.1, None) == {-1: {"x": 2, "player": 1}, -2: {"x": 12, "player": 1}}


def test_what_the_real_row_says_otherwise_fades_in_and_a_teleport_is_shown_at_once() -> None:
    shots = flights()
    shots.rows([made(5)], 5, 0.0, None)
    shots.follow({7: {"x": 4, "player": 1}}, [], 5, 6, 1.0, None)
    assert [shots.rows([], 6, now, None)[-1]["x"] for now in (1.0, 1.075, 1.2)] == [2, pytest.approx(3.5), 5]
    shots.follow({7: {"x": 90, "player": 1}}, [], 6, 6, 2.0, None)
    assert shots.rows([], 6, 2.0, None)[-1]["x"] == 90


def test_a_shot_that_was_refused_does_not_become_the_next_one() -> None:
    shots = flights()
    shots.rows([made(5)], 8, 0.0, None)
    shots.follow({}, [made(13)], 5, 12.5, 0.1, None)
    assert shots.rows([made(13)], 12.5, 0.1, None) == {-2: {"x": 0.5, "player": 1}}


def test_a_way_that_is_over_is_seen_to_its_end_and_not_again_when_the_row_ends_a_little_later() -> None:
    shots = flights(to_ten)
    assert shots.rows([made(5, 8)], 5.75, 0.0, None) == {-1: {"x": 9.75, "player": 1}}
    assert shots.rows([made(5, 8)], 6, 0.0, None) == {-1: {"x": 10, "player": 1}}
    assert shots.rows([made(5, 8)], 6.25, 0.0, None) == {}
    shots.follow({7: {"x": 8, "player": 1}}, [], 5, 6.5, 0.1, None)
    assert shots.rows([], 6.5, 0.1, None) == {}
    shots.follow({7: {"x": 9, "player": 1}}, [], 6, 6.75, 0.2, None)
    assert shots.rows([], 6.75, 0.2, None) == {}


def test_a_way_that_seemed_over_goes_on_if_the_row_is_led_elsewhere() -> None:
    shots = flights(to_ten)
    assert shots.rows([made(5, 8)], 7, 0.0, None) == {}
    shots.follow({7: {"x": 1, "player": 1}}, [], 5, 7, 0.1, None)
    assert shots.rows([], 7, 0.1, None) == {-1: {"x": 3, "player": 1}}


def test_a_ghost_that_ended_before_a_state_has_no_heir_in_it() -> None:
    shots = flights(to_ten)
    both = [made(5, 9), made(7, 0)]
    assert set(shots.rows(both, 8, 0.0, None)) == {-2}
    shots.follow({7: {"x": 1, "player": 1}}, [], 7, 8, 0.1, None)
    assert shots.rows([], 8, 0.1, None) == {-2: {"x": 2, "player": 1}}


def test_a_ghost_that_ended_and_is_put_off_is_still_the_same_and_so_is_the_next() -> None:
    shots = flights(to_ten)
    both = [made(5, 8), made(13, 8)]
    assert set(shots.rows(both, 12.5, 0.0, None)) == {-2}
    shots.follow({}, [made(7, 8), made(15, 8)], 6, 12.5, 0.1, None)
    assert shots.rows([made(7, 8), made(15, 8)], 14.75, 1.0, None) == {-2: {"x": 8.75, "player": 1}}
