"""Tables and the rows in them are the same in C and in Python: in what they hold, in what they tell and refuse."""

from __future__ import annotations

import gc
import inspect
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_accelerator import speed

from tickwire import Entity, Table, text, u16
from tickwire.accelerator import pure
from tickwire.game import entity


def rows_on(base: type, assign: Callable[..., None]) -> Any:
    """A class of rows, on either foundation."""

    class Made(base):  # type: ignore[misc]
        __slots__ = ("gone", "x")

        def __init__(self, x: int) -> None:
            for name, value in (("_mark", entity.APART), ("_touched", None), ("x", x), ("gone", None)):
                assign(self, name, value)

        def __repr__(self) -> str:
            return f"Made({self.x})"

        def __del__(self) -> None:
            if self.gone:
                self.gone()

    return Made


# The twin is of whatever rows are in use, which may be either.
IN_C = speed.Rows, rows_on(speed.Row, speed.assign)
IN_PYTHON = pure["Rows"], rows_on(entity.Row, entity._assign)
EITHER = pytest.mark.parametrize(("rows", "made"), [IN_C, IN_PYTHON], ids=["C", "Python"])

odd_ids: st.SearchStrategy[Any] = st.sampled_from([0, -1, True, 1.0, 1.5, "1", None, (), (1, 2), [], 2**70])
steps = st.tuples(
    st.sampled_from(
        ["add", "again", "other", "touch", "restore", "skip", "remove", "remove_id", "foreign", "odd", "take"]
    ),
    st.integers(0, 12),
    odd_ids,
)


def told(do: Callable[..., Any], *given: object, **by_name: object) -> object:
    """What a call gives, or its error with its words."""
    try:
        return repr(do(*given, **by_name))
    except Exception as error:
        return type(error), str(error)


def history(rows: Any, made: Any, steps: list[tuple[str, int, Any]]) -> list[object]:
    """What a table says and holds at every step."""
    table, foreign, known = rows(made), rows(made).add(made(-1)), [made(0)]
    other = type("Other", (made,), {"__slots__": ()})
    happened: list[object] = []
    for what, n, odd in steps:
        row = known[n % len(known)]
        match what:
            case "add":
                known.append(made(len(known)))
                happened.append(told(table.add, known[-1]))
            case "again":
                happened.append(told(table.add, row))
            case "other":
                happened.append([told(table.add, it) for it in (other(1), foreign, odd)])
            case "touch":
                row.x += 1
            case "restore":
                happened += [told(table.restore, n, made(100 + n)), told(table.restore, odd, made(200))]
            case "skip":
                happened += [told(table.skip_to, n), told(table.skip_to, odd)]
            case "remove":
                happened.append(told(table.remove, row))
            case "remove_id":
                happened.append(told(table.remove, n))
            case "foreign":
                happened.append([told(table.remove, it) for it in (foreign, other(2))])
            case "odd":
                happened += [told(do, odd) for do in (table.get, table.__getitem__, table.__contains__, table.remove)]
            case "take":
                happened.append(told(table._take))
        happened.append(
            (len(table), table.next_id, str(list(table)), list(table._rows), row in table, foreign in table)
        )
        happened.append((str(table.get(n)), getattr(row, "id", None)))
    return [*happened, told(table._take), told(table._take)]


@given(st.lists(steps, max_size=40))
def test_tables_hold_tell_and_refuse_the_same(steps: list[tuple[str, int, Any]]) -> None:
    assert history(*IN_C, steps) == history(*IN_PYTHON, steps)


moves = st.tuples(st.sampled_from(["touch", "touch", "move", "remove", "make anew", "take"]), *[st.integers(0, 5)] * 2)


def wandering(rows: Any, made: Any, steps: list[tuple[str, int, int]]) -> list[object]:
    """What three tables tell, between which rows go to and fro; held against what that should be."""
    tables = [rows(made) for _ in range(3)]
    known = [made(x) for x in range(6)]
    home: dict[int, int] = {}  # by row the table that it is in
    new: set[int] = set()
    touched: set[int] = set()
    happened: list[object] = []
    for what, n, m in [*steps, *[("take", 0, m) for m in range(3)]]:
        row, table = known[n], tables[m % 3]
        if what == "touch":
            row.x += 10
            if n in home and n not in new:
                touched.add(n)
        elif what == "take":
            here = {at for at in home if home[at] == m % 3}
            added, noted, removed = table._take()
            assert [id(each) for each in added.values()] == [
                id(known[at]) for at in sorted(here & new, key=lambda at: known[at].id)
            ]
            assert sorted(id(each) for each in noted) == sorted(id(known[at]) for at in here & touched)
            assert [each.id for each in noted] == sorted(each.id for each in noted)
            new -= here
            touched -= here
            happened.append((str(added), str(noted), removed))
        else:
            if n in home:
                tables[home.pop(n)].remove(row)
            new.discard(n)
            touched.discard(n)
            if what == "make anew":
                row.__init__(n)
            elif what == "move":
                table.add(row)
                home[n] = m % 3
                new.add(n)
    return happened


@given(st.lists(moves, max_size=60))
def test_rows_that_go_from_table_to_table_are_told_of_where_they_are(steps: list[tuple[str, int, int]]) -> None:
    assert wandering(*IN_C, steps) == wandering(*IN_PYTHON, steps)


@EITHER
def test_rows_are_told_of_by_their_ids_whatever_these_are(rows: Any, made: Any) -> None:
    table = rows(made)
    known = [table.restore(id, made(n)) for n, id in enumerate((True, 5, 2**62, 2**63, 2**64, 2**70))]
    table._take()
    for some in ([3, 1, 0, 2], [5, 4, 0], [2, 1], [1]):
        for n in some:
            known[n].x += 1
        assert table._take()[1] == [known[n] for n in sorted(some)]


@EITHER
@pytest.mark.parametrize("wrong", ["1", None, 1j])
def test_a_row_whose_id_is_none_cannot_be_told_of(rows: Any, made: Any, wrong: object) -> None:
    table = rows(made)
    known = [table.add(made(x)) for x in range(3)]
    table._take()
    for row in known:
        row.x = 5
    known[1].id = wrong
    with pytest.raises(TypeError, match="not supported between instances"):
        table._take()
    assert table._take() == ({}, [], [])
    del known[1].id
    known[1].x = 6
    with pytest.raises(AttributeError, match="id"):
        table._take()


@EITHER
def test_a_row_that_touches_others_when_it_dies_harms_nothing(rows: Any, made: Any) -> None:
    table = rows(made)
    known = [table.add(made(x)) for x in range(40)]
    table._take()
    told: list[Any] = []

    def touch() -> None:
        told.append(table._take())
        for row in table:
            row.x += 1
        gc.collect()

    for row in known[::-1]:
        row.x += 1
    dying = known.pop(3)
    dying.gone = touch
    table.remove(dying)
    del dying, row
    added, touched, removed = table._take()
    assert (added, touched, removed) == ({}, known, [4])
    assert told == [({}, [], [])]
    assert table._take() == ({}, known, [])


@pytest.mark.parametrize("odd", [None, 5, {}, ()])
def test_a_row_cannot_be_noted_in_what_is_no_list(odd: object) -> None:
    _, made = IN_C
    row = made(1)
    speed.assign(row, "_touched", odd)
    speed.assign(row, "_mark", entity.QUIET)
    with pytest.raises(TypeError, match="cannot be noted in"):
        row.x = 2


@EITHER
@pytest.mark.parametrize("entity", [int, "Made", None, Entity(), 5])
def test_a_table_of_what_is_no_entity_is_refused(rows: Any, made: Any, entity: object) -> None:
    with pytest.raises(TypeError, match=r"^a table holds the rows of an Entity class, not "):
        rows(entity)
    for arguments in ((), (made, made)):
        with pytest.raises(TypeError):
            rows(*arguments)


@EITHER
def test_a_row_that_empties_its_table_when_it_dies_harms_nothing(rows: Any, made: Any) -> None:
    table = rows(made)
    row = table.add(made(1))
    for x in range(40):
        table.add(made(x))

    def empty() -> None:
        table._take()
        for each in list(table):
            table.remove(each)

    row.gone = empty
    table.remove(1)
    del row  # a removed row is held by those changes alone that tell of it
    table._take()
    assert len(table) == 0
    assert table._take() == ({}, [], [])


@EITHER
def test_an_id_that_takes_the_changes_when_it_is_compared_harms_nothing(rows: Any, made: Any) -> None:
    table = rows(made)

    class Vandal(int):
        """An id that does more than it is asked for."""

        def __eq__(self, other: object) -> bool:
            table._take()
            gc.collect()
            return int(self) == other

        __hash__ = int.__hash__

    for x in range(1, 9):
        table.add(made(x)).x = 0
    table._take()
    for each in table:
        each.x = 1
    for id in range(1, 9):
        assert table[Vandal(id)] is table.get(Vandal(id))
        table.remove(Vandal(id))
    assert list(table) == []
    assert sum(len(kind) for kind in table._take()) <= 8


@EITHER
def test_a_table_in_a_ring_is_collected(rows: Any, made: Any) -> None:
    held = type("Held", (rows,), {})
    table = held(made)
    table.add(made(1)).x = table
    table.itself = table
    gone = weakref.ref(table)
    del table
    gc.collect()
    assert gone() is None


def test_a_class_of_rows_is_collected_with_its_init() -> None:
    meta: Any = type(Entity)
    made = meta("Made", (Entity,), {"__annotations__": {"x": u16}, "__module__": __name__})
    gone = weakref.ref(made)
    made(1)
    del made
    gc.collect()
    assert gone() is None


def test_what_a_table_holds_is_let_go() -> None:
    rows, made = IN_C
    gc.collect()
    before = sum(isinstance(o, (made, rows)) for o in gc.get_objects())
    for _ in range(3):
        table = rows(made)
        kept = [table.add(made(x)) for x in range(9)]
        table._take()
        kept[0].x = 5
        table.remove(kept[1])
        table.remove(3)
        assert [len(kind) for kind in table._take()] == [0, 1, 2]
        del table, kept
    assert sum(isinstance(o, (made, rows)) for o in gc.get_objects()) == before


# --- rows that are made ---


class Line(Entity):
    """Some fields with defaults, and some without."""

    a: u16
    b: text
    c: u16 = 3
    d: u16 = 4


class Longer(Line):
    """One more, behind those of another class."""

    e: u16 = 5


def slow(made: type[Entity]) -> Callable[..., None]:
    """The `__init__` in Python, which the quick one stands for."""
    init: Any = made.__init__
    slow: Callable[..., None] = getattr(init, "__wrapped__", init)
    return slow


def test_rows_that_are_in_c_are_made_in_c() -> None:
    for made in (Line, Longer):
        assert (slow(made) is not made.__init__) == (entity.Row is speed.Row)


@given(
    st.sampled_from([Line, Longer]),
    st.lists(st.integers(0, 9), max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9), max_size=5),
)
def test_rows_are_made_alike(made: Any, given: list[int], by_name: dict[str, int]) -> None:
    def plainly() -> Any:
        row = made.__new__(made)
        slow(made)(row, *given, **by_name)
        return row

    assert told(made, *given, **by_name) == told(plainly)


def test_a_row_that_is_made_anew_has_its_new_values_and_is_in_no_table() -> None:
    table = Table(Line)
    line = table.add(Line(1, "b"))
    line.__init__(5, "c", 6)  # type: ignore[misc]
    assert repr(line) == "Line(a=5, b='c', c=6, d=4)"
    line.a = 7
    assert table.take_changes().touched == []


def test_an_init_is_of_the_rows_of_its_class_only() -> None:
    init: Any = Line.__init__
    longer = Longer(1, "b", e=9)
    init(longer, 2, "c")
    assert repr(longer) == "Longer(a=2, b='c', c=3, d=4, e=9)"
    for self in (5, None, Entity(), "row"):
        with pytest.raises((TypeError, AttributeError)):
            init(self, 1, "b")
    with pytest.raises(TypeError, match="self"):
        init()


def test_the_parameters_of_a_row_can_be_asked_for() -> None:
    assert str(inspect.signature(Line)) == "(a, b, c=3, d=4)"
    init: Any = Line.__init__
    assert init.__name__ == "__init__"
    assert Line(1, "b").__init__.__self__.c == 3  # type: ignore[misc]


def test_a_field_that_a_subclass_made_a_property_is_set_as_python_does_it() -> None:
    class Odd(Line):
        @property  # type: ignore[misc]
        def a(self) -> int:  # type: ignore[override]
            return 1

    with pytest.raises(AttributeError):
        Odd(1, "b")
