"""The server's log: words for people on a console, or one JSON object a line for programs."""

from __future__ import annotations

import logging
import sys
from typing import Any


def set_up_logging(log_format: str) -> None:
    """Log to standard error.

    Args:
        log_format: console or json.
    """
    import structlog  # here, because the floor below only uses logging, and importing this takes a while

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso" if log_format == "json" else "%H:%M:%S", utc=log_format == "json"),
    ]
    if log_format == "json":
        last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # Plain tracebacks: a pretty one shows every local variable, and tokens are among these.
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=plain)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger("tickwire")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
