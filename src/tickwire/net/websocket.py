"""WebSocket connections, on picows: the upgrade, and frames to messages.

picows hands out frames; what RFC 6455 asks of messages
(fragments and their order, reserved bits, UTF-8) is checked here.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, MutableMapping
from typing import Any

from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # in the extension, not in its stubs

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.net.connection import Handler, Link
from tickwire.wire.codec import MAX_MESSAGE
from tickwire.wire.framing import Dialect

WS_PATH = "/ws"
SUBPROTOCOLS = {d.label: d for d in (Dialect.WS_MSGPACK, Dialect.WS_JSON)}

# An enum's members are looked up in Python; these are read once for each frame.
_TEXT, _BINARY, _CLOSE = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE

MAX_FRAGMENTS = 1024  # of one message; empty ones cost no bytes of the message, but memory
_READ_BUFFER = 2048  # bytes at first; inputs are small, and there is one buffer a connection
_NORMAL_CLOSE = b"\x88\x02" + struct.pack(">H", 1000)  # a close frame, RFC 6455 section 7.4.1


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows makes a child logger for each connection of a Logger, but none of an adapter: a kilobyte less each."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


_log = logging.getLogger("tickwire.picows")
_log.setLevel(logging.ERROR)
_quiet = _Quiet(_log, {})

Respond = Callable[[str], WSUpgradeResponse]


class WebSocketListener(WSListener):
    """One WebSocket connection: frames in, messages out."""

    def __init__(self, handler: Handler, sock: socket.socket, dialect: Dialect, opened_at: float) -> None:
        self._handler = handler
        self._sock = sock
        self._dialect = dialect
        self._opened_at = opened_at
        self._data = _TEXT if dialect is Dialect.WS_JSON else _BINARY
        self._fragments: list[bytes] = []
        self._size = 0  # bytes in them
        self._link: Link | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Make the link."""
        underlying = transport.underlying_transport
        self._link = Link(self._sock, underlying, self._dialect, self._opened_at, _NORMAL_CLOSE)
        self._handler.opened(self._link)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand out what is a whole message."""
        link = self._link
        assert link is not None
        kind = frame.msg_type
        if link.closing or transport.is_close_frame_sent:  # picows refused a frame, and still hands out what follows
            if kind is _CLOSE:
                transport.underlying_transport.close()
            return
        if kind is _BINARY is self._data and frame.fin and not (self._fragments or _reserved(frame)):
            self._handler.received(link, frame.get_payload_as_bytes())  # nearly all that comes
            return
        if kind is _CLOSE:
            link.finish()
            return
        try:
            message = self._message(kind, frame)
            if message is None:
                return
            if self._data is _TEXT:
                message.decode()
        except UnicodeDecodeError:
            self._handler.broke(link, RemoteProtocolError(CloseCode.BAD_FRAMING, "text must be UTF-8"))
        except RemoteProtocolError as error:
            self._handler.broke(link, error)
        else:
            self._handler.received(link, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Tell the handler."""
        if self._link is not None:
            self._link.closing = True
            self._handler.closed(self._link)

    def pause_writing(self) -> None:
        """Bytes wait."""
        if self._link is not None:
            self._link.blocked = True
            self._handler.blocked(self._link)

    def resume_writing(self) -> None:
        """No bytes wait any more."""
        if self._link is not None:
            self._link.blocked = False

    def _message(self, kind: WSMsgType, frame: WSFrame) -> bytes | None:
        """The message that this frame completes, if it completes one."""
        if _reserved(frame):
            raise RemoteProtocolError(CloseCode.BAD_FRAMING, "reserved bits must be 0: no extension was agreed on")
        if kind is self._data:
            if self._fragments:
                raise RemoteProtocolError(CloseCode.BAD_FRAMING, "a message began before the last one was complete")
            if frame.fin:
                return frame.get_payload_as_bytes()
        elif kind == WSMsgType.CONTINUATION:
            if not self._fragments:
                raise RemoteProtocolError(CloseCode.BAD_FRAMING, "there is nothing to continue")
        elif kind in (WSMsgType.PING, WSMsgType.PONG):
            return None
        else:
            wanted = "text" if self._data is _TEXT else "binary"
            raise RemoteProtocolError(CloseCode.BAD_FRAMING, f"messages of {self._dialect.label} are {wanted} frames")
        # An empty first fragment still has to be seen as one, so an empty list means that there is none.
        fragment = frame.get_payload_as_bytes()
        self._fragments.append(fragment)
        self._size += len(fragment)
        if self._size > MAX_MESSAGE or len(self._fragments) > MAX_FRAGMENTS:
            raise RemoteProtocolError(CloseCode.TOO_LONG, f"a message is at most {MAX_MESSAGE} bytes long")
        if not frame.fin:
            return None
        fragments, self._fragments, self._size = self._fragments, [], 0
        return b"".join(fragments)


def _reserved(frame: WSFrame) -> bool:
    """Whether a bit is set that only an extension could have given a meaning."""
    return frame.rsv1 or frame.rsv2 or frame.rsv3


def http_protocol(
    handler: Handler,
    sock: socket.socket,
    opened_at: float,
    deadline: float,
    respond: Respond,
) -> asyncio.BaseProtocol:
    """The protocol of a connection that begins with an HTTP request.

    Args:
        handler: gets the messages, if it becomes a WebSocket.
        sock: the accepted socket.
        opened_at: when it was accepted, in seconds of the loop's time.
        deadline: seconds left for the request to be complete.
        respond: the answer to a GET of any other path.
    """

    def answer(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        path = request.path.decode("latin-1").partition("?")[0]
        if path != WS_PATH:
            return WSUpgradeResponseWithListener(respond(path), None)
        if request.headers.get("Sec-WebSocket-Version") != "13":
            response = WSUpgradeResponse.create_error_response(
                426, b"this server speaks WebSocket version 13\n", {"Sec-WebSocket-Version": "13"}
            )
            return WSUpgradeResponseWithListener(response, None)
        offered = [p.strip() for p in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if p.strip()]
        chosen = next((p for p in offered if p in SUBPROTOCOLS), None)
        if offered and chosen is None:
            words = f"no subprotocol in common; ask for {' or '.join(SUBPROTOCOLS)}\n"
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(400, words.encode()), None)
        listener = WebSocketListener(handler, sock, SUBPROTOCOLS[chosen] if chosen else Dialect.WS_JSON, opened_at)
        if chosen is None:
            return listener
        response = WSUpgradeResponse.create_101_response([("Sec-WebSocket-Protocol", chosen)])
        return WSUpgradeResponseWithListener(response, listener)

    protocol: asyncio.BaseProtocol = WSProtocol(
        None,  # host and path are a client's
        None,
        False,  # is_client_side
        answer,
        _quiet,
        True,  # disconnect_on_exception
        deadline,
        False,  # enable_auto_ping: ours is in the messages
        10,
        10,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        True,  # enable_auto_pong
        MAX_MESSAGE,
        None,
        _READ_BUFFER,
    )
    return protocol
