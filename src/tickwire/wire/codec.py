"""Messages <-> bytes, in two encodings.

This file does not know how a message is framed, nor which side of the connection it is on.

What a client sends is decoded once, into the game's own input types: what has passed the decoder is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

from tickwire.errors import CloseCode, ErrorCode, RemoteProtocolError, UnknownMessage
from tickwire.wire.messages import (
    Ack,
    ClientMessage,
    Hello,
    InputMessage,
    Leave,
    MapMessage,
    PackedState,
    Ping,
    Resync,
    Say,
    ServerMessage,
)

MAX_MESSAGE = 65_536  # bytes; checked by framing before anything is decoded

# What decoding raises; a message nested too deep for the decoder is a RecursionError.
DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# How the map of an input begins, behind the byte that says how many entries it has, as all encoders of ours write it.
INPUT_MARK = b"\xa4type\xa5input"

_SENTENCE = 200  # characters of an error's words
_NOT_WHOLE = "the message is not whole: a line must hold all of it, and a length must count all of its bytes"
_STATE_MARK = 0x93  # a MessagePack array of three: a packed state, and nothing else


class Encoding(Enum):
    """How a message is put into bytes."""

    JSON = "json"
    MSGPACK = "msgpack"

    # Members are singletons; the default hash goes through Python code on every dictionary look-up.
    __hash__ = object.__hash__


_ENCODERS: dict[Encoding, msgspec.json.Encoder | msgspec.msgpack.Encoder] = {
    Encoding.JSON: msgspec.json.Encoder(),
    Encoding.MSGPACK: msgspec.msgpack.Encoder(),
}


def encode(message: ServerMessage | ClientMessage, encoding: Encoding) -> bytes:
    """The bytes of `message`, unframed."""
    return _ENCODERS[encoding].encode(message)


def ack_encoder(tick: int, encoding: Encoding) -> Callable[[int, int | None], bytes]:
    """Encodes the acks of a tick, given `seq` and `early`, byte for byte as `encode` does.

    There are thousands a second, and those of one tick differ in little more than `seq`: what they share is made once.
    """
    number = _ENCODERS[encoding].encode
    if encoding is Encoding.JSON:
        before, behind = b'{"type":"ack","seq":', b',"tick":%d}' % tick
    else:
        before, behind = b"\x83\xa4type\xa3ack\xa3seq", b"\xa4tick" + number(tick)

    def ack(seq: int, early: int | None) -> bytes:
        return before + number(seq) + behind if early is None else number(Ack(seq, tick, early))

    return ack


class ClientMessageDecoder:
    """Decodes what clients of one game send.

    Args:
        inputs: the game's input type, or a union of them; Any before the game is known.
    """

    def __init__(self, inputs: Any = Any) -> None:
        types: Any = Hello | InputMessage[inputs] | Say | Ping | Resync | Leave
        self._decode: dict[Encoding, Callable[[bytes], ClientMessage]] = {
            Encoding.JSON: msgspec.json.Decoder(types).decode,
            Encoding.MSGPACK: msgspec.msgpack.Decoder(types).decode,
        }

    def decode(self, data: bytes, encoding: Encoding) -> ClientMessage:
        """One message.

        Raises:
            RemoteProtocolError: the bytes are not one of the messages that a client may send.
        """
        try:
            return self._decode[encoding](data)
        except DECODE_ERRORS as error:
            raise refusal(error) from None

    def bare(self, encoding: Encoding) -> Callable[[bytes], ClientMessage]:
        """The decoder itself, with no Python around it: raises DECODE_ERRORS, which `refusal` explains."""
        return self._decode[encoding]


def refusal(error: Exception) -> RemoteProtocolError:
    """What to tell a client whose message could not be decoded."""
    if isinstance(error, UnicodeDecodeError):
        return RemoteProtocolError(CloseCode.BAD_FRAMING, "text must be UTF-8")
    invalid_input = isinstance(error, msgspec.ValidationError) and "`$.input" in str(error)
    return RemoteProtocolError(ErrorCode.BAD_INPUT if invalid_input else ErrorCode.BAD_MESSAGE, _sentence(error))


class ServerMessageDecoder:
    """Decodes what a server sends; the clients' side of `encode`."""

    def __init__(self) -> None:
        self._json: msgspec.json.Decoder[MapMessage] = msgspec.json.Decoder(MapMessage)
        self._map: msgspec.msgpack.Decoder[MapMessage] = msgspec.msgpack.Decoder(MapMessage)
        self._state = msgspec.msgpack.Decoder(PackedState)

    def decode(self, data: bytes, encoding: Encoding) -> ServerMessage:
        """One message.

        Raises:
            RemoteProtocolError: the bytes are not one of the messages that a server may send.
        """
        try:
            if encoding is Encoding.JSON:
                return self._json.decode(data)
            return (self._state if data[:1] == bytes([_STATE_MARK]) else self._map).decode(data)
        except DECODE_ERRORS as error:
            unknown = isinstance(error, msgspec.ValidationError) and str(error).endswith("- at `$.type`")
            kind = UnknownMessage if unknown else RemoteProtocolError
            raise kind(ErrorCode.BAD_MESSAGE, _sentence(error)) from None


def _sentence(error: Exception) -> str:
    """msgspec's words as the end of a sentence, without its path syntax: "$.input.heading" is "input.heading"."""
    sentence = str(error).replace("`$.", "`").replace("`$`", "the message")
    sentence = sentence.replace("Input data was truncated", _NOT_WHOLE)
    # msgspec quotes what it did not like, however long that is.
    return sentence if len(sentence) <= _SENTENCE else f"{sentence[: _SENTENCE // 2]}…{sentence[-_SENTENCE // 2 :]}"
