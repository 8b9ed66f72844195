"""Which old segments are deleted."""

from __future__ import annotations

from itertools import pairwise

from tickwire.store.disk import Disk
from tickwire.store.reading import first_of, segment_names


def thin(disk: Disk, now: float, *, needed: int, keep_seconds: float, keep_bytes: int) -> list[str]:
    """Delete segments that are too old, or too many, the oldest first; returns their names.

    A segment that is needed to recover a room is kept, even if there are more than `keep_bytes` then.

    Args:
        disk: the folder.
        now: seconds of Unix time.
        needed: the first commit that recovery needs: none before it is.
        keep_seconds: since the last change of a segment.
        keep_bytes: of all segments together.

    Raises:
        OSError: the disk does not let us.
    """
    names = segment_names(disk)
    sizes = {name: disk.size(name) for name in names}
    total = sum(sizes.values())
    deleted: list[str] = []
    for name, following in pairwise(names):  # the last is being written
        if first_of(following) > needed:
            break
        if total > keep_bytes or now - disk.changed_at(name) > keep_seconds:
            disk.remove(name)
            deleted.append(name)
            total -= sizes[name]
        else:
            break  # those behind it are younger
    if deleted:
        disk.sync_names()
    return deleted
