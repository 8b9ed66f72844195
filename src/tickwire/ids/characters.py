"""Text from strangers: what of it can be shown, and how long it is as a reader counts.

ASCII, which is most of what comes, is judged here; all else by `unicode_rules`.
"""

from __future__ import annotations

from functools import lru_cache

# Joiners, variation selectors, tags: what has no glyph, but a place in emoji and scripts.
_JOINERS = frozenset(
    map(chr, (0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0x180B, 0x1810), *range(0xE0020, 0xE0080)))
).union(map(chr, range(0xE0100, 0xE01F0)))
_ASCII_CONTROLS = dict.fromkeys([*range(32), 127], " ")
# What looks alike in ASCII, as the table of UTS #39 has it.
_ASCII_PROTOTYPES = str.maketrans({'"': "''", "%": "º/₀", "0": "O", "1": "l", "I": "l", "`": "'", "m": "rn", "|": "l"})


def tidy(text: str) -> str:
    """The text as one line in normal form C, of what can be seen.

    Line feeds, controls and blank symbols become blanks. Out goes what nobody sees: controls of the writing direction,
    fillers, private characters, joiners and variation selectors where no script and no emoji needs them, and marks in
    stacks of more than four. What Unicode has not assigned yet stays.

    >>> tidy("a\\tb\\u202ec\\u3164"), tidy("👨\\u200d👩\\u200d👧") == "👨\\u200d👩\\u200d👧", tidy("a\\u200db")
    ('a bc', True, 'ab')
    """
    if text.isascii():
        return text if text.isprintable() else text.translate(_ASCII_CONTROLS)
    from tickwire.ids import unicode_rules

    return unicode_rules.tidy(text)


def printable(text: str) -> bool:
    """Whether nothing in it moves a cursor, turns the writing direction or hides."""
    if text.isascii():
        return text.isprintable()
    from tickwire.ids import unicode_rules

    return not (unicode_rules.BLANK.search(text) or unicode_rules.UNSEEN.search(text))


def typeable(typed: str) -> bool:
    """Whether it may go into a line that is being typed: it is seen, or will be once what it belongs to is there.

    >>> typeable("🩷"), typeable("\\u200d"), typeable("\\u202e"), typeable("\\t"), typeable("")
    (True, True, False, False, False)
    """
    return typed != "" and (printable(typed) or all(c in _JOINERS or printable(c) for c in typed))


def visible(text: str) -> bool:
    """Whether there is anything to be seen: more than blanks, and marks without a letter."""
    if text.isascii():
        return tidy(text).strip() != ""
    from tickwire.ids import unicode_rules

    return unicode_rules.VISIBLE.search(text) is not None


def clusters(text: str) -> list[str]:
    """The text in parts that a reader takes for one character each: the grapheme clusters of UAX #29.

    >>> clusters("añ👍🏽")
    ['a', 'ñ', '👍🏽']
    """
    if text.isascii() and "\r" not in text:
        return list(text)
    from tickwire.ids import unicode_rules

    return unicode_rules.clusters(text)


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes.

    >>> cell_width("ada"), cell_width("蛇"), cell_width("e\\u0301"), cell_width("👨\\u200d👩\\u200d👧")
    (3, 2, 1, 2)
    """
    if text.isascii():
        return len(text) if text.isprintable() else sum(" " <= c <= "~" for c in text)
    from tickwire.ids import unicode_rules

    return unicode_rules.cells(text)


def begin(text: str, most: int, cells: int | None = None, codes: int | None = None) -> str:
    """As much of the beginning as fits: whole characters.

    Args:
        text: what is to be cut.
        most: characters, as `clusters` counts.
        cells: terminal cells.
        codes: code points.

    >>> begin("ada", 2), begin("👍🏽👍🏽", 1), begin("蛇蛇", 9, cells=3)
    ('ad', '👍🏽', '蛇')
    """
    if text.isascii():
        return text[: min(most, len(text) if cells is None else cells, len(text) if codes is None else codes)]
    kept: list[str] = []
    width = length = 0
    for cluster in clusters(text):
        width += cell_width(cluster) if cells is not None else 0
        length += len(cluster)
        if len(kept) == most or (cells is not None and width > cells) or (codes is not None and length > codes):
            break
        kept.append(cluster)
    return "".join(kept)


@lru_cache(8192)
def likenesses(name: str) -> tuple[str, str]:
    """What a name has in common with those that look like it: two names that share one of these are taken for one.

    The first is for the name as it is written, the second for it in small letters (RFC 8266, 2.4).

    >>> set(likenesses("ada")) & set(likenesses("\\u0430da")), set(likenesses("ada")) & set(likenesses("bob"))
    ({'ada'}, set())
    """
    if name.isascii():
        return name.translate(_ASCII_PROTOTYPES), name.lower().translate(_ASCII_PROTOTYPES)
    from tickwire.ids import unicode_rules

    return unicode_rules.skeleton(name), unicode_rules.skeleton(name.casefold())
