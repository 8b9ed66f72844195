"""The accelerator and its Python twins are equal where a state is packed from tables' deltas."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replication.histories import SCHEMA
from test_accelerator import outcome, speed, wires

from tickwire.accelerator import pure
from tickwire.replication.delta import TableDelta
from tickwire.replication.sections import kinds_of

THING, DOT = SCHEMA.tables
KINDS = tuple([kinds_of(table) for table in SCHEMA.tables])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "i": st.one_of(st.integers(0, 2), wires),
    "f": st.integers(0, 2**32 - 1),
    "t": st.sampled_from(["", "a", "ö\0", "long" * 99]),
}
ids = st.sets(st.integers(0, 2**32), max_size=150).map(sorted)


@st.composite
def deltas(draw: Any) -> TableDelta:
    """What may have changed in a table, or in a group of one."""
    table = draw(st.sampled_from(SCHEMA.tables))
    kinds = KINDS[table.index]

    def column(kind: str, n: int) -> Any:
        some = draw(st.lists(VALUES[kind], min_size=min(n, 3), max_size=n))
        made = [some[i % len(some)] for i in range(n)]
        return draw(st.sampled_from([made, tuple(made)]))

    changed = draw(st.none() | ids)
    n = draw(st.integers(1, 9)) if changed is None else len(changed)
    fields = draw(st.lists(st.integers(0, len(kinds) - 1), unique=True)) if n else []
    added = draw(ids)
    return TableDelta(
        table,
        group=draw(st.sampled_from([0, 0, 1, 127, 128, 2**31])),
        removed=draw(ids),
        changed=changed,
        changes={i: column(kinds[i], n) for i in fields},
        added=added,
        columns=[column(kind, len(added)) for kind in kinds] if added else [],
        hash=draw(st.none() | st.integers(0, 2**32 - 1)),
        gone=draw(st.booleans()),
    )


@given(
    st.sampled_from([0, 1, 127, 128, 255, 256, 65_536, 2**32, 2**63 - 1]), st.booleans(), st.lists(deltas(), max_size=4)
)
def test_states_are_packed_alike(tick: int, full: bool, some: list[TableDelta]) -> None:
    packed = [outcome(f["pack_deltas"], tick, full, some, KINDS) for f in (vars(speed), pure)]
    assert packed[0] == packed[1]
    assert isinstance(packed[0], tuple)


def test_a_state_of_any_length_is_packed_alike() -> None:
    for n in (1, 2, 10, 100, 300, 1_000, 70_000):
        long = TableDelta(DOT, added=[*range(n)], columns=[[i * i % 9973 for i in range(n)]])
        packed = [f["pack_deltas"](5, True, [long], KINDS) for f in (vars(speed), pure)]
        assert packed[0] == packed[1]


REFUSED = (TypeError, ValueError, LookupError, AttributeError, OverflowError, struct.error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"group": -1},
        {"removed": [5, 3]},
        {"removed": ["1"]},
        {"removed": 5},
        {"changes": {0: []}},
        {"changes": {0: 5}},
        {"changes": {0: ["1"]}},
        {"changes": {0: [2**70]}},
        {"changes": {-1: [1]}},
        {"changes": {99: [1]}},
        {"changes": {"0": [1]}},
        {"changes": {8: [5]}},
        {"changes": {8: ["\ud800"]}},
        {"changes": {6: [-1]}},
        {"changes": {6: [2**32]}},
        {"changed": [], "changes": {0: [1]}},
        {"changed": 5, "changes": {0: [1]}},
        {"added": [1], "columns": []},
        {"added": [1], "columns": [[1]] * 11},
        {"added": [1], "columns": [[1]] * 10},
        {"added": [2, 1], "columns": [[1, 2]] * 10},
        {"hash": "1"},
        {"hash": 2**32},
        {"hash": -1},
    ],
)
def test_what_is_no_delta_is_refused(wrong: dict[str, Any]) -> None:
    for f in (vars(speed), pure):
        with pytest.raises(REFUSED):
            f["pack_deltas"](1, False, [TableDelta(THING, **wrong)], KINDS)


@pytest.mark.parametrize(
    "given",
    [
        (),
        (1, False, []),
        (-1, False, [], KINDS),
        ("1", False, [], KINDS),
        (2**64, False, [], KINDS),
        (1, 0, [], KINDS),
        (1, False, (), KINDS),
        (1, False, [], [*KINDS]),
        (1, False, [5], KINDS),
        (1, False, [None], KINDS),
        (1, False, [TableDelta(DOT, removed=[1])], ()),
        (1, False, [TableDelta(DOT, removed=[1])], ("i", "x")),
        (1, False, [TableDelta(DOT, removed=[1])], ("i", 5)),
        (1, False, [TableDelta(DOT, removed=[1])], ("i", "i" * 64)),
    ],
)
def test_what_is_no_state_is_refused(given: tuple[Any, ...]) -> None:
    with pytest.raises(REFUSED):
        speed.pack_deltas(*given)
