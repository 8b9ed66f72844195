"""A terminal of 40 columns and 20 rows: what one has to know is there, and is not cut in the wrong place."""

from __future__ import annotations

import pytest
from at_once import welcome_to
from helpers import run, until
from textual.containers import VerticalScroll

from terminal.screens import lines, silent_client, text
from tickwire.faces.seat import Wish
from tickwire.faces.terminal.app import TerminalFace
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.wire.messages import Chat, Event, PlayerInfo, State

SIZE = (40, 20)
PLAYERS = [PlayerInfo(1, "ada"), PlayerInfo(2, "bob")]
SCORES = {"Score": {1: {"player": 1, "points": 4}, 2: {"player": 2, "points": 9}}}
LINE = "is anybody out there who can explain to me what this is all about, and how one wins?"


def test_points_and_place_events_and_who_speaks_can_be_read() -> None:
    async def main() -> None:
        face = TerminalFace(Wish("127.0.0.1:5050", ""))
        async with face.run_test(size=SIZE) as pilot:
            client = silent_client(PLAYERS, schema=welcome_to("snake").schema, state=State(1, full=True, tables=SCORES))
            await face.joined(client)
            face.came(Chat(2, "bob", LINE))
            face.came(Event("died", {"player": 2}))
            await until(lambda: "bob died" in text(face), "the event")
            await pilot.pause(0.1)
            screen = lines(face)
            assert "■ ada 4, place 2 of 2" in screen[0]
            assert screen[16].startswith(" bob  is anybody")
            assert screen[19].rstrip().endswith("bob died")
            assert "? help" in screen[19]

    run(main())


def test_a_line_that_is_too_long_is_cut_at_its_end() -> None:
    async def main() -> None:
        face = TerminalFace(Wish("127.0.0.1:5050", ""))
        async with face.run_test(size=(40, 14)) as pilot:  # one row for what is said
            await face.joined(silent_client(PLAYERS, schema=welcome_to("snake").schema, state=State(1, full=True)))
            face.came(Chat(2, "bob", LINE))
            await until(lambda: lines(face)[12].startswith(" bob  is anybody"), "the line")
            await pilot.pause(0.1)
            assert lines(face)[12].rstrip().endswith("…")

    run(main())


@pytest.mark.parametrize("game", ["snake", "chess"])
def test_the_help_says_that_it_goes_on_scrolls_and_names_each_key_once(game: str) -> None:
    async def main() -> None:
        face = TerminalFace(Wish("127.0.0.1:5050", ""))
        async with face.run_test(size=(40, 18)) as pilot:
            await face.joined(silent_client(PLAYERS, schema=welcome_to(game).schema, state=State(1, full=True)))
            await pilot.press("question_mark")
            await until(lambda: "more below" in text(face), "the sign that there is more")
            assert "Ctrl+Q" not in text(face)
            scroll = face.screen.query_one(VerticalScroll)
            for _ in range(20):
                await pilot.press("down")
            await until(lambda: scroll.scroll_y == scroll.max_scroll_y and "more below" not in text(face), "its end")
            assert "Ctrl+Q" in text(face)
            assert isinstance(face.screen, HelpScreen)
            keys = [key for _, rows in face.screen._sections for key, _ in rows]
            assert len(keys) == len(set(keys))
            assert not {"Esc", "Escape"} <= set(keys)
            await pilot.press("escape")
            await until(lambda: not isinstance(face.screen, HelpScreen), "the game")

    run(main())
