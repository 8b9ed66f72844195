"""docs/wire-schema.json: it is what the script makes, and says of each message what the decoders say of it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from tickwire.errors import RemoteProtocolError
from tickwire.game.loader import load_module
from tickwire.replication.schema import Schema
from tickwire.wire.codec import ClientMessageDecoder, Encoding
from tickwire.wire.messages import (
    Ack,
    Away,
    Behind,
    Bye,
    Chat,
    Error,
    Event,
    Hello,
    InputMessage,
    Joined,
    Leave,
    Left,
    NewName,
    Ping,
    PlayerInfo,
    Pong,
    Resync,
    Say,
    Slip,
    State,
    Welcome,
)

from .make_schema import PLACE, as_json, make, validator
from .make_vectors import text_of

FILE: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))


def test_the_file_is_what_the_script_makes() -> None:
    made = text_of(make()) + "\n"
    assert PLACE.read_text(encoding="utf-8") == made, (
        "make it anew: cd tests && ../.venv/bin/python -m wire.make_schema"
    )


def test_the_file_is_a_schema_and_every_definition_has_a_title() -> None:
    Draft202012Validator.check_schema(FILE)
    assert [name for name, definition in FILE["$defs"].items() if "title" not in definition] == []
    titles = {FILE["$defs"][each["$ref"].rpartition("/")[2]]["title"] for each in FILE["$defs"]["client"]["oneOf"]}
    assert titles == {"hello", "input", "chat", "ping", "resync", "leave"}


FROM_CLIENT: list[Any] = [
    Hello("ada"),
    Hello("ada", "snake", "K7QX", "token", True, 7, 1),
    InputMessage(1, {"type": "turn"}),
    InputMessage(2**32 - 1, {"type": "turn", "way": "up"}, 5, 4.5),
    Say("hi"),
    Ping(1.5),
    Resync(),
    Resync("Cell"),
    Leave(),
]

_GAMES = ("snake", "arena", "swarm", "chat", "conformance")
_WELCOMES = [
    Welcome(1, "ada", "K7QX", "token", game, 20, 5, [PlayerInfo(1, "ada", away=True)], described)
    for game in _GAMES
    for described in [Schema.of_game(load_module(f"tickwire.games.{game}")).describe()]
]

FROM_SERVER: list[Any] = [
    *_WELCOMES,
    Ack(1, 2),
    Ack(1, 2, -3),
    State(1),
    State(1, True, {"Cell": {7: {"x": 1, "name": "a", "on": True, "y": -0.5}}}, {"Cell": [3]}, {"Cell": 2**32 - 1}),
    Joined(1, "ada"),
    Left(1, "ada"),
    NewName(1, "ada"),
    Away(1, "ada", True),
    Slip(3),
    Behind(True),
    Event("hit", {"deep": [None, {"a": 1}]}),
    Chat(0, "", "hi"),
    Pong(1, 2.5),
    Error("bad_input", "no"),
    Error("bad_input", "no", 7),
    Bye("left", "bye"),
]


@pytest.mark.parametrize("message", FROM_CLIENT + FROM_SERVER, ids=lambda m: type(m).__name__)
def test_every_message_of_ours_fits_the_schema_of_its_side(message: Any) -> None:
    side = "client" if any(message is one for one in FROM_CLIENT) else "server"
    validator(side).validate(as_json(message))


# What a client may leave null, and what not: section 2.
HELLO: dict[str, Any] = {"type": "hello", "name": "ada"}
INPUT: dict[str, Any] = {"type": "input", "seq": 1, "input": {"type": "turn"}}
CASES: list[tuple[dict[str, Any], bool]] = [
    ({**HELLO, "game": None, "room": None, "token": None, "seq": None}, True),
    ({**HELLO, "protocol": 2, "not_known": [1, {"a": None}]}, True),
    ({**INPUT, "tick": None, "seen": None}, True),
    ({"type": "resync", "table": None}, True),
    ({**HELLO, "watch": None}, False),
    ({**HELLO, "protocol": None}, False),
    ({**HELLO, "protocol": 0}, False),
    ({**HELLO, "name": None}, False),
    ({**HELLO, "name": "x" * 201}, False),
    ({**HELLO, "seq": -1}, False),
    ({**INPUT, "seq": None}, False),
    ({**INPUT, "seq": 2**32}, False),
    ({**INPUT, "tick": -1}, False),
    ({"type": "input", "seq": 1}, False),
    ({"type": "chat", "text": None}, False),
    ({"type": "chat"}, False),
    ({"type": "ping", "sent": "now"}, False),
    ({"type": "nope"}, False),
    ({"name": "ada"}, False),
]


@pytest.mark.parametrize(("message", "right"), CASES, ids=str)
@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_schema_and_the_decoder_agree(encoding: Encoding, message: dict[str, Any], right: bool) -> None:
    coder = msgspec.json if encoding is Encoding.JSON else msgspec.msgpack
    try:
        ClientMessageDecoder().decode(coder.encode(message), encoding)
        taken = True
    except RemoteProtocolError:
        taken = False
    assert (taken, validator("client").is_valid(message)) == (right, right)
