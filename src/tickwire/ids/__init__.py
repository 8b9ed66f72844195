"""The small values that have rules: room codes, names, chat lines, tokens."""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import chain
from typing import NewType

from tickwire.errors import BadName, ErrorCode, RemoteProtocolError
from tickwire.ids.characters import begin, cell_width, clusters, likenesses, printable, tidy, visible

PlayerId = NewType("PlayerId", int)
RoomCode = NewType("RoomCode", str)

WATCHER = PlayerId(0)  # the player number of those who only look on

# Without 0 O 1 I L, so that a code read aloud or off a screen is typed right.
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 4  # 31**4 = 923,521 codes

# A character is what a reader takes for one: a grapheme cluster. Code points are limited too, and first, since they are
# counted already: a character may have many, and what is too long is not worth a look.
NAME_CELLS = NAME_CHARACTERS = 24  # terminal cells; a scoreboard column has to end somewhere
NAME_CODES = 160  # code points: twelve families of four
CHAT_CHARACTERS = 300
CHAT_CELLS = 2 * CHAT_CHARACTERS  # terminal cells
CHAT_CODES = 8 * CHAT_CHARACTERS  # code points
CHAT_LINES = 16  # that a game's words may come to in one go
_MOST_SAID = 2 * CHAT_LINES * CHAT_CHARACTERS  # code points of a game's words that are looked at


def check_name(name: str) -> str:
    """The name as a room shows it: a nickname by RFC 8266.

    It is trimmed, with single blanks between words, and in normal form KC.

    Raises:
        BadName: it is empty, too wide, or holds what nobody sees.
    """
    if len(name) > NAME_CODES:
        raise _too_wide()
    if name.isascii() and name.isprintable():
        name = " ".join(name.split())
        width = len(name)
    else:
        name = _nickname(name) if name.strip() else ""
        width = max(cell_width(name), len(clusters(name)))
    if not visible(name):
        raise BadName("a name has at least one character; choose one")
    if width > NAME_CELLS:
        raise _too_wide()
    return name


def warm_up() -> None:
    """Load what text that is not ASCII needs (0.3 s), so that the first of it does not hold up who waits behind it."""
    from tickwire.ids import unicode_rules

    unicode_rules.nickname("\u0430da")
    likenesses("\u0430da")


def _nickname(name: str) -> str:
    """A name that is not ASCII, by RFC 8266."""
    from tickwire.ids import unicode_rules  # slow to import

    name = name.strip()
    if not printable(name):
        raise BadName("a name holds no control characters and nothing that cannot be seen; choose another")
    try:
        name = unicode_rules.nickname(name)
    except UnicodeEncodeError as error:
        refused = error.object[error.start : error.end]
        if len(refused) == 1 and visible(refused):
            raise BadName(f"a name cannot hold {refused} there; choose another") from None
        raise BadName("a name holds no control characters and nothing that cannot be seen; choose another") from None
    if tidy(name) != name:
        raise BadName("a letter of a name has at most four marks above or below it; choose another")
    return name


def _too_wide() -> BadName:
    return BadName(f"a name is at most {NAME_CELLS} cells wide; choose a shorter one")


def check_chat(text: str) -> str:
    """A chat line that is fit to be shown: trimmed, without control characters and what nobody sees.

    Raises:
        RemoteProtocolError: there is nothing left of it, or it is too long.
    """
    if len(text) > CHAT_CODES:  # first: cleaning costs 1 µs for each of them
        raise _too_long()
    text = tidy(text).strip()
    if not visible(text):
        raise RemoteProtocolError(ErrorCode.BAD_CHAT, "a chat line has at least one character")
    if not _is_one_line(text):
        raise _too_long()
    return text


def _too_long() -> RemoteProtocolError:
    return RemoteProtocolError(ErrorCode.BAD_CHAT, f"a chat line is at most {CHAT_CHARACTERS} characters long")


def _is_one_line(text: str) -> bool:
    if len(text) <= CHAT_CHARACTERS:  # no code point takes more than two cells
        return True
    return (
        not text.isascii() and len(text) <= CHAT_CODES and begin(text, CHAT_CHARACTERS, CHAT_CELLS, CHAT_CODES) == text
    )


def chat_lines(text: str) -> tuple[str, ...]:
    """The lines of chat that a game's words come to; none if there is nothing to be seen.

    Each is as `check_chat` would have it. What is too long for one goes on in the next, between words if it can, and
    what is too long for CHAT_LINES ends in an ellipsis.

    >>> chat_lines("to be\\nor not to be\\x07")
    ('to be', 'or not to be')
    """
    if not isinstance(text, str):
        raise TypeError(f"a line of chat is a text, not {text!r}")
    return _chat_lines(text[:_MOST_SAID])


@lru_cache(64)
def _chat_lines(text: str) -> tuple[str, ...]:
    lines: list[str] = []
    for part in text.splitlines():
        rest = tidy(part).strip()
        while visible(rest):
            if len(lines) == CHAT_LINES:
                last = lines.pop()
                return (*lines, begin(last, CHAT_CHARACTERS - 1, CHAT_CELLS - 1, CHAT_CODES - 1) + "…")
            if _is_one_line(rest):
                lines.append(rest)
                break
            line = begin(rest[: CHAT_CODES + 1], CHAT_CHARACTERS, CHAT_CELLS, CHAT_CODES)
            if not rest[len(line)].isspace() and (space := line.rfind(" ")) > len(line) // 2:
                line = line[:space]
            rest = rest[len(line) :].lstrip()
            if visible(line := tidy(line).rstrip()):  # once more: a joiner may stand at its end now
                lines.append(line)
    return tuple(lines)


def distinct_name(name: str, taken: set[str]) -> str:
    """`name`, or `name 2`, `name 3`, ... if somebody has it already, or one that looks like it.

    >>> distinct_name("ada", {"ada", "ada 2"}), distinct_name("\u0430da", {"ada"}) == "\u0430da 2"
    ('ada 3', True)
    """
    alike = set(chain.from_iterable(map(likenesses, taken)))
    if alike.isdisjoint(likenesses(name)):
        return name
    number = 2
    while True:
        suffix = f" {number}"
        base = tidy(begin(name, NAME_CELLS - len(suffix), NAME_CELLS - len(suffix))).rstrip()
        if alike.isdisjoint(likenesses(base + suffix)):
            return base + suffix
        number += 1


def room_code(chance: random.Random) -> RoomCode:
    """A new room code, say K7QX."""
    return RoomCode("".join(chance.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)))
