"""Flights of arena's ships and shots, tick by tick, for clients in other languages to come to the same.

Write them anew after a change of `Ship.move` or `Shot.move`, from the root of the repository:

    python tests/games/arena_golden.py

The file holds the ground, the directions and the constants, so that a test in another language needs nothing else.
`keys` is one number a tick: 1 turn_left, 2 turn_right, 4 thrust, 8 brake, 16 fire, added up. In `flights`, `states`
has, for each tick, what follows: x, y, vx, vy, heading, spin. In `guns`, `start` is as these, `reloads` has the ship's
`reload` after each tick, and `shots` what it fired: in which tick, counted from 0, with which heading, and its way, as
x, y in units of the board, from where it begins to the ground that it meets.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tickwire.games import _arena_ground, arena
from tickwire.games.arena import DEGREES, STEP, Flight, Keys, Ship, Shot, flight_of, fly

FILE = Path(__file__).with_suffix(".json")
TICKS = 120


def keys_of(bits: int) -> Keys:
    return Keys(*(bool(bits & bit) for bit in (1, 2, 4, 8, 16)))


def golden() -> dict[str, Any]:
    """What the file holds."""
    return {
        "constants": {
            name: getattr(arena, name)
            for name in (
                *("STEP", "ONE", "SHIP_RADIUS", "ROCK_RADIUS", "TOP_SPIN", "THRUST", "DRAG", "BRAKE"),
                *("SHOT_SPEED", "GUN_REST"),
            )
        },
        "directions": [list(d) for d in arena.DIRECTIONS],
        "walls": [list(w) for w in _arena_ground.WALLS],
        "rocks": [list(r) for r in _arena_ground.ROCKS],
        "flights": [_flight(name, start, keys) for name, start, keys in _scripts()],
        "guns": [_gun(name, start, keys) for name, start, keys in _guns()],
    }


def _flight(name: str, start: Flight, keys: list[int]) -> dict[str, Any]:
    states, ship = [], start
    for bits in keys:
        ship = fly(ship, keys_of(bits))
        states.append(list(ship))
    return {"name": name, "start": list(start), "keys": keys, "states": states}


def _gun(name: str, start: Flight, keys: list[int]) -> dict[str, Any]:
    ship = Ship(x=start.x / STEP, y=start.y / STEP, vx=start.vx, vy=start.vy, angle=start.heading * DEGREES, player=1)
    reloads, shots = [], []
    for tick, bits in enumerate(keys):
        shot = ship.move(keys_of(bits))
        reloads.append(ship.reload)
        if shot is not None:
            assert (shot.x, shot.y, shot.heading) == (ship.x, ship.y, flight_of(ship).heading)
            shots.append({"tick": tick, "heading": shot.heading, "way": _way(shot)})
    return {"name": name, "start": list(start), "keys": keys, "reloads": reloads, "shots": shots}


def _way(shot: Shot) -> list[list[float]]:
    way = [[shot.x, shot.y]]
    flies = True
    while flies:
        flies = shot.move(Keys())
        way.append([shot.x, shot.y])
    return way


def _at(x: float, y: float, heading: int = 0, vx: float = 0, vy: float = 0) -> Flight:
    return Flight(int(x * arena.STEP), int(y * arena.STEP), int(vx * arena.ONE), int(vy * arena.ONE), heading)


def _guns() -> list[tuple[str, Flight, list[int]]]:
    return [
        ("held, at a wall", _at(140, 89), [16] * 20),
        ("tapped, faster than it loads", _at(54, 48, 100), [16, 0, 0] * 10),
        ("let go and pressed when it is ready", _at(10, 48, 30), [16] + [0] * 7 + [16] + [0] * 6 + [16, 0]),
        ("turning and flying", _at(106, 28, 140, 0.7, -0.3), [22] * 30 + [21] * 30),
    ]


def _scripts() -> list[tuple[str, Flight, list[int]]]:
    scripts = [
        ("thrust, turn, let go", _at(54, 48), [4] * 30 + [6] * 20 + [5] * 20 + [0] * 50),
        ("both turn keys are none", _at(54, 48), [2, 2, 3, 3, 1, 1, 0, 2] * 15),
        ("brake to a halt", _at(10, 48, 64, 1.2, -0.7), [8] * 60 + [12] * 60),
        ("drift to a halt", _at(80, 28, 0, 0.3, -0.02), [0] * TICKS),
        ("into the right border", _at(150, 40, 10), [4] * TICKS),
        ("into a corner", _at(10, 10, 160), [4] * TICKS),
        ("into a rock", _at(35, 36, 2), [4] * TICKS),
        ("a rock from aside", _at(60.9, 18, 64), [4] * TICKS),
        ("along a wall", _at(70, 20, 236), [4] * TICKS),
    ]
    for seed in range(4):
        chance = random.Random(seed)
        keys = [bits for _ in range(TICKS // 6) for bits in [chance.choice([0, 4, 4, 5, 6, 6, 8, 9, 12])] * 6]
        scripts.append((f"any keys, {seed}", _at(*chance.choice(_arena_ground.SPAWNS), chance.randrange(256)), keys))
    return scripts


def written() -> str:
    """The text of the file: a flight a line, so that a change can be read."""
    data = golden()
    lists = {name: ",\n".join(map(_short, data.pop(name))) for name in ("flights", "guns")}
    parts = [f'"{name}": {_short(value)}' for name, value in data.items()]
    parts += [f'"{name}": [\n{lines}\n]' for name, lines in lists.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _short(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    FILE.write_text(written())
