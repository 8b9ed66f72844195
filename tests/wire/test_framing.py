from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.wire.codec import MAX_MESSAGE, Encoding
from tickwire.wire.framing import (
    NATIVE_GREETING,
    Dialect,
    Header64Reader,
    LineReader,
    NativeReader,
    RawReader,
    frame_header64,
    frame_line,
    frame_native,
    frame_ws_binary,
    frame_ws_close,
    frame_ws_pong,
    frame_ws_text,
)

json_lines = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=40).map(str.encode)
payloads = st.binary(max_size=40)


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted(c % (len(data) + 1) for c in cuts)
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


def _read(reader: LineReader | NativeReader | Header64Reader, pieces: list[bytes]) -> tuple[list[bytes], object]:
    """What a reader makes of the pieces: the messages, and the code it broke off with."""
    messages: list[bytes] = []
    for piece in pieces:
        try:
            # One by one, so that what came before a fault counts if the reader hands it out.
            for message in reader.feed(piece):
                messages.append(message)
        except RemoteProtocolError as error:
            return messages, error.code
    return messages, None


# --- lines ---


@given(st.lists(json_lines), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=200, deadline=None)
def test_lines_come_out_the_same_however_the_bytes_are_split(lines: list[bytes], cuts: list[int]) -> None:
    lines = [b"{}", *lines]  # what the very first byte may be is another test's
    data = b"".join(map(frame_line, lines))
    expected = [stripped for line in lines if (stripped := line.strip(b" \t\r"))]
    assert _read(LineReader(), _pieces(data, cuts)) == (expected, None)


@given(st.lists(json_lines, max_size=3))
@settings(max_examples=50, deadline=None)
def test_lines_come_out_the_same_when_fed_byte_by_byte(lines: list[bytes]) -> None:
    data = b"".join(map(frame_line, lines))
    whole, single = LineReader(), LineReader()
    assert _read(whole, [data]) == _read(single, [data[i : i + 1] for i in range(len(data))])


def test_a_line_is_handed_out_only_when_its_end_has_come() -> None:
    reader = LineReader()
    assert list(reader.feed(b'{"a":')) == []
    assert list(reader.feed(b"1}")) == []
    assert list(reader.feed(b'\n{"b"')) == [b'{"a":1}']
    assert list(reader.feed(b":2}\n")) == [b'{"b":2}']


def test_empty_lines_and_carriage_returns_are_dropped() -> None:
    assert list(LineReader().feed(b"\n\r\n  \n{}\r\n\t{} \n")) == [b"{}", b"{}"]


def test_a_character_may_be_split_between_two_pieces() -> None:
    snake = "🐍".encode()
    reader = LineReader()
    assert list(reader.feed(snake[:2])) == []
    assert list(reader.feed(snake[2:] + b"\n")) == [snake]


def test_a_line_may_be_as_long_as_the_limit() -> None:
    line = b"x" * MAX_MESSAGE
    assert list(LineReader().feed(line + b"\n")) == [line]
    reader = LineReader()
    assert list(reader.feed(line)) == []
    assert list(reader.feed(b"\n")) == [line]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"x" * (MAX_MESSAGE + 1)],
        [b"x" * (MAX_MESSAGE + 1) + b"\n"],
        [b"x" * MAX_MESSAGE, b"x"],
        [b"{}\n" + b"x" * (MAX_MESSAGE + 1)],
        [b"{}\n", b"x" * MAX_MESSAGE, b"x\n"],
    ],
)
def test_a_line_longer_than_the_limit_ends_the_connection_before_its_end_has_come(pieces: list[bytes]) -> None:
    assert _read(LineReader(), pieces)[1] is CloseCode.TOO_LONG


def test_a_line_that_is_not_utf_8_ends_the_connection() -> None:
    assert _read(LineReader(), [b"\xff\n"])[1] is CloseCode.BAD_FRAMING
    assert _read(LineReader(), [b'{"a":"\xed\xa0\x80"}\n'])[1] is CloseCode.BAD_FRAMING


@given(st.lists(st.binary(max_size=60), max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_a_line_reader_raise_anything_but_a_protocol_error(pieces: list[bytes]) -> None:
    reader = LineReader(limit=50)
    for message in _read(reader, pieces)[0]:
        assert message.decode()  # UTF-8, and not empty
        assert len(message) <= 50
        assert b"\n" not in message


# --- native ---


@given(st.lists(payloads), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=200, deadline=None)
def test_native_messages_come_out_the_same_however_the_bytes_are_split(messages: list[bytes], cuts: list[int]) -> None:
    data = NATIVE_GREETING + b"".join(map(frame_native, messages))
    assert _read(NativeReader(), _pieces(data, cuts)) == (messages, None)


@given(st.lists(payloads, max_size=3))
@settings(max_examples=50, deadline=None)
def test_native_messages_come_out_the_same_when_fed_byte_by_byte(messages: list[bytes]) -> None:
    data = NATIVE_GREETING + b"".join(map(frame_native, messages))
    assert _read(NativeReader(), [data[i : i + 1] for i in range(len(data))]) == (messages, None)


def test_a_server_sends_no_greeting() -> None:
    assert list(NativeReader(greeting=b"").feed(frame_native(b"abc"))) == [b"abc"]


def test_the_length_of_a_native_message_is_four_bytes_big_endian() -> None:
    assert frame_native(b"x" * 258) == b"\x00\x00\x01\x02" + b"x" * 258


@pytest.mark.parametrize("pieces", [[b"TW2"], [b"T", b"x"], [b"TX"], [b"GET / HTTP/1.1"], [b"\x00"], [b"TW", b"\x00"]])
def test_a_wrong_greeting_ends_the_connection_at_its_first_wrong_byte(pieces: list[bytes]) -> None:
    assert _read(NativeReader(), pieces) == ([], CloseCode.BAD_FRAMING)


def test_half_a_greeting_is_waited_for() -> None:
    reader = NativeReader()
    assert list(reader.feed(b"T")) == []
    assert list(reader.feed(b"W")) == []
    assert list(reader.feed(b"1" + frame_native(b"abc"))) == [b"abc"]


def test_a_native_message_may_be_as_long_as_the_limit() -> None:
    message = b"x" * MAX_MESSAGE
    assert list(NativeReader().feed(NATIVE_GREETING + frame_native(message))) == [message]


@pytest.mark.parametrize("length", [MAX_MESSAGE + 1, 2**31, 2**32 - 1])
def test_a_length_over_the_limit_ends_the_connection_before_a_byte_of_the_message_has_come(length: int) -> None:
    assert _read(NativeReader(), [NATIVE_GREETING + struct.pack(">I", length)]) == ([], CloseCode.TOO_LONG)


@given(st.lists(st.binary(max_size=60), max_size=6), st.sampled_from([b"", NATIVE_GREETING]))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_a_native_reader_raise_anything_but_a_protocol_error(pieces: list[bytes], start: bytes) -> None:
    messages, code = _read(NativeReader(limit=50), [start, *pieces])
    assert all(len(m) <= 50 for m in messages)
    assert code in (None, CloseCode.BAD_FRAMING, CloseCode.TOO_LONG)


# --- what came before the fault ---


@pytest.mark.parametrize("cut", [False, True])
def test_lines_before_a_broken_one_are_handed_out_however_the_bytes_are_split(cut: bool) -> None:
    good, bad = b'{"type":"leave"}\n', b"\xff\n"
    pieces = [good, bad] if cut else [good + bad]
    assert _read(LineReader(), pieces) == ([good.strip()], CloseCode.BAD_FRAMING)


@pytest.mark.parametrize("cut", [False, True])
def test_native_messages_before_a_broken_one_are_handed_out_however_the_bytes_are_split(cut: bool) -> None:
    good, bad = NATIVE_GREETING + frame_native(b"\x81\xa4type\xa5leave"), b"\xff" * 4
    pieces = [good, bad] if cut else [good + bad]
    assert _read(NativeReader(), pieces) == ([b"\x81\xa4type\xa5leave"], CloseCode.TOO_LONG)


# --- WebSocket ---


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, "00"),
        (1, "01"),
        (125, "7d"),
        (126, "7e 007e"),
        (65_535, "7e ffff"),
        (65_536, "7f 0000000000010000"),
    ],
)
def test_a_websocket_header_has_the_shortest_form_of_its_length(length: int, header: str) -> None:
    payload = b"x" * length
    assert frame_ws_text(payload) == bytes.fromhex("81" + header) + payload
    assert frame_ws_binary(payload) == bytes.fromhex("82" + header) + payload


def test_a_close_frame_holds_its_status_and_a_reason() -> None:
    assert frame_ws_close(1002) == bytes.fromhex("8802 03ea")
    assert frame_ws_close(1000, b"bye") == bytes.fromhex("8805 03e8") + b"bye"


def test_a_pong_holds_what_the_ping_did() -> None:
    assert frame_ws_pong(b"") == b"\x8a\x00"
    assert frame_ws_pong(b"x" * 125) == b"\x8a\x7d" + b"x" * 125


# --- header64 ---

texts = st.text(st.characters(codec="utf-8"), max_size=80).map(str.encode)


@given(st.lists(texts), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=200, deadline=None)
def test_header64_messages_come_out_the_same_however_the_bytes_are_split(sent: list[bytes], cuts: list[int]) -> None:
    data = b"".join(map(frame_header64, sent))
    assert _read(Header64Reader(), _pieces(data, cuts)) == (sent, None)
    assert _read(Header64Reader(), [data[i : i + 1] for i in range(len(data))]) == (sent, None)


def test_a_header_is_64_bytes_of_digits_and_blanks() -> None:
    assert frame_header64("蛇".encode()) == b"3" + b" " * 63 + "蛇".encode()
    assert frame_header64(b"x" * MAX_MESSAGE).startswith(b"65536" + b" " * 59 + b"x")


@pytest.mark.parametrize("header", [b"2".ljust(64), b"2".rjust(64), b"2".zfill(64), b"2".center(64), b"002".ljust(64)])
def test_a_number_may_stand_where_python_would_find_it(header: bytes) -> None:
    assert _read(Header64Reader(), [header + b"hi"]) == ([b"hi"], None)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"five".ljust(64), CloseCode.BAD_FRAMING),
        (b"-5".ljust(64), CloseCode.BAD_FRAMING),
        (b"+5".ljust(64), CloseCode.BAD_FRAMING),
        (b"5.0".ljust(64), CloseCode.BAD_FRAMING),
        (b"1_000".ljust(64), CloseCode.BAD_FRAMING),
        (b"5 5".ljust(64), CloseCode.BAD_FRAMING),
        (b"5\t".ljust(64), CloseCode.BAD_FRAMING),
        (b"5".ljust(64, b"\0"), CloseCode.BAD_FRAMING),
        ("٥".encode().ljust(64), CloseCode.BAD_FRAMING),
        (b" " * 64, CloseCode.BAD_FRAMING),
        (b"5\n", CloseCode.BAD_FRAMING),  # told at once: 64 bytes of this never come
        (b"hello", CloseCode.BAD_FRAMING),
        (b"65537".ljust(64), CloseCode.TOO_LONG),
        (b"9" * 64, CloseCode.TOO_LONG),
        (b"2".ljust(64) + b"\xff\xfe", CloseCode.BAD_FRAMING),
    ],
)
def test_a_header_that_is_none_is_refused_and_what_came_before_it_counts(data: bytes, code: CloseCode) -> None:
    before = frame_header64(b"before")
    assert _read(Header64Reader(), [before + data]) == ([b"before"], code)
    assert _read(Header64Reader(), [before, *(data[i : i + 1] for i in range(len(data)))]) == ([b"before"], code)


def test_the_longest_header64_message_is_taken() -> None:
    assert _read(Header64Reader(), [frame_header64(b"x" * MAX_MESSAGE)]) == ([b"x" * MAX_MESSAGE], None)


# --- raw ---


@given(st.text(st.characters(codec="utf-8")), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=200, deadline=None)
def test_raw_text_is_handed_out_in_whole_characters(sent: str, cuts: list[int]) -> None:
    reader = RawReader()
    pieces = [piece for data in _pieces(sent.encode(), cuts) for piece in reader.feed(data)]
    assert all(piece.decode() for piece in pieces)  # each by itself, and none empty
    assert b"".join(pieces) + reader.end() == sent.encode()


def test_nothing_that_is_whole_is_held_back() -> None:
    reader = RawReader()
    assert list(reader.feed("a蛇".encode()[:3])) == [b"a"]
    assert list(reader.feed("蛇".encode()[2:] + b"b")) == ["蛇b".encode()]
    assert reader.end() == b""


@given(st.lists(st.binary(max_size=8)))
@settings(max_examples=200, deadline=None)
def test_raw_bytes_that_are_no_text_become_replacement_characters(pieces: list[bytes]) -> None:
    reader = RawReader()
    read = b"".join(text for piece in pieces for text in reader.feed(piece)) + reader.end()
    assert read.decode() == b"".join(pieces).decode(errors="replace")


# --- dialects ---


def test_every_dialect_has_the_encoding_and_the_framing_of_the_document() -> None:
    assert {d.label: (d.encoding, d.frame(b"{}")) for d in Dialect} == {
        "lines": (Encoding.JSON, b"{}\n"),
        "native": (Encoding.MSGPACK, b"\x00\x00\x00\x02{}"),
        "header64": (Encoding.JSON, b"2" + b" " * 63 + b"{}"),
        "tickwire.msgpack.v1": (Encoding.MSGPACK, b"\x82\x02{}"),
        "tickwire.json.v1": (Encoding.JSON, b"\x81\x02{}"),
    }


def test_a_dialect_is_a_key_like_any_other() -> None:
    assert {d: d.label for d in Dialect}[Dialect.NATIVE] == "native"
