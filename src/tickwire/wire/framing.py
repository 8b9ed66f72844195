"""Where a message begins and ends, for each dialect.

This file does not know what a message says. Each reader is fed bytes as they come, split anywhere, and hands out
whole messages; each `frame_*` function is the inverse, and makes bytes that are ready for the socket.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from enum import Enum

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.wire.codec import MAX_MESSAGE, Encoding

NATIVE_GREETING = b"TW1"
_NATIVE_HEADER = struct.Struct(">I")

WS_TEXT = 0x81  # first byte of a WebSocket frame: final, text
WS_BINARY = 0x82  # final, binary


def frame_line(payload: bytes) -> bytes:
    """One JSON message as one line."""
    return payload + b"\n"


def frame_native(payload: bytes) -> bytes:
    """One message behind its length."""
    return _NATIVE_HEADER.pack(len(payload)) + payload


def frame_ws_text(payload: bytes) -> bytes:
    """One unmasked WebSocket text frame, as a server sends it."""
    return _ws_header(WS_TEXT, len(payload)) + payload


def frame_ws_binary(payload: bytes) -> bytes:
    """One unmasked WebSocket binary frame, as a server sends it."""
    return _ws_header(WS_BINARY, len(payload)) + payload


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
    WS_MSGPACK = ("tickwire.msgpack.v1", Encoding.MSGPACK, frame_ws_binary)
    WS_JSON = ("tickwire.json.v1", Encoding.JSON, frame_ws_text)

    def __init__(self, label: str, encoding: Encoding, frame: Callable[[bytes], bytes]) -> None:
        self.label = label
        self.encoding = encoding
        self.frame = frame

    # Members are singletons; the default hash goes through Python code on every dictionary look-up.
    __hash__ = object.__hash__


class LineReader:
    """Bytes to JSON lines. Empty lines are dropped, so that a person may press Enter."""

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes; take all of them. Those before a broken one come before its error.

        Raises:
            RemoteProtocolError: a line is longer than the limit, or is not UTF-8.
        """
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
                yield _utf8(line)
        self._check(len(rest))

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
                    CloseCode.TOO_LONG, f"a message is at most {self._limit} bytes long, not {length}"
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


def _utf8(line: bytes) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError(CloseCode.BAD_FRAMING, "a line must be UTF-8") from None
    return line
