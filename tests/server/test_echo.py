"""The echo, on plain WebSockets by the families of cases that Autobahn's suite has, and on raw connections."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from helpers import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PATIENCE,
    PING,
    PONG,
    TEXT,
    Caller,
    Serving,
    Stage,
    WsReader,
    dial,
    read_all,
    run,
    serving,
    until,
    ws_frame,
    ws_request,
)

from tickwire.games.echo import Echo
from tickwire.net import listener as listener_module
from tickwire.net import plain as plain_module
from tickwire.net import upgrade as upgrade_module
from tickwire.net.limits import MESSAGES
from tickwire.net.websocket import MAX_PLAIN_FRAGMENTS, MAX_PLAIN_MESSAGE
from tickwire.server import echo as echo_module
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Chat

Frame = tuple[int, bytes]


class Client:
    """A WebSocket, written by hand.

    Attributes:
        frames: what came so far, as (opcode, payload).
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.frames: list[Frame] = []
        self._reader = WsReader()

    async def send(self, data: bytes, *, pieces: int = 0) -> None:
        """Send bytes as they are, or in pieces of so many."""
        loop = asyncio.get_running_loop()
        for start in range(0, len(data), pieces or len(data)):
            async with asyncio.timeout(PATIENCE):
                await loop.sock_sendall(self.sock, data[start : start + pieces] if pieces else data)
            await asyncio.sleep(0)

    async def hear(self, count: int) -> list[Frame]:
        """All frames so far, once there are so many."""
        while len(self.frames) < count:
            assert await self._read(), f"the server closed after {self.frames}"
        return self.frames

    async def end(self) -> list[Frame]:
        """All frames, once the server has closed."""
        while await self._read():
            pass
        return self.frames

    async def _read(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            data = await asyncio.get_running_loop().sock_recv(self.sock, 1 << 20)
        self.frames += self._reader.feed(data)
        return bool(data)


async def connect(server: Serving, *, receive_buffer: int = 0) -> Client:
    sock = await dial(server.port, receive_buffer=receive_buffer)
    server.callers.append(Caller(sock, Dialect.WS_JSON))  # so that it is hung up at the end
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, ws_request())
    head = b""
    while b"\r\n\r\n" not in head:
        head += await loop.sock_recv(sock, 1)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Protocol" not in head
    return Client(sock)


async def send_until_stuck(sock: socket.socket, block: bytes) -> int:
    """Send until the other side takes no more for half a second; how many blocks it took."""
    loop, most = asyncio.get_running_loop(), 60_000_000 // len(block)
    for sent in range(most):
        try:
            async with asyncio.timeout(0.5):
                await loop.sock_sendall(sock, block)
        except TimeoutError:
            return sent
    raise AssertionError(f"{most * len(block)} bytes were taken, and not one was read")


def close(status: int = 1000, reason: bytes = b"") -> bytes:
    return ws_frame(CLOSE, struct.pack(">H", status) + reason)


def closed(status: int) -> Frame:
    return CLOSE, struct.pack(">H", status)


def status_at_the_end(frames: list[Frame]) -> int:
    opcode, payload = frames[-1]
    assert opcode == CLOSE
    return int.from_bytes(payload[:2], "big")


def talk(data: bytes, *, pieces: int = 0) -> list[Frame]:
    """Send bytes and a close frame; what came back. A close frame's reason is cut off."""

    async def main() -> list[Frame]:
        async with serving(Echo) as server:
            client = await connect(server)
            await client.send(data + close(), pieces=pieces)
            frames = await client.end()
            client.sock.close()
            await until(lambda: len(server.server._connections) == 0)
            return [(op, payload[:2] if op == CLOSE else payload) for op, payload in frames]

    return run(main())


BYE = closed(1000)
SIZES = [0, 1, 125, 126, 127, 128, 65_535, 65_536]


# --- 1: framing ---


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("pieces", [0, 997])
def test_a_message_of_any_size_comes_back_as_it_came(opcode: int, size: int, pieces: int) -> None:
    payload = b"*" * size if opcode == TEXT else b"\xfe" * size
    assert talk(ws_frame(opcode, payload), pieces=pieces) == [(opcode, payload), BYE]


def test_many_messages_come_back_in_order_however_they_are_cut() -> None:
    kinds = itertools.cycle([TEXT, BINARY])
    sent = [(kind, b"%d" % i) for i, kind in zip(range(500), kinds, strict=False)]
    data = b"".join(ws_frame(kind, payload) for kind, payload in sent)
    assert talk(data) == [*sent, BYE]
    assert talk(data, pieces=3) == [*sent, BYE]


# --- 2: pings and pongs ---


@pytest.mark.parametrize("payload", [b"", b"hello", b"\x00\xff\xfe\xfd\x00\xff", b"\xfe" * 125])
@pytest.mark.parametrize("pieces", [0, 1])
def test_a_ping_is_answered_with_its_payload(payload: bytes, pieces: int) -> None:
    assert talk(ws_frame(PING, payload), pieces=pieces) == [(PONG, payload), BYE]


def test_pings_are_answered_in_order_and_unasked_pongs_are_nothing() -> None:
    pings = b"".join(ws_frame(PING, b"%d" % i) for i in range(10))
    assert talk(ws_frame(PONG) + ws_frame(PONG, b"?") + pings) == [*((PONG, b"%d" % i) for i in range(10)), BYE]


def test_a_long_ping_is_refused() -> None:
    assert talk(ws_frame(PING, b"x" * 126)) == [closed(1002)]


# --- 3, 4: reserved bits, reserved opcodes ---


@pytest.mark.parametrize("reserved", range(1, 8))
@pytest.mark.parametrize(
    ("opcode", "payload"), [(TEXT, b"x"), (BINARY, b"\x00"), (PING, b"x"), (PONG, b""), (CLOSE, b"\x03\xe8")]
)
def test_reserved_bits_are_refused_and_what_came_before_is_answered(reserved: int, opcode: int, payload: bytes) -> None:
    data = ws_frame(TEXT, b"before") + ws_frame(opcode, payload, reserved=reserved) + ws_frame(PING)
    assert talk(data) == [(TEXT, b"before"), closed(1002)]
    assert talk(data, pieces=1) == [(TEXT, b"before"), closed(1002)]


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"hello"])
def test_reserved_opcodes_are_refused_and_what_came_before_is_answered(opcode: int, payload: bytes) -> None:
    data = ws_frame(TEXT, b"before") + ws_frame(opcode, payload) + ws_frame(PING)
    assert talk(data) == [(TEXT, b"before"), closed(1002)]
    assert talk(data, pieces=1) == [(TEXT, b"before"), closed(1002)]


def test_a_frame_without_a_mask_is_refused() -> None:
    assert talk(ws_frame(TEXT, b"before") + b"\x81\x05hello") == [(TEXT, b"before"), closed(1002)]


def test_a_length_in_a_longer_form_than_it_needs_is_refused() -> None:
    assert talk(b"\x81\xfe\x00\x05\0\0\0\0hello") == [closed(1002)]
    assert talk(b"\x81\xff" + struct.pack(">Q", 126) + b"\0\0\0\0" + b"x" * 126) == [closed(1002)]


# --- 5: fragments ---


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("pieces", [0, 1])
def test_fragments_come_back_as_one_message_and_pings_between_them_at_once(opcode: int, pieces: int) -> None:
    data = (
        ws_frame(opcode, b"fragment1", fin=False)
        + ws_frame(PING, b"one")
        + ws_frame(CONTINUATION, b"", fin=False)
        + ws_frame(PING, b"two")
        + ws_frame(CONTINUATION, b"fragment2")
    )
    assert talk(data, pieces=pieces) == [(PONG, b"one"), (PONG, b"two"), (opcode, b"fragment1fragment2"), BYE]


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("a fragmented ping", ws_frame(PING, b"x", fin=False) + ws_frame(CONTINUATION, b"y")),
        ("a fragmented pong", ws_frame(PONG, b"x", fin=False) + ws_frame(CONTINUATION, b"y")),
        ("a fragmented close", ws_frame(CLOSE, b"\x03\xe8", fin=False) + ws_frame(CONTINUATION, b"y")),
        ("a continuation of nothing", ws_frame(CONTINUATION, b"x") + ws_frame(TEXT, b"y")),
        ("an open continuation of nothing", ws_frame(CONTINUATION, b"x", fin=False) + ws_frame(TEXT, b"y")),
        ("a new message within one", ws_frame(TEXT, b"x", fin=False) + ws_frame(TEXT, b"y")),
        ("a new binary one within a text", ws_frame(TEXT, b"x", fin=False) + ws_frame(BINARY, b"y")),
        (
            "a continuation behind the end",
            ws_frame(TEXT, b"", fin=False) + ws_frame(CONTINUATION) + ws_frame(CONTINUATION, b"x"),
        ),
    ],
)
def test_fragments_out_of_order_are_refused(what: str, data: bytes) -> None:
    whole = [(TEXT, b"")] if "behind" in what else []
    assert talk(data) == [*whole, closed(1002)], what
    assert talk(data, pieces=1) == [*whole, closed(1002)], what


# --- 6: UTF-8 ---

VALID = [
    "",
    "Hello-µ@ßöäüàá-UTF-8!!",
    "κόσμε",
    "\x00",
    "\x7f\x80߿ࠀ\uffff\U00010000\U0010ffff",
    "\ud7ff\ue000\ufffd\ufffe",
    "\U0001f40d" * 100,
]
INVALID = [
    b"\x80",
    b"\xbf\x80",
    b"\xc0",
    b"\xc0\xaf",  # longer than need be
    b"\xc1\xbf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xf8\x88\x80\x80\x80",  # five bytes
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf4\x90\x80\x80",  # above U+10FFFF
    b"\xed\xa0\x80",  # surrogates
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xfe",
    b"\xff",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\xe2\x82",  # cut off
    b"\xf0\x9f\x90",
]


@pytest.mark.parametrize("text", VALID)
def test_text_comes_back_however_its_characters_are_cut(text: str) -> None:
    data = text.encode()
    fragments = [data[i : i + 1] for i in range(len(data))]
    cut = b"".join(ws_frame(CONTINUATION if i else TEXT, part, fin=False) for i, part in enumerate(fragments))
    end = ws_frame(CONTINUATION if fragments else TEXT)
    assert talk(ws_frame(TEXT, data) + cut + end) == [(TEXT, data), (TEXT, data), BYE]


@pytest.mark.parametrize("data", INVALID)
def test_what_is_not_utf8_is_refused_with_1007(data: bytes) -> None:
    assert talk(ws_frame(TEXT, data)) == [closed(1007)]
    assert talk(ws_frame(TEXT, b"ok", fin=False) + ws_frame(CONTINUATION, data)) == [closed(1007)]
    assert talk(ws_frame(BINARY, data)) == [(BINARY, data), BYE]


@pytest.mark.parametrize("bad", [b"\xff", b"\xf4\x90", b"\xed\xa0", b"\xc0", b"\xe0\x80"])
def test_bad_text_is_refused_with_its_first_bad_fragment(bad: bytes) -> None:
    async def main() -> None:
        async with serving(Echo) as server:
            client = await connect(server)
            await client.send(ws_frame(TEXT, "κόσμε".encode(), fin=False) + ws_frame(CONTINUATION, bad, fin=False))
            (frame,) = await client.end()  # though the message has no end yet
            assert (frame[0], frame[1][:2]) == closed(1007)

    run(main())


# --- 7: closing ---


def test_nothing_is_answered_behind_a_close_frame() -> None:
    assert talk(close() + ws_frame(TEXT, b"late") + ws_frame(PING) + close()) == [BYE]


def test_a_close_frame_within_a_message_ends_it() -> None:
    assert talk(ws_frame(TEXT, b"half", fin=False) + close() + ws_frame(CONTINUATION)) == [BYE]


def test_a_message_just_before_a_close_frame_comes_back() -> None:
    assert talk(ws_frame(TEXT, b"x" * 60_000)) == [(TEXT, b"x" * 60_000), BYE]


def test_an_empty_close_frame_is_answered_with_one() -> None:
    assert talk(ws_frame(CLOSE)) == [(CLOSE, b"")]


@pytest.mark.parametrize("status", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
def test_a_close_frame_is_answered_with_its_status(status: int) -> None:
    assert talk(close(status, "später".encode())) == [closed(status)]


@pytest.mark.parametrize("status", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
def test_a_status_that_none_may_send_is_refused(status: int) -> None:
    assert talk(close(status)) == [closed(1002)]


def test_a_close_frame_that_is_none_is_refused() -> None:
    assert talk(ws_frame(CLOSE, b"\x03")) == [closed(1002)]
    assert talk(close(1000, b"\xce\xba\xff")) == [closed(1007)]
    assert talk(close(1000, b"x" * 124)) == [closed(1002)]
    assert talk(close(1000, b"x" * 123)) == [BYE]


# --- 9: limits ---


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("fragment", [64, 4096, 1 << 20])
def test_large_messages_come_back_whole_in_small_fragments_and_large(opcode: int, fragment: int) -> None:
    payload = b"x" * (1 << 20)
    starts = range(0, len(payload), fragment)
    data = b"".join(
        ws_frame(CONTINUATION if i else opcode, payload[i : i + fragment], fin=i + fragment >= len(payload))
        for i in starts
    )
    assert talk(data) == [(opcode, payload), BYE]


def test_the_longest_message_comes_back_and_a_longer_one_is_refused_with_1009() -> None:
    # To read it may take longer than a connection lingers: one that is closing sends all that it has to, all the same.
    longest = b"\x82\xff" + struct.pack(">Q", MAX_PLAIN_MESSAGE) + b"\0\0\0\0" + b"x" * MAX_PLAIN_MESSAGE
    assert talk(longest) == [(BINARY, b"x" * MAX_PLAIN_MESSAGE), BYE]
    assert talk(b"\x82\xff" + struct.pack(">Q", MAX_PLAIN_MESSAGE + 1) + b"\0\0\0\0") == [closed(1009)]
    started = longest.replace(b"\x82", b"\x02", 1)
    assert talk(started + ws_frame(CONTINUATION, b"x")) == [closed(1009)]


def test_endless_empty_fragments_are_not_taken_for_ever() -> None:
    data = ws_frame(TEXT, fin=False) + ws_frame(CONTINUATION, fin=False) * MAX_PLAIN_FRAGMENTS
    assert talk(data) == [closed(1009)]


def test_who_sends_and_does_not_read_is_not_read_from_either() -> None:
    async def main() -> None:
        async with serving(Echo) as server:
            client = await connect(server, receive_buffer=4096)
            (link,) = server.server._echo._links  # type: ignore[union-attr]
            sent = await send_until_stuck(client.sock, ws_frame(BINARY, bytes(60_000)))
            assert link.blocked
            assert link.waiting < 4_000_000
            # And when it reads, it goes on where it stood.
            await client.hear(sent)
            assert client.frames[:sent] == [(BINARY, bytes(60_000))] * sent

    run(main())


# --- whatever comes ---


def _whatever(chance: random.Random) -> bytes:
    """Frames of which many are none, and a close frame, so that it has an end."""
    data = b""
    for _ in range(chance.randrange(1, 6)):
        opcode = chance.choice([CONTINUATION, TEXT, TEXT, BINARY, CLOSE, PING, PONG, chance.randrange(16)])
        payload = chance.choice(["a", "蛇é", ""]).encode() if chance.random() < 0.7 else chance.randbytes(7)
        if opcode == CLOSE:
            payload = struct.pack(">H", chance.choice([1000, 1005, 3000, 5000])) + payload
        reserved = chance.choice([0] * 9 + [chance.randrange(8)])
        data += ws_frame(opcode, payload, fin=chance.random() < 0.7, reserved=reserved)
    return data + close()


@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_however_it_is_cut_the_answer_is_the_same(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def answer(server: Serving, data: bytes, pieces: int) -> list[Frame]:
        client = await connect(server)
        await client.send(data, pieces=pieces)
        frames = await client.end()
        client.sock.close()
        return frames

    async def main() -> None:
        async with serving(Echo) as server:
            kinds = set()
            for seed in range(60):
                data = _whatever(random.Random(seed))
                whole = await answer(server, data, 0)
                assert whole[-1][0] == CLOSE, seed
                kinds.add(whole[-1][1][:2])
                assert await answer(server, data, 1) == whole, seed
                assert await answer(server, data, 5) == whole, seed
            statuses = {int.from_bytes(kind, "big") for kind in kinds}
            assert statuses >= {1000, 1002, 1007, 3000}, "else this test shows little"

    run(main(), loop=loop)


# --- a server of echo is a server like any other ---


def test_a_subprotocol_speaks_our_messages_within_their_limits() -> None:
    async def main() -> None:
        async with serving(Echo) as server:
            for dialect in Dialect:
                ada = await server.join("ada", dialect)
                await ada.say(type="chat", text="is there an echo?")
                assert (await ada.expect(Chat)).text == "is there an echo?"
            long = await server.call(Dialect.WS_MSGPACK)
            await long.send(ws_frame(BINARY, b"x" * 65_537))
            assert await long.bye() == "too_long"

    run(main())


def test_a_server_of_other_games_speaks_json_where_no_subprotocol_is_asked_for() -> None:
    async def main() -> None:
        async with serving(Stage, Echo) as server:
            client = await connect(server)
            await client.send(ws_frame(TEXT, b'{"type":"ping","sent":1}'))
            ((opcode, payload),) = await client.hear(1)
            assert (opcode, b"pong" in payload) == (TEXT, True)

    run(main())


def test_neither_silence_nor_a_flood_ends_an_echo() -> None:
    async def main() -> None:
        async with serving(Echo) as server:
            client = await connect(server)
            server.sweep_in(listener_module.HELLO_DEADLINE + 1)
            count = int(MESSAGES.first) * 2
            await client.send(ws_frame(TEXT, b"again") * count)
            assert await client.hear(count) == [(TEXT, b"again")] * count

    run(main())


def test_a_shutdown_says_that_the_server_goes_away() -> None:
    async def main() -> None:
        async with serving(Echo) as server:
            client = await connect(server)
            ending = asyncio.create_task(server.server.__aexit__())
            assert await client.end() == [closed(1001)]
            client.sock.close()
            await ending

    run(main())


# --- raw ---


@asynccontextmanager
async def raw(**config: Any) -> AsyncIterator[Serving]:
    async with serving(Echo, raw=True, **config) as server:
        yield server


async def call(server: Serving, *, receive_buffer: int = 0) -> socket.socket:
    sock = await dial(server.port, receive_buffer=receive_buffer)
    server.callers.append(Caller(sock, Dialect.LINES))
    return sock


async def recv(sock: socket.socket) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await asyncio.get_running_loop().sock_recv(sock, 2048)


def test_raw_says_connected_and_then_sends_back_what_comes() -> None:
    async def main() -> None:
        async with raw() as server:
            sock = await call(server)
            assert await recv(sock) == b"Connected"
            for text in ("hello", "{}", "5", "GET / HTTP/1.1\r\n\r\n", "TW1", "\x16", "\x00\x1b[2J", "grüße 蛇"):
                await asyncio.get_running_loop().sock_sendall(sock, text.encode())
                assert await recv(sock) == text.encode()
            assert len(server.server._connections) == 1
            sock.close()
            await until(lambda: len(server.server._connections) == 0)

    run(main())


def test_raw_never_sends_half_a_character() -> None:
    async def main() -> None:
        async with raw() as server:
            sock = await call(server)
            await recv(sock)
            loop = asyncio.get_running_loop()
            for text in ("a蛇", "🐍", "é"):
                data = text.encode()
                for i in range(len(data)):
                    await loop.sock_sendall(sock, data[i : i + 1])
                    await asyncio.sleep(0.002)
                got = b""
                while len(got) < len(data):
                    piece = await recv(sock)
                    assert piece.decode(), "each piece is text by itself"
                    got += piece
                assert got == data
            await loop.sock_sendall(sock, b"\xe8\x9b")
            await loop.sock_sendall(sock, b"!")  # now it can be none
            assert await recv(sock) == "\ufffd!".encode()

    run(main())


def test_the_end_of_what_is_sent_is_a_clean_leave() -> None:
    async def main() -> None:
        async with raw() as server:
            sock = await call(server)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(sock, "all of it, and a half 蛇".encode()[:-1])
            sock.shutdown(socket.SHUT_WR)
            assert await read_all(sock) == "Connectedall of it, and a half \ufffd".encode()
            await until(lambda: len(server.server._connections) == 0)

    run(main())


def test_a_raw_client_that_does_not_read_is_not_read_from_either() -> None:
    async def main() -> None:
        async with raw() as server:
            sock = await call(server, receive_buffer=4096)
            await until(lambda: len(server.server._connections) == 1)
            (link,) = server.server._echo._links  # type: ignore[union-attr]
            block = bytes(range(32, 127)) * 700
            sent = await send_until_stuck(sock, block)
            assert link.waiting < 1_000_000
            whole, got = b"Connected" + block * sent, b""
            while len(got) < len(whole):
                got += await recv(sock)
            assert got.startswith(whole)

    run(main())


def test_a_raw_server_that_is_full_says_so_in_words() -> None:
    async def main() -> None:
        async with raw(max_connections=1) as server:
            await recv(await call(server))
            assert await read_all(await call(server)) == b"the server is full; try again later\n"

    run(main())


def test_a_shutdown_ends_raw_connections_too() -> None:
    async def main() -> None:
        async with raw() as server:
            sock = await call(server)
            await recv(sock)
            ending = asyncio.create_task(server.server.__aexit__())
            assert await recv(sock) == b""
            sock.close()
            await ending

    run(main())


# --- messages that are never whole, and answers that are never read ---


def test_a_message_that_is_not_whole_in_time_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_module, "MESSAGE_DEADLINE", 0.2)

    async def main() -> None:
        async with serving(Echo) as server:
            beginnings = [
                ws_frame(BINARY, bytes(1000), fin=False),  # fragments that never end
                ws_frame(BINARY, bytes(100_000))[:-1],  # a frame without its last byte
                ws_frame(TEXT, b"whole") + b"\x81",  # a header without its rest
            ]
            for data in beginnings:
                client = await connect(server)
                await client.send(data)
                assert status_at_the_end(await client.end()) == 1008
            # One that sends whole messages is let be, though it is there for longer than that.
            client = await connect(server)
            for count in range(1, 30):
                await client.send(ws_frame(TEXT, b"again"))
                await client.hear(count)
                await asyncio.sleep(0.01)

    run(main())


def test_unfinished_messages_are_bounded_in_all_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade_module, "MAX_HELD", 3_000_000)
    beginning = b"\x82\xff" + struct.pack(">Q", MAX_PLAIN_MESSAGE) + b"\0\0\0\0" + bytes(900_000)

    async def main() -> None:
        async with serving(Echo) as server:
            holdings = server.server._listener._front.upgrades._holdings
            clients = []
            for _ in range(6):
                clients.append(await connect(server))
                await clients[-1].send(beginning)
            for client in clients[:3]:
                assert status_at_the_end(await client.end()) == 1013
            assert 900_000 < holdings.total <= 3_000_000
            for client in clients:
                client.sock.close()
            await until(lambda: holdings.total == 0)

    run(main())


def test_who_takes_nothing_of_what_comes_back_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo_module, "STUCK", 0.2)
    monkeypatch.setattr(echo_module, "_LOOK", 0.05)

    async def main() -> None:
        async with serving(Echo) as server:
            client = await connect(server, receive_buffer=4096)
            await client.send(ws_frame(BINARY, bytes(1_000_000)))
            await until(lambda: len(server.server._connections) == 0, "it is closed")
            echo = server.server._echo
            assert echo is not None
            assert echo._waiting.total == 0

    run(main())


def test_who_takes_a_little_now_and_then_is_not_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo_module, "STUCK", 0.4)
    monkeypatch.setattr(echo_module, "_LOOK", 0.05)

    async def main() -> None:
        async with serving(Echo) as server:
            client = await connect(server, receive_buffer=4096)
            await client.send(ws_frame(BINARY, bytes(1_000_000)))
            started, loop = time.monotonic(), asyncio.get_running_loop()
            while time.monotonic() - started < 2:
                assert await loop.sock_recv(client.sock, 8192)
                await asyncio.sleep(0.05)

    run(main())


def test_answers_that_wait_are_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo_module, "MAX_WAITING", 3_000_000)
    monkeypatch.setattr(echo_module, "_LOOK", 0.05)

    async def main() -> None:
        async with serving(Echo) as server:
            for _ in range(6):
                client = await connect(server, receive_buffer=4096)
                await client.send(ws_frame(BINARY, bytes(1_000_000)))
            echo = server.server._echo
            assert echo is not None
            await until(lambda: len(server.server._connections) <= 3)
            assert echo._waiting.total <= 3_000_000

    run(main())
