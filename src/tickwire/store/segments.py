"""Commits <-> the bytes of a segment file. Pure: no file is opened here.

A log is a row of segments. Each segment is a header and then commits, numbered without a gap. A commit is a header and
a payload, which this file does not read. All numbers are little-endian.

    segment   "TWLOG" 0, version u16, first u64, previous u64, dropped u64, created u64, crc u32 (of these 40 bytes)
    commit    length u32, number u64, crc u32 (of the 12 bytes before, and the payload), payload

A reader takes every whole commit. Other bytes are a torn tail, as a crash leaves it, if no whole commit follows. Else
they are damage in the middle, and reading goes on behind it: a room that has a checkpoint there can be recovered.

Source: SpacetimeDB's commit log, for numbered commits with a CRC-32C each.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

import google_crc32c

from tickwire.errors import TickwireError

VERSION = 1
SUFFIX = ".twlog"  # of a segment's file; its name is the number of its first commit, in 20 digits
MAX_PAYLOAD = 64 * 1024 * 1024  # bytes of a commit; a length past it is damage, and is not allocated

_MAGIC = b"TWLOG\0"
_SEGMENT = struct.Struct("<6sHQQQQ")
_COMMIT = struct.Struct("<IQ")
_CRC = struct.Struct("<I")
SEGMENT_HEADER = _SEGMENT.size + _CRC.size  # bytes
COMMIT_HEADER = _COMMIT.size + _CRC.size  # bytes
_MOST_LOST = 1 << 20  # commits in one damage; a later one is not taken for a commit of this segment


class UnreadableSegment(TickwireError):
    """A file that is no segment, or one of a version that this program does not know."""


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """What a segment says of itself.

    Attributes:
        first: the number of its first commit.
        previous: the number of the last commit that was written before it; 0 if there was none.
        created: when it was begun, in milliseconds of Unix time.
        dropped: how many commits could not be written just before it.
        version: of the format.
    """

    first: int
    previous: int
    created: int
    dropped: int = 0
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a segment that are no whole commit.

    Attributes:
        start: of them, in bytes from the segment's beginning.
        end: of them.
        torn: no whole commit follows, as when a crash cut off the last write. Else a disk or a person changed them
            after they were written.
    """

    start: int
    end: int
    torn: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Commits whose numbers follow one another.

    Attributes:
        first: the number of the first of them.
        payloads: of them, in order.
    """

    first: int
    payloads: list[bytes]

    @property
    def next(self) -> int:
        """The number behind the last of them."""
        return self.first + len(self.payloads)


@dataclass(slots=True)
class Contents:
    """What could be read of a segment: one run and no damage, as a rule."""

    header: SegmentHeader
    runs: list[Run] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)


def pack_segment_header(header: SegmentHeader) -> bytes:
    """The first bytes of a segment file."""
    packed = _SEGMENT.pack(_MAGIC, header.version, header.first, header.previous, header.dropped, header.created)
    return packed + _CRC.pack(google_crc32c.value(packed))


def read_segment_header(data: bytes) -> SegmentHeader:
    """The inverse of `pack_segment_header`.

    Raises:
        UnreadableSegment: there are too few bytes, they are damaged, or of a later version.
    """
    if len(data) < SEGMENT_HEADER or not data.startswith(_MAGIC):
        raise UnreadableSegment("this is no segment of a log")
    _, version, first, previous, dropped, created = _SEGMENT.unpack_from(data)
    if _CRC.unpack_from(data, _SEGMENT.size)[0] != google_crc32c.value(data[: _SEGMENT.size]):
        raise UnreadableSegment("the header of this segment is damaged")
    if version != VERSION:
        raise UnreadableSegment(f"this segment has format {version}; this tickwire reads format {VERSION}")
    return SegmentHeader(first, previous, created, dropped, version)


def pack_commit(number: int, payload: bytes) -> bytes:
    """A commit as it stands in a segment."""
    packed = _COMMIT.pack(len(payload), number)
    return packed + _CRC.pack(google_crc32c.extend(google_crc32c.value(packed), payload)) + payload


def read_segment(data: bytes) -> Contents:
    """All whole commits of a segment, and where there is something else.

    Raises:
        UnreadableSegment: not even its header can be read.
    """
    contents = Contents(read_segment_header(data))
    number, at = contents.header.first, SEGMENT_HEADER
    while at < len(data):
        run, at = read_run(data, at, number)
        if run.payloads:
            contents.runs.append(run)
        if at < len(data):
            found = _find_commit(data, at + 1, run.next)
            start, number = found or (len(data), run.next)
            contents.damages.append(Damage(at, start, torn=found is None))
            at = start
    return contents


def read_run(data: bytes, at: int, number: int) -> tuple[Run, int]:
    """The whole commits that stand one behind the other in `data`.

    Args:
        data: of a file, whatever its header is.
        at: where the first of them begins, in bytes.
        number: of the first.

    Returns:
        The commits, and where the bytes begin that are no whole commit; the end of `data` if all are.
    """
    run = Run(number, [])
    while (payload := _commit_at(data, at, run.next)) is not None:
        run.payloads.append(payload)
        at += COMMIT_HEADER + len(payload)
    return run, at


def _commit_at(data: bytes, at: int, number: int) -> bytes | None:
    """The payload of commit `number`, if it stands at `at` and is whole."""
    start = at + COMMIT_HEADER
    if start > len(data):
        return None
    length, found = _COMMIT.unpack_from(data, at)
    if found != number or length > MAX_PAYLOAD or start + length > len(data):
        return None
    payload = data[start : start + length]
    crc = google_crc32c.extend(google_crc32c.value(data[at : at + _COMMIT.size]), payload)
    return payload if crc == _CRC.unpack_from(data, at + _COMMIT.size)[0] else None


def _find_commit(data: bytes, at: int, number: int) -> tuple[int, int] | None:
    """Where the first whole commit begins, from `at` on, that is not before `number`, and its own number."""
    for high in sorted({number >> 24, (number + _MOST_LOST) >> 24}):
        # The five high bytes of its number are known. It is not 0, which makes short work of zeros that fill a file.
        pattern = re.compile(rb"(?s)(?=.{4}(?!\0{8}).{3}" + re.escape(high.to_bytes(5, "little")) + b")")
        for match in pattern.finditer(data, at):
            _, found = _COMMIT.unpack_from(data, match.start())
            if number <= found <= number + _MOST_LOST and _commit_at(data, match.start(), found) is not None:
                return match.start(), found
    return None
