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
    run,
    until,
    ws_frame,
)

from net.recorder import listening
from tickwire.net.connection import MAX_BACKLOG
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
        ("broken UTF-8", ws_frame(TEXT, b"\xff"), 1007),
        ("broken UTF-8 in the first fragment", ws_frame(TEXT, b"\xff", fin=False), 1007),
        ("a character that is not completed", ws_frame(TEXT, b"\xe8", fin=False) + ws_frame(CONTINUATION), 1007),
        ("half of a surrogate pair", ws_frame(TEXT, b"\xed\xa0", fin=False), 1007),
        ("a continuation of nothing", ws_frame(CONTINUATION, b"x"), 1002),
        ("a second beginning", ws_frame(TEXT, b"x", fin=False) + ws_frame(TEXT, b"y"), 1002),
        ("reserved bits", ws_frame(TEXT, b"x", reserved=7), 1002),
        ("a ping with reserved bits", ws_frame(PING, b"x", reserved=4), 1002),
        ("a close frame with reserved bits", ws_frame(CLOSE, b"", reserved=4), 1002),
        ("binary where text was agreed on", ws_frame(BINARY, b"x"), 1003),
        (
            "fragments too long together",
            (ws_frame(TEXT, b"x" * 65_536, fin=False) + ws_frame(CONTINUATION, b"x")),
            1009,
        ),
        ("a reserved opcode", ws_frame(3, b"x"), 1002),
        ("a reserved control opcode", ws_frame(11, b"x"), 1002),
        ("a frame that is not masked", b"\x81\x01x", 1002),
        ("a fragmented ping", ws_frame(PING, b"x", fin=False), 1002),
        ("a long ping", ws_frame(PING, b"x" * 126), 1002),
        ("a frame too long", ws_frame(TEXT, b"x" * 65_537), 1009),
    ],
)
def test_frames_that_the_rfc_forbids_are_answered_with_bye_and_its_status(
    what: str, frames: bytes, status: int
) -> None:
    code = "too_long" if status == 1009 else "bad_framing"
    # What was whole in front of them was heard, be it in the same packet.
    messages, errors, caller = answer(ws_frame(TEXT, b"before") + frames + ws_frame(TEXT, b"after"))
    assert (messages, errors) == ([b"before"], [code]), what
    assert [getattr(m, "code", None) for m in caller.heard] == [code], what
    assert caller.close_frame is not None, what
    assert struct.unpack(">H", caller.close_frame[:2]) == (status,), what
    assert 2 < len(caller.close_frame) <= 125, "a close frame says why, in no more than a control frame holds"


@pytest.mark.parametrize("status", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
@pytest.mark.parametrize("reason", [b"", "später".encode()])
def test_a_close_frame_is_answered_with_its_status(status: int, reason: bytes) -> None:
    _, errors, caller = answer(ws_frame(CLOSE, struct.pack(">H", status) + reason))
    assert errors == []
    assert caller.close_frame == struct.pack(">H", status)


def test_a_close_frame_without_a_status_is_answered_with_one_without() -> None:
    _, errors, caller = answer(ws_frame(CLOSE))
    assert errors == []
    assert caller.close_frame == b""


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (b"\x03", 1002),
        *((struct.pack(">H", n), 1002) for n in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)),
        (struct.pack(">H", 1000) + b"\xff", 1007),
        (struct.pack(">H", 1000) + b"x" * 124, 1002),
    ],
)
def test_a_close_frame_that_the_rfc_forbids_is_answered_with_a_status_that_says_so(payload: bytes, status: int) -> None:
    messages, errors, caller = answer(ws_frame(TEXT, b"before") + ws_frame(CLOSE, payload))
    assert (messages, errors) == ([b"before"], ["bad_framing"])
    assert caller.close_frame is not None
    assert struct.unpack(">H", caller.close_frame[:2]) == (status,)


def test_pings_of_a_peer_that_does_not_read_fill_no_memory() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port, Dialect.WS_JSON, receive_buffer=4096)
            await until(lambda: here.heard.open)
            link = here.heard.open[0]
            for _ in range(40):
                await caller.send(ws_frame(PING, b"x" * 125) * 400)  # 2 MB in all, each with its pong
            await caller.send(ws_frame(TEXT, b"and a message"))
            await until(lambda: here.heard.messages)
            assert link.blocked, "it never had to wait, so this test shows nothing"
            assert link.waiting < 2 * MAX_BACKLOG
            caller.reset()

    run(main())


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
