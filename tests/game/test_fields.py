from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tickwire import Entity, f32, fixed, i8, i16, i32, text, u8, u16, u32
from tickwire.game.fields import (
    BoolType,
    F32Type,
    FieldType,
    FixedType,
    IntType,
    TextType,
    Unfit,
    annotated_type,
    type_of,
)

INTS = {
    "u8": (0, 255),
    "u16": (0, 65_535),
    "u32": (0, 4_294_967_295),
    "i8": (-128, 127),
    "i16": (-32_768, 32_767),
    "i32": (-2_147_483_648, 2_147_483_647),
}
FIXED = [
    FixedType(0, 1000, 0.5),
    FixedType(-1, 1, 0.01),
    FixedType(0, 1, 0.1),
    FixedType(-180, 180, 0.25),
    FixedType(0, 1, 1),
    FixedType(10, 11, 0.3),  # the last step ends short of `hi`
    FixedType(0, 100_000, 0.001),
]


def _int(name: str) -> IntType:
    found = type_of({"type": name})
    assert isinstance(found, IntType)
    return found


def _refused(type: FieldType, values: list[Any]) -> Any:
    with pytest.raises(Unfit) as caught:
        type.to_wire(values)
    return caught.value.value


# --- integers ---


@pytest.mark.parametrize("name", INTS)
def test_an_integer_field_holds_its_limits_and_nothing_beyond(name: str) -> None:
    lo, hi = INTS[name]
    kind = _int(name)
    assert kind.to_wire([lo, hi]) == [lo, hi]
    assert _refused(kind, [lo - 1]) == lo - 1
    assert _refused(kind, [lo, hi + 1]) == hi + 1
    assert str(lo) in kind.holds
    assert str(hi) in kind.holds


@given(st.sampled_from(list(INTS)), st.data())
@settings(max_examples=100, deadline=None)
def test_integers_stand_for_themselves_on_the_wire(name: str, data: st.DataObject) -> None:
    kind = _int(name)
    values = data.draw(st.lists(st.integers(*INTS[name])))
    wires = kind.to_wire(values)
    assert wires == values
    assert [kind.from_wire(w) for w in wires] == values


@pytest.mark.parametrize("value", [1.0, 1.5, math.nan, math.inf, "1", None, [1], 1j, pytest.param(10**400, id="huge")])
def test_an_integer_field_holds_integers_only(value: object) -> None:
    assert _refused(_int("u8"), [1, value, 2]) is value


@pytest.mark.parametrize("value", [True, False])
def test_an_integer_field_does_not_hold_a_bool_which_would_be_hashed_as_a_word(value: bool) -> None:
    assert _refused(_int("u8"), [1, value]) is value


def test_floats_that_add_up_to_an_integer_are_still_no_integers() -> None:
    assert _refused(_int("u8"), [0.5, 0.5]) == 0.5


# --- bool ---


def test_a_bool_is_one_or_zero_on_the_wire() -> None:
    kind = BoolType()
    assert kind.to_wire([True, False]) == [1, 0]
    assert [type(w) for w in kind.to_wire([True, False])] == [int, int]
    assert kind.from_wire(1) is True
    assert kind.from_wire(0) is False


@pytest.mark.parametrize("value", [1, 0, 1.0, None, "True", []])
def test_a_bool_field_holds_bools_only(value: object) -> None:
    assert _refused(BoolType(), [True, value]) is value


# --- fixed ---


@given(st.sampled_from(FIXED), st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_a_fixed_number_comes_back_within_half_a_step(kind: FixedType, part: float) -> None:
    value = kind.lo + part * (kind.hi - kind.lo)
    (wire,) = kind.to_wire([value])
    assert type(wire) is int
    # A range that is no whole number of steps ends up to half a step from its last one.
    assert abs(kind.from_wire(wire) - value) <= kind.step / 2 + 1e-9


@given(st.sampled_from(FIXED), st.data())
@settings(max_examples=200, deadline=None)
def test_each_step_of_a_fixed_number_is_itself_again(kind: FixedType, data: st.DataObject) -> None:
    wire = data.draw(st.integers(0, round((kind.hi - kind.lo) / kind.step)))
    assert kind.to_wire([kind.from_wire(wire)]) == [wire]


@pytest.mark.parametrize("kind", FIXED)
def test_a_fixed_field_holds_its_limits_and_nothing_a_step_beyond(kind: FixedType) -> None:
    assert kind.to_wire([kind.lo])[0] == 0
    kind.to_wire([kind.hi])
    below, above = kind.lo - kind.step, kind.hi + kind.step * 1.01
    assert _refused(kind, [kind.lo, below]) == below
    assert _refused(kind, [kind.lo, above]) == above


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        "1",
        None,
        [1],
        1j,
        pytest.param(10**400, id="huge"),
        pytest.param(-(10**400), id="-huge"),
        1e308,
    ],
)
@pytest.mark.parametrize("kind", [FixedType(0, 1000, 0.5), FixedType(0, 10, 1)])
def test_a_fixed_field_holds_numbers_in_its_range_only(kind: FixedType, value: object) -> None:
    assert _refused(kind, [1, value, 2]) is value


@pytest.mark.parametrize("kind", FIXED)
@given(st.data())
@settings(max_examples=50, deadline=None)
def test_a_number_near_the_end_of_a_range_either_fits_or_is_unfit(kind: FixedType, data: st.DataObject) -> None:
    # Half a step past the end, to the last bit: where rounding and a comparison may disagree.
    value = data.draw(st.sampled_from([kind.lo - kind.step / 2, kind.hi + kind.step / 2]))
    for _ in range(data.draw(st.integers(0, 3))):
        value = math.nextafter(value, data.draw(st.sampled_from([-math.inf, math.inf])))
    try:
        (wire,) = kind.to_wire([value])
    except Unfit as unfit:
        assert unfit.value == value  # noqa: PT017 - both outcomes are right, any other exception is not
    else:
        assert 0 <= wire <= round((kind.hi - kind.lo) / kind.step)


def test_steps_of_a_tenth_read_as_a_person_would_write_them() -> None:
    kind = FixedType(0, 1, 0.1)
    assert [kind.from_wire(w) for w in range(4)] == [0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("lo", "hi", "step"),
    [(0, 0, 1), (1, 0, 1), (0, 1, 0), (0, 1, -1), (math.nan, 1, 1), (0, math.nan, 1), (0, 1, math.nan)],
)
def test_a_fixed_field_needs_a_range_and_a_step(lo: float, hi: float, step: float) -> None:
    with pytest.raises(ValueError, match="needs lo < hi and step > 0"):
        fixed(lo, hi, step)


@pytest.mark.parametrize(("lo", "hi", "step"), [(0, math.inf, 1), (-math.inf, 0, 1), (0, 1000, 1e-9), (0, 2**33, 1)])
def test_a_fixed_field_needs_steps_that_can_be_counted_in_32_bits(lo: float, hi: float, step: float) -> None:
    # More would make varints that no client reads.
    with pytest.raises(ValueError):
        fixed(lo, hi, step)


# --- f32 ---


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)))
@settings(max_examples=200, deadline=None)
def test_a_32_bit_float_comes_back_to_the_bit(values: list[float]) -> None:
    kind = F32Type()
    wires = kind.to_wire(values)
    assert wires == [struct.unpack("<I", struct.pack("<f", v))[0] for v in values]
    back = [kind.from_wire(w) for w in wires]
    assert [math.copysign(1, b) for b in back] == [math.copysign(1, v) for v in values]
    assert back == values


@given(st.floats(-1e30, 1e30))
@settings(max_examples=100, deadline=None)
def test_a_64_bit_float_comes_back_as_the_nearest_32_bit_one(value: float) -> None:
    assume(abs(value) > 1e-30)
    kind = F32Type()
    assert kind.from_wire(kind.to_wire([value])[0]) == pytest.approx(value, rel=2**-24)


def test_an_integer_is_a_number_too() -> None:
    assert F32Type().to_wire([1]) == F32Type().to_wire([1.0]) == [0x3F800000]
    assert FixedType(0, 10, 0.5).to_wire([3]) == [6]


@pytest.mark.parametrize("value", [1e39, -1e39, 3.4028236e38, pytest.param(10**400, id="huge"), "1", None, [1.0], 1j])
def test_a_float_field_holds_numbers_that_fit_only(value: object) -> None:
    assert _refused(F32Type(), [1.0, value, 2.0]) is value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_float_field_holds_no_nan_and_no_infinity_which_json_could_not_carry(value: float) -> None:
    assert _refused(F32Type(), [1.0, value]) is value


# --- text ---


@given(st.lists(st.text()))
@settings(max_examples=100, deadline=None)
def test_text_stands_for_itself_on_the_wire(values: list[str]) -> None:
    kind = TextType()
    assert [kind.from_wire(w) for w in kind.to_wire(values)] == values


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", b"bytes", 5, None, ["a"]])
def test_a_text_field_holds_text_that_utf_8_can_carry(value: object) -> None:
    assert _refused(TextType(), ["a", value]) is value


# --- all ---


@pytest.mark.parametrize("kind", [*(_int(n) for n in INTS), BoolType(), F32Type(), TextType(), *FIXED])
def test_a_type_is_read_back_from_its_description(kind: FieldType) -> None:
    assert type_of(kind.describe()) == kind
    assert kind.to_wire([]) == []
    assert kind.holds


def test_a_description_of_no_type_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        type_of({"type": "u64"})
    with pytest.raises(KeyError):
        type_of({})
    with pytest.raises(KeyError):
        type_of({"type": "fixed", "lo": 0})


def test_annotations_carry_their_types() -> None:
    assert [annotated_type(a) for a in (u8, u16, u32, i8, i16, i32)] == [_int(n) for n in INTS]
    assert annotated_type(f32) == F32Type()
    assert annotated_type(text) == TextType()
    assert annotated_type(bool) == BoolType()
    assert annotated_type(int) is None
    assert annotated_type(str) is None
    assert annotated_type("u16") is None


def test_fixed_carries_its_type_into_the_entity() -> None:
    class Dot(Entity):
        x: float = fixed(0, 1000, step=0.5)
        y: float = fixed(0, 10, step=0.1, default=5)

    assert [f.type for f in Dot.fields] == [FixedType(0, 1000, 0.5), FixedType(0, 10, 0.1)]
    assert Dot(1.25).y == 5
    with pytest.raises(TypeError):
        Dot()  # type: ignore[call-arg]
