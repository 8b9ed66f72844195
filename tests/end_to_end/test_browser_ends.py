"""What the page says when there is no way on, and the ways that it offers then, in a real Chromium."""

from __future__ import annotations

import re

from helpers import server_process
from playwright.async_api import expect

from end_to_end.test_browser import LOST_SERVER, PHONE, Browsing, chromium

__all__ = ["chromium"]  # the fixture


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
