"""Whole screens, compared with stored ones.

`UPDATE_SNAPSHOTS=1 pytest tests/faces/terminal/test_snapshot.py` writes them anew; then look at the difference.
"""

from __future__ import annotations

import math
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import run
from rich.cells import cell_len
from textual.pilot import Pilot

from terminal.screens import silent_client, strips
from tickwire.errors import ConnectionLost
from tickwire.faces.seat import Wish
from tickwire.faces.terminal.app import TerminalFace
from tickwire.faces.terminal.game_screen import GameScreen
from tickwire.wire.messages import Chat, Event, Joined, PlayerInfo, State

SNAPSHOTS = Path(__file__).parent / "snapshots"
COLOR_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

PLAYERS = [
    PlayerInfo(1, "ada"),
    PlayerInfo(2, "Moss", bot=True),
    PlayerInfo(3, "[red]蛇使い\x1b[2J\u202e[/]"),
    PlayerInfo(4, "a name of 24 characters!"),
]


def cells(owner: int, places: list[tuple[int, int]], first: int) -> dict[int, dict[str, int]]:
    return {first + i: {"x": x, "y": y, "owner": owner} for i, (x, y) in enumerate(places)}


BOARD = {
    **cells(1, [(x, 10) for x in range(5, 15)], 1),
    **cells(2, [(30, y) for y in range(4, 12)], 20),
    **cells(3, [(x, x) for x in range(20, 28)], 40),
    **cells(4, [(59, y) for y in range(30, 40)], 60),
    **cells(0, [(0, 0), (59, 0), (0, 39), (40, 21), (41, 20)], 80),
}
POINTS = {1: 12, 2: 345, 3: 7, 4: 0}
SCORES = {player: {"player": player, "points": points} for player, points in POINTS.items()}
STATE = State(tick=1234, full=True, tables={"Cell": BOARD, "Score": SCORES})
NEXT = State(tick=1235, tables={"Cell": cells(1, [(15, 10)], 100)})


async def with_news(face: TerminalFace) -> None:
    face.came(Joined(3, PLAYERS[2].name))
    face.came(Chat(1, "ada", "good game! [bold]really[/] \x1b]0;x\x07"))
    face.came(Event("died", {"player": 2}))


async def lost(face: TerminalFace) -> None:
    face.lost(ConnectionLost("the server closed the connection"), None)


def screen(face: TerminalFace) -> str:
    """The screen as text; then, for each terminal row, the colours of ink and ground, letter by letter."""
    colors: dict[str, str] = {}

    def letter(color: Any) -> str:
        name = color.get_truecolor().hex if color is not None and not color.is_default else "default"
        return colors.setdefault(name, COLOR_NAMES[min(len(colors), len(COLOR_NAMES) - 1)])

    rows = strips(face)
    inks = ["".join(letter(s.style and s.style.color) * s.cell_length for s in row if s.text) for row in rows]
    grounds = ["".join(letter(s.style and s.style.bgcolor) * s.cell_length for s in row if s.text) for row in rows]
    visible = [
        "".join(i if c != " " else " " for i, c in zip(ink, _by_cells(row.text), strict=True)).rstrip()
        for ink, row in zip(inks, rows, strict=True)
    ]
    legend = "\n".join(f"{name} {color}" for color, name in colors.items())
    parts = {"text": [row.text.rstrip() for row in rows], "ink": visible, "ground": grounds}
    return "\n".join(f"--- {title}\n" + "\n".join(body) for title, body in parts.items()) + f"\n--- colours\n{legend}\n"


def _by_cells(line: str) -> str:
    return "".join(c * cell_len(c) for c in line)


def compare(name: str, found: str) -> None:
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(found, "utf-8")
    assert found == file.read_text("utf-8"), f"the screen is not as in {file.name}; see the top of this test"


@pytest.mark.parametrize(
    ("name", "size", "then"),
    [
        ("game_80x24", (80, 24), with_news),
        ("game_120x40", (120, 40), with_news),
        ("game_50x14", (50, 14), with_news),
        ("lost_80x24", (80, 24), lost),
    ],
)
def test_a_screen_looks_as_it_did(
    name: str, size: tuple[int, int], then: Callable[[TerminalFace], Awaitable[None]]
) -> None:
    async def main() -> None:
        face = TerminalFace(Wish("127.0.0.1:5050", ""))
        async with face.run_test(size=size) as pilot:
            client = silent_client(PLAYERS, state=STATE)
            client.ping = 0.012
            await face.joined(client)
            await _settled(face, pilot)
            client._receive(NEXT)
            for event in client.take_events():
                face.came(event)
            client._heard_at = math.inf  # however long the screen takes, nobody waits for an answer
            await then(face)
            await _settled(face, pilot)
            compare(name, screen(face))

    run(main())


async def _settled(face: TerminalFace, pilot: Pilot[None]) -> None:
    """Until what was told is on the screen: two looks at it, a few frames apart, are the same."""
    before = None
    while before is None or before != screen(face) or not isinstance(face.screen, GameScreen):
        before = screen(face)
        await pilot.pause(0.1)
