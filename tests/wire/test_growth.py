"""What docs/WIRE.md, section 9, says that version 1 may gain: a client of today reads on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tickwire.errors import RemoteProtocolError, UnknownMessage
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.wire.codec import ClientMessageDecoder, Encoding, ServerMessageDecoder
from tickwire.wire.messages import Bye, Error, Hello, State, Welcome

from .make_schema import validator

every_encoding = pytest.mark.parametrize("encoding", list(Encoding))

FIELD: dict[str, Any] = {"name": "x", "type": "fixed", "lo": 0, "hi": 9, "step": 1, "blend": "spring", "bounce": 0.5}
LATER: dict[str, Any] = {
    "type": "welcome",
    **{"player": 1, "name": "ada", "room": "K7QX", "token": "t", "game": "later", "tick_rate": 20, "tick": 5},
    "players": [{"player": 1, "name": "ada", "bot": False, "away": False, "team": "red"}],
    "acked": 0,
    "grace": 30,
    "protocol": 1,
    "motd": {"deep": [None]},
    "schema": {
        "board": [8, 8],
        "depth": 8,
        "tables": [
            {"name": "Dot", "view": {"kind": "fog", "far": 3}, "look": {"kind": "cloud", "x": "x"}, "fields": [FIELD]},
        ],
        "inputs": {"go": {"to": {"type": "string", "format": "uri", "contentMediaType": "text/plain"}}},
        "controls": {"keys": {"gamepad_a": {"type": "go", "to": "x"}}, "tilt": {"type": "go"}},
    },
}


def _bytes(message: Any, encoding: Encoding) -> bytes:
    return msgspec.json.encode(message) if encoding is Encoding.JSON else msgspec.msgpack.encode(message)


@every_encoding
def test_a_schema_of_a_later_server_is_read(encoding: Encoding) -> None:
    welcome = ServerMessageDecoder().decode(_bytes(LATER, encoding), encoding)
    assert isinstance(welcome, Welcome)
    validator("server").validate(LATER)
    schema = Schema.read(welcome.schema)
    assert schema.tables[0].fields[0].smooth.blend == "linear"
    mirror = Mirror(schema)
    assert mirror.apply(State(1, True, {"Dot": {1: {"x": 3}}})) == []
    assert [row.x for row in mirror.tables["Dot"]] == [3]


@every_encoding
def test_messages_and_codes_of_a_later_server_are_passed_over_or_shown(encoding: Encoding) -> None:
    decoder = ServerMessageDecoder()
    with pytest.raises(UnknownMessage):
        decoder.decode(_bytes({"type": "weather", "rain": True}, encoding), encoding)
    later = {"type": "error", "code": "too_dark", "message": "light a lamp", "seq": 3, "after": 1.5}
    assert decoder.decode(_bytes(later, encoding), encoding) == Error("too_dark", "light a lamp", 3)
    later = {"type": "bye", "code": "moved", "message": "elsewhere", "to": "there"}
    assert decoder.decode(_bytes(later, encoding), encoding) == Bye("moved", "elsewhere")


@every_encoding
def test_a_later_client_is_heard_and_what_it_says_anew_is_refused(encoding: Encoding) -> None:
    decoder = ClientMessageDecoder()
    hello = {"type": "hello", "name": "ada", "protocol": 2, "team": "red"}
    assert decoder.decode(_bytes(hello, encoding), encoding) == Hello("ada", protocol=2)
    with pytest.raises(RemoteProtocolError) as caught:
        decoder.decode(_bytes({"type": "shout", "text": "hi"}, encoding), encoding)
    assert caught.value.code == "bad_message"
