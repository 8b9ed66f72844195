from __future__ import annotations

import pytest

from tickwire import Player
from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.room.inputs import MAX_JUMP, MAX_LINES, MAX_WAITING, InputQueue, InputStep, JoinStep, LeaveStep

from .rules import Add

ADA, BOB = Player(1, "ada"), Player(2, "bob")


def joined(tick_rate: float) -> InputQueue:
    """A queue of a room that both have joined already."""
    queue = InputQueue(tick_rate)
    for player in (ADA, BOB):
        queue.join(player)
    queue.take(0)
    return queue


def refusal_of(queue: InputQueue, seq: int) -> tuple[object, int | None]:
    """The code and the seq with which ada's input is refused."""
    with pytest.raises(RemoteProtocolError) as refused:
        queue.add(ADA.id, seq, Add(), 0)
    assert isinstance(refused.value.code, ErrorCode)
    return refused.value.code, refused.value.seq


def test_steps_come_out_once_in_the_order_of_arrival() -> None:
    queue = InputQueue(20)
    queue.join(ADA)
    queue.join(BOB)
    assert queue.add(BOB.id, 1, Add(5), 0)
    assert queue.add(ADA.id, 1, Add(6), 0)
    queue.leave(BOB)
    assert queue.take(1) == [
        JoinStep(ADA),
        JoinStep(BOB),
        InputStep(BOB, 1, Add(5)),
        InputStep(ADA, 1, Add(6)),
        LeaveStep(BOB),
    ]
    assert queue.take(1) == []


def test_a_repeated_input_is_dropped() -> None:
    queue = joined(20)
    assert queue.add(ADA.id, 1, Add(), 0)
    assert not queue.add(ADA.id, 1, Add(), 0)
    queue.take(1)
    assert not queue.add(ADA.id, 1, Add(), 0)


def test_an_input_out_of_order_is_dropped_and_a_gap_is_none() -> None:
    queue = joined(20)
    assert queue.add(ADA.id, 3, Add(), 0)
    assert not queue.add(ADA.id, 2, Add(), 0)
    assert queue.add(ADA.id, 10, Add(), 0)
    assert [step.seq for step in queue.take(1) if isinstance(step, InputStep)] == [3, 10]


def test_a_count_starts_at_one() -> None:
    assert not joined(20).add(ADA.id, 0, Add(), 0)


def test_each_player_counts_for_themselves() -> None:
    queue = joined(20)
    assert queue.add(ADA.id, 5, Add(), 0)
    assert queue.add(BOB.id, 1, Add(), 0)


def test_inputs_that_are_too_many_for_a_tick_are_dropped_and_others_players_are_not() -> None:
    queue = joined(20)
    taken = [queue.add(ADA.id, seq, Add(), 0) for seq in range(1, MAX_WAITING + 1)]
    assert taken == [True] * MAX_WAITING
    for seq in range(MAX_WAITING + 1, MAX_WAITING + 10):
        assert refusal_of(queue, seq) == ("too_many_inputs", seq)
    assert queue.add(BOB.id, 1, Add(), 0)
    assert len(queue.take(1)) == MAX_WAITING + 1
    # On the next tick there is room again, and what was dropped may be sent again.
    assert queue.add(ADA.id, MAX_WAITING + 1, Add(), 1)


def test_a_client_that_took_the_seat_back_counts_from_one_again() -> None:
    queue = joined(20)
    assert queue.add(ADA.id, 50, Add(), 0)
    assert queue.resume(ADA.id, None) == (0, 0)
    assert queue.add(ADA.id, 1, Add(), 0)
    assert queue.resume(BOB.id, None) == (0, 0)  # who never sent anything


def test_a_client_that_says_how_far_it_had_counted_is_told_what_was_taken_and_counts_on() -> None:
    queue = joined(20)
    queue.add(ADA.id, 1, Add(1), 10)
    queue.add(ADA.id, 2, Add(2), 10)
    queue.take(11)
    queue.add(ADA.id, 3, Add(3), 11, tick=15)
    # It sent five; two of them were lost with the connection.
    assert queue.resume(ADA.id, 5) == (3, 2)
    assert not queue.add(ADA.id, 3, Add(3), 11)
    assert queue.add(ADA.id, 4, Add(4), 11)
    assert [s.seq for s in queue.take(15) if isinstance(s, InputStep)] == [3, 4]


def test_what_another_client_of_the_seat_sent_is_not_acked_to_one_that_had_sent_less() -> None:
    queue = joined(20)
    for seq in range(1, 8):
        queue.add(ADA.id, seq, Add(), 10, tick=13)
    assert queue.resume(ADA.id, 5) == (5, 0)
    assert queue.add(ADA.id, 6, Add(), 10)
    assert [s.seq for s in queue.take(13) if isinstance(s, InputStep)] == [1, 2, 3, 4, 5, 0, 0, 6]


def test_a_seq_that_jumps_far_ahead_is_refused_and_does_not_count() -> None:
    queue = joined(20)
    queue.add(ADA.id, 7, Add(), 0)
    assert refusal_of(queue, 2**32 - 1) == ("bad_input", 2**32 - 1)
    assert refusal_of(queue, 7 + MAX_JUMP + 1) == ("bad_input", 7 + MAX_JUMP + 1)
    assert queue.add(ADA.id, 8, Add(), 0)
    assert queue.add(ADA.id, 8 + MAX_JUMP, Add(), 0)


def test_lines_of_chat_do_not_take_the_place_of_inputs() -> None:
    queue = joined(20)
    assert [queue.say(ADA, "hi") for _ in range(MAX_LINES + 1)] == [True] * MAX_LINES + [False]
    assert [queue.add(ADA.id, seq, Add(), 0) for seq in range(1, MAX_WAITING + 1)] == [True] * MAX_WAITING


def test_who_leaves_is_forgotten() -> None:
    queue = joined(20)
    queue.add(ADA.id, 50, Add(), 0)
    queue.leave(ADA)
    queue.join(ADA)
    assert queue.add(ADA.id, 1, Add(), 0)


def test_an_input_waits_for_its_tick() -> None:
    queue = joined(20)
    assert queue.add(ADA.id, 1, Add(1), 10, tick=13, seen=8.5)
    assert queue.take(11) == []
    assert queue.take(12) == []
    assert queue.take(13) == [InputStep(ADA, 1, Add(1), early=2, seen=8.5)]


def test_an_input_that_is_late_comes_in_the_next_tick_and_says_by_how_much() -> None:
    queue = joined(20)
    queue.add(ADA.id, 1, Add(), 10, tick=8)
    assert queue.take(11) == [InputStep(ADA, 1, Add(), early=-3)]


def test_an_input_for_a_far_future_comes_after_a_second() -> None:
    queue = joined(20)
    queue.add(ADA.id, 1, Add(), 10, tick=2**32 - 1)
    assert [tick for tick in range(11, 60) if queue.take(tick)] == [30]


def test_a_players_inputs_keep_their_order_whatever_ticks_they_name() -> None:
    queue = joined(20)
    queue.add(ADA.id, 1, Add(1), 10, tick=14)
    queue.add(ADA.id, 2, Add(2), 10, tick=12)
    queue.add(ADA.id, 3, Add(3), 10)  # with the one before it
    queue.add(BOB.id, 1, Add(4), 10, tick=12)
    played = {
        tick: [s.input.n for s in queue.take(tick) if isinstance(s, InputStep) and isinstance(s.input, Add)]
        for tick in range(11, 16)
    }
    assert played == {11: [], 12: [1, 2, 3, 4], 13: [], 14: [], 15: []}, (
        "an earlier tick brings those before it forward"
    )


def test_held_inputs_count_as_waiting_until_they_are_played() -> None:
    queue = joined(240)
    for seq in range(1, MAX_WAITING + 1):
        assert queue.add(ADA.id, seq, Add(), 0, tick=200)
    assert refusal_of(queue, MAX_WAITING + 1) == ("too_many_inputs", MAX_WAITING + 1)
    queue.take(1)
    assert refusal_of(queue, MAX_WAITING + 1) == ("too_many_inputs", MAX_WAITING + 1)
    assert len(queue.take(200)) == MAX_WAITING
    assert queue.add(ADA.id, MAX_WAITING + 1, Add(), 200)


def test_held_inputs_of_an_old_connection_are_played_and_not_acked() -> None:
    queue = joined(20)
    queue.add(ADA.id, 7, Add(), 10, tick=13)
    queue.resume(ADA.id, None)
    assert queue.add(ADA.id, 1, Add(), 10)
    assert [s.seq for s in queue.take(11) if isinstance(s, InputStep)] == [1]
    assert [s.seq for s in queue.take(13) if isinstance(s, InputStep)] == [0]
