"""What clients show of rows whose states come on time, late, in full, in part or not at all, for other languages.

Write it anew after a change of `Interpolation`, from the root of the repository:

    python tests/client/interpolation_golden.py

`fields` are as the schema has them, `interval` is in seconds. `steps` are taken in order: `push` is a state as
`Interpolation.push` takes it; `behind` what its states leave out from then on; `at` a moment, with the `rows` that are
shown in it; and `ease` shows another moment from then on. Numbers are equal to 1e-9.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tickwire.client.interpolation import Interpolation
from tickwire.game.entity import Field

FILE = Path(__file__).with_suffix(".json")
INTERVAL = 0.05  # seconds
STATES = 60  # with all that changed; as many more with a part of it, and then some with rests between them
DESCRIBED: list[dict[str, Any]] = [
    {"name": "x", "type": "fixed", "lo": 0, "hi": 1000, "step": 0.5, "jump": 50},
    {"name": "angle", "type": "fixed", "lo": 0, "hi": 360, "step": 1, "blend": "angle"},
    {"name": "heat", "type": "fixed", "lo": 0, "hi": 100, "step": 0.5, "every": 4},
    {"name": "turret", "type": "fixed", "lo": 0, "hi": 360, "step": 1, "blend": "angle", "every": 3},
]


def golden() -> dict[str, Any]:
    """What the file holds."""
    fields = [Field.read(each) for each in DESCRIBED]
    shown = Interpolation({f.name: f.smooth for f in fields}, INTERVAL, {f.name: f.every for f in fields})
    chance = random.Random(7)
    steps: list[dict[str, Any]] = []
    rows: dict[int, dict[str, float]] = {}
    moment = 0.0
    owed: set[int] = set()
    gone: list[int] = []
    for state in range(3 * STATES):
        time = state * INTERVAL
        changed, removed = _turn(chance, state, rows)
        full = state == 0 or chance.random() < 0.05
        if state and not full and chance.random() < 0.1 and state < STATES:
            continue  # held up: a later one is full
        rests = False
        if STATES <= state < 2 * STATES:
            owed = (owed | changed) & rows.keys()
            changed = set() if full else {id for id in sorted(owed) if chance.random() < 0.4}
            owed -= rows.keys() if full else changed
            if shown.behind != bool(owed):
                shown.behind = bool(owed)
                steps.append({"behind": shown.behind})
        elif state >= 2 * STATES:
            changed, owed = (changed | owed) & rows.keys(), set()
            gone += removed
            if shown.behind:
                shown.behind = False
                steps.append({"behind": False})
            if state % 9 in (2, 3, 4) and not full:
                owed = changed  # these ticks are made together with the next one
                continue
            rests, removed, gone = not (changed or gone or full), gone, []
        push: dict[str, Any] = {
            "time": time,
            "rows": [[id, dict(row)] for id, row in rows.items() if full or id in changed],
            "removed": [] if full else removed,
            "full": full,
            "shown": moment if state else None,
            "rests": rests,
        }
        shown.push(time, dict(push["rows"]), push["removed"], full=full, shown=push["shown"], rests=rests)
        steps.append({"push": push})
        if state % 40 == 39:  # the server's timeline moved
            back = moment - 0.3
            shown.ease(shown.at(moment), back)
            steps.append({"ease": [moment, back]})
            moment = back
        late = 3.5 if chance.random() < 0.1 else 1.2 + chance.random()
        for share in (0.0, 0.4, 0.8):
            moment = max(moment, time + (share + 1 - late) * INTERVAL)
            steps.append({"at": moment, "rows": sorted(shown.at(moment).items())})
            shown.forget(moment)
    return {"interval": INTERVAL, "fields": DESCRIBED, "steps": steps}


def _turn(chance: random.Random, state: int, rows: dict[int, dict[str, float]]) -> tuple[set[int], list[int]]:
    """A tick of a world; returns whose fields changed, and who is gone."""
    changed: set[int] = set()
    if state % 25 == 0:
        rows[state // 25 + 1] = {"x": 100.0, "angle": 350.0, "heat": 50.0, "turret": 0.0}
        changed.add(state // 25 + 1)
    for id, row in rows.items():
        before = dict(row)
        if state % 10 < 7:  # and it stands still for a while
            row["x"] = min(1000.0, row["x"] + (60 if chance.random() < 0.05 else 4.5))
            row["angle"] = (row["angle"] + 7) % 360
        if state % 4 == 0:
            row["heat"] = float(chance.randrange(0, 100))
        if state % 3 == 1:
            row["turret"] = (row["turret"] + chance.choice((-100, 40, 120))) % 360
        if row != before:
            changed.add(id)
    gone = [id for id in rows if chance.random() < 0.01]
    for id in gone:
        del rows[id]
    return changed - set(gone), gone


def written() -> str:
    """The text of the file: a step a line, so that a change can be read."""
    data = golden()
    steps = ",\n".join(json.dumps(step, separators=(",", ":")) for step in data.pop("steps"))
    rest = ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in data.items())
    return f'{{\n{rest},\n"steps": [\n{steps}\n]\n}}\n'


if __name__ == "__main__":
    FILE.write_text(written())
