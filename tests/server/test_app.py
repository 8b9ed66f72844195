from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable

import pytest
import uvloop
from helpers import Caller, Quiet, Stage, dial, read_all, run, serving, until
from virtual_time import run as run_in_virtual_time

from tickwire.game.spec import inspect_game
from tickwire.net.http import Page
from tickwire.server.app import Server
from tickwire.server.config import Config
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack

LOOPS = pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])


async def get(port: int, path: str) -> tuple[bytes, bytes]:
    """The head and the body of what a GET is answered with."""
    sock = await dial(port)
    await asyncio.get_running_loop().sock_sendall(
        sock, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    head, _, body = (await read_all(sock)).partition(b"\r\n\r\n")
    return head, body


def test_health_is_ok() -> None:
    async def main() -> None:
        async with serving() as server:
            head, body = await get(server.port, "/healthz")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert body == b"ok\n"

    run(main())


def test_the_list_of_rooms_says_what_is_played_and_by_how_many() -> None:
    async def main() -> None:
        async with serving(Stage, Quiet, bots=1, seats=3) as server:
            assert json.loads((await get(server.port, "/api/rooms"))[1]) == {
                "games": [
                    {
                        "name": "stage",
                        "title": "A game that does what it is told; in every tick each mark changes",
                        "seats": 3,
                        "tick_rate": 100,
                    },
                    {"name": "quiet", "title": "The same, but nothing changes by itself", "seats": 3, "tick_rate": 100},
                ],
                "rooms": [],
            }
            ada = await server.join("ada", game="quiet")
            await server.join("eve", game="quiet", watch=True)
            (room,) = json.loads((await get(server.port, "/api/rooms"))[1])["rooms"]
            assert room.pop("tick") >= 0
            wanted = {"room": ada.room, "game": "quiet", "players": 2, "people": 1, "seats": 3, "watchers": 1}
            assert room == wanted

    run(main())


def test_the_pages_are_served_beside_the_game() -> None:
    async def main() -> None:
        pages = {"/": Page("text/html; charset=utf-8", b"<!doctype html>")}
        async with serving(Stage, pages=pages) as server:
            head, body = await get(server.port, "/")
            assert body == b"<!doctype html>"
            assert b"text/html" in head

    run(main())


@LOOPS
def test_the_end_tells_everybody_and_leaves_nothing_open(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        callers: list[Caller] = []
        silent: socket.socket
        async with Server(Config(games=[inspect_game(Stage)], port=0)) as server:
            port = server.addresses[0][1]
            silent = await dial(port)
            for dialect in Dialect:
                caller = await Caller.call(port, dialect)
                await caller.hello("ada")
                callers.append(caller)

            async def hear_the_end(caller: Caller) -> None:
                assert await caller.bye() == "shutdown"
                caller.close()

            ends = [asyncio.create_task(hear_the_end(c)) for c in callers]
        await asyncio.gather(*ends)
        assert await read_all(silent) == b""
        with pytest.raises(ConnectionRefusedError):
            await dial(port)

    run(main(), loop=loop)


def test_the_end_waits_for_nobody_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickwire.net.connection.LINGER", 0.05)
    monkeypatch.setattr("tickwire.server.app._GOODBYES", 0.5)

    async def main() -> None:
        server = Server(Config(games=[inspect_game(Stage)], port=0))
        async with server:
            deaf = await Caller.call(server.addresses[0][1], receive_buffer=4096)
            await deaf.hello("deaf")
        assert server._gateway.connections == 0

    run(main())


@LOOPS
def test_a_server_may_be_started_again_on_its_port_at_once(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        spec = inspect_game(Stage)
        port = 0
        for _ in range(3):
            async with Server(Config(games=[spec], port=port)) as server:
                port = server.addresses[0][1]
                ada = await Caller.call(port)
                await ada.hello("ada")
                ada.reset()
                await until(lambda server=server: server._gateway.connections == 0)  # type: ignore[misc]

    run(main(), loop=loop)


@LOOPS
def test_it_runs_on_uvloop_and_on_asyncios_own_loop(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            for dialect in Dialect:
                caller = await server.join("ada", dialect)
                await caller.do(1)
                await caller.expect(Ack)

    run(main(), loop=loop)


def test_a_server_that_is_full_says_so() -> None:
    async def main() -> None:
        async with serving(Stage, max_connections=2) as server:
            await server.join("ada")
            await server.join("bob")
            late = await server.call()
            assert await late.bye() == "full"

    run(main())


def test_the_same_seed_gives_the_same_rooms() -> None:
    async def main() -> list[object]:
        async with serving(Stage, seed=7) as server:
            ada = await server.join("ada", room="new")
            bob = await server.join("bob", room="new")
            games = [server.lobby.rooms[c.room].game for c in (ada, bob)]
            return [ada.room, bob.room, *(g.random.random() for g in games)]

    assert run(main()) == run(main())


def test_the_end_takes_at_most_2_s_though_nobody_hangs_up() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        callers = []
        async with Server(Config(games=[inspect_game(Quiet)], port=0, seats=8)) as server:
            for dialect in Dialect:
                callers.append(await Caller.call(server.addresses[0][1], dialect))
                await callers[-1].hello("ada")
            asked_at = loop.time()
        assert 0 < loop.time() - asked_at <= 2
        for caller in callers:
            assert await caller.bye() == "shutdown"
            caller.close()

    run_in_virtual_time(main())
