from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from helpers import run, until

from tickwire.client.client import Client, ClientEvent, connect
from tickwire.errors import ConnectionLost
from tickwire.faces.seat import Wish
from tickwire.faces.terminal.seat import Seat
from tickwire.game.loader import load_module
from tickwire.server.app import Server
from tickwire.server.config import Config

SOON = (0.01,) * 200


class Witness:
    """Writes down what a seat tells."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.losses: list[tuple[str, float | None]] = []

    async def joined(self, client: Client) -> None:
        self.clients.append(client)

    def came(self, event: ClientEvent) -> None:
        pass

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        self.losses.append((reason.code, delay))


@asynccontextmanager
async def seated(seat: Seat) -> AsyncIterator[asyncio.Task[None]]:
    """A seat while it is held."""
    task = asyncio.create_task(seat.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionLost):
            await task


def server(port: int = 0, *, seats: int | None = None) -> Server:
    return Server(Config(games=[load_module("tickwire.games.snake")], port=port, seed=1, seats=seats))


def test_a_broken_connection_is_taken_up_again_in_the_same_seat() -> None:
    async def main() -> None:
        witness = Witness()
        async with server() as one:
            seat = Seat(Wish(f"127.0.0.1:{one.addresses[0][1]}", "ada"), witness, SOON)
            async with seated(seat):
                await until(lambda: witness.clients)
                witness.clients[0]._writer.transport.abort()
                await until(lambda: len(witness.clients) == 2)
                assert witness.clients[1].player == witness.clients[0].player
                assert witness.clients[1].welcome.name == "ada"
                assert witness.losses == [("", 0.01)]

    run(main())


def test_a_server_that_was_started_anew_gives_a_new_seat() -> None:
    async def main() -> None:
        witness = Witness()
        async with server() as one:
            port = one.addresses[0][1]
            seat = Seat(Wish(f"127.0.0.1:{port}", "ada"), witness, SOON)
            task = asyncio.create_task(seat.run())
            await until(lambda: witness.clients)
        await until(lambda: len(witness.losses) > 1)
        assert witness.losses[0][0] == "shutdown"
        async with server(port):
            await until(lambda: len(witness.clients) == 2)
            assert seat.leave()
            await task

    run(main())


def test_leaving_frees_the_seat_at_once() -> None:
    async def main() -> None:
        witness = Witness()
        async with server(seats=1) as one:
            address = f"127.0.0.1:{one.addresses[0][1]}"
            seat = Seat(Wish(address, "ada"), witness, SOON)
            async with seated(seat) as task:
                await until(lambda: witness.clients)
                room = witness.clients[0].room
                async with connect(address, name="bob", watch=True, room=room):
                    assert seat.leave()
                    await task
                    assert not seat.leave()
                    async with connect(address, name="cyd", room=room) as cyd:
                        assert cyd.room == room

    run(main())


def test_a_first_try_that_fails_is_the_callers_to_handle() -> None:
    async def main() -> None:
        async with server() as one:
            address = f"127.0.0.1:{one.addresses[0][1]}"
            for wish, code in [
                (Wish(address, "ada", room="QQQQ"), "no_such_room"),
                (Wish(address, "ada", game="go"), "no_such_game"),
                (Wish("127.0.0.1:1", "ada"), ""),
                (Wish("no..such..host", "ada"), ""),
            ]:
                with pytest.raises(ConnectionLost) as lost:
                    await Seat(wish, Witness(), SOON).run()
                assert lost.value.code == code

    run(main())


def test_what_is_no_tickwire_server_is_said_to_be_none() -> None:
    async def main() -> None:
        async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            await reader.read()
            writer.close()

        other = await asyncio.start_server(ssh, "127.0.0.1", 0)
        async with other:
            port = other.sockets[0].getsockname()[1]
            with pytest.raises(ConnectionLost):
                await Seat(Wish(f"127.0.0.1:{port}", "ada"), Witness(), SOON).run()

    run(main())


def test_after_the_last_try_the_player_is_asked() -> None:
    async def main() -> None:
        witness = Witness()
        async with server() as one:
            port = one.addresses[0][1]
            seat = Seat(Wish(f"127.0.0.1:{port}", "ada"), witness, (0.01, 0.01))
            task = asyncio.create_task(seat.run())
            await until(lambda: witness.clients)
        await until(lambda: witness.losses and witness.losses[-1][1] is None)
        assert [delay for _, delay in witness.losses] == [0.01, 0.01, None]
        async with server(port):
            seat.retry()
            await until(lambda: len(witness.clients) == 2)
            seat.leave()
            await task

    run(main())


def test_a_seat_that_was_taken_over_elsewhere_is_not_fought_for() -> None:
    async def main() -> None:
        witness = Witness()
        async with server() as one:
            address = f"127.0.0.1:{one.addresses[0][1]}"
            async with seated(Seat(Wish(address, "ada"), witness, SOON)):
                await until(lambda: witness.clients)
                async with connect(address, name="ada", token=witness.clients[0].token):
                    await until(lambda: witness.losses)
                    assert witness.losses == [("replaced", None)]

    run(main())
