"""A replay shows each tick as it was, whichever way one comes to it."""

from __future__ import annotations

import random

import pytest
from room.rules import Counters, counts
from room.test_checkpoint import GAMES, all_of

from replay.rooms import COUNTERS, counted, played, recording
from tickwire import Game
from tickwire.errors import CannotRestore
from tickwire.game.spec import inspect_game
from tickwire.replay import engine
from tickwire.replay.engine import Replay
from tickwire.replay.recording import Recording
from tickwire.room.journal import Checkpointed, Joined, Journal, Keyed, Ticked
from tickwire.room.output import TickOutput
from tickwire.room.room import Room
from tickwire.wire.messages import Chat
from tickwire.wire.messages import Joined as JoinedMessage


def read_all(replay: Replay) -> None:
    while replay.read(7):
        pass


def count_at(tick: int) -> int:
    """What `counted` has come to by a tick."""
    return sum(range(3, tick + 1, 3))


@pytest.mark.parametrize("game", GAMES)
def test_the_end_of_a_replay_is_the_room_as_it_was(game: str) -> None:
    spec, made, (room, twin) = played(game)
    replay = Replay(made, {game: spec})
    assert replay.seek(made.last) == room.tick
    assert replay.notes == []
    assert replay.room.players() == room.players()
    if all_of(room) is not None:
        assert all_of(replay.room) == all_of(twin)


@pytest.mark.parametrize("game", GAMES)
def test_a_tick_is_the_same_from_wherever_it_is_sought(game: str) -> None:
    spec, made, _ = played(game, seed=2)
    straight = Replay(made, {game: spec})
    at = {}
    for tick in range(1, made.last + 1):
        assert straight.seek(tick) == tick
        at[tick] = all_of(straight.room)
    jumping, chance = Replay(made, {game: spec}), random.Random(2)
    read_all(jumping)
    for _ in range(40):
        tick = chance.randrange(1, made.last + 1)
        assert jumping.seek(tick) == tick
        assert all_of(jumping.room) == at[tick]


def test_one_step_back_is_the_tick_before() -> None:
    replay = Replay(counted(), COUNTERS)
    assert replay.seek(33) == 33
    assert replay.step(-1) == 32
    assert counts(replay.room) == {1: count_at(32)}
    assert replay.step(1) == 33
    assert counts(replay.room) == {1: count_at(33)}


def test_one_cannot_go_past_either_end() -> None:
    replay = Replay(counted(60), COUNTERS)
    assert replay.seek(10**9) == 60
    assert replay.step(1) == 60
    assert replay.seek(-5) == 0


def test_the_scout_gathers_what_was_told_by_tick_and_for_whom() -> None:
    replay = Replay(counted(60), COUNTERS)
    assert replay.heard(0, 60, 1) == []
    read_all(replay)
    told = [(m.tick, type(m.message)) for m in replay.heard(0, 60, 1)]
    assert told == [(1, JoinedMessage), *((tick, Chat) for tick in range(10, 61, 10))]
    assert [m.tick for m in replay.heard(11, 30, 0)] == [20, 30]


def test_a_seek_plays_no_more_than_the_time_between_two_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(900, every=10**6)  # without checkpoints in the log
    replay = Replay(made, COUNTERS)
    read_all(replay)
    most, made_ticks, make_ticks = round(engine.EVERY * made.opened.tick_rate), list[int](), Room.make_ticks

    def counting(room: Room, count: int) -> TickOutput:
        made_ticks.append(count)
        return make_ticks(room, count)

    monkeypatch.setattr(Room, "make_ticks", counting)
    for tick in (899, 3, 450):
        made_ticks.clear()
        assert replay.seek(tick) == tick
        assert sum(made_ticks) <= most
        assert counts(replay.room) == {1: count_at(tick)}


def test_a_long_replay_has_not_more_checkpoints_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAX_PLACES", 8)
    monkeypatch.setattr(engine, "EVERY", 1.0)
    replay = Replay(counted(900, every=10**6), COUNTERS)
    read_all(replay)
    assert len(replay._places) <= 9
    for tick in (0, 17, 555, 900):
        assert replay.seek(tick) == tick
        assert counts(replay.room) == ({1: count_at(tick)} if tick else {})


def test_behind_a_gap_a_replay_goes_on_from_the_next_checkpoint() -> None:
    whole = counted(60, every=20)
    index = next(i for i, r in enumerate(whole.records) if isinstance(r, Checkpointed)) + 1
    second = next(i for i, r in enumerate(whole.records[index:], index) if isinstance(r, Checkpointed))
    made = recording([whole.opened, *whole.records[: index - 4], *whole.records[second:]])
    replay = Replay(made, COUNTERS)
    read_all(replay)
    assert replay.read_whole
    last_before = replay.seek(30)
    assert last_before < 20, "what is missing cannot be shown"
    assert replay.seek(40) == 40
    assert counts(replay.room) == {1: count_at(40)}
    assert replay.seek(55) == 55
    assert counts(replay.room) == {1: count_at(55)}
    assert any("nothing is known of the ticks before 40" in note for note in replay.notes)


def test_a_room_whose_beginning_is_not_there_begins_with_a_checkpoint() -> None:
    whole = counted(60, every=20)
    index = next(i for i, r in enumerate(whole.records) if isinstance(r, Checkpointed))
    made = recording([whole.opened, *whole.records[index:]])
    replay = Replay(made, COUNTERS)
    assert (replay.first, replay.tick) == (20, 20)
    assert replay.seek(0) == 20
    assert replay.seek(33) == 33
    assert counts(replay.room) == {1: count_at(33)}


class Doubled(Counters):
    """Rules that count one more in each tick."""

    name = "counters"

    def step(self) -> None:
        super().step()
        for row in self.counts:
            row.n += 1


def test_rules_that_are_others_are_named_and_each_checkpoint_sets_them_right() -> None:
    replay = Replay(counted(60, every=20), {"counters": inspect_game(Doubled)})
    read_all(replay)
    assert replay.notes[0] == "the rules of counters are others than they were, so it may come out otherwise"
    assert any(note.startswith("at tick 20 the log goes on otherwise: ") for note in replay.notes)
    assert replay.seek(25) == 25
    assert counts(replay.room) == {1: count_at(25) + 5}, "five ticks by other rules since the checkpoint"


def test_rules_that_break_end_the_replay_with_a_sentence() -> None:
    class Fine(Game):
        name = "brittle"

    class Brittle(Game):
        name = "brittle"

        def step(self) -> None:
            if self.tick == 30:
                raise ValueError("at thirty")

    room, journal = Room(inspect_game(Fine), "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    room.make_ticks(50)
    replay = Replay(recording(journal.take()), {"brittle": inspect_game(Brittle)})
    read_all(replay)
    assert "the game broke in tick 30: ValueError: at thirty" in replay.problem
    assert replay.end == 29, "what the tick has left half done is not shown"
    assert replay.seek(50) == 29
    assert replay.seek(10) == 10


def test_behind_rules_that_broke_it_plays_on_from_the_next_checkpoint() -> None:
    class Brittle(Counters):
        name = "counters"
        tried = 0

        def step(self) -> None:
            super().step()
            if self.tick == 30:
                type(self).tried += 1
                raise ValueError("at thirty")

    replay = Replay(counted(60, every=20), {"counters": inspect_game(Brittle)})
    read_all(replay)
    assert any("ValueError: at thirty; it plays on from tick 40" in note for note in replay.notes)
    assert [replay.seek(tick) for tick in (29, 30, 35, 40, 55, 30)] == [29, 29, 29, 40, 55, 29]
    assert counts(replay.room) == {1: count_at(29)}
    assert replay.problem == ""
    assert Brittle.tried == 1, "rules that broke are not tried again"


def test_a_game_that_is_not_here_is_named() -> None:
    with pytest.raises(CannotRestore, match="counters"):
        Replay(counted(), {})


@pytest.mark.parametrize("name", ["ada", "bob"])
def test_a_record_that_the_room_does_not_answer_as_it_did_ends_the_replay(name: str) -> None:
    made = counted(25, every=10**6)
    made.add([Joined(1, name, 99), Ticked(1, 5)])
    replay = Replay(made, COUNTERS)
    read_all(replay)
    assert replay.seek(10**6) == replay.end == 25
    assert "got the number" in replay.problem
    assert replay.seek(20) == 20


def test_a_recording_holds_no_hashes_of_tokens() -> None:
    made = counted(5)
    before = list(made.records)
    made.add([Keyed(1, 1, b"hash", b"")])
    assert made.records == before


def test_ticks_that_follow_each_other_are_one_record() -> None:
    made = Recording(counted(1).opened)
    made.add([Ticked(1, 1)] * 2500)
    assert [r.count for r in made.records if isinstance(r, Ticked)] == [1000, 1000, 500]
    assert made.last == 2500
