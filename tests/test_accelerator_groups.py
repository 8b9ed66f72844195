"""The accelerator and its Python twins are equal where tables are seen by groups."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replication import test_grouped as grouped
from test_accelerator import outcome, speed, wires

from tickwire.accelerator import pure
from tickwire.replication import states as states_module
from tickwire.replication.sections import Viewer

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
        made = self[key] = (key, key + 1, key + 3) if key < 100 else b"\x07" * (key - 100)
        return made


def pack_states(functions: Any, tick: int, common: bytes, tables: Any, turns: list[Any]) -> Any:
    """Messages, the sights of who got them, and what was made for all."""
    viewers, made = [Viewer(1, old) for old, _ in turns], dict[Any, bytes]()
    messages = functions["pack_states"](tick, common, tables, viewers, [new for _, new in turns], made)
    return messages, [viewer.sights for viewer in viewers], made


held = st.dictionaries(st.integers(0, 100), st.binary(max_size=300))


@given(
    st.one_of(st.integers(0, 300), st.integers(0, 2**40)),
    st.binary(max_size=300),
    st.lists(st.tuples(held, held, held), max_size=3),
    st.data(),
)
def test_messages_are_joined_alike(tick: int, common: bytes, of_tables: list[Any], data: Any) -> None:
    sights = st.tuples(*[st.integers(0, 12)] * len(of_tables))
    turns = data.draw(st.lists(st.tuples(st.none() | sights, sights) | sights.map(lambda s: (s, s)), max_size=6))
    joined = []
    for functions in (vars(speed), pure):
        tables = tuple(
            (Makes(), *[Makes(dict.fromkeys(range(101), b"") | sections) for sections in kinds], None)
            for kinds in of_tables
        )
        joined.append((pack_states(functions, tick, common, tables, turns), tables))
    assert joined[0] == joined[1]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_535, 65_536, 70_000])
def test_messages_of_any_length_are_joined_alike(size: int) -> None:
    for functions in (vars(speed), pure):
        made = Makes()
        tables: Any = (({5: (100 + size,)}, made, {}, {}, None),)
        ((message,), _, _) = pack_states(functions, 1, b"", tables, [((5,), (5,))])
        assert [message] == pack_states(pure, 1, b"\x07" * size, (), [((), ())])[0]
        assert made.keys() == {100 + size}


@given(st.lists(grouped.ticks, max_size=8))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_not_packed_yet_is_packed_alike(history: list[Any]) -> None:
    played = []
    for functions in (vars(speed), pure):
        with (
            patch.object(states_module, "HASH_EVERY", 3),
            patch.object(states_module, "pack_states", functions["pack_states"]),
        ):
            played.append(list(grouped.play(history)))
    assert played[0] == played[1]


@pytest.mark.parametrize(
    ("tables", "sights"),
    [
        ((({1: (1,)}, {}, {}, {}, None),), (1,)),
        ((({}, {}, {}, {}, None),), (1,)),
        ((({1: (1,)}, {1: "text"}, {}, {}, None),), (1,)),
        ((({1: 5}, {}, {}, {}, None),), (1,)),
        ((({1: (1,)}, {1: b""}, None),), (1,)),
        (((),), (1,)),
        ((), (1,)),
        (((1, 2, 3, 4, None),), (1,)),
    ],
)
def test_messages_that_cannot_be_joined_are_refused_by_both(tables: Any, sights: Any) -> None:
    for functions in (vars(speed), pure):
        with pytest.raises(REFUSED):
            pack_states(functions, 1, b"", tables, [(sights, sights)])


def test_groups_that_cannot_be_told_apart_are_refused_by_both() -> None:
    for groups, gone in (((1, 2), {}), ((1, 2), {2: "text"}), (5, {})):
        tables: Any = (({1: groups, 2: (1,)}, {1: b""}, {}, gone, None),)
        for functions in (vars(speed), pure):
            with pytest.raises(REFUSED):
                pack_states(functions, 1, b"", tables, [((1,), (2,))])


@pytest.mark.parametrize("source", [(), 5, (1, "i", {}, {}, ([], [], []), {}, {}, {}, 1)])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(TypeError, match="packed from"):
        pack_states(vars(speed), 1, b"", (({1: (1,)}, {}, {}, {}, source),), [((1,), (1,))])


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
