"""What led to a game's break is kept in a file: its room's last checkpoint and the records since, for `test-from`.

The file is a segment of a log with one room in it, so the reader of logs reads it. It is made of the log itself, by a
thread: a room's records since its checkpoint are not kept in memory, and no tick waits for it.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from tickwire.errors import CannotRestore
from tickwire.room.journal import Checkpointed, Ended, Keyed, Opened, Record, Standing, pack_commit, unpack_commit
from tickwire.store import segments
from tickwire.store.disk import Disk, RealDisk
from tickwire.store.reading import Reading, read_log
from tickwire.store.segments import SUFFIX, SegmentHeader, pack_segment_header

MOST = 20  # files; the oldest goes when one more comes
# Seconds between two files at least: to read the log back takes a second at worst, and players may know how to break a
# game.
EVERY = 10.0
MAX_BYTES = 16 * 1024 * 1024  # of a file; half a minute of 50 players who send 60 inputs a second is 5 MB
_TOGETHER = 1000  # records in a commit

log = logging.getLogger("tickwire.journal")


class Crashes:
    """A folder of such files.

    Args:
        folder: where they are; it is made, private, when the first is written.
        disk: the segments of the log.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def write(self, opened: Opened, tick: int, since: int, last: int) -> Path | None:
        """Write the file of a room that broke, and say so in the log; any thread may. None if it cannot be written.

        Args:
            opened: how the room began.
            tick: in which it broke.
            since: the commit of its last checkpoint, or of its beginning.
            last: the commit of the tick that broke, which is with the kernel.
        """
        try:
            path = self._write(f"{opened.code}-{tick}{SUFFIX}", self._pack(opened, since, last))
        except (OSError, CannotRestore) as error:
            log.error("room %s: what led to its break could not be kept: %s", opened.code, error)
            return None
        log.error(
            "room %s: what led to its break is kept; write a test of it: tickwire test-from %s", opened.code, path
        )
        return path

    def _pack(self, opened: Opened, since: int, last: int) -> bytes:
        records = self._records(opened, since, last)
        now = int(time.time() * 1000)
        parts = [pack_segment_header(SegmentHeader(1, 0, now)), segments.pack_commit(1, pack_commit([opened]))]
        for number, at in enumerate(range(0, len(records), _TOGETHER), 2):
            parts.append(segments.pack_commit(number, pack_commit(records[at : at + _TOGETHER])))
        if (size := sum(map(len, parts))) > MAX_BYTES:
            raise CannotRestore(f"it would take {size} bytes, and {MAX_BYTES} are the most")
        return b"".join(parts)

    def _records(self, opened: Opened, since: int, last: int) -> list[Record]:
        """The room's records since its checkpoint, without what takes a seat."""
        records: list[Record] = []
        known = False
        for run, whole in read_log(self._disk, Reading(), since):
            known = known and whole
            for commit, payload in enumerate(run.payloads, run.first):
                if not since <= commit <= last:
                    continue
                for record in unpack_commit(payload):
                    if record.room != opened.room or isinstance(record, Keyed | Ended | Standing):
                        continue
                    if isinstance(record, Opened | Checkpointed):
                        records, known = [], True
                    if isinstance(record, Checkpointed):
                        records.append(Checkpointed(record.room, record.saved))  # without hashes of tokens
                    elif not isinstance(record, Opened):
                        records.append(record)
        if not known:
            raise CannotRestore("part of what happened in it is missing")
        return records

    def _write(self, name: str, data: bytes) -> Path:
        disk = RealDisk(self._folder)
        names = sorted(filter(lambda each: each.endswith(SUFFIX), disk.names()), key=disk.changed_at)
        for old in {*names[: max(len(names) - MOST + 1, 0)], *({name} & {*names})}:
            disk.remove(old)
        file = disk.create(name)
        try:
            while data:
                data = data[file.write(data) :]
        finally:
            file.close()
        return self._folder / name
