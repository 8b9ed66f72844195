"""What happened is handed to the kernel before anybody hears of it: the records of a wake, then what it has to say.

    the loop       records -> commit() -> the log's queue;   what is to be said -> waits for that commit
    log's thread   write() -> settled(number)
    the loop       what waited for `number` is said

So a server that is killed has told nobody of an input, a seat or a state that its log does not have. Without a log
everything is said at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from tickwire.room.journal import Journal, pack_commit
from tickwire.store.log import Log

log = logging.getLogger("tickwire.journal")


class Journaling:
    """Commits the records of all rooms, and holds back what depends on them.

    Args:
        loop: where all but `settled`, `failed` and `resumed` is called.
        journal: where the rooms' records gather.

    Attributes:
        log: where they are written; set by who opens it, as it tells us what is settled.
        whole_again: called when a log that could not be written goes on behind a gap: each room needs a checkpoint.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, journal: Journal) -> None:
        self.journal = journal
        self.log: Log | None = None
        self.whole_again: Callable[[], None] = lambda: None
        self._loop = loop
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()  # by the commit that each waits for
        self._last = 0  # commit
        self._settled = 0
        self._committing: asyncio.Handle | None = None

    def say(self, words: Callable[[], None]) -> None:
        """Call `words` once everything that has happened so far is with the kernel; at once if it is."""
        if self.journal.records:
            self._commit()
        if self._last <= self._settled and not self._waiting:
            words()
        else:
            self._waiting.append((self._last, words))

    def _commit(self) -> None:
        assert self.log is not None
        self._last = self.log.append(pack_commit(self.journal.take()))

    # --- called by the log's thread ---

    def settled(self, number: int) -> None:
        """See `store.log.Listener`."""
        self._loop.call_soon_threadsafe(self._say_up_to, number)

    def failed(self, error: OSError) -> None:
        """See `store.log.Listener`."""

    def resumed(self, number: int) -> None:
        """See `store.log.Listener`."""
        self._loop.call_soon_threadsafe(self.whole_again)

    # --- on the loop again ---

    def _say_up_to(self, number: int) -> None:
        self._settled = max(self._settled, number)
        while self._waiting and self._waiting[0][0] <= self._settled:
            self._waiting.popleft()[1]()
