"""The accelerator and its Python twins are equal: in what they return, and in what they refuse."""

from __future__ import annotations

import gc
import importlib
import os
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tickwire.net.sieve
import tickwire.replication.states
import tickwire.server.payloads  # noqa: F401  # all that has a twin is to be in `pure`
from tickwire.accelerator import pure
from tickwire.game import entity
from tickwire.server.sending import BROKEN

try:
    speed: Any = importlib.import_module("tickwire._speed")
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip("the accelerator is not built: `make` builds it with a C compiler", allow_module_level=True)


class Size(IntEnum):
    """An int that is none by its type."""

    SMALL = 3


wires = st.integers(-(2**33), 2**33)
columns = st.lists(st.one_of(st.just(0), st.integers(-20, 20), wires), min_size=1, max_size=200)
odd = st.one_of(
    st.booleans(),
    st.floats(),
    st.fractions(),
    st.text(max_size=2),
    st.none(),
    st.just(Size.SMALL),
    st.integers(),
    st.integers(-(2**80), 2**80),
)
mixed = st.lists(st.one_of(st.integers(0, 9), st.floats(-1, 12), odd), max_size=8)


def outcome(function: Callable[..., Any], *args: object) -> object:
    """What a call gives: its value with its types, or the kind of its error."""
    try:
        value = function(*args)
    except Exception as error:
        return type(error)
    return (value, [*map(type, value)] if isinstance(value, list) else type(value))


def test_every_function_of_the_accelerator_has_a_twin() -> None:
    assert {name for name in vars(speed) if not name.startswith("_")} == pure.keys()


@given(columns)
def test_columns_are_packed_alike(column: list[int]) -> None:
    for name in ("pack_changes", "pack_steps"):
        assert getattr(speed, name)(column) == pure[name](column), name
    unsigned = [abs(value) for value in column]
    assert speed.pack_ints(unsigned) == pure["pack_ints"](unsigned)
    assert speed.pack_ints(tuple(unsigned)) == pure["pack_ints"](unsigned)


@given(st.sets(st.integers(0, 2**33), min_size=1, max_size=300))
def test_ids_are_packed_alike(ids: set[int]) -> None:
    assert speed.pack_ids(sorted(ids)) == pure["pack_ids"](sorted(ids))


@pytest.mark.parametrize("name", ["pack_ints", "pack_changes", "pack_steps", "pack_ids"])
@pytest.mark.parametrize("nonsense", [[], [1.5], ["1"], [None], [2**70], None, 7, [1, 2, object()]])
def test_what_cannot_be_packed_is_refused(name: str, nonsense: object) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        getattr(speed, name)(nonsense)


@pytest.mark.parametrize("ids", [[-1], [2, 1], [1, 1], [2**62, 2**62 + 1]])
def test_ids_that_do_not_ascend_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        speed.pack_ids(ids)


@given(
    mixed,
    st.one_of(st.integers(-5, 5), st.floats(-5, 5), st.sampled_from([2**60, -(2**60)])),
    st.sampled_from([1, 2, 4, 0.5, 1 / 3, 1 / 0.1]),
    st.integers(0, 40),
)
def test_numbers_become_the_same_steps(values: list[Any], lo: float, per_unit: float, most: int) -> None:
    assert outcome(speed.nearest_steps, values, lo, per_unit, most) == outcome(
        pure["nearest_steps"], values, lo, per_unit, most
    )


@given(st.lists(st.floats(0, 1000), max_size=60))
def test_halves_are_rounded_to_even(values: list[float]) -> None:
    halves = [int(v) + 0.5 for v in values]
    for column in (values, halves):
        assert speed.nearest_steps(column, 0, 1, 1001) == pure["nearest_steps"](column, 0, 1, 1001)


@given(mixed, st.integers(-9, 3), st.integers(3, 2**32))
def test_ranges_are_checked_alike(values: list[Any], lo: int, hi: int) -> None:
    assert speed.all_within(values, lo, hi) == pure["all_within"](values, lo, hi)


def test_a_number_that_empties_the_list_that_it_is_in_harms_nothing() -> None:
    values: list[Any] = []

    class Vandal(Fraction):
        """A number that does more than it is asked for."""

        def __sub__(self, other: Any) -> Any:
            values.clear()
            return 1.0

    values += [Vandal(1), 2.0, 3.0]
    with pytest.raises(RuntimeError, match="changed"):
        speed.nearest_steps(values, 0, 1, 10)


places = st.one_of(st.integers(-(2**31), 2**32), st.floats(-1e9, 1e9), st.integers(-900, 900).map(lambda n: n / 10))


@given(places, st.one_of(st.integers(1, 64), st.floats(0.01, 100), st.just(0.1)), st.integers(0, 2000))
@example(-5e-324, 3, 9)  # by the cell it is -0.0, which is not below 0
def test_places_are_in_the_same_cells(place: float, cell: float, last: int) -> None:
    assert outcome(speed.cell_at, place, cell, last) == outcome(pure["cell_at"], place, cell, last)


class Slotted:
    """What has a place in slots."""

    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


class Loose(Slotted):
    """What has it in no slots."""

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name)


kinds = st.sampled_from([Slotted, Slotted, Loose])


@given(
    st.lists(st.tuples(kinds, places, places)),
    st.one_of(st.integers(1, 64), st.just(0.1)),
    st.integers(0, 2000),
    st.integers(0, 300).map(lambda n: tuple(range(n))),
)
def test_rows_are_in_the_same_cells(of: list[Any], cell: float, last: int, numbers: tuple[int, ...]) -> None:
    rows = [kind(x, y) for kind, x, y in of]
    made = [outcome(f["cells_of"], rows, "x", "y", cell, last, last // 2, numbers) for f in (vars(speed), pure)]
    assert made[0] == made[1]


@given(
    st.lists(st.tuples(places, places)),
    st.floats(0, 90),
    st.floats(0, 90),
    st.sampled_from([0.1, 7, 40]),
    st.one_of(st.integers(0, 2000), st.integers(0, 2**40)),
)
def test_windows_touch_the_same_cells(
    foci: list[tuple[float, float]], width: float, height: float, cell: float, last: int
) -> None:
    windows = (foci, width, height, cell, last, last // 2)
    assert outcome(speed.windows_at, *windows) == outcome(pure["windows_at"], *windows)


@pytest.mark.parametrize("foci", [[(1, 2, 3)], [(1,)], [5], [("a", "b")], [(1, 2), None], [(1, None)]])
def test_what_is_no_place_has_no_window(foci: list[Any]) -> None:
    for functions in (vars(speed), pure):
        with pytest.raises((TypeError, ValueError)):
            functions["windows_at"](foci, 4, 4, 4, 9, 9)


@pytest.mark.parametrize("place", [float("nan"), float("inf"), float("-inf")])
def test_no_place_is_in_no_cell(place: float) -> None:
    for functions in (vars(speed), pure):
        assert outcome(functions["cell_at"], place, 4, 9) is ValueError
        assert outcome(functions["cells_of"], [Slotted(1, 1), Slotted(place, 1)], "x", "y", 4, 9, 9, ()) is ValueError
        assert outcome(functions["windows_at"], [(1, 1), (1, place)], 4, 4, 4, 9, 9) is ValueError


# --- rows ---


def rows_of(base: type) -> Any:
    """A class of rows, on either foundation."""
    return type("Made", (base,), {"__slots__": ("x",)})


@pytest.mark.parametrize("base", [speed.Row, pure["Row"]], ids=["C", "Python"])
def test_setting_a_field_notes_the_row(base: type) -> None:
    assign = speed.assign if base is speed.Row else object.__setattr__
    row = rows_of(base)()
    touched: list[Any] = []
    assign(row, "_mark", entity.APART)
    assign(row, "_touched", None)
    row.x = 1
    assign(row, "id", 7)
    assign(row, "_touched", touched)
    for mark in (entity.APART, entity.TOUCHED, entity.NEW):
        assign(row, "_mark", mark)
        row.x = 2
        assert (touched, row._mark) == ([], mark)
    assign(row, "_mark", entity.QUIET)
    assign(row, "x", 2)
    assert touched == []
    row.x = 3
    row.x = 4
    assert (touched, row._mark) == ([row], entity.TOUCHED)
    assert row.x == 4
    touched.clear()
    assign(row, "_mark", entity.QUIET)
    del row.x
    assert touched == []
    with pytest.raises(AttributeError):
        row.y = 1
    with pytest.raises(AttributeError):
        row.x  # noqa: B018  # it is gone


def test_whatever_is_set_in_a_row_is_set_as_python_does_it() -> None:
    class Name(str):
        """A name that is none by its type."""

        __slots__ = ()

    def outcomes(base: type) -> list[object]:
        made = rows_of(base)
        made.kept, made.ruled = 5, property(lambda row: row.x, lambda row, value: assign(row, "x", -value))
        made.foreign = vars(Foreign)["y"]
        longer = type("Longer", (made,), {"__slots__": ("x", "z")})
        happened: list[object] = []
        for kind in (made, longer):
            row = kind()
            for name, value in (("_mark", entity.APART), ("_touched", None), ("x", 0)):
                assign(row, name, value)
            assign(row, "_mark", entity.QUIET)
            assign(row, "_touched", [])
            for each in ("x", Name("x"), "z", "id", "kept", "ruled", "foreign", "unknown", "__doc__", 5, None):
                for new in (7, None, "text"):
                    happened.append(outcome(setattr, row, each, new))
                    happened.append([getattr(row, it, "none") for it in ("x", "z", "id", "ruled")])
                    happened.append((len(row._touched), row._mark))
                assign(row, "_mark", entity.QUIET)
                happened.append(outcome(delattr, row, each))
        return happened

    assign = speed.assign
    assert outcomes(speed.Row) == outcomes(pure["Row"])


class Foreign:
    """Its slot is in no other class."""

    __slots__ = ("y",)


@pytest.mark.parametrize("base", [speed.Row, pure["Row"]], ids=["C", "Python"])
def test_a_row_in_a_ring_is_collected(base: type) -> None:
    made = type("Made", (base,), {"__slots__": ("x", "__weakref__")})
    row = made()
    for name, value in (("_mark", entity.APART), ("_touched", None)):
        (speed.assign if base is speed.Row else object.__setattr__)(row, name, value)
    row.x = row
    gone = weakref.ref(row)
    del row
    gc.collect()
    assert gone() is None


# --- sending ---


@pytest.mark.parametrize("name", ["frame_native", "frame_ws_text", "frame_ws_binary"])
def test_frames_of_any_length_are_made_alike(name: str) -> None:
    for size in (0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000):
        payload = b"\x07" * size
        assert getattr(speed, name)(payload) == pure[name](payload)
    for functions in (vars(speed), pure):
        with pytest.raises(TypeError):
            functions[name]("text")


@pytest.mark.parametrize("send_all", [speed.send_all, pure["send_all"]], ids=["C", "Python"])
def test_what_is_no_socket_or_no_payload_is_refused(send_all: Any) -> None:
    a, b = socket.socketpair()
    with a, b:
        for sockets, payloads in (([a], ["text"]), ([object()], [b"x"]), ([a], [])):
            with pytest.raises((TypeError, AttributeError, IndexError, RuntimeError)):
                raise_if_none(send_all(sockets, payloads))


def raise_if_none(result: object) -> None:
    if result is None:
        raise IndexError


@pytest.mark.parametrize("send_all", [speed.send_all, pure["send_all"]], ids=["C", "Python"])
def test_each_socket_gets_its_payload_and_the_short_ones_are_told(send_all: Any) -> None:
    pairs = [socket.socketpair() for _ in range(4)]
    try:
        for a, b in pairs:
            a.setblocking(False)
            b.settimeout(60)
        pairs[1][1].close()
        gone = pairs[3][0]
        gone.detach()
        huge = bytes(10_000_000)
        short = dict(send_all([a for a, _ in pairs], [b"one", b"two", huge, b"four"]))
        assert pairs[0][1].recv(9) == b"one"
        assert short.keys() == {1, 2, 3}
        assert short[1] == short[3] == BROKEN
        assert 0 < short[2] < len(huge)
        assert send_all([pairs[2][0]], [b"more"]) == [(0, 0)]
        assert send_all([pairs[0][0], pairs[1][0]], [b"", b""]) is None
        assert send_all([], []) is None
    finally:
        for a, b in pairs:
            a.close()
            b.close()


# --- the whole ---


def test_it_can_be_turned_off() -> None:
    code = "from tickwire import accelerator; print(accelerator.in_use)"
    for value, used in (("1", "False"), ("", "True"), ("0", "True")):
        environment = os.environ | {"TICKWIRE_PURE": value}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == used
