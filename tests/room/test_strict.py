"""A strict room finds rules that would come out differently when they are played again, and tells what differs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import tickwire.games
from room.rules import SPEC, Add, counts
from room.test_checkpoint import Script, all_of
from tickwire import Entity, Game, Input, Player, Table, u16, u32
from tickwire.errors import NotDeterministic
from tickwire.game.loader import load_module
from tickwire.game.spec import inspect_game
from tickwire.room.journal import Journal, Opened, Ticked, pack_commit, unpack_commit
from tickwire.room.recovery import Stories, rebuild
from tickwire.room.room import Room
from tickwire.room.strict import StrictRoom

GAMES = sorted(f.stem for f in Path(tickwire.games.__path__[0]).glob("*.py") if not f.stem.startswith("_"))


@pytest.mark.parametrize("game", GAMES)
def test_every_built_in_game_is_strict_and_plays_as_in_a_plain_room(game: str) -> None:
    spec = load_module(f"tickwire.games.{game}")
    settings: dict[str, Any] = {"bots": min(2, spec.seats - 1), "seats": min(6, spec.seats)}
    plain, strict = Room(spec, "K7QX", 1, 0.0, **settings), StrictRoom(spec, "K7QX", 1, 0.0, **settings)
    script = Script(spec, 1)
    for _ in range(150):
        script.play(plain, strict)
        output, same = plain.make_tick(), strict.make_tick()
        assert (same.messages, same.private, same.acks) == (output.messages, output.private, output.acks)
        strict.foci(strict.seated)
    assert all_of(plain) == all_of(strict)


class Dot(Entity):
    player: u16
    x: u32 = 0


class Dots(Game):
    """Rules of a game that go wrong in its seventh tick."""

    dots: Table[Dot]
    notes: dict[str, int]

    def join(self, player: Player) -> None:
        self.dots.add(Dot(player.id))

    def step(self) -> None:
        if self.tick == 7:
            self.wrong()

    def wrong(self) -> None:
        """What goes wrong."""


def told(game: type[Game], *, guarded: bool = False) -> str:
    room = StrictRoom(inspect_game(game), "K7QX", 1, 0.0, guarded=guarded)
    room.join("ada")
    for _ in range(6):
        room.make_tick()
    with pytest.raises(NotDeterministic) as raised:
        room.make_tick()
    return str(raised.value)


MADE: list[int] = []


class Global(Dots):
    def wrong(self) -> None:
        MADE.append(1)
        self.dots[1].x = len(MADE)


def test_what_rules_keep_outside_of_the_room_is_found_with_row_field_and_both_values() -> None:
    MADE.clear()
    assert told(Global) == (
        "Global is not the same twice: tick 7: Global.dots row 1: x was 1 and is 2 when it is played again"
    )


class Ids(Dots):
    def wrong(self) -> None:
        self.notes["id"] = id(self)


def test_what_goes_by_the_address_of_an_object_is_found() -> None:
    assert "tick 7: Ids.notes was {'id': " in told(Ids)


class Late(Dots):
    def wrong(self) -> None:
        self.dots[1].x = time.monotonic_ns() % 2**32


def test_the_clock_is_found_by_playing_twice_too() -> None:
    assert "tick 7: Late.dots row 1: x was " in told(Late)


def test_the_clock_is_told_with_its_line_where_rules_are_guarded() -> None:
    assert "Late.wrong calls time.monotonic_ns() (line" in told(Late, guarded=True)


class Talk(Dots):
    def wrong(self) -> None:
        MADE.append(1)
        self.say(f"{len(MADE)} of them")


def test_what_is_said_differently_is_found_though_the_state_is_the_same() -> None:
    assert told(Talk) == "Talk is not the same twice: tick 7: what it says is something else when it is played again"


class Order(Dots):
    def wrong(self) -> None:
        MADE.append(1)
        self.notes = {"a": 1, "b": 2} if len(MADE) % 2 else {"b": 2, "a": 1}


def test_the_order_of_a_dict_is_state() -> None:
    assert "Order.notes was {" in told(Order)


class Breaks(Dots):
    def wrong(self) -> None:
        MADE.append(1)
        if len(MADE) > 1:
            raise ValueError("there are two")


def test_rules_that_break_only_the_second_time_are_told() -> None:
    MADE.clear()
    assert "tick 7: it breaks, by ValueError: there are two when it is played again" in told(Breaks)


def test_what_breaks_the_first_time_is_raised_as_it_is() -> None:
    class Broken(Dots):
        def wrong(self) -> None:
            raise ValueError("plainly")

    room = StrictRoom(inspect_game(Broken), "K7QX", 1, 0.0)
    with pytest.raises(ValueError, match="plainly"):
        room.make_ticks(7)


class Gift(Input):
    things: list[int]


class Keeper(Game):
    """Changes what it was given: the second room has an input of its own."""

    inputs = Gift
    total: int

    def receive(self, player: Player, gift: Gift) -> None:
        gift.things.append(1)
        self.total += sum(gift.things)


def test_both_rooms_get_inputs_of_their_own() -> None:
    room = StrictRoom(inspect_game(Keeper), "K7QX", 1, 0.0)
    ada = room.join("ada").id
    for seq in (1, 2, 3):
        room.input(ada, seq, Gift([5]))
    room.make_tick()
    assert room.game.total == 18  # type: ignore[attr-defined]


def test_a_strict_room_is_kept_and_rebuilt_as_a_strict_room() -> None:
    room, journal = StrictRoom(SPEC, "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    ada = room.join("ada").id
    for seq in range(1, 30):
        room.input(ada, seq, Add(seq))
        room.make_tick()
        if seq == 20:
            assert room.checkpoint()
    records = journal.take()
    assert isinstance(records[0], Opened)
    assert sum(isinstance(record, Ticked) for record in records) == 29
    stories = Stories()
    stories.tell(1, unpack_commit(pack_commit(records)))
    [story] = stories.open.values()
    twin = rebuild(story, {"counters": SPEC}, 0.0, StrictRoom)
    assert isinstance(twin, StrictRoom)
    assert counts(twin) == counts(room)
    twin.input(ada, 30, Add(1))
    twin.make_tick()
    assert counts(twin)[ada] == counts(room)[ada] + 1
