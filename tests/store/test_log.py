"""The log on a disk that fails on purpose, and on a real one: what was settled is read back, whatever happened."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickwire.store.log as log_module
from store.disks import MemoryDisk
from tickwire.store.disk import Disk, RealDisk
from tickwire.store.fsync import Fsync
from tickwire.store.log import Log
from tickwire.store.reading import Finding, Reading, read_log
from tickwire.store.segments import SEGMENT_HEADER

PATIENCE = 60.0  # seconds that a condition is waited for, on a machine that is busy with something else


class Told:
    """What a log told its listener."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.settled_to = 0
        self.errors: list[OSError] = []
        self.resumed_at: list[int] = []

    def settled(self, number: int) -> None:
        with self._news:
            self.settled_to = number
            self._news.notify_all()

    def failed(self, error: OSError) -> None:
        with self._news:
            self.errors.append(error)
            self._news.notify_all()

    def resumed(self, number: int) -> None:
        with self._news:
            self.resumed_at.append(number)
            self._news.notify_all()

    def wait_for(self, condition: Callable[[], object]) -> None:
        with self._news:
            assert self._news.wait_for(condition, PATIENCE)

    def wait_settled(self, number: int) -> None:
        self.wait_for(lambda: self.settled_to >= number)


def read(disk: Disk) -> tuple[dict[int, bytes], Reading]:
    """All commits by number, and what the reading found."""
    reading = Reading()
    runs = list(read_log(disk, reading))
    return {run.first + i: payload for run, _ in runs for i, payload in enumerate(run.payloads)}, reading


@contextmanager
def writing(disk: Disk, fsync: Fsync = Fsync.NEVER, **options: float) -> Iterator[tuple[Log, Told]]:
    """A log that goes on where the one on the disk ends."""
    told = Told()
    _, reading = read(disk)
    log = Log(disk, reading, told, fsync, **options)  # type: ignore[arg-type]
    try:
        yield log, told
    finally:
        assert log.close(PATIENCE)


def test_what_is_appended_is_read_back() -> None:
    disk = MemoryDisk()
    with writing(disk) as (log, told):
        assert [log.append(payload) for payload in (b"a", b"", b"c" * 5000)] == [1, 2, 3]
        told.wait_settled(3)
    commits, reading = read(disk)
    assert commits == {1: b"a", 2: b"", 3: b"c" * 5000}
    assert (reading.last, reading.next, reading.findings) == (3, 4, [])


def test_closing_writes_what_is_queued() -> None:
    disk = MemoryDisk()
    with writing(disk) as (log, _):
        for number in range(1000):
            log.append(b"%d" % number)
    assert list(read(disk)[0].values()) == [b"%d" % number for number in range(1000)]


def test_a_restart_goes_on_in_a_new_segment_and_nothing_is_missing() -> None:
    disk = MemoryDisk()
    for payload in (b"a", b"b", b"c"):
        with writing(disk) as (log, _):
            log.append(payload)
    assert len(disk.names()) == 3
    reading = Reading()
    runs = list(read_log(disk, reading))
    assert [(run.payloads, whole) for run, whole in runs] == [([b"a"], True), ([b"b"], True), ([b"c"], True)]
    assert reading.findings == []


def test_a_server_that_starts_and_ends_without_a_commit_leaves_no_file() -> None:
    disk = MemoryDisk()
    with writing(disk):
        pass
    assert disk.names() == []


def test_a_full_segment_is_followed_by_another() -> None:
    disk = MemoryDisk()
    with writing(disk, segment_bytes=200) as (log, told):
        for number in range(1, 21):
            log.append(bytes(50))
            told.wait_settled(number)
    assert len(disk.names()) > 5
    assert all(disk.size(name) <= 200 for name in disk.names())
    commits, reading = read(disk)
    assert (list(commits), reading.findings) == (list(range(1, 21)), [])


def test_a_commit_that_is_larger_than_a_segment_has_one_for_itself() -> None:
    disk = MemoryDisk()
    with writing(disk, segment_bytes=200) as (log, told):
        for number, size in enumerate((10, 1000, 10), start=1):
            log.append(bytes(size))
            told.wait_settled(number)
    assert [len(payload) for payload in read(disk)[0].values()] == [10, 1000, 10]


def test_a_write_that_takes_a_few_bytes_at_a_time_is_gone_on_with() -> None:
    disk = MemoryDisk()
    disk.longest_write = 7
    with writing(disk) as (log, _):
        log.append(b"a long payload, in pieces")
    assert read(disk)[0] == {1: b"a long payload, in pieces"}


def test_a_commit_that_is_too_long_is_refused_where_it_is_appended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MAX_PAYLOAD", 10)
    with writing(MemoryDisk()) as (log, _), pytest.raises(ValueError, match="at most 10 bytes long, not 11"):
        log.append(bytes(11))


# --- full and broken disks ---


def test_a_full_disk_ends_the_log_and_room_begins_it_again() -> None:
    disk = MemoryDisk()
    with writing(disk, retry=0.0) as (log, told):
        told.wait_settled(log.append(b"kept"))
        disk.room = 5
        told.wait_settled(log.append(b"lost"))
        told.wait_settled(log.append(b"lost, too"))
        assert told.errors[0].errno == errno.ENOSPC
        assert told.resumed_at == []
        disk.room = None
        told.wait_settled(log.append(b"kept again"))
        assert told.resumed_at == [4]
        assert log.figures.dropped == 2
    commits, reading = read(disk)
    assert commits == {1: b"kept", 4: b"kept again"}
    assert [finding.words for finding in reading.findings] == [
        "2 commits in front of it are missing: they could not be written"
    ]
    assert [whole for _, whole in read_log(disk, Reading())] == [True, False]
    assert len(disk.names()) == 2, "no file was left by the tries that failed"


def test_while_the_disk_is_away_it_is_not_tried_for_each_commit() -> None:
    disk, tries = MemoryDisk(), []

    def before(operation: str) -> None:
        if operation == "create":
            tries.append(operation)
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    disk.before = before
    with writing(disk, retry=3600.0) as (log, told):
        for _ in range(20):
            told.wait_settled(log.append(b"lost"))
    assert len(tries) == 1
    assert read(disk)[0] == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["append", "break", "mend", "restart"]), max_size=30), st.integers(1, 30))
def test_whatever_breaks_when_every_commit_that_was_settled_while_all_was_well_is_read(
    events: list[str], longest: int
) -> None:
    disk = MemoryDisk()
    disk.longest_write = longest
    kept: dict[int, bytes] = {}
    broken = False

    def before(operation: str) -> None:
        if broken and operation in ("write", "create", "sync_names"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    disk.before = before
    told, log = Told(), None
    for i, event in enumerate(events):
        if log is None:
            log = Log(disk, read(disk)[1], told, Fsync.NEVER, retry=0.0)
            told.settled_to = 0
        if event == "append":
            number = log.append(payload := b"payload %d" % i)
            told.wait_settled(number)
            if not broken:
                kept[number] = payload
        elif event == "restart":
            assert log.close(PATIENCE)
            log = None
        else:
            broken = event == "break"
    if log is not None:
        assert log.close(PATIENCE)
    assert read(disk)[0] == kept


def test_a_slow_disk_holds_up_nobody_who_appends_and_what_is_too_much_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_module, "MAX_QUEUED", 1000)
    disk, go_on, reached = MemoryDisk(), threading.Event(), threading.Event()

    def before(operation: str) -> None:
        if operation == "write":
            reached.set()
            assert go_on.wait(PATIENCE)

    disk.before = before
    with writing(disk) as (log, told):
        log.append(b"first")
        assert reached.wait(PATIENCE)
        for _ in range(100):
            log.append(bytes(100))
        go_on.set()
        told.wait_settled(101)
        told.wait_settled(log.append(b"last"))
        assert log.figures.queued == 0
        assert log.figures.dropped == 100 - 9
    commits, reading = read(disk)
    assert list(commits) == [*range(1, 11), 102]
    assert reading.findings[0].words == "91 commits in front of it are missing: they could not be written"


# --- power cuts ---


def test_with_always_a_power_cut_takes_nothing_that_was_settled() -> None:
    disk = MemoryDisk()
    with writing(disk, Fsync.ALWAYS) as (log, told):
        told.wait_settled(log.append(b"a"))
        told.wait_settled(log.append(b"b"))
        disk.cut_power()
        assert read(disk)[0] == {1: b"a", 2: b"b"}


def test_with_second_a_power_cut_takes_what_is_younger() -> None:
    disk, synced = MemoryDisk(), threading.Event()

    def before(operation: str) -> None:
        if operation == "sync":
            synced.set()

    disk.before = before
    with writing(disk, Fsync.SECOND, sync_every=0.01) as (log, told):
        told.wait_settled(log.append(b"a"))
        assert synced.wait(PATIENCE)
        disk.cut_power()
        assert read(disk)[0] == {1: b"a"}


def test_a_sync_that_fails_is_not_tried_again_on_the_same_file() -> None:
    disk, failed, syncs = MemoryDisk(), threading.Event(), []

    def before(operation: str) -> None:
        if operation == "sync":
            syncs.append(sorted(disk.files)[-1])
            if len(syncs) == 1:
                failed.set()
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    disk.before = before
    with writing(disk, Fsync.SECOND, sync_every=0.01) as (log, told):
        told.wait_settled(log.append(b"a"))
        assert failed.wait(PATIENCE)
        number = 1
        while not told.resumed_at:  # the writer hears of it with one of the next commits
            number = log.append(b"b")
            told.wait_settled(number)
        assert told.resumed_at == [number]
    assert len(disk.names()) == 2
    assert sorted(read(disk)[0]) == list(range(1, number + 1))


# --- files from hell ---


def three_segments(disk: MemoryDisk) -> list[str]:
    for payload in (b"one", b"two", b"three"):
        with writing(disk) as (log, _):
            log.append(payload)
            log.append(payload)
    return disk.names()


def test_a_tail_that_was_torn_off_is_harmless_even_when_the_log_went_on_behind_it() -> None:
    disk = MemoryDisk()
    names = three_segments(disk)
    disk.files[names[2]].data += b"torn"
    assert [finding.crash for finding in read(disk)[1].findings] == [True]
    with writing(disk) as (log, _):
        log.append(b"four")
    commits, reading = read(disk)
    assert len(commits) == 7
    assert reading.findings == [
        Finding(
            names[2],
            "the last write was cut off, as in a crash: 4 bytes behind the last whole commit do not count",
            crash=True,
        )
    ]


def test_commits_that_are_missing_at_the_end_of_an_older_segment_are_no_crash() -> None:
    disk = MemoryDisk()
    names = three_segments(disk)
    del disk.files[names[1]].data[-1]
    commits, reading = read(disk)
    assert list(commits) == [1, 2, 3, 5, 6]
    assert [finding.crash for finding in reading.findings] == [False, False]
    assert reading.findings[0].words == "commits 4 to 4 in front of it are missing"
    assert [whole for _, whole in read_log(disk, Reading())] == [True, True, False]


def test_a_missing_segment_is_named_and_a_missing_first_one_is_none() -> None:
    disk = MemoryDisk()
    names = three_segments(disk)
    del disk.files[names[1]]
    commits, reading = read(disk)
    assert list(commits) == [1, 2, 5, 6]
    assert [finding.words for finding in reading.findings] == ["commits 3 to 4 in front of it are missing"]
    del disk.files[names[0]]
    assert read(disk)[1].findings == []


def test_damage_in_the_middle_costs_what_it_hit_and_the_commits_behind_it_are_read() -> None:
    disk = MemoryDisk()
    names = three_segments(disk)
    disk.files[names[1]].data[SEGMENT_HEADER + 2] ^= 1
    reading = Reading()
    runs = list(read_log(disk, reading))
    assert [(run.first, len(run.payloads), whole) for run, whole in runs] == [(1, 2, True), (4, 1, False), (5, 2, True)]
    assert [finding.words for finding in reading.findings] == ["19 bytes in it are damaged, and what they said is lost"]
    assert not reading.findings[0].crash


@pytest.mark.parametrize("data", [b"", b"TWLO", bytes(4096)])
def test_a_segment_that_was_only_begun_gives_its_number_to_nobody_else(data: bytes) -> None:
    disk = MemoryDisk()
    three_segments(disk)
    with writing(disk) as (log, _):
        log.append(b"")
    [name] = set(disk.names()) - set(disk.names()[:3])
    disk.files[name].data[:] = data
    reading = read(disk)[1]
    assert [finding.crash for finding in reading.findings] == [True]
    with writing(disk) as (log, _):
        assert log.append(b"next") == 8
    assert [finding.file for finding in read(disk)[1].findings] == [name]


def test_a_segment_of_a_later_version_is_passed_over_and_not_written_over() -> None:
    disk = MemoryDisk()
    names = three_segments(disk)
    disk.files[names[1]].data[-30:] = b"x" * 30
    disk.files[names[1]].data[:8] = b"TWLOG\0\x09\0"
    commits, reading = read(disk)
    assert list(commits) == [1, 2, 5, 6]
    assert [finding.words for finding in reading.findings] == [
        "the header of this segment is damaged; it was passed over",
        "commits 3 to 4 in front of it are missing",
    ]


# --- a real disk ---


def test_a_real_disk_keeps_the_log_private(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path / "data" / "log")
    with writing(disk, Fsync.SECOND, sync_every=0.01) as (log, told):
        told.wait_settled(log.append(b"a"))
    with writing(disk, Fsync.ALWAYS) as (log, told):
        told.wait_settled(log.append(b"b"))
    assert read(disk)[0] == {1: b"a", 2: b"b"}
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "data" / "log").stat().st_mode) == 0o700
        assert {stat.S_IMODE((disk.folder / name).stat().st_mode) for name in disk.names()} == {0o600}


def test_a_folder_that_is_no_folder_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(OSError, match="exists"):
        RealDisk(tmp_path / "data")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "x.twlog").write_text("mine")
    disk = RealDisk(tmp_path)
    with writing(disk) as (log, _):
        log.append(b"a")
    assert read(disk)[0] == {1: b"a"}
