"""The page's help: it begins at its beginning, and speaks of what there is, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from helpers import ServerProcess, server_process
from playwright.async_api import expect

from end_to_end.test_browser import DESKTOP, PHONE, Browsing, Screen, chromium

__all__ = ["chromium"]  # the fixture

SIDEWAYS: dict[str, Any] = {**PHONE, "viewport": {"width": 568, "height": 250}}


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "arena", "chess") as process:
        yield process


async def play(screen: Screen, game: str, button: str = "New room") -> None:
    page = screen.page
    await page.locator("#games").get_by_text(game, exact=True).click()
    await page.get_by_label("Your name").fill("ada")
    await page.get_by_role("button", name=button, exact=True).click()
    await screen.until(lambda: screen.of("welcome"), "a welcome")
    await page.get_by_role("button", name="Help").click()
    await expect(page.locator("#help")).to_be_visible()


def test_the_help_begins_at_its_beginning_and_says_that_it_goes_on(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=SIDEWAYS) as screen:
            page = screen.page
            await play(screen, "arena")
            body, more = page.locator("#help-body"), page.locator("#help-more")
            assert await body.evaluate("e => e.scrollHeight > e.clientHeight"), "else there is nothing to be tested"
            assert await body.evaluate("e => e.scrollTop") == 0
            for part in (page.get_by_role("heading", name="How to play"), page.get_by_role("button", name="Got it")):
                await expect(part).to_be_in_viewport(ratio=1)
            await expect(more).to_be_visible()
            await body.evaluate("e => e.scrollTo(0, e.scrollHeight)")
            await expect(more).to_be_hidden()
            await page.get_by_role("button", name="Got it").tap()
            await page.get_by_role("button", name="Help").tap()
            await expect(more).to_be_visible()
            assert await body.evaluate("e => e.scrollTop") == 0, "opened again it begins anew"

    chromium.run(main())


@pytest.mark.parametrize(
    ("game", "there", "absent"),
    [
        ("snake", ["swipe", "pad"], ["enter", "esc", "F3"]),
        ("arena", ["pad ↑", "fire"], ["swipe", "enter", "esc", "F3", "space"]),
        ("chess", ["tap", "chat"], ["swipe", "pad", "enter", "esc", "F3", "arrows"]),
    ],
)
def test_on_a_phone_the_help_speaks_of_thumbs_and_of_what_the_game_has(
    chromium: Browsing, server: ServerProcess, game: str, there: list[str], absent: list[str]
) -> None:
    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            await play(screen, game)
            keys = await screen.page.locator("#help-keys kbd").all_text_contents()
            assert set(there) <= set(keys)
            assert not [key for key in keys for word in absent if re.search(rf"\b{word}\b", key)]

    chromium.run(main())


def test_who_watches_at_a_desk_is_told_no_keys_of_the_game(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=DESKTOP) as screen:
            await play(screen, "snake", "Watch")
            keys = await screen.page.locator("#help-keys kbd").all_text_contents()
            assert keys == ["enter", "esc", "?", "F3"]

    chromium.run(main())
