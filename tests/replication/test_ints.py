from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.replication.ints import (
    Reader,
    pack_floats,
    pack_ids,
    pack_ints,
    pack_texts,
    pack_varint,
    steps,
    unsteps,
    unzigzag,
    zigzag,
)

LARGEST = 2**33  # the zigzag of the largest difference of two u32

signed = st.integers(-(2**32), 2**32)
small = st.integers(0, 14)
large = st.integers(0, LARGEST)
columns = st.one_of(
    st.lists(small, min_size=1, max_size=80),
    st.lists(large, min_size=1, max_size=40),
    st.lists(st.one_of(small, small, small, large), min_size=1, max_size=80),
    st.lists(st.one_of(st.just(0), st.just(0), st.just(0), st.just(0), st.just(0), large), min_size=1, max_size=200),
    st.builds(lambda n, v: [v] * n, st.integers(1, 200), large),
)

# --- the four modes, as docs/WIRE.md has them and without regard to speed ---


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value % 128 + 128]) + _varint(value // 128)


def _nibbles(values: Sequence[int]) -> bytes:
    halves = [min(v, 15) for v in values] + [0] * (len(values) % 2)
    packed = bytes(high * 16 + low for high, low in zip(halves[::2], halves[1::2], strict=True))
    return b"\0" + packed + b"".join(_varint(v - 15) for v in values if v >= 15)


def _varints(values: Sequence[int]) -> bytes:
    return b"\1" + b"".join(map(_varint, values))


def _sparse(values: Sequence[int]) -> bytes:
    bits = bytearray((len(values) + 7) // 8)
    for i, v in enumerate(values):
        bits[i // 8] |= (v != 0) << i % 8
    return b"\2" + bytes(bits) + b"".join(_varint(v) for v in values if v)


def _constant(values: Sequence[int]) -> bytes:
    return b"\3" + _varint(values[0])


MODES: list[Callable[[Sequence[int]], bytes]] = [_nibbles, _varints, _sparse]


def _modes(values: Sequence[int]) -> list[bytes]:
    return [mode(values) for mode in MODES] + ([_constant(values)] if len(set(values)) == 1 else [])


# --- integers ---


@given(columns)
@settings(max_examples=300, deadline=None)
def test_integers_come_back(values: list[int]) -> None:
    reader = Reader(pack_ints(values))
    assert reader.ints(len(values)) == values
    assert not reader


@given(columns)
@settings(max_examples=200, deadline=None)
def test_integers_in_any_mode_are_read(values: list[int]) -> None:
    for packed in _modes(values):
        reader = Reader(packed)
        assert reader.ints(len(values)) == values
        assert not reader


@given(columns)
@settings(max_examples=300, deadline=None)
def test_the_shortest_mode_is_chosen(values: list[int]) -> None:
    assert len(pack_ints(values)) == min(map(len, _modes(values)))
    assert pack_ints(values) in _modes(values)


@pytest.mark.parametrize(
    ("values", "packed"),
    [
        # nibbles
        ([1, 2, 3, 14], "00 12 3e"),
        ([1, 2, 3], "00 12 30"),
        ([1, 20, 3, 4, 5, 6], "00 1f 34 56 05"),
        ([15, 1, 2, 1], "00 f1 21 00"),
        ([1, 2, 3, 4, 5, 315, 1, 2], "00 12 34 5f 12 ac 02"),
        # varints
        ([300, 70_000, 127], "01 ac02 f0a204 7f"),
        ([128, 127], "01 8001 7f"),
        # sparse: the lowest bit is the first integer
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0], "02 00 02 07"),
        ([300, 0, 0, 0, 0, 0, 0, 0, 0], "02 01 00 ac02"),
        # constant
        ([0], "03 00"),
        ([5, 5, 5], "03 05"),
        ([300] * 100, "03 ac02"),
    ],
)
def test_integers_have_the_bytes_worked_out_by_hand(values: list[int], packed: str) -> None:
    assert pack_ints(values) == bytes.fromhex(packed)
    assert Reader(bytes.fromhex(packed)).ints(len(values)) == values


@pytest.mark.parametrize(
    ("value", "packed"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (16_384, "808001"), (2**35 - 1, "ffffffff7f")],
)
def test_a_varint_has_seven_bits_to_a_byte_the_lowest_first(value: int, packed: str) -> None:
    assert pack_varint(value) == bytes.fromhex(packed)
    assert Reader(bytes.fromhex(packed)).varint() == value


def test_zigzag_goes_back_and_forth() -> None:
    assert zigzag([0, -1, 1, -2, 2]) == [0, 1, 2, 3, 4]


@given(st.lists(signed))
@settings(max_examples=100, deadline=None)
def test_zigzag_and_steps_have_inverses(values: list[int]) -> None:
    assert unzigzag(zigzag(values)) == values
    assert all(v >= 0 for v in zigzag(values))
    assert unsteps(steps(values)) == values


def test_steps_are_differences_to_the_value_before() -> None:
    assert steps([5, 7, 4]) == [5, 2, -3]


# --- ids, floats, texts ---


@given(st.sets(st.integers(0, 2**32 - 1), min_size=1).map(sorted))
@settings(max_examples=100, deadline=None)
def test_ids_come_back(ids: list[int]) -> None:
    reader = Reader(pack_ids(ids))
    assert reader.ids() == ids
    assert not reader


@pytest.mark.parametrize(
    ("ids", "packed"),
    [([7], "01 03 07"), ([0, 1, 2], "03 03 00"), ([3, 4, 5, 9], "04 00 30 03"), ([1000, 1001, 1002], "03 02 01 e807")],
)
def test_ids_have_the_bytes_worked_out_by_hand(ids: list[int], packed: str) -> None:
    assert Reader(bytes.fromhex(packed)).ids() == ids
    assert pack_ids(ids) == bytes.fromhex(packed)


@given(st.lists(st.integers(0, 2**32 - 1)))
@settings(max_examples=50, deadline=None)
def test_the_bits_of_floats_come_back(bits: list[int]) -> None:
    assert Reader(pack_floats(bits)).floats(len(bits)) == bits


def test_a_float_is_four_bytes_little_endian() -> None:
    assert pack_floats([0x3F800000]) == b"\x00\x00\x80\x3f"  # 1.0


@given(st.lists(st.text()))
@settings(max_examples=50, deadline=None)
def test_texts_come_back(texts: list[str]) -> None:
    assert Reader(pack_texts(texts)).texts(len(texts)) == texts


def test_a_text_stands_behind_its_length_in_bytes() -> None:
    assert pack_texts(["a", "é", ""]) == b"\x01a\x02\xc3\xa9\x00"


# --- hostile bytes ---


READS: list[Callable[[Reader], object]] = [
    Reader.byte,
    Reader.u32,
    Reader.varint,
    Reader.count,
    Reader.ids,
    lambda r: r.ints(9),
    lambda r: r.floats(3),
    lambda r: r.texts(3),
    lambda r: r.take(4),
]


@pytest.mark.parametrize("read", READS)
def test_bytes_that_end_early_are_a_protocol_error(read: Callable[[Reader], object]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read(Reader(b""))
    assert caught.value.code is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("04 00", lambda r: r.ints(1)),
        ("ff 00", lambda r: r.ints(1)),
        ("80 80 80 80 80 80 80 80 00", Reader.varint),
        ("00", Reader.count),
        ("81 80 40", Reader.count),
        ("ff ff ff ff 7f", Reader.count),
        ("00 03 00", Reader.ids),
        ("00 ff", lambda r: r.ints(2)),
        ("02 ff", lambda r: r.ints(8)),
        ("01 ff", lambda r: r.texts(1)),
        ("03 ed a0 80", lambda r: r.texts(1)),
        ("05 61", lambda r: r.texts(1)),
    ],
)
def test_bytes_that_make_no_sense_are_a_protocol_error(data: str, read: Callable[[Reader], object]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read(Reader(bytes.fromhex(data)))
    assert caught.value.code is ErrorCode.BAD_MESSAGE
    assert "a packed state cannot be read" in str(caught.value)


@given(st.binary(max_size=60), st.sampled_from(READS))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_a_reader_raise_anything_but_a_protocol_error(
    data: bytes, read: Callable[[Reader], object]
) -> None:
    with suppress(RemoteProtocolError):
        read(Reader(data))
