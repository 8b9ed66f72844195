"""What a log says of a room makes the same room again, wherever the log ends."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import tickwire.games
from room.rules import SPEC, Add, counters, counts, new_room
from room.test_checkpoint import Script, all_of
from tickwire import Game, Input, Player
from tickwire.errors import CannotRestore
from tickwire.game.loader import load_module
from tickwire.game.spec import inspect_game
from tickwire.room.journal import Ended, Journal, Keyed, Record, pack_commit, unpack_commit
from tickwire.room.recovery import Stories, rebuild
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.messages import InputMessage

GAMES = sorted(f.stem for f in Path(tickwire.games.__path__[0]).glob("*.py") if not f.stem.startswith("_"))


def told(commits: list[list[Record]]) -> Stories:
    """What a log of these commits says, through bytes."""
    stories = Stories()
    for number, records in enumerate(commits, 1):
        stories.tell(number, unpack_commit(pack_commit(records)))
    return stories


def only(stories: Stories) -> Any:
    [story] = stories.open.values()
    return story


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("game", GAMES)
def test_a_room_is_rebuilt_as_it_was_wherever_the_log_ends(game: str, seed: int) -> None:
    spec = load_module(f"tickwire.games.{game}")
    journal, chance, script = Journal(), random.Random(seed), Script(spec, seed)
    room = Room(spec, "K7QX", seed, 0.0, bots=min(2, spec.seats - 1), seats=min(6, spec.seats))
    room.keep(journal)
    commits: list[list[Record]] = []
    for tick in range(160):
        script.play(room)
        if chance.random() < 0.1:
            room.unwatch(room.watch("eve")) if chance.random() < 0.5 else room.watch("eve")
        room.make_tick()
        if chance.random() < 0.03:
            room.checkpoint()
        commits.append(journal.take())
        if tick % 20 == 19 and room.tick % spec.send_every == 0:
            twin = rebuild(only(told(commits)), {game: spec}, 0.0)
            assert all_of(twin) == all_of(room)
            assert twin.players() == room.players()


def test_what_waits_for_the_next_tick_is_rebuilt_too() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    ada = room.join("ada").id
    room.input(ada, 1, Add(5))
    twin = rebuild(only(told([journal.take()])), {"counters": SPEC}, 0.0)
    assert counts(twin) == {}
    twin.make_tick()
    assert counts(twin) == {ada: 5}
    assert not twin.input(ada, 1, Add(5)), "it was taken before"


def test_an_input_is_kept_as_it_came_in_either_encoding() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    ada = room.join("ada").id
    for seq, encoding in enumerate(Encoding, 1):
        message = encode(InputMessage(seq, Add(seq)), encoding)
        room.input(ada, seq, Add(seq), message=message)
        assert message in pack_commit(journal.records)
    room.make_tick()
    assert counts(rebuild(only(told([journal.take()])), {"counters": SPEC}, 0.0)) == {ada: 3}


def test_how_far_back_a_screen_was_believed_is_kept() -> None:
    class Look(Input):
        """Say what is on the screen."""

    class Screens(Game):
        inputs = Look
        lags: list[float]

        def receive(self, player: Player, look: Look) -> None:
            self.lags.append(player.lag)

    spec = load_module("tickwire.games.arena")
    room, journal = Room(spec, "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    ada = room.join("ada").id
    room.make_ticks(20)
    room.believe(ada, 0.0)
    room.input(ada, 1, spec.controls.input(), None, 5.0)  # type: ignore[misc]
    room.make_tick()
    [twin] = [rebuild(only(told([journal.take()])), {"arena": spec}, 0.0)]
    assert twin.seated[ada].lag == room.seated[ada].lag > 0


def test_a_room_that_is_over_is_no_more_in_the_stories_and_its_number_is_not_given_again() -> None:
    room, journal = new_room(), Journal(7)
    room.keep(journal)
    room.note(Ended)
    stories = told([journal.take()])
    assert stories.open == {}
    assert stories.next_room == 8


def test_a_checkpoint_makes_what_came_before_it_superfluous() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    room.make_tick()
    first = journal.take()
    assert room.checkpoint()
    second = journal.take()
    room.make_tick()
    story = only(told([first, second, journal.take()]))
    assert story.since == 2
    assert len(story.records) == 1
    assert rebuild(story, {"counters": SPEC}, 0.0).tick == 2


def test_behind_a_gap_a_room_is_as_it_was_before_until_its_next_checkpoint() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    room.make_tick()
    stories = told([journal.take()])
    room.make_tick()
    journal.take()  # lost
    stories.gap()
    room.make_tick()
    stories.tell(3, journal.take())
    assert not only(stories).known
    assert rebuild(only(stories), {"counters": SPEC}, 0.0).tick == 1
    room.checkpoint()
    stories.tell(4, journal.take())
    assert rebuild(only(stories), {"counters": SPEC}, 0.0).tick == 3


def test_a_checkpoint_suffices_by_itself() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    ada = room.join("ada").id
    room.input(ada, 1, Add(5))
    room.make_tick()
    journal.take()  # what stands in front of it was deleted, or never written
    assert room.checkpoint([(ada, b"last", b"former")])
    room.input(ada, 2, Add(2))
    room.make_tick()
    story = only(told([journal.take()]))
    assert story.opened == room.opened
    assert (story.tokens[ada].token, story.tokens[ada].former) == (b"last", b"former")
    assert counts(rebuild(story, {"counters": SPEC}, 0.0)) == {ada: 7}


def test_a_room_that_ended_in_a_gap_is_not_opened_again() -> None:
    journal, rooms = Journal(), [new_room(), new_room(), new_room()]
    for room in rooms[:2]:
        room.keep(journal)
    stories = told([journal.take()])
    stories.gap()
    rooms[2].keep(journal)
    journal.take()  # lost
    journal.standing([rooms[1].number, rooms[2].number], 9)
    stories.tell(9, unpack_commit(pack_commit(journal.take())))
    assert list(stories.open) == [rooms[1].number]
    assert stories.next_room == rooms[2].number + 1


def test_the_tokens_of_seats_are_those_given_last() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    ada, bob = room.join("ada").id, room.join("bob").id
    room.note(Keyed, ada, b"a1", b"")
    room.note(Keyed, bob, b"b1", b"")
    room.note(Keyed, ada, b"a2", b"a1")
    room.leave(bob)
    tokens = only(told([journal.take()])).tokens
    assert {player: (each.token, each.former) for player, each in tokens.items()} == {ada: (b"a2", b"a1")}


def test_a_game_that_is_not_served_any_more_is_told_by_its_name() -> None:
    room, journal = new_room(), Journal()
    room.keep(journal)
    with pytest.raises(CannotRestore, match="the game counters is not served any more"):
        rebuild(only(told([journal.take()])), {}, 0.0)


def test_a_game_that_breaks_on_the_way_is_told_with_its_tick() -> None:
    class Fine(Game):
        name = "brittle"

    class Brittle(Game):
        name = "brittle"

        def step(self) -> None:
            if self.tick == 3:
                raise SystemExit("at three")

    room, journal = Room(inspect_game(Fine), "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    room.make_ticks(5)
    with pytest.raises(CannotRestore, match="its game broke in tick 3: SystemExit: at three"):
        rebuild(only(told([journal.take()])), {"brittle": inspect_game(Brittle)}, 0.0)


def test_a_room_that_does_not_come_out_as_it_was_says_so() -> None:
    class Starts(Game):
        calls: int

        def start(self) -> None:
            self.calls = next(CALLS)

    CALLS = iter([1, 2, 2])  # noqa: N806  # as a global of the game's file would be
    spec = inspect_game(Starts)
    room, journal = Room(spec, "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    room.make_ticks(30)
    story = only(told([journal.take()]))
    told_of = "what happened since its last checkpoint came out differently; see `tickwire verify`"
    assert rebuild(story, {"starts": spec}, 0.0).differences == [told_of]


def test_a_room_without_a_journal_notes_nothing() -> None:
    room = new_room()
    room.join("ada")
    room.make_tick()
    room.note(Ended)
    assert counters(room).calls[-1] == "step 1"


@pytest.mark.parametrize("payload", [b"", b"\x90\x90", b"\x91\x91\x63", b"garbage", b"\x91\x94\x01\x01\xa1\x80\x01"])
def test_what_are_no_records_is_refused(payload: bytes) -> None:
    with pytest.raises(CannotRestore, match="this commit cannot be read"):
        unpack_commit(payload)
