from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tickwire.replication.delta import TableDelta, pack
from tickwire.replication.sections import pack_moves, pack_rows

from .histories import SCHEMA

THING = SCHEMA.tables[0]
KINDS = "".join(field.type.kind[0] for field in THING.fields)
HEAD = 2  # bytes: the table and the flags

wires = {"int": st.integers(0, 2**32), "f32": st.integers(0, 2**32 - 1), "text": st.text(max_size=8)}
ids = st.sets(st.integers(0, 2**32 - 1), min_size=1, max_size=20).map(sorted)


def _columns(data: Any, n: int) -> list[Any]:
    return [data.draw(st.lists(wires[field.type.kind], min_size=n, max_size=n)) for field in THING.fields]


@given(ids, st.data())
def test_rows_are_what_a_section_of_added_rows_holds(added: list[int], data: Any) -> None:
    columns = _columns(data, len(added))
    baseline = [dict(zip(added, column, strict=True)) for column in columns]
    assert pack_rows(KINDS, added, baseline) == pack(TableDelta(THING, added=added, columns=columns))[HEAD:]


@given(ids, st.data())
def test_moves_are_what_a_section_of_changed_rows_holds(known: list[int], data: Any) -> None:
    before, after = _columns(data, len(known)), _columns(data, len(known))
    places = sorted(data.draw(st.sets(st.integers(0, len(known) - 1), min_size=1)))
    changes: dict[int, Any] = {}
    for i, field in enumerate(THING.fields):
        if data.draw(st.booleans()):
            after[i] = before[i]
        old, new = [before[i][p] for p in places], [after[i][p] for p in places]
        if old != new:
            changes[i] = [b - a for a, b in zip(old, new, strict=True)] if field.type.kind == "int" else new
    packed = pack(TableDelta(THING, changed=[known[p] for p in places], changes=changes))
    if changes:
        assert pack_moves(KINDS, places, known, before, after) == packed[HEAD:]


def test_moves_have_the_bytes_worked_out_by_hand() -> None:
    # 2 rows, ids 4 and 7 (7 is 4 + 2 + 1) as nibbles; field 1; 1 more and 1 less are 2 and 1 in zigzag, as nibbles.
    packed = pack_moves("ii", [0, 2], [4, 5, 7], [[0, 0, 0], [5, 5, 5]], [[0, 9, 0], [6, 9, 4]])
    assert packed == bytes.fromhex("02 00 42 02 00 21")
