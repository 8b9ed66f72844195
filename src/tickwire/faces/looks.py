"""The looks of a schema, checked once and made quick to read.

A server may be anybody's: what makes no sense is not painted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from tickwire.replication.schema import TableSchema

Read = Callable[[Any], Any]  # from a row the value

# What a look of each kind has, and what stands in for what it leaves out; None: it cannot be painted without.
_KEYS: dict[str, dict[str, Any]] = {
    "cell": {"x": None, "y": None, "color": 0, "glyph": "", "player": -1},
    "dot": {"x": None, "y": None, "color": 0, "radius": 1, "player": -1},
    "arrow": {"x": None, "y": None, "angle": 0, "color": 0, "size": 2, "player": -1},
    "box": {"x": None, "y": None, "width": 1, "height": 1, "color": 0, "player": -1},
    "text": {"x": None, "y": None, "text": None, "color": 0, "player": -1},
    "score": {"player": None, "value": None},
}


@dataclass(frozen=True, slots=True)
class KnownLook:
    """How the rows of one table are to be painted: for each key how to read it from a row."""

    table: str
    kind: str
    read: dict[str, Read]
    says_whose: bool  # whether it names the player that a row belongs to


def known_looks(tables: Iterable[TableSchema]) -> list[KnownLook]:
    """The looks that can be painted, in the order of the tables."""
    return [look for table in tables if (look := _known(table)) is not None]


def _known(table: TableSchema) -> KnownLook | None:
    look = table.look if isinstance(table.look, dict) else {}
    kind = look.get("kind")
    keys = _KEYS.get(kind) if isinstance(kind, str) else None
    if kind is None or keys is None:
        return None
    fields = {f.name for f in table.fields}
    read: dict[str, Read] = {}
    for key, otherwise in keys.items():
        value = look.get(key, otherwise)
        if isinstance(value, str) and value in fields:
            read[key] = attrgetter(value)
        elif isinstance(value, int | float) or (key == "glyph" and isinstance(value, str)):
            read[key] = _constant(value)
        else:
            return None
    return KnownLook(table.name, kind, read, says_whose=look.get("player") in fields)


def _constant(value: Any) -> Read:
    return lambda row: value
