"""The schema: what tables a game has, as both ends know it. `describe` and `read` are inverses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.game.entity import Entity, Field, public_name
from tickwire.game.spec import GameSpec
from tickwire.replication.input_schema import InputSchemas, describe_inputs


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
        fields = [f.describe() for f in self.fields]
        return {"name": self.name, "view": self.view, "fields": fields, "look": self.look}


@dataclass(frozen=True, slots=True)
class Schema:
    """What `welcome` tells a client about the game."""

    board: tuple[float, float]
    tables: tuple[TableSchema, ...]
    inputs: dict[str, Any] = field(default_factory=dict)  # by type and field, as JSON Schema has it
    controls: dict[str, Any] = field(default_factory=dict)
    send_every: int = 1  # ticks
    predict: str | None = None  # the table whose own rows a client may play ahead
    rollback: bool = False  # whether inputs that came late count from their tick, for these rows
    required: dict[str, Any] = field(default_factory=dict)  # by type, the fields of an input that have no default
    definitions: dict[str, Any] = field(default_factory=dict)  # what the schemas of inputs refer to, by name

    @property
    def blends(self) -> bool:
        """Whether anything is shown between two states, so that clients have to know when it comes to rest."""
        return any(f.smooth.blend != "step" for t in self.tables for f in t.fields)

    def describe(self) -> dict[str, Any]:
        """The schema as `welcome` has it."""
        described: dict[str, Any] = {
            "board": list(self.board),
            "tables": [t.describe() for t in self.tables],
            "inputs": self.inputs,
            "controls": self.controls,
        }
        if self.send_every > 1:
            described["send_every"] = self.send_every
        if self.predict:
            described["predict"] = self.predict
        if self.rollback:
            described["rollback"] = True
        if self.required:
            described["required"] = self.required
        if self.definitions:
            described["$defs"] = self.definitions
        return described

    def input_schema(self, kind: str) -> dict[str, Any]:
        """The JSON Schema of one input, whole; KeyError if the game has no such input."""
        return InputSchemas(self.inputs, self.required, self.definitions).of(kind)

    @staticmethod
    def of_game(spec: GameSpec) -> Schema:
        """The schema of a game."""
        inputs = describe_inputs(spec.inputs)
        return Schema(
            board=spec.board,
            tables=tuple(_of_entity(i, e) for i, e in enumerate(spec.tables.values())),
            inputs=inputs.fields,
            controls=spec.controls.describe(),
            send_every=spec.send_every,
            predict=spec.game.predict.__name__ if spec.game.predict else None,
            rollback=spec.game.rollback,
            required=inputs.required,
            definitions=inputs.definitions,
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
                    name=public_name(t["name"]),
                    fields=tuple(map(Field.read, t["fields"])),
                    look=t.get("look", {"kind": "none"}),
                    view=t.get("view", {"kind": "everyone"}),
                )
                for i, t in enumerate(described["tables"])
            )
            width, height = described["board"]
            send_every, predict = int(described.get("send_every", 1)), described.get("predict")
        except (KeyError, TypeError, ValueError) as error:
            raise RemoteProtocolError(ErrorCode.BAD_MESSAGE, f"the schema cannot be read: {error!r}") from None
        return Schema(
            board=(width, height),
            tables=tables,
            inputs=described.get("inputs", {}),
            controls=described.get("controls", {}),
            send_every=send_every,
            predict=predict,
            rollback=bool(described.get("rollback")),
            required=described.get("required", {}),
            definitions=described.get("$defs", {}),
        )


def _of_entity(index: int, entity: type[Entity]) -> TableSchema:
    return TableSchema(index, entity.__name__, entity.fields, entity.look.describe(), entity.view.describe())
