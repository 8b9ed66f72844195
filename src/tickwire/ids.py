"""The small values that have rules: room codes, names, chat lines, tokens."""

from __future__ import annotations

import random
import unicodedata
from typing import NewType

from tickwire.errors import BadName, ErrorCode, RemoteProtocolError

PlayerId = NewType("PlayerId", int)
RoomCode = NewType("RoomCode", str)

WATCHER = PlayerId(0)  # the player number of those who only look on

# Without 0 O 1 I L, so that a code read aloud or off a screen is typed right.
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 4  # 31**4 = 923,521 codes

NAME_CELLS = 24  # terminal cells; a scoreboard column has to end somewhere
NAME_CHARACTERS = 48  # a cell may hold any number of combining marks; a name may not
CHAT_CHARACTERS = 300

# Control, format (bidi overrides, zero width), surrogate, private and unassigned characters, line and paragraph ends.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str) -> bool:
    """Whether no character of `text` can move a cursor, turn the writing direction or hide."""
    return (text.isascii() and text.isprintable()) or not any(unicodedata.category(c) in _UNPRINTABLE for c in text)


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes.

    >>> cell_width("ada"), cell_width("蛇"), cell_width("e\\u0301")
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def check_name(name: str) -> str:
    """The name as a room shows it, trimmed and in normal form.

    Raises:
        BadName: it is empty, too wide, or holds control characters.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or cell_width(name) == 0:
        raise BadName("a name has at least one character; choose one")
    if not printable(name):
        raise BadName("a name holds no control characters; choose another")
    if len(name) > NAME_CHARACTERS or cell_width(name) > NAME_CELLS:
        raise BadName(f"a name is at most {NAME_CELLS} cells wide; choose a shorter one")
    return name


def check_chat(text: str) -> str:
    """A chat line that is fit to be shown: trimmed, without control characters.

    Raises:
        RemoteProtocolError: there is nothing left of it, or it is too long.
    """
    text = "".join(c if printable(c) else " " for c in text).strip()
    if not text:
        raise RemoteProtocolError(ErrorCode.BAD_CHAT, "a chat line has at least one character")
    if len(text) > CHAT_CHARACTERS:
        raise RemoteProtocolError(ErrorCode.BAD_CHAT, f"a chat line is at most {CHAT_CHARACTERS} characters long")
    return text


def distinct_name(name: str, taken: set[str]) -> str:
    """`name`, or `name 2`, `name 3`, ... if somebody has it already.

    >>> distinct_name("ada", {"ada", "ada 2"})
    'ada 3'
    """
    if name not in taken:
        return name
    number = 2
    while True:
        suffix = f" {number}"
        base = name
        while cell_width(base) + len(suffix) > NAME_CELLS:
            base = base[:-1]
        if base + suffix not in taken:
            return base + suffix
        number += 1


def room_code(chance: random.Random) -> RoomCode:
    """A new room code, say K7QX."""
    return RoomCode("".join(chance.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)))
