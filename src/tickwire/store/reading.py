"""Reads a log from the disk. Nothing on it is changed: a log that is written on begins a new segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tickwire.store.disk import Disk
from tickwire.store.segments import SEGMENT_HEADER, SUFFIX, Contents, Run, UnreadableSegment, read_segment


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a log that is not as it was written.

    Attributes:
        file: the name of the segment.
        words: what it is, as one sentence.
        crash: whether a crash explains it; else a person should look at the disk.
    """

    file: str
    words: str
    crash: bool


@dataclass(slots=True)
class Reading:
    """What is learned while a log is read.

    Attributes:
        last: the number of the last whole commit; 0 if there is none.
        next: a number for the next commit that no file of this log has.
        findings: what is not as it was written.
    """

    last: int = 0
    next: int = 1
    findings: list[Finding] = field(default_factory=list)

    def found(self, file: str, words: str, *, crash: bool = False) -> None:
        """Add a finding."""
        self.findings.append(Finding(file, words, crash))


def read_log(disk: Disk, reading: Reading, since: int = 0) -> Iterator[tuple[Run, bool]]:
    """All whole commits of a log, in order, as few runs as can be. One segment at a time is in memory.

    Args:
        disk: the folder.
        reading: is told what is found on the way, and is complete when all runs were taken.
        since: a commit; segments that hold only earlier ones are not read.

    Yields:
        A run, and whether nothing is missing between it and the one before.

    Raises:
        OSError: the disk does not let us read.
    """
    torn: tuple[str, int] | None = None  # the torn end of the segment before: its file, and how many bytes
    names = segment_names(disk)
    for name in names[max(sum(first_of(name) <= since for name in names) - 1, 0) :]:
        contents = _read(disk, name, reading)
        reading.next = max(reading.next, first_of(name) + 1)
        if contents is None:
            continue
        whole = _joins(name, contents, reading)
        if torn:
            reading.found(torn[0], _words(torn[1], torn=whole), crash=whole)
        torn = None
        for run in contents.runs:
            yield run, whole and run.first == contents.header.first
            reading.last = run.next - 1
            reading.next = max(reading.next, run.next)
        for damage in contents.damages:
            if damage.torn:
                torn = name, damage.end - damage.start
            else:
                reading.found(name, _words(damage.end - damage.start, torn=False))
    if torn:
        reading.found(torn[0], _words(torn[1], torn=True), crash=True)


def segment_names(disk: Disk) -> list[str]:
    """The segments of a log, the oldest first."""
    return [name for name in disk.names() if name.endswith(SUFFIX) and name.removesuffix(SUFFIX).isdigit()]


def first_of(name: str) -> int:
    """The number of a segment's first commit, by the name of its file."""
    return int(name.removesuffix(SUFFIX))


def _joins(name: str, contents: Contents, reading: Reading) -> bool:
    """Whether a segment goes on where the one before it ended. The oldest one does: those before were deleted."""
    header = contents.header
    if header.dropped:
        reading.found(name, f"{header.dropped} commits in front of it are missing: they could not be written")
    if 0 < reading.last < header.previous:
        reading.found(name, f"commits {reading.last + 1} to {header.previous} in front of it are missing")
    return not header.dropped and reading.last in (0, header.previous)


def _read(disk: Disk, name: str, reading: Reading) -> Contents | None:
    data = disk.read(name)
    try:
        return read_segment(data)
    except UnreadableSegment as error:
        # One that was being begun when the server ended has no header yet, and held nothing.
        begun = len(data) < SEGMENT_HEADER or not any(data)
        words = "nothing was written into it yet, as in a crash" if begun else f"{error}; it was passed over"
        reading.found(name, words, crash=begun)
        return None


def _words(size: int, *, torn: bool) -> str:
    if torn:
        return f"the last write was cut off, as in a crash: {size} bytes behind the last whole commit do not count"
    return f"{size} bytes in it are damaged, and what they said is lost"
