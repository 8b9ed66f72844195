"""What strangers wrote, made fit for a terminal. The server filters too; a terminal is worth two locks."""

from __future__ import annotations

import os
import unicodedata

from rich.cells import cell_len, set_cell_size

from tickwire.errors import BadName
from tickwire.ids import check_name
from tickwire.ids.characters import printable

_MARKS_KEPT = 2  # combining marks on one letter; a tower of them grows into the lines above

# Characters that some terminals draw and others do not, or at another width: they would move what follows them.
# Joiners and fillers that hide, variation selectors, skin tones.
_UNSURE_RANGES = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0x1F3FB, 0x1F3FF), (0xE0100, 0xE01EF))
_UNSURE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(
    *(map(chr, range(first, last + 1)) for first, last in _UNSURE_RANGES)
)
_FLAGS = range(0x1F1E6, 0x1F200)  # regional indicators: two make a flag, or do not


def clean(text: object) -> str:
    """One line without anything that moves a cursor, turns the writing direction, hides, or has no sure width.

    >>> clean("a\\x1b[2Jd\\u202ea\\u200b"), clean("e" + "\\u0301" * 9) == "é\\u0301\\u0301"
    ('a [2Jda', True)
    """
    line = str(text)
    if line.isascii() and line.isprintable():
        return line
    kept: list[str] = []
    marks = 0
    for c in unicodedata.normalize("NFC", line):
        if c in _UNSURE:
            continue
        if not printable(c):
            if unicodedata.category(c) == "Cc":
                kept.append(" ")  # a tab or a line feed stands between words
            continue
        marks = marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        if marks > _MARKS_KEPT or (marks and not kept):
            continue
        kept.append(chr(ord("A") + ord(c) - _FLAGS.start) if ord(c) in _FLAGS else c)
    return "".join(kept)


def fit(text: str, cells: int) -> str:
    """Exactly so many cells: filled up with blanks, or cut with an ellipsis. Wide characters count as two.

    >>> fit("ada", 5), fit("margarethe", 5), fit("蛇蛇蛇", 4)
    ('ada  ', 'marg…', '蛇… ')
    """
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    cut = set_cell_size(text, cells - 1).rstrip()
    return set_cell_size(cut + "…", cells)


def default_name() -> str:
    """The user's own name, if it can be one here."""
    try:
        return check_name(clean(os.environ.get("USER") or os.environ.get("USERNAME") or ""))
    except BadName:
        return "player"
