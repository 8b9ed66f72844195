from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
from helpers import BINARY, PING, TEXT, Caller, dial, read_all, run, until, ws_frame, ws_request

from net.recorder import listening
from tickwire.net.http import Page
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import InputMessage


def test_a_frame_may_come_in_the_same_packet_as_the_upgrade() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(ws_request() + ws_frame(TEXT, b"eager"))
            await until(lambda: here.heard.messages)
            assert here.heard.messages == [b"eager"]
            caller.close()

    run(main())


@pytest.mark.parametrize(
    "request_text",
    [
        ws_request().replace(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8"),
        ws_request().replace(b"Upgrade: websocket\r\n", b""),
        ws_request().replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["version 8", "no upgrade", "no key", "a plain GET"],
)
def test_what_is_no_upgrade_is_refused_with_a_4xx(request_text: bytes) -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(request_text)
            answer = await read_all(caller.sock)
            assert answer.startswith(b"HTTP/1.1 4"), answer
            assert here.heard.open == []
            caller.close()

    run(main())


async def upgrade(port: int, request: bytes) -> tuple[bytes, Caller]:
    """The head of the answer to an upgrade."""
    caller = await Caller.call(port)
    await caller.send(request)
    head = b""
    while b"\r\n\r\n" not in head:
        head += await caller.receive()
    return head.partition(b"\r\n\r\n")[0], caller


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"),
        (b"Connection: Upgrade", b"Connection: keep-alive\r\nConnection: UPGRADE"),
        (b"Upgrade: websocket", b"Upgrade: h2c, WebSocket"),
        (b"GET /ws ", b"GET /ws?room=K7QX "),
        (b"GET /ws ", b"GET http://localhost/ws "),
        (b"Host: localhost", b"Host: localhost\r\nContent-Length: 0"),
        (b"Host: localhost", b"hOST: localhost\r\nCookie: a=b\r\n" + b"X: y\r\n" * 200 + b"Z: z"),
    ],
)
def test_an_upgrade_may_be_written_in_every_way_that_the_rfc_has(before: bytes, after: bytes) -> None:
    async def main() -> None:
        async with listening() as here:
            head, caller = await upgrade(here.port, ws_request().replace(before, after))
            assert head.startswith(b"HTTP/1.1 101 ")
            assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head  # RFC 6455, section 1.3
            await caller.send(ws_frame(TEXT, b"hello"))
            await until(lambda: here.heard.messages == [b"hello"])

    run(main())


def test_subprotocols_may_stand_on_several_lines() -> None:
    lines = b"Sec-WebSocket-Protocol: soup.v1\r\nSec-WebSocket-Protocol: nuts, tickwire.msgpack.v1"

    async def main() -> None:
        async with listening() as here:
            head, _ = await upgrade(here.port, ws_request(subprotocol="x").replace(b"Sec-WebSocket-Protocol: x", lines))
            assert head.startswith(b"HTTP/1.1 101 ")
            assert b"Sec-WebSocket-Protocol: tickwire.msgpack.v1" in head
            await until(lambda: here.heard.open)
            assert here.heard.open[0].dialect is Dialect.WS_MSGPACK

    run(main())


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8", b"426"),
        (b"Sec-WebSocket-Version: 13\r\n", b"", b"426"),
        (b"Upgrade: websocket\r\n", b"", b"426"),
        (b"Connection: Upgrade", b"Connection: keep-alive", b"426"),
        (b" HTTP/1.1", b" HTTP/1.0", b"426"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"dG9vIHNob3J0", b"400"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"not base64", b"400"),
    ],
)
def test_what_is_no_upgrade_is_told_what_would_be_one(before: bytes, after: bytes, status: bytes) -> None:
    async def main() -> None:
        async with listening() as here:
            head, _ = await upgrade(here.port, ws_request().replace(before, after))
            assert head.split()[1] == status
            if status == b"426":
                assert b"Sec-WebSocket-Version: 13" in head
                assert b"Upgrade: websocket" in head

    run(main())


def test_inputs_behind_the_upgrade_are_sieved_from_the_first_one_on() -> None:
    async def main() -> None:
        async with listening(sieved=True) as here:
            inputs = [encode(InputMessage(seq, "up"), Encoding.MSGPACK) for seq in range(1, 200)]
            frames = b"".join(ws_frame(BINARY, payload) for payload in inputs)
            await upgrade(here.port, ws_request(subprotocol="tickwire.msgpack.v1") + frames)
            await until(lambda: len(here.heard.tray or ()) == 2 * len(inputs))
            assert here.heard.all_messages() == inputs
            assert here.heard.sieved == len(inputs)

    run(main())


def test_the_answer_to_a_ping_in_the_same_packet_comes_behind_the_answer_to_the_upgrade() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(ws_request() + ws_frame(PING, b"eager"))
            got = b""
            while b"eager" not in got:
                got += await caller.receive()
            head, _, frames = got.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 ")
            assert frames == b"\x8a\x05eager"
            caller.close()

    run(main())


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_large_page_arrives_whole_at_a_slow_reader(loop: str) -> None:
    import uvloop

    page = Page("text/plain", b"0123456789" * 200_000)

    async def main() -> None:
        async with listening(pages={"/": page}) as here:
            sock = await dial(here.port, receive_buffer=4096)
            await asyncio.get_running_loop().sock_sendall(
                sock, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            head, _, body = (await read_all(sock)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert body == page.body
            sock.close()

    run(main(), loop=uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop)


def test_a_connection_that_is_gone_leaves_no_cycle_for_the_collector() -> None:
    async def main() -> None:
        async with listening() as here:
            gc.disable()
            try:
                caller = await Caller.call(here.port, Dialect.WS_JSON)
                await until(lambda: here.heard.open)
                protocol: Any = here.heard.open[0]._transport.get_protocol()
                listener = weakref.ref(protocol.listener)
                del protocol
                assert listener() is not None
                caller.close()
                await until(lambda: here.heard.gone)
                here.heard.gone.clear()
                await until(lambda: listener() is None, "the listener is freed without a collection")
            finally:
                gc.enable()

    run(main())
