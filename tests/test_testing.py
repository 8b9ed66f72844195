"""What tests of games stand on: virtual time, clients that lose their line, rooms that are killed, and the plugin."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from room.rules import Add, Counters, Shout

from tickwire import Game, Input, Player
from tickwire.errors import LocalProtocolError, NotDeterministic, RoomFull
from tickwire.games.arena import Arena
from tickwire.games.snake import Snake, Turn
from tickwire.testing import PlayedRoom
from tickwire.testing_plugin import Play
from tickwire.wire.messages import Away, Chat, Event, Joined


def counts(room: PlayedRoom[Counters]) -> dict[int, int]:
    return {row.player: row.n for row in room.game.counts}


def test_a_snake_goes_where_it_is_turned(play: Play) -> None:
    room = play(Snake, seed=7)
    ada = room.join("ada")
    room.ticks()
    before = room.game.bodies[ada.id]
    way = "up" if before.heading in ("left", "right") else "left"
    ada.send(Turn(way))  # type: ignore[arg-type]
    room.ticks()
    assert (room.game.bodies[ada.id].heading, ada.acked, room.tick) == (way, 1, 2)


def test_the_same_seed_is_the_same_game_whatever_fails_in_it(play: Play) -> None:
    calm, stormy = play(Snake, seed=7, bots=3), play(Snake, seed=7, bots=3)
    for room in (calm, stormy):
        room.ticks(100)
        if room is stormy:
            room.kill()
        room.ticks(100)
    assert [(c.x, c.y) for c in calm.game.cells] == [(c.x, c.y) for c in stormy.game.cells]


def test_what_is_under_way_counts_on_the_next_tick(play: Play) -> None:
    room = play(Counters)
    ada = room.join("ada")
    ada.send(Add(5))
    assert (counts(room), ada.acked) == ({}, 0)
    room.ticks()
    assert (counts(room), ada.acked) == ({ada.id: 5}, 1)


def test_inputs_without_a_line_wait_for_it_and_count_once(play: Play) -> None:
    room = play(Counters)
    ada = room.join("ada")
    ada.send(Add(1))
    room.ticks()
    ada.drop()
    ada.send(Add(10))
    room.ticks(3)
    assert (counts(room)[ada.id], ada.acked, ada.player.away) == (1, 1, True)
    ada.resume()
    room.ticks()
    assert (counts(room)[ada.id], ada.acked, ada.player.away) == (11, 2, False)


@pytest.mark.parametrize("seed", range(20))
def test_however_lines_and_servers_fail_each_input_counts_once(play: Play, seed: int) -> None:
    room, chance = play(Counters, seed=seed), random.Random(seed)
    people = [room.join(name) for name in ("ada", "bob", "cleo")]
    sent = dict.fromkeys([seat.id for seat in people], 0)
    for _ in range(60):
        seat = chance.choice(people)
        match chance.randrange(8):
            case 0:
                seat.drop()
            case 1:
                seat.resume()
            case 2:
                acked = {seat.id: seat.acked for seat in people}
                room.kill()
                assert all(seat.acked >= acked[seat.id] for seat in people)
            case 3:
                room.ticks(chance.randrange(1, 4))
            case _:
                n = chance.randrange(1, 100)
                seat.send(Add(n))
                sent[seat.id] += n
    for seat in people:
        seat.resume()
    room.ticks(2)
    assert counts(room) == sent
    assert [seat.acked for seat in people] == [seat._seq for seat in people]


def test_how_much_arrives_of_what_is_under_way_is_up_to_the_seed(play: Play) -> None:
    def arrived(seed: int) -> int:
        room = play(Counters, seed=seed)
        ada = room.join("ada")
        room.ticks()
        for _ in range(5):
            ada.send(Add(1))
        ada.drop()
        room.ticks()
        return counts(room)[ada.id]

    assert {arrived(seed) for seed in range(40)} == set(range(6))
    assert [arrived(seed) for seed in range(5)] == [arrived(seed) for seed in range(5)]


def test_a_killed_room_has_all_that_was_acknowledged_and_its_people_come_back(play: Play) -> None:
    room = play(Counters)
    ada, bob = room.join("ada"), room.join("bob")
    ada.send(Add(3))
    room.ticks(30)
    bob.drop()
    ada.send(Add(4))
    before = room.game
    room.kill()
    assert room.game is not before
    assert counts(room) == {ada.id: 3, bob.id: 0}
    room.ticks()
    assert counts(room) == {ada.id: 7, bob.id: 0}
    assert (ada.acked, ada.player.away, bob.player.away) == (2, False, True)


def test_a_room_can_be_killed_again_and_again(play: Play) -> None:
    room = play(Arena, seed=3, bots=4)
    room.join("ada")
    for _ in range(5):
        room.ticks(30)
        room.kill()
    assert room.tick == 150


def test_a_game_that_keeps_state_where_no_journal_sees_it_is_not_the_same_when_it_is_killed(play: Play) -> None:
    class Forgetful(Game):
        calls: int

        def step(self) -> None:
            self.calls += len(SEEN)
            SEEN.append(1)

    SEEN: list[int] = []  # noqa: N806  # as a global of the game's file would be
    room = play(Forgetful)
    room.ticks(5)
    with pytest.raises(NotDeterministic, match=r"is another after it was recovered: tick 5: Forgetful\.calls was 10"):
        room.kill()


def test_a_client_hears_what_it_is_told_while_it_has_a_line(play: Play) -> None:
    room = play(Counters)
    ada, bob = room.join("ada"), room.join("bob")
    room.ticks()
    bob.send(Shout(private=True))
    bob.say("hello")
    ada.drop()
    room.ticks()
    assert ada.messages == [Joined(ada.id, "ada"), Joined(bob.id, "bob")]
    assert bob.messages[2:] == [Away(ada.id, "ada", True), Chat(bob.id, "bob", "hello"), Event("shout", {"by": bob.id})]
    assert bob.lines == ["hello"]
    assert Event("shout", {"by": bob.id}) not in room.messages


def test_who_leaves_has_everything_played_that_was_under_way(play: Play) -> None:
    room = play(Counters)
    ada = room.join("ada")
    room.ticks()
    ada.send(Add(1))
    ada.leave()
    room.ticks()
    assert room.game.calls[-3:] == [f"add {ada.id} 1", f"leave {ada.id}", f"step {room.tick}"]
    assert room.messages[-1].name == "ada"  # type: ignore[union-attr]


def test_who_is_away_can_say_nothing(play: Play) -> None:
    ada = play(Counters).join("ada")
    ada.drop()
    with pytest.raises(LocalProtocolError, match="ada is away"):
        ada.say("hello")


def test_a_full_room_is_full(play: Play) -> None:
    room = play(Counters, seats=1)
    room.join("ada")
    with pytest.raises(RoomFull):
        room.join("bob")


class Hurried(Game):
    at: float

    def step(self) -> None:
        self.at = time.monotonic()


def test_rules_are_guarded_unless_a_test_says_otherwise(play: Play) -> None:
    with pytest.raises(NotDeterministic, match=r"Hurried\.step calls time\.monotonic\(\) \(line"):
        play(Hurried).ticks()
    play(Hurried, strict=False).ticks()
    with pytest.raises(NotDeterministic, match=r"Hurried\.at was "):
        play(Hurried, strict=False, twice=True).ticks()


class Ask(Input):
    pass


class Raises(Game):
    inputs = Ask

    def receive(self, player: Player, ask: Ask) -> None:
        raise ValueError("no answer")


def test_what_a_game_raises_reaches_the_test(play: Play) -> None:
    room = play(Raises)
    room.join("ada").send(Ask())
    with pytest.raises(ValueError, match="no answer"):
        room.ticks()


TESTS = """
from tickwire import Game

made = []


class Counting(Game):
    count: int

    def step(self) -> None:
        made.append(1)
        self.count = len(made)


def test_it_counts(play) -> None:
    room = play(Counting)
    room.ticks(3)
    assert room.game.count in (3, 6)


def test_it_counts_once(play) -> None:
    play(Counting, twice=False).ticks(3)
"""


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_counting.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run(
        [*command, *options, "test_counting.py"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_plugin_is_there_where_tickwire_is_installed(tmp_path: Path) -> None:
    done = run_pytest(tmp_path)
    assert "2 passed" in done.stdout, done.stdout


def test_with_the_option_rooms_are_played_twice(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--tickwire-twice")
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "Counting is not the same twice: tick 1: Counting.count was 1 and is 2" in done.stdout
