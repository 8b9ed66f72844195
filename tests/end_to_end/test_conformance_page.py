"""The page shows the conformance game, which has every look, and steers it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers import ServerProcess, server_process

from .test_browser import Browsing, chromium  # noqa: F401


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("conformance", "--seed", "7") as process:
        yield process


def test_the_page_shows_and_steers_it(server: ServerProcess, chromium: Browsing) -> None:  # noqa: F811
    async def main() -> None:
        async with chromium.open(server) as screen:  # its console must be clean
            await screen.join("page")
            await screen.until(lambda: screen.of("event"), "an event")
            await screen.page.keyboard.press("x")
            await screen.until(lambda: any(sent["type"] == "probe" for sent in screen.inputs), "a key's input")
            await screen.page.get_by_label("word").fill("abc")
            await screen.page.get_by_label("n", exact=True).fill("7")
            await screen.page.get_by_role("button", name="must").click()
            await screen.until(lambda: {"type": "must", "word": "abc", "n": 7} in screen.inputs, "a form's input")
            # One ack may be for both: they may have come within one tick.
            await screen.until(lambda: any(ack["seq"] >= len(screen.inputs) for ack in screen.of("ack")), "acks")
            assert screen.of("error") == []
            assert len(set(await screen.columns())) > 10  # much is painted

    chromium.run(main())
