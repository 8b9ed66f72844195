"""Where `tickwire serve` keeps rooms, and for how long: the options of the command line."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tickwire.failing import fail

NOTHING = "none"  # in place of a folder: nothing is kept

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BYTES = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,3})?)"

Data = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|none",
        help="Where rooms are kept, so that they outlive the server; if not given, in your data folder, by port.",
    ),
]
Keep = Annotated[str, typer.Option(metavar="AGE", help="How long to keep what no open room needs: 12h, 30d.")]
KeepSize = Annotated[str, typer.Option(metavar="SIZE", help="How much of it to keep at most: 500M, 10G.")]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept.

    Attributes:
        folder: where; None to keep nothing.
        seconds: after which what no open room needs is deleted.
        bytes: past which it is deleted, the oldest first.
        words: where rooms are kept, for the console.
    """

    folder: Path | None
    seconds: float
    bytes: int
    words: str


def keeping(data: str | None, port: int, keep: str, keep_size: str, *, private: bool) -> Keeping:
    """What the options come to.

    Args:
        data: a folder, "none", or None for the default, a folder for each port in the user's data folder.
        port: of the server. With 0 nothing is kept by default, as nobody could find such a server again.
        keep: an age.
        keep_size: a size.
        private: whether the server is for one program or game that nobody comes back to: nothing is kept by default.

    Raises:
        typer.Exit: an age or a size cannot be read; this was told in one sentence.
    """
    try:
        limits = seconds_of(keep), bytes_of(keep_size)
    except ValueError as error:
        fail(str(error))
    if data is not None:
        folder = None if data == NOTHING else Path(data)
    else:
        folder = None if private or port == 0 else default_folder(port)
        if folder is not None and (problem := _unusable(folder)):
            return Keeping(None, *limits, f"not kept: {folder} cannot be written ({problem}); give --data DIR")
    return Keeping(folder, *limits, f"kept in {folder}" if folder else "not kept")


def default_folder(port: int) -> Path:
    """Where the server of a port keeps its rooms, unless it is told otherwise."""
    import platformdirs  # here, because a server with a folder of its own needs none of it

    return platformdirs.user_data_path("tickwire", appauthor=False) / f"port-{port}"


def seconds_of(age: str) -> float:
    """An age in seconds.

    >>> seconds_of("12h"), seconds_of("30d"), seconds_of("1.5m")
    (43200.0, 2592000.0, 90.0)

    Raises:
        ValueError: it cannot be read.
    """
    if (read := re.fullmatch(_NUMBER + r"\s*([smhd])", age.strip())) is None:
        raise ValueError(f"--keep {age!r} is no age; write a number and s, m, h or d, as 12h or 30d")
    return float(read[1]) * _SECONDS[read[2]]


def bytes_of(size: str) -> int:
    """A size in bytes; K, M, G and T are powers of 1024.

    >>> bytes_of("500M"), bytes_of("1.5k")
    (524288000, 1536)

    Raises:
        ValueError: it cannot be read.
    """
    if (read := re.fullmatch(_NUMBER + r"\s*([KMGT])B?", size.strip().upper())) is None:
        raise ValueError(f"--keep-size {size!r} is no size; write a number and K, M, G or T, as 500M or 10G")
    return math.ceil(float(read[1]) * _BYTES[read[2]])


def _unusable(folder: Path) -> str:
    """Why a folder cannot be written; empty if it can. It is made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return "" if os.access(folder, os.W_OK | os.X_OK) else "permission denied"
