"""Servers announce themselves and are found, by real multicast that never leaves the loopback interface.

Other servers may be announced there at the same time, by other tests; each test looks for names of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import secrets
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from helpers import PATIENCE, run, until

from tickwire.net.discovery import Announced, announce, find

HERE = ["127.0.0.1"]
NOWHERE = ["192.0.2.77"]  # TEST-NET-1: no interface has it
PORT = 4711  # nobody listens; announcing does not ask


def _name() -> str:
    return f"test-{secrets.token_hex(4)}"


@contextlib.asynccontextmanager
async def announced(name: str, port: int = PORT, games: tuple[str, ...] = ("snake",)) -> AsyncIterator[None]:
    task = asyncio.create_task(announce(port, games, "1.2.3", HERE, name=name, interfaces=HERE))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def found(start: str, count: int = 1) -> list[Announced]:
    """The servers whose names start so, once there are so many."""
    deadline = time.monotonic() + PATIENCE
    while True:
        servers = [s for s in await find(interfaces=HERE) if s.name.startswith(start)]
        if len(servers) >= count:
            return sorted(servers, key=lambda s: s.name)
        assert time.monotonic() < deadline, f"found {servers}"


async def is_gone(name: str) -> bool:
    return name not in [s.name for s in await find(interfaces=HERE)]


@contextlib.contextmanager
def another_program_that_shares_the_port() -> Iterator[None]:
    """Another program of this machine that speaks multicast DNS, and gets all that is sent to this address alone."""
    attach_reuseport_cbpf = 51
    first = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # a packet filter: "return 0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((HERE[0], 5353))
        # Else the kernel chooses one by a hash, and a test would fail on some machines only.
        sock.setsockopt(socket.SOL_SOCKET, attach_reuseport_cbpf, struct.pack("HL", 1, ctypes.addressof(first)))
        yield


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_server_that_is_announced_is_found_with_all_that_it_says(loop: str) -> None:
    name = _name()

    async def main() -> None:
        async with announced(name, games=("snake", "arena")):
            assert await found(name) == [Announced(name, ("127.0.0.1",), PORT, ("snake", "arena"), "1.2.3")]
        assert await is_gone(name)

    if loop == "uvloop":
        run(main())
    else:
        run(main(), loop=asyncio.new_event_loop)


def test_servers_of_one_name_are_told_apart_even_if_they_start_at_once() -> None:
    name = _name()

    async def main() -> None:
        async with announced(name, 4712), announced(name, 4711), announced(name, 4713):
            servers = await found(name, 3)
            assert [(s.name, s.port) for s in servers] == [(name, 4711), (f"{name}-2", 4712), (f"{name}-3", 4713)]

    run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="steers Linux's choice among programs that share a port")
def test_servers_of_one_name_are_told_apart_though_another_program_of_the_machine_gets_all_the_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    name = _name()

    async def main() -> None:
        with another_program_that_shares_the_port():
            async with announced(name, 4711):
                await until(lambda: f"announced on the network as {name}" in caplog.text)
                async with announced(name, 4712):
                    # Nobody asks meanwhile: answers for all would help.
                    await until(lambda: caplog.text.count(f"announced on the network as {name}") == 2)
                    assert [(s.name, s.port) for s in await found(name, 2)] == [(name, 4711), (f"{name}-2", 4712)]
                assert not await is_gone(name)  # the goodbye of one is not the other's

    with caplog.at_level(logging.INFO, "tickwire.discovery"):
        run(main())


def test_a_server_that_calls_itself_as_another_is_numbered_gets_a_number_of_its_own() -> None:
    name = _name()

    async def main() -> None:
        async with announced(name, 4711), announced(name, 4712), announced(f"{name}-2", 4710):
            servers = await found(name, 3)
            assert [(s.name, s.port) for s in servers] == [(name, 4711), (f"{name}-2", 4710), (f"{name}-3", 4712)]

    run(main())


def test_ending_before_the_announcement_is_out_leaves_nothing_behind() -> None:
    name = _name()

    async def main() -> None:
        async with announced(name):
            await asyncio.sleep(0)
        assert await is_gone(name)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_a_name_that_no_label_holds_is_made_fit() -> None:
    name = _name()

    async def main() -> None:
        async with announced(f"{name}.local\n{'ü' * 80}"):
            (server,) = await found(name)
        assert server.name.startswith(f"{name}-local-ü")
        assert len(server.name.encode()) <= 50

    run(main())


def test_more_games_than_a_property_holds_are_left_out_from_the_end() -> None:
    name, games = _name(), tuple(f"game-number-{i}" for i in range(50))

    async def main() -> None:
        async with announced(name, games=games):
            (server,) = await found(name)
        assert 5 < len(server.games) < 50
        assert server.games == games[: len(server.games)]

    run(main())


def test_without_a_network_a_server_goes_on_unannounced_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "tickwire.discovery"):
        run(announce(PORT, ["snake"], "1.2.3", HERE, interfaces=NOWHERE))
    assert "cannot announce this server" in caplog.text
    assert "join by its address" in caplog.text


def test_without_a_network_nobody_can_be_found() -> None:
    with pytest.raises(OSError, match="assign"):
        run(find(interfaces=NOWHERE))


def test_it_is_logged_under_which_name_a_server_is_announced(caplog: pytest.LogCaptureFixture) -> None:
    name = _name()

    async def main() -> None:
        async with announced(name):
            await until(lambda: f"announced on the network as {name}" in caplog.text)

    with caplog.at_level(logging.INFO, "tickwire.discovery"):
        run(main())
