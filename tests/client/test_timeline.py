from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tickwire.client.timeline import JUMP, MAX_LEAD, MAX_SLEW, Clock, Hand

RATE = 30.0
FRAME = 1 / 60


def server_tick(now: float) -> float:
    """What the tick on the server is, in these tests."""
    return 5000 + now * RATE


def ping(clock: Clock, sent: float, there: float, back: float) -> None:
    """A ping that takes so long there and so long back."""
    clock.pong(sent, sent + there + back, server_tick(sent + there))


def synced(there: float = 0.05, back: float = 0.05) -> Clock:
    """A clock after ten pings on a steady network."""
    clock = Clock(RATE)
    for i in range(10):
        ping(clock, i * 0.1, there, back)
    return clock


# --- the estimate ---


def test_on_a_steady_network_the_tick_is_the_servers() -> None:
    assert synced().tick(2.0) == pytest.approx(server_tick(2.0))
    assert synced().round_trip == pytest.approx(0.1)


def test_before_a_pong_the_clock_says_that_it_knows_nothing() -> None:
    assert not Clock(RATE).ready
    assert synced().ready


def test_long_round_trips_do_not_count() -> None:
    clock = Clock(RATE)
    chance = random.Random(1)
    for i in range(20):
        stalled = i % 3 != 0
        ping(clock, i * 1.0, 0.04, 0.04 + (chance.uniform(0.2, 1.0) if stalled else 0.0))
    assert clock.tick(21.0) == pytest.approx(server_tick(21.0), abs=0.1)


def test_even_a_little_longer_round_trips_do_not_count_where_there_are_enough_short_ones() -> None:
    clock = Clock(RATE)
    for i in range(20):
        ping(clock, i * 1.0, 0.04, 0.04 if i % 3 == 1 else 0.09)
    assert clock.tick(21.0) == pytest.approx(server_tick(21.0), abs=0.01)


def test_the_first_pings_of_all_being_bad_is_outgrown() -> None:
    clock = Clock(RATE)
    for i in range(4):
        ping(clock, float(i), 0.0, 0.4)
    assert abs(clock.tick(4.0) - server_tick(4.0)) > 5
    for i in range(4, 30):
        ping(clock, float(i), 0.05, 0.05)
        clock.tick(i + 0.5)
    assert clock.tick(31.0) == pytest.approx(server_tick(31.0), abs=0.1)


@given(st.lists(st.tuples(st.floats(0, 0.3), st.floats(0, 0.3)), min_size=1, max_size=30))
def test_the_estimate_is_off_by_no_more_than_half_a_round_trip(ways: list[tuple[float, float]]) -> None:
    clock = Clock(RATE)
    for i, (there, back) in enumerate(ways):
        ping(clock, float(i), there, back)
    now = float(len(ways))
    # What is a tick longer than the shortest counts, too, and may be off by as much more.
    assert abs(clock.tick(now) - server_tick(now)) <= (clock.round_trip / 2 + 1 / RATE) * RATE + 1e-6


def test_a_pong_that_came_before_its_ping_is_none_of_ours() -> None:
    clock = synced()
    clock.pong(9.0, 8.0, 1.0)
    clock.pong(9.0, 9.1, float("nan"))
    assert clock.tick(10.0) == pytest.approx(server_tick(10.0))


# --- the hand ---

frames = st.lists(st.tuples(st.floats(0.001, 0.2), st.floats(-JUMP * 0.9, JUMP * 0.9)), min_size=1, max_size=60)


@given(frames)
def test_a_hand_never_runs_faster_or_slower_than_the_slew_allows(steps: list[tuple[float, float]]) -> None:
    hand = Hand(RATE)
    now, shown = 0.0, hand.follow(0.0, 0.0)
    for passed, wobble in steps:
        target = (now + passed + wobble) * RATE
        assume(abs(target - shown - passed * RATE) <= JUMP * RATE)
        now += passed
        before, shown = shown, hand.follow(now, target)
        assert passed * (1 - MAX_SLEW) - 1e-9 <= (shown - before) / RATE <= passed * (1 + MAX_SLEW) + 1e-9
    assert hand.jumps == 0


@given(frames)
def test_a_hand_never_overruns_its_target(steps: list[tuple[float, float]]) -> None:
    hand = Hand(RATE)
    now, shown = 0.0, hand.follow(0.0, 0.0)
    for passed, wobble in steps:
        now += passed
        target = (now + wobble) * RATE
        error = target - (shown + passed * RATE)
        shown = hand.follow(now, target)
        left = target - shown
        assert left * error >= -1e-6
        assert abs(left) <= abs(error) + 1e-9


def test_a_small_error_is_slewed_away() -> None:
    hand = Hand(RATE)
    hand.follow(0.0, 0.0)
    now = 0.0
    while now < 10:
        now += FRAME
        hand.follow(now, (now + 0.3) * RATE)
    assert hand.follow(now, (now + 0.3) * RATE) == pytest.approx((now + 0.3) * RATE, abs=0.01)
    assert hand.jumps == 0


def test_an_error_of_more_than_half_a_second_is_jumped() -> None:
    for error in (0.51, -0.51):
        hand = Hand(RATE)
        hand.follow(10.0, 300.0)
        assert hand.follow(10.1, 303.0 + error * RATE) == pytest.approx(303.0 + error * RATE)
        assert hand.jumps == 1
    hand = Hand(RATE)
    hand.follow(10.0, 300.0)
    hand.follow(10.1, 303.0 + 0.49 * RATE)
    assert hand.jumps == 0


def test_asked_for_an_earlier_time_a_hand_shows_what_it_showed() -> None:
    hand = Hand(RATE)
    hand.follow(10.0, 300.0)
    assert hand.follow(9.9, 300.0) == 300.0
    assert hand.follow(10.0, 300.0) == 300.0


# --- the lead of inputs ---


def test_inputs_are_made_early_enough_to_arrive_for_their_tick() -> None:
    for there in (0.0, 0.025, 0.075, 0.15):
        clock = synced(there, there)
        assert clock.input_tick(2.0) >= server_tick(2.0 + there)
        assert clock.input_tick(2.0) <= server_tick(2.0 + there) + 2, "and no earlier than that"


def test_the_lead_follows_jitter_up_and_down() -> None:
    chance = random.Random(2)
    clock = synced()
    calm = clock.lead(1.0)
    for i in range(30):
        ping(clock, 1.0 + i, 0.05 + chance.uniform(0, 0.02), 0.05 + chance.uniform(0, 0.02))
    shaken = clock.lead(31.0)
    assert calm + 0.01 < shaken < calm + 0.08
    for i in range(100):
        ping(clock, 31.0 + i, 0.05, 0.05)
    assert clock.lead(131.0) == pytest.approx(calm, abs=0.002)


def test_on_a_jittery_network_nearly_all_inputs_arrive_for_their_tick() -> None:
    chance = random.Random(3)

    def way() -> float:
        return 0.075 + chance.uniform(-0.02, 0.02)

    clock = Clock(RATE)
    for i in range(15):
        ping(clock, i * 0.2, way(), way())
    late = total = 0
    now = 3.0
    while now < 63:
        now += FRAME
        if int(now) != int(now - FRAME):
            ping(clock, now, way(), way())
        for tick in clock.take_input_ticks(now):
            total += 1
            late += server_tick(now + way()) > tick
    assert total == pytest.approx(60 * RATE, abs=5)
    assert late / total < 0.1


def test_late_inputs_make_the_lead_grow_by_what_was_missing_and_no_more() -> None:
    clock = synced()
    before = clock.lead(2.0)
    clock.input_tick(2.0)
    clock.arrived(2.0, -3)
    assert clock.lead(2.0) == pytest.approx(before + 3 / RATE, abs=1e-6)
    # Those that were under way come late as well, and the clock is only slewing there.
    for i in range(10):
        now = 2.0 + (i + 1) * FRAME
        clock.input_tick(now)
        clock.arrived(now, -3)
    assert clock.lead(2.2) == pytest.approx(before + 3 / RATE, abs=0.02)


def test_the_lead_that_late_inputs_called_for_is_given_back_in_time() -> None:
    clock = synced()
    before = clock.lead(2.0)
    clock.arrived(2.0, -3)
    assert clock.lead(11.9) == pytest.approx(before + 0.1)
    assert clock.lead(12.0) == before


def test_a_few_inputs_that_were_held_up_do_not_make_all_the_others_be_made_early() -> None:
    clock = synced()
    before = clock.lead(2.0)
    for i in range(32):
        clock.arrived(2.0, -5 if i % 5 == 0 else 0)
    assert clock.lead(2.0) == before


def test_early_inputs_leave_the_lead_as_it_is() -> None:
    clock = synced()
    before = clock.lead(2.0)
    clock.arrived(2.0, 3)
    assert clock.lead(2.0) == before


def test_no_server_can_talk_a_client_into_an_endless_lead() -> None:
    clock = synced()
    for i in range(100):
        clock.arrived(2.0 + i, -1000)
        assert clock.lead(2.0 + i) <= MAX_LEAD


# --- the ticks that inputs are made for ---


@given(st.lists(st.floats(0.001, 0.5), min_size=1, max_size=100))
def test_each_tick_gets_one_input_and_none_gets_two(steps: list[float]) -> None:
    clock = synced()
    now, given_out = 2.0, list(clock.take_input_ticks(2.0))
    for passed in steps:
        now += passed
        given_out += clock.take_input_ticks(now)
    assert given_out == sorted(set(given_out))
    if max(steps) < 0.1:
        assert given_out == list(range(given_out[0], given_out[-1] + 1))


def test_after_a_long_frame_no_more_than_five_ticks_are_caught_up_with() -> None:
    clock = synced()
    first = clock.take_input_ticks(2.0)
    assert len(first) == 1
    late = clock.take_input_ticks(2.4)
    assert len(late) == 5
    assert late[-1] > first[-1] + 10
    assert len(clock.take_input_ticks(2.4)) == 0


def test_a_slip_moves_the_clock_and_the_ticks_that_inputs_are_due_for() -> None:
    clock = synced()
    last = clock.take_input_ticks(2.0)[-1]
    clock.slip(21)
    assert clock.tick(2.0) == pytest.approx(server_tick(2.0) - 21)
    after = [tick for frame in range(30) for tick in clock.take_input_ticks(2.0 + frame * FRAME)]
    assert after[:3] == [last - 20, last - 19, last - 18]
    ping(clock, 3.0, 0.05, 0.05)  # as if it had never happened
    assert clock.tick(3.2) == pytest.approx(server_tick(3.2)), "a pong that says otherwise is believed"
    assert clock.steps == 2


def test_one_pong_is_enough_to_find_a_step_that_no_way_there_and_back_explains() -> None:
    clock = synced()
    last = clock.take_input_ticks(2.0)[-1]
    clock.pong(2.0, 2.1, server_tick(2.05) - 0.7 * RATE)  # the server was stopped for 0.7 s
    assert clock.steps == 1
    assert clock.tick(2.1) == pytest.approx(server_tick(2.1) - 0.7 * RATE)
    assert clock.lead(2.1) == pytest.approx(synced().lead(2.1)), "what is known of the network is kept"
    assert clock.take_input_ticks(2.2)[0] <= last - 15, "inputs follow at once"


def test_a_pong_that_was_held_up_is_no_step() -> None:
    clock = synced()
    for i in range(5):
        ping(clock, 2.0 + i, 0.05, 1.5)
        ping(clock, 2.0 + i, 1.5, 0.05)
    assert clock.steps == 0
    assert clock.tick(20.0) == pytest.approx(server_tick(20.0))


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=40))
def test_no_network_makes_a_step(ways: list[tuple[float, float]]) -> None:
    clock = Clock(RATE)
    for i, (there, back) in enumerate(ways):
        ping(clock, float(i), there, back)
    assert clock.steps == 0


def test_after_a_server_started_anew_inputs_follow_its_ticks_at_once() -> None:
    clock = synced()
    clock.take_input_ticks(2.0)
    for i in range(20):
        clock.pong(2.0 + i / 100, 2.1 + i / 100, i * 0.3)
    assert 0 <= clock.take_input_ticks(2.3)[0] < 30
