"""The same seed, joins, leaves and inputs give the same states, byte for byte."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys

import pytest

from tickwire.game.loader import load_module
from tickwire.games.snake import Turn
from tickwire.games.swarm import Steer
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding

TICKS = 2_000


def _play(game: str, seed: int, script: int, ticks: int) -> list[bytes]:
    """What a room says on each tick, to a script of comings, goings and inputs."""
    room = Room(load_module(f"tickwire.games.{game}"), "K7QX", seed, 0.0, bots=4, seats=6)
    chance = random.Random(script)
    people: list[int] = []
    seq = 0
    said: list[bytes] = []
    for _ in range(ticks):
        if people and chance.random() < 0.01:
            room.leave(people.pop(chance.randrange(len(people))))
        if room.has_seat and chance.random() < 0.02:
            people.append(room.join("ada").id)
        for player in people:
            if chance.random() < 0.2:
                seq += 1
                wish = (
                    Turn(chance.choice(["up", "down", "left", "right"]))
                    if game == "snake"
                    else Steer(chance.randrange(256))
                )
                room.input(player, seq, wish)
        output = room.make_tick()
        said.append(room.states.delta(Encoding.MSGPACK) + repr((output.messages, output.acks)).encode())
    said.append(room.states.full(Encoding.MSGPACK))
    return said


@pytest.mark.parametrize(("game", "ticks"), [("snake", TICKS), ("swarm", 300)])
def test_the_same_seed_and_inputs_give_the_same_bytes(game: str, ticks: int) -> None:
    assert _play(game, 1, 1, ticks) == _play(game, 1, 1, ticks)


@pytest.mark.parametrize("game", ["snake", "swarm"])
def test_another_seed_gives_other_states(game: str) -> None:
    assert _play(game, 1, 1, 100)[-1] != _play(game, 2, 1, 100)[-1]


@pytest.mark.parametrize("game", ["snake", "swarm"])
def test_other_inputs_give_other_states(game: str) -> None:
    assert _play(game, 1, 1, 100)[-1] != _play(game, 1, 2, 100)[-1]


def _digest(game: str) -> str:
    return hashlib.sha256(b"".join(_play(game, 1, 1, 300))).hexdigest()


def test_another_process_with_another_order_of_hashes_plays_the_same_game() -> None:
    # What recovery after a crash and replays rest on: the other process is started anew, and Python salts its hashes.
    code = f"from {__name__} import _digest; print(_digest('snake'))"
    digests = set()
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        digests.add(done.stdout.strip())
    assert digests == {_digest("snake")}
