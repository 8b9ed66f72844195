"""The accelerator and its Python twins are equal where tables are seen by groups."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_accelerator import outcome, speed, wires

from tickwire.accelerator import pure

u32 = st.integers(0, 2**32 - 1)
values = {
    "i": st.one_of(st.integers(0, 2), wires),
    "f": u32,
    "t": st.sampled_from(["", "a", "ö\0"]),
}


def pack_groups(functions: Any, known: list[int], places: list[int], kinds: str, columns: Any, hash: Any) -> bytes:
    """A group some of whose rows change, while others leave it and come into it."""
    before, after = [list(zip(known, *held, strict=True)) for held in columns]  # any number for their group
    rows = dict(zip(known, before, strict=True))
    packed: bytes = functions["pack_group"](
        7, kinds, 300, known[::2], places, (known, before, after), known[::3], rows, hash
    )
    return packed


@given(st.text("ift", max_size=4), st.sets(st.integers(0, 2**32), max_size=150), st.none() | u32, st.data())
def test_groups_are_packed_alike(kinds: str, ids: set[int], hash: int | None, data: Any) -> None:
    known = sorted(ids)
    before = [data.draw(st.lists(values[kind], min_size=len(known), max_size=len(known))) for kind in kinds]
    after = [list(column) if data.draw(st.booleans()) else data.draw(st.permutations(column)) for column in before]
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(known)))))) if known else []
    packed = [outcome(pack_groups, f, known, places, kinds, (before, after), hash) for f in (vars(speed), pure)]
    assert packed[0] == packed[1]


def test_groups_of_many_rows_and_long_texts_are_packed_alike() -> None:
    known = list(range(5, 5_000, 3))
    columns: list[Any] = [[id % 97 for id in known], [f"{id}" * 20 for id in known]]
    moved = (columns, [column[::-1] for column in columns])
    packed = [pack_groups(f, known, list(range(0, len(known), 2)), "it", moved, 5) for f in (vars(speed), pure)]
    assert packed[0] == packed[1]


REFUSED = (TypeError, ValueError, LookupError, AttributeError, OverflowError)


@pytest.mark.parametrize(
    ("kinds", "left", "places", "moves", "came", "rows"),
    [
        ("i", [], [], ([], [], []), [1, 2], {1: (2, 5)}),
        ("x", [], [], ([], [], []), [1], {1: (2, 5)}),
        ("ii", [], [], ([], [], []), [1], {1: (2, 5)}),
        ("i", [], [], ([], [], []), [1], {1: (2, 5, 6)}),
        ("i", [], [], ([], [], []), [1], {1: ()}),
        ("t", [], [], ([], [], []), [1], {1: (2, "\ud800")}),
        ("t", [], [], ([], [], []), [1], {1: (2, 5)}),
        ("i", [], [], ([], [], []), [1], {1: (2, "text")}),
        ("i", [], [], ([], [], []), [1], {1: None}),
        ("i", [], [], ([], [], []), [1], None),
        ("i", ["text"], [], ([], [], []), [], {}),
        ("i", [-1], [], ([], [], []), [], {}),
        ("i", [], [1], ([7], [(2, 1)], [(2, 2)]), [], {}),
        ("i", [], [0], ([7], [], [(2, 2)]), [], {}),
        ("i", [], [0], ([7], [()], [(2, 2)]), [], {}),
        ("ii", [], [0], ([7], [(2, 1)], [(2, 2)]), [], {}),
        ("i", [], [0], ([7], [(2, 1)], [(2, "text")]), [], {}),
        ("t", [], [0], ([7], [(2, "text")], [(2, 1)]), [], {}),
        ("i", [], [0], ([7], [(2, 1)]), [], {}),
    ],
)
def test_groups_that_cannot_be_packed_are_refused_by_both(
    kinds: str, left: Any, places: Any, moves: Any, came: Any, rows: Any
) -> None:
    for functions in (vars(speed), pure):
        with pytest.raises(REFUSED):
            functions["pack_group"](1, kinds, 2, left, places, moves, came, rows, None)


class Makes(dict[Any, Any]):
    """A dict that makes what it lacks."""

    def __missing__(self, key: Any) -> Any:
        made = self[key] = (key, key + 1) if key < 100 else b"\x07" * (key - 100)
        return made


@given(
    st.one_of(st.integers(0, 300), st.integers(0, 2**40)),
    st.binary(max_size=300),
    st.lists(st.integers(0, 99), max_size=3),
    st.dictionaries(st.integers(0, 100), st.binary(max_size=300)),
)
def test_messages_are_joined_alike(tick: int, common: bytes, sights: list[int], held: dict[int, bytes]) -> None:
    messages = []
    for functions in (vars(speed), pure):
        tables = tuple((Makes(), Makes(held) | Makes({i: b"" for i in range(101) if i not in held})) for _ in sights)
        messages.append(functions["pack_state"](tick, common, tables, tuple(sights)))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_535, 65_536, 70_000])
def test_messages_of_any_length_are_joined_alike(size: int) -> None:
    for functions in (vars(speed), pure):
        made = Makes()
        assert functions["pack_state"](1, b"", (({5: (100 + size,)}, made),), (5,)) == pure["pack_state"](
            1, b"\x07" * size, (), ()
        )
        assert made.keys() == {100 + size}


@pytest.mark.parametrize(
    ("tables", "sights"),
    [
        ((({1: (1,)}, {}),), (1,)),
        ((({}, {}),), (1,)),
        ((({1: (1,)}, {1: "text"}),), (1,)),
        ((({1: 5}, {}),), (1,)),
        (((),), (1,)),
        ((), (1,)),
        (((1, 2),), (1,)),
    ],
)
def test_messages_that_cannot_be_joined_are_refused_by_both(tables: Any, sights: Any) -> None:
    for functions in (vars(speed), pure):
        with pytest.raises(REFUSED):
            functions["pack_state"](1, b"", tables, sights)


small = st.integers(1, 6)


@given(st.dictionaries(st.integers(1, 30), small), st.randoms(), st.lists(small, min_size=30, max_size=30))
def test_rows_leave_and_enter_groups_alike(groups_of: dict[int, int], chance: Any, groups: list[int]) -> None:
    ids = chance.sample(range(1, 32), chance.randint(0, len(groups_of)))
    after = []
    for functions in (vars(speed), pure):
        rows, members = {i: (g, "row") for i, g in groups_of.items()}, {g: set[int]() for g in range(1, 7)}
        for i, g in groups_of.items():
            members[g].add(i)
        left: dict[int, list[int]] = {}
        came: dict[int, list[int]] = {}
        outcomes = [
            outcome(functions["leave_groups"], ids, rows, members, left),
            outcome(functions["enter_groups"], [*range(100, 130)], [(g, "new") for g in groups], rows, members, came),
        ]
        after.append((outcomes, rows, members, left, came))
    assert after[0] == after[1]


@pytest.mark.parametrize("row", [(), None, 5])
def test_what_is_no_row_enters_no_group(row: object) -> None:
    for functions in (vars(speed), pure):
        with pytest.raises(REFUSED):
            functions["enter_groups"]([1], [row], {}, {}, {})
        with pytest.raises(REFUSED):
            functions["leave_groups"]([1], {1: row}, {}, {})
