"""The same game of snake, at once, in every dialect, on a real server process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from helpers import PATIENCE, Caller, ServerProcess, need, run, server_process

from tickwire.client import Client, connect
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Joined, Left

TURN = {"type": "turn", "heading": "up"}  # snakes are born going left or right, so this is always a turn


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "--seats", "16") as process:
        yield process


def owners(caller: Caller) -> set[int]:
    """Whose scores a caller's mirror holds."""
    return {wires[0] for wires in caller.rows["Score"].values()}


async def steer(caller: Caller, seq: int) -> None:
    """Send a turn and see it acked."""
    await caller.say(type="input", seq=seq, input=TURN)
    assert (await caller.expect(Ack)).seq == seq


async def until_acked(client: Client, seq: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while client.acked < seq:
            await client.wait_state()


class Netcat:
    """Somebody who types JSON into netcat."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.heard: list[dict[str, Any]] = []

    async def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def read(self, kind: str) -> dict[str, Any]:
        """The next message of a type, as a person reads it: one line of JSON."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := await self.process.stdout.readline():
                message: dict[str, Any] = json.loads(line)
                self.heard.append(message)
                if message["type"] == kind:
                    return message
        raise AssertionError(f"netcat ended before {kind}: {self.heard[-3:]}")


@asynccontextmanager
async def netcat(port: int) -> AsyncIterator[Netcat]:
    process = await asyncio.create_subprocess_exec(
        need("nc"), "127.0.0.1", str(port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**22
    )
    try:
        yield Netcat(process)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def test_every_kind_of_client_plays_in_one_room_and_sees_the_others(server: ServerProcess) -> None:
    async def main() -> None:
        lines = await Caller.call(server.port, Dialect.LINES)
        room = (await lines.hello("lines", room="new")).room
        binary = await Caller.call(server.port, Dialect.WS_MSGPACK)
        await binary.hello("binary", room=room)
        text = await Caller.call(server.port, Dialect.WS_JSON)
        await text.hello("text", room=room)
        callers = [lines, binary, text]
        async with connect(server.address, name="native", room=room) as native:
            seqs = [steer(c, 1) for c in callers]
            await asyncio.gather(*seqs, until_acked(native, native.send(TURN)))

            everyone = {c.player for c in callers} | {native.player}
            assert len(everyone) == 4
            for caller in callers:
                async with asyncio.timeout(PATIENCE):
                    while owners(caller) != everyone:
                        await caller.state()
            async with asyncio.timeout(PATIENCE):
                while {s.player for s in native.tables["Score"]} != everyone:
                    await native.wait_state()

            # Chat crosses from each dialect to each.
            for caller in callers:
                await caller.say(type="chat", text=f"from {caller.dialect.label}")
            assert {p.name for p in native.players.values()} == {"lines", "binary", "text", "native"}

            # One is killed; the others miss nothing, and play on.
            before = (await lines.state()).tick
            text.reset()
            for _ in range(10):
                await lines.state()
            ticks = [s.tick for s in lines.states if s.tick >= before]
            assert ticks == list(range(before, before + 11))
            await asyncio.gather(steer(lines, 2), steer(binary, 2), until_acked(native, native.send(TURN)))
            assert not [m for m in lines.heard if isinstance(m, Left)], "a lost seat is kept"

            # And it takes its seat back, in another dialect.
            assert text.welcome is not None
            back = await Caller.call(server.port, Dialect.NATIVE)
            welcome = await back.hello("text", token=text.welcome.token)
            assert (welcome.player, welcome.name, welcome.room) == (text.player, "text", room)
            assert (await back.state()).full
            await steer(back, 1)
        assert (await lines.expect(Left)).name == "native"

    run(main())


def test_all_mirrors_of_one_tick_are_the_same(server: ServerProcess) -> None:
    async def main() -> None:
        first = await Caller.call(server.port, Dialect.LINES)
        room = (await first.hello("a", room="new")).room
        callers = [first]
        for dialect in (Dialect.NATIVE, Dialect.WS_MSGPACK, Dialect.WS_JSON):
            caller = await Caller.call(server.port, dialect)
            await caller.hello("a", room=room)
            callers.append(caller)
        tick = (await callers[-1].state()).tick + 20
        for caller in callers:
            assert (await caller.state(lambda s: s.tick >= tick)).tick == tick
        assert all(c.rows == first.rows for c in callers)
        assert len(first.rows["Score"]) == 4

    run(main())


def test_a_person_plays_by_hand_with_netcat(server: ServerProcess) -> None:
    async def main() -> None:
        async with netcat(server.port) as nc:
            await nc.type('{"type":"hello","name":"ada","room":"new"}')
            welcome = await nc.read("welcome")
            assert welcome["name"] == "ada"
            state = await nc.read("state")
            assert state["full"] is True
            # By eye: a row has its fields by name.
            cell = next(iter(state["tables"]["Cell"].values()))
            assert cell.keys() == {"x", "y", "owner"}
            friend = await Caller.call(server.port, Dialect.WS_MSGPACK)
            await friend.hello("bob", room=welcome["room"])
            while (await nc.read("joined"))["name"] != "bob":
                pass
            await nc.type("")  # Enter by itself does no harm
            await nc.type('{"type":"input","seq":1,"input":{"type":"turn","heading":"up"}}')
            ack = await nc.read("ack")
            assert ack["seq"] == 1
            assert (await nc.read("state"))["tick"] == ack["tick"]
            await nc.type("what now?")
            assert (await nc.read("error"))["code"] == "bad_message"
            await nc.type('{"type":"chat","text":"hi bob"}')
            await nc.read("chat")
            await nc.type('{"type":"leave"}')
            assert (await nc.read("bye"))["code"] == "left"
            assert (await friend.expect(Left)).name == "ada"

    run(main())


def test_netcat_that_only_watches_sees_the_game(server: ServerProcess) -> None:
    async def main() -> None:
        ada = await Caller.call(server.port)
        room = (await ada.hello("ada", room="new")).room
        async with netcat(server.port) as nc:
            await nc.type(json.dumps({"type": "hello", "name": "eve", "watch": True, "room": room}))
            assert (await nc.read("welcome"))["player"] == 0
            first = (await nc.read("state"))["tick"]
            assert [(await nc.read("state"))["tick"] for _ in range(5)] == list(range(first + 1, first + 6))

    run(main())


def test_strangers_meet_in_one_room_without_a_code(server: ServerProcess) -> None:
    async def main() -> None:
        ada = await Caller.call(server.port)
        await ada.hello("meeter", room="new")
        rooms = set()
        for dialect in Dialect:
            caller = await Caller.call(server.port, dialect)
            rooms.add((await caller.hello("stranger")).room)
        assert len(rooms) == 1

    run(main())


def test_bots_play_beside_people() -> None:
    async def main() -> None:
        ada = await Caller.call(crowded.port)
        welcome = await ada.hello("ada")
        assert [p.bot for p in welcome.players].count(True) == 3
        async with asyncio.timeout(PATIENCE):
            while len(owners(ada) if ada.mirror and ada.states else ()) < 4:
                await ada.next()
        assert not [m for m in ada.heard if isinstance(m, Joined) and m.bot and m.player > 3]

    with server_process("snake", "--bots", "3", "--tick-rate", "60") as crowded:
        run(main())
