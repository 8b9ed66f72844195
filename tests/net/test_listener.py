from __future__ import annotations

import asyncio
import json
import socket

import pytest
from helpers import Caller, dial, read_all, run, until, ws_request

from net.recorder import listening
from tickwire.net import front as front_module
from tickwire.net import listener as listener_module
from tickwire.wire.framing import Dialect, frame_header64, frame_native

HELLO = b'{"type":"hello","name":"ada"}'


async def answer_to(port: int, data: bytes) -> bytes:
    """What comes back for these bytes, until the server closes."""
    sock = await dial(port)
    try:
        await asyncio.get_running_loop().sock_sendall(sock, data)
        return await read_all(sock)
    finally:
        sock.close()


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (HELLO + b"\n", Dialect.LINES),
        (b"TW1" + frame_native(b"\x80"), Dialect.NATIVE),
        (frame_header64(HELLO), Dialect.HEADER64),
    ],
)
def test_the_first_byte_chooses_the_dialect(data: bytes, dialect: Dialect) -> None:
    async def main() -> None:
        async with listening() as here:
            sock = await dial(here.port)
            await asyncio.get_running_loop().sock_sendall(sock, data)
            await until(lambda: here.heard.messages)
            assert here.heard.open[0].dialect is dialect
            assert here.heard.messages in ([HELLO], [b"\x80"])
            sock.close()

    run(main())


@pytest.mark.parametrize(
    ("subprotocol", "dialect"),
    [
        ("tickwire.msgpack.v1", Dialect.WS_MSGPACK),
        ("tickwire.json.v1", Dialect.WS_JSON),
        ("soup, tickwire.msgpack.v1", Dialect.WS_MSGPACK),
        (None, Dialect.WS_JSON),
    ],
)
def test_a_get_of_ws_chooses_the_dialect_by_subprotocol(subprotocol: str | None, dialect: Dialect) -> None:
    async def main() -> None:
        async with listening() as here:
            sock = await dial(here.port)
            await asyncio.get_running_loop().sock_sendall(sock, ws_request(subprotocol=subprotocol))
            await until(lambda: here.heard.open)
            assert here.heard.open[0].dialect is dialect
            answer = await asyncio.get_running_loop().sock_recv(sock, 4096)
            assert answer.startswith(b"HTTP/1.1 101 ")
            # Who asked for none gets none named: RFC 6455 section 4.2.2.
            assert (b"Sec-WebSocket-Protocol" in answer) == (subprotocol is not None)
            sock.close()

    run(main())


def test_only_foreign_subprotocols_are_refused_with_400() -> None:
    async def main() -> None:
        async with listening() as here:
            answer = await answer_to(here.port, ws_request(subprotocol="soup.v1"))
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"tickwire.json.v1" in answer
            assert here.heard.messages == []

    run(main())


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01", b"hello\n", b"\x00", b"\xff", b"\n", b"tw1"])
def test_an_unknown_first_byte_is_told_how_to_start(data: bytes) -> None:
    async def main() -> None:
        async with listening() as here:
            line = await answer_to(here.port, data)
            assert line.endswith(b"\n")
            bye = json.loads(line)
            assert (bye["type"], bye["code"]) == ("bye", "unknown_dialect")
            assert '{"type":"hello"' in bye["message"]
            assert here.heard.open == []
            assert here.heard.gone == []

    run(main())


def test_native_that_does_not_begin_with_tw1_is_told_so() -> None:
    async def main() -> None:
        async with listening() as here:
            answer = await answer_to(here.port, b"TWO" + frame_native(b"\x80"))
            assert b"bad_framing" in answer
            assert here.heard.codes == ["bad_framing"]
            assert here.heard.messages == []

    run(main())


@pytest.mark.parametrize("dialect", list(Dialect))
def test_bytes_that_arrive_one_at_a_time_make_the_same_message(dialect: Dialect) -> None:
    async def main() -> None:
        async with listening() as here:
            caller = Caller(await dial(here.port), dialect)
            if dialect is Dialect.NATIVE:
                opening = b"TW1"
            elif dialect in (Dialect.LINES, Dialect.HEADER64):
                opening = b""
            else:
                opening = ws_request(subprotocol=dialect.label)
            for byte in opening + caller.framed(type="leave"):
                await caller.send(bytes([byte]))
                await asyncio.sleep(0)
            await until(lambda: here.heard.messages)
            assert len(here.heard.messages) == 1
            assert b"leave" in here.heard.messages[0]
            assert here.heard.open[0].dialect is dialect
            caller.close()

    run(main())


def test_the_first_byte_may_come_long_before_the_second() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = Caller(await dial(here.port), Dialect.LINES)
            await caller.send(b"{")
            await until(lambda: here.heard.open)  # the dialect is known by one byte
            await caller.send(HELLO[1:] + b"\n")
            await until(lambda: here.heard.messages)
            assert here.heard.messages == [HELLO]
            caller.close()

    run(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_listens_on_both_families(host: str) -> None:
    async def main() -> None:
        async with listening(host) as here:
            caller = await Caller.call(here.port, host=host)
            await caller.send(HELLO + b"\n")
            await until(lambda: here.heard.messages)
            assert here.addresses == [(host, here.port)]
            caller.close()

    run(main())


def test_localhost_is_listened_on_at_every_address_it_has_with_one_port() -> None:
    async def main() -> None:
        families = {f for f, *_ in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
        async with listening("localhost") as here:
            assert len(here.addresses) == len(families)
            assert {port for _, port in here.addresses} == {here.port}
            for host, port in here.addresses:
                caller = await Caller.call(port, host=host)
                await caller.send(HELLO + b"\n")
                await until(lambda: len(here.heard.open) == 1)
                caller.close()
                await until(lambda: not here.heard.open)

    run(main())


@pytest.mark.parametrize("host", ["", "0.0.0.0"])
def test_all_addresses_include_the_loopback(host: str) -> None:
    async def main() -> None:
        async with listening(host) as here:
            caller = await Caller.call(here.port)
            await caller.send(HELLO + b"\n")
            await until(lambda: here.heard.messages)
            caller.close()

    run(main())


def test_the_double_colon_lets_both_families_in() -> None:
    async def main() -> None:
        async with listening("::") as here:
            for host in ("127.0.0.1", "::1"):
                caller = await Caller.call(here.port, host=host)
                await caller.send(HELLO + b"\n")
                await until(lambda: here.heard.open)
                caller.close()
                await until(lambda: not here.heard.open)

    run(main())


def test_port_0_takes_a_free_one_and_says_which() -> None:
    async def main() -> None:
        async with listening() as one, listening() as other:
            assert one.port != other.port
            assert 0 < one.port < 65_536

    run(main())


def test_a_port_in_use_is_an_error_and_leaves_nothing_open() -> None:
    async def main() -> None:
        async with listening() as here:
            with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
                async with listening(port=here.port):
                    pass
            caller = await Caller.call(here.port)  # the first is unharmed
            await caller.send(HELLO + b"\n")
            await until(lambda: here.heard.messages)
            caller.close()

    run(main())


def test_a_silent_connection_is_told_and_closed_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "HELLO_DEADLINE", 0.05)

    async def main() -> None:
        async with listening() as here:
            sock = await dial(here.port)
            bye = json.loads(await read_all(sock))
            assert (bye["type"], bye["code"]) == ("bye", "no_hello")
            assert not here.listener._silent
            sock.close()

    run(main())


def test_half_a_request_is_closed_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "REQUEST_DEADLINE", 0.05)

    async def main() -> None:
        async with listening() as here:
            sock = await dial(here.port)
            await asyncio.get_running_loop().sock_sendall(sock, b"GET / HTT")
            assert (await read_all(sock)).startswith(b"HTTP/1.1 408 ")
            sock.close()

    run(main())


def test_a_connection_that_goes_away_unheard_leaves_nothing_behind() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await until(lambda: here.listener._silent)
            caller.close()
            await until(lambda: not here.listener._silent)
            another = await Caller.call(here.port)
            await until(lambda: here.listener._silent)
            another.reset()
            await until(lambda: not here.listener._silent)
            assert here.heard.open == []

    run(main())


def test_one_connection_too_many_is_told_that_the_server_is_full() -> None:
    async def main() -> None:
        async with listening(max_connections=2) as here:
            silent = await Caller.call(here.port)  # who says nothing takes a place as well
            talking = await Caller.call(here.port)
            await talking.send(HELLO + b"\n")
            await until(lambda: here.heard.open and here.listener._silent)
            third = await Caller.call(here.port)
            assert await third.bye() == "full"
            silent.close()
            await until(lambda: not here.listener._silent)
            fourth = await Caller.call(here.port)
            await fourth.send(HELLO + b"\n")
            await until(lambda: len(here.heard.open) == 2)
            for caller in (talking, third, fourth):
                caller.close()

    run(main())


def test_half_a_request_takes_a_place_too() -> None:
    async def main() -> None:
        async with listening(max_connections=1) as here:
            half = await Caller.call(here.port)
            await half.send(b"GET /ws HTTP/1.1\r\n")
            await until(lambda: not here.listener._silent and not here.listener._handing_over)
            second = await Caller.call(here.port)
            await second.send(HELLO + b"\n")
            assert await second.bye() == "full"
            half.close()
            second.close()

    run(main())


def test_many_at_once_are_all_let_in() -> None:
    async def main() -> None:
        async with listening(max_connections=200) as here:
            callers = await asyncio.gather(*(Caller.call(here.port) for _ in range(150)))
            for caller in callers:
                await caller.send(HELLO + b"\n")
            await until(lambda: len(here.heard.open) == 150)
            for caller in callers:
                caller.close()
            await until(lambda: not here.heard.open)

    run(main())


def test_when_it_stops_accepting_the_port_is_free_and_talks_go_on() -> None:
    async def main() -> None:
        async with listening() as here:
            talking = await Caller.call(here.port)
            await talking.send(HELLO + b"\n")
            silent = await Caller.call(here.port)
            await until(lambda: here.heard.open and here.listener._silent)
            here.listener.stop_accepting()
            assert await read_all(silent.sock) == b""
            with pytest.raises(ConnectionRefusedError):
                await dial(here.port)
            await talking.send(HELLO + b"\n")
            await until(lambda: len(here.heard.messages) == 2)
            async with listening(port=here.port):
                pass
            silent.close()
            talking.close()

    run(main())


def test_out_of_file_descriptors_is_a_pause_and_not_an_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Poor:
        """A listening socket of a process that has no file descriptors left, at first."""

        def __init__(self, sock: socket.socket) -> None:
            self.sock = sock
            self.refusals = 1

        def fileno(self) -> int:
            return self.sock.fileno()

        def accept(self) -> tuple[socket.socket, object]:
            if self.refusals:
                self.refusals -= 1
                raise OSError(24, "Too many open files")
            return self.sock.accept()

        def close(self) -> None:
            self.sock.close()

    monkeypatch.setattr(listener_module, "_OUT_OF_FILES", 0.01)

    async def main() -> None:
        async with listening() as here:
            loop, listening_sockets = asyncio.get_running_loop(), here.listener._listening
            loop.remove_reader(listening_sockets[0])
            listening_sockets[0] = Poor(listening_sockets[0])  # type: ignore[call-overload]
            loop.add_reader(listening_sockets[0], here.listener._accept, listening_sockets[0])
            caller = await Caller.call(here.port)
            await caller.send(HELLO + b"\n")
            await until(lambda: here.heard.messages)
            assert "ulimit -n" in caplog.text
            caller.close()

    run(main())
