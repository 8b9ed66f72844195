from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest

from tickwire import Controls, Entity, Game, Input, Look, Table, fixed, text, u8, u16
from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.game.loader import load_module
from tickwire.game.spec import inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema

from .histories import SCHEMA


class Turn(Input):
    heading: Literal["up", "down", "left", "right"]


class Aim(Input):
    at: u8
    words: Annotated[str, msgspec.Meta(max_length=20)] = ""
    hard: bool = False


class Stop(Input):
    pass


class Cell(Entity):
    x: u16
    y: u16
    owner: u16
    look = Look.cell(x="x", y="y", color="owner")


class Ship(Entity):
    x: float = fixed(0, 60, step=0.5)
    name: text = ""


class Both(Game):
    board = (60, 40)
    inputs = Turn | Aim | Stop
    controls = Controls(keys={"up w": Turn("up")})
    cells: Table[Cell]
    ships: Table[Ship]


def test_a_schema_has_the_form_of_the_document() -> None:
    assert Schema.of_game(inspect_game(Both)).describe() == {
        "board": [60, 40],
        "tables": [
            {
                "name": "Cell",
                "view": {"kind": "everyone"},
                "fields": [
                    {"name": "x", "type": "u16"},
                    {"name": "y", "type": "u16"},
                    {"name": "owner", "type": "u16"},
                ],
                "look": {"kind": "cell", "x": "x", "y": "y", "color": "owner"},
            },
            {
                "name": "Ship",
                "view": {"kind": "everyone"},
                "fields": [
                    {"name": "x", "type": "fixed", "lo": 0, "hi": 60, "step": 0.5},
                    {"name": "name", "type": "text"},
                ],
                "look": {"kind": "none"},
            },
        ],
        "inputs": {
            "turn": {"heading": {"enum": ["up", "down", "left", "right"]}},
            "aim": {
                "at": {"type": "integer", "minimum": 0, "maximum": 255},
                "words": {"type": "string", "maxLength": 20, "default": ""},
                "hard": {"type": "boolean", "default": False},
            },
            "stop": {},
        },
        "required": {"turn": ["heading"], "aim": ["at"]},
        "controls": {
            "keys": {"up": {"type": "turn", "heading": "up"}, "w": {"type": "turn", "heading": "up"}},
        },
    }


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA,
        Schema.of_game(inspect_game(Both)),
        Schema.of_game(inspect_game(Game)),
        Schema.of_game(load_module("tickwire.games.snake")),
        Schema.of_game(load_module("tickwire.games.swarm")),
    ],
)
@pytest.mark.parametrize("module", [msgspec.json, msgspec.msgpack])
def test_a_schema_is_read_back_from_its_description(schema: Schema, module: Any) -> None:
    assert Schema.read(schema.describe()) == schema
    assert Schema.read(module.decode(module.encode(schema.describe()))) == schema


def test_a_game_with_one_input_describes_it() -> None:
    class One(Game):
        inputs = Stop

    assert Schema.of_game(inspect_game(One)).inputs == {"stop": {}}


def test_look_and_view_may_be_left_out() -> None:
    schema = Schema.read({"board": [8, 8], "tables": [{"name": "Dot", "fields": [{"name": "x", "type": "u8"}]}]})
    assert (schema.tables[0].look, schema.tables[0].view) == ({"kind": "none"}, {"kind": "everyone"})


def _tables(*fields: object, name: object = "Dot") -> dict[str, Any]:
    return {"board": [8, 8], "tables": [{"name": name, "fields": list(fields)}]}


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"board": [8, 8]},
        {"tables": []},
        {"board": 8, "tables": []},
        {"board": [8], "tables": []},
        {"board": [8, 8], "tables": 5},
        {"board": [8, 8], "tables": ["Dot"]},
        {"board": [8, 8], "tables": [{"name": "Dot"}]},
        {"board": [8, 8], "tables": [{"fields": []}]},
        _tables({"name": "x"}),
        _tables({"type": "u8"}),
        _tables({"name": "x", "type": "u64"}),
        _tables({"name": "x", "type": ["u8"]}),
        _tables({"name": "x", "type": "fixed"}),
        _tables(5),
    ],
)
def test_a_description_that_makes_no_sense_is_a_protocol_error(described: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        Schema.read(described)
    assert caught.value.code is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize(
    "described",
    [
        _tables({"name": "not a name", "type": "u8"}),
        _tables({"name": "", "type": "u8"}),
        _tables({"name": 5, "type": "u8"}),
        _tables({"name": None, "type": "u8"}),
        _tables({"name": "__class__", "type": "u8"}),
        _tables({"name": "__getattr__", "type": "u8"}),
        _tables({"name": "x", "type": "u8"}, name="a\0b"),
        _tables({"name": "x", "type": "u8"}, name=5),
        _tables({"name": "x", "type": "u8"}, name=["Dot"]),
        _tables({"name": "x", "type": "fixed", "lo": "a", "hi": 1, "step": 1}),
        _tables({"name": "x", "type": "fixed", "lo": 0, "hi": 1, "step": 0}),
        _tables({"name": "x", "type": "fixed", "lo": 0, "hi": None, "step": 1}),
    ],
)
def test_a_description_that_no_mirror_could_be_made_of_is_a_protocol_error(described: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError):
        Mirror(Schema.read(described))
