"""Arena in the terminal: keys that are held by their repeats, and the net graph."""

from __future__ import annotations

import asyncio
from typing import Any

from helpers import PATIENCE, run, until

from terminal.screens import text
from terminal.test_app import address_of, client_of, playing, sees, server
from tickwire.client.client import Client


def ship(client: Client) -> Any:
    return next((row for row in client.tables["Ship"] if row.player == client.player), None)


def test_a_key_counts_while_it_repeats_and_is_let_go_by_itself() -> None:
    async def main() -> None:
        async with server("arena", bots=0) as arena, playing(address_of(arena)) as (face, pilot):
            client = client_of(face)
            await until(lambda: ship(client) is not None)
            # By its angle, which stays: on a busy machine the ship may turn and stop between two looks at its spin.
            # And by repeats, as a terminal sends them: a single press that is stalled for longer than it counts comes
            # together with its release, and then nothing turns.
            heading = ship(client).angle
            async with asyncio.timeout(PATIENCE):
                while ship(client).angle == heading:
                    await pilot.press("right")
            await until(lambda: ship(client).spin == 0, "it stops")
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
