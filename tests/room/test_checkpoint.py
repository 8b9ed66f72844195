"""A room that is restored from a checkpoint goes on as the one that it was taken of, whatever comes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tickwire.games
from room.rules import Add, counters, counts, new_room
from tickwire import Game, Input, Player
from tickwire.errors import CannotRestore
from tickwire.game.loader import load_module
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.room.room import Room
from tickwire.room.saved import pack_room, unpack_room
from tickwire.wire.codec import Encoding

GAMES = sorted(f.stem for f in Path(tickwire.games.__path__[0]).glob("*.py") if not f.stem.startswith("_"))


def restored(room: Room, spec: GameSpec | None = None, now: float = 0.0, bots: int = 0) -> Room:
    saved = room.save()
    assert saved is not None
    again = unpack_room(pack_room(saved))
    return Room(spec or room.spec, room.code, room.seed, now, bots=bots, seats=room.seats, saved=again)


class Script:
    """People who come, go, lose the line, chat and press keys, the same for each room that it is played to."""

    def __init__(self, spec: GameSpec, seed: int) -> None:
        self._chance = random.Random(seed)
        self._wishes: list[Input] = list(spec.controls.keys.values())
        if spec.controls.input is not None:
            held = spec.controls.input
            names = held.__struct_fields__
            self._wishes += [held(**dict.fromkeys(self._chance.sample(names, 2), True)) for _ in range(6)]
        self._people: dict[int, int] = {}  # by number the last seq
        self._away: set[int] = set()

    def play(self, *rooms: Room) -> None:
        """One tick's calls, the same to all."""
        chance = self._chance
        if rooms[0].has_seat and chance.random() < 0.1:
            joined = {room.join("ada").id for room in rooms}
            [number] = joined
            self._people[number] = 0
        for number in list(self._people):
            if chance.random() < 0.01:
                del self._people[number]
                self._away.discard(number)
                for room in rooms:
                    room.leave(number)
            elif number in self._away:
                if chance.random() < 0.2:
                    self._away.discard(number)
                    sent = chance.choice([None, self._people[number]])
                    self._people[number] = sent or 0
                    assert len({room.resume(number, sent) for room in rooms}) == 1
            elif chance.random() < 0.02:
                self._away.add(number)
                for room in rooms:
                    room.lose(number)
            else:
                self._press(number, rooms)

    def _press(self, number: int, rooms: tuple[Room, ...]) -> None:
        chance = self._chance
        if chance.random() < 0.05:
            assert len({room.say(number, "ada", "hello there") for room in rooms}) == 1
        if self._wishes and chance.random() < 0.5:
            self._people[number] += 1
            wish, now = chance.choice(self._wishes), rooms[0].tick
            tick = chance.choice([None, now - 2, now + 1, now + 4])
            seen = chance.choice([None, now - 2.5])
            for room in rooms:
                room.input(number, self._people[number], wish, tick, seen)


def all_of(room: Room) -> Any:
    saved = room.save()
    return saved and msgspec.to_builtins(msgspec.msgpack.decode(pack_room(saved)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("game", GAMES)
def test_a_restored_room_goes_on_as_the_first_does(game: str, seed: int) -> None:
    spec = load_module(f"tickwire.games.{game}")
    bots = min(2, spec.seats - 1)
    room = Room(spec, "K7QX", seed, 0.0, bots=bots, seats=min(6, spec.seats))
    script = Script(spec, seed)
    for _ in range(150):
        script.play(room)
        room.make_tick()
    while room.tick % spec.send_every:
        room.make_tick()
    twin = restored(room, bots=bots)
    for _ in range(150):
        script.play(room, twin)
        output, same = room.make_tick(), twin.make_tick()
        assert (same.tick, same.messages, same.private) == (output.tick, output.messages, output.private)
        assert (same.acks, same.early) == (output.acks, output.early)
        assert room.players() == twin.players()
    assert all_of(room) == all_of(twin)


def test_a_restored_room_does_not_start_its_game_again_and_goes_on_at_its_tick() -> None:
    room = new_room(bots=1)
    ada = room.join("ada").id
    room.input(ada, 1, Add(5))
    room.make_ticks(9)
    twin = restored(room, now=100.0)
    assert counters(twin).calls.count("start") == 1
    assert (twin.tick, counts(twin)) == (9, counts(room))
    assert twin.advance(100.05) is None
    assert twin.advance(100.1) is not None
    assert twin.tick == 10
    assert not twin.input(ada, 1, Add(5)), "that input was taken before"


def test_the_first_state_of_a_restored_room_has_all_rows() -> None:
    room = new_room()
    room.join("ada")
    room.make_tick()
    room.make_tick()
    twin = restored(room)
    assert twin.make_tick().changed
    assert len(twin.states.full(Encoding.JSON)) > 20


def test_a_number_that_rests_is_given_to_nobody_in_a_restored_room() -> None:
    room = new_room()
    gone, ada = room.join("gone").id, room.join("ada").id
    room.leave(gone)
    room.make_tick()
    assert restored(room).join("new").id == ada + 1


def test_a_checkpoint_is_taken_where_nothing_waits_to_be_said() -> None:
    class Seldom(Game):
        tick_rate, send_rate = 20, 5

    room = Room(inspect_game(Seldom), "K7QX", 1, 0.0)
    taken = []
    for _ in range(8):
        room.make_tick()
        taken.append(room.save() is not None)
    assert taken == [False, False, False, True] * 2


def test_inputs_that_the_game_has_no_more_are_told() -> None:
    class Wave(Input):
        high: bool

    class Bow(Input):
        low: bool

    class Then(Game):
        inputs = Wave

        def join(self, player: Player) -> None:
            """Nothing."""

    class Now(Game):
        name = "then"
        inputs = Bow

    room = Room(inspect_game(Then), "K7QX", 1, 0.0)
    ada = room.join("ada").id
    room.make_tick()
    room.input(ada, 1, Wave(True), tick=10)
    room.make_tick()
    with pytest.raises(CannotRestore, match=r"Now\.inputs are others than they were"):
        restored(room, inspect_game(Now))


@pytest.mark.parametrize("data", [b"", b"\x90", b"\xc1" * 40, b"\x95\x02"])
def test_what_is_no_checkpoint_is_refused(data: bytes) -> None:
    with pytest.raises(CannotRestore, match="no checkpoint"):
        unpack_room(data)


def test_a_checkpoint_of_a_later_form_is_refused() -> None:
    room = new_room()
    room.make_tick()
    saved = room.save()
    assert saved is not None
    saved.version = 2
    with pytest.raises(CannotRestore, match="has form 2; this tickwire reads form 1"):
        unpack_room(pack_room(saved))
