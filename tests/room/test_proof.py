"""Playing a log again says whether it is true, and where it is not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from room.rules import SPEC, Add, Counters, counters, new_room
from room.test_checkpoint import GAMES, Script
from tickwire import Entity, Game, Player, Table, u16, u32
from tickwire.game.loader import load_module
from tickwire.game.spec import inspect_game
from tickwire.room.journal import (
    Checkpointed,
    Ended,
    Hashed,
    Heard,
    Journal,
    Record,
    Ticked,
    pack_commit,
    unpack_commit,
)
from tickwire.room.proof import Prover, Verdict
from tickwire.room.room import Room


class Clock(Entity):
    player: u16
    now: u32 = 0


class Watch(Game):
    """Its rules go by a clock that is not theirs."""

    clocks: Table[Clock]

    def join(self, player: Player) -> None:
        self.clocks.add(Clock(player.id))

    def step(self) -> None:
        for clock in self.clocks:
            clock.now = time.monotonic_ns() % 2**32


def played(room: Room, ticks: int = 40, every: int = 10) -> list[Record]:
    """The records of a room that somebody plays in."""
    journal = Journal()
    room.keep(journal)
    ada = room.join("ada").id
    for tick in range(1, ticks + 1):
        if tick % 3 == 0 and room.spec is SPEC:
            room.input(ada, tick, Add(tick))
        room.make_tick()
        if tick % every == 0:
            room.checkpoint()
    return journal.take()


def verdict_of(records: list[Record], *games: Any) -> Verdict:
    prover = Prover({spec.name: spec for spec in games})
    prover.tell(unpack_commit(pack_commit(records)))
    [verdict] = prover.verdicts
    return verdict


@pytest.mark.parametrize("game", GAMES)
def test_every_built_in_game_is_proved(game: str) -> None:
    spec = load_module(f"tickwire.games.{game}")
    room, journal, script = Room(spec, "K7QX", 1, 0.0, bots=min(2, spec.seats - 1)), Journal(), Script(spec, 1)
    room.keep(journal)
    for tick in range(200):
        script.play(room)
        room.make_tick()
        if tick % 20 == 19:
            room.checkpoint()
    records = journal.take()
    hashes = sum(isinstance(record, Hashed) for record in records)
    assert hashes == (200 + room.number) // round(spec.tick_rate)
    checkpoints = 200 // 20
    assert verdict_of(records, spec) == Verdict("K7QX", game, ticks=200, compared=hashes + checkpoints)


def test_a_room_that_ended_and_one_that_is_open_have_a_verdict_each() -> None:
    records = played(new_room(), 20)
    other = Journal(2)
    room = new_room()
    room.keep(other)
    room.note(Ended)
    prover = Prover({"counters": SPEC})
    prover.tell([*records, *other.take()])
    assert [(v.ticks, v.problem) for v in prover.verdicts] == [(0, ""), (20, "")]


def test_rules_that_go_by_the_clock_are_found_with_their_field() -> None:
    spec = inspect_game(Watch)
    problem = verdict_of(played(Room(spec, "K7QX", 1, 0.0)), spec).problem
    assert problem.startswith("tick 10: Watch.clocks row 1: now was ")
    assert problem.endswith(" when it is played again")


def test_between_two_checkpoints_the_first_second_that_differs_is_found() -> None:
    class Late(Game):
        calls: int

        def step(self) -> None:
            if self.tick >= 45:
                self.calls = time.monotonic_ns()

    spec = inspect_game(Late)
    records = played(Room(spec, "K7QX", 1, 0.0), 100, every=1000)
    verdict = verdict_of(records, spec)
    # The room has number 1: it is hashed in ticks 19, 39, 59.
    assert verdict.problem == "second 3: ticks 40 to 59 come out differently when they are played again"
    assert (verdict.ticks, verdict.compared) == (100, 3)


def test_the_checkpoint_behind_it_says_what_differs() -> None:
    spec = inspect_game(Watch)
    problem = verdict_of(played(Room(spec, "K7QX", 1, 0.0), 100, every=50), spec).problem
    first, _, second = problem.partition("; ")
    assert first == "second 1: ticks 1 to 19 come out differently when they are played again"
    assert second.startswith("tick 50: Watch.clocks row 1: now was ")


def test_rules_that_break_behind_a_difference_do_not_hide_it() -> None:
    class Fragile(Game):
        calls: int

        def start(self) -> None:
            self.calls = next(CALLS)

        def step(self) -> None:
            if self.calls and self.tick > 30:
                raise RuntimeError("it was started twice")

    CALLS = iter(range(9))  # noqa: N806  # as a global of the game's file would be
    spec = inspect_game(Fragile)
    problem = verdict_of(played(Room(spec, "K7QX", 1, 0.0), 100, every=50), spec).problem
    assert problem == "second 1: ticks 1 to 19 come out differently when they are played again"


def test_ticks_that_were_made_together_are_hashed_once_a_second_too() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    for _ in range(12):
        room.make_ticks(3)
    records = journal.take()
    made = [record.count for record in records if isinstance(record, Ticked)]
    assert (sum(made), sum(isinstance(record, Hashed) for record in records)) == (36, 3)
    assert verdict_of(records, SPEC).compared == 3


def test_a_log_without_hashes_is_proved_by_its_checkpoints_alone() -> None:
    records: list[Record] = [record for record in played(new_room()) if not isinstance(record, Hashed)]
    verdict = verdict_of(records, SPEC)
    assert (verdict.problem, verdict.compared) == ("", sum(isinstance(record, Checkpointed) for record in records))


def test_an_attribute_that_differs_is_told_with_both_values() -> None:
    class Fickle(Game):
        calls: int

        def step(self) -> None:
            self.calls += next(STEPS)

    def steps() -> Any:
        yield from [1] * 20
        yield from [1] * 12 + [5] + [1] * 100

    STEPS = steps()  # noqa: N806  # as a global of the game's file would be
    spec = inspect_game(Fickle)
    records = played(Room(spec, "K7QX", 1, 0.0), 20)
    problem = verdict_of(records, spec).problem
    assert problem.endswith("; tick 20: Fickle.calls was 20 and is 24 when it is played again")


def test_a_record_that_somebody_took_out_is_found() -> None:
    records = played(new_room())
    first = next(i for i, record in enumerate(records) if isinstance(record, Heard))
    problem = verdict_of(records[:first] + records[first + 1 :], SPEC).problem
    assert problem.startswith("second 1: ticks 1 to 9 come out differently")
    assert "; tick 10: Counters.counts row 1: n was " in problem


def test_rules_that_are_others_today_are_told() -> None:
    class Counters2(Counters):
        name = "counters"

    records = played(new_room())
    assert verdict_of(records, SPEC).other_rules is False
    records[0] = type(records[0])(*[*msg(records[0])[:3], "0" * 16, *msg(records[0])[4:]])
    assert verdict_of(records, SPEC).other_rules is True


def msg(record: Record) -> list[Any]:
    return [getattr(record, name) for name in record.__struct_fields__]


def test_a_game_that_is_not_there_is_told() -> None:
    assert "not served any more" in verdict_of(played(new_room())).problem


def test_behind_a_gap_a_room_is_proved_from_its_next_checkpoint_on() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    prover = Prover({"counters": SPEC})
    room.make_ticks(5)
    prover.tell(journal.take())
    prover.gap()
    room.make_ticks(5)
    room.checkpoint()
    prover.tell(journal.take())
    room.make_ticks(5)
    journal.records = [record for record in journal.records if not isinstance(record, Hashed)]
    room.checkpoint()
    prover.tell(journal.take())
    [verdict] = prover.verdicts
    assert (verdict.ticks, verdict.compared, verdict.problem) == (10, 1, "")
    assert counters(room).tick == 15
