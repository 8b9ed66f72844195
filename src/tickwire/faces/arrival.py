"""Tells what happened before one sat down from news: the same in every face in Python."""

from __future__ import annotations

from collections.abc import Iterable

from tickwire.faces import sentences
from tickwire.wire.messages import Event, Joined


class Arrival:
    """Which events of a room are news to who has just come.

    The tick that seats a player may first end what went on before: a bot gives way, and its game is over. Its events
    come between the player's own `joined` and the first state, and only those that name the player are news.
    """

    def __init__(self) -> None:
        self._own = 0
        self._seating = False  # the player's own `joined` came, and no state yet
        self._earlier: list[Event] = []  # by identity: a face may tell an event long after it came

    def seated(self, own: int) -> None:
        """The welcome came.

        Args:
            own: the number of who has come; 0 for a watcher.
        """
        self._own, self._seating = own, False
        self._earlier.clear()

    def arrived(self) -> None:
        """A state came, and so did all events of its tick."""
        self._seating = False

    def came(self, event: object) -> None:
        """Something came, in its order."""
        if isinstance(event, Joined) and event.player == self._own:
            self._seating = True
        elif self._seating and isinstance(event, Event):
            self._earlier.append(event)

    def polled(self, events: Iterable[object], tick: int) -> None:
        """All that came between two frames, for faces whose client does not say which came before a state.

        Args:
            events: in their order.
            tick: of the newest state; 0 before the first.
        """
        for event in events:
            self.came(event)
        if tick:
            self.arrived()

    def is_news(self, event: Event) -> bool:
        """Whether to tell an event, the object that `came` was given."""
        return sentences.is_about(event, self._own) or not any(event is earlier for earlier in self._earlier)
