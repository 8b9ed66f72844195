from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import interpolation_golden
from tickwire.client.interpolation import (
    EASE,
    MAX_EXTRAPOLATION,
    MAX_GAP,
    Interpolation,
)
from tickwire.client.playback import MAX_DELAY, MAX_SPEED_CHANGE, Playback
from tickwire.game.blend import Smooth

STEP = 0.05  # seconds between two states
FRAME = 1 / 60
FIELDS = {"x": Smooth(jump=50), "angle": Smooth("angle"), "shield": Smooth("step")}


def row(x: float, angle: float = 0.0, shield: float = 3.0) -> dict[str, float]:
    return {"x": x, "angle": angle, "shield": shield, "unshown": 1.0}


def moving(count: int, speed: float = 10.0) -> Interpolation:
    """One row, number 7, that moves by so many units a state from time 0 on."""
    rows = Interpolation(FIELDS, STEP)
    for i in range(count):
        rows.push(i * STEP, {7: row(i * speed)})
    return rows


# --- between two states ---


@given(st.floats(0, 4))
def test_between_two_states_a_row_is_on_the_straight_way(at: float) -> None:
    assert moving(5).at(at * STEP)[7]["x"] == pytest.approx(at * 10, abs=1e-6)


@given(st.floats(0, 359.9), st.floats(-179, 179), st.floats(0, 1))
def test_an_angle_turns_the_shorter_way_around(start: float, turned: float, share: float) -> None:
    rows = Interpolation(FIELDS, STEP)
    rows.push(0.0, {7: row(0, start)})
    rows.push(STEP, {7: row(0, (start + turned) % 360)})
    angle = rows.at(share * STEP)[7]["angle"]
    assert 0 <= angle < 360
    assert (angle - start - share * turned + 180) % 360 == pytest.approx(180, abs=1e-3)


def test_a_step_is_made_when_its_state_is_reached_and_not_before() -> None:
    rows = Interpolation(FIELDS, STEP)
    rows.push(0.0, {7: row(0, shield=3)})
    rows.push(STEP, {7: row(0, shield=2)})
    assert rows.at(STEP * 0.99)[7]["shield"] == 3
    assert rows.at(STEP)[7]["shield"] == 2


def test_a_jump_over_the_threshold_is_not_travelled_and_takes_the_whole_row_with_it() -> None:
    rows = Interpolation(FIELDS, STEP)
    rows.push(0.0, {7: row(0, 0)})
    rows.push(STEP, {7: row(51, 90)})
    rows.push(2 * STEP, {7: row(101, 90)})
    assert rows.at(STEP * 0.9)[7] == {"x": 0, "angle": 0, "shield": 3}
    assert rows.at(STEP)[7]["x"] == 51
    assert rows.at(STEP * 1.5)[7]["x"] == pytest.approx(76), "50 is no jump"


def test_fields_that_are_not_shown_are_left_out() -> None:
    assert set(moving(2).at(0.0)[7]) == set(FIELDS)


# --- fields that are in every nth state only ---


def seldom(values: list[float], every: int = 4, jump: float = 1e9) -> Interpolation:
    """A row whose field `heat` comes in every fourth state, and whose x is in each."""
    rows = Interpolation({"x": Smooth(), "heat": Smooth(jump=jump)}, STEP, {"heat": every})
    for i in range(len(values) * every):
        rows.push(i * STEP, {7: {"x": i, "heat": values[i // every]}})
    return rows


@given(st.floats(3, 18.9))
def test_a_field_that_comes_in_every_fourth_state_goes_evenly_from_one_value_to_the_next(at: float) -> None:
    rows = seldom([0, 40, 80, 120, 160])
    shown = rows.at(at * STEP)[7]
    assert shown["heat"] == pytest.approx((at - 3) * 10, abs=1e-6), "it sets out with the state before its own"
    assert shown["x"] == pytest.approx(at, abs=1e-6), "the others are as late as ever"


def test_it_arrives_after_its_states_and_stays_where_nothing_else_comes() -> None:
    rows = Interpolation({"heat": Smooth()}, STEP, {"heat": 4})
    rows.push(0.0, {7: {"heat": 0}})
    for i in range(1, 12):
        rows.push(i * STEP, {7: {"heat": 8}} if i == 4 else {})
    assert [rows.at(i * STEP)[7]["heat"] for i in range(10)] == pytest.approx([0, 0, 0, 0, 2, 4, 6, 8, 8, 8])


def test_a_value_that_comes_before_the_last_one_was_reached_is_gone_to_from_there() -> None:
    rows = Interpolation({"heat": Smooth()}, STEP, {"heat": 4})
    for i, heat in enumerate([0, 8, 8, 0, 0, 0, 0, 0]):
        rows.push(i * STEP, {7: {"heat": heat}})
    shown = [rows.at(i * STEP)[7]["heat"] for i in range(8)]
    assert shown == pytest.approx([0, 2, 4, 3, 2, 1, 0, 0])


def test_a_jump_of_it_is_shown_at_once_when_its_state_is_reached() -> None:
    rows = seldom([0, 40, 200, 200], jump=100)
    assert rows.at(7.99 * STEP)[7]["heat"] == 40
    assert rows.at(8 * STEP)[7]["heat"] == 200


def test_what_is_forgotten_changes_nothing_of_what_is_shown() -> None:
    kept, dropped = seldom([0, 40, 80, 60, 0, 10]), seldom([0, 40, 80, 60, 0, 10])
    for i in range(200):
        at = i * STEP / 9
        dropped.forget(at)
        assert dropped.at(at) == kept.at(at)


def test_a_step_that_comes_seldom_is_a_step() -> None:
    rows = Interpolation({"shield": Smooth("step")}, STEP, {"shield": 4})
    rows.push(0.0, {7: {"shield": 3}})
    rows.push(STEP, {7: {"shield": 1}})
    rows.push(2 * STEP, {})
    assert [rows.at(at * STEP)[7]["shield"] for at in (0.9, 1.0, 1.9)] == [3, 1, 1]


def test_what_was_made_up_in_a_stall_is_led_over_for_such_a_field_too() -> None:
    rows = seldom([0, 40])
    stalled = 9.5 * STEP  # the state of 8 is late
    before = rows.at(stalled)[7]["heat"]
    rows.push(10 * STEP, {7: {"x": 10, "heat": 80}}, full=True, shown=stalled)
    assert rows.at(stalled)[7]["heat"] == pytest.approx(before)
    heats = [rows.at(stalled + i * FRAME)[7]["heat"] for i in range(20)]
    assert max(b - a for a, b in pairwise(heats)) < 10
    assert heats[-1] == 80


def test_the_golden_rows_are_what_interpolation_shows() -> None:
    assert interpolation_golden.FILE.read_text() == interpolation_golden.written(), (
        "run: python tests/client/interpolation_golden.py"
    )


# --- rows that come, stand still and go ---


def test_a_row_is_there_from_its_first_state_until_the_one_in_which_it_is_gone() -> None:
    rows = Interpolation(FIELDS, STEP)
    rows.push(1.0, {7: row(0)})
    rows.push(2.0, {8: row(0)}, removed=[7])
    assert rows.at(0.99) == {}
    assert set(rows.at(1.99)) == {7}
    assert set(rows.at(2.0)) == {8}


def test_a_full_state_without_a_row_ends_it() -> None:
    rows = moving(3)
    rows.push(3 * STEP, {8: row(0)}, full=True)
    assert set(rows.at(3 * STEP)) == {8}


def test_a_row_that_stood_still_sets_off_only_when_it_did() -> None:
    rows = Interpolation(FIELDS, STEP)
    rows.push(0.0, {7: row(0), 8: row(0)})
    for i in range(1, 20):
        rows.push(i * STEP, {8: row(i)})
    rows.push(20 * STEP, {7: row(10)})
    assert rows.at(18 * STEP)[7]["x"] == 0
    assert rows.at(19 * STEP)[7]["x"] == pytest.approx(0, abs=1e-9)
    assert rows.at(19.5 * STEP)[7]["x"] == pytest.approx(5)
    assert rows.at(20 * STEP)[7]["x"] == 10


def test_states_without_anything_in_them_say_that_nothing_moved() -> None:
    rows = moving(3)
    rows.push(3 * STEP, {})
    assert rows.at(3.9 * STEP)[7]["x"] == 20


def test_an_older_state_than_the_last_is_left_out() -> None:
    rows = moving(3)
    rows.push(1.5 * STEP, {7: row(99)}, removed=[7])
    assert rows.at(1.5 * STEP)[7]["x"] == pytest.approx(15)


def test_what_moved_goes_on_to_where_it_ended_and_what_stood_does_not() -> None:
    rows = Interpolation(FIELDS, STEP)
    for i in range(5):
        rows.push(i * STEP, {7: row(i * 10), 8: row(5)} if i < 2 else {7: row(i * 10)})
    rows.push(5 * STEP, {}, removed=[7, 8])  # a shot that hit something within its last tick, and a wall
    assert rows.at(4.6 * STEP)[7]["x"] == pytest.approx(46)
    assert rows.at(4.6 * STEP)[8]["x"] == 5
    assert rows.at(5 * STEP) == {}


# --- ticks that were made together, rests, and too few bytes ---


@given(st.floats(1, 4.9))
def test_what_moved_in_ticks_that_were_made_together_went_all_the_way_since_the_state_before(at: float) -> None:
    rows = moving(2)
    rows.push(5 * STEP, {7: row(50)})
    assert rows.at(at * STEP)[7]["x"] == pytest.approx(at * 10, abs=1e-6)


def test_after_a_rest_a_row_sets_off_one_interval_ago() -> None:
    rows = moving(3)
    rows.push(3 * STEP, {}, rests=True)
    rows.push(6 * STEP, {7: row(30)})
    assert rows.at(4.9 * STEP)[7]["x"] == 20
    assert rows.at(5.5 * STEP)[7]["x"] == pytest.approx(25)


def test_an_older_server_says_nothing_of_a_rest_and_a_long_gap_is_one() -> None:
    rows = moving(3)
    rows.push(30 * STEP, {7: row(30)})
    assert rows.at(28.9 * STEP)[7]["x"] == 20
    assert rows.at(29.5 * STEP)[7]["x"] == pytest.approx(25)


def test_a_row_that_states_left_out_for_lack_of_bytes_goes_evenly_and_one_that_they_would_have_told_of_stood() -> None:
    rows = Interpolation(FIELDS, STEP)
    for i in range(3):
        rows.push(i * STEP, {7: row(i * 10), 8: row(i * 10), 9: row(0)} if i == 0 else {7: row(i * 10), 8: row(i * 10)})
    rows.behind = True
    rows.push(3 * STEP, {7: row(30)})
    rows.push(4 * STEP, {7: row(40)})
    assert rows.at(4 * STEP)[8]["x"] == pytest.approx(40), "on as it went"
    rows.push(5 * STEP, {8: row(50), 9: row(30)})
    assert rows.at(3.5 * STEP)[8]["x"] == pytest.approx(35)
    assert rows.at(2 * STEP)[9]["x"] == 0, "all was told until then"
    assert rows.at(3.5 * STEP)[9]["x"] == pytest.approx(15)


def test_under_a_budget_a_row_that_is_not_told_of_for_long_stands_where_it_was_told_to_be() -> None:
    rows = moving(3)
    rows.behind = True
    for i in range(3, 30):
        rows.push(i * STEP, {8: row(i)})
    assert rows.at(2 * STEP + MAX_EXTRAPOLATION)[7]["x"] == pytest.approx(20 + MAX_EXTRAPOLATION / STEP * 10)
    assert rows.at(2 * STEP + MAX_EXTRAPOLATION + EASE)[7]["x"] == pytest.approx(20)


def test_back_in_time_a_row_is_where_it_was_as_far_as_that_is_known() -> None:
    rows = moving(20)
    rows.forget(18 * STEP)
    assert rows.at(5 * STEP)[7]["x"] == 170, "the first that is kept"


# --- gaps ---


def test_a_short_gap_is_travelled_and_a_long_one_is_jumped() -> None:
    short = moving(2)
    short.push(STEP + MAX_GAP, {7: row(30)}, full=True)
    assert short.at(STEP + MAX_GAP / 2)[7]["x"] == pytest.approx(20)
    long = moving(2)
    long.push(STEP + MAX_GAP + 0.01, {7: row(30)}, full=True)
    assert long.at(STEP + MAX_GAP / 2)[7]["x"] == 10
    assert long.at(STEP + MAX_GAP + 0.01)[7]["x"] == 30


# --- past the newest state ---


@given(st.floats(0, 5))
def test_past_the_newest_state_a_row_goes_on_for_a_quarter_of_a_second_at_most(late: float) -> None:
    x = moving(5).at(4 * STEP + late)[7]["x"]
    assert x == pytest.approx(40 + min(late, MAX_EXTRAPOLATION) / STEP * 10, abs=1e-6)


def test_a_row_of_one_state_or_after_a_jump_does_not_go_on() -> None:
    assert moving(1).at(0.2)[7]["x"] == 0
    rows = moving(3)
    rows.push(3 * STEP, {7: row(500)})
    assert rows.at(3 * STEP + 0.1)[7]["x"] == 500


def test_what_was_made_up_wrongly_is_led_back_without_a_jump() -> None:
    rows = moving(5)
    shown = 4 * STEP + 0.1
    made_up = rows.at(shown)[7]["x"]
    assert made_up == pytest.approx(60)
    rows.push(5 * STEP, {7: row(40, 90)}, shown=shown)  # it had stopped
    rows.push(6 * STEP, {}, shown=shown)
    assert rows.at(shown)[7]["x"] == pytest.approx(made_up)
    way = [rows.at(shown + i * EASE / 10)[7]["x"] for i in range(11)]
    assert way == sorted(way, reverse=True)
    assert way[-1] == pytest.approx(40)


@given(st.lists(st.tuples(st.floats(0, 8), st.floats(0, 0.4)), min_size=5, max_size=40))
def test_however_late_the_states_come_no_frame_jumps(states: list[tuple[float, float]]) -> None:
    """A row of at most 8 units a state: what is led back in 150 ms may move, in a frame, by its share of the error."""
    rows, playback = Interpolation(FIELDS, STEP), Playback(STEP)
    arrivals, newest, x = [], 0.0, 0.0
    for i, (speed, late) in enumerate(states):
        x += speed
        newest = max(newest, 1 + i * STEP + late)
        arrivals.append((newest, i * STEP, x))
    now, seen = 1.0, None
    while now < newest + 1:
        while arrivals and arrivals[0][0] <= now:
            _, time, x = arrivals.pop(0)
            playback.arrived(now, time)
            rows.push(time, {7: row(x)}, shown=playback.time(now))
        shown = playback.time(now)
        here = rows.at(shown).get(7) if shown is not None else None
        if here and seen is not None:
            longest = 8 * FRAME / STEP * (1 + MAX_SPEED_CHANGE) + 2 * 8 * (MAX_EXTRAPOLATION / STEP + 1) * FRAME / EASE
            assert abs(here["x"] - seen) <= longest
        seen = here["x"] if here else None
        now += FRAME


def test_what_is_past_is_forgotten_without_a_change_of_what_is_shown() -> None:
    rows, kept = moving(100), moving(100)
    rows.push(100 * STEP, {8: row(0)}, removed=[7])
    kept.push(100 * STEP, {8: row(0)}, removed=[7])
    rows.forget(90 * STEP)
    for i in range(900, 1100):
        assert rows.at(i * STEP / 10) == kept.at(i * STEP / 10)
    assert len(rows._tracks[7].samples) < 15
    rows.forget(100 * STEP)
    assert set(rows._tracks) == {8}


# --- playback ---


def played(lateness: list[float], until: float) -> tuple[Playback, list[float]]:
    """A playback of states that come so late, and the moments it showed, one a frame."""
    playback, shown = Playback(STEP), []
    arrivals = sorted((10 + i * STEP + late, i * STEP) for i, late in enumerate(lateness))
    now = 10.0
    while now < 10 + until:
        while arrivals and arrivals[0][0] <= now:
            playback.arrived(*arrivals.pop(0))
        time = playback.time(now)
        if time is not None:
            shown.append(time)
        now += FRAME
    return playback, shown


def test_before_a_state_there_is_nothing_to_show() -> None:
    assert Playback(STEP).time(10.0) is None


def test_on_a_steady_network_the_delay_is_two_send_intervals() -> None:
    playback, shown = played([0.08] * 200, until=9)
    assert playback.jitter == pytest.approx(0, abs=1e-9)
    assert playback.delay == pytest.approx(2 * STEP)
    assert shown[-1] == pytest.approx(9 - FRAME - 0.08 - 2 * STEP, abs=0.02)


def test_jitter_makes_the_delay_grow_so_that_there_is_nearly_always_a_state_to_go_to() -> None:
    chance = random.Random(5)
    playback, _ = played([chance.uniform(0, 0.04) for _ in range(200)], until=10)
    assert playback.jitter == pytest.approx(0.01, abs=0.004)
    assert playback.delay == pytest.approx(max(2 * STEP, STEP + 3 * playback.jitter))
    assert played([chance.uniform(0, 0.1) for _ in range(200)], until=10)[0].delay > 2 * STEP + 0.01


def test_stalls_that_are_few_do_not_make_all_the_rest_be_shown_late() -> None:
    lateness = [0.25 - 0.05 * (i % 50) if i % 50 < 5 else 0.0 for i in range(300)]
    playback, _ = played(lateness, until=15)
    assert playback.delay == 2 * STEP
    assert playback.jitter == 0


def test_the_delay_has_a_limit_however_bad_the_network() -> None:
    playback, _ = played([0.9 * (i % 2) for i in range(200)], until=10)
    assert playback.delay == MAX_DELAY


@given(st.lists(st.floats(0, 0.3), min_size=20, max_size=100))
def test_playback_never_runs_more_than_four_percent_fast_or_slow(lateness: list[float]) -> None:
    playback, shown = played(lateness, until=len(lateness) * STEP)
    for before, after in pairwise(shown):
        assert FRAME * (1 - MAX_SPEED_CHANGE) - 1e-9 <= after - before <= FRAME * (1 + MAX_SPEED_CHANGE) + 1e-9
    assert playback.restarts == 0


def test_after_a_stall_that_stays_playback_comes_to_its_delay_again() -> None:
    playback, shown = played([0.02] * 50 + [0.12] * 400, until=20)
    assert playback.restarts == 0
    assert shown[-1] == pytest.approx(20 - FRAME - 0.12 - 2 * STEP, abs=0.03)


def test_an_hour_in_the_background_is_not_played_after() -> None:
    playback, _ = played([0.02] * 50, until=2.5)
    for i in range(10):
        playback.arrived(3610.02 + i * STEP, 3600 + i * STEP)
    assert playback.time(3610.5) == pytest.approx(3610.5 - 10.02 - 2 * STEP, abs=0.01)


@pytest.mark.parametrize("step", [0.2, 0.5, -0.3])
def test_when_all_states_come_later_by_as_much_playback_is_right_again_within_a_second(step: float) -> None:
    playback, shown = played([0.02] * 100 + [0.02 + step] * 20, until=5 + 20 * STEP + step)
    assert playback.restarts == 1
    assert shown[-1] == pytest.approx(5 + 20 * STEP + step - FRAME - 0.02 - step - 2 * STEP, abs=0.02)
    assert played([0.02] * 100 + [0.02 + step] * 20, until=5 + abs(step) + 0.9)[0].restarts == 1


def test_a_burst_after_a_stall_is_no_step() -> None:
    for stall in (0.2, 0.4, 0.8):
        stalled = [max(0.0, stall - (i % 40) * STEP) for i in range(400)]
        assert played(stalled, until=20)[0].restarts == 0


def test_a_burst_and_a_stall_after_it_are_no_step() -> None:
    """As when one segment is lost and then a whole window: at 5 % loss and 300 ms that happens every minute."""
    lateness = [0.02] * 120
    for i in range(8):
        lateness[30 + i] = 0.02 + (12 - i) * STEP  # they come together
    for i in range(38, 120):
        lateness[i] = max(0.02, 1.4 - (i - 38) * STEP)  # and so do these, after a second in which nothing came
    assert played(lateness, until=5)[0].restarts == 0


def test_what_a_stall_held_up_counts_as_one_arrival_however_much_it_is() -> None:
    """Two thirds of all states come late, in bursts; the network between the stalls is a good one all the same."""
    playback, shown = played([max(0.0, 0.8 - (i % 24) * STEP) for i in range(480)], until=24)
    assert playback.delay == 2 * STEP
    assert playback.restarts == 0
    assert shown[-1] == pytest.approx(24 - FRAME - 2 * STEP, abs=0.02)


def test_a_slip_moves_playback_at_once() -> None:
    playback, shown = played([0.02] * 100, until=5)
    playback.slip(0.5)
    assert playback.time(15.0) == pytest.approx(shown[-1] - 0.5, abs=0.03)
    assert playback.restarts == 0


def test_a_server_that_stood_still_for_long_makes_playback_start_anew() -> None:
    playback, _ = played([0.02] * 50, until=2.5)
    for i in range(10):
        playback.arrived(20.02 + i * STEP, 3 + i * STEP)
    assert playback.time(20.5) == pytest.approx(20.5 - 17.02 - 2 * STEP, abs=0.01)
    assert playback.restarts == 1
