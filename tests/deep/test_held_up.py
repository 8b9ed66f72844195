"""What real time does: a server that is stopped for eight seconds, and a reader that takes 40 kB a second."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest
from helpers import Caller, run, serving
from server.hostile import steady_server

from tickwire import Entity, Game, Table, text
from tickwire.server.watch import STUCK
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Bye, Pong

HELD_UP = 8.0  # seconds
A_SECOND = 60  # inputs


def test_what_piles_up_before_a_server_that_is_stopped_is_no_flood(tmp_path: Path) -> None:
    async def main(port: int) -> None:
        players = [await Caller.call(port, dialect) for dialect in Dialect]
        for player in players:
            await player.hello(player.dialect.name)
        seq = 0

        async def play(seconds: float) -> None:
            nonlocal seq
            began = time.monotonic()
            for _ in range(round(seconds * A_SECOND)):
                seq += 1
                for player in players:
                    await player.say(type="input", seq=seq, input={"type": "go", "way": seq % 7})
                await asyncio.sleep(max(0.0, began + seconds - time.monotonic()) / 60 / seconds)

        await play(1.0)
        server.signal(signal.SIGSTOP)
        try:
            until_then = time.monotonic() + HELD_UP
            await play(HELD_UP)
            await asyncio.sleep(max(0.0, until_then - time.monotonic()))
        finally:
            server.signal(signal.SIGCONT)
        await play(1.0)
        for player in players:
            await player.say(type="ping", sent=1.0)
            while not isinstance(message := await player.next(), Pong):
                assert not isinstance(message, Bye), message
            await player.say(type="input", seq=seq + 1, input={"type": "go", "way": 1})
            await player.expect(Ack, lambda ack: ack.seq == seq + 1)
            player.close()

    with steady_server(tmp_path) as server:
        run(main(server.port))


class Map(Entity):
    """A long text."""

    words: text


class Atlas(Game):
    """A full state of 900 kB, in which nothing changes."""

    tick_rate, seats = 20, 4
    maps: Table[Map]

    def start(self) -> None:
        for i in range(225):
            self.maps.add(Map(f"{i:04}" * 1000))


@pytest.mark.parametrize("dialect", [Dialect.NATIVE, Dialect.WS_MSGPACK])
def test_who_reads_900_kilobytes_at_40_a_second_gets_them_all(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Atlas) as server:
            slow = await server.join("slow", dialect, receive_buffer=16_384)
            began, read = time.monotonic(), 0
            while not slow.states:
                await asyncio.sleep(max(0.0, began + read / 40_000 - time.monotonic()))
                data = await asyncio.get_running_loop().sock_recv(slow.sock, 4000)
                assert data, "it was closed"
                read += len(data)
                slow._take(data)
                while slow._waiting:
                    await slow.next()
            assert time.monotonic() - began > STUCK
            assert len(slow.rows["Map"]) == 225

    run(main())
