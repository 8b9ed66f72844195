"""Arena in the terminal: keys that are held by their repeats, and the net graph."""

from __future__ import annotations

from typing import Any

from helpers import run, until

from terminal.screens import text
from terminal.test_app import address_of, client_of, playing, sees, server
from tickwire.client.client import Client


def ship(client: Client) -> Any:
    return next((row for row in client.tables["Ship"] if row.player == client.player), None)


def test_a_press_counts_for_a_moment_and_is_let_go_by_itself() -> None:
    async def main() -> None:
        async with server("arena", bots=0) as arena, playing(address_of(arena)) as (face, pilot):
            client = client_of(face)
            await until(lambda: ship(client) is not None)
            await pilot.press("right")
            await until(lambda: ship(client).spin > 0, "the ship turns")
            await until(lambda: ship(client).spin == 0, "and stops")
            assert "rules" not in text(face)

    run(main())


def test_f3_shows_how_the_connection_is_and_hides_it_again() -> None:
    async def main() -> None:
        async with server("arena", bots=2) as arena, playing(address_of(arena), size=(100, 30)) as (face, pilot):
            await pilot.press("f3")
            await sees(face, "kB/s")
            await sees(face, "corrected")
            await pilot.press("f3")
            await until(lambda: "kB/s" not in text(face), "it is gone")

    run(main())
