"""Rooms that live for years: what their numbers come to, and what happens just past the ends."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import msgspec
import pytest

import tickwire.games
from tickwire.faces.palette import PLAYER_COLORS, color_of
from tickwire.game.loader import load_file, load_module
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.room.room import Room
from tickwire.room.roster import COLORS, MAX_NUMBER, REST, Numbers, Roster
from tickwire.server.payloads import encode_acks, pack_acks
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import Ack, Joined, Left, PackedState, State

from .rules import Add, Count, Counters, counters, counts, new_room

ROOT = Path(__file__).parents[2]
GAMES = sorted(f.stem for f in Path(tickwire.games.__path__[0]).glob("*.py") if not f.stem.startswith("_"))
EXAMPLES = sorted(f for f in (ROOT / "examples").glob("*.py") if "(Game)" in f.read_text())


# --- player numbers ---


def test_a_number_comes_back_when_it_has_rested_and_the_lowest_first() -> None:
    numbers = Numbers(rest=100)
    assert [numbers.take(0, ()) for _ in range(5)] == [1, 2, 3, 4, 5]
    numbers.give_back(4, 10)
    numbers.give_back(2, 20)
    assert numbers.take(109, ()) == 6
    assert numbers.take(110, ()) == 4
    assert numbers.take(119, ()) == 7
    numbers.give_back(7, 119)
    assert numbers.take(300, ()) == 2
    assert numbers.take(300, ()) == 7
    assert numbers.take(300, ()) == 8


def test_where_more_come_and_go_than_there_are_numbers_the_one_comes_back_that_has_rested_longest() -> None:
    numbers = Numbers(rest=1e9)
    assert numbers.take(0, ()) == 1  # who stays
    for tick in range(MAX_NUMBER - 1):
        number = numbers.take(tick, ())
        assert number == tick + 2
        numbers.give_back(number, tick)
    assert [numbers.take(MAX_NUMBER, ()) for _ in range(3)] == [2, 3, 4]


def test_as_long_as_there_are_fewer_players_than_colours_each_has_one_of_its_own() -> None:
    room = new_room(seats=20)
    here = [room.join("ada").id]
    chance = random.Random(7)
    for visit in range(500):
        if len(here) == COLORS or (len(here) > 1 and chance.random() < 0.5):
            room.leave(here.pop(chance.randrange(len(here))))
        here.append(room.join(f"visitor {visit}").id)
        room.make_tick()
        assert len({color_of(number) for number in here}) == len(here)
    assert len(PLAYER_COLORS) == COLORS
    for visit in range(COLORS):
        here.append(room.join(f"one more {visit}").id)  # and then they are shared
    assert len(set(here)) == len(here)


def test_where_a_colour_has_no_number_left_another_is_shared() -> None:
    numbers = Numbers(rest=1e9)
    for tick in range(MAX_NUMBER - COLORS):
        numbers.give_back(numbers.take(tick, ()), tick)
    left = {numbers.take(0, {1}) for _ in range(COLORS)}
    assert left == set(range(MAX_NUMBER - COLORS + 1, MAX_NUMBER + 1))
    assert numbers.take(0, {1}) == 1


def test_a_room_outlives_its_first_65535_visits() -> None:
    room = new_room()
    stays = room.join("ada")
    seen = set()
    for visit in range(70_000):
        bob = room.join("bob")
        room.make_tick()
        room.leave(bob.id)
        seen.add(bob.id)
        if visit % 1000 == 0:
            output = room.make_tick()
            assert [type(m) for m in output.messages] == [Left]
    # At 10 Hz a number rests for 36,000 ticks, and one is taken each tick: no more than that are ever in use.
    # And of eight numbers each time one is left out, which would have the colour of her who stays.
    assert max(seen) <= (REST * 10 + 3) * COLORS / (COLORS - 1) + COLORS
    room.input(stays.id, 1, Add(5))
    assert room.make_tick().acks == {stays.id: 1}
    assert counts(room) == {stays.id: 5}
    assert {p.player for p in room.players()} == {stays.id}


def visited(room: Room) -> None:
    """As if 65,530 had come and gone, quicker than numbers can rest."""
    numbers = room._roster._numbers
    while min(numbers._next) <= MAX_NUMBER - 5:
        numbers.give_back(numbers.take(0, ()), 0)


def written_game(folder: Path) -> GameSpec:
    """What `tickwire new` writes."""
    from tickwire.scaffold import write_game

    game, _, _ = write_game("pong", folder)
    return load_file(game)


@pytest.mark.parametrize("game", [*GAMES, *(e.stem for e in EXAMPLES), "what tickwire new writes"])
def test_visits_past_the_65535th_are_as_all_others(game: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if game in GAMES:
        spec = load_module(f"tickwire.games.{game}")
    elif game.startswith("what"):
        monkeypatch.setattr(sys, "path", [p for p in sys.path if Path(p or ".").resolve() != ROOT / "tests"])
        spec = written_game(tmp_path)
    else:
        spec = load_file(ROOT / "examples" / f"{game}.py")
    room = Room(spec, "K7QX", 1, 0.0, bots=1)
    room.make_tick()
    visited(room)
    seen: list[int] = []
    keys = list(spec.controls.keys.values())
    for visit in range(12):
        player = room.join(f"visitor {visit}")
        seen.append(player.id)
        for seq, key in enumerate(keys, 1):
            room.input(player.id, seq, key)
        output = room.make_ticks(3 * spec.send_every)
        assert player.id in {m.player for m in output.messages if isinstance(m, Joined)}
        room.leave(player.id)
        room.make_ticks(spec.send_every)
    assert max(seen) > MAX_NUMBER - 8
    assert min(seen) < 20


def test_numbers_of_seated_players_are_never_given_twice() -> None:
    roster = Roster(seats=3, bots=0, tick_rate=20)
    kept = [roster.seat("ada", 0), roster.seat("bob", 0)]
    for tick in range(3 * MAX_NUMBER):
        player = roster.seat("eve", tick * 100)
        assert player.id not in {p.id for p in kept}
        assert 1 <= player.id <= MAX_NUMBER
        roster.unseat(player.id, tick * 100)


# --- ticks and ids past 32 bits ---


@pytest.mark.parametrize("start", [2**31 - 2, 2**32 - 2, 2**32 + 5, 2**53 - 20])
@pytest.mark.parametrize("encoding", list(Encoding))
def test_ticks_and_ids_go_on_past_32_bits(start: int, encoding: Encoding) -> None:
    room = new_room()
    game = counters(room)
    game.counts.remove(game.counts.restore(start - 1, Count(0)))
    room.make_tick()
    game.tick = start
    decoder, mirror = ServerMessageDecoder(), Mirror(room.schema)
    ada = room.join("ada")
    for n in range(1, 8):
        if n == 4:
            game.counts.remove(game.counts.add(Count(9)))
            game.counts.add(Count(8))
        room.input(ada.id, n, Add(), tick=game.tick + 1)
        output = room.make_tick()
        data = room.states.full(encoding) if n == 1 else room.states.delta(encoding)
        state = decoder.decode(data, encoding)
        assert isinstance(state, PackedState | State)
        assert state.tick == start + n == output.tick
        assert mirror.apply(state) == []
        acks = encode_acks(encoding, output.tick, output.acks, output.early, {1: "ada"}, {"ada": 0})
        assert decoder.decode(acks[0], encoding) == Ack(n, start + n, 0)
        if encoding is Encoding.MSGPACK:
            assert pack_acks(output.tick, output.acks, output.early, {1: "ada"}, {"ada": 0}) == acks
    assert dict(mirror.tables["Count"].wire_rows()) == {row.id: (row.player, row.n) for row in game.counts}
    assert {row.id for row in game.counts} == {start, start + 2}


def test_a_client_may_mean_a_tick_past_32_bits() -> None:
    from tickwire.wire.codec import ClientMessageDecoder
    from tickwire.wire.messages import InputMessage

    decoder = ClientMessageDecoder(Counters.inputs)
    for tick in (2**32 - 1, 2**32, 2**53 - 1):
        packed = msgspec.msgpack.encode({"type": "input", "seq": 1, "tick": tick, "input": {"type": "add"}})
        assert decoder.decode(packed, Encoding.MSGPACK) == InputMessage(1, Add(), tick)


@pytest.mark.parametrize("start", [2**32 - 5, 2**40])
def test_timed_inputs_and_rollback_count_in_ticks_past_32_bits(start: int) -> None:
    spec = load_module("tickwire.games.arena")
    room = Room(spec, "K7QX", 1, 0.0)
    room.game.tick = start
    ada = room.join("ada")
    room.make_tick()
    hold = next(iter(spec.controls.keys.values()), None) or spec.controls.input
    assert hold is not None
    wish = hold() if isinstance(hold, type) else hold
    for n in range(1, 12):
        room.input(ada.id, n, wish, tick=room.tick - 2 + n % 5, seen=room.tick - 1.5)
        room.make_ticks(spec.send_every)
    assert room.tick > start


def test_the_seats_of_a_game_leave_numbers_to_rest() -> None:
    from tickwire.errors import ContractError

    class Crowd(Counters):
        seats = MAX_NUMBER // 2 + 1

    with pytest.raises(ContractError, match="from 1 to 32767"):
        inspect_game(Crowd)
