"""What inputs a game takes, as JSON Schema (draft 2020-12); docs/WIRE.md, section 3.3, says how a client reads it.

msgspec makes the schema of the types. Three things are changed for those who read it: what is named elsewhere stands in
its place, so that a client needs to follow no reference (but where a type holds itself); the choices of a `Literal`
come in the order in which the author wrote them; and the titles that msgspec makes of class names are left out.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import msgspec

from tickwire.game.contract import Input

_REF = "#/$defs/{name}"


@dataclass(frozen=True, slots=True)
class InputSchemas:
    """All inputs of a game.

    Attributes:
        fields: for each input's type its fields, each with its JSON Schema.
        required: for each input's type the fields that have no default.
        definitions: types that hold themselves, by the name by which `#/$defs/NAME` refers to them.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    required: dict[str, Any] = field(default_factory=dict)
    definitions: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Any]:
        """The whole JSON Schema of one input, to hand to a validator.

        >>> InputSchemas({"turn": {"way": {"enum": ["l", "r"]}}}, {"turn": ["way"]}).of("turn")["required"]
        ['type', 'way']
        """
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {"type": {"const": kind}, **self.fields[kind]},
            "required": ["type", *self.required.get(kind, [])],
            "additionalProperties": False,
        }
        return schema | ({"$defs": self.definitions} if self.definitions else {})


def describe_inputs(inputs: Any) -> InputSchemas:
    """The schemas of a game's `inputs`: an Input class, or a union of some, in the author's order."""
    if inputs is Input:
        return InputSchemas()  # a game that says nothing about inputs has none to offer
    return _describe(typing.get_args(inputs) if isinstance(inputs, types.UnionType) else (inputs,))


@lru_cache(maxsize=64)
def _describe(classes: tuple[type[Input], ...]) -> InputSchemas:
    """Made once for a game, and not for each of its rooms."""
    described = InputSchemas()
    schemas, components = msgspec.json.schema_components(classes, ref_template=_REF)
    for one, schema in zip(classes, schemas, strict=True):
        own = components[_named(schema)]
        writer = _Writer(components, _choices(one), described.definitions)
        fields = {name: writer.write(each) for name, each in own["properties"].items() if name != "type"}
        kind = str(one.__struct_config__.tag)
        described.fields[kind] = fields
        if required := [name for name in own["required"] if name in fields]:
            described.required[kind] = required
    return described


class _Writer:
    """Writes schemas anew, with what they refer to in its place.

    Args:
        components: what may be referred to, by name.
        choices: the choices of each Literal and Enum, in the author's order.
        definitions: is given the components that hold themselves.
    """

    def __init__(
        self, components: dict[str, Any], choices: dict[frozenset[Any], list[Any]], definitions: dict[str, Any]
    ) -> None:
        self._components = components
        self._choices = choices
        self._definitions = definitions
        self._inside: list[str] = []  # the components that are being written
        self._recursive = {name for name in components if name in set(self._reached(components[name], set()))}

    def write(self, schema: Any) -> Any:
        """A schema, or a part of one."""
        if isinstance(schema, list):
            return [self.write(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return self._refer(_named(schema), schema)
        written: dict[str, Any] = {}
        for key, part in schema.items():
            if key == "enum":
                written[key] = self._choices.get(_key(part), part)
            elif key in ("default", "examples", "const"):
                written[key] = part  # values, and no schemas
            elif key in ("properties", "patternProperties"):
                written |= {key: {name: self.write(each) for name, each in part.items()}}
            elif not (key == "required" and not part):
                written[key] = self.write(part)
        return written

    def _refer(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        beside = {key: part for key, part in schema.items() if key != "$ref"}  # a default, say
        if name not in self._recursive:
            return {**self._body(name), **beside}
        if name not in self._definitions:
            self._definitions[name] = {}  # it is being written: what it holds refers to it
            self._definitions[name] = self._body(name)
        return {"$ref": schema["$ref"], **beside}

    def _body(self, name: str) -> dict[str, Any]:
        body: dict[str, Any] = self.write(self._components[name])
        body.pop("title", None)
        return body

    def _reached(self, schema: Any, seen: set[str]) -> Iterator[str]:
        """The names of all components that a schema refers to, and those refer to."""
        if isinstance(schema, list):
            for part in schema:
                yield from self._reached(part, seen)
        elif isinstance(schema, dict):
            if "$ref" in schema and (name := _named(schema)) not in seen:
                seen.add(name)
                yield name
                yield from self._reached(self._components[name], seen)
            for part in schema.values():
                yield from self._reached(part, seen)


def _named(schema: dict[str, Any]) -> str:
    """The name of the component that a schema refers to."""
    return str(schema["$ref"]).rpartition("/")[2]


def _key(values: list[Any]) -> frozenset[Any]:
    return frozenset(map(repr, values))


def _choices(root: Any) -> dict[frozenset[Any], list[Any]]:
    """Each Literal's and Enum's choices in the author's order, by the set of them; msgspec sorts them."""
    found: dict[frozenset[Any], list[Any]] = {}
    waiting, seen = [root], list[Any]()
    while waiting:
        hint = waiting.pop()
        if any(hint is each for each in seen):
            continue
        seen.append(hint)  # itself, and not its id: an id may come again when what bore it is gone
        if typing.get_origin(hint) is Literal:
            choices = [value for value in typing.get_args(hint) if value is not None]
            found.setdefault(_key(choices), choices)
        elif isinstance(hint, type) and issubclass(hint, enum.Enum):
            members = [member.value for member in hint]
            found.setdefault(_key(members), members)
        elif isinstance(hint, type) and typing.get_origin(hint) is None:
            waiting += _hints(hint)
        else:
            waiting += typing.get_args(hint)
    return found


def _hints(kind: type) -> list[Any]:
    """The annotations of a class's fields; none for a class that has none."""
    if not getattr(kind, "__annotations__", None) and not hasattr(kind, "__struct_fields__"):
        return []
    try:
        return list(typing.get_type_hints(kind, include_extras=True).values())
    except NameError:
        return []  # of a class within a function; msgspec has found them another way, and its order will do
