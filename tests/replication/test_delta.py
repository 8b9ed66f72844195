from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.replication.delta import TableDelta, pack, unpack
from tickwire.replication.schema import Schema

from .histories import SCHEMA

THING, DOT = SCHEMA.tables

u32 = st.integers(0, 2**32 - 1)


def _column(kind: str, n: int, *, difference: bool) -> st.SearchStrategy[list[Any]]:
    if kind == "int":
        values: st.SearchStrategy[Any] = st.integers(-(2**32), 2**32) if difference else st.integers(-(2**31), 2**32)
    else:
        values = u32 if kind == "f32" else st.text(max_size=8)
    return st.lists(values, min_size=n, max_size=n)


ids = st.sets(u32, min_size=1, max_size=8).map(sorted)


@st.composite
def deltas(draw: st.DrawFn) -> tuple[TableDelta, int]:
    """A delta, and how many rows are left in its group once those removed are gone."""
    table = draw(st.sampled_from(SCHEMA.tables))
    group = draw(st.just(0) | u32)
    if draw(st.integers(0, 9)) == 0:
        return TableDelta(table, group, gone=True), 0
    delta = TableDelta(table, group, removed=draw(st.just([]) | ids), hash=draw(st.none() | u32))
    left = draw(st.integers(1, 8))
    if draw(st.booleans()):
        delta.changed = draw(st.none() | ids)
        n = left if delta.changed is None else len(delta.changed)
        for i in sorted(draw(st.sets(st.integers(0, len(table.fields) - 1), min_size=1))):
            delta.changes[i] = draw(_column(table.fields[i].type.kind, n, difference=True))
    if draw(st.booleans()):
        delta.added = draw(ids)
        delta.columns = [draw(_column(f.type.kind, len(delta.added), difference=False)) for f in table.fields]
    return delta, left


@given(st.lists(deltas(), max_size=4))
@settings(max_examples=300, deadline=None)
def test_deltas_come_back(packed: list[tuple[TableDelta, int]]) -> None:
    asked: list[int] = []
    lefts = [left for delta, left in packed if delta.changes and delta.changed is None]

    def rows_left(table: object, group: int, removed: list[int]) -> int:
        asked.append(group)
        return lefts[len(asked) - 1]

    sections = b"".join(pack(delta) for delta, _ in packed)
    assert list(unpack(sections, SCHEMA.tables, rows_left)) == [delta for delta, _ in packed]
    assert len(asked) == len(lefts)


@pytest.mark.parametrize(
    ("delta", "packed"),
    [
        (TableDelta(DOT, removed=[3]), "01 02 010303"),
        (TableDelta(DOT, changed=[7], changes={0: [-1]}), "01 08 010307 01 0301"),
        (TableDelta(DOT, changes={0: [2, 2]}), "01 10 01 0304"),
        # ids 7, 8: nibbles 7 and 0; the column 5, 4 is 5, -1 in steps and 10, 1 in zigzag.
        (TableDelta(DOT, added=[7, 8], columns=[[5, 4]]), "01 04 020070 00a1"),
        (TableDelta(DOT, hash=0x01020304), "01 01 04030201"),
        (TableDelta(DOT, group=300, gone=True), "01 60 ac02"),
        (
            TableDelta(DOT, removed=[1], changes={0: [1]}, added=[9], columns=[[3]], hash=0),
            "01 17 010301 01 0302 010309 0306 00000000",
        ),
    ],
)
def test_a_section_has_the_bytes_worked_out_by_hand(delta: TableDelta, packed: str) -> None:
    assert pack(delta) == bytes.fromhex(packed)
    left = len(delta.changes.get(0, ()))
    assert list(unpack(bytes.fromhex(packed), SCHEMA.tables, lambda *_: left)) == [delta]


def test_a_delta_that_says_nothing_is_false() -> None:
    assert not TableDelta(DOT)
    assert not TableDelta(DOT, changed=[1])
    assert TableDelta(DOT, removed=[1])
    assert TableDelta(DOT, hash=0)
    assert TableDelta(DOT, gone=True)
    assert TableDelta(DOT, changes={0: [1]})
    assert TableDelta(DOT, added=[1], columns=[[1]])


@pytest.mark.parametrize(
    "packed",
    [
        "02 00",  # no such table
        "01",  # no flags
        "01 02",  # no ids
        "01 08 010301 02 0301",  # no such field
        "01 20",  # no group
        "01 01 000000",  # half a hash
        "01 04 010301",  # no columns
        "01 62 05 010301",  # gone comes with no other part but the group
        "01 64 05 010301 0302",
    ],
)
def test_a_section_that_makes_no_sense_is_a_protocol_error(packed: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        list(unpack(bytes.fromhex(packed), SCHEMA.tables, lambda *_: 0))
    assert caught.value.code is ErrorCode.BAD_MESSAGE


def test_a_section_of_another_schema_is_a_protocol_error() -> None:
    with pytest.raises(RemoteProtocolError, match="no table 1"):
        list(unpack(pack(TableDelta(DOT, removed=[1])), Schema((1, 1), (THING,)).tables, lambda *_: 0))
