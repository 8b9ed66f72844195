"""Makes docs/wire-schema.json: a JSON Schema of all messages both ways.

    cd tests && ../.venv/bin/python -m wire.make_schema

The messages come from the structs of tickwire.wire.messages; what `welcome` says of a game stands here by hand, as
docs/WIRE.md, section 3, has it. A test holds the file against real traffic.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
from jsonschema import Draft202012Validator

from tickwire.errors import CloseCode, ErrorCode
from tickwire.wire import messages
from tickwire.wire.messages import MapMessage, PackedState, PlayerInfo

from .make_vectors import text_of

PLACE = Path(__file__).parents[2] / "docs" / "wire-schema.json"

Schema = dict[str, Any]

TO_SERVER = (messages.Hello, messages.InputMessage[Any], messages.Say, messages.Ping, messages.Resync, messages.Leave)
TO_CLIENT = get_args(MapMessage)

INPUT: Schema = {
    "description": "One of the game's inputs: its `type` and its fields, as the schema in `welcome` has them.",
    "type": "object",
    "properties": {"type": {"type": "string"}},
    "required": ["type"],
}

ANY_SCHEMA: Schema = {"type": "object", "description": "A JSON Schema, draft 2020-12."}

FIELD: Schema = {
    "title": "field",
    "description": "A field of a table: its type, and how its value goes over into the next.",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "type": {"enum": ["u8", "u16", "u32", "i8", "i16", "i32", "bool", "fixed", "f32", "text"]},
        "lo": {"type": "number"},
        "hi": {"type": "number"},
        "step": {"type": "number", "exclusiveMinimum": 0},
        "blend": {"type": "string", "examples": ["linear", "angle", "step"]},
        "jump": {"type": "number", "exclusiveMinimum": 0},
        "every": {"type": "integer", "minimum": 1, "default": 1},
    },
    "required": ["name", "type"],
    "if": {"properties": {"type": {"const": "fixed"}}},
    "then": {"required": ["lo", "hi", "step"]},
}

TABLE: Schema = {
    "title": "table",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "view": {
            "type": "object",
            "properties": {"kind": {"type": "string", "examples": ["everyone", "grid", "owner"]}},
            "required": ["kind"],
        },
        "look": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]},
        "fields": {"type": "array", "items": {"$ref": "#/$defs/field"}, "minItems": 1, "maxItems": 32},
    },
    "required": ["name", "fields"],
}

CONTROLS: Schema = {
    "title": "controls",
    "description": "What keys, clicks and words send.",
    "type": "object",
    "properties": {
        "keys": {"type": "object", "additionalProperties": INPUT},
        "hold": {"type": "object", "additionalProperties": {"type": "string"}},
        "input": {"type": "string"},
        "click": INPUT,
        "text": {"type": "string"},
    },
}

GAME: Schema = {
    "title": "schema",
    "description": "What `welcome` says of the game: docs/WIRE.md, section 3.",
    "type": "object",
    "properties": {
        "board": {
            "type": "array",
            "items": {"type": "number", "exclusiveMinimum": 0},
            "minItems": 2,
            "maxItems": 2,
        },
        "tables": {"type": "array", "items": {"$ref": "#/$defs/table"}, "maxItems": 255},
        "inputs": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": ANY_SCHEMA},
        },
        "required": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "$defs": {"type": "object", "additionalProperties": ANY_SCHEMA},
        "controls": {"$ref": "#/$defs/controls"},
        "send_every": {"type": "integer", "minimum": 1, "default": 1},
        "predict": {"type": "string"},
        "rollback": {"type": "boolean", "default": False},
    },
    "required": ["board", "tables", "inputs", "controls"],
}

ROWS = {
    "type": "object",
    "description": "By table and row id the fields that have new values.",
    "additionalProperties": {
        "type": "object",
        "propertyNames": {"pattern": "^[0-9]+$"},
        "additionalProperties": {
            "type": "object",
            "additionalProperties": {"type": ["number", "boolean", "string"]},
        },
    },
}

SECTIONS = {
    "description": "The sections, docs/WIRE.md 4.2: a byte string of MessagePack; in base64 if this is JSON.",
    "type": "string",
    "contentEncoding": "base64",
}


def make() -> Schema:
    """What the file holds."""
    definitions: dict[str, Schema] = {}
    client = [_message(kind, "client", definitions) for kind in TO_SERVER]
    server = [_message(kind, "server", definitions) for kind in TO_CLIENT]
    definitions["client.input"]["properties"]["input"] = INPUT
    welcome, state = definitions["server.welcome"], definitions["server.state"]
    welcome["properties"]["schema"] = {"$ref": "#/$defs/schema"}
    welcome["properties"]["players"]["items"] = {"$ref": "#/$defs/player"}
    state["properties"]["tables"] = ROWS
    for name, codes in (("server.error", ErrorCode), ("server.bye", CloseCode)):
        definitions[name]["properties"]["code"]["examples"] = [code.value for code in codes]
    packed = _component(PackedState)
    packed["prefixItems"] = [{"type": "integer"}, {"type": "boolean"}, SECTIONS]
    definitions |= {
        "server.packed_state": {"title": "state in MessagePack", **packed},
        "player": {"title": "player", **_component(PlayerInfo)},
        "schema": GAME,
        "table": TABLE,
        "field": FIELD,
        "controls": CONTROLS,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tickwire, protocol 1",
        "description": "All messages of docs/WIRE.md. `#/$defs/client` is what a client sends, `#/$defs/server` what a "
        "server sends. Further fields, message types and codes may come in this version: see section 9 there.",
        "anyOf": [{"$ref": "#/$defs/client"}, {"$ref": "#/$defs/server"}],
        "$defs": {
            "client": {"title": "from client to server", "oneOf": client},
            "server": {"title": "from server to client", "oneOf": [*server, {"$ref": "#/$defs/server.packed_state"}]},
            **definitions,
        },
    }


def _message(kind: Any, side: str, definitions: dict[str, Schema]) -> Schema:
    """Define a message; a reference to it."""
    made = _component(kind)
    tag = made["properties"]["type"]["enum"][0]
    made["properties"]["type"] = {"const": tag}
    definitions[f"{side}.{tag}"] = {"title": tag, **made}
    return {"$ref": f"#/$defs/{side}.{tag}"}


def _component(kind: Any) -> Schema:
    _, components = msgspec.json.schema_components((kind,), ref_template="{name}")
    name = getattr(kind, "__name__", None) or kind.__origin__.__name__
    made: Schema
    [made] = [c for n, c in components.items() if n.startswith(name)]
    made.pop("title", None)
    # The first sentence of the docstring; the fields are explained in docs/WIRE.md.
    made["description"] = " ".join(made["description"].split()).partition(". ")[0].removesuffix(".") + "."
    return made


@cache
def validator(side: str) -> Draft202012Validator:
    """By the file, of what travels from this side: client or server."""
    file = json.loads(PLACE.read_text(encoding="utf-8"))
    return Draft202012Validator({**file, "anyOf": [{"$ref": f"#/$defs/{side}"}]})


def as_json(message: Any) -> Any:
    """A message as the file speaks of it: bytes in base64."""
    return json.loads(msgspec.json.encode(message))


if __name__ == "__main__":
    PLACE.write_text(text_of(make()) + "\n", encoding="utf-8")
