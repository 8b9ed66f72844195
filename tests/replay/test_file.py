"""A replay file holds what a recording holds, and one that was changed or made to do harm does none."""

from __future__ import annotations

import struct

import google_crc32c
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room.rules import counts

from replay.rooms import COUNTERS, counted
from tickwire.errors import CannotRestore
from tickwire.replay import file as file_module
from tickwire.replay.engine import Replay
from tickwire.replay.file import HEADER_AT, Header, UnreadableReplay, pack_replay, unpack_replay
from tickwire.replay.recording import Recording
from tickwire.room.journal import Checkpointed, Heard, Joined, Opened, Record, Said, Ticked, Watched
from tickwire.room.journal import pack_commit as pack_records
from tickwire.store.segments import pack_commit

SMALL = pack_replay(counted(12, every=5))


def sealed(header: object, *payloads: bytes) -> bytes:
    """A file with right checksums, whatever is in it."""
    packed = msgspec.msgpack.encode(header)
    start = struct.pack("<8sHI", b"TWREPLAY", 1, len(packed))
    crc = google_crc32c.extend(google_crc32c.value(start), packed)
    commits = [pack_commit(number, payload) for number, payload in enumerate(payloads, 1)]
    return b"".join([start, struct.pack("<I", crc), packed, *commits])


def of_records(*records: Record) -> bytes:
    opened = counted(1).opened
    return sealed(Header(opened, 0, 100, 1), pack_records(list(records)))


def play_what_there_is(data: bytes) -> Recording | None:
    """Open a file and play all of it, as a person would; None if it was refused in a sentence."""
    words = ""
    try:
        made = unpack_replay(data)
        replay = Replay(made, COUNTERS)
    except (UnreadableReplay, CannotRestore) as error:
        words = str(error)
    if words:
        assert len(words.splitlines()) == 1
        return None
    while replay.read(10):
        pass
    replay.seek(made.last)
    replay.seek(0)
    return made


def test_what_is_packed_is_unpacked_again() -> None:
    made = counted(60)
    again = unpack_replay(pack_replay(made))
    assert again == made
    assert again.note == ""
    replay = Replay(again, COUNTERS)
    replay.seek(60)
    assert counts(replay.room) == {1: sum(range(3, 61, 3))}


def in_small_commits(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(file_module, "COMMIT_RECORDS", 4)
    return pack_replay(counted(12, every=10))


def read_and_play_what_is_new(data: bytes, played: dict[int, Recording]) -> Recording | None:
    """Read a file, and play it if none with so many records was played yet; None if it was refused."""
    try:
        made = unpack_replay(data)
    except UnreadableReplay:
        return None
    if len(made.records) not in played:
        played[len(made.records)] = made
        assert play_what_there_is(data) is not None
    assert made.records == played[len(made.records)].records
    return made


def test_a_file_cut_off_at_any_byte_plays_up_to_there_or_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = in_small_commits(monkeypatch)
    played: dict[int, Recording] = {}
    for size in range(len(data)):
        made = read_and_play_what_is_new(data[:size], played)
        assert made is None or "cut off" in made.note
    lasts = [made.last for made in played.values()]
    assert lasts == sorted(lasts)
    assert len(lasts) >= 3
    assert 0 < lasts[-1] < 12


def test_a_flipped_bit_anywhere_plays_up_to_there_or_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = in_small_commits(monkeypatch)
    played: dict[int, Recording] = {}
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        made = read_and_play_what_is_new(bytes(changed), played)
        assert made is None or made.note, f"byte {at} was changed and nobody says so"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_replay_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableReplay):
        unpack_replay(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2))
def test_right_checksums_over_anything_do_no_harm(rest: bytes, kind: int) -> None:
    match kind:
        case 0:
            data = SMALL[:8] + rest
        case 1:
            start = struct.pack("<8sHI", b"TWREPLAY", 1, len(rest))
            data = start + struct.pack("<I", google_crc32c.extend(google_crc32c.value(start), rest)) + rest
        case _:
            data = sealed(Header(counted(1).opened, 0, 9, 1), rest)
    play_what_there_is(data)


_names = st.text(max_size=8)
_players = st.integers(-1, 4)
_records = st.one_of(
    st.builds(Ticked, st.just(1), st.integers(-1, 5)),
    st.builds(Joined, st.just(1), _names, _players),
    st.builds(Watched, st.just(1), _names, st.booleans()),
    st.builds(Said, st.just(1), _players, _names, st.text(max_size=8)),
    st.builds(Heard, st.just(1), _players, st.binary(max_size=12), st.none() | st.floats()),
    st.builds(Checkpointed, st.just(1), st.binary(max_size=30)),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_records, max_size=12))
def test_records_of_a_stranger_do_no_harm(records: list[Record]) -> None:
    play_what_there_is(of_records(*records))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_checkpoint_of_a_stranger_does_no_harm(data: st.DataObject) -> None:
    made = counted(10, every=5)
    saved = next(record.saved for record in made.records if isinstance(record, Checkpointed))
    changed = bytearray(saved)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(saved) - 1))] = data.draw(st.integers(0, 255))
    play_what_there_is(of_records(Checkpointed(1, bytes(changed)), Ticked(1, 3)))
    play_what_there_is(of_records(Ticked(1, 2), Checkpointed(1, bytes(changed)), Ticked(1, 3)))


def changed_header(**fields: object) -> bytes:
    opened = msgspec.structs.replace(counted(1).opened, **fields)
    return sealed(Header(opened, 0, 9, 0))


@pytest.mark.parametrize(
    "fields",
    [
        {"seats": 0},
        {"seats": 10**6},
        {"bots": 10**6},
        {"tick_rate": float("nan")},
        {"tick_rate": 1e9},
        {"grace": float("inf")},
        {"code": "\x1b[2J"},
        {"game": "x" * 1000},
        {"opened_at": 2**60},
    ],
)
def test_a_header_that_no_server_would_write_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(UnreadableReplay, match="makes no sense"):
        unpack_replay(changed_header(**fields))


def test_a_name_that_moves_the_cursor_is_not_taken() -> None:
    made = unpack_replay(of_records(Ticked(1, 2), Joined(1, "\x1b[2Jada", 1), Ticked(1, 2)))
    assert made.last == 2
    assert "no name that can be shown" in made.note


def test_ticks_without_end_are_not_taken() -> None:
    made = unpack_replay(of_records(Ticked(1, 2), Ticked(1, 2**62)))
    assert made.last == 2


def test_records_without_number_are_not_taken() -> None:
    payload = b"\xdd" + (2**32 - 1).to_bytes(4, "big")
    made = unpack_replay(sealed(Header(counted(1).opened, 0, 9, 1), payload))
    assert made.records == []
    assert "more records than" in made.note


def test_a_later_format_is_named() -> None:
    data = SMALL[:8] + struct.pack("<H", 2) + SMALL[10:]
    with pytest.raises(UnreadableReplay, match="this replay has format 2; this tickwire reads format 1"):
        unpack_replay(data)


def test_a_file_that_is_too_large_is_neither_written_nor_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_module, "MAX_FILE", len(SMALL) - 1)
    with pytest.raises(UnreadableReplay, match="at most"):
        pack_replay(counted(12, every=5))
    with pytest.raises(UnreadableReplay, match="at most"):
        unpack_replay(SMALL)


def test_a_file_of_version_1_is_read_for_ever() -> None:
    """Its first bytes are a format that is kept."""
    assert SMALL[:10] == b"TWREPLAY\x01\x00"
    assert HEADER_AT == 18
    assert isinstance(unpack_replay(SMALL).opened, Opened)
