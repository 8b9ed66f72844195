"""WebSocket connections, on picows: frames to messages.

picows hands out frames; what RFC 6455 asks of messages (fragments and their order, reserved bits, UTF-8, the order of
the last words) is checked here. What picows itself refuses it would answer at once, before what came in front of it is
handed out; so its writes go through `Outlet`, and each connection ends in one way: what was whole, then our bye if the
dialect has one, then a close frame that says why.
"""

from __future__ import annotations

import asyncio
import codecs
import socket
from collections.abc import Callable
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.net.connection import MAX_BACKLOG, Handler, Link
from tickwire.net.sieve import Sieve
from tickwire.wire.codec import MAX_MESSAGE
from tickwire.wire.framing import Dialect, frame_ws_binary, frame_ws_close, frame_ws_pong, frame_ws_text

# An enum's members are looked up in Python; these are read once for each frame.
_TEXT, _BINARY, _CLOSE, _PING = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE, WSMsgType.PING
_CONTINUATION, _PONG = WSMsgType.CONTINUATION, WSMsgType.PONG

MAX_FRAGMENTS = 1024  # of one message; empty ones cost no bytes of the message, but time
MAX_PLAIN_MESSAGE = 16 * 1024 * 1024  # bytes, on a WebSocket without messages of ours: what conformance suites send
MAX_PLAIN_FRAGMENTS = MAX_PLAIN_MESSAGE // 64

# RFC 6455, section 7.4.1
_NORMAL, _PROTOCOL, _UNSUPPORTED, _BAD_TEXT, _TOO_BIG, _INTERNAL = 1000, 1002, 1003, 1007, 1009, 1011
_NORMAL_CLOSE = frame_ws_close(_NORMAL)
BAD_TEXT_CLOSE = frame_ws_close(_BAD_TEXT, b"text must be UTF-8")  # also for text within a MessagePack message
_NEVER_SENT = (*range(_NORMAL), 1004, 1005, 1006, 1015)  # not defined, or not to be sent
_LAST_STATUS = 4999
_SURROGATE, _AFTER_SURROGATES = b"\xed\xa0", b"\xee"  # how halves of surrogate pairs begin, which are not UTF-8
_MANY_PONGS = 4096  # bytes that are sent together; those of one read are, unless a message's answer would overtake them
_REASON = 120  # bytes; a close frame holds 123 of them


class _Refused(Exception):
    """A frame or a message that RFC 6455 or the dialect forbids, with the status of the close frame."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        self.error = RemoteProtocolError(CloseCode.TOO_LONG if status == _TOO_BIG else CloseCode.BAD_FRAMING, words)
        super().__init__(words)


def refused(status: int, words: str) -> _Refused:
    """For listeners that have further reasons to end."""
    return _Refused(status, words)


def _pass_over(frame: bytes) -> None:
    """Nobody is there to refuse anything, or any more."""


class Outlet:
    """What picows takes for its transport, so that what it writes comes through here.

    Before the upgrade that is the answer to the request. After it, as pongs are ours, it is only a close frame for what
    it could not parse. It comes before the frame in front of that is handed out, and must not overtake the answer.
    """

    __slots__ = ("refuse", "sock", "transport", "upgraded")

    def __init__(self, sock: socket.socket, transport: asyncio.Transport) -> None:
        self.sock = sock
        self.transport = transport
        self.upgraded = False
        self.refuse: Callable[[bytes], None] = _pass_over

    def get_extra_info(self, name: str) -> Any:
        """As a transport's."""
        return self.transport.get_extra_info(name)

    def get_write_buffer_size(self) -> int:
        """Never 0: picows would write to the socket itself."""
        return 1

    def write(self, data: bytes) -> None:
        """Send the answer to the request; look into what comes later."""
        if self.upgraded:
            self.refuse(bytes(data))
            return
        try:
            # At once: a link sends on the socket itself, and must not overtake the answer to the upgrade.
            sent = self.sock.send(data)
        except OSError:
            sent = 0
        if sent < len(data):
            self.transport.write(bytes(data[sent:]))

    def close(self) -> None:
        """After the upgrade the link closes, which gives the peer time to read why."""
        if not self.upgraded:
            self.transport.close()

    def abort(self) -> None:
        """As a transport's."""
        self.transport.abort()


class WebSocketListener(WSListener):
    """One WebSocket connection: frames in, messages out.

    Args:
        handler: gets the messages.
        sock: the accepted socket.
        dialect: of the messages; None if they are none of ours: then text and binary ones are handed out as they come,
            and `link.frame` frames an answer of the same kind.
        opened_at: when it was accepted, in seconds of the loop's time.
        frame_limit: bytes of a frame that picows lets pass.

    Attributes:
        sieve: takes the inputs out before they come here, if there is one.
    """

    def __init__(
        self, handler: Handler, sock: socket.socket, dialect: Dialect | None, opened_at: float, frame_limit: int
    ) -> None:
        self._handler = handler
        self._sock = sock
        self._plain = dialect is None
        self._dialect = dialect or Dialect.WS_JSON
        self._opened_at = opened_at
        self._data = None if dialect is None else _TEXT if dialect is Dialect.WS_JSON else _BINARY
        self._limit = MAX_MESSAGE if dialect else MAX_PLAIN_MESSAGE
        # Nearly all that comes is a message in one binary frame, which needs no further look.
        self._quick = _BINARY if self._data is _BINARY and frame_limit <= self._limit else None
        self._message: bytearray | None = None  # what there is of one in fragments
        self._fragments = 0  # in it
        self._kind = _BINARY  # of it
        self._decoder: codecs.IncrementalDecoder | None = None  # of its text
        self._pongs = b""  # frames that are sent together
        self._outlet: Outlet | None = None
        self._link: Link | None = None
        self.sieve: Sieve | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Make the link."""
        outlet: Any = transport.underlying_transport
        self._outlet = outlet
        outlet.upgraded, outlet.refuse = True, self._refuse_later
        self._link = Link(self._sock, outlet.transport, self._dialect, self._opened_at, _NORMAL_CLOSE, self._handler)
        self._link.source = self.sieve
        self._handler.opened(self._link)
        if self.sieve is not None:
            self.sieve.begin(self._link)
            if self._data is not _BINARY:
                self.sieve.stop()  # it knows binary messages alone

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand out what is a whole message."""
        link = self._link
        assert link is not None
        if link.closing:
            return
        kind = frame.msg_type
        if kind is self._quick and frame.fin and not (frame.rsv1 or frame.rsv2 or frame.rsv3) and self._message is None:
            if self._pongs:
                self._send_pongs()
            self._handler.received(link, frame.get_payload_as_bytes())
            return
        if not link.came(0, 1):
            return
        try:
            message = self._take(kind, frame, link)
        except _Refused as refused:
            self._refuse(link, refused)
            return
        if message is not None:
            self._send_pongs()
            if self._plain:
                link.frame = frame_ws_text if self._kind is _TEXT else frame_ws_binary
            self._handler.received(link, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Tell the handler."""
        if self._outlet is not None:
            self._outlet.refuse = _pass_over  # else the two would keep each other alive
        self.sieve = None
        if self._link is not None:
            self._link.closing = True
            self._handler.closed(self._link)

    def pause_writing(self) -> None:
        """Bytes wait."""
        if self._link is not None:
            self._link.block()
            self._handler.blocked(self._link)

    def resume_writing(self) -> None:
        """No bytes wait any more."""
        if self._link is not None:
            self._link.unblock()

    def _take(self, kind: WSMsgType, frame: WSFrame, link: Link) -> bytes | None:
        """The message that this frame completes, if it completes one."""
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            raise _Refused(_PROTOCOL, "reserved bits must be 0: no extension was agreed on")
        if kind is _PING:
            if link.said():
                self._answer_ping(frame.get_payload_as_bytes(), link)
            return None
        if kind is _PONG:
            if link.said():
                link.ponged(frame.get_payload_as_bytes())
            return None
        if kind is _CLOSE:
            self._answer_close(frame.get_payload_as_bytes(), link)
            return None
        if kind is not _CONTINUATION:
            self._begin(kind)
        elif self._message is None:
            raise _Refused(_PROTOCOL, "there is nothing to continue")
        return self._add(frame.get_payload_as_bytes(), frame.fin)

    def _begin(self, kind: WSMsgType) -> None:
        if self._message is not None:
            raise _Refused(_PROTOCOL, "a message began before the last one was complete")
        if self._data is not None and kind is not self._data:
            wanted = "text" if self._data is _TEXT else "binary"
            raise _Refused(_UNSUPPORTED, f"messages of {self._dialect.label} are {wanted} frames")
        self._kind = kind

    def _add(self, payload: bytes, final: bool) -> bytes | None:
        """Add a fragment to the message that has begun; the message, if that is the last of it."""
        size = len(payload) + (len(self._message) if self._message is not None else 0)
        most = MAX_PLAIN_FRAGMENTS if self._plain else MAX_FRAGMENTS
        if size > self._limit or self._fragments >= most:
            raise _Refused(_TOO_BIG, f"a message is at most {self._limit} bytes in {most} frames long")
        if self._kind is _TEXT:
            self._check_text(payload, final)
        if self._message is None and final:
            return payload
        self._message = bytearray() if self._message is None else self._message
        self._message += payload
        self._fragments += 1
        if not final:
            return None
        message = bytes(self._message)
        self._message, self._fragments, self._decoder = None, 0, None
        return message

    def _check_text(self, payload: bytes, final: bool) -> None:
        """As it comes, so that bad text is refused with its first bad byte, and not only at the message's end."""
        try:
            if self._message is None and final:
                payload.decode()
                return
            if self._message is None:
                self._decoder = codecs.getincrementaldecoder("utf-8")()
            assert self._decoder is not None
            self._decoder.decode(payload, final)
            if _SURROGATE <= self._decoder.getstate()[0] < _AFTER_SURROGATES:
                raise _Refused(_BAD_TEXT, "text must be UTF-8")  # Python waits for the third byte to say so
        except UnicodeDecodeError:
            raise _Refused(_BAD_TEXT, "text must be UTF-8") from None

    def _answer_ping(self, payload: bytes, link: Link) -> None:
        # A peer that reads none of its pongs gets no more of them; the last is what counts (section 5.5.3).
        if link.blocked and link.waiting > MAX_BACKLOG:
            return
        if not self._pongs:
            asyncio.get_running_loop().call_soon(self._send_pongs)
        self._pongs += frame_ws_pong(payload)
        if len(self._pongs) > _MANY_PONGS:
            self._send_pongs()

    def _send_pongs(self) -> None:
        pongs, self._pongs = self._pongs, b""
        if self._link is not None and pongs:
            self._link.write(pongs)

    def _answer_close(self, payload: bytes, link: Link) -> None:
        """With the status that came. picows has looked at its form and its text, and at most of the statuses."""
        status = int.from_bytes(payload[:2], "big")
        if payload and (status in _NEVER_SENT or status > _LAST_STATUS):
            raise _Refused(_PROTOCOL, f"{status} is no status of a close frame")
        self._send_pongs()
        link.farewell = frame_ws_close(status) if payload else b"\x88\x00"
        link.finish()

    def _refuse(self, link: Link, refused: _Refused) -> None:
        self._send_pongs()
        link.farewell = frame_ws_close(refused.status, str(refused).encode()[:_REASON])
        self._handler.broke(link, refused.error)
        link.finish()  # if the handler did not

    def _refuse_later(self, frame: bytes) -> None:
        """picows could not parse what came. The frame in front of it is handed out first."""
        self._quick = None  # picows goes on with a frame that it found too long: nothing unlooked at from now on
        if self.sieve is not None:
            self.sieve.stop()
        asyncio.get_running_loop().call_soon(self._refuse_now, frame)

    def _refuse_now(self, frame: bytes) -> None:
        link = self._link
        if link is None or link.closing:
            return
        payload = frame[2:] if frame[1] < 126 else frame[4:]
        status, words = int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")
        if status == _INTERNAL:  # no fault of the peer: something above us raised
            link.farewell = frame_ws_close(_INTERNAL)
            link.finish()
        elif status == _TOO_BIG:
            self._refuse(link, _Refused(_TOO_BIG, f"a message is at most {self._limit} bytes long"))
        else:
            self._refuse(link, _Refused(status, words[:1].lower() + words[1:]))
