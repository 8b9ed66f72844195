"""The looks of a schema, checked once and made quick to read.

A server may be anybody's: what makes no sense is not painted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from tickwire.faces.clean import clean
from tickwire.replication.schema import TableSchema

_LONGEST_CAPTION = 80  # characters

Read = Callable[[Any], Any]  # from a row the value

# What a look of each kind has, and what stands in for what it leaves out; None: it cannot be painted without.
_KEYS: dict[str, dict[str, Any]] = {
    "cell": {"x": None, "y": None, "color": 0, "glyph": "", "player": -1},
    "dot": {"x": None, "y": None, "color": 0, "radius": 1, "player": -1},
    "arrow": {"x": None, "y": None, "angle": 0, "color": 0, "size": 2, "player": -1},
    "box": {"x": None, "y": None, "width": 1, "height": 1, "color": 0, "player": -1},
    "text": {"x": None, "y": None, "text": None, "color": 0, "player": -1},
    "square": {"x": None, "y": None, "shade": 0, "column": "", "row": "", "color": 0, "player": -1},
    "mark": {"x": None, "y": None, "mark": None, "color": 0, "player": -1},
    "piece": {"x": None, "y": None, "glyph": None, "side": 0, "color": 0, "player": -1},
    "score": {"player": None, "value": None, "turn": 0, "side": -1},
    "caption": {"text": None},
    "seat": {"player": None, "turned": 1},
}
_TEXTS = frozenset({"glyph", "column", "row"})  # a constant may stand here
OF_FIELDS = frozenset({"cell", "square", "mark", "piece"})  # what fills one field of a board of whole numbers


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


def is_turned(looks: Iterable[KnownLook], tables: Mapping[str, Iterable[Any]], player: int) -> bool:
    """Whether a player sits on the other side of the board, and sees it turned by 180 degrees."""
    seats = ((look.read, row) for look in looks if look.kind == "seat" for row in tables.get(look.table, ()))
    return any(read["turned"](row) for read, row in seats if player > 0 and read["player"](row) == player)


def turned(look: KnownLook, board: tuple[float, float]) -> KnownLook:
    """The same look, seen from the other side of the board."""
    read = dict(look.read)
    for key, side, long in (("x", board[0], "width"), ("y", board[1], "height")):
        if key in read:
            extent = _constant(1) if look.kind in OF_FIELDS else read.get(long, _constant(0))
            read[key] = _across(look.read[key], extent, side)
    if "angle" in read:
        read["angle"] = _about(look.read["angle"])
    return replace(look, read=read)


def captions(looks: Iterable[KnownLook], tables: Mapping[str, Iterable[Any]]) -> list[str]:
    """The lines that say how a game stands."""
    known = [look for look in looks if look.kind == "caption"]
    texts = (clean(look.read["text"](row)).strip() for look in known for row in tables.get(look.table, ()))
    return [text[:_LONGEST_CAPTION] for text in texts if text]


def _across(read: Read, extent: Read, side: float) -> Read:
    def across(row: Any) -> Any:
        place, size = read(row), extent(row)
        return side - size - place if isinstance(place, int | float) and isinstance(size, int | float) else place

    return across


def _about(angle: Read) -> Read:
    def about(row: Any) -> Any:
        degrees = angle(row)
        return degrees + 180 if isinstance(degrees, int | float) else degrees

    return about


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
        elif isinstance(value, int | float) or (key in _TEXTS and isinstance(value, str)):
            read[key] = _constant(value)
        else:
            return None
    return KnownLook(table.name, kind, read, says_whose=look.get("player") in fields)


def _constant(value: Any) -> Read:
    return lambda row: value
