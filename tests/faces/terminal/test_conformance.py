"""A terminal shows the conformance game, which has every look, and steers it."""

from __future__ import annotations

from helpers import run, until

from terminal.screens import text
from terminal.test_app import address_of, client_of, playing, server


def test_a_terminal_shows_and_steers_it() -> None:
    async def main() -> None:
        async with server("conformance", bots=0) as one, playing(address_of(one), size=(120, 40)) as (face, pilot):
            client = client_of(face)
            await until(lambda: "tick " in text(face), "the caption")
            await until(lambda: "▀" in text(face), "the board")
            await pilot.press("x")
            await until(lambda: any(row.word == "é漢😀" for row in client.tables["Heard"]), "a key's input")
            await pilot.press("f")  # a key to be held
            await until(lambda: any(row.kind == "keys" for row in client.tables["Heard"]), "a held key's input")
            assert client.ended is None

    run(main())
