"""The schemas of inputs against the decoder that takes them: what one lets pass, so does the other."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import Meta

from tickwire import Controls, Game, Input, f32, text, u8
from tickwire.game.spec import inspect_game
from tickwire.replication.input_schema import describe_inputs
from tickwire.replication.schema import Schema


class Place(msgspec.Struct, forbid_unknown_fields=True):
    x: u8
    y: u8 = 7


class Tree(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    kids: list[Tree] = []


class Hue(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Turn(Input):
    heading: Literal["up", "down", "left", "right"]


class Build(Input):
    at: Place
    way: Annotated[list[Place], Meta(min_length=1, max_length=2)]
    pair: tuple[u8, bool]
    word: Annotated[text, Meta(min_length=2, max_length=4, pattern="^[a-z]+$")] = "ab"
    hue: Hue = Hue.RED
    side: Literal["white", "black"] | None = None
    speed: f32 = 1.5
    either: int | str = 0
    counts: dict[str, u8] = {}
    tree: Tree | None = None


class Stop(Input):
    pass


BUILD = {"type": "build", "at": {"x": 1}, "way": [{"x": 1, "y": 2}], "pair": [3, True]}

TAKEN: list[dict[str, Any]] = [
    {"type": "turn", "heading": "left"},
    {"type": "stop"},
    BUILD,
    {**BUILD, "way": [{"x": 1}, {"x": 255}]},
    {**BUILD, "word": "abcd", "hue": "blue", "side": "black", "speed": -2, "either": "one", "counts": {"a": 1}},
    {**BUILD, "side": None, "either": 5, "tree": {"name": "a", "kids": [{"name": "b", "kids": [{"name": "c"}]}]}},
]

REFUSED: list[dict[str, Any]] = [
    {"type": "turn"},
    {"type": "turn", "heading": "back"},
    {"type": "stop", "now": True},
    {"type": "jump"},
    {key: value for key, value in BUILD.items() if key != "at"},
    {**BUILD, "at": {}},
    {**BUILD, "at": {"x": 256}},
    {**BUILD, "at": {"x": 1, "z": 1}},
    {**BUILD, "at": None},
    {**BUILD, "way": []},
    {**BUILD, "way": [{"x": 1}] * 3},
    {**BUILD, "way": [{"y": 1}]},
    {**BUILD, "pair": [3]},
    {**BUILD, "pair": [3, 1]},
    {**BUILD, "pair": [3, True, 3]},
    {**BUILD, "word": "a"},
    {**BUILD, "word": "abcde"},
    {**BUILD, "word": "AB"},
    {**BUILD, "hue": "green"},
    {**BUILD, "side": "grey"},
    {**BUILD, "speed": 1e39},
    {**BUILD, "speed": "fast"},
    {**BUILD, "either": None},
    {**BUILD, "counts": {"a": "one"}},
    {**BUILD, "tree": {"name": "a", "kids": [{"kids": []}]}},
]


class Building(Game):
    inputs = Turn | Build | Stop
    controls = Controls(keys={"up": Turn("up")})


SCHEMA = Schema.of_game(inspect_game(Building))


def _fits(schema: Schema, input: dict[str, Any]) -> bool:
    if input["type"] not in schema.inputs:
        return False
    described = schema.input_schema(input["type"])
    Draft202012Validator.check_schema(described)
    return bool(Draft202012Validator(described).is_valid(input))


CASES = [*((input, True) for input in TAKEN), *((input, False) for input in REFUSED)]


@pytest.mark.parametrize(("input", "right"), CASES, ids=str)
@pytest.mark.parametrize("module", [msgspec.json, msgspec.msgpack], ids=["json", "msgpack"])
def test_the_schema_lets_pass_what_the_decoder_takes(module: Any, input: dict[str, Any], right: bool) -> None:
    """Also when it has travelled."""
    schema = Schema.read(module.decode(module.encode(SCHEMA.describe())))
    assert schema == SCHEMA
    try:
        module.decode(module.encode(input), type=Building.inputs)
        taken = True
    except msgspec.ValidationError:
        taken = False
    assert (taken, _fits(schema, input)) == (right, right)


def test_choices_stand_in_the_authors_order() -> None:
    assert SCHEMA.inputs["turn"]["heading"] == {"enum": ["up", "down", "left", "right"]}
    assert SCHEMA.inputs["build"]["side"]["anyOf"][0] == {"enum": ["white", "black"]}
    assert SCHEMA.inputs["build"]["hue"] == {"enum": ["red", "blue"], "default": "red"}
    assert [*SCHEMA.inputs] == ["turn", "build", "stop"]


def test_what_is_required_and_what_has_a_default() -> None:
    assert SCHEMA.required == {"turn": ["heading"], "build": ["at", "way", "pair"]}
    build = SCHEMA.inputs["build"]
    assert build["at"] == {
        "type": "object",
        "properties": {
            "x": {"type": "integer", "minimum": 0, "maximum": 255},
            "y": {"type": "integer", "minimum": 0, "maximum": 255, "default": 7},
        },
        "required": ["x"],
        "additionalProperties": False,
    }
    assert build["way"]["items"] == build["at"]
    assert (build["word"]["pattern"], build["word"]["default"]) == ("^[a-z]+$", "ab")
    assert (build["speed"]["default"], build["side"]["default"], build["counts"]["default"]) == (1.5, None, {})


def test_only_what_holds_itself_is_referred_to() -> None:
    assert [*SCHEMA.definitions] == ["Tree"]
    assert SCHEMA.inputs["build"]["tree"]["anyOf"][0] == {"$ref": "#/$defs/Tree"}
    assert SCHEMA.definitions["Tree"]["properties"]["kids"]["items"] == {"$ref": "#/$defs/Tree"}
    assert "$defs" not in Schema.of_game(inspect_game(Game)).describe()


def test_two_inputs_may_order_the_same_choices_differently() -> None:
    class Left(Input):
        hand: Literal["left", "right"]

    class Right(Input):
        hand: Literal["right", "left"]

    fields = describe_inputs(Left | Right).fields
    assert (fields["left"]["hand"]["enum"], fields["right"]["hand"]["enum"]) == (["left", "right"], ["right", "left"])
