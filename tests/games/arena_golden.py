"""Flights of arena's ships, tick by tick, for clients in other languages to come to the same.

Write them anew after a change of `fly`, from the root of the repository:

    python tests/games/arena_golden.py

The file holds the ground, the directions and the constants, so that a test in another language needs nothing else.
`keys` is one number a tick: 1 turn_left, 2 turn_right, 4 thrust, 8 brake, added up. `states` has, for each tick, what
follows: x, y, vx, vy, heading, spin.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tickwire.games import _arena_ground, arena
from tickwire.games.arena import Flight, Keys, fly

FILE = Path(__file__).with_suffix(".json")
TICKS = 120


def keys_of(bits: int) -> Keys:
    return Keys(turn_left=bool(bits & 1), turn_right=bool(bits & 2), thrust=bool(bits & 4), brake=bool(bits & 8))


def golden() -> dict[str, Any]:
    """What the file holds."""
    return {
        "constants": {
            name: getattr(arena, name)
            for name in ("STEP", "ONE", "SHIP_RADIUS", "ROCK_RADIUS", "TOP_SPIN", "THRUST", "DRAG", "BRAKE")
        },
        "directions": [list(d) for d in arena.DIRECTIONS],
        "walls": [list(w) for w in _arena_ground.WALLS],
        "rocks": [list(r) for r in _arena_ground.ROCKS],
        "flights": [_flight(name, start, keys) for name, start, keys in _scripts()],
    }


def _flight(name: str, start: Flight, keys: list[int]) -> dict[str, Any]:
    states, ship = [], start
    for bits in keys:
        ship = fly(ship, keys_of(bits))
        states.append(list(ship))
    return {"name": name, "start": list(start), "keys": keys, "states": states}


def _scripts() -> list[tuple[str, Flight, list[int]]]:
    def at(x: float, y: float, heading: int = 0, vx: float = 0, vy: float = 0) -> Flight:
        return Flight(int(x * arena.STEP), int(y * arena.STEP), int(vx * arena.ONE), int(vy * arena.ONE), heading)

    scripts = [
        ("thrust, turn, let go", at(54, 48), [4] * 30 + [6] * 20 + [5] * 20 + [0] * 50),
        ("both turn keys are none", at(54, 48), [2, 2, 3, 3, 1, 1, 0, 2] * 15),
        ("brake to a halt", at(10, 48, 64, 1.2, -0.7), [8] * 60 + [12] * 60),
        ("drift to a halt", at(80, 28, 0, 0.3, -0.02), [0] * TICKS),
        ("into the right border", at(150, 40, 10), [4] * TICKS),
        ("into a corner", at(10, 10, 160), [4] * TICKS),
        ("into a rock", at(35, 36, 2), [4] * TICKS),
        ("a rock from aside", at(60.9, 18, 64), [4] * TICKS),
        ("along a wall", at(70, 20, 236), [4] * TICKS),
    ]
    for seed in range(4):
        chance = random.Random(seed)
        keys = [bits for _ in range(TICKS // 6) for bits in [chance.choice([0, 4, 4, 5, 6, 6, 8, 9, 12])] * 6]
        scripts.append((f"any keys, {seed}", at(*chance.choice(_arena_ground.SPAWNS), chance.randrange(256)), keys))
    return scripts


def written() -> str:
    """The text of the file: a flight a line, so that a change can be read."""
    data = golden()
    flights = ",\n".join(json.dumps(f, separators=(",", ":")) for f in data.pop("flights"))
    rest = ",\n".join(f'"{name}": {json.dumps(value, separators=(",", ":"))}' for name, value in data.items())
    return f'{{\n{rest},\n"flights": [\n{flights}\n]\n}}\n'


if __name__ == "__main__":
    FILE.write_text(written())
