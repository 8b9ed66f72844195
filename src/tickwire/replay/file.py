"""A recording <-> the bytes of a `.twreplay` file. Pure: no file is opened here.

    file     "TWREPLAY", version u16, length u32, crc u32 (of the 14 bytes before, and the header), header, commits
    header   MessagePack, see `Header`: the game's name and its fingerprint are in it, with all else of the room's start
    commits  as in a segment of a log, numbered from 1 (see `store.segments`); a payload is a list of records

All numbers are little-endian. A file may come from anybody: it holds no code, every size in it is bounded, and its
records are calls of a room of the game as it is installed here. Damage ends it: what stands before that is played.
"""

from __future__ import annotations

import math
import struct

import google_crc32c
import msgspec
from msgspec import Struct

from tickwire.errors import CannotRestore, TickwireError
from tickwire.ids import CODE_ALPHABET, CODE_LENGTH
from tickwire.replay.bot_inputs import pack_parts, unpack_parts
from tickwire.replay.recording import MAX_TICK, Recording
from tickwire.room.journal import Opened, Record, unpack_commit
from tickwire.room.journal import pack_commit as pack_records
from tickwire.store.segments import pack_commit, read_run
from tickwire.wire.codec import DECODE_ERRORS

VERSION = 1
SUFFIX = ".twreplay"
MAX_FILE = 64 * 1024 * 1024  # bytes; it is read whole
MAX_HEADER = 64 * 1024  # bytes
COMMIT_RECORDS = 500  # records in one commit: what one flipped bit may cost

_MAGIC = b"TWREPLAY"
_START = struct.Struct("<8sHI")
_CRC = struct.Struct("<I")
_ARRAY_32 = b"\xdd"  # begins a MessagePack array of more than 65,535: three bytes make a record, and fill memory so
HEADER_AT = _START.size + _CRC.size  # bytes in front of the header


class UnreadableReplay(TickwireError):
    """A file that is no replay, or none that this version reads; it reads as one sentence."""


class Header(Struct, array_like=True, frozen=True):
    """What a replay file says of itself. New fields stand last and have a default.

    Attributes:
        opened: how the room began: its game, the fingerprint of the rules, its settings.
        first: the tick with which the replay begins.
        last: its last tick.
        commits: how many there are.
        note: what was missing in the log that it was cut from; empty if nothing was.
        bot_commits: how many more commits there are, of what bots asked for (see `bot_inputs`).
    """

    opened: Opened
    first: int
    last: int
    commits: int
    note: str = ""
    bot_commits: int = 0


_read_header = msgspec.msgpack.Decoder(Header).decode


def pack_replay(recording: Recording) -> bytes:
    """A recording as one self-contained file.

    Raises:
        UnreadableReplay: it would be larger than MAX_FILE.
    """
    records = recording.records
    parts = [records[i : i + COMMIT_RECORDS] for i in range(0, len(records), COMMIT_RECORDS)]
    payloads, of_bots = list(map(pack_records, parts)), pack_parts(recording.bot_inputs)
    commits = [pack_commit(number, payload) for number, payload in enumerate(payloads + of_bots, 1)]
    header = Header(recording.opened, recording.first, recording.last, len(payloads), recording.note, len(of_bots))
    packed = msgspec.msgpack.encode(header)
    start = _START.pack(_MAGIC, VERSION, len(packed))
    data = b"".join([start, _CRC.pack(_crc(start, packed)), packed, *commits])
    if len(data) > MAX_FILE:
        raise UnreadableReplay(f"this replay has {len(data):,} bytes, and a file of one has {MAX_FILE:,} at most")
    return data


def unpack_replay(data: bytes) -> Recording:
    """The inverse of `pack_replay`. What is damaged or makes no sense ends the recording, and its note says so.

    Raises:
        UnreadableReplay: it is no replay, or not even its header can be read.
    """
    header, at = _header_of(data)
    recording = Recording(header.opened, note=header.note)
    run, end = read_run(data, at, 1)
    wrong = ""
    try:
        for payload in run.payloads[: header.commits]:
            recording.add(_records(payload))
    except CannotRestore as error:
        wrong = str(error)
    if len(run.payloads) < header.commits and not wrong:
        wrong = "it is damaged or cut off there"
    of_bots = run.payloads[header.commits :]
    if not wrong and header.bot_commits:
        recording.bot_inputs = unpack_parts(of_bots)
    if not wrong and len(of_bots) != header.bot_commits:
        recording.note = recording.note or "what its bots asked for is damaged or cut off, so they think again"
    elif not wrong and end < len(data):
        recording.note = recording.note or "what stands behind its end is no part of it"
    if wrong:
        rate = header.opened.tick_rate
        there = f"tick {recording.last} of {header.last} ({recording.last / rate:.0f} of {header.last / rate:.0f} s)"
        recording.note = f"the file can be played up to {there}: {wrong}"
    return recording


def _header_of(data: bytes) -> tuple[Header, int]:
    """The header, and where the first commit begins."""
    if not data.startswith(_MAGIC):
        raise UnreadableReplay("this is no replay of tickwire")
    if len(data) > MAX_FILE:
        raise UnreadableReplay(f"this file has {len(data):,} bytes, and a replay has {MAX_FILE:,} at most")
    if len(data) < HEADER_AT:
        raise UnreadableReplay("this replay is cut off in its header, so nothing of it can be played")
    _, version, length = _START.unpack_from(data)
    if version != VERSION:
        raise UnreadableReplay(f"this replay has format {version}; this tickwire reads format {VERSION}")
    packed = data[HEADER_AT : HEADER_AT + length] if length <= MAX_HEADER else b""
    if len(packed) < length and length <= MAX_HEADER:
        raise UnreadableReplay("this replay is cut off in its header, so nothing of it can be played")
    if _CRC.unpack_from(data, _START.size)[0] != _crc(data[: _START.size], packed):
        raise UnreadableReplay("the header of this replay is damaged, so nothing of it can be played")
    try:
        header = _read_header(packed)
    except DECODE_ERRORS as error:
        raise UnreadableReplay(f"the header of this replay makes no sense: {error}") from None
    _check(header)
    return header, HEADER_AT + length


def _check(header: Header) -> None:
    """Refuse what no server would write: a file may have right checksums and be made to do harm."""
    opened = header.opened
    fine = (
        len(opened.code) == CODE_LENGTH
        and set(opened.code) <= set(CODE_ALPHABET)
        and opened.game.isprintable()
        and 0 < len(opened.game) <= 64
        and 0 < opened.seats <= 32767
        and 0 <= opened.bots <= opened.seats
        and 0.001 <= opened.tick_rate <= 1000
        and math.isfinite(opened.grace)
        and 0 <= opened.opened_at < 2**48
        and header.note.isprintable()
        and min(header.commits, header.bot_commits, header.first) >= 0
        and header.first <= header.last <= MAX_TICK
    )
    if not fine:
        raise UnreadableReplay("the header of this replay makes no sense, so nothing of it can be played")


def _records(payload: bytes) -> list[Record]:
    if payload[:1] == _ARRAY_32:
        raise CannotRestore("a commit has more records than a replay's have")
    return unpack_commit(payload)


def _crc(start: bytes, packed: bytes) -> int:
    return int(google_crc32c.extend(google_crc32c.value(start), packed))
