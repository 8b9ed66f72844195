"""One chat, in the browser, from Python and from netcat at once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from helpers import ServerProcess, server_process
from playwright.async_api import expect

from end_to_end.test_browser import DESKTOP, PHONE, Browsing, Screen, chromium
from tickwire.client import connect

__all__ = ["chromium"]  # the fixture


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("chat") as process:
        yield process


async def enter(screen: Screen, name: str, room: str = "") -> str:
    """Fill the first screen in; returns the room's code."""
    await screen.page.get_by_label("Your name").fill(name)
    if room:
        await screen.page.locator("#code").fill(room)
    await screen.page.get_by_role("button", name="Play", exact=True).click()
    await expect(screen.page.locator("#chat-lines")).to_contain_text("you are in #lobby")
    code: str = screen.of("welcome")[-1]["room"]
    return code


async def say(screen: Screen, text: str) -> None:
    field = screen.page.locator("#chat-field")
    await field.fill(text)
    await field.press("Enter")
    await expect(field).to_have_value("")


def test_the_page_chats_with_python_and_shows_who_where_and_what(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=DESKTOP) as screen:
            page = screen.page
            room = await enter(screen, "mia")
            await expect(page.locator("#board")).to_be_hidden()
            await expect(page.locator("#commands")).to_be_hidden()
            await expect(page.locator("#chat-field")).to_be_focused()
            async with connect(server.address, name="<b>bob</b>", room=room) as bob:
                await expect(page.locator(".note").last).to_contain_text("<b>bob</b> joined")
                await say(screen, "hello bob")
                await expect(page.locator(".said.own")).to_contain_text("hello bob")
                bob.chat("<i>hi</i> mia, see https://example.org")
                await expect(page.locator(".mention")).to_contain_text("<i>hi</i> mia")
                bob.chat("*waves*")
                await expect(page.locator(".did")).to_contain_text("<b>bob</b> waves")
                bob.chat("/topic cats, mostly")
                await expect(page.locator(".place")).to_contain_text("cats, mostly")
                bob.chat("/name robert")
                await expect(page.locator(".note").last).to_contain_text("<b>bob</b> is called robert now")
                await expect(page.locator("#scores")).to_contain_text("robert")
                await say(screen, "/join den")
                await expect(page.locator(".place b")).to_have_text("#den")
                await expect(page.locator("#scores li")).to_have_count(1)
                await page.locator("#chat-field").press("ArrowUp")
                await expect(page.locator("#chat-field")).to_have_value("/join den")
                await page.locator("#chat-field").fill("/join lo")
                await page.locator("#chat-field").press("Tab")
                await expect(page.locator("#chat-field")).to_have_value("/join lobby ")
                await page.locator("#chat-field").press("Enter")
                await expect(page.locator(".old")).to_have_count(3)  # what was said before she left it
            await say(screen, "/me leaves")
            await page.locator("#leave").click()

    chromium.run(main())


def test_who_reads_further_up_is_told_of_what_is_new(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            page = screen.page
            room = await enter(screen, "leo")
            async with connect(server.address, name="bob", room=room) as bob:
                for i in range(15):
                    bob.chat(f"line {i} " + "and so on " * 12)
                await expect(page.locator(".said").last).to_contain_text("line 14 ")
                lines = page.locator("#chat-lines")
                await expect(page.locator(".below")).to_be_hidden()
                await lines.evaluate("lines => lines.scrollTop = 0")
                await expect(page.locator(".below")).to_have_text("newest ↓")
                bob.chat("one more")
                await expect(page.locator(".below")).to_have_text("1 new ↓")
                assert await lines.evaluate("lines => lines.scrollTop") == 0
                assert await page.title() == f"(1) chat {room} · leo"
                await page.locator(".below").click()
                await expect(page.locator(".below")).to_be_hidden()
                await expect(page.locator(".mark + .said")).to_contain_text("one more")
                assert await page.title() == f"chat {room} · leo"
                await say(screen, "seen")
                await expect(page.locator(".mark")).to_have_count(0)
                width = await page.evaluate("document.documentElement.scrollWidth")
                assert width <= PHONE["viewport"]["width"]
            await page.locator("#leave").click()

    chromium.run(main())


def test_a_lost_connection_keeps_what_was_said(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=DESKTOP) as screen:
            await enter(screen, "zoe")
            await say(screen, "before")
            await expect(screen.page.locator(".said.own")).to_contain_text("before")
            token = json.loads(await screen.page.evaluate("sessionStorage.getItem(sessionStorage.key(0))"))["token"]
            async with connect(server.address, name="zoe", token=token):
                # The seat was taken elsewhere: the page says so, keeps the log, and asks before it comes back.
                await expect(screen.page.locator("#notice")).to_contain_text("taken over")
                await expect(screen.page.locator(".said.own")).to_contain_text("before")

    chromium.run(main())
