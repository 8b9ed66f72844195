"""Commits <-> bytes: whatever happens to a file, each whole commit is found, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickwire.store.segments import (
    COMMIT_HEADER,
    SEGMENT_HEADER,
    Damage,
    Run,
    SegmentHeader,
    UnreadableSegment,
    pack_commit,
    pack_segment_header,
    read_segment,
    read_segment_header,
)

PAYLOADS = st.lists(st.binary(max_size=40), max_size=8)
NUMBERS = st.integers(1, 2**63)


def segment(first: int, payloads: list[bytes]) -> bytes:
    header = pack_segment_header(SegmentHeader(first, first - 1, 1_700_000_000_000))
    return header + b"".join(pack_commit(first + i, payload) for i, payload in enumerate(payloads))


def commits(data: bytes) -> dict[int, bytes]:
    runs = read_segment(data).runs
    return {run.first + i: payload for run in runs for i, payload in enumerate(run.payloads)}


@given(st.builds(SegmentHeader, NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_a_header_is_read_as_it_was_packed(header: SegmentHeader) -> None:
    assert read_segment_header(pack_segment_header(header)) == header


@given(NUMBERS, PAYLOADS)
def test_a_segment_is_read_as_it_was_packed(first: int, payloads: list[bytes]) -> None:
    contents = read_segment(segment(first, payloads))
    assert contents.runs == ([Run(first, payloads)] if payloads else [])
    assert contents.damages == []


@given(NUMBERS, PAYLOADS, st.data())
def test_a_segment_that_is_cut_off_anywhere_keeps_its_whole_commits(
    first: int, payloads: list[bytes], data: st.DataObject
) -> None:
    whole = segment(first, payloads)
    size = data.draw(st.integers(SEGMENT_HEADER, len(whole)))
    ends = [len(segment(first, payloads[:count])) for count in range(len(payloads) + 1)]
    kept = max(count for count, end in enumerate(ends) if end <= size)
    contents = read_segment(whole[:size])
    assert contents.runs == ([Run(first, payloads[:kept])] if kept else [])
    assert contents.damages == ([] if size == ends[kept] else [Damage(ends[kept], size, torn=True)])


@given(NUMBERS, st.lists(st.binary(max_size=40), min_size=1, max_size=8), st.data())
def test_a_flipped_bit_costs_one_commit_and_no_other(first: int, payloads: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(segment(first, payloads))
    place = data.draw(st.integers(SEGMENT_HEADER, len(whole) - 1))
    whole[place] ^= 1 << data.draw(st.integers(0, 7))
    ends = [len(segment(first, payloads[: count + 1])) for count in range(len(payloads))]
    hit = next(i for i, end in enumerate(ends) if place < end)
    assert commits(bytes(whole)) == {first + i: payload for i, payload in enumerate(payloads) if i != hit}
    [damage] = read_segment(bytes(whole)).damages
    assert (damage.start, damage.torn) == (ends[hit] - COMMIT_HEADER - len(payloads[hit]), hit == len(payloads) - 1)


@given(NUMBERS, PAYLOADS, st.binary(max_size=200), PAYLOADS)
def test_commits_behind_bytes_that_are_none_are_found(
    first: int, before: list[bytes], junk: bytes, behind: list[bytes]
) -> None:
    later = first + len(before)
    whole = segment(first, before) + junk + b"".join(pack_commit(later + i, p) for i, p in enumerate(behind))
    assert list(commits(whole).values()) == before + behind


def test_zeros_that_fill_a_file_are_a_torn_tail_and_are_passed_over_quickly() -> None:
    contents = read_segment(segment(1, [b"a"]) + bytes(8 * 1024 * 1024))
    assert contents.runs == [Run(1, [b"a"])]
    assert contents.damages[0].torn


def test_a_length_that_no_commit_has_is_not_allocated() -> None:
    assert read_segment(segment(1, [b"a"]) + b"\xff\xff\xff\xff" + (2).to_bytes(8, "little") + bytes(4)).runs == [
        Run(1, [b"a"])
    ]


@pytest.mark.parametrize("data", [b"", b"TWLOG", b"not a log at all" * 4])
def test_what_is_no_segment_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableSegment, match="no segment"):
        read_segment(data)


def test_a_damaged_header_is_told_apart_from_a_later_version() -> None:
    header = pack_segment_header(SegmentHeader(1, 0, 0))
    with pytest.raises(UnreadableSegment, match="header of this segment is damaged"):
        read_segment(header[:-1] + bytes([header[-1] ^ 1]))
    with pytest.raises(UnreadableSegment, match="has format 2; this tickwire reads format 1"):
        read_segment(pack_segment_header(SegmentHeader(1, 0, 0, version=2)))


def test_a_sample_of_format_1_is_read_for_ever() -> None:
    sample = bytes.fromhex(
        "54574c4f470001000700000000000000060000000000000002000000000000000068e5cf8b0100000e0dbd7d"
        "0800000007000000000000007eea6c716a6f696e20616461"
        "00000000080000000000000087b15b69"
    )
    contents = read_segment(sample)
    assert contents.header == SegmentHeader(7, 6, 1_700_000_000_000, dropped=2, version=1)
    assert contents.runs == [Run(7, [b"join ada", b""])]
    assert contents.damages == []
