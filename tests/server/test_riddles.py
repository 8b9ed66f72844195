"""Clients that do something else than they mean: each hears what is the matter, and the log has it once."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket

import pytest
from helpers import Serving, Stage, dial, read_all, run, serving, until

from tickwire.games.chat import Chat
from tickwire.net import listener
from tickwire.server import gateway

HELLO = '{"type":"hello","name":"ada"}'


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tickwire")


@pytest.fixture(autouse=True)
def deadline(time_to_say_hello: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline for a hello as it is, since its words are tested here."""
    for module in (listener, gateway):
        monkeypatch.setattr(module, "HELLO_DEADLINE", 10.0)


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of refused clients."""
    return [r.getMessage() for r in caplog.records if " is refused: " in r.getMessage()]


async def talk(server: Serving, *pieces: bytes, hang_up: bool = True) -> bytes:
    """Send pieces one after the other, and give what is answered until the end."""
    sock = await dial(server.port)
    for piece in pieces:
        sock.send(piece)
        await asyncio.sleep(0.02)  # so that they come apart
    if hang_up:
        sock.shutdown(socket.SHUT_WR)
    return await read_all(sock)


async def after_the_deadline(server: Serving, sent: bytes) -> bytes:
    """What is answered when the time for a hello is over."""
    sock = await dial(server.port)
    sock.send(sent)
    await until(lambda: server.links and server.links[-1].missing())
    server.sweep_in(listener.HELLO_DEADLINE + 1)
    return await read_all(sock)


def test_a_hello_without_a_line_feed_is_told_that_it_lacks_one(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            bye = json.loads(await after_the_deadline(server, HELLO.encode()))
            assert (bye["type"], bye["code"]) == ("bye", "no_hello")
            assert bye["message"] == (
                f"no hello came within 10 s: {len(HELLO)} bytes came without the line feed that ends a message"
            )
        (line,) = refusals(caplog)
        assert re.fullmatch(r"\('127\.0\.0\.1', \d+\) is refused: " + re.escape(bye["message"]), line)

    run(main())


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"TW", "no hello came within 10 s: only 2 bytes of the greeting TW1 came"),
        (b"TW1\x00\x00", "no hello came within 10 s: only 2 of the 4 bytes of a header came"),
        (b"TW1\x00\x00\x00\x09abc", "no hello came within 10 s: only 3 of the 9 bytes of a message came"),
        (b"29" + b" " * 10, "no hello came within 10 s: only 12 of the 64 bytes of a header came"),
        (b"29".ljust(64) + HELLO[:9].encode(), "no hello came within 10 s: only 9 of the 29 bytes of a message came"),
    ],
)
def test_what_has_begun_and_is_not_whole_is_told_at_the_deadline(sent: bytes, words: str) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            assert words.encode() in await after_the_deadline(server, sent)

    run(main())


def test_json_over_several_lines_is_told_that_a_message_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            pretty = json.dumps(json.loads(HELLO), indent=2).encode() + b"\n"
            first, *_ = (await talk(server, pretty)).splitlines()
            error = json.loads(first)
            assert (error["type"], error["code"]) == ("error", "bad_message")
            assert error["message"].startswith("the message is not whole: a line must hold all of it")
        (line,) = refusals(caplog)
        assert "the message is not whole" in line

    run(main())


@pytest.mark.parametrize("pieces", [[3], [1, 1, 1], [20], [2, 30], [99]])
def test_a_byte_order_mark_in_front_is_passed_over(pieces: list[int]) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            sent = b"\xef\xbb\xbf" + HELLO.encode() + b"\n" + b'{"type":"leave"}\n'
            cut = [0]
            for piece in pieces:
                cut.append(cut[-1] + piece)
            parts = [sent[a:b] for a, b in zip(cut, [*cut[1:], None], strict=True)]
            messages = [json.loads(line) for line in (await talk(server, *filter(None, parts))).splitlines()]
            assert messages[0]["type"] == "welcome"
            assert messages[-1]["code"] == "left"

    run(main())


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (HELLO.encode("utf-16"), "this is UTF-16; send UTF-8, and start with"),
        (HELLO.encode("utf-16-be"), "is no beginning; start with"),
        (b"\xef\x01\x02\n", "text must be UTF-8"),
        (b" " + HELLO.encode() + b"\n", '\' {"type":"he\' is no beginning; start with'),
        (b"hello\n", "'hello\\n' is no beginning; start with"),
        (b"\x16\x03\x01\x02\x00", "this port speaks no TLS; connect without it"),
    ],
)
def test_another_beginning_is_told_what_it_was(sent: bytes, words: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            bye = json.loads(await talk(server, sent))
            assert (bye["type"], bye["code"]) == ("bye", "unknown_dialect")
            assert words in bye["message"]
        (line,) = refusals(caplog)
        assert bye["message"] in line

    run(main())


@pytest.mark.parametrize("width", [4, 5, 8, 10, 16, 32, 63])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("header", ["{:<{}}", "{:0{}}"], ids=["blanks", "zeros"])
def test_a_header_of_another_length_is_answered_in_its_own_framing(width: int, apart: bool, header: str) -> None:
    async def main() -> None:
        async with serving(Stage, Chat) as server:
            head = header.format(len(HELLO), width).encode()
            pieces = [head, HELLO.encode()] if apart else [head + HELLO.encode()]
            answer = await talk(server, *pieces, hang_up=False)
            # As such a client reads it.
            length = int(answer[:width])
            words = answer[width:].decode()
            assert length == len(answer) - width
            assert words == (
                f"a header is 64 bytes here, the length of a message in digits and then blanks; yours has {width}"
            )

    run(main())


@pytest.mark.parametrize("sent", [b"5x", b"5  hello", b"5 6"])
def test_a_header_that_tells_no_other_length_is_answered_in_ours(sent: bytes) -> None:
    async def main() -> None:
        async with serving(Stage, Chat) as server:
            answer = await talk(server, sent, hang_up=False)
            assert int(answer[:64]) == len(answer) - 64
            assert json.loads(answer[64:])["code"] == "bad_framing"

    run(main())


def test_lengths_that_are_none_are_told_what_they_look_like() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            assert b"JSON goes on lines" in await talk(server, b"TW1" + HELLO.encode() + b"\n", hang_up=False)
            assert b"a length is big-endian" in await talk(server, b"TW1\x1d\x00\x00\x00abc", hang_up=False)

    run(main())


def test_a_refused_client_is_in_the_log_once_whatever_it_goes_on_sending(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            wrong = [b'{"type":"hello","name":""}\n', b'{"type":"input"}\n', b"{}\n", b"{\xff}\n", b"{\n"] * 3
            answers = (await talk(server, *wrong)).splitlines()
            assert json.loads(answers[-1])["code"] == "bad_framing"
            assert len(answers) == 4
        (line,) = refusals(caplog)
        assert "a name has at least one character" in line

    run(main())


def test_a_flood_and_a_full_server_are_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage, max_connections=1) as server:
            ada = await server.join("ada")
            late = await server.call()
            assert await late.bye() == "full"
            assert "the server is full" in refusals(caplog).pop()
            server.links[0].owner.meter.messages = -1e6
            await ada.say(type="ping", sent=1)
            assert await ada.bye() == "flood"
        flooded = [line for line in refusals(caplog) if "messages a second" in line]
        assert len(flooded) == 1

    run(main())


def test_a_player_whose_input_is_not_taken_is_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada")
            await ada.say(type="input", seq=1, input={"type": "nothing"})
            await ada.say(type="leave")
            assert await ada.bye() == "left"
        assert refusals(caplog) == []

    run(main())
