"""When what is kept is forced onto the disk: in a file of its own, as the command line names it at every start."""

from __future__ import annotations

from enum import StrEnum


class Fsync(StrEnum):
    """When what was written is forced onto the disk. A killed process loses nothing with any of them."""

    ALWAYS = "always"  # before anybody hears that it counts: a power cut loses nothing
    SECOND = "second"  # once a second: a power cut loses at most a second
    NEVER = "never"  # when the system sees fit, which may take half a minute
