"""What happened is handed to the kernel before anybody hears of it: the records of a wake, then what it has to say.

    the loop          records -> a commit -> the log's queue;   what is to be said waits for that commit
    the log's thread  write() -> settled(number)
    the loop          what waited for `number` is said

So a server that is killed has told nobody of an input, a seat or a state that its log does not have. A server without a
data folder has none of this: everything is said at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from tickwire.room.journal import Journal, Opened, pack_commit
from tickwire.room.room import Room
from tickwire.server.crashes import EVERY, Crashes
from tickwire.store.disk import Disk
from tickwire.store.fsync import Fsync
from tickwire.store.log import Log
from tickwire.store.reading import Reading
from tickwire.store.thinning import thin

CHECKPOINT = 30.0  # seconds between two checkpoints of a room: what is played again after a crash
AT_ONCE = 4  # checkpoints of one wake at most; of a thousand rooms some 33 are due a second
THIN = 3600.0  # seconds between two looks at what is old

log = logging.getLogger("tickwire.journal")

Words = Callable[[], object]


class Journaling:
    """Commits the records of all rooms, and holds back what depends on them.

    Args:
        loop: where all but `settled`, `failed` and `resumed` is called.
        disk: of the segments.
        reading: of what is there already.
        next_room: a number that no room of the log has.
        fsync: how safe is safe enough.
        keep_seconds: after which what is not needed any more is deleted.
        keep_bytes: of all segments, past which what is not needed any more is deleted.
        crashes: where to keep what led to a game's break; None to keep nothing of it.

    Attributes:
        journal: where the rooms' records gather.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        disk: Disk,
        reading: Reading,
        next_room: int,
        fsync: Fsync,
        keep_seconds: float,
        keep_bytes: int,
        crashes: Crashes | None = None,
    ) -> None:
        self.journal = Journal(next_room)
        self._loop = loop
        self._disk = disk
        self._keep = keep_seconds, keep_bytes
        self._waiting: deque[tuple[int, Words]] = deque()  # each behind the commit that it waits for
        self._last = self._settled = reading.next - 1  # commits
        self._due: dict[Room, float] = {}  # when a checkpoint is due, in seconds of the loop's time
        self._crashes, self._crash_from = crashes, 0.0  # when the next may be written, in seconds of the loop's time
        self._openings: dict[Room, Opened] = {}
        self._needed: dict[Room, int] = {}  # the first commit that a room's recovery needs
        self._fresh: list[Room] = []  # whose checkpoint, or beginning, is in the next commit
        self._now, self._left = 0.0, 0  # a wake, and how many checkpoints it may still take
        self._thinning: asyncio.TimerHandle | None = None
        self._log = Log(disk, reading, self, fsync)

    # --- rooms ---

    def opened(self, room: Room) -> None:
        """A room is new."""
        room.keep(self.journal)
        opened = self.journal.records[-1]
        assert isinstance(opened, Opened)
        self._openings[room] = opened
        self._due[room] = self._loop.time() + CHECKPOINT * (0.5 + room.number % 64 / 128)  # apart from each other
        self._fresh.append(room)

    def recovered(self, room: Room, opened: Opened, since: int) -> None:
        """A room was rebuilt from the log.

        Args:
            room: the room.
            opened: how it began, as the log has it.
            since: the first commit that was needed for it.
        """
        room.keep(self.journal, opened.room)
        self._openings[room] = opened
        self._due[room] = self._loop.time()
        self._needed[room] = since

    def ended(self, room: Room) -> None:
        """A room is over."""
        self._due.pop(room, None)
        self._needed.pop(room, None)
        self._openings.pop(room, None)

    def broke(self, room: Room) -> None:
        """A room's game broke in the tick that was just made. Call it before the room ends."""
        if self._crashes is None:
            return
        if (now := self._loop.time()) < self._crash_from:
            log.warning("room %s: another broke in the last %g s, so what led to it is not kept", room.code, EVERY)
            return
        self._crash_from = now + EVERY
        if self.journal.records:
            self._commit()  # the tick's records: what is read back is what stands in the log
        facts = self._openings[room], room.tick, self._needed[room], self._last
        self.say(partial(self._loop.run_in_executor, None, self._crashes.write, *facts))

    def ticked(self, room: Room, now: float) -> None:
        """A room has just made a tick: it may be time for a checkpoint.

        Args:
            room: the room.
            now: of the wake, in seconds of the loop's time.
        """
        if now < self._due.get(room, 0.0):
            return
        if now != self._now:
            self._now, self._left = now, AT_ONCE
        if self._left and room.checkpoint():
            self._left -= 1
            self._due[room] = now + CHECKPOINT
            self._fresh.append(room)

    # --- what is said ---

    def say(self, words: Words) -> None:
        """Call `words` once everything that has happened so far is with the kernel; at once if it is."""
        if self.journal.records:
            self._commit()
        if self._last <= self._settled and not self._waiting:
            words()
        else:
            self._waiting.append((self._last, words))

    def _commit(self) -> None:
        self._last = self._log.append(pack_commit(self.journal.take()))
        for room in self._fresh:
            if room in self._due:  # it may be over by now
                self._needed[room] = self._last
        self._fresh.clear()

    def _say_up_to(self, number: int) -> None:
        self._settled = max(self._settled, number)
        while self._waiting and self._waiting[0][0] <= self._settled:
            self._waiting.popleft()[1]()

    # --- called by the log's thread (store.log.Listener) ---

    def settled(self, number: int) -> None:
        """Commits up to `number` are with the kernel, or given up."""
        self._loop.call_soon_threadsafe(self._say_up_to, number)

    def failed(self, error: OSError) -> None:
        """The log says so itself."""

    def resumed(self, number: int) -> None:
        """The log goes on behind a gap: what stands in front of it does not suffice any more."""
        self._loop.call_soon_threadsafe(self._all_due)

    def _all_due(self) -> None:
        self._due = dict.fromkeys(self._due, 0.0)

    # --- time ---

    def start(self) -> None:
        """Begin to look at what is old."""
        self._thinning = self._loop.call_later(THIN, self.start)
        needed = min(self._needed.values(), default=self._last)
        keep_seconds, keep_bytes = self._keep
        try:
            deleted = thin(self._disk, time.time(), needed=needed, keep_seconds=keep_seconds, keep_bytes=keep_bytes)
        except OSError as error:
            log.warning("old segments of the log cannot be deleted: %s", error)
            return
        if deleted:
            log.info("%d old segments of the log are deleted", len(deleted))

    def stop(self, rooms: Iterable[Room]) -> None:
        """The last checkpoints, and the log is closed; waits for the disk."""
        if self._thinning is not None:
            self._thinning.cancel()
        for room in rooms:
            if room.rests:
                room.checkpoint()
        if self.journal.records:
            self._commit()
        if not self._log.close():
            log.error("the log could not be written to its end within 10 s")
        for _, words in self._waiting:
            words()
        self._waiting.clear()
