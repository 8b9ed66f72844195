"""The accelerator and its Python twins are equal where a table's columns move on."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_accelerator import odd, outcome, speed, wires

from tickwire.accelerator import pure

COLUMNS = pytest.mark.parametrize("make", [dict, speed.Column], ids=["dict", "Column"])


def both_columns(make: Callable[[], Any], content: dict[int, int]) -> tuple[Any, Any]:
    """The same column for the accelerator and for its twin."""
    mine = make()
    mine.update(sorted(content.items()))
    return mine, dict(sorted(content.items()))


@COLUMNS
@given(st.dictionaries(st.integers(1, 50), wires), st.lists(wires, min_size=50, max_size=50), st.randoms())
def test_columns_move_on_alike(make: Any, column: dict[int, int], new: list[int], chance: Any) -> None:
    ids = sorted(chance.sample(sorted(column), chance.randint(0, len(column))))
    values = [column[id] if chance.random() < 0.5 else new[i] for i, id in enumerate(ids)]
    mine, twins = both_columns(make, column)
    assert outcome(speed.move_on, mine, ids, values) == outcome(pure["move_on"], twins, ids, values)
    assert dict(mine) == twins


@COLUMNS
@pytest.mark.parametrize("slots", [True, False], ids=["slots", "no slots"])
@given(
    st.dictionaries(st.integers(1, 50), st.integers(0, 40), min_size=1),
    st.lists(st.one_of(st.floats(-1, 21), st.integers(0, 20), odd), min_size=50, max_size=50),
    st.sampled_from([(0, 2.0, 40), (-0.5, 1.0, 20), (0.0, 1 / 0.3, 60)]),
)
def test_fields_move_on_alike(
    make: Any, slots: bool, column: dict[int, int], values: list[Any], scale: tuple[float, float, int]
) -> None:
    ids = sorted(column)
    kind = Slotted if slots else SimpleNamespace
    rows = [kind(x=value) for value in values[: len(ids)]]
    mine, twins = both_columns(make, column)
    moved = [(outcome(speed.move_steps, mine, ids, rows, "x", scale)), dict(mine)]
    assert moved == [outcome(pure["move_steps"], twins, ids, rows, "x", scale), twins]
    mine, twins = both_columns(make, column)
    moved = [(outcome(speed.move_ints, mine, ids, rows, "x", (0, 20))), dict(mine)]
    assert moved == [outcome(pure["move_ints"], twins, ids, rows, "x", (0, 20)), twins]
    for name, known in (("move_steps", scale), ("move_ints", (0, 20))):
        for got in (getattr(speed, name), pure[name]):
            with pytest.raises(AttributeError):
                got(twins if got is pure[name] else mine, ids, rows, "y", known)


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


class Slotted:
    """A row whose field is a slot, as an entity's are; another slot is empty."""

    __slots__ = ("x", "y")

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
        """Its fields are asked for by a method of its own."""

        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            return 9

    rows = [Slotted(1), Property(2), Asked(3)]
    for first in range(3):
        column = speed.Column()
        column.update([(1, 0), (2, 0), (3, 0)])
        turned = rows[first:] + rows[:first]
        assert speed.move_ints(column, [1, 2, 3], turned, "x", (0, 9)) == [row.x for row in turned]


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
    for move_on, of in ((speed.move_on, column), (speed.move_on, {1: 1}), (pure["move_on"], {1: 1})):
        with pytest.raises(KeyError):
            move_on(of, [1, 2], [3, 4])
