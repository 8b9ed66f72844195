"""The schema: what tables a game has, as both ends know it. `describe` and `read` are inverses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.game.contract import GameSpec
from tickwire.game.entity import Entity, Field
from tickwire.game.fields import type_of

_INPUT_KEYS = ("enum", "type", "minimum", "maximum", "maxLength")  # of JSON Schema, what a client can use


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table: its place among the tables, its name and its fields."""

    index: int
    name: str
    fields: tuple[Field, ...]
    look: dict[str, Any]
    view: dict[str, Any]

    def describe(self) -> dict[str, Any]:
        """The table as `welcome` has it."""
        fields = [{"name": f.name, **f.type.describe()} for f in self.fields]
        return {"name": self.name, "view": self.view, "fields": fields, "look": self.look}


@dataclass(frozen=True, slots=True)
class Schema:
    """What `welcome` tells a client about the game."""

    board: tuple[float, float]
    tables: tuple[TableSchema, ...]
    inputs: dict[str, Any] = field(default_factory=dict)
    controls: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The schema as `welcome` has it."""
        return {
            "board": list(self.board),
            "tables": [t.describe() for t in self.tables],
            "inputs": self.inputs,
            "controls": self.controls,
        }

    @staticmethod
    def of_game(spec: GameSpec) -> Schema:
        """The schema of a game."""
        return Schema(
            board=spec.board,
            tables=tuple(_of_entity(i, e) for i, e in enumerate(spec.tables.values())),
            inputs=_describe_inputs(spec.inputs),
            controls=spec.controls.describe(),
        )

    @staticmethod
    def read(described: dict[str, Any]) -> Schema:
        """The schema that a `welcome` brought.

        Raises:
            RemoteProtocolError: it makes no sense.
        """
        try:
            tables = tuple(
                TableSchema(
                    index=i,
                    name=_name(t["name"]),
                    fields=tuple(Field(_name(f["name"]), type_of(f)) for f in t["fields"]),
                    look=t.get("look", {"kind": "none"}),
                    view=t.get("view", {"kind": "everyone"}),
                )
                for i, t in enumerate(described["tables"])
            )
            width, height = described["board"]
        except (KeyError, TypeError, ValueError) as error:
            raise RemoteProtocolError(ErrorCode.BAD_MESSAGE, f"the schema cannot be read: {error!r}") from None
        return Schema((width, height), tables, described.get("inputs", {}), described.get("controls", {}))


def _name(name: Any) -> str:
    """A name that can be an attribute's; what begins with _ is Python's own."""
    if not (isinstance(name, str) and name.isidentifier() and not name.startswith("_")):
        raise ValueError(f"{name!r} is no name")
    return name


def _of_entity(index: int, entity: type[Entity]) -> TableSchema:
    return TableSchema(index, entity.__name__, entity.fields, entity.look.describe(), entity.view.describe())


def _describe_inputs(inputs: Any) -> dict[str, Any]:
    """For each input its fields, with what JSON Schema says of them."""
    _, components = msgspec.json.schema_components((inputs,), ref_template="{name}")
    described: dict[str, Any] = {}
    for component in components.values():
        fields: dict[str, Any] = dict(component.get("properties", {}))
        tag = fields.pop("type", {}).get("enum", [None])
        if tag[0] is not None:
            described[tag[0]] = {n: _known_keys(f) for n, f in fields.items()}
    return described


def _known_keys(described: dict[str, Any]) -> dict[str, Any]:
    return {key: described[key] for key in _INPUT_KEYS if key in described}
