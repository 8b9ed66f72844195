from __future__ import annotations

import struct

import pytest
from helpers import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Caller,
    read_all,
    run,
    until,
    ws_frame,
    ws_request,
)

from net.recorder import listening
from tickwire.wire.framing import Dialect

BOTH = pytest.mark.parametrize("dialect", [Dialect.WS_JSON, Dialect.WS_MSGPACK])


def opcode(dialect: Dialect) -> int:
    return TEXT if dialect is Dialect.WS_JSON else BINARY


def answer(data: bytes, dialect: Dialect = Dialect.WS_JSON) -> tuple[list[bytes], list[str], Caller]:
    """Send frames and wait for the end: what messages were heard, which errors, and what the caller got."""

    async def main() -> tuple[list[bytes], list[str], Caller]:
        async with listening() as here:
            caller = await Caller.call(here.port, dialect)
            await caller.send(data + ws_frame(CLOSE, struct.pack(">H", 1000)))
            await caller.ended()
            caller.close()
            await until(lambda: here.heard.gone)
            return here.heard.messages, here.heard.codes, caller

    return run(main())


@BOTH
def test_a_message_of_one_frame_is_handed_out_whole(dialect: Dialect) -> None:
    messages, errors, _ = answer(ws_frame(opcode(dialect), b"one") + ws_frame(opcode(dialect), b"two"), dialect)
    assert messages == [b"one", b"two"]
    assert errors == []


@BOTH
def test_fragments_are_put_together(dialect: Dialect) -> None:
    frames = (
        ws_frame(opcode(dialect), b"fr", fin=False)
        + ws_frame(CONTINUATION, b"ag", fin=False)
        + ws_frame(CONTINUATION, b"", fin=False)
        + ws_frame(CONTINUATION, b"ments")
        + ws_frame(opcode(dialect), b"whole")
    )
    messages, errors, _ = answer(frames, dialect)
    assert messages == [b"fragments", b"whole"]
    assert errors == []


def test_an_empty_first_fragment_is_a_fragment() -> None:
    messages, errors, _ = answer(ws_frame(TEXT, b"", fin=False) + ws_frame(CONTINUATION, b"rest"))
    assert (messages, errors) == ([b"rest"], [])


def test_a_ping_between_fragments_is_answered_and_harms_nothing() -> None:
    frames = ws_frame(TEXT, b"be", fin=False) + ws_frame(PING, b"are you there") + ws_frame(CONTINUATION, b"tween")
    messages, errors, caller = answer(frames)
    assert (messages, errors) == ([b"between"], [])
    assert caller.pongs == [b"are you there"]


def test_a_character_split_between_fragments_is_text_all_the_same() -> None:
    snake = "蛇".encode()
    messages, errors, _ = answer(ws_frame(TEXT, snake[:1], fin=False) + ws_frame(CONTINUATION, snake[1:]))
    assert (messages, errors) == ([snake], [])


def test_an_unasked_pong_is_nothing() -> None:
    messages, errors, _ = answer(ws_frame(PONG, b"x") + ws_frame(TEXT, b"after"))
    assert (messages, errors) == ([b"after"], [])


@pytest.mark.parametrize(
    ("what", "frames", "dialect", "code"),
    [
        ("continuation of nothing", ws_frame(CONTINUATION, b"x"), Dialect.WS_JSON, "bad_framing"),
        (
            "a second beginning",
            ws_frame(TEXT, b"x", fin=False) + ws_frame(TEXT, b"y"),
            Dialect.WS_JSON,
            "bad_framing",
        ),
        ("text where binary was agreed on", ws_frame(TEXT, b"x"), Dialect.WS_MSGPACK, "bad_framing"),
        ("binary where text was agreed on", ws_frame(BINARY, b"x"), Dialect.WS_JSON, "bad_framing"),
        ("broken UTF-8", ws_frame(TEXT, b"\xff"), Dialect.WS_JSON, "bad_framing"),
        ("reserved bit 1", ws_frame(TEXT, b"x", reserved=4), Dialect.WS_JSON, "bad_framing"),
        ("reserved bit 2", ws_frame(TEXT, b"x", reserved=2), Dialect.WS_JSON, "bad_framing"),
        ("reserved bit 3", ws_frame(BINARY, b"x", reserved=1), Dialect.WS_MSGPACK, "bad_framing"),
        (
            "fragments too long together",
            ws_frame(TEXT, b"x" * 40_000, fin=False) + ws_frame(CONTINUATION, b"x" * 40_000),
            Dialect.WS_JSON,
            "too_long",
        ),
    ],
)
def test_frames_that_are_no_message_are_answered_with_bye_and_close(
    what: str, frames: bytes, dialect: Dialect, code: str
) -> None:
    messages, errors, caller = answer(frames + ws_frame(opcode(dialect), b"after"), dialect)
    assert messages == [], what
    assert errors == [code], what
    assert [getattr(m, "code", None) for m in caller.heard] == [code], what
    assert caller.close_frame is not None, what


@pytest.mark.parametrize(
    ("what", "frames", "status"),
    [
        ("a reserved opcode", ws_frame(3, b"x"), 1002),
        ("a reserved control opcode", ws_frame(11, b"x"), 1002),
        ("a frame that is not masked", b"\x81\x01x", 1002),
        ("a fragmented ping", ws_frame(PING, b"x", fin=False), 1002),
        ("a long ping", ws_frame(PING, b"x" * 126), 1002),
        ("a frame too long", ws_frame(TEXT, b"x" * 65_537), 1009),
    ],
)
def test_frames_that_the_rfc_forbids_are_answered_with_a_close_frame(what: str, frames: bytes, status: int) -> None:
    messages, errors, caller = answer(frames + ws_frame(TEXT, b"after"))
    assert (messages, errors, caller.heard) == ([], [], []), what
    assert caller.close_frame is not None, what
    assert struct.unpack(">H", caller.close_frame[:2]) == (status,), what


@BOTH
def test_the_longest_message_is_taken(dialect: Dialect) -> None:
    messages, errors, _ = answer(ws_frame(opcode(dialect), b"x" * 65_536), dialect)
    assert (messages, errors) == ([b"x" * 65_536], [])


def test_endless_empty_fragments_are_not_collected_for_ever() -> None:
    # 8,000 of them cost a client 48 kB.
    frames = ws_frame(TEXT, b"", fin=False) + ws_frame(CONTINUATION, b"", fin=False) * 8_000
    messages, errors, _ = answer(frames)
    assert messages == []
    assert errors, "nobody objected"


@BOTH
def test_a_close_frame_is_answered_with_one_and_an_end(dialect: Dialect) -> None:
    _, errors, caller = answer(b"", dialect)
    assert errors == []
    assert caller.close_frame == struct.pack(">H", 1000)


def test_the_server_ends_with_a_close_frame_behind_its_last_words() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port, Dialect.WS_JSON)
            await until(lambda: here.heard.open)
            link = here.heard.open[0]
            link.write(link.dialect.frame(b'{"type":"bye","code":"shutdown","message":"bye"}'))
            link.finish()
            assert await caller.bye() == "shutdown"
            assert caller.close_frame == struct.pack(">H", 1000)
            caller.close()
            await until(lambda: here.heard.gone)

    run(main())


def test_messages_behind_a_close_frame_are_not_heard() -> None:
    messages, errors, _ = answer(ws_frame(CLOSE) + ws_frame(TEXT, b"late"))
    assert (messages, errors) == ([], [])


def test_a_client_that_is_killed_is_told_once() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port, Dialect.WS_MSGPACK)
            await until(lambda: here.heard.open)
            caller.reset()
            await until(lambda: here.heard.gone)
            assert len(here.heard.gone) == 1

    run(main())


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
