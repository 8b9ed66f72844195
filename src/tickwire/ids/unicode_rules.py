"""What Unicode says of text that is not ASCII. Slow to import (50 ms): `characters` does so when such text first comes.

The libraries carry a current database; Python's own tables are older than many emoji.

Sources: UAX #29 (grapheme clusters), UTS #51 (emoji), UAX #44 (properties), RFC 5892 appendix A (joiners), RFC 8264 and
8266 (nicknames), UTS #39 (look-alikes; its section 5.4 on stacks of marks).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import regex
import unicodedata2
import wcwidth
from precis_i18n import get_profile

CLUSTER_CODES = 20  # code points of one character; the longest emoji have 11, and letters with their marks fewer

# --- which characters can be seen ---

_ELEMENT = r"\p{ExtPict}(?:\uFE0F|\p{Emoji_Modifier})?"
_EMOJI = (
    r"\p{Regional_Indicator}{2}"  # a flag
    r"|[0-9#*]\uFE0F?\u20E3"  # a keycap
    r"|\U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6}\U000E007F"  # the flag of a part of a country
    rf"|{_ELEMENT}(?:\u200D{_ELEMENT}){{1,5}}"  # a family
    r"|\p{ExtPict}(?:[\uFE0E\uFE0F]|\p{Emoji_Modifier})"
)
_IDEOGRAPH_FORM = r"[\uFE00-\uFE02\U000E0100-\U000E01EF](?<=\p{Unified_Ideograph}.)"  # how a name is written
# Where a character that has no glyph changes how its neighbours look. What stands before it comes last, as most
# characters fail by themselves.
_IN_PLACE = (
    r"[\u200C\u200D](?<=\p{ccc=9}.)"  # behind a virama
    r"|\u200D(?<=\p{L}.)(?=\p{ccc=9})"  # or before one: Bengali, Kannada, Sinhala
    r"|\u200C(?=\p{JT=T}{0,4}[\p{JT=R}\p{JT=D}])(?<=[\p{JT=L}\p{JT=D}]\p{JT=T}{0,4}.)"  # between letters that join
    r"|\u200D(?<=\p{JT=D}.)"
    r"|[\u180B-\u180D\u180F](?<=\p{Script=Mongolian}.)"
    r"|\u180E(?=\p{Script=Mongolian})(?<=\p{Script=Mongolian}.)"
    rf"|{_IDEOGRAPH_FORM}"
)
# Fillers, controls of direction, and what has no glyph that two people share. Signs such as U+0600 have one.
_UNSEEN = (
    r"[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\uFFFC\U00016FE4]"
    r"--\p{Prepended_Concatenation_Mark}]"
)
# Controls, ends of lines, and symbols that are drawn as nothing.
BLANK = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}\u2800\U0001D159\U00013441\U00013442]")
UNSEEN = regex.compile(rf"(?:{_EMOJI}|{_IN_PLACE})(*SKIP)(*FAIL)|{_UNSEEN}", regex.V1)
VISIBLE = regex.compile(r"[^\p{Z}\p{M}\p{C}\u2800\U0001D159\U00013441\U00013442]|\p{Cn}")
# At most four marks without a width in a row, eight of any, and none without a letter.
_STACK = regex.compile(r"(?<=[\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+|(?<=\p{M}{8})\p{M}+|(?<=\A|\s)[\p{Mn}\p{Me}]+")


def clusters(text: str) -> list[str]:
    """The text in parts that a reader takes for one character each."""
    return list(wcwidth.iter_graphemes(text))


def cells(text: str) -> int:
    """How many terminal cells it takes; controls take none."""
    width = wcwidth.wcswidth(text)
    return width if width >= 0 else wcwidth.width(text, control_codes="ignore")


def tidy(text: str) -> str:
    """The text as one line of what can be seen, in normal form C."""
    text = BLANK.sub(" ", text)
    while True:
        fit: str = _STACK.sub("", unicodedata2.normalize("NFC", UNSEEN.sub("", text)))
        if len(fit) > CLUSTER_CODES:
            fit = "".join([cluster[:CLUSTER_CODES] for cluster in clusters(fit)])
        if fit == text:
            return fit
        text = fit  # once more: what was taken out may have stood between a joiner and its neighbour


# --- names ---

# What RFC 8266 would refuse although it can be seen: joined emoji, forms of ideographs, and what the database does not
# know yet. The replacement character stands in for each while the rest is judged, and so is one of them.
_KEPT = regex.compile(rf"{_EMOJI}|{_IDEOGRAPH_FORM}|(?!\p{{Noncharacter_Code_Point}})\p{{Cn}}|\uFFFD")
_STAND_IN = "\ufffd"


def nickname(name: str) -> str:
    """The name in the form that RFC 8266 gives it, but with emoji and forms of ideographs as they are.

    Raises:
        UnicodeEncodeError: RFC 8266 does not allow it; `object` and `start` say at which character.
    """
    kept = iter(_KEPT.findall(name))
    enforced: str = _nicknames().enforce(_KEPT.sub(_STAND_IN, name))
    return "".join([next(kept) if c == _STAND_IN else c for c in enforced])


@cache
def _nicknames() -> Any:
    return get_profile("NicknameCasePreserved", unicodedata=unicodedata2)


# --- look-alikes ---


def skeleton(text: str) -> str:
    """What two texts that look alike have in common (UTS #39, section 4), by the table `confusables`."""
    prototypes = _prototypes()
    bare = regex.sub(r"\p{Default_Ignorable_Code_Point}", "", unicodedata2.normalize("NFD", text))
    swapped: str = unicodedata2.normalize("NFD", "".join([prototypes.get(c, c) for c in bare]))
    return swapped


class _LookAlike(msgspec.Struct, gc=False):
    """An entry of the package's table, as far as it is needed."""

    c: str


@cache
def _prototypes() -> dict[str, str]:
    """By character that of its look-alikes which stands for all of them.

    The package lists, for each prototype of UTS #39, what looks like it, and for each of these the prototype; where
    that is one for one, either may stand for both.
    """
    # The table alone: the package's own functions keep all of it, read it in the system's encoding and load urllib.
    data = files("confusable_homoglyphs").joinpath("confusables.json").read_bytes()
    table = msgspec.json.decode(data, type=dict[str, list[_LookAlike]])  # without the names: 8 MiB less for a moment
    # It has marks of direction around what is written from right to left.
    alike = {char.strip("\u200e"): [other.c.strip("\u200e") for other in others] for char, others in table.items()}
    chosen: dict[str, str] = {}
    for char, others in alike.items():
        if len(char) == 1 and len(others) == 1:
            chosen[char] = others[0] if len(others[0]) > 1 or len(alike.get(others[0], ())) > 1 else min(char, *others)
    return {char: "".join([chosen.get(c, c) for c in other]) for char, other in chosen.items() if other != char}
