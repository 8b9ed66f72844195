from __future__ import annotations

from tickwire import Player
from tickwire.room.inputs import MAX_WAITING, InputQueue, InputStep, JoinStep, LeaveStep

from .rules import Add

ADA, BOB = Player(1, "ada"), Player(2, "bob")


def test_steps_come_out_once_in_the_order_of_arrival() -> None:
    queue = InputQueue()
    queue.join(ADA)
    queue.join(BOB)
    assert queue.add(BOB, 1, Add(5))
    assert queue.add(ADA, 1, Add(6))
    queue.leave(BOB)
    assert queue.take() == [
        JoinStep(ADA),
        JoinStep(BOB),
        InputStep(BOB, 1, Add(5)),
        InputStep(ADA, 1, Add(6)),
        LeaveStep(BOB),
    ]
    assert queue.take() == []


def test_a_repeated_input_is_dropped() -> None:
    queue = InputQueue()
    assert queue.add(ADA, 1, Add())
    assert not queue.add(ADA, 1, Add())
    queue.take()
    assert not queue.add(ADA, 1, Add())


def test_an_input_out_of_order_is_dropped_and_a_gap_is_none() -> None:
    queue = InputQueue()
    assert queue.add(ADA, 3, Add())
    assert not queue.add(ADA, 2, Add())
    assert queue.add(ADA, 10, Add())
    assert [step.seq for step in queue.take() if isinstance(step, InputStep)] == [3, 10]


def test_a_count_starts_at_one() -> None:
    assert not InputQueue().add(ADA, 0, Add())


def test_each_player_counts_for_themselves() -> None:
    queue = InputQueue()
    assert queue.add(ADA, 5, Add())
    assert queue.add(BOB, 1, Add())


def test_inputs_that_are_too_many_for_a_tick_are_dropped_and_others_players_are_not() -> None:
    queue = InputQueue()
    taken = [queue.add(ADA, seq, Add()) for seq in range(1, MAX_WAITING + 10)]
    assert taken == [True] * MAX_WAITING + [False] * 9
    assert queue.add(BOB, 1, Add())
    assert len(queue.take()) == MAX_WAITING + 1
    # On the next tick there is room again, and what was dropped may be sent again.
    assert queue.add(ADA, MAX_WAITING + 1, Add())


def test_a_client_that_took_the_seat_back_counts_from_one_again() -> None:
    queue = InputQueue()
    assert queue.add(ADA, 50, Add())
    queue.restart(ADA.id)
    assert queue.add(ADA, 1, Add())
    queue.restart(BOB.id)  # who never sent anything


def test_who_leaves_is_forgotten() -> None:
    queue = InputQueue()
    queue.add(ADA, 50, Add())
    queue.leave(ADA)
    assert queue.add(ADA, 1, Add())
