"""What a room says, as lines to be shown; the same for all faces in Python. Time is an argument."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tickwire.client.client import ClientEvent
from tickwire.faces.clean import clean
from tickwire.replication.schema import Schema, TableSchema
from tickwire.wire.messages import Chat, Error, Event, Joined, Left, NewName, Welcome

# What a chat obeys; for completing, since who reads /help knows them anyway.
COMMANDS = ("/help", "/history", "/join", "/me", "/name", "/rooms", "/topic", "/who")

_PAINTED = frozenset({"cell", "dot", "arrow", "box", "text"})
_MOST_OLD = 1000  # lines of history in one go: what a server says is not trusted
_LINES_RECALLED = 100  # of one's own


class Kind(StrEnum):
    """What sort of line it is."""

    SAID = "said"
    DID = "did"  # ada waves
    NOTE = "note"  # what nobody said: a notice of the game, who came and went
    ALERT = "alert"  # what was not taken


@dataclass(frozen=True, slots=True)
class Line:
    """One line, fit to be shown.

    Attributes:
        at: when it was said, in seconds since the epoch.
        player: whose line it is, or whom it is about; 0 for nobody or a watcher.
        name: theirs.
        own: whether we said it.
        mention: whether somebody else says our name in it.
        old: whether it is history, which is no news.
    """

    kind: Kind
    text: str
    at: float
    player: int = 0
    name: str = ""
    own: bool = False
    mention: bool = False
    old: bool = False


class Listener:
    """Makes lines of what comes.

    Attributes:
        player: our number; 0 for a watcher.
        name: ours.
    """

    def __init__(self) -> None:
        self.player = 0
        self.name = ""
        self._names: dict[int, str] = {}
        self._here_before: set[int] = set()  # whom the welcome named: that they joined is no news
        self._ages: deque[float] = deque()  # in ticks, of the lines of history that are on their way
        self._tick_rate = 1.0

    def joined(self, welcome: Welcome) -> None:
        """The seat is ours, for the first time or again."""
        self.player, self.name = welcome.player, clean(welcome.name)
        self._names = {p.player: clean(p.name) for p in welcome.players}
        self._here_before = set(self._names)
        self._ages.clear()
        self._tick_rate = max(welcome.tick_rate, 0.01)

    def hear(self, event: ClientEvent, now: float) -> Line | None:
        """The line that something comes to, or None."""
        match event:
            case Chat(player, name, text):
                return self._said(player, clean(name), clean(text), now)
            case Event("history", {"ago": [*ages]}):
                self._ages = deque(a for a in ages[:_MOST_OLD] if isinstance(a, int | float) and a >= 0)
            case Joined(player, name, bot):
                self._names[player] = clean(name)
                if player in self._here_before:
                    self._here_before.discard(player)
                elif not bot and player != self.player:
                    return Line(Kind.NOTE, "joined", now, player, clean(name))
            case Left(player, name):
                if self._names.pop(player, None) is not None:
                    return Line(Kind.NOTE, "left", now, player, clean(name))
            case NewName(player, name):
                return self._renamed(player, clean(name), now)
            case Error(_, message):
                return Line(Kind.ALERT, clean(message), now)
        return None

    def _said(self, player: int, name: str, text: str, now: float) -> Line:
        if not name:
            return Line(Kind.NOTE, text, now)
        old = bool(self._ages)
        # Not before the epoch, whatever a server says: no clock could show it.
        at = max(0.0, now - self._ages.popleft() / self._tick_rate) if old else now
        own = player == self.player and player > 0
        kind, text = (Kind.DID, did) if (did := deed(text)) else (Kind.SAID, text)
        return Line(kind, text, at, player, name, own, not own and mentions(text, self.name), old)

    def _renamed(self, player: int, name: str, now: float) -> Line:
        before = self._names.get(player, "somebody")
        self._names[player] = name
        if player == self.player:
            self.name = name
        return Line(Kind.NOTE, f"is called {name} now", now, player, before)


def deed(text: str) -> str:
    """What somebody does, if the line says so by asterisks around it, as those of /me do; else empty.

    >>> deed("*waves*"), deed("2 * 3"), deed("**")
    ('waves', '', '')
    """
    inner = text[1:-1]
    return inner if len(text) > 2 and text[0] == text[-1] == "*" and inner.strip("* ") == inner else ""


def mentions(text: str, name: str) -> bool:
    """Whether a name stands in a text, as a word of its own.

    >>> mentions("hi Ada!", "ada"), mentions("adamant", "ada")
    (True, False)
    """
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


# --- who is where ---


@dataclass(frozen=True, slots=True)
class Place:
    """The channel that one is in."""

    name: str
    topic: str
    players: frozenset[int]


def is_talk(schema: Schema) -> bool:
    """Whether a game is nothing but talk: there is nothing to be painted, and nothing to be done but to speak."""
    painted = any(isinstance(t.look, dict) and t.look.get("kind") in _PAINTED for t in schema.tables)
    steered = any(schema.controls.get(key) for key in ("keys", "hold", "click"))
    return not painted and not steered and not any(schema.inputs.get(name) or name != "input" for name in schema.inputs)


def has_channels(schema: Schema) -> bool:
    """Whether a game puts people into channels."""
    return any(isinstance(t.look, dict) and t.look.get("kind") == "channel" for t in schema.tables)


def place_of(schema: Schema, tables: Mapping[str, Iterable[Any]], player: int) -> Place | None:
    """Where a player is, in a game with channels; a watcher is where the first channel is."""
    channels = _channels(schema, tables)
    where: dict[Any, Any] = dict(_read(schema, tables, "member", "player", "channel"))
    here = where.get(player, next(iter(channels), None))
    if here not in channels:
        return None
    name, topic = channels[here]
    return Place(clean(name), clean(topic), frozenset(who for who, channel in where.items() if channel == here))


def channel_names(schema: Schema, tables: Mapping[str, Iterable[Any]]) -> list[str]:
    """What channels there are."""
    return [clean(name) for name, _ in _channels(schema, tables).values()]


def _channels(schema: Schema, tables: Mapping[str, Iterable[Any]]) -> dict[Any, tuple[Any, Any]]:
    return {id: (name, topic) for id, name, topic in _read(schema, tables, "channel", "id", "name", "topic")}


def _read(schema: Schema, tables: Mapping[str, Iterable[Any]], kind: str, *keys: str) -> Iterable[Any]:
    """From each row of the table with that look what the keys of the look name; `id` is the row's own."""
    for table in schema.tables:
        if isinstance(table.look, dict) and table.look.get("kind") == kind:
            fields = [_field(table, key) for key in keys]
            if None not in fields:
                for row in tables.get(table.name, ()):
                    yield tuple(getattr(row, str(field)) for field in fields)


def _field(table: TableSchema, key: str) -> str | None:
    named = table.look.get(key)
    return key if key == "id" else named if any(f.name == named for f in table.fields) else None


# --- typing ---


class Recall:
    """The lines that one has said, to be called back; what was being typed waits below them."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_LINES_RECALLED)
        self._back = 0
        self._draft = ""

    def add(self, line: str) -> None:
        """Said."""
        if not self._lines or self._lines[-1] != line:
            self._lines.append(line)
        self._back, self._draft = 0, ""

    def up(self, typed: str) -> str:
        """The line before."""
        if self._back == 0:
            self._draft = typed
        self._back = min(self._back + 1, len(self._lines))
        return self._shown(typed)

    def down(self, typed: str) -> str:
        """The line after."""
        if self._back == 0:
            return typed
        self._back -= 1
        return self._shown(typed)

    def _shown(self, typed: str) -> str:
        return self._lines[-self._back] if self._back else self._draft if self._lines else typed


class Completer:
    """Completes the word before the caret; asked again, it gives the next that fits."""

    def __init__(self) -> None:
        self._given: tuple[str, int] | None = None  # what we made of it
        self._fits: list[str] = []
        self._next = 0
        self._start = 0

    def complete(
        self, text: str, caret: int, names: Sequence[str], channels: Sequence[str], commands: Sequence[str]
    ) -> tuple[str, int]:
        """The text and the caret, completed; as they were if nothing fits.

        >>> Completer().complete("a", 1, ["ada", "bob"], [], [])
        ('ada: ', 5)
        """
        if (text, caret) != self._given:
            self._start = text.rfind(" ", 0, caret) + 1
            self._fits = _fitting(text[: self._start], text[self._start : caret], names, channels, commands)
            self._next = 0
        if not self._fits:
            return text, caret
        word = self._fits[self._next % len(self._fits)]
        self._next += 1
        self._given = (text[: self._start] + word + text[caret:], self._start + len(word))
        return self._given


def _fitting(
    before: str, word: str, names: Sequence[str], channels: Sequence[str], commands: Sequence[str]
) -> list[str]:
    def begin(words: Iterable[str], end: str) -> list[str]:
        return [w + end for w in sorted(words) if w.casefold().startswith(word.casefold())]

    if not before and word.startswith("/"):
        return begin(commands, " ")
    if word.startswith("#") or before in ("/join ", "/who "):
        return begin(channels, " ") or begin([c.removeprefix("#") for c in channels], " ")
    return begin(names, " " if before else ": ") if word else []
