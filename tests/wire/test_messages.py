from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tickwire.wire.codec import Encoding, encode
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
    PackedState,
    Ping,
    PlayerInfo,
    Pong,
    Resync,
    Say,
    ServerMessage,
    Slip,
    State,
    Welcome,
)

WIRE = (Path(__file__).parents[2] / "docs" / "WIRE.md").read_text()
CLIENT: list[type[msgspec.Struct]] = [Hello, InputMessage, Say, Ping, Resync, Leave]
SERVER: list[type[msgspec.Struct]] = [
    Welcome,
    Ack,
    State,
    Joined,
    Left,
    NewName,
    Away,
    Slip,
    Behind,
    Event,
    Chat,
    Pong,
    Error,
    Bye,
]


def _rows(section: str) -> dict[str, str]:
    """The table of a section of the document: what stands in the second column, by the first."""
    text = WIRE[WIRE.index(f"### {section}") :]
    lines = text[: text.index("\n#", 4)].splitlines()
    return {m[1]: m[2] for line in lines if (m := re.match(r"\| `(\w+)` \| ([^|]*)\|", line))}


def _tag(message: type[msgspec.Struct]) -> str:
    tag = message.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


@pytest.mark.parametrize(("section", "messages"), [("2.1", CLIENT), ("2.2", SERVER)])
def test_the_document_lists_every_message_and_no_other(section: str, messages: list[type[msgspec.Struct]]) -> None:
    assert set(_rows(section)) == {_tag(m) for m in messages}


@pytest.mark.parametrize(("section", "messages"), [("2.1", CLIENT), ("2.2", SERVER)])
def test_the_document_lists_every_field_of_a_message(section: str, messages: list[type[msgspec.Struct]]) -> None:
    for message in messages:
        if message is State:  # has a section of its own in the document
            continue
        named = re.findall(r"`(\w+)`", _rows(section)[_tag(message)])
        assert set(named) == set(message.__struct_fields__), message


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Hello("ada"), {"type": "hello", "name": "ada"}),
        (
            Hello("ada", game="snake", room="K7QX", token="t", watch=True),
            {"type": "hello", "name": "ada", "game": "snake", "room": "K7QX", "token": "t", "watch": True},
        ),
        (Say("hi"), {"type": "chat", "text": "hi"}),
        (Ping(123.4), {"type": "ping", "sent": 123.4}),
        (Resync(), {"type": "resync"}),
        (Resync("Cell"), {"type": "resync", "table": "Cell"}),
        (Leave(), {"type": "leave"}),
        (Ack(1, 99), {"type": "ack", "seq": 1, "tick": 99}),
        (State(99), {"type": "state", "tick": 99}),
        (
            State(99, True, {"Cell": {7: {"x": 3}}}, {"Cell": [3]}, {"Cell": 5}),
            {
                "type": "state",
                "tick": 99,
                "full": True,
                "tables": {"Cell": {"7": {"x": 3}}},
                "removed": {"Cell": [3]},
                "hash": {"Cell": 5},
            },
        ),
        (Joined(2, "bob", True), {"type": "joined", "player": 2, "name": "bob", "bot": True}),
        (Left(2, "bob"), {"type": "left", "player": 2, "name": "bob"}),
        (NewName(2, "ben"), {"type": "renamed", "player": 2, "name": "ben"}),
        (Away(2, "ben", True), {"type": "away", "player": 2, "name": "ben", "away": True}),
        (Slip(4.5), {"type": "slip", "ticks": 4.5}),
        (Behind(True), {"type": "behind", "behind": True}),
        (Event("died", {"player": 2}), {"type": "event", "name": "died", "data": {"player": 2}}),
        (Chat(0, "ada", "hi"), {"type": "chat", "player": 0, "name": "ada", "text": "hi"}),
        (Pong(123.4, 99), {"type": "pong", "sent": 123.4, "tick": 99}),
        (Error("bad_input", "no"), {"type": "error", "code": "bad_input", "message": "no"}),
        (Error("bad_input", "no", 7), {"type": "error", "code": "bad_input", "message": "no", "seq": 7}),
        (Bye("left", "so long"), {"type": "bye", "code": "left", "message": "so long"}),
        (
            Welcome(1, "ada", "K7QX", "t", "snake", 12, 99, [PlayerInfo(1, "ada")], {"board": [60, 40]}),
            {
                "type": "welcome",
                "player": 1,
                "name": "ada",
                "room": "K7QX",
                "token": "t",
                "game": "snake",
                "tick_rate": 12,
                "tick": 99,
                "players": [{"player": 1, "name": "ada", "bot": False, "away": False}],
                "schema": {"board": [60, 40]},
                "acked": 0,
                "grace": 30,
                "protocol": 1,
            },
        ),
    ],
)
def test_a_message_has_the_form_of_the_document_in_both_encodings(
    message: ServerMessage, expected: dict[str, Any]
) -> None:
    assert json.loads(encode(message, Encoding.JSON)) == expected
    packed = msgspec.msgpack.decode(encode(message, Encoding.MSGPACK))
    # JSON can have no integers as keys; MessagePack can.
    assert json.loads(json.dumps(packed)) == expected


def test_the_state_in_the_document_is_what_the_encoder_makes() -> None:
    example = WIRE[WIRE.index("### 4.1") :].split("```json\n")[1].split("\n```")[0]
    state = State(99, True, {"Cell": {7: {"x": 3, "y": 4, "owner": 1}}}, {"Cell": [3]}, {"Cell": 1234567890})
    assert encode(state, Encoding.JSON) == example.encode()


def test_a_packed_state_is_an_array_of_three_and_its_sections_are_bin() -> None:
    assert encode(PackedState(5, True, b"\x01"), Encoding.MSGPACK) == b"\x93\x05\xc3\xc4\x01\x01"
