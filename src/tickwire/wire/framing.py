"""Where a message begins and ends, for each dialect.

This file does not know what a message says. Each reader is fed bytes as they come, split anywhere, and hands out
whole messages; each `frame_*` function is the inverse, and makes bytes that are ready for the socket.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable, Iterator
from enum import Enum

from tickwire.accelerator import accelerated
from tickwire.errors import CloseCode, OtherHeader, RemoteProtocolError
from tickwire.wire.codec import MAX_MESSAGE, Encoding

NATIVE_GREETING = b"TW1"
_NATIVE_HEADER = struct.Struct(">I")

HEADER64 = 64  # bytes of header64's header
_HEADER_SO_FAR = re.compile(rb" *[0-9]* *")  # what any beginning of a header looks like
_HEADER = re.compile(rb"[0-9]+ *")  # a header of any length, in front of a message of text

LEAST_HEADER = 4  # bytes that a header of another length has: less is more likely a slip of a human finger
BYTE_ORDER_MARK = codecs.BOM_UTF8

WS_TEXT = 0x81  # first byte of a WebSocket frame: final, text
WS_BINARY = 0x82  # final, binary
WS_CLOSE = 0x88
WS_PING = 0x89
WS_PONG = 0x8A
_SHORT_BINARY = [bytes((WS_BINARY, length)) for length in range(126)]  # the headers of nearly all that is sent


def frame_line(payload: bytes) -> bytes:
    """One JSON message as one line."""
    return payload + b"\n"


@accelerated
def frame_native(payload: bytes) -> bytes:
    """One message behind its length."""
    return _NATIVE_HEADER.pack(len(payload)) + payload


def frame_header64(payload: bytes) -> bytes:
    """One message behind its length in decimal digits, with blanks up to 64 bytes."""
    return b"%-64d" % len(payload) + payload


@accelerated
def frame_ws_text(payload: bytes) -> bytes:
    """One unmasked WebSocket text frame, as a server sends it."""
    return _ws_header(WS_TEXT, len(payload)) + payload


@accelerated
def frame_ws_binary(payload: bytes) -> bytes:
    """One unmasked WebSocket binary frame, as a server sends it."""
    length = len(payload)
    return (_SHORT_BINARY[length] if length < 126 else _ws_header(WS_BINARY, length)) + payload


def frame_ws_close(status: int, reason: bytes = b"") -> bytes:
    """One unmasked WebSocket close frame; `status` is one of RFC 6455, section 7.4."""
    return _ws_header(WS_CLOSE, 2 + len(reason)) + struct.pack(">H", status) + reason


def frame_ws_ping(payload: bytes) -> bytes:
    """One unmasked WebSocket ping, with at most 125 bytes that its pong brings back."""
    return _ws_header(WS_PING, len(payload)) + payload


def frame_ws_pong(payload: bytes) -> bytes:
    """One unmasked WebSocket pong, with at most the 125 bytes of the ping that it answers."""
    return _ws_header(WS_PONG, len(payload)) + payload


def _ws_header(first: int, length: int) -> bytes:
    """RFC 6455, section 5.2."""
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return struct.pack(">BBH", first, 126, length)
    return struct.pack(">BBQ", first, 127, length)


class Dialect(Enum):
    """One way of putting messages into bytes: an encoding and a framing."""

    LINES = ("lines", Encoding.JSON, frame_line)
    NATIVE = ("native", Encoding.MSGPACK, frame_native)
    HEADER64 = ("header64", Encoding.JSON, frame_header64)
    WS_MSGPACK = ("tickwire.msgpack.v1", Encoding.MSGPACK, frame_ws_binary)
    WS_JSON = ("tickwire.json.v1", Encoding.JSON, frame_ws_text)

    def __init__(self, label: str, encoding: Encoding, frame: Callable[[bytes], bytes]) -> None:
        self.label = label
        self.encoding = encoding
        self.frame = frame
        self.websocket = frame in (frame_ws_binary, frame_ws_text)

    # Members are singletons; the default hash goes through Python code on every dictionary look-up.
    __hash__ = object.__hash__


class LineReader:
    """Bytes to JSON lines. Empty lines are dropped, so that a person may press Enter."""

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._begun = False

    def missing(self) -> str:
        """What is waited for, in words; empty if nothing has begun."""
        return f"{len(self._buffer)} bytes came without the line feed that ends a message" if self._buffer else ""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes; take all of them. Those before a broken one come before its error.

        Raises:
            RemoteProtocolError: a line is longer than the limit, or is not UTF-8.
        """
        if not self._begun and data:
            data = self._begin(data)
        *ends, rest = data.split(b"\n")
        if not ends:
            self._buffer += rest
            self._check(len(self._buffer))
            return
        ends[0] = bytes(self._buffer) + ends[0]
        self._buffer = bytearray(rest)
        for line in ends:
            self._check(len(line))
            if line := line.strip(b" \t\r"):
                yield _utf8(line, "a line")
        self._check(len(rest))

    def _begin(self, data: bytes) -> bytes:
        """Take a byte order mark off the front; some systems write one before any text."""
        data = bytes(self._buffer) + data
        self._buffer.clear()
        self._begun = len(data) >= len(BYTE_ORDER_MARK) or not BYTE_ORDER_MARK.startswith(data)
        if not self._begun:
            self._buffer += data
            return b""
        if data[0] == BYTE_ORDER_MARK[0] and not data.startswith(BYTE_ORDER_MARK):
            raise RemoteProtocolError(CloseCode.UNKNOWN_DIALECT, "text must be UTF-8; a line begins with {")
        return data.removeprefix(BYTE_ORDER_MARK)

    def _check(self, length: int) -> None:
        if length > self._limit:
            raise RemoteProtocolError(CloseCode.TOO_LONG, f"a line is at most {self._limit} bytes long")


class NativeReader:
    """Bytes to MessagePack messages, each behind its length.

    Args:
        greeting: the bytes that come once before the first message; a server sends none.
    """

    def __init__(self, greeting: bytes = NATIVE_GREETING, limit: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        self._greeting = greeting
        self._limit = limit

    def missing(self) -> str:
        """What is waited for, in words; empty if nothing has begun."""
        if not self._buffer:
            return "only the greeting came" if not self._greeting else ""
        if self._greeting:
            return f"only {len(self._buffer)} bytes of the greeting {self._greeting.decode()} came"
        return _part_of(self._buffer, 4, lambda: _NATIVE_HEADER.unpack_from(self._buffer)[0])

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes; take all of them. Those before a broken one come before its error.

        Raises:
            RemoteProtocolError: the greeting is wrong, or a length is over the limit.
        """
        self._buffer += data
        if self._greeting and not self._take_greeting():
            return
        start = 0
        while len(self._buffer) - start >= 4:
            (length,) = _NATIVE_HEADER.unpack_from(self._buffer, start)
            if length > self._limit:
                raise RemoteProtocolError(
                    CloseCode.TOO_LONG, _too_long(bytes(self._buffer[start : start + 4]), self._limit)
                )
            end = start + 4 + length
            if len(self._buffer) < end:
                break
            yield bytes(self._buffer[start + 4 : end])
            start = end
        del self._buffer[:start]

    def _take_greeting(self) -> bool:
        """Whether the greeting is all there; it is taken off then."""
        seen = bytes(self._buffer[: len(self._greeting)])
        if not self._greeting.startswith(seen):
            raise RemoteProtocolError(
                CloseCode.BAD_FRAMING, f"a native client starts with {self._greeting.decode()}, not {seen!r}"
            )
        if len(seen) < len(self._greeting):
            return False
        del self._buffer[: len(self._greeting)]
        self._greeting = b""
        return True


class Header64Reader:
    """Bytes to messages of text, each behind a header of 64 bytes: its length in decimal digits, and blanks.

    It is how a well-known tutorial on sockets frames its messages; there header and message are sent one after the
    other, so they come together or apart. Python's `int` takes blanks on either side of a number, and so does this.
    """

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._begun = False  # a message came

    def missing(self) -> str:
        """What is waited for, in words; empty if nothing has begun."""
        return _part_of(self._buffer, HEADER64, lambda: int(self._buffer[:HEADER64])) if self._buffer else ""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes; take all of them. Those before a broken one come before its error.

        A header that can become none is refused as soon as that shows, so that nobody waits for 64 bytes in vain.

        Raises:
            OtherHeader: the first header has another length, as far as can be told.
            RemoteProtocolError: a header is no number, or one over the limit; a message is not UTF-8.
        """
        self._buffer += data
        start = 0
        while (length := self._length(start)) is not None:
            end = start + HEADER64 + length
            if len(self._buffer) < end:
                break
            yield _utf8(bytes(self._buffer[start + HEADER64 : end]), "a message")
            start, self._begun = end, True
        del self._buffer[:start]

    def _length(self, start: int) -> int | None:
        """The number in the header that begins at `start`, if it is all there."""
        header = bytes(self._buffer[start : start + HEADER64])
        whole = len(header) == HEADER64
        if not _HEADER_SO_FAR.fullmatch(header) or (whole and header.isspace()):
            if not self._begun and (other := _HEADER.match(header)) and other.end() >= LEAST_HEADER:
                raise OtherHeader(other.end(), HEADER64)
            raise RemoteProtocolError(
                CloseCode.BAD_FRAMING,
                f"a header is {HEADER64} bytes: the length of the message in digits, then blanks; not {header[:20]!r}",
            )
        if not whole:
            return None
        length = int(header)
        if length > self._limit:
            raise RemoteProtocolError(CloseCode.TOO_LONG, f"a message is at most {self._limit} bytes long")
        return length


class RawReader:
    """Bytes to text as it comes, without frames: each piece is what there is of it, in whole characters.

    What is not UTF-8 becomes U+FFFD, as a browser shows it: there is no message to refuse here.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def missing(self) -> str:
        """Nothing: there are no messages here that could be whole or not."""
        return ""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The characters that `data` completes; a part of one is kept until the rest comes."""
        if text := self._decoder.decode(data):
            yield text.encode()

    def end(self) -> bytes:
        """What is left when the stream ends: a replacement for a character that was never completed."""
        return self._decoder.decode(b"", final=True).encode()


def _part_of(buffer: bytearray, header: int, length: Callable[[], int]) -> str:
    """How much of a message behind a header came; there is some."""
    if len(buffer) < header:
        return f"only {len(buffer)} of the {header} bytes of a header came"
    return f"only {len(buffer) - header} of the {length()} bytes of a message came"


def _too_long(header: bytes, limit: int) -> str:
    """What to say of a length that is over the limit: it may well be no length, or written the other way around."""
    if header[:1] == b"{":
        return f"behind {NATIVE_GREETING.decode()} come lengths and MessagePack; JSON goes on lines, without a greeting"
    words = f"a message is at most {limit} bytes long, not {int.from_bytes(header, 'big')}"
    return words + "; a length is big-endian" * (int.from_bytes(header, "little") <= limit)


def _utf8(text: bytes, what: str) -> bytes:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError(CloseCode.BAD_FRAMING, f"{what} must be UTF-8") from None
    return text
