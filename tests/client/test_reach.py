from __future__ import annotations

import asyncio

import pytest
from helpers import Stage as Game
from helpers import run, serving

from tickwire.client.address import parse_link
from tickwire.client.reach import open_connection
from tickwire.errors import ConnectionLost


def test_a_server_is_reached_by_its_link() -> None:
    async def main() -> None:
        async with serving(Game) as server:
            _, writer = await open_connection(parse_link(f"http://127.0.0.1:{server.port}/#K7QX"))
            assert writer.get_extra_info("peername") == ("127.0.0.1", server.port)
            writer.close()
            await writer.wait_closed()

    run(main())


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("127.0.0.1:1", "127.0.0.1:1"),
        ("[::1]:1", "[::1]:1"),
        ("no..such..host", "no..such..host:5050"),  # a UnicodeError: no resolver is asked
    ],
)
def test_why_there_is_none_is_one_sentence_that_names_the_place(address: str, named: str) -> None:
    async def main() -> None:
        with pytest.raises(ConnectionLost, match="is the server running") as lost:
            await open_connection(parse_link(address))
        assert str(lost.value).startswith(f"nobody listens at {named}; ")
        assert lost.value.code == ""

    run(main())


def test_who_gives_up_waiting_is_not_told_that_nobody_listens() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await open_connection(parse_link("127.0.0.1:1"))

    run(main())
