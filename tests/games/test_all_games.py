"""What holds for every built-in game."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import tickwire.games
from tickwire.game.contract import Input
from tickwire.game.loader import load_module
from tickwire.replication.mirror import Mirror
from tickwire.room.room import Room
from tickwire.wire.codec import ClientMessageDecoder, Encoding, ServerMessageDecoder, encode
from tickwire.wire.messages import InputMessage, PackedState, State

GAMES = sorted(f.stem for f in Path(tickwire.games.__path__[0]).glob("*.py") if not f.stem.startswith("_"))
every_game = pytest.mark.parametrize("game", GAMES)


def _play(game: str, seed: int, script: int, ticks: int) -> Iterator[Room]:
    """A room at each tick of a game in which people come, press keys and go."""
    spec = load_module(f"tickwire.games.{game}")
    room = Room(spec, "K7QX", seed, 0.0, bots=min(3, spec.seats - 1), seats=min(6, spec.seats))
    chance = random.Random(script)
    wishes: list[Input] = list(spec.controls.keys.values())
    people: list[int] = []
    seq = 0
    for _ in range(ticks):
        if room.has_seat and chance.random() < 0.1:
            people.append(room.join("ada").id)
        if people and chance.random() < 0.05:
            room.leave(people.pop(chance.randrange(len(people))))
        for player in people:
            if wishes and chance.random() < 0.5:
                seq += 1
                room.input(player, seq, chance.choice(wishes))
        room.make_tick()
        yield room


def test_there_are_games() -> None:
    assert {"snake", "swarm"} <= set(GAMES)


@every_game
def test_a_game_is_called_by_the_name_of_its_file_and_has_a_title(game: str) -> None:
    spec = load_module(f"tickwire.games.{game}")
    assert spec.name == game
    assert spec.title


@every_game
def test_a_game_survives_people_who_come_press_every_key_and_go(game: str) -> None:
    decoder = ServerMessageDecoder()
    mirrors: dict[Encoding, Mirror] = {}
    for room in _play(game, seed=1, script=1, ticks=300):
        if not room.states.shared:
            continue
        for encoding in Encoding:
            mirror = mirrors.setdefault(encoding, Mirror(room.schema))
            state = decoder.decode(room.states.delta(encoding), encoding)
            assert isinstance(state, State | PackedState)
            assert mirror.apply(state) == []
    held = [{name: table.wire_rows() for name, table in mirror.tables.items()} for mirror in mirrors.values()]
    assert held == [] or held[0] == held[1]


@every_game
def test_a_game_played_again_is_the_same_game(game: str) -> None:
    def states(script: int) -> list[bytes]:
        return [room.states.delta(Encoding.MSGPACK) for room in _play(game, seed=1, script=script, ticks=200)]

    assert states(1) == states(1)


@every_game
def test_the_state_of_a_game_can_be_saved_and_read_back(game: str) -> None:
    *_, room = _play(game, seed=1, script=1, ticks=100)
    for name, hint in room.spec.state.items():
        value = getattr(room.game, name)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=hint) == value, name


@every_game
def test_every_key_of_a_game_sends_an_input_that_the_server_takes(game: str) -> None:
    spec = load_module(f"tickwire.games.{game}")
    decoder = ClientMessageDecoder(spec.inputs)
    for key, described in spec.controls.describe()["keys"].items():
        for encoding in Encoding:
            message = decoder.decode(encode(InputMessage(1, described), encoding), encoding)
            assert isinstance(message, InputMessage), key
            assert isinstance(message.input, Input)
