"""A terminal recording prints, change by change, the screens that it is made of."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from replay.rooms import COUNTERS, counted, played
from rich.cells import cell_len

from tickwire.faces.terminal.cast import Cast, Row
from tickwire.replay.engine import Replay

GAMES = ["snake", "arena", "chess", "chat"]
_TOKEN = re.compile(r"\x1b\[(\?25[lh]|2J|(\d+);(\d+)H|[\d;]*m)|(.)", re.DOTALL)


class Terminal:
    """What is left of a terminal if colours do not matter."""

    def __init__(self, width: int, height: int) -> None:
        self.rows = [[" "] * width for _ in range(height)]
        self._row = self._column = 0

    def print(self, text: str) -> None:
        for match in _TOKEN.finditer(text):
            _, row, column, character = match.groups()
            if row:
                self._row, self._column = int(row) - 1, int(column) - 1
            elif character:
                assert character >= " "
                width = cell_len(character)
                self.rows[self._row][self._column : self._column + width] = [character, *[""] * (width - 1)]
                self._column += width

    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.rows]


def frames(lines: list[str]) -> tuple[dict[str, Any], list[tuple[float, str]]]:
    head, *rest = map(json.loads, lines)
    assert all(kind == "o" for _, kind, _ in rest)
    return head, [(at, text) for at, _, text in rest]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 10)])
@pytest.mark.parametrize("game", GAMES)
def test_its_changes_come_to_the_same_screen_as_a_whole_frame(
    monkeypatch: pytest.MonkeyPatch, game: str, width: int, height: int
) -> None:
    spec, made, _ = played(game)
    cast, painted = Cast(Replay(made, {game: spec}), width, height, player=3), list[list[Row]]()
    paint = cast._rows

    def painting() -> list[Row]:
        painted.append(paint())
        return painted[-1]

    monkeypatch.setattr(cast, "_rows", painting)
    head, changes = frames(list(cast.lines()))
    assert (head["version"], head["width"], head["height"]) == (2, width, height)
    shown, whole = Terminal(width, height), Terminal(width, height)
    for _, text in changes:
        shown.print(text)
    for number, row in enumerate(painted[-1], 1):
        assert sum(cells for _, cells in row) == width
        whole.print(f"\x1b[{number};1H" + "".join([text for text, _ in row]))
    assert shown.lines() == whole.lines()
    assert game in shown.lines()[0]
    assert shown.lines()[-1].endswith("●")


def test_time_goes_by_the_game_and_by_the_speed() -> None:
    for speed in (1.0, 4.0):
        _, changes = frames(list(Cast(Replay(counted(100), COUNTERS), 80, 24, speed=speed).lines()))
        times = [at for at, _ in changes]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (0.0, 10 / speed)


def test_frames_are_not_more_than_a_player_of_casts_can_show() -> None:
    spec, made, _ = played("arena")  # thirty ticks a second
    _, changes = frames(list(Cast(Replay(made, {"arena": spec}), 80, 24, speed=2.0).lines()))
    assert len(changes) <= 160 / 30 / 2 * 15 + 2
