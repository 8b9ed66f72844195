"""The accelerator and its Python twins are equal where a table's columns move on."""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_accelerator import odd, outcome, speed, wires

from tickwire import Entity, fixed, u16
from tickwire.accelerator import pure


def both_columns(content: dict[int, int]) -> tuple[Any, Any]:
    """The same column for the accelerator and for its twin."""
    mine = speed.Column()
    mine.update(sorted(content.items()))
    return mine, dict(sorted(content.items()))


@given(st.dictionaries(st.integers(1, 50), wires), st.lists(wires, min_size=50, max_size=50), st.randoms())
def test_columns_move_on_alike(column: dict[int, int], new: list[int], chance: Any) -> None:
    ids = sorted(chance.sample(sorted(column), chance.randint(0, len(column))))
    values = [column[id] if chance.random() < 0.5 else new[i] for i, id in enumerate(ids)]
    mine, twins = both_columns(column)
    assert outcome(speed.move_on, mine, ids, values) == outcome(pure["move_on"], twins, ids, values)
    assert dict(mine) == twins


@pytest.mark.parametrize("slots", [True, False], ids=["slots", "no slots"])
@given(st.lists(st.one_of(st.floats(0, 20), st.integers(0, 20), st.integers(0, 20), odd), max_size=9), st.data())
def test_rows_are_held_alike(slots: bool, values: list[Any], data: Any) -> None:
    fields = data.draw(st.sampled_from([[], [("x", (0, 20))], [("x", (0, 2.0, 40))], [("x", (-0.5, 1 / 0.3, 60))]]))
    kind = Slotted if slots else SimpleNamespace
    rows, groups = [kind(x=value) for value in values], [*range(300, 300 + len(values))]
    held = [outcome(f["hold_rows"], rows, groups, fields) for f in (vars(speed), pure)]
    assert held[0] == held[1]
    whole = [row for row in rows if type(row.x) is int and 0 <= row.x <= 20]
    for f in (vars(speed), pure):
        made = f["hold_rows"](whole, groups[: len(whole)], [("x", (0, 20)), ("x", (0, 2.0, 40))])
        assert made == [(g, row.x, 2 * row.x) for g, row in zip(groups, whole, strict=False)]


@pytest.mark.parametrize(
    ("groups", "fields"),
    [
        ([], [("x", (0, 20))]),
        ([1], [("x",)]),
        ([1], [("x", ())]),
        ([1], [5]),
        ([1], [("x", 5)]),
        ([1], [("y", (0, 20))]),
        (5, []),
    ],
)
def test_rows_that_cannot_be_held_are_refused(groups: Any, fields: Any) -> None:
    for f in (vars(speed), pure):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            f["hold_rows"]([Slotted(x=5)], groups, fields)


def fields_moved(
    f: Any, given: tuple[list[Any], list[int], list[int]], known: list[tuple[str, tuple[float, ...]]]
) -> object:
    """What columns of rows move on by, and what they then hold."""
    rows, ids, old = given
    columns = [speed.Column() for _ in known]
    for column in columns:
        column.update(zip(ids, old, strict=True))
    fields = tuple((i, columns[i], name, limits) for i, (name, limits) in enumerate(known))
    changes: dict[int, Any] = {}
    return outcome(f["move_fields"], rows, fields, changes), changes, [dict(column) for column in columns]


values_of_fields = st.one_of(st.floats(-1, 21), st.floats(0, 20), st.integers(0, 20), odd)


@pytest.mark.parametrize("kind", ["slots", "no slots", "entity", "mixed"])
@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(0, 60), values_of_fields, values_of_fields), max_size=200),
    st.lists(
        st.tuples(
            st.sampled_from("xxxyyyz"), st.sampled_from([(0, 20), (-5, 2**40), (0, 2.0, 40), (-0.5, 1 / 0.3, 60)])
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_all_fields_move_on_alike(
    kind: str, drawn: list[tuple[int, int, Any, Any]], known: list[tuple[str, tuple[float, ...]]], missing: bool
) -> None:
    drawn = sorted({each[0]: each for each in drawn}.values(), key=lambda each: each[0])
    made: dict[str, Callable[[], Any]] = {
        "slots": lambda: Slotted(0),
        "no slots": SimpleNamespace,
        "entity": lambda: Placed(0, 0),
    }
    rows = []
    for i, (id, _, x, y) in enumerate(drawn):
        rows.append(made[kind]() if kind != "mixed" else list(made.values())[i % 3]())
        rows[-1].id, rows[-1].x, rows[-1].y = id, x, y
    held = drawn[1:] if missing else drawn
    given = rows, [id for id, *_ in held], [old for _, old, *_ in held]
    mine, twins = fields_moved(vars(speed), given, known), fields_moved(pure, given, known)
    assert mine == twins


def test_all_fields_of_a_hundred_rows_move_on_by_what_they_changed() -> None:
    rows: list[Any] = [Placed(x / 2, 7) for x in range(1000)]
    columns = [speed.Column() for _ in range(3)]
    for column in columns:
        column.update((id, id) for id in range(1000))
    for id, row in enumerate(rows):
        row.id = id
    fields = ((0, columns[0], "x", (0, 2.0, 2000)), (3, columns[1], "x", (0, 1.0, 500)), (4, columns[2], "y", (0, 9)))
    changes: dict[int, Any] = {}
    halves = [round(x / 2) - x for x in range(1000)]
    assert speed.move_fields(rows, fields, changes) == []
    assert changes == {3: halves, 4: [7 - x for x in range(1000)]}
    assert speed.move_fields(rows, fields, changes) == []
    rows[500].y = 10
    rows[501].x = 99.0
    assert speed.move_fields(rows, fields, changes) == [4]
    assert [sum(map(bool, changes[i])) for i in (0, 3)] == [1, 1]
    assert (columns[0][501], columns[2][500]) == (198, 7)


@pytest.mark.parametrize(
    "fields", [[], 5, (5,), ((0, speed.Column(), "x"),), ((0, {}, "x", (0, 9)),), ((0, 5, "x", (0, 9)),)]
)
def test_what_is_no_field_does_not_move_on(fields: Any) -> None:
    with pytest.raises(TypeError):
        speed.move_fields([], fields, {})
    with pytest.raises(TypeError):
        speed.move_fields((), (), {})
    with pytest.raises(TypeError):
        speed.move_fields([], (), [])
    for limits in ((), (1,), (1, 2, 3, 4), 5, ("a", "b")):
        with pytest.raises(TypeError):
            speed.move_fields([], ((0, speed.Column(), "x", limits),), {})


def test_a_value_that_empties_the_list_of_rows_harms_nothing() -> None:
    class Vandal:
        """A number that does more than it is asked for."""

        def __rsub__(self, other: object) -> Any:
            return self

        def __sub__(self, other: object) -> float:
            rows.clear()
            del column[1]
            gc.collect()
            return 1.0

    vandal: Any = Vandal()
    rows = [Placed(vandal, 1) for _ in range(9)]
    column = speed.Column()
    for id, row in enumerate(rows):
        row.id = id
        column[id] = 0
    with pytest.raises(RuntimeError, match="the list changed"):
        speed.move_fields(rows, ((0, column, "x", (0.0, 2.0, 40)),), {})
    assert len(column) == 8


class Placed(Entity):
    """A row of the kind that games have."""

    x: float = fixed(0, 20, step=1)
    y: u16


class Slotted:
    """A row whose field is a slot, as an entity's are; another slot is empty."""

    __slots__ = ("id", "x", "y")

    def __init__(self, x: Any) -> None:
        self.x = x


def test_fields_that_are_no_plain_slots_are_read_as_python_reads_them() -> None:
    class Property(Slotted):
        """Its field is computed."""

        __slots__ = ()

        @property
        def x(self) -> Any:
            return 7

        @x.setter
        def x(self, value: Any) -> None:
            pass

    class Asked(Slotted):
        """Its field is asked for by a method of its own."""

        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            return 9 if name == "x" else object.__getattribute__(self, name)

    rows: list[Any] = [Slotted(1), Property(2), Asked(3)]
    for first in range(3):
        column = speed.Column()
        column.update([(1, 0), (2, 0), (3, 0)])
        turned = rows[first:] + rows[:first]
        for id, row in enumerate(turned, 1):
            row.id = id
        changes: dict[int, Any] = {}
        assert speed.move_fields(turned, ((0, column, "x", (0, 9)),), changes) == []
        assert changes == {0: [row.x for row in turned]}


operations = st.lists(
    st.one_of(
        st.tuples(st.just("append"), wires),
        st.tuples(st.just("set"), st.integers(0, 99)),
        st.tuples(st.just("delete"), st.integers(0, 99)),
    ),
    max_size=60,
)


@given(operations)
def test_a_column_is_a_dict(steps: list[tuple[str, int]]) -> None:
    mine, twin = speed.Column(), pure["Column"]()
    last = 0
    for what, number in steps:
        if what == "append":
            last += 1 + abs(number) % 7
            for column in (mine, twin):
                column.update([(last, number)])
        elif twin:
            id = list(twin)[number % len(twin)]
            for column in (mine, twin):
                if what == "set":
                    column[id] = number
                else:
                    del column[id]
        assert dict(mine) == twin
        assert len(mine) == len(twin)
        assert list(mine) == list(mine.keys()) == list(twin)
        assert list(mine.values()) == list(twin.values())


def test_a_column_refuses_what_is_none_of_it() -> None:
    column = speed.Column()
    column.update(zip([2, 5], [7, 8], strict=True))
    for missing in (1, 3, 9):
        with pytest.raises(KeyError):
            column[missing]
        with pytest.raises(KeyError):
            del column[missing]
    with pytest.raises(ValueError, match="ascend"):
        column[3] = 1
    for nonsense in ([(9, "x")], [("x", 9)], [(9, 2**70)], [9], [(9,)], 9):
        with pytest.raises((TypeError, OverflowError)):
            column.update(nonsense)
    assert dict(column) == {2: 7, 5: 8}


def test_a_row_that_is_not_in_the_column_is_refused() -> None:
    column = speed.Column()
    column[1] = 1
    for move_on, of in ((speed.move_on, column), (pure["move_on"], {1: 1})):
        with pytest.raises(KeyError):
            move_on(of, [1, 2], [3, 4])
