"""A saved game goes on as if nothing had happened, and a game file that changed reads what it can."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tickwire.games
from tickwire import Entity, Game, Player, Table, fixed, text, u8, u16
from tickwire.errors import CannotRestore
from tickwire.game.loader import load_module
from tickwire.game.saved import SavedGame, hash_game, restore_game, save_game
from tickwire.game.spec import inspect_game
from tickwire.room.room import Room

GAMES = sorted(f.stem for f in Path(tickwire.games.__path__[0]).glob("*.py") if not f.stem.startswith("_"))


def through_bytes(saved: SavedGame) -> SavedGame:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(saved), type=SavedGame)


def played(game: str, ticks: int) -> Room:
    """A room of bots and of people who press keys, some of whom have left."""
    spec = load_module(f"tickwire.games.{game}")
    room = Room(spec, "K7QX", 7, 0.0, bots=min(3, spec.seats - 1), seats=min(6, spec.seats))
    chance, wishes = random.Random(game), list(spec.controls.keys.values())
    people = [room.join("ada").id for _ in range(min(2, spec.seats))]
    for seq in range(1, ticks + 1):
        if seq == ticks // 2 and len(people) > 1:
            room.leave(people.pop())
        for player in people if wishes else ():
            room.input(player, seq, chance.choice(wishes))
        room.make_tick()
    return room


def all_of(room_or_game: Game, spec: Any) -> dict[str, Any]:
    """All of a game that rules can see, with the ids of rows and what chance gives next."""
    tables = {name: [(row.id, repr(row)) for row in getattr(room_or_game, name)] for name in spec.tables}
    state = {name: repr(getattr(room_or_game, name)) for name in spec.state}
    next_ids = {name: getattr(room_or_game, name).next_id for name in spec.tables}
    return {**tables, **state, "ids": next_ids, "chance": room_or_game.random.getstate(), "tick": room_or_game.tick}


@pytest.mark.parametrize("game", GAMES)
def test_a_saved_game_is_the_same_game_when_it_is_restored(game: str) -> None:
    room = played(game, 300)
    restored, differences = restore_game(room.spec, through_bytes(save_game(room.spec, room.game)), room.tick_rate)
    assert differences == []
    assert all_of(restored, room.spec) == all_of(room.game, room.spec)


@pytest.mark.parametrize("game", GAMES)
def test_a_restored_game_goes_on_as_the_first_does(game: str) -> None:
    room = played(game, 200)
    restored, _ = restore_game(room.spec, through_bytes(save_game(room.spec, room.game)), room.tick_rate)
    restored.players = {id: Player(p.id, p.name, p.bot, p.lag) for id, p in room.game.players.items()}
    for each in (room.game, restored):
        for _ in range(200):
            each.tick += 1
            for player in list(each.players.values()):
                if player.bot and (wish := each.bot(player)) is not None:
                    each.receive(player, wish)
            each.step()
            if any(entity.rewind for entity in room.spec.tables.values()):
                each._history.record()
    assert all_of(restored, room.spec) == all_of(room.game, room.spec)
    assert restored._history.save() == room.game._history.save()


class Coin(Entity):
    x: u16
    worth: u8 = 1


@dataclass
class Purse:
    coins: int
    owner: str = ""


class Then(Game):
    coins: Table[Coin]
    purses: dict[int, Purse]
    rounds: int


def saved_then() -> SavedGame:
    spec = inspect_game(Then)
    game: Any = spec.create(1)
    for x in (3, 4, 5):
        game.coins.add(Coin(x, worth=200))
    game.coins.remove(3)
    game.purses[1] = Purse(7, "ada")
    game.rounds = 4
    return through_bytes(save_game(spec, game))


def restored_as(game: type[Game]) -> tuple[Any, list[str]]:
    return restore_game(inspect_game(game), saved_then(), 20)


def test_an_id_of_a_removed_row_is_given_to_no_other() -> None:
    game, _ = restored_as(Then)
    assert [coin.id for coin in game.coins] == [1, 2]
    assert game.coins.add(Coin(9)).id == 4


class Shiny(Entity):
    x: u16
    name: text
    z: float = fixed(-9, -1, step=1)
    worth: u8 = 1
    shine: u8 = 5
    y: float = fixed(-9, -1, step=1, default=-2)


class Bare(Entity):
    x: u16


class Cheap(Entity):
    x: u16
    worth: float = fixed(0, 100, step=1)


def test_a_game_that_gained_a_field_and_an_attribute_begins_with_their_defaults() -> None:
    class Now(Game):
        coins: Table[Shiny]
        purses: dict[int, Purse]
        rounds: int
        weather: str = "sunny"

    game, differences = restored_as(Now)
    rows = [(c.id, c.x, c.name, c.worth, c.shine, c.y, c.z) for c in game.coins]
    assert rows == [(1, 3, "", 200, 5, -2, -1), (2, 4, "", 200, 5, -2, -1)]
    assert (game.weather, game.rounds) == ("sunny", 4)
    assert differences == [
        "Now.coins has a new field name, which is '' in old rows",
        "Now.coins has a new field z, which is -1 in old rows",
        "Now.coins has a new field shine, which is 5 in old rows",
        "Now.coins has a new field y, which is -2 in old rows",
        "Now.weather is new, and begins as in a new room",
    ]


def test_a_game_that_lost_a_field_and_an_attribute_says_so() -> None:
    class Now(Game):
        coins: Table[Bare]
        purses: dict[int, Purse]

    game, differences = restored_as(Now)
    assert [coin.x for coin in game.coins] == [3, 4]
    assert differences == ["Now.coins has no field worth any more", "Now.rounds is gone, and what it held is lost"]


def test_a_value_that_does_not_fit_any_more_is_told_by_its_name() -> None:
    class Now(Game):
        coins: Table[Cheap]

    with pytest.raises(CannotRestore, match=r"Now\.coins: worth holds a number from 0 to 100, not 200"):
        restored_as(Now)


def test_an_attribute_of_another_type_is_told_by_its_name() -> None:
    class Now(Game):
        coins: Table[Coin]
        rounds: list[int]

    with pytest.raises(CannotRestore, match=r"Now\.rounds was saved as something else"):
        restored_as(Now)


@pytest.mark.parametrize("game", GAMES)
def test_a_restored_game_has_the_hash_of_the_first(game: str) -> None:
    room = played(game, 60)
    restored, _ = restore_game(room.spec, through_bytes(save_game(room.spec, room.game)), room.tick_rate)
    assert hash_game(room.spec, restored) == hash_game(room.spec, room.game)


class Piece(Entity):
    x: u16


@dataclass
class Hand:
    cards: set[str]


class Everything(Game):
    pieces: Table[Piece]
    points: dict[str, int]
    names: set[str]
    hands: dict[int, Hand]
    mixed: dict[int, list[set[int | str]]]


EVERYTHING = inspect_game(Everything)


def everything() -> Everything:
    game = EVERYTHING.create(1)
    assert isinstance(game, Everything)
    game.pieces.add(Piece(3))
    game.points = {"ada": 1, "bob": 2}
    game.names = {"ada", "bob", "cleo"}
    game.hands = {1: Hand({"ace", "king"})}
    game.mixed = {1: [{1, "one"}]}
    return game


def _draw(game: Everything) -> None:
    game.random.random()


def _move(game: Everything) -> None:
    game.pieces[1].x = 4


def _come_and_go(game: Everything) -> None:
    game.pieces.remove(game.pieces.add(Piece(9)))


def _reorder(game: Everything) -> None:
    game.points = {"bob": 2, "ada": 1}


def _hide(game: Everything) -> None:
    game.hands[1].cards.add("queen")


def _mix(game: Everything) -> None:
    game.mixed[1][0].add(2)


def _wait(game: Everything) -> None:
    game.tick += 1


@pytest.mark.parametrize("change", [_draw, _move, _come_and_go, _reorder, _hide, _mix, _wait])
def test_the_hash_covers_what_rules_can_see(change: Callable[[Everything], None]) -> None:
    game = everything()
    assert hash_game(EVERYTHING, game) == hash_game(EVERYTHING, everything())
    change(game)
    assert hash_game(EVERYTHING, game) != hash_game(EVERYTHING, everything())


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_hash_is_the_same_in_a_process_that_hashes_texts_differently(seed: str) -> None:
    code = "from game.test_saved import *; game = everything(); print(hash_game(EVERYTHING, game), list(game.names))"
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": tests},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split()[0] == str(hash_game(EVERYTHING, everything()))
