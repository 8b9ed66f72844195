"""Held keys for a terminal, which tells of presses and of nothing else. Pure: time is an argument.

A key that is held comes again and again: once, then after a longer wait, then many times a second. So a key counts as
held for a while after it came, and for a shorter while when it has begun to come again. The opposite key ends it at
once. A terminal repeats only the key that was pressed last.
"""

from __future__ import annotations

FIRST_WAIT = 0.35  # seconds that one press counts for; a keyboard begins to repeat after 0.25 to 0.5
NEXT_WAIT = 0.15  # seconds without a repeat after which a key that repeats was let go
_OPPOSITES = (("left", "right"), ("up", "down"), ("a", "d"), ("w", "s"))


class Repeats:
    """Which fields are held, by the keys that came.

    >>> keys = Repeats()
    >>> keys.came("left", "turn_left", now=0.0), keys.let_go(0.3), keys.let_go(0.4)
    (set(), set(), {'turn_left'})
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}  # by field
        self._key: dict[str, str] = {}

    def came(self, key: str, field: str, now: float) -> set[str]:
        """A key came; returns the fields that its opposite ends."""
        ended = {f for f, k in self._key.items() if (k, key) in _OPPOSITES or (key, k) in _OPPOSITES}
        for other in ended:
            del self._until[other], self._key[other]
        again = self._key.get(field) == key
        self._until[field] = max(self._until.get(field, 0.0), now + (NEXT_WAIT if again else FIRST_WAIT))
        self._key[field] = key
        return ended

    def let_go(self, now: float) -> set[str]:
        """The fields whose keys came too long ago; each is told once."""
        gone = {field for field, until in self._until.items() if until <= now}
        for field in gone:
            del self._until[field], self._key[field]
        return gone
