from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from helpers import Caller, dial, read_all, run, until

from net.recorder import Listening, listening
from tickwire.net.connection import Link
from tickwire.net.sieve import READ_SIZE
from tickwire.net.stream import TURN
from tickwire.wire.framing import Dialect

HELLO = b'{"type":"hello","name":"ada"}\n'
BLOCK = b"x" * 65_535 + b"\n"


async def meet(here: Listening, *, receive_buffer: int = 0) -> tuple[socket.socket, Link]:
    """A connection of lines: the caller's end and ours."""
    sock = await dial(here.port, receive_buffer=receive_buffer)
    await asyncio.get_running_loop().sock_sendall(sock, HELLO)
    await until(lambda: here.heard.messages)
    return sock, here.heard.open[-1]


def on_each_loop(test: Callable[[Callable[[], asyncio.AbstractEventLoop]], None]) -> Any:
    """uvloop is what the server runs on; a program of others may well use asyncio's own."""
    import uvloop

    return pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])(test)


@on_each_loop
def test_what_the_kernel_takes_only_in_part_arrives_whole_and_in_order(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here, receive_buffer=4096)
            parts = [bytes([65 + i]) * 50_000 for i in range(10)]
            for part in parts:
                link.write(part)
            assert link.waiting > 0
            link.finish()
            assert await read_all(sock) == b"".join(parts)
            sock.close()

    run(main(), loop=loop)


@on_each_loop
def test_a_link_says_when_bytes_wait_and_when_they_are_gone(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here, receive_buffer=4096)
            expected = b""
            while not link.blocked:
                assert link.waiting == 0
                link.write(BLOCK)
                expected += BLOCK
            assert link.waiting > 0
            assert here.heard.stalled == [link]
            link.write(b"behind\n")
            expected += b"behind\n"
            got = b""
            while len(got) < len(expected):
                got += await asyncio.get_running_loop().sock_recv(sock, 65_536)
            await until(lambda: not link.blocked)
            assert link.waiting == 0
            assert link.raw_send(b"again\n") == 6
            assert got + await asyncio.get_running_loop().sock_recv(sock, 100) == expected + b"again\n"
            sock.close()

    run(main(), loop=loop)


@on_each_loop
def test_the_rest_of_a_raw_send_goes_behind_what_the_kernel_took(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here, receive_buffer=4096)
            whole = b"".join(b"%07d\n" % i for i in range(100_000))
            sent = link.raw_send(whole)
            assert 0 < sent < len(whole)
            link.write_rest(whole[sent:])
            assert link.blocked
            link.write(b"end\n")
            link.finish()
            assert await read_all(sock) == whole + b"end\n"
            sock.close()

    run(main(), loop=loop)


@on_each_loop
def test_a_finished_link_is_heard_to_the_end_even_by_a_peer_that_keeps_sending(
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here)
            running = asyncio.get_running_loop()
            await running.sock_sendall(sock, HELLO * 100)
            link.write(b"last words\n")
            link.finish()
            await running.sock_sendall(sock, HELLO * 100)  # and on it talks
            assert await read_all(sock) == b"last words\n"
            sock.close()
            await until(lambda: here.heard.gone == [link])

    run(main(), loop=loop)


def test_nothing_is_heard_and_nothing_said_after_finish() -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here)
            before = len(here.heard.messages)
            link.write(b"last\n")
            link.finish()
            link.write(b"too late\n")
            link.finish()
            await asyncio.get_running_loop().sock_sendall(sock, HELLO)
            assert await read_all(sock) == b"last\n"
            sock.close()
            await until(lambda: here.heard.gone)
            assert len(here.heard.messages) == before

    run(main())


def test_a_peer_that_never_hangs_up_is_cut_off_after_the_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickwire.net.connection.LINGER", 0.02)

    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here)
            link.finish()
            await until(lambda: here.heard.gone == [link])
            sock.close()

    run(main())


def test_messages_in_one_packet_stop_at_the_one_that_ends_the_talk() -> None:
    async def main() -> None:
        async with listening() as here:
            here.heard.on_message = lambda link, payload: link.finish() if b"leave" in payload else None
            sock = await dial(here.port)
            await asyncio.get_running_loop().sock_sendall(sock, HELLO + b'{"type":"leave"}\n' + HELLO)
            assert await read_all(sock) == b""
            assert len(here.heard.messages) == 2
            sock.close()

    run(main())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{" + b"x" * 70_000, "too_long"),
        (b"{" + b"x" * 70_000 + b"\n", "too_long"),
        (b'{"\xff":1}\n', "bad_framing"),
        (b"TW1" + b"\x00\x01\x00\x01", "too_long"),
        (b"TW1" + b"\xff\xff\xff\xff", "too_long"),
        (b"TW2", "bad_framing"),
    ],
)
def test_bytes_that_are_no_message_are_answered_with_bye(data: bytes, code: str) -> None:
    async def main() -> None:
        async with listening() as here:
            dialect = Dialect.NATIVE if data.startswith(b"TW") else Dialect.LINES
            caller = Caller(await dial(here.port), dialect)
            await caller.send(data)
            assert await caller.bye() == code
            assert here.heard.codes == [code]
            assert here.heard.messages == []
            caller.close()

    run(main())


def test_the_longest_line_and_the_longest_native_message_are_taken() -> None:
    async def main() -> None:
        async with listening() as here:
            line = b"{" + b" " * 65_535
            sock = await dial(here.port)
            await asyncio.get_running_loop().sock_sendall(sock, line + b"\n")
            await until(lambda: here.heard.messages)
            native = await dial(here.port)
            await asyncio.get_running_loop().sock_sendall(native, b"TW1\x00\x01\x00\x00" + bytes(65_536))
            await until(lambda: len(here.heard.messages) == 2)
            assert here.heard.errors == []
            assert here.heard.messages[1] == bytes(65_536)
            sock.close()
            native.close()

    run(main())


def test_empty_lines_are_nothing() -> None:
    async def main() -> None:
        async with listening() as here:
            sock, _ = await meet(here)
            await asyncio.get_running_loop().sock_sendall(sock, b"\n\r\n  \n" + HELLO)
            await until(lambda: len(here.heard.messages) == 2)
            sock.close()

    run(main())


@pytest.mark.parametrize("end", ["close", "reset", "half"])
def test_every_end_of_a_connection_is_told_once(end: str) -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here)
            caller = Caller(sock, Dialect.LINES)
            match end:
                case "close":
                    caller.close()
                case "reset":
                    caller.reset()
                case "half":
                    sock.shutdown(socket.SHUT_WR)
            await until(lambda: here.heard.gone)
            assert here.heard.gone == [link]
            assert link.closing
            caller.close()

    run(main())


def test_sending_to_a_peer_that_reset_ends_the_link_without_an_error() -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here)
            Caller(sock, Dialect.LINES).reset()
            # Before the loop hears of the reset: the send itself fails.
            for _ in range(3):
                link.write(b"word\n")
            await until(lambda: here.heard.gone == [link])
            assert link.closing
            link.write(b"late\n")

    run(main())


def test_abort_closes_at_once_whatever_waits() -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here, receive_buffer=4096)
            while not link.blocked:
                link.write(BLOCK)
            link.abort()
            await until(lambda: here.heard.gone == [link])
            sock.close()

    run(main())


def test_accepted_sockets_send_small_writes_at_once_and_queue_little() -> None:
    async def main() -> None:
        async with listening() as here:
            sock, link = await meet(here)
            ours = link._transport.get_extra_info("socket")
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * 65_536
            sock.close()

    run(main())


@pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.NATIVE, Dialect.HEADER64, Dialect.WS_JSON])
def test_who_sends_much_at_once_waits_for_the_others_in_between(dialect: Dialect) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        rounds, heard = 0, Counter[int]()

        def go_round() -> None:
            nonlocal rounds
            rounds += 1
            loop.call_soon(go_round)

        async with listening(sieved=True) as here:
            here.heard.on_message = lambda link, payload: heard.update([rounds])
            caller = await Caller.call(here.port, dialect)
            loop.call_soon(go_round)
            many = [caller.framed(type="ping", sent=i) for i in range(5000)]
            await caller.send(b"".join(many))
            caller.sock.shutdown(socket.SHUT_WR)  # what came before the end is heard, too
            await until(lambda: here.heard.gone)
            assert here.heard.messages == [_payload(caller, i) for i in range(5000)]
            # In one round of the loop: the end of one turn and another; of a WebSocket, what is in a long read.
            most = READ_SIZE // len(many[0]) if dialect is Dialect.WS_JSON else TURN
            assert max(heard.values()) <= 2 * most

    run(main())


def _payload(caller: Caller, i: int) -> bytes:
    return caller._encode({"type": "ping", "sent": i})
