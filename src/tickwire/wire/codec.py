"""Messages <-> bytes, in two encodings.

This file does not know how a message is framed, nor which side of the connection it is on.

What a client sends is decoded once, into the game's own input types: what has passed the decoder is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

from tickwire.errors import CloseCode, ErrorCode, RemoteProtocolError, UnknownMessage
from tickwire.wire.messages import (
    LARGEST,
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
from tickwire.wire.numbers import finite_check, whole

MAX_MESSAGE = 65_536  # bytes; checked by framing before anything is decoded

# What decoding raises; a message nested too deep for the decoder is a RecursionError.
DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# How the map of an input begins, behind the byte that says how many entries it has, as all encoders of ours write it.
INPUT_MARK = b"\xa4type\xa5input"

# Where an input message can be wrong without being none: what it asks for, and when.
_OF_INPUT = re.compile(r"- at `\$\.(input|tick|seen)\b")

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


_PLAIN: dict[Encoding, Callable[[bytes], Any]] = {
    Encoding.JSON: msgspec.json.Decoder().decode,
    Encoding.MSGPACK: msgspec.msgpack.Decoder().decode,
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
        # Games whose inputs hold no such floats are spared a look at each of them.
        if inputs is not Any and (check := finite_check(inputs)) is not None:
            self._decode = {encoding: _checked(decode, check) for encoding, decode in self._decode.items()}

    def decode(self, data: bytes, encoding: Encoding) -> ClientMessage:
        """One message.

        Raises:
            RemoteProtocolError: the bytes are not one of the messages that a client may send.
        """
        try:
            return self._decode[encoding](data)
        except DECODE_ERRORS as error:
            return self.decode_again(data, encoding, error)

    def bare(self, encoding: Encoding) -> Callable[[bytes], ClientMessage]:
        """The decoder itself, with no Python around it where the inputs allow that: raises DECODE_ERRORS.

        What it refuses belongs to `decode_again`.
        """
        return self._decode[encoding]

    def decode_again(self, data: bytes, encoding: Encoding, error: Exception) -> ClientMessage:
        """A message that was refused because of floats where integers belong, if these are integral.

        Decoding checks types strictly, in C. Few clients send `5.0` for 5, and only these pay for a second look.

        Args:
            data: the message.
            encoding: of it.
            error: what its decoding raised.

        Raises:
            RemoteProtocolError: it is none of the messages that a client may send.
        """
        if isinstance(error, msgspec.ValidationError) and "got `float`" in str(error):
            try:
                return self._decode[encoding](_ENCODERS[encoding].encode(whole(_PLAIN[encoding](data))))
            except (*DECODE_ERRORS, OverflowError, TypeError) as still:
                error = still
        raise refusal(error, _seq_of(data, encoding))


def _checked(
    decode: Callable[[bytes], ClientMessage], check: Callable[[Any], None]
) -> Callable[[bytes], ClientMessage]:
    def checked(data: bytes) -> ClientMessage:
        message = decode(data)
        if type(message) is InputMessage:
            check(message.input)
        return message

    return checked


def refusal(error: Exception, seq: int | None = None) -> RemoteProtocolError:
    """What to tell a client whose message could not be decoded.

    Args:
        error: what decoding raised.
        seq: of the message, if it is an input.
    """
    if isinstance(error, UnicodeDecodeError):
        return RemoteProtocolError(CloseCode.BAD_FRAMING, "text must be UTF-8")
    invalid_input = isinstance(error, msgspec.ValidationError) and _OF_INPUT.search(str(error))
    return RemoteProtocolError(ErrorCode.BAD_INPUT if invalid_input else ErrorCode.BAD_MESSAGE, _sentence(error), seq)


class _Numbered(msgspec.Struct):
    """An input message by its `seq` alone."""

    type: str
    seq: float


_NUMBERED: dict[Encoding, Callable[[bytes], _Numbered]] = {
    Encoding.JSON: msgspec.json.Decoder(_Numbered).decode,
    Encoding.MSGPACK: msgspec.msgpack.Decoder(_Numbered).decode,
}


def _seq_of(data: bytes, encoding: Encoding) -> int | None:
    """The `seq` of an input that was refused, if it can be read."""
    try:
        message = _NUMBERED[encoding](data)
    except DECODE_ERRORS:
        return None
    known = message.type == "input" and 0 <= message.seq < LARGEST and message.seq.is_integer()
    return int(message.seq) if known else None


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
