"""What the page says when there is no way on, and the ways that it offers then, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from helpers import ServerProcess, server_process
from playwright.async_api import expect

from end_to_end.test_browser import LOST_SERVER, PHONE, Browsing, chromium
from tickwire.client import connect

__all__ = ["chromium"]  # the fixture


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "chess") as process:
        yield process


def test_a_page_says_that_the_server_was_shut_down_and_tries_at_once_when_asked(chromium: Browsing) -> None:
    async def main() -> None:
        with server_process("snake") as first:
            async with chromium.open(first, device=PHONE, allowed=LOST_SERVER) as screen:
                page = screen.page
                await screen.join("ada")
                first.process.terminate()
                notice = page.locator("#notice")
                await expect(notice).to_contain_text("The server was shut down.")
                await expect(notice).to_contain_text(re.compile(r"Trying again in [2-5] s"))  # later waits are long
                with server_process("snake", port=first.port):
                    await page.get_by_role("button", name="Try now").tap()
                    await screen.until(lambda: len(screen.of("welcome")) == 2, "a second welcome")
                    await expect(notice).to_be_hidden()

    chromium.run(main())


def test_from_a_server_that_is_gone_a_button_leads_back_to_the_first_screen(chromium: Browsing) -> None:
    async def main() -> None:
        with server_process("snake") as process:
            async with chromium.open(process, allowed=LOST_SERVER) as screen:
                page = screen.page
                await screen.join("ada")
                process.process.terminate()
                await page.get_by_role("button", name="Back to the list").click()
                await expect(page.get_by_label("Your name")).to_be_visible()
                await expect(page.locator("#game")).to_be_hidden()

    chromium.run(main())


def test_a_wrong_code_leaves_every_way_into_another_room_open(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            page = screen.page
            await page.locator("#code").fill("zzzz")
            await page.get_by_role("button", name="Play", exact=True).tap()
            await expect(page.get_by_role("alert")).to_contain_text("no such room")
            await expect(page.get_by_role("button", name="New room")).to_be_visible()
            await expect(page.locator("#games")).to_be_visible()
            await page.get_by_role("button", name="Play in another room").tap()
            await screen.until(lambda: screen.of("welcome"), "a welcome")
            assert screen.of("welcome")[-1]["player"] > 0

    chromium.run(main())


def test_a_full_room_can_be_watched_or_left_for_another_of_its_game(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with (
            connect(server.address, name="ada", game="chess", room="new") as ada,
            connect(server.address, name="bob", room=ada.room),
            chromium.open(server) as screen,
        ):
            page = screen.page
            await page.locator("#code").fill(ada.room)
            await page.get_by_role("button", name="Play", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("full")
            await expect(page.locator("#games input[value=chess]")).to_be_checked()
            await page.get_by_role("button", name="Play in another room").click()
            await screen.until(lambda: screen.of("welcome"), "a welcome")
            welcome = screen.of("welcome")[-1]
            assert welcome["game"] == "chess"
            assert welcome["room"] != ada.room
            assert welcome["player"] > 0

    chromium.run(main())


def test_an_address_of_somewhere_else_is_named_and_not_asked_for(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            page = screen.page
            await page.locator("#code").fill("http://example.com/x y")
            await page.get_by_role("button", name="Play", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("example.com")
            assert screen.said == [], "the server was not asked"
            await expect(page.get_by_role("button", name="Play in another room")).to_be_visible()
            await page.locator("#code").fill("http://example.com/#zzzz")
            await page.get_by_role("button", name="Play", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("no such room")
            await expect(page.get_by_role("alert")).to_contain_text("example.com")

    chromium.run(main())


def test_ones_own_death_is_said_over_the_board_of_a_phone(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            await screen.join("eva", button="New room")  # a snake that is not steered runs into the wall
            flash = screen.page.locator("#flash")
            await expect(flash).to_have_text("you died")
            await expect(flash).to_be_visible()
            await expect(flash).to_be_hidden()

    chromium.run(main())
