"""Events wait until the screen shows the state that they came with. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

WAITS = 0.25  # seconds for the state that an event came with; in games that send few, there may be none
AGES = 1.0  # seconds past its moment after which an event is not told any more: nobody was looking
KEPT = 256  # of a face that asks for none, as a page that is hidden; the oldest go first


@dataclass(slots=True)
class _Waiting:
    came: float
    event: Any
    time: float | None = None  # seconds of the server's


class Moments:
    """The events of a room, each until its moment."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque(maxlen=KEPT)

    def event(self, now: float, event: Any) -> None:
        """An event came. Its state comes behind it."""
        self._waiting.append(_Waiting(now, event))

    def state(self, time: float) -> None:
        """A state of a server's time came: that is the moment of the events before it."""
        for waiting in reversed(self._waiting):
            if waiting.time is not None:
                break
            waiting.time = time

    def take(self, now: float, time: float | None) -> list[Any]:
        """The events whose moment has come, in order; but not those whose moment was long ago.

        Args:
            now: seconds.
            time: the moment that is shown, in seconds of the server's; None where all is shown as it comes.
        """
        taken: list[Any] = []
        while self._waiting:
            first = self._waiting[0]
            past = now - first.came - WAITS if first.time is None else 0.0 if time is None else time - first.time
            if past < 0:
                break
            self._waiting.popleft()
            if past <= AGES:
                taken.append(first.event)
        return taken
