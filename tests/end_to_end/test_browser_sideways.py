"""The page on a phone that is held sideways, with people in the room, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from helpers import ServerProcess, server_process
from playwright.async_api import expect

from end_to_end.test_browser import PHONE, Browsing, chromium
from end_to_end.test_page_layout import box_of, overlap
from tickwire.client import connect

__all__ = ["chromium"]  # the fixture

SIDEWAYS: dict[str, Any] = {**PHONE, "viewport": {"width": 844, "height": 390}}


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "arena", "chess") as process:
        yield process


@pytest.mark.parametrize("game", ["snake", "arena"])
def test_ones_own_row_of_the_scoreboard_is_whole_and_names_can_be_read(
    chromium: Browsing, server: ServerProcess, game: str
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(connect(server.address, name="Ziggy", game=game, room="new"))
            for name in ("Moss", "Pepper", "Juno", "Quill", "Tansy"):
                await stack.enter_async_context(connect(server.address, name=name, room=first.room))
            screen = await stack.enter_async_context(chromium.open(server, device=SIDEWAYS))
            page = screen.page
            await page.get_by_label("Your name").fill("ada")
            await page.locator("#code").fill(first.room)
            await page.get_by_role("button", name="Play", exact=True).tap()
            await expect(page.locator("#scores li")).to_have_count(7)
            _, top, _, bottom = await box_of(page.locator("#scores .own"))
            _, above, _, below = await box_of(page.locator(".scores"))
            assert above <= top < bottom <= below, "the own row is cut off"
            names = page.locator("#scores .name")
            assert not await names.evaluate_all("names => names.filter(e => e.scrollWidth > e.clientWidth).length")

    chromium.run(main())


def test_lines_of_chat_stand_beside_a_board_that_leaves_room_and_not_over_it(
    chromium: Browsing, server: ServerProcess
) -> None:
    async def main() -> None:
        async with chromium.open(server, device=SIDEWAYS) as screen:
            page = screen.page
            await page.locator("#games").get_by_text("chess", exact=True).click()
            await page.get_by_label("Your name").fill("ada")
            await page.get_by_role("button", name="New room").tap()
            await screen.until(lambda: screen.of("welcome"), "a welcome")
            async with connect(server.address, name="bob", room=screen.of("welcome")[-1]["room"]) as bob:
                bob.chat("good luck to you, and may the better one of us win this game")
                toasts = page.locator("#toasts p")
                await expect(page.locator("#toasts")).to_contain_text("good luck")
                await expect(page.locator("#toasts")).to_contain_text("bob Black")
                board = await box_of(page.locator("#board"))
                for toast in await toasts.all():
                    left, top, right, bottom = await box_of(toast)
                    assert not overlap(board, (left, top, right, bottom))
                    assert left >= 0
                    assert right - left >= 80

    chromium.run(main())


def test_the_way_in_is_in_sight_on_a_low_screen(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=SIDEWAYS) as screen:
            await expect(screen.page.locator("#games")).to_be_visible()
            for button in ("Play", "New room", "Watch"):
                await expect(screen.page.get_by_role("button", name=button, exact=True)).to_be_in_viewport(ratio=1)

    chromium.run(main())


CONTRAST = """([selector, pseudo, ground]) => {
    const numbers = (color) => color.match(/[0-9.]+/g).slice(0, 3).map((n) => n / 255);
    const light = (color) => numbers(color)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ink = getComputedStyle(document.querySelector(selector), pseudo).color;
    const behind = getComputedStyle(document.querySelector(ground)).backgroundColor;
    const pair = [light(ink), light(behind)].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""


def test_hints_have_enough_contrast_to_be_read(chromium: Browsing, server: ServerProcess) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text of this size."""

    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            assert await screen.page.evaluate(CONTRAST, ["#code", "::placeholder", "#code"]) >= 4.5
            await screen.join("ada")
            frame = screen.page.locator(".frame")
            hint = "e => getComputedStyle(e, '::after').content"
            assert "swipe" in await frame.evaluate(hint)
            assert await screen.page.evaluate(CONTRAST, [".frame", "::after", "body"]) >= 4.5
            await screen.page.get_by_role("button", name="Chat").tap()
            assert await frame.evaluate(hint) == "none", "half of it would be hidden by the board"

    chromium.run(main())
