"""The server's log: words for people on a console, or one JSON object a line for programs.

Whatever a client can bring into a line is escaped and cut here, and nowhere else: no call site can forget it. Lines of
one kind from one source are counted when they come too fast (`repeats`), and written by a thread (`log_writer`), so
that a log that nobody reads stops neither ticks nor the end of the server.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

from tickwire.server.log_writer import LogWriter
from tickwire.server.repeats import Repeats

VALUE = 200  # characters that a value takes in a line; names and tables are far shorter
LINE = 2000  # characters of a whole line, but for its traceback
TRACEBACK = 200  # lines
LOGGERS = ("tickwire", "asyncio")  # asyncio's tells of callbacks that raised


def escaped(text: str, most: int = VALUE) -> str:
    r"""A text that moves no cursor, ends no line and hides nothing, and is not longer than that.

    >>> print(escaped("ada\n10:00 [warning] forged\x1b[2J"))
    ada\n10:00 [warning] forged\x1b[2J
    >>> escaped("x" * 1000, 3)
    'xxx… (1000 characters)'
    """
    cut = "" if len(text) <= most else f"… ({len(text)} characters)"
    text = text[:most]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text + cut


def escape_values(_: Any, __: str, event_dict: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape every text of a line. A traceback keeps its lines, indented, so that none looks like another entry."""
    for key, value in event_dict.items():
        if key == "exception":
            lines = str(value).split("\n")
            if len(lines) > TRACEBACK:
                lines[TRACEBACK // 2 : -TRACEBACK // 2] = [f"… ({len(lines)} lines)"]
            event_dict[key] = "\n".join(f"    {escaped(line)}" for line in lines)
        elif not isinstance(value, bool | int | float | None):
            event_dict[key] = escaped(str(value), LINE)
    return event_dict


class Log:
    """A log that was set up. Close it at the end, so that its last lines are written.

    Args:
        log_format: console or json.
    """

    def __init__(self, log_format: str) -> None:
        import structlog  # here, because the floor below only uses logging, and importing this takes a while

        json = log_format == "json"
        shared: list[Any] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso" if json else "%H:%M:%S", utc=json),
        ]
        # Plain tracebacks: a pretty one shows every local variable, and tokens are among these.
        plain = structlog.dev.plain_traceback
        colors = sys.stderr is not None and sys.stderr.isatty()
        console = structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, exception_formatter=plain)
        formatter = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                escape_values,
                structlog.processors.JSONRenderer() if json else console,
            ],
        )
        self._repeats = Repeats()
        self._writer = LogWriter(sys.stderr, tick=self._count)
        self._handler = _Handler(self._repeats, self._writer)
        self._handler.setFormatter(formatter)
        for name in LOGGERS:
            logger = logging.getLogger(name)
            logger.handlers[:] = [self._handler]
            logger.setLevel(logging.INFO if name == "tickwire" else logging.WARNING)
            logger.propagate = False

    def close(self) -> None:
        """Write what waits; takes no longer than a moment, whether somebody reads it or not."""
        self._count(float("inf"))
        for name in LOGGERS:
            logging.getLogger(name).handlers[:] = [logging.NullHandler()]  # none at all would mean standard error
        self._writer.close()

    def _count(self, now: float) -> None:
        """Write how many lines were not written. Called once a second by the writer."""
        for record in self._repeats.counted(now):
            self._handler.write(record)


class _Handler(logging.Handler):
    def __init__(self, repeats: Repeats, writer: LogWriter) -> None:
        super().__init__()
        self._repeats = repeats
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        """Escape, format and hand over, or count."""
        if self._repeats.passes(record, time.monotonic()):
            self.write(record)

    def write(self, record: logging.LogRecord) -> None:
        """Escape, format and hand over."""
        try:
            line = self.format(record)
        except Exception as error:  # as logging itself has it: a line that cannot be made stops nothing
            record = logging.LogRecord(
                record.name, record.levelno, record.pathname, record.lineno, "%s: %s", (record.msg, error), None
            )
            line = self.format(record)
        self._writer.write(line)

    def flush(self) -> None:
        """Wait a moment until all lines are written."""
        self._writer.flush()

    def format(self, record: logging.LogRecord) -> str:
        """One entry. Its values are escaped one by one, so that a long one leaves the others whole."""
        record = logging.makeLogRecord(vars(record))  # tests and others may look at the same record
        if isinstance(record.args, dict):
            record.args = {key: _value(value) for key, value in record.args.items()}
        elif record.args:
            record.args = tuple(map(_value, record.args))
        return super().format(record)


def _value(value: object) -> object:
    return value if isinstance(value, bool | int | float | None) else escaped(str(value))


def set_up_logging(log_format: str) -> Log:
    """Log to standard error, until the log is closed.

    Args:
        log_format: console or json.
    """
    return Log(log_format)
