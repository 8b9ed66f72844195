"""How a command of the command line ends when it cannot go on: one line on standard error, and an exit code."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer


def fail(words: str, code: int = 2) -> NoReturn:
    """Say why a command cannot go on, in one line, and end it.

    Args:
        words: a sentence. A server's words, or a file's, may be among them, and must not move the cursor.
        code: the exit code.

    Raises:
        typer.Exit: always.
    """
    plain = "".join(c if c.isprintable() else " " for c in " ".join(words.split()))
    print(f"tickwire: {plain}", file=sys.stderr)
    raise typer.Exit(code)
