"""A thread that writes lines, so that a reader who does not read holds up nobody else."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

WAITING = 1_000_000  # characters that may wait; what comes beyond is dropped, and counted
FLUSH = 0.5  # seconds that the end waits for a reader
_TICK = 1.0  # seconds


class LogWriter:
    """Writes lines to a stream, in order. `write` never waits.

    Args:
        stream: standard error, as a rule; None if there is none.
        tick: called once a second in the thread, with the time of `time.monotonic`.
    """

    def __init__(self, stream: TextIO | None, tick: Callable[[float], None] = lambda now: None) -> None:
        self._stream = stream
        self._tick = tick
        self._lines: deque[str] = deque()
        self._waiting = 0  # characters
        self._dropped = 0
        self._closing = False
        self._changed = threading.Condition()
        # A daemon: the end of the process does not wait for a reader who never reads.
        self._thread = threading.Thread(target=self._run, name="tickwire-log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Have a line written; where too much waits, it is counted instead."""
        with self._changed:
            if self._waiting + len(line) > WAITING:
                self._dropped += 1
                return
            self._lines.append(line)
            self._waiting += len(line)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until what waits is written, for at most FLUSH seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, FLUSH)

    def close(self) -> None:
        """Write what waits, for at most FLUSH seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(FLUSH)

    def _run(self) -> None:
        next_tick = time.monotonic() + _TICK
        while True:
            with self._changed:
                if not self._lines and not self._closing:
                    self._changed.wait(max(next_tick - time.monotonic(), 0))
                lines, self._lines = self._lines, deque()
                closing = self._closing
            if lines:
                self._put("".join(f"{line}\n" for line in lines))
            with self._changed:
                # Only now: what is being written waits, too.
                self._waiting -= sum(map(len, lines))
                dropped, self._dropped = self._dropped, 0
                done = closing and not self._lines
                self._changed.notify_all()
            if dropped:
                self._put(f"{dropped} lines of the log were dropped here: nobody read them in time\n")
            if done:
                return
            if (now := time.monotonic()) >= next_tick:
                next_tick = now + _TICK
                with contextlib.suppress(Exception):  # what comes later is still to be written
                    self._tick(now)

    def _put(self, text: str) -> None:
        """Write all of it, however long that takes. A stream that is gone takes everything."""
        if self._stream is None:
            return
        with contextlib.suppress(OSError, ValueError):
            data = text.encode(self._stream.encoding or "utf-8", "backslashreplace")
            try:
                # Past the stream's own buffer and its lock, for which the end of the interpreter would wait.
                file = self._stream.fileno()
            except OSError:
                self._stream.write(text)
                return
            while data:
                try:
                    data = data[os.write(file, data) :]
                except BlockingIOError:  # somebody else set it to not block
                    select.select([], [file], [], _TICK)
