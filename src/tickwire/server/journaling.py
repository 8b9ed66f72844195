"""What happened is handed to the kernel before anybody hears of it: the records of a wake, then what it has to say.

    the loop          records -> a commit -> the log's queue;   what is to be said waits for that commit
    the log's thread  write() -> settled(number)
    the loop          what waited for `number` is said

So a server that is killed has told nobody of an input, a seat or a state that its log does not have. A server without a
data folder has none of this: everything is said at once.

While nothing can be written, rooms are played and nobody waits. Behind such a gap the log says which rooms are open,
and each of them is checkpointed: those that are played right after a tick, those that stand still after one that is
made for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from tickwire.room.journal import Journal, Opened, pack_commit
from tickwire.room.room import Room
from tickwire.server.crashes import EVERY, Crashes
from tickwire.store.disk import Disk
from tickwire.store.fsync import Fsync
from tickwire.store.log import RETRY, Log
from tickwire.store.reading import Reading
from tickwire.store.thinning import thin

CHECKPOINT = 30.0  # seconds between two checkpoints of a room: what is played again after a crash
AT_ONCE = 4  # checkpoints of one wake at most; of a thousand rooms some 33 are due a second
THIN = 3600.0  # seconds between two looks at what is old
STANDING = 10.0  # seconds between two records of which rooms are open: what is before the last one need not be read
LONG_STILL = 300.0  # seconds after which a room that stands still is checkpointed, so that older segments can go
FORGOTTEN = 86_400.0  # seconds for which a room that cannot be opened is tried at each start: its players are gone
TRY = RETRY + 0.5  # seconds between two tries to write, if nothing else is written after a gap
STILL = 0.05  # seconds between two looks for rooms that stand still and need a checkpoint

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
        tokens: of a room's seats, as `Checkpointed` has them.
        bring_to_rest: makes ticks in a room that stands still until it can be checkpointed; False if it does not stand
            still, or is over.
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
        self.journal = Journal(next_room, time.time)
        self._loop = loop
        self._disk = disk
        self._keep = keep_seconds, keep_bytes
        self._waiting: deque[tuple[int, Words]] = deque()  # each behind the commit that it waits for
        self._last = self._settled = reading.next - 1  # commits
        self._due: dict[Room, float] = {}  # when a checkpoint is due, in seconds of the loop's time
        self._crashes, self._crash_from = crashes, 0.0  # when the next may be written, in seconds of the loop's time
        self._needed: dict[Room, int] = {}  # the first commit that a room's recovery needs, once that was written
        self._pending: deque[tuple[int, Room]] = deque()  # commits that are to take its place
        # By number, rooms of the log that are not open: the first commit that is needed, and since when it is so.
        self._unopened: dict[int, tuple[int, int]] = {}
        self._fresh: list[Room] = []  # whose checkpoint, or beginning, is in the next commit
        self._now, self._left = 0.0, 0  # a wake, and how many checkpoints it may still take
        self._gap = False  # commits were lost, and none was written since
        self._unkept: dict[Room, None] = {}  # behind a gap, those that were not checkpointed yet
        self.tokens: Callable[[Room], list[tuple[int, bytes, bytes]]] = lambda room: []
        self.bring_to_rest: Callable[[Room], bool] = lambda room: False
        self._told = self._last  # the last commit that said which rooms are open
        self._telling: asyncio.TimerHandle | None = None
        self._thinning: asyncio.TimerHandle | None = None
        self._trying: asyncio.TimerHandle | None = None
        self._log = Log(disk, reading, self, fsync)

    # --- rooms ---

    def opened(self, room: Room) -> None:
        """A room is new."""
        room.keep(self.journal)
        self._due[room] = self._loop.time() + CHECKPOINT * (0.5 + room.number % 64 / 128)  # apart from each other
        self._fresh.append(room)

    def recovered(self, room: Room, opened: Opened, since: int, *, whole: bool) -> None:
        """A room was rebuilt from the log.

        Args:
            room: the room.
            opened: how it began, by the log.
            since: the first commit that was needed for it.
            whole: whether it was whole; else there is a gap behind what is known of it, and it is checkpointed soon.
        """
        room.keep(self.journal, opened)
        if not whole:
            self._unkept[room] = None
        self._due[room] = self._loop.time()
        self._needed[room] = since

    def unopened(self, number: int, since: int, before: int) -> None:
        """A room of the log could not be rebuilt. For a while another server may be able to.

        Args:
            number: of the room in the log.
            since: the first commit that is needed for it.
            before: since when it could not be, in seconds of Unix time; 0 for the first time.
        """
        now = int(time.time())
        if now - (before or now) < FORGOTTEN:
            self._unopened[number] = since, before or now

    def ended(self, room: Room) -> None:
        """A room is over."""
        self._due.pop(room, None)
        self._needed.pop(room, None)
        self._checkpointed(room)

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
        assert room.opened is not None
        begun = next((commit for commit, fresh in self._pending if fresh is room), self._last)
        facts = room.opened, room.tick, self._needed.get(room, begun), self._last
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
        if self._left and self._checkpoint(room, now):
            self._left -= 1

    def _checkpoint(self, room: Room, now: float) -> bool:
        taken = room.checkpoint(self.tokens(room))
        if taken:
            self._due[room] = now + CHECKPOINT
            self._fresh.append(room)
        return taken

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
                self._pending.append((self._last, room))
                self._checkpointed(room)
        self._fresh.clear()

    def _checkpointed(self, room: Room) -> None:
        """A room that was not kept is kept again with the last commit, or over."""
        if room in self._unkept:
            del self._unkept[room]
            if not self._unkept:
                self._waiting.append((self._last, self._all_kept))

    def _say_up_to(self, number: int) -> None:
        self._settled = max(self._settled, number)
        while self._pending and self._pending[0][0] <= self._settled:
            commit, room = self._pending.popleft()
            if room in self._due and not self._gap:
                self._needed[room] = commit
        while self._waiting and self._waiting[0][0] <= self._settled:
            self._waiting.popleft()[1]()

    # --- called by the log's thread (store.log.Listener) ---

    def settled(self, number: int) -> None:
        """Commits up to `number` are with the kernel, or given up."""
        self._loop.call_soon_threadsafe(self._say_up_to, number)

    def failed(self, error: OSError) -> None:
        """Commits are lost, or may be; the log has said so itself."""
        self._loop.call_soon_threadsafe(self._gap_began)

    def resumed(self, number: int) -> None:
        """The log goes on behind a gap: what stands in front of it does not suffice any more."""
        self._loop.call_soon_threadsafe(self._gap_ended, number)

    # --- gaps ---

    def _gap_began(self) -> None:
        self._gap = True
        self._pending.clear()  # these were dropped: what was written earlier is still the best that there is
        if self._trying is None:
            self._trying = self._loop.call_later(TRY, self._try_to_write)

    def _try_to_write(self) -> None:
        """Perhaps nobody is connected, and nothing else is written."""
        self._trying = self._loop.call_later(TRY, self._try_to_write)
        self._tell_standing()

    def _tell_standing(self) -> None:
        if self.journal.records:
            self._commit()
        since = min([self._first_needed(), *(first for first, _ in self._unopened.values())])
        unopened = [(number, at) for number, (_, at) in self._unopened.items()]
        self.journal.standing([room.number for room in self._due], since, unopened)
        self._commit()
        self._told = self._last

    def _first_needed(self) -> int:
        """The first commit that the recovery of an open room needs."""
        pending = (commit for commit, room in self._pending if room in self._due)
        return min((*self._needed.values(), *pending), default=self._last + 1)

    def _tell_now_and_then(self) -> None:
        self._telling = self._loop.call_later(STANDING, self._tell_now_and_then)
        now = self._loop.time()
        self._keep_still_rooms([room for room, due in self._due.items() if now - due > LONG_STILL])
        if self.journal.records or self._last != self._told:
            self._tell_standing()

    def _gap_ended(self, number: int) -> None:
        while self._pending and self._pending[0][0] < number:  # they may have been dropped
            self._pending.popleft()
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None
        self._gap = False
        self._tell_standing()
        self._due = dict.fromkeys(self._due, 0.0)
        self._unkept = dict.fromkeys(self._due)
        if self._unkept:
            self._keep_unkept()
        else:
            self._waiting.append((self._last, self._all_kept))

    def _keep_unkept(self) -> None:
        """Checkpoint some of the rooms that nobody is connected to, and come back for the others."""
        self._keep_still_rooms(list(self._unkept))
        if self._unkept and not self._gap:
            self._loop.call_later(STILL, self._keep_unkept)

    def _keep_still_rooms(self, rooms: list[Room]) -> None:
        """Checkpoint a few of these rooms, as far as nobody is connected to them."""
        left = AT_ONCE
        for room in rooms:
            if left and self.bring_to_rest(room):
                left -= self._checkpoint(room, self._loop.time())
        if self.journal.records:
            self._commit()

    def _all_kept(self) -> None:
        if not (self._gap or self._unkept):
            log.warning("every room is kept again")

    # --- time ---

    def start(self) -> None:
        """Begin to look at what is old, and to say which rooms are open."""
        self._telling = self._loop.call_later(STANDING, self._tell_now_and_then)
        self._keep_unkept()
        self._delete_old()

    def _delete_old(self) -> None:
        self._thinning = self._loop.call_later(THIN, self._delete_old)
        needed = min(self._first_needed(), self._last)
        keep_seconds, keep_bytes = self._keep
        try:
            deleted = thin(self._disk, time.time(), needed=needed, keep_seconds=keep_seconds, keep_bytes=keep_bytes)
        except OSError as error:
            log.warning("old segments of the log cannot be deleted: %s", error)
            return
        if deleted:
            log.info("%d old segments of the log are deleted", len(deleted))

    def stop(self) -> None:
        """The last checkpoints, and the log is closed; waits for the disk. No tick is run any more."""
        for timer in (self._thinning, self._trying, self._telling):
            if timer is not None:
                timer.cancel()
        for room in list(self._due):
            if not (self._gap or room in self._unkept) or self.bring_to_rest(room):
                self._checkpoint(room, 0.0)
        if self.journal.records or self._gap or self._last != self._told:
            self._tell_standing()
        if not self._log.close():
            log.error("the log could not be written to its end within 10 s")
        for _, words in self._waiting:
            words()
        self._waiting.clear()
