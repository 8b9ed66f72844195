from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tickwire.faces.terminal.chat_line import ChatLine
from tickwire.faces.terminal.field import Field
from tickwire.ids import CHAT_CHARACTERS

FAMILY = "👨\u200d👩\u200d👧"


class Form(App[None]):
    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def compose(self) -> ComposeResult:
        yield self.field


async def typed(pilot: Pilot[None], text: str) -> None:
    """Each code point as a key of its own, as a terminal sends them."""
    await pilot.pause()
    for c in text:
        pilot.app.post_message(events.Key(c, c))
        await pilot.pause()


@pytest.mark.parametrize("text", [FAMILY, "🩷", "می\u200cروم", "👍🏽", "\U0001fadf", "ada"])
def test_what_is_typed_code_point_by_code_point_is_in_the_line(text: str) -> None:
    async def main() -> None:
        app = Form(Field())
        async with app.run_test() as pilot:
            await typed(pilot, text)
            assert app.field.value == text
            await pilot.press("home")
            await typed(pilot, "\u202e\u200bx")
            assert app.field.value == f"x{text}"

    asyncio.run(main())


def test_a_line_of_chat_ends_with_its_characters_and_not_with_its_code_points() -> None:
    async def main() -> None:
        line = ChatLine()
        app = Form(line)
        async with app.run_test() as pilot:
            line.open(FAMILY * (CHAT_CHARACTERS - 1))
            await typed(pilot, "🩷x")
            assert line.value == FAMILY * (CHAT_CHARACTERS - 1) + "🩷"

    asyncio.run(main())
