from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
from helpers import PING, TEXT, Caller, dial, read_all, run, until, ws_frame, ws_request

from net.recorder import listening
from tickwire.net.http import Page
from tickwire.wire.framing import Dialect


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
