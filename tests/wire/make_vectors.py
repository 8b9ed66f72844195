"""Makes docs/wire-vectors.json: packed states as bytes, and what a mirror holds after each of them.

    cd tests && ../.venv/bin/python -m wire.make_vectors

The bytes are put together here and not by the product, so that every form stands in them, those too that our server
never chooses. A test holds the file against the product's mirrors, the page's, and the document's own decoder.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from end_to_end.wire_document_decoder import hash_of, hash_text, pack, to_value, to_wire

PLACE = Path(__file__).parents[2] / "docs" / "wire-vectors.json"

Message = dict[str, Any]
Values = dict[int, Message]  # by row id and field

NIBBLES, VARINTS, SPARSE, CONSTANT = range(4)
HASH, REMOVED, ADDED, CHANGED, ALL_CHANGED, GROUP, GONE = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40


# --- bytes, by the letter of 4.2 ---


def varint(n: int) -> bytes:
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def zigzag(n: int) -> int:
    return 2 * n if n >= 0 else -2 * n - 1


def ints(values: list[int], mode: int | None) -> bytes:
    """In this mode if it can hold them; None: in the shortest, the first of them."""
    if mode is not None and (mode != CONSTANT or len(set(values)) == 1):
        return bytes([mode]) + _in_mode(values, mode)
    modes = [m for m in range(4) if m != CONSTANT or len(set(values)) == 1]
    return min((bytes([m]) + _in_mode(values, m) for m in modes), key=len)


def _in_mode(values: list[int], mode: int) -> bytes:
    if mode == NIBBLES:
        halves = [min(n, 15) for n in values] + [0] * (len(values) % 2)
        pairs = bytes(a << 4 | b for a, b in zip(halves[::2], halves[1::2], strict=True))
        return pairs + b"".join(varint(n - 15) for n in values if n >= 15)
    if mode == VARINTS:
        return b"".join(map(varint, values))
    if mode == SPARSE:
        bits = bytearray((len(values) + 7) // 8)
        for i, n in enumerate(values):
            bits[i // 8] |= (n != 0) << i % 8
        return bytes(bits) + b"".join(varint(n) for n in values if n)
    return varint(values[0])


def ids(row_ids: list[int], mode: int | None) -> bytes:
    steps = [b - a - 1 for a, b in zip([-1, *row_ids], row_ids, strict=False)]
    return varint(len(row_ids)) + ints(steps, mode)


def column(described: Message, wires: list[Any], before: list[Any], mode: int | None) -> bytes:
    """A column; an integer's wire values as differences to `before`."""
    if described["type"] == "f32":
        return b"".join(struct.pack("<I", wire) for wire in wires)
    if described["type"] == "text":
        return b"".join(varint(len(raw)) + raw for raw in (wire.encode() for wire in wires))
    return ints([zigzag(new - old) for new, old in zip(wires, before, strict=True)], mode)


# --- what a state does, and the mirror that it is done to ---


@dataclass
class Section:
    """What happens to one group. `mode` is that of all its ints; `all` says of all rows that they changed."""

    table: str
    group: int = 0
    removed: list[int] = field(default_factory=list)
    changed: Values = field(default_factory=dict)
    added: Values = field(default_factory=dict)
    hash: bool = False
    gone: bool = False
    all: bool = False
    mode: int | None = None


class Model:
    """The rows of all tables as wire values, by table, group and id."""

    def __init__(self, schema: Message) -> None:
        self.tables = schema["tables"]
        self.groups: dict[str, dict[int, dict[int, list[Any]]]] = {t["name"]: {} for t in self.tables}

    def rows(self, table: str) -> dict[int, list[Any]]:
        return dict(sorted((id, row) for group in self.groups[table].values() for id, row in group.items()))

    def apply(self, section: Section) -> bytes:
        """Do what a section says; its bytes."""
        place = next(i for i, t in enumerate(self.tables) if t["name"] == section.table)
        fields, groups = self.tables[place]["fields"], self.groups[section.table]
        flags, mode = GROUP if section.group else 0, section.mode
        parts = [varint(section.group)] if section.group else []
        rows = groups.setdefault(section.group, {})
        if section.gone:
            flags |= GONE
            del groups[section.group]
        if section.removed:
            flags |= REMOVED
            parts.append(ids(section.removed, mode))
            for id in section.removed:
                del rows[id]
        if section.changed:
            flags |= ALL_CHANGED if section.all else CHANGED
            changed = sorted(rows) if section.all else sorted(section.changed)
            parts += [] if section.all else [ids(changed, mode)]
            parts += self._change(fields, rows, changed, section)
        if section.added:
            flags |= ADDED
            added = sorted(section.added)
            parts.append(ids(added, mode))
            wires = {id: [to_wire(f, section.added[id][f["name"]]) for f in fields] for id in added}
            for i, described in enumerate(fields):
                values = [wires[id][i] for id in added]
                parts.append(column(described, values, [0, *values[:-1]], mode))
            for other in groups.values():  # a row is in the group that added it last
                for id in wires:
                    other.pop(id, None)
            rows.update(wires)
        if section.hash:
            flags |= HASH
            parts.append(struct.pack("<I", hash_of(rows)))
        return bytes([place, flags]) + b"".join(parts)

    def _change(
        self, fields: list[Message], rows: dict[int, list[Any]], changed: list[int], section: Section
    ) -> Iterator[bytes]:
        mask, columns = 0, []
        for i, described in enumerate(fields):
            old = [rows[id][i] for id in changed]
            given = [section.changed.get(id, {}).get(described["name"]) for id in changed]
            new = [was if now is None else to_wire(described, now) for was, now in zip(old, given, strict=True)]
            if any(now is not None for now in given):
                mask |= 1 << i
                columns.append(column(described, new, old, section.mode))
            for id, wire in zip(changed, new, strict=True):
                rows[id][i] = wire
        return iter([varint(mask), *columns])

    def values(self) -> dict[str, Values]:
        return {
            t["name"]: {
                id: {f["name"]: _rounded(to_value(f, wire)) for f, wire in zip(t["fields"], row, strict=True)}
                for id, row in self.rows(t["name"]).items()
            }
            for t in self.tables
        }


def _rounded(value: Any) -> Any:
    """A value as JSON has it: a fixed one as a short decimal, an f32 one with all its digits."""
    short = round(value, 9) if isinstance(value, float) else value
    return short if isinstance(value, float) and abs(value - short) < 1e-12 and abs(value) > 1e-9 else value


def vector(name: str, tables: list[Message], *states: tuple[bool, list[Section]]) -> Message:
    """A schema, and states that are applied one after the other, from tick 1 on."""
    schema = {"board": [100, 100], "tables": tables, "inputs": {}, "controls": {"keys": {}}}
    model, made = Model(schema), []
    for tick, (full, sections) in enumerate(states, start=1):
        before = model.values()
        if full:
            for groups in model.groups.values():
                groups.clear()
        packed = pack_state(tick, full, b"".join(map(model.apply, sections)))
        made.append(
            {
                "bytes": packed.hex(),
                "tick": tick,
                "full": full,
                "json": _in_json(tick, full, {} if full else before, model.values()),
                "rows": {t["name"]: model.rows(t["name"]) for t in tables},
                "groups": {
                    t["name"]: {g: sorted(rows) for g, rows in sorted(model.groups[t["name"]].items()) if rows}
                    for t in tables
                },
                "hash": {t["name"]: zlib.crc32(hash_text(model.rows(t["name"])).encode()) for t in tables},
            }
        )
        # What was written down must not change with the next state.
        made[-1] = json.loads(json.dumps(made[-1]))
    return {"name": name, "schema": schema, "states": made}


def pack_state(tick: int, full: bool, sections: bytes) -> bytes:
    size = bytes([0xC4, len(sections)]) if len(sections) < 256 else b"\xc5" + struct.pack(">H", len(sections))
    return b"\x93" + pack(tick) + pack(full) + size + sections


def _in_json(tick: int, full: bool, before: dict[str, Values], after: dict[str, Values]) -> Message:
    """The same state as a client of JSON gets it, which knows no groups."""
    tables: dict[str, Values] = {}
    removed: dict[str, list[int]] = {}
    for name, rows in after.items():
        old = before.get(name, {})
        for id, row in rows.items():
            new = {f: value for f, value in row.items() if id not in old or not _same(old[id][f], value)}
            if new:
                tables.setdefault(name, {})[id] = new
        if gone := sorted(set(old) - set(rows)):
            removed[name] = gone
    state: Message = {"type": "state", "tick": tick}
    return state | ({"full": True} if full else {}) | _unless_empty(tables=tables, removed=removed)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) and str(a) == str(b)  # 0.0 and -0.0 differ


def _unless_empty(**parts: Any) -> Message:
    return {name: part for name, part in parts.items() if part}


# --- the vectors ---

EVERYONE: Message = {"kind": "everyone"}
NONE: Message = {"kind": "none"}
F32_MAX = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


def table(name: str, view: Message, *fields: Message) -> Message:
    return {"name": name, "view": view, "look": NONE, "fields": list(fields)}


def typed(**types: str) -> list[Message]:
    return [{"name": name, "type": type} for name, type in types.items()]


FIXED: Message = {"name": "at", "type": "fixed", "lo": -50, "hi": 50, "step": 0.5}
TENTHS: Message = {"name": "part", "type": "fixed", "lo": 0, "hi": 1, "step": 0.1}
ALL = table(
    "Every",
    EVERYONE,
    *typed(a="u8", b="u16", c="u32", d="i8", e="i16", f="i32", g="bool", h="f32", i="text"),
    FIXED,
    TENTHS,
)
LOW: Message = {"a": 0, "b": 0, "c": 0, "d": -128, "e": -(2**15), "f": -(2**31), "g": False, "h": 0.0, "i": ""} | {
    "at": -50,
    "part": 0,
}
HIGH: Message = {"a": 255, "b": 2**16 - 1, "c": 2**32 - 1, "d": 127, "e": 2**15 - 1, "f": 2**31 - 1, "g": True} | {
    "h": F32_MAX,
    "i": 'a "b" \\c\n\x00é漢😀',
    "at": 50,
    "part": 1,
}
MIDDLE: Message = {"a": 7, "b": 300, "c": 70_000, "d": -1, "e": -300, "f": -70_000, "g": True, "h": 1.5, "i": "ada"} | {
    "at": 10.5,
    "part": 0.3,
}

COUNTS = [table("Count", EVERYONE, *typed(n="u16", m="i8"))]


def _counts(*values: tuple[int, int]) -> Values:
    return {3 * i + 1: {"n": n, "m": m} for i, (n, m) in enumerate(values)}


ROWS = _counts((1, -1), (1, -1), (40, 5), (40, 5), (65_535, -128), (0, 127), (0, 0), (0, 0), (300, 0))
GRID = {"kind": "grid", "cell": 10, "window": [20, 20], "x": "x", "y": "y"}
BIRDS = [table("Bird", GRID, *typed(x="u16", y="u16", name="text"))]
CARDS = [table("Card", {"kind": "owner", "field": "player"}, *typed(player="u16", rank="u8"))]


def _bird(x: int, y: int, name: str = "") -> Message:
    return {"x": x, "y": y, "name": name}


def make_states() -> list[Message]:
    section = Section
    modes = [(NIBBLES, "nibbles"), (VARINTS, "varints"), (SPARSE, "sparse"), (None, "the shortest mode of each")]
    return [
        vector(
            "every field type, from one end to the other",
            [ALL],
            (True, [section("Every", added={1: LOW, 2: HIGH, 3: MIDDLE}, hash=True)]),
            (False, [section("Every", changed={1: HIGH, 2: LOW}, hash=True)]),
            (False, [section("Every", changed={1: LOW, 2: LOW, 3: LOW}, all=True, hash=True)]),
            (False, [section("Every", changed={3: {"h": -0.0}})]),
            (False, [section("Every", changed={1: {"h": -2.25}, 2: {"h": 1e-45}, 3: {"h": 0.0}}, all=True)]),
            (False, [section("Every", changed={2: {"i": "می\u200cروم"}, 3: {"i": ""}}, hash=True)]),
        ),
        *[
            vector(
                f"ints in {words}",
                COUNTS,
                (True, [section("Count", added=ROWS, mode=mode)]),
                (False, [section("Count", changed={i: {"n": 9, "m": 9} for i in ROWS}, all=True, mode=mode)]),
                (False, [section("Count", changed={1: {"n": 10}, 13: {"n": 0}}, mode=mode, hash=True)]),
                (False, [section("Count", removed=[4, 25], mode=mode, hash=True)]),
            )
            for mode, words in modes
        ],
        vector(
            "ints all equal, in the constant mode",
            COUNTS,
            (True, [section("Count", added=_counts((5, -5)), mode=CONSTANT)]),
            (False, [section("Count", added={7: {"n": 5, "m": -5}}, mode=CONSTANT)]),
            (False, [section("Count", changed={1: {"n": 8}, 7: {"n": 8}}, all=True, mode=CONSTANT, hash=True)]),
        ),
        vector(
            "removed, changed and added in one section",
            COUNTS,
            (True, [section("Count", added=_counts((1, 1), (2, 2), (3, 3)))]),
            (False, [section("Count", removed=[4], changed={7: {"n": 4}}, added={9: {"n": 9, "m": 9}}, hash=True)]),
            # All that are left after removing, and not those that are added.
            (
                False,
                [
                    section(
                        "Count",
                        removed=[1],
                        changed={7: {"m": -1}, 9: {"m": -2}},
                        all=True,
                        added={20: {"n": 0, "m": 0}, 4_294_967_295: {"n": 1, "m": 1}},
                        hash=True,
                    )
                ],
            ),
        ),
        vector(
            "nothing, and everything anew",
            COUNTS,
            (True, []),
            (False, [section("Count", added=_counts((1, 1)))]),
            (False, []),
            (True, [section("Count", added={50: {"n": 1, "m": 1}}, hash=True)]),
            (False, [section("Count", removed=[50], hash=True)]),  # the hash of no rows is 0
        ),
        vector(
            "two tables",
            [ALL, *COUNTS],
            (True, [section("Every", added={1: MIDDLE}), section("Count", added=_counts((1, 1)))]),
            (False, [section("Every", removed=[1], hash=True), section("Count", changed={1: {"n": 2}}, all=True)]),
        ),
        vector(
            "groups of a grid: rows move, and groups go out of sight",
            BIRDS,
            (
                True,
                [
                    section("Bird", 1, added={1: _bird(5, 5, "a"), 2: _bird(6, 6, "b")}, hash=True),
                    section("Bird", 130, added={3: _bird(95, 95, "c")}),
                ],
            ),
            # A row leaves a group, and then is added to another.
            (False, [section("Bird", 1, removed=[2]), section("Bird", 2, added={2: _bird(15, 6, "b")}, hash=True)]),
            (False, [section("Bird", 2, changed={2: {"x": 16}}, all=True), section("Bird", 1, changed={1: {"y": 4}})]),
            (False, [section("Bird", 130, gone=True), section("Bird", 77, gone=True)]),  # of 77 it knew nothing
            (False, [section("Bird", 130, added={3: _bird(96, 95, "c"), 4: _bird(97, 95, "d")}, hash=True)]),
        ),
        _moved_before_it_left(),
        vector(
            "behind: a row is in its new group before its old one is told, and rows that are known are added again",
            BIRDS,
            (True, [section("Bird", 1, added={1: _bird(5, 5, "a"), 2: _bird(6, 6, "b")})]),
            (False, [section("Bird", 2, added={2: _bird(15, 6, "b")}, hash=True)]),
            (False, [section("Bird", 2, gone=True), section("Bird", 2, added={2: _bird(16, 6, "b")}, hash=True)]),
            (False, [section("Bird", 1, gone=True), section("Bird", 1, added={1: _bird(4, 5, "a")}, hash=True)]),
        ),
        vector(
            "behind: rows that are known are added again",
            COUNTS,
            (True, [section("Count", added=_counts((1, 1), (2, 1)))]),
            (False, [section("Count", added={4: {"n": 7, "m": 2}, 9: {"n": 3, "m": 1}}, hash=True)]),
        ),
        vector(
            "rows of their owner",
            CARDS,
            (True, [section("Card", 7, added={1: {"player": 7, "rank": 1}, 5: {"player": 7, "rank": 12}})]),
            (False, [section("Card", 7, removed=[1], changed={5: {"rank": 11}}, hash=True)]),
            (False, [section("Card", 7, gone=True)]),
            (False, [section("Card", 65_535, added={6: {"player": 65_535, "rank": 3}}, hash=True)]),
        ),
    ]


def _moved_before_it_left() -> Message:
    """A row is added to its new group by a section in front of the one that removes it from its old one."""
    made = vector(
        "a row is in its new group before it is removed from its old one",
        BIRDS,
        (True, [Section("Bird", 2, added={1: _bird(15, 5, "a"), 2: _bird(16, 6, "b")})]),
        (False, [Section("Bird", 2, removed=[2]), Section("Bird", 1, added={2: _bird(9, 6, "b")}, hash=True)]),
    )
    # The same two sections the other way around: for the mirror it comes to the same.
    leaves = bytes([0, GROUP | REMOVED]) + varint(2) + ids([2], None)
    whole = bytes.fromhex(made["states"][1]["bytes"])
    before, found, comes = whole.partition(leaves)
    assert found
    assert before == bytes([0x93, 0x02, 0xC2, 0xC4, len(leaves + comes)])
    made["states"][1]["bytes"] = (before + comes + leaves).hex()
    return made


INTS: list[tuple[int, list[int]]] = [
    (NIBBLES, [1, 2, 3, 4, 20]),
    (NIBBLES, [0]),
    (NIBBLES, [14, 15, 16, 2**33 - 1]),
    (VARINTS, [200, 300, 5000]),
    (VARINTS, [0, 127, 128, 16_383, 16_384, 2**32 - 1, 2**33 - 1]),
    (SPARSE, [0, 0, 0, 0, 0, 0, 0, 0, 0, 300, 0, 1]),
    (SPARSE, [0] * 9),
    (SPARSE, [1] * 8),
    (CONSTANT, [7, 7, 7, 7]),
    (CONSTANT, [2**33 - 1]),
]


def make() -> Message:
    """What the file holds."""
    return {
        "about": "Made by tests/wire/make_vectors.py. docs/WIRE.md, 'Checking a client', says how to read it.",
        "ints": [{"mode": mode, "integers": n, "bytes": (bytes([mode]) + _in_mode(n, mode)).hex()} for mode, n in INTS],
        "hashes": [
            {"text": text, "hash": zlib.crc32(text.encode())}
            for text in ("", "1,0\n", "6,15,17,1\n9,41,7,0\n", '2,-3,1069547520,a "b",\n', "1,é漢😀\n")
        ],
        "vectors": make_states(),
    }


def text_of(value: Any, indent: str = "") -> str:
    """JSON for people too: what is short, or a list of plain values, stands on one line."""
    compact = json.dumps(value)
    nested = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict | list) for v in value))
    if not nested or len(indent) + len(compact) <= 120:
        return compact
    deeper = indent + " "
    if isinstance(value, dict):
        parts = [f"{deeper}{json.dumps(str(k))}: {text_of(v, deeper)}" for k, v in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + text_of(v, deeper) for v in value) + f"\n{indent}]"


if __name__ == "__main__":
    PLACE.write_text(text_of(make()) + "\n", encoding="utf-8")
