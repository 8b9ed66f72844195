from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import uvloop
from helpers import PATIENCE, Do, Quiet, Serving, Stage, run, serving, until

from tickwire.client import Client, connect
from tickwire.client import client as client_module
from tickwire.client.client import ClientEvent
from tickwire.errors import ConnectionLost, LocalProtocolError
from tickwire.wire.messages import Bye, Chat, Event, Joined, Left, PackedState

# A client runs on whatever loop its program has.
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])


def here(server: Serving) -> str:
    return f"127.0.0.1:{server.port}"


async def until_state(client: Client, condition: Callable[[], object]) -> None:
    """Wait for a state after which the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await client.wait_state()


async def until_event(client: Client, kind: type[Any]) -> Any:
    """The next event of a kind."""
    async with asyncio.timeout(PATIENCE):
        async for event in client.events():
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the connection ended before a {kind.__name__} came")


# --- coming and going ----------------------------------------------------------------------------------


@LOOPS
def test_a_client_takes_a_seat_and_mirrors_the_room(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada", game="quiet") as client:
            assert (client.player, client.watching, client.ended) == (1, False, None)
            assert client.room in server.lobby.rooms
            await until_state(client, lambda: len(client.tables["Mark"]) == 1)
            (mark,) = client.tables["Mark"]
            assert (mark.player, mark.count) == (1, 0)
            assert client.tick > 0

    run(main(), loop=loop)


@LOOPS
def test_an_input_is_acked_with_the_state_that_includes_it(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as client:
            assert client.send(Do("count")) == 1
            assert client.send({"type": "do", "what": "count"}) == 2
            await until_state(client, lambda: client.acked == 2)
            (mark,) = client.tables["Mark"]
            assert mark.count == 2

    run(main(), loop=loop)


def test_leaving_the_block_frees_the_seat() -> None:
    async def main() -> None:
        async with serving(Stage, seats=1) as server:
            for _ in range(3):
                async with connect(here(server), name="ada", room=None) as client:
                    room = server.lobby.rooms[client.room]
                    assert room.people == 1
                assert room.people == 0
                assert client.ended is not None
                assert client.ended.code == "left"

    run(main())


def test_leave_by_hand_ends_the_events() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as client:
            client.leave()
            events: list[ClientEvent] = [event async for event in client.events()]
            assert isinstance(events[-1], Bye)
            with pytest.raises(ConnectionLost):
                client.send(Do())
            with pytest.raises(ConnectionLost):
                await client.wait_state()

    run(main())


def test_a_watcher_looks_on_and_may_not_send() -> None:
    async def main() -> None:
        async with (
            serving(Quiet) as server,
            connect(here(server), name="ada") as ada,
            connect(here(server), name="eve", watch=True) as eve,
        ):
            assert eve.watching
            assert eve.room == ada.room
            with pytest.raises(LocalProtocolError, match="watch"):
                eve.send(Do())
            ada.send(Do())
            await until_state(eve, lambda: [m.count for m in eve.tables["Mark"]] == [1])

    run(main())


def test_a_seat_is_taken_back_by_its_token() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as first:
            first.send(Do())
            await until_state(first, lambda: first.acked == 1)
            async with connect(here(server), name="ada", token=first.token) as second:
                assert (second.player, second.room) == (first.player, first.room)
                await until_state(second, lambda: [m.count for m in second.tables["Mark"]] == [1])
                await until(lambda: first.ended)
                assert first.ended is not None
                assert first.ended.code == "replaced"

    run(main())


# --- refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"name": ""}, "bad_name"),
        ({"name": "a\x00"}, "bad_name"),
        ({"name": "ada", "game": "chess"}, "no_such_game"),
        ({"name": "ada", "room": "ZZZZ"}, "no_such_room"),
        ({"name": "ada", "token": "x"}, "bad_token"),
    ],
)
def test_a_refusal_is_connection_lost_with_the_servers_code_and_words(hello: dict[str, Any], code: str) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            with pytest.raises(ConnectionLost) as refused:
                async with connect(here(server), **hello):
                    pass
            assert refused.value.code == code
            assert len(str(refused.value)) > 10
            await until(lambda: server.gateway.connections == 0)

    run(main())


@LOOPS
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nobody_listens_is_one_sentence(loop: Callable[[], asyncio.AbstractEventLoop], host: str) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            port = server.port
        with pytest.raises(ConnectionLost) as lost:
            async with connect(f"{host}:{port}", name="ada"):
                pass
        assert f"nobody listens at {host}:{port}" in str(lost.value)
        assert "None" not in str(lost.value)
        assert lost.value.code == ""

    run(main(), loop=loop)


def test_a_host_that_there_is_not_is_connection_lost() -> None:
    async def main() -> None:
        with pytest.raises(ConnectionLost):
            async with connect("no-such-host.invalid:5050", name="ada"):
                pass

    run(main())


# --- servers that are none -----------------------------------------------------------------------------


@asynccontextmanager
async def false_server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
) -> AsyncIterator[str]:
    """Something that listens, and is no tickwire server."""
    tasks: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        writers.append(writer)
        await answer(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def native(message: Any) -> bytes:
    payload = msgspec.msgpack.encode(message)
    return struct.pack(">I", len(payload)) + payload


WELCOME = {
    "type": "welcome",
    "player": 1,
    "name": "ada",
    "room": "K7QX",
    "token": "t",
    "game": "none",
    "tick_rate": 10,
    "tick": 0,
    "players": [],
    "schema": {
        "board": [8, 8],
        "tables": [{"name": "Dot", "fields": [{"name": "x", "type": "u8"}]}],
        "inputs": {},
        "controls": {"keys": {}},
    },
}


def test_a_server_that_hangs_up_without_a_word_is_asked_about() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def main() -> None:
        async with false_server(hang_up) as address:
            with pytest.raises(ConnectionLost, match="tickwire server"):
                async with connect(address, name="ada"):
                    pass

    run(main(), loop=asyncio.new_event_loop)


def test_a_server_that_speaks_another_version_is_left() -> None:
    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(native({**WELCOME, "protocol": 2}))
        await reader.read()

    async def main() -> None:
        async with false_server(later) as address:
            with pytest.raises(ConnectionLost, match="speaks version 2 of the protocol, and this client 1"):
                async with connect(address, name="ada"):
                    pass

    run(main(), loop=asyncio.new_event_loop)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x01\xc1", b"SSH-2.0-x\r\n"])
def test_a_server_that_talks_nonsense_is_connection_lost(answer: bytes) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()

    async def main() -> None:
        async with false_server(nonsense) as address:
            with pytest.raises(ConnectionLost):
                async with connect(address, name="ada"):
                    pass

    run(main(), loop=asyncio.new_event_loop)


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_CONNECT_TIMEOUT", 0.05)

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        async with false_server(silence) as address:
            with pytest.raises(ConnectionLost, match="no welcome"):
                async with connect(address, name="ada"):
                    pass

    run(main(), loop=asyncio.new_event_loop)


def test_a_server_that_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SILENCE", 0.1)
    monkeypatch.setattr(client_module, "PING_EVERY", 0.02)

    async def fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(native(WELCOME))
        await reader.read()  # to the end: the connection stays open, and no ping is answered

    async def main() -> None:
        async with false_server(fall_silent) as address, connect(address, name="ada") as client:
            with pytest.raises(ConnectionLost, match="said nothing"):
                await client.wait_state()

    run(main(), loop=asyncio.new_event_loop)


def test_what_a_later_server_says_besides_is_passed_over() -> None:
    """docs/WIRE.md 2: a client must ignore fields and message types that it does not know."""

    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(native({**WELCOME, "weather": "fine"}))
        writer.write(native({"type": "fireworks", "at": 5}))
        writer.write(native({"type": "chat", "player": 0, "name": "eve", "text": "hi", "mood": 3}))
        await reader.read()

    async def main() -> None:
        async with false_server(later) as address, connect(address, name="ada") as client:
            chat = await until_event(client, Chat)
            assert chat == Chat(0, "eve", "hi")

    run(main(), loop=asyncio.new_event_loop)


def test_a_connection_that_breaks_is_told_to_whoever_waits() -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(native(WELCOME))
        await writer.drain()
        writer.close()

    async def main() -> None:
        async with false_server(break_off) as address, connect(address, name="ada") as client:
            with pytest.raises(ConnectionLost) as lost:
                await client.wait_state()
            assert lost.value.code == ""
            with pytest.raises(ConnectionLost):
                client.chat("anybody?")

    run(main(), loop=asyncio.new_event_loop)


# --- events --------------------------------------------------------------------------------------------


def test_events_come_in_the_order_of_the_wire() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            await ada.wait_state()
            ada.take_events()
            async with connect(here(server), name="bob") as bob:
                bob.chat("hi")
                bob.send(Do("shout"))
                await until_state(bob, lambda: bob.acked == 1)
            seen: list[ClientEvent] = []
            async with asyncio.timeout(PATIENCE):
                async for event in ada.events():
                    seen.append(event)
                    if isinstance(event, Left):
                        break
            kinds = [type(e) for e in seen if not isinstance(e, PackedState)]
            assert kinds == [Joined, Chat, Event, Left]
            assert ada.players.keys() == {1}

    run(main())


def test_the_list_of_players_follows_who_comes_and_goes() -> None:
    async def main() -> None:
        async with serving(Quiet, bots=1) as server, connect(here(server), name="ada") as ada:
            assert sorted(p.name for p in ada.players.values() if not p.bot) == ["ada"]
            assert len([p for p in ada.players.values() if p.bot]) == 1
            async with connect(here(server), name="bob") as bob:
                await until(lambda: bob.player in ada.players)
                assert ada.players[bob.player].name == "bob"
            await until(lambda: bob.player not in ada.players)

    run(main())


def test_chat_comes_back_to_who_said_it() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            ada.chat("  hi  ")
            assert await until_event(ada, Chat) == Chat(1, "ada", "hi")

    run(main())


def test_who_waits_for_a_state_hears_later_what_came_before_it() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            ada.chat("hello")
            await until(lambda: any(isinstance(event, Chat) for event in ada._events))
            await ada.wait_state()
            assert (await until_event(ada, Chat)).text == "hello"

    run(main())


def test_silence_is_counted_from_the_last_word_of_the_server() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            await ada.wait_state()
            heard = ada._heard_at
            assert ada.silence(heard + 3.0) == pytest.approx(3.0)
            assert ada.silence(heard - 1.0) == 0
            await until(lambda: ada._heard_at > heard)  # the answer to a ping
            assert ada.silence(heard + 3.0) < 3.0

    run(main())


def test_a_cancelled_wait_loses_no_event() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            await ada.wait_state()
            ada.take_events()
            waiting = asyncio.create_task(until_event(ada, Chat))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            ada.chat("still here")
            assert (await until_event(ada, Chat)).text == "still here"

    run(main())


def test_ping_is_measured() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            await until(lambda: ada.ping is not None)
            assert ada.ping is not None
            assert 0 <= ada.ping < PATIENCE

    run(main())


# --- the mirror ----------------------------------------------------------------------------------------


def test_a_mirror_that_was_corrupted_heals_itself(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server, connect(here(server), name="ada") as ada:
            await until_state(ada, lambda: len(ada.tables["Mark"]) == 1)
            table = ada.tables["Mark"]
            (id,) = table.wire_rows()
            table._wires[id][1] += 77  # as if a bug of ours had eaten a delta
            await until_state(ada, lambda: table.wire_rows()[id][1] == 0)
            assert ada.ended is None

    with caplog.at_level(logging.WARNING, "tickwire.client"):
        run(main())
    assert "drifted" in caplog.text


def test_a_mirror_that_cannot_follow_asks_for_a_full_state(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickwire.replication.states.HASH_EVERY", 10**9)  # no hash shall find it first

    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            async with connect(here(server), name="bob"):
                await until_state(ada, lambda: len(ada.tables["Mark"]) == 2)
                ada.tables["Mark"].clear()
            # Bob's row is removed, of which this mirror knows nothing.
            await until_state(ada, lambda: len(ada.tables["Mark"]) == 1)
            assert ada.ended is None

    with caplog.at_level(logging.WARNING, "tickwire.client"):
        run(main())
    assert "cannot follow" in caplog.text


# --- the user's block ----------------------------------------------------------------------------------


class MineError(Exception):
    """The user's own."""


@LOOPS
def test_an_exception_in_the_block_comes_out_as_itself(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            mine = MineError("mine")
            with pytest.raises(MineError) as raised:
                async with connect(here(server), name="ada"):
                    raise mine
            assert raised.value is mine
            await until(lambda: server.gateway.connections == 0)

    run(main(), loop=loop)


def test_an_exception_in_the_block_keeps_its_cause() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            with pytest.raises(MineError) as raised:
                async with connect(here(server), name="ada"):
                    raise MineError from ValueError("the cause")
            assert isinstance(raised.value.__cause__, ValueError)

    run(main())


def test_a_group_of_exceptions_in_the_block_comes_out_as_that_group() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            mine = ExceptionGroup("mine", [MineError("one"), MineError("two")])
            with pytest.raises(ExceptionGroup) as raised:
                async with connect(here(server), name="ada"):
                    raise mine
            assert raised.value is mine

    run(main())


def test_a_refusal_inside_the_block_is_not_mistaken_for_ours() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as ada:
            with pytest.raises(ConnectionLost) as lost:
                async with connect(here(server), name="bob", room="ZZZZ"):
                    pass
            assert lost.value.code == "no_such_room"
            ada.send(Do())
            await until_state(ada, lambda: ada.acked == 1)

    run(main())


@LOOPS
def test_cancelling_the_block_closes_the_connection(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:

            async def play() -> None:
                async with connect(here(server), name="ada") as client:
                    while True:
                        await client.wait_state()

            playing = asyncio.create_task(play())
            await until(lambda: server.gateway.connections == 1)
            playing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await playing
            await until(lambda: server.gateway.connections == 0)

    run(main(), loop=loop)


def test_a_timeout_around_the_block_is_a_timeout() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:

            async def play() -> None:
                async with asyncio.timeout(0.1), connect(here(server), name="ada") as client:
                    async for _ in client.events():
                        pass

            with pytest.raises(TimeoutError):
                await play()
            await until(lambda: server.gateway.connections == 0)

    run(main())


def test_cancelling_while_it_connects_leaves_nothing_open() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:

            async def play() -> None:
                async with connect(here(server), name="ada"):
                    await asyncio.sleep(PATIENCE)

            for steps in range(12):
                task = asyncio.create_task(play())
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await until(lambda: server.gateway.connections == 0)

    run(main())


def test_the_servers_end_is_told_with_its_code() -> None:
    async def main() -> None:
        async with serving(Quiet) as server, connect(here(server), name="ada") as client:
            await client.wait_state()
            server.gateway.shutdown()
            assert await until_event(client, Bye) == Bye("shutdown", "the server is shutting down")
            assert client.ended is not None
            assert client.ended.code == "shutdown"

    run(main())


def test_a_client_connects_over_ipv6() -> None:
    async def main() -> None:
        async with serving(Quiet, host="::1") as server, connect(f"[::1]:{server.port}", name="ada") as client:
            await client.wait_state()
            assert client.player == 1

    run(main())


def test_a_client_that_is_cancelled_frees_its_seat_at_once() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:

            async def play(seated: asyncio.Event) -> None:
                async with connect(f"127.0.0.1:{server.port}", name="ada") as client:
                    seated.set()
                    async for _ in client.events():
                        pass

            for moment in range(10):  # milliseconds after the welcome
                seated = asyncio.Event()
                task = asyncio.create_task(play(seated))
                await seated.wait()
                await asyncio.sleep(moment / 1000)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await until(lambda: not any(room.people for room in server.lobby.rooms.values()), "the seat is free")

    run(main())
