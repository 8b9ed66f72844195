from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from helpers import PATIENCE, Stage, run, server_process, serving

from tickwire.client import rooms
from tickwire.client.client import connect
from tickwire.client.rooms import Asking, Offer, OpenRoom, fetch_rooms
from tickwire.errors import ConnectionLost


@asynccontextmanager
async def answering(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that reads a request and answers it so; its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def saying(data: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return say


def test_a_server_tells_its_games_and_rooms() -> None:
    async def main() -> None:
        async with serving(Stage) as here:
            address = f"http://127.0.0.1:{here.port}/#AAAA"
            before = await fetch_rooms(address)
            assert [g.name for g in before.games] == ["stage"]
            assert before.games[0].seats == 4
            assert before.rooms == []
            async with (
                connect(address, name="ada", room="new") as ada,
                connect(address, name="w", room=ada.room, watch=True),
            ):
                (room,) = (await fetch_rooms(address)).rooms
                assert room == OpenRoom(ada.room, "stage", players=1, people=1, seats=4, watchers=1)
                assert (room.bots, room.full) == (0, False)

    run(main())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "no list of rooms"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "no list of rooms"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"games": [1]}', "no list of rooms"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"games": [', "no list of rooms"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n{", "more to tell"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "no list of rooms"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no list of rooms"),
        (b"x" * 100_000, "no list of rooms"),
        (b"", "no list of rooms"),
    ],
)
def test_whatever_else_answers_is_told_in_a_sentence(answer: bytes, words: str) -> None:
    async def main() -> None:
        async with answering(saying(answer)) as address:
            with pytest.raises(ConnectionLost, match=words):
                await fetch_rooms(address)

    run(main())


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    async def main() -> None:
        async with answering(saying(b'HTTP/1.1 200 OK\r\n\r\n{"games": [{"name": "go", "more": 1}]}')) as address:
            assert [g.name for g in (await fetch_rooms(address)).games] == ["go"]

    run(main())


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MAX_ANSWER", 100_000)

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65_536)
            await writer.drain()

    async def main() -> None:
        async with answering(endless) as address:
            with pytest.raises(ConnectionLost, match="more to tell"):
                await fetch_rooms(address)

    run(main())


def test_a_server_that_drips_is_given_up_in_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def main() -> None:
        async with answering(drip) as address:
            with pytest.raises(ConnectionLost, match="does not answer"):
                await fetch_rooms(address, timeout=0.1)

    run(main())


def test_an_answer_that_breaks_off_is_told_apart_from_nobody_there() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await writer.drain()
        link = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def main() -> None:
        async with answering(reset) as address:
            with pytest.raises(ConnectionLost, match="broke off its answer"):
                await fetch_rooms(address)

    run(main())


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no..such..host"])
def test_nobody_there_is_told(address: str) -> None:
    async def main() -> None:
        with pytest.raises(ConnectionLost, match="nobody listens"):
            await fetch_rooms(address)

    run(main())


def waited(asking: Asking) -> Offer:
    deadline = time.monotonic() + PATIENCE
    while (offer := asking.poll()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return offer


def test_a_loop_without_async_asks_in_the_background() -> None:
    with server_process("snake") as server:
        assert [g.name for g in waited(Asking(server.address)).games] == ["snake"]
    with pytest.raises(ConnectionLost, match="nobody listens"):
        waited(Asking(server.address))
    with pytest.raises(ValueError, match="no valid port"):
        Asking("localhost:x")
