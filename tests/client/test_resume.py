"""Coming back: connections that are cut at any moment, and nothing is lost, nor done twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from helpers import PATIENCE, Serving, need, run, serving, until, without_limits

from tickwire import Game, Input, Player, u32
from tickwire.client import Client, connect
from tickwire.client.seated import Claim
from tickwire.client.sync import Client as SyncClient
from tickwire.client.sync import Dialling
from tickwire.errors import ConnectionLost, RemoteProtocolError
from tickwire.wire.messages import Away, Chat, Event


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    without_limits(monkeypatch)  # what is lost and what is not shows soonest where much is said


class Put(Input):
    """Have a number written down."""

    n: u32


class Ledger(Game):
    """Writes down what it gets."""

    tick_rate, seats = 100, 4
    inputs = Put
    written: dict[int, list[int]]

    def join(self, player: Player) -> None:
        self.written[player.id] = []

    def receive(self, player: Player, put: Put) -> None:
        self.written[player.id].append(put.n)


class Cutter:
    """Stands between clients and a server, and cuts each connection after so many bytes, in the middle of whatever."""

    def __init__(self, target: int, chance: random.Random, most: int) -> None:
        self.target = target
        self.chance = chance
        self.most = most
        self.cutting = True
        self.cuts = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self.target)
        up, down = self.chance.randrange(40, self.most), self.chance.randrange(40, 3 * self.most)
        pumps = [
            asyncio.create_task(self._pump(reader, here, up)),
            asyncio.create_task(self._pump(there, writer, down)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for each in (writer, here):
            if self.chance.random() < 0.5:
                each.transport.abort()  # as a phone goes: nobody says goodbye
            each.close()

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, left: int) -> None:
        with suppress(OSError):
            while data := await source.read(4096):
                to.write(data[:left] if self.cutting else data)
                await to.drain()
                left -= len(data)
                if left <= 0 and self.cutting:
                    self.cuts += 1
                    return


@asynccontextmanager
async def cutting(server: Serving, seed: int, most: int = 900) -> AsyncIterator[Cutter]:
    cutter = Cutter(server.port, random.Random(seed), most)
    listening = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
    cutter.port = listening.sockets[0].getsockname()[1]
    try:
        yield cutter
    finally:
        listening.close()


def ledger(server: Serving, player: int) -> list[int]:
    (room,) = server.lobby.rooms.values()
    assert isinstance(room.game, Ledger)
    return room.game.written.get(player, [])


@pytest.mark.parametrize("seed", range(6))
def test_of_a_connection_that_is_cut_again_and_again_each_input_counts_once_and_each_line_is_heard_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_limits(monkeypatch)  # it comes back dozens of times within a second

    async def main() -> None:
        chance = random.Random(seed)
        async with (
            serving(Ledger) as server,
            cutting(server, seed) as cutter,
            connect(f"127.0.0.1:{server.port}", name="bob") as bob,
        ):
            sent, said, heard = 0, 0, list[str]()
            claim: Claim | None = None
            player = 0
            while claim is None:
                with suppress(ConnectionLost):
                    async with connect(f"127.0.0.1:{server.port}", name="ada") as ada:
                        player, claim = ada.player, ada.claim
                        cut(ada)
            for _ in range(40):
                cutter.cutting = cutter.cuts < 25
                said += 1
                bob.chat(f"line {said}")
                with suppress(ConnectionLost):
                    async with connect(f"127.0.0.1:{cutter.port}", name="ada", resume=claim) as ada:
                        assert ada.player == player
                        claim = ada.claim
                        try:
                            for _ in range(chance.randrange(20)):
                                ada.send(Put(sent + 1), tick=ada.tick + chance.randrange(5))
                                sent += 1
                                claim = ada.claim
                                await asyncio.sleep(0)
                            if not cutter.cutting:
                                await settled(ada, sent)
                            else:
                                async with asyncio.timeout(PATIENCE):
                                    while ada.ended is None:  # until it is cut
                                        ada.chat("-")
                                        await asyncio.sleep(0.002)
                        finally:
                            cut(ada)
                            heard += lines(ada)
                            claim = ada.claim
            assert cutter.cuts >= 25
            async with connect(f"127.0.0.1:{server.port}", name="ada", resume=claim) as ada:
                await settled(ada, sent)
                async with asyncio.timeout(PATIENCE):
                    while heard[-1:] != [f"line {said}"]:
                        heard += [event.text async for event in first_chats(ada)]
                assert ledger(server, player) == list(range(1, sent + 1))
            assert [line for line in heard if line != "-"] == [f"line {n}" for n in range(1, said + 1)]

    run(main())


def cut(client: Client) -> None:
    """The connection is gone, and not left."""
    client._end(ConnectionLost("cut"))
    client._writer.transport.abort()


async def first_chats(client: Client) -> AsyncIterator[Chat]:
    """The next line that comes."""
    async for event in client.events():
        if isinstance(event, Chat):
            yield event
            return


def lines(client: Client) -> list[str]:
    return [event.text for event in client.take_events() if isinstance(event, Chat)]


async def settled(client: Client, seq: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while client.acked < seq:
            await asyncio.sleep(0.005)
            assert client.ended is None


def play_cut_again_and_again(port: int, straight: int, seed: int) -> tuple[int, int]:
    """A game loop without async, whose connections are cut; how many inputs it sent, and how often it came."""
    chance = random.Random(seed)
    client = Dialling(f"127.0.0.1:{straight}", name="ada").wait()
    sent, came = 0, 1
    deadline = time.monotonic() + PATIENCE
    while client.ended is not None or came < 12 or client.acked < sent:
        assert time.monotonic() < deadline
        if client.ended is not None:
            client = back(client, port if came < 11 else straight, deadline)
            came += 1
        with suppress(ConnectionLost):
            if came < 12 and chance.random() < 0.7:
                assert client.send({"type": "put", "n": sent + 1}) == sent + 1
                sent += 1
            client.poll(0.002)
    client.close()
    return sent, came


def back(lost: SyncClient, port: int, deadline: float) -> SyncClient:
    while True:
        assert time.monotonic() < deadline
        with suppress(ConnectionLost, RemoteProtocolError):
            return Dialling(f"127.0.0.1:{port}", name="ada", resume=lost.claim).wait()


@pytest.mark.parametrize("seed", range(3))
def test_a_game_loop_without_async_loses_nothing_either(seed: int) -> None:
    async def main() -> None:
        async with serving(Ledger) as server, cutting(server, seed) as cutter:
            playing = asyncio.create_task(asyncio.to_thread(play_cut_again_and_again, cutter.port, server.port, seed))
            await until(lambda: server.gateway.connections)
            written: dict[int, list[int]] = {}
            while not playing.done():
                for room in server.lobby.rooms.values():
                    assert isinstance(room.game, Ledger)
                    written = room.game.written or written  # it is empty once the player has left
                    if not cutter.cuts and room.tick > 30:  # the first connection is not cut by the cutter
                        for link in list(server.gateway._peers):
                            link.abort()
                await asyncio.sleep(0.01)
            sent, came = await playing
            assert came >= 12  # more, if a hello of a connection that was given up arrives behind the last one
            assert sent > 20
            assert written[1] == list(range(1, sent + 1))

    run(main())


PAGE = Path(__file__).parents[1] / "faces" / "web" / "cut_again.js"


def test_a_page_whose_connection_is_cut_again_and_again_loses_nothing_either() -> None:
    """The SDK itself, in node, whose WebSocket is that of browsers."""
    need("node")

    async def main() -> None:
        async with (
            serving(Ledger) as server,
            cutting(server, 0, most=4000) as cutter,
            connect(f"127.0.0.1:{server.port}", name="bob") as bob,
        ):
            node = await asyncio.create_subprocess_exec(
                "node", "--experimental-websocket", "--no-warnings", str(PAGE), str(cutter.port), bob.room,
                stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                assert node.stdout is not None
                assert node.stdin is not None
                said = 0
                async with asyncio.timeout(6 * PATIENCE):
                    while cutter.cuts < 8:
                        said += 1
                        bob.chat(f"line {said}")  # slowly: no more than 64 are kept for who is away
                        await asyncio.sleep(0.25)
                    cutter.cutting = False
                    node.stdin.write(f"{said}\n".encode())
                    output, _ = await node.communicate()
            finally:
                if node.returncode is None:
                    node.kill()
                    await node.wait()
            told = json.loads(output)
            assert told["heard"] == [f"line {n}" for n in range(told["first"], said + 1)]
            assert told["joins"] > 1
            assert told["players"] == [2]
            assert told["sent"] > 20
            assert ledger(server, 2) == list(range(1, told["sent"] + 1))

    run(main())


# --- what else a welcome says, and who is away ---


def test_who_lost_the_line_is_away_for_the_others_and_for_the_game_until_it_is_back() -> None:
    seen: list[tuple[str, bool]] = []

    class Watchful(Ledger):
        def away_changed(self, player: Player) -> None:
            assert self.players[player.id] is player
            seen.append((player.name, player.away))

    async def main() -> None:
        async with serving(Watchful) as server, connect(f"127.0.0.1:{server.port}", name="bob") as bob:
            claim = None
            with suppress(ConnectionLost):
                async with connect(f"127.0.0.1:{server.port}", name="ada") as ada:
                    await until(lambda: len(bob.players) == 2)
                    claim = ada.claim
                    cut(ada)
            assert await heard_of(bob, Away) == Away(2, "ada", True)
            assert bob.players[2].away
            async with connect(f"127.0.0.1:{server.port}", name="eve") as eve:
                assert [(p.name, p.away) for p in eve.players.values()] == [
                    ("bob", False),
                    ("ada", True),
                    ("eve", False),
                ]
            async with connect(f"127.0.0.1:{server.port}", name="ada", resume=claim) as ada:
                assert not ada.players[2].away
                assert await heard_of(bob, Away) == Away(2, "ada", False)
                assert not bob.players[2].away
                assert seen == [("ada", True), ("ada", False)]

    run(main())


def test_lines_said_while_away_come_with_how_long_ago_and_only_those_that_are_kept() -> None:
    async def main() -> None:
        async with serving(Ledger) as server, connect(f"127.0.0.1:{server.port}", name="bob") as bob:
            claim = None
            with suppress(ConnectionLost):
                async with connect(f"127.0.0.1:{server.port}", name="ada") as ada:
                    bob.chat("before")
                    assert (await heard_of(ada, Chat)).text == "before"
                    claim = ada.claim
                    cut(ada)
            for n in range(100):
                bob.chat(f"line {n}")
                await heard_of(bob, Chat, lambda chat, n=n: chat.text == f"line {n}")  # type: ignore[misc]
            async with connect(f"127.0.0.1:{server.port}", name="ada", resume=claim) as ada:
                history = await heard_of(ada, Event)
                assert history.name == "history"
                ages = history.data["ago"]
                assert len(ages) == 64
                assert ages == sorted(ages, reverse=True)
                told = [(await heard_of(ada, Chat)).text for _ in range(64)]
                assert told == [f"line {n}" for n in range(36, 100)]

    run(main())


async def heard_of(client: Client, kind: type[Any], wanted: Callable[[Any], object] = lambda event: True) -> Any:
    """The next event of a kind that is wanted."""
    async with asyncio.timeout(PATIENCE):
        async for event in client.events():
            if isinstance(event, kind) and wanted(event):
                return event
    raise AssertionError(f"the connection ended before a {kind.__name__}")
