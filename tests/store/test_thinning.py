"""Old segments go, needed ones stay."""

from __future__ import annotations

import pytest

from store.disks import MemoryDisk
from store.test_log import read, writing
from tickwire.store.thinning import thin

DAY = 86_400.0


@pytest.fixture
def disk() -> MemoryDisk:
    """Five segments of one commit each, a day apart; the first is from day 0."""
    disk = MemoryDisk()
    for day in range(5):
        disk.now = day * DAY
        with writing(disk) as (log, _):
            log.append(bytes(100))
    return disk


def test_segments_go_when_they_are_too_old(disk: MemoryDisk) -> None:
    thin(disk, 5 * DAY, needed=5, keep_seconds=2.5 * DAY, keep_bytes=1 << 30)
    assert list(read(disk)[0]) == [4, 5]
    assert read(disk)[1].findings == []


def test_the_oldest_go_when_they_are_too_large_together(disk: MemoryDisk) -> None:
    size = disk.size(disk.names()[0])
    deleted = thin(disk, 5 * DAY, needed=5, keep_seconds=100 * DAY, keep_bytes=2 * size)
    assert len(deleted) == 3
    assert list(read(disk)[0]) == [4, 5]


def test_what_recovery_needs_stays_however_old_it_is(disk: MemoryDisk) -> None:
    thin(disk, 500 * DAY, needed=3, keep_seconds=DAY, keep_bytes=1)
    assert list(read(disk)[0]) == [3, 4, 5]


def test_the_segment_that_is_being_written_stays(disk: MemoryDisk) -> None:
    thin(disk, 500 * DAY, needed=100, keep_seconds=DAY, keep_bytes=1)
    assert list(read(disk)[0]) == [5]
