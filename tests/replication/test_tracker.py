from __future__ import annotations

from typing import Any

import pytest

from tickwire import Table
from tickwire.errors import FieldError
from tickwire.replication.delta import TableDelta
from tickwire.replication.rows import hash_rows
from tickwire.replication.tracker import TableTracker

from .histories import SCHEMA, Dot, Thing

THING, DOT = SCHEMA.tables


def _dots(*xs: int) -> tuple[Table[Dot], TableTracker, list[Dot]]:
    """A table of dots that its tracker knows."""
    table, tracker = Table(Dot), TableTracker(DOT)
    rows = [table.add(Dot(x)) for x in xs]
    tracker.capture(table.take_changes())
    return table, tracker, rows


def test_the_first_capture_adds_all_rows() -> None:
    table, tracker = Table(Dot), TableTracker(DOT)
    table.add(Dot(5))
    table.add(Dot(6))
    assert tracker.capture(table.take_changes()) == TableDelta(DOT, added=[1, 2], columns=[[5, 6]])
    assert [dict(column) for column in tracker.baseline] == [{1: 5, 2: 6}]


def test_only_rows_that_changed_are_in_a_delta() -> None:
    table, tracker, rows = _dots(5, 6, 7)
    rows[1].x = 4
    assert tracker.capture(table.take_changes()) == TableDelta(DOT, changed=[2], changes={0: [-2]})


def test_rows_that_all_changed_are_not_listed() -> None:
    table, tracker, rows = _dots(5, 6)
    for row in rows:
        row.x += 3
    delta = tracker.capture(table.take_changes())
    assert (delta.changed, delta.changes) == (None, {0: [3, 3]})


def test_rows_that_all_changed_are_those_that_are_left_after_removing_and_before_adding() -> None:
    table, tracker, rows = _dots(5, 6, 7)
    table.remove(rows[1])
    rows[2].x = 8  # set out of order
    rows[0].x = 4
    table.add(Dot(9))
    delta = tracker.capture(table.take_changes())
    assert delta == TableDelta(DOT, removed=[2], changes={0: [-1, 1]}, added=[4], columns=[[9]])


def test_a_field_set_to_what_it_was_changes_nothing() -> None:
    table, tracker, rows = _dots(5, 6)
    rows[0].x = 5
    assert not tracker.capture(table.take_changes())
    for row in rows:
        row.x = row.x
    assert not tracker.capture(table.take_changes())


def test_only_columns_that_changed_are_in_a_delta() -> None:
    table, tracker = Table(Thing), TableTracker(THING)
    one, _ = table.add(Thing(a=1, i="a")), table.add(Thing())
    tracker.capture(table.take_changes())
    one.a = 3
    one.i = "b"
    one.x = 0.1  # less than half a step
    delta = tracker.capture(table.take_changes())
    assert (delta.changed, delta.changes) == ([1], {0: [2], 8: ["b"]})


def test_changes_are_in_the_order_of_the_fields() -> None:
    table, tracker = Table(Thing), TableTracker(THING)
    one = table.add(Thing())
    tracker.capture(table.take_changes())
    one.x, one.i, one.h, one.g, one.a = 1.0, "a", True, 0.5, 1
    delta = tracker.capture(table.take_changes())
    assert list(delta.changes) == [0, 6, 7, 8, 9]


def test_the_full_delta_leads_from_nothing_to_the_baseline() -> None:
    table, tracker, rows = _dots(5, 6, 7)
    table.remove(rows[1])
    rows[2].x = 70_00
    tracker.capture(table.take_changes())
    assert tracker.full() == TableDelta(DOT, added=[1, 3], columns=[[5, 7000]])
    assert tracker.hash() == hash_rows([(1, 5), (3, 7000)])


def test_an_empty_table_has_nothing_to_say() -> None:
    tracker = TableTracker(DOT)
    assert not tracker.capture(Table(Dot).take_changes())
    assert not tracker.full()
    assert tracker.hash() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("a", 256),
        ("a", -1),
        ("a", 1.5),
        ("d", 128),
        ("g", "1"),
        ("h", 1),
        ("i", 5),
        ("i", "\ud800"),
        ("x", 11),
        ("x", None),
    ],
)
@pytest.mark.parametrize("when", ["added", "changed", "all changed"])
def test_a_field_that_cannot_hold_its_value_is_named(field: str, value: Any, when: str) -> None:
    table, tracker = Table(Thing), TableTracker(THING)
    rows = [table.add(Thing()) for _ in range(3)]
    if when != "added":
        tracker.capture(table.take_changes())
    if when == "all changed":
        for row in rows:
            row.b += 1
    setattr(rows[1], field, value)
    with pytest.raises(FieldError) as caught:
        tracker.capture(table.take_changes())
    assert caught.value.where == f"Thing.{field}"
    assert str(caught.value).startswith(f"Thing.{field} holds ")
    assert str(caught.value).endswith(f", not {value!r}")
