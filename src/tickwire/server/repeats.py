"""Lines of the log that come too fast are counted, not written."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

WINDOW = 10.0  # seconds
BURST = 10  # lines of one kind from one source that are written in a window
SOURCES = 20  # of one kind that are told apart in a window; the others are counted together
_OTHERS = "others"


@dataclass(slots=True)
class _Kind:
    """The lines of one kind from one source, in one window."""

    until: float
    last: logging.LogRecord
    written: int = 0
    more: int = 0


class Repeats:
    """Which lines are written. A kind is a logger and a template; a source is the record's `source`, or all others.

    Safe to be used by several threads.
    """

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str, str], _Kind] = {}
        self._sources: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def passes(self, record: logging.LogRecord, now: float) -> bool:
        """Whether a line is to be written; if not, it is counted.

        Args:
            record: the line; `logging`'s `extra={"source": "192.0.2.7"}` says whose it is.
            now: seconds of `time.monotonic`.
        """
        name, template = record.name, str(record.msg)
        with self._lock:
            key = (name, template, str(getattr(record, "source", "")))
            kind = self._kinds.get(key)
            if kind is None and self._sources.get((name, template), 0) >= SOURCES:
                key = (name, template, _OTHERS)
                kind = self._kinds.get(key)
            if kind is not None and now >= kind.until and not kind.more:
                self._forget(key)
                kind = None
            if kind is None:
                kind = self._kinds[key] = _Kind(now + WINDOW, record)
                self._sources[name, template] = self._sources.get((name, template), 0) + 1
            if kind.written < BURST:
                kind.written += 1
                return True
            kind.more += 1
            kind.last = record
            return False

    def counted(self, now: float) -> Iterator[logging.LogRecord]:
        """What was counted in the windows that are over: a line for each kind, with the text of the last such line."""
        with self._lock:
            over = [(key, kind) for key, kind in self._kinds.items() if now >= kind.until]
            for key, _ in over:
                self._forget(key)
        for (name, template, source), kind in over:
            if kind.more:
                last = kind.last
                which = "more such lines" if source != _OTHERS else "more, from many,"
                # Its arguments come along, so that each is escaped and cut by itself, as in any other line.
                words = f"{kind.more} {which} in {WINDOW:g} s, the last: {template}"
                count = logging.LogRecord(name, last.levelno, last.pathname, last.lineno, words, (), None)
                count.args = last.args
                yield count

    def _forget(self, key: tuple[str, str, str]) -> None:
        del self._kinds[key]
        kind = key[:2]
        self._sources[kind] -= 1
        if not self._sources[kind]:
            del self._sources[kind]
