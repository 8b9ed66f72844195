"""What strangers wrote, made fit for a terminal. The server filters too; a terminal is worth two locks."""

from __future__ import annotations

import os
from functools import cache

from rich.cells import cell_len, set_cell_size

from tickwire.errors import BadName
from tickwire.ids import check_name
from tickwire.ids.characters import begin, clusters, tidy

_MARKS_KEPT = 2  # combining marks on one letter; a tower of them grows into the lines above

# Where they stand, terminals differ about the width, and so about where all that follows is: the joiner, variation
# selectors, the keycap, skin tones, regional indicators, tags.
_UNSURE = frozenset("\u200d\u20e3").union(
    *(
        map(chr, range(first, last + 1))
        for first, last in (
            (0x180B, 0x180F),
            (0xFE00, 0xFE0F),
            (0x1F1E6, 0x1F1FF),
            (0x1F3FB, 0x1F3FF),
            (0xE0020, 0xE007F),
            (0xE0100, 0xE01EF),
        )
    )
)
_FLAGS = range(0x1F1E6, 0x1F200)  # regional indicators: two make a flag, or do not


def clean(text: object) -> str:
    """One line without anything that moves a cursor, turns the writing direction, hides, or has no sure width.

    Joined emoji, flags and the like stay whole in a terminal that is known to draw them as wide as they are counted.

    >>> clean("a\\x1b[2Jd\\u202ea\\u200b"), clean("e" + "\\u0301" * 9) == "é\\u0301\\u0301"
    ('a [2Jda', True)
    """
    line = tidy(str(text))
    if line.isascii():
        return line
    sure = "".join([c if c.isascii() else _sure(c) for c in clusters(line)])
    return sure if sure == line else clean(sure)  # what is left of two may join


def _sure(cluster: str) -> str:
    """A character as it is, or what of it has a sure width."""
    if not _UNSURE.isdisjoint(cluster):
        if _drawn_as_counted(cluster):
            return cluster
        kept = [chr(ord("A") + ord(c) - _FLAGS.start) if ord(c) in _FLAGS else c for c in cluster]
        cluster = "".join([c for c in kept if c not in _UNSURE])
    marks = 0
    kept = []
    for c in cluster:
        marks = marks + 1 if cell_len(c) == 0 and c != "\u200c" else 0
        if marks <= _MARKS_KEPT:
            kept.append(c)
    return "".join(kept)


def _drawn_as_counted(cluster: str) -> bool:
    """Whether this terminal gives a character as many cells as the layout does. Of an unknown one nobody can say."""
    import wcwidth

    name = _terminal()
    return name != "" and wcwidth.wcstwidth(cluster, term_program=name) == cell_len(cluster)


@cache
def _terminal() -> str:
    """The terminal's name, if its widths are known."""
    import wcwidth

    name = (os.environ.get("TERM_PROGRAM") or os.environ.get("TERM") or "").strip().lower()
    # Many call themselves xterm.
    return name if name != "xterm" and name in wcwidth.list_term_programs() else ""


def fit(text: str, cells: int) -> str:
    """Exactly so many cells: filled up with blanks, or cut with an ellipsis. Wide characters count as two.

    >>> fit("ada", 5), fit("margarethe", 5), fit("蛇蛇蛇", 4)
    ('ada  ', 'marg…', '蛇… ')
    """
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(begin(text, cells, cells - 1).rstrip() + "…", cells)


def default_name() -> str:
    """The user's own name, if it can be one here."""
    try:
        return check_name(clean(os.environ.get("USER") or os.environ.get("USERNAME") or ""))
    except BadName:
        return "player"
