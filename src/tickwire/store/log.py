"""One log for a whole server: commits are appended by a thread, so that no tick ever waits for a disk.

    loop's thread     append(payload)  ->  queue
    writer's thread   queue  ->  write(), with the policy `always` also fdatasync()  ->  settled(number)
    syncer's thread   with the policy `second`: fdatasync() once a second

A write that fails ends the log, not the server: what comes is counted and dropped, and after RETRY seconds the next
commit is tried in a new segment. Its header says how many commits are missing in front of it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from tickwire.store.disk import Disk, File
from tickwire.store.fsync import Fsync
from tickwire.store.reading import Reading
from tickwire.store.segments import (
    MAX_PAYLOAD,
    SEGMENT_HEADER,
    SUFFIX,
    Run,
    SegmentHeader,
    pack_commit,
    pack_segment_header,
)

SEGMENT_BYTES = 64 * 1024 * 1024  # of a segment, then the next is begun; read whole, so it has to fit into memory
SYNC_EVERY = 1.0  # seconds: what a power cut may take with the policy `second`
RETRY = 5.0  # seconds between tries to write again after an error
MAX_QUEUED = 64 * 1024 * 1024  # bytes that wait for the writer; more than that is a disk that stands still

log = logging.getLogger("tickwire.store")


class Listener(Protocol):
    """Who is told how the log goes on. All are called on the log's threads."""

    def settled(self, number: int) -> None:
        """All commits up to `number` are as safe as the policy asks for, or given up: nobody need wait for them."""

    def failed(self, error: OSError) -> None:
        """Commits are missing, or may be. Once it can be written again, the next commit is told as `resumed`."""

    def resumed(self, number: int) -> None:
        """There is a gap in front of commit `number`: what is to be recovered from here on has to be told anew."""


@dataclass(slots=True)
class Figures:
    """What a log has done; read by whoever shows figures.

    Attributes:
        commits: written.
        bytes: of these.
        dropped: commits that were given up.
        queued: bytes that wait for the writer.
        sync_seconds: how long the last fdatasync took.
    """

    commits: int = 0
    bytes: int = 0
    dropped: int = 0
    queued: int = 0
    sync_seconds: float = 0.0


class Log:
    """Appends commits to a folder of segments. `close` ends its threads.

    Args:
        disk: the folder.
        reading: of what is there already.
        listener: is told what is safe.
        fsync: how safe is safe enough.
        segment_bytes: after how many a new segment is begun.
        sync_every: seconds, for Fsync.SECOND.
        retry: seconds.
    """

    def __init__(
        self,
        disk: Disk,
        reading: Reading,
        listener: Listener,
        fsync: Fsync = Fsync.SECOND,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        sync_every: float = SYNC_EVERY,
        retry: float = RETRY,
    ) -> None:
        self.figures = Figures()
        self._disk = disk
        self._listener = listener
        self._fsync = fsync
        self._segment_bytes = segment_bytes
        self._sync_every = sync_every
        self._retry = retry
        # The writer's: the numbers of the last commit that is written, and of the last that is written or dropped.
        self._last, self._settled = reading.last, reading.next - 1
        self._news = threading.Condition()  # guards the next three, and `figures.queued`
        self._next = reading.next
        self._queue: list[Run] = []
        self._closing = False
        self._files = threading.Lock()  # held while a file is synced or changed for another, not while it is written
        self._file: File | None = None
        self._size = 0  # bytes of the segment
        self._missing = 0  # commits that were dropped since the last that was written
        self._down_until = 0.0  # no write is tried before; time.monotonic()
        self._unsynced = threading.Event()
        self._in_doubt = threading.Event()
        self._closed = threading.Event()
        self._writer = threading.Thread(target=self._write_all, name="tickwire-log", daemon=True)
        self._syncer = threading.Thread(target=self._sync_each_second, name="tickwire-log-sync", daemon=True)
        self._writer.start()
        if fsync is Fsync.SECOND:
            self._syncer.start()

    def append(self, payload: bytes) -> int:
        """Queue a commit; returns its number. Never waits.

        Raises:
            ValueError: it is longer than MAX_PAYLOAD.
        """
        if len(payload) > MAX_PAYLOAD:
            raise ValueError(f"a commit is at most {MAX_PAYLOAD} bytes long, not {len(payload)}")
        with self._news:
            number = self._next
            self._next += 1
            if self.figures.queued + len(payload) <= MAX_QUEUED:  # else the writer finds the number missing
                if not self._queue or self._queue[-1].next != number:
                    self._queue.append(Run(number, []))
                self._queue[-1].payloads.append(payload)
                self.figures.queued += len(payload)
                self._news.notify()
        return number

    def close(self, patience: float = 10.0) -> bool:
        """Write what is queued, and end the threads; returns whether that was done within `patience` seconds."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._writer.join(patience)
        self._closed.set()
        if self._fsync is Fsync.SECOND:
            self._syncer.join(patience)
        return not self._writer.is_alive()

    # --- the writer's thread ---

    def _write_all(self) -> None:
        while (taken := self._take()) is not None:
            runs, last = taken
            for run in runs:
                self._overflowed(run.first - self._settled - 1)
                self._write_run(run)
                self._settle(run.next - 1)
            self._overflowed(last - self._settled)
            self._settle(last)
            with self._news:
                self.figures.queued -= sum(len(payload) for run in runs for payload in run.payloads)
        self._end_segment()

    def _settle(self, number: int) -> None:
        if number > self._settled:
            self._settled = number
            self._listener.settled(number)

    def _take(self) -> tuple[list[Run], int] | None:
        """What is queued, once there is something, and the last number given; None when all is written and closed."""
        with self._news:
            self._news.wait_for(lambda: self._queue or self._closing)
            taken, self._queue = self._queue, []
            return (taken, self._next - 1) if taken else None

    def _write_run(self, run: Run) -> None:
        """Write commits in one piece, or drop them."""
        if time.monotonic() < self._down_until and not self._closing:  # at the end there is no later try
            self._drop(len(run.payloads))
            return
        data = b"".join(pack_commit(run.first + i, payload) for i, payload in enumerate(run.payloads))
        try:
            self._write(run.first, data)
        except OSError as error:
            self._drop(len(run.payloads))
            self._fail(error)
            return
        self._last = run.next - 1
        self.figures.commits += len(run.payloads)
        self.figures.bytes += len(data)

    def _overflowed(self, count: int) -> None:
        """Commits were not even queued, since too many waited for the disk."""
        if count:
            self._drop(count)
            log.error("the disk is too slow for the log; %d commits are not kept", count)
            self._listener.failed(OSError(errno.ENOBUFS, "too much waits for the disk"))

    def _drop(self, count: int) -> None:
        """Commits are missing from here on. Only a segment's header can say so, so the next one begins a segment."""
        if count:
            self._end_segment()
            self._missing += count
            self.figures.dropped += count

    def _write(self, first: int, data: bytes) -> None:
        if self._size > SEGMENT_HEADER and self._size + len(data) > self._segment_bytes:
            self._end_segment()
        if self._in_doubt.is_set():
            self._in_doubt.clear()
            self._end_segment()
            self._listener.resumed(first)
        if self._file is None:
            self._begin_segment(first)
        self._write_whole(data)
        if self._fsync is Fsync.ALWAYS:
            self._sync()
        elif self._fsync is Fsync.SECOND:
            self._unsynced.set()

    def _write_whole(self, data: bytes) -> None:
        assert self._file is not None
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:] if written else data)
        except OSError:
            with contextlib.suppress(OSError):  # if it stays, it is a torn tail, which readers know
                self._file.truncate(self._size)
            raise
        self._size += written

    def _begin_segment(self, first: int) -> None:
        name, created = f"{first:020d}{SUFFIX}", int(time.time() * 1000)
        file = self._disk.create(name)
        with self._files:
            self._file, self._size = file, 0
        try:
            self._write_whole(pack_segment_header(SegmentHeader(first, self._last, created, self._missing)))
            if self._fsync is not Fsync.NEVER:
                self._disk.sync_names()
        except OSError:
            self._end_segment()
            with contextlib.suppress(OSError):  # else a full disk would fill with files that hold nothing
                self._disk.remove(name)
            raise
        if self._missing:
            log.warning("the log is written again; %d commits are missing", self._missing)
            self._missing = 0
            self._listener.resumed(first)

    def _end_segment(self) -> None:
        """Close the segment. It is synced first: afterwards nobody would."""
        with self._files:
            file, self._file = self._file, None
            if file is None:
                return
            try:
                if self._fsync is not Fsync.NEVER:
                    file.sync()
                file.close()
            except OSError as error:
                log.error("the end of a segment may not be on the disk (%s)", error)

    def _fail(self, error: OSError) -> None:
        log.error("the log cannot be written (%s); what happens now is not kept, until it can be", error)
        self._down_until = time.monotonic() + self._retry
        self._listener.failed(error)

    # --- the syncer's thread ---

    def _sync_each_second(self) -> None:
        while not self._closed.wait(self._sync_every):
            if self._unsynced.is_set():
                self._unsynced.clear()  # first: what is written meanwhile is for the next time
                try:
                    self._sync()
                except OSError as error:
                    # The system may hold these pages for clean now, so that a second try would succeed and lie
                    # (Rebello et al., Can Applications Recover from fsync Failures?, 2020). A new segment is begun.
                    log.error("the log could not be forced onto the disk (%s)", error)
                    self._in_doubt.set()
                    self._listener.failed(error)

    def _sync(self) -> None:
        """Force the segment onto the disk; on the writer's thread, or on the syncer's while the writer goes on."""
        began = time.monotonic()
        with self._files:
            if self._file is not None:
                self._file.sync()
        self.figures.sync_seconds = time.monotonic() - began
