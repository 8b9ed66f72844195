"""The last lines of a room's chat, for who was away while they were said."""

from __future__ import annotations

from collections import deque

from tickwire.room.output import TickOutput
from tickwire.wire.messages import Chat, Event

KEPT = 64  # lines of a room; who was away in a lively chat misses more
KEPT_BYTES = 16_384  # of these, the last that are not longer than this together: a phone reads them in half a second


class LastLines:
    """The last lines that a room sent, and how many it has sent to each seat in all.

    A connection that is dead may be written to for a while before that shows, and only the client knows what it has
    read. So it is asked for a number, and the rest of the lines that its seat was sent are those that it missed.
    """

    def __init__(self) -> None:
        self._lines: deque[tuple[int, int | None, Chat]] = deque(maxlen=KEPT)  # tick, for which player (None: all)
        self._to_all = 0
        self._to_one: dict[int, int] = {}  # by player

    def note(self, output: TickOutput) -> None:
        """Keep what a tick has to say, in the order in which a client is told."""
        for message in output.messages:
            if type(message) is Chat:
                self._lines.append((output.tick, None, message))
                self._to_all += 1
        for player, messages in output.private.items():
            for message in messages:
                if player and type(message) is Chat:
                    self._lines.append((output.tick, player, message))
                    self._to_one[player] = self._to_one.get(player, 0) + 1

    def sent(self, player: int) -> int:
        """How many lines a seat was sent since the room began."""
        return self._to_all + self._to_one.get(player, 0)

    def last(self, player: int, count: int) -> list[tuple[int, Chat]]:
        """The last of the lines that a seat was sent, each with its tick: so many, or as many as are kept.

        Args:
            player: the seat's number.
            count: how many were missed.
        """
        if count <= 0:
            return []
        lines = [(tick, chat) for tick, to, chat in self._lines if to is None or to == player][-count:]
        room = KEPT_BYTES
        for at in range(len(lines) - 1, -1, -1):
            room -= len(lines[at][1].text.encode())
            if room < 0:
                return lines[at + 1 :]
        return lines

    def forget(self, player: int) -> None:
        """A seat was given up."""
        self._to_one.pop(player, None)


def announced(lines: list[tuple[int, Chat]], tick: int) -> list[Event | Chat]:
    """What a client is told of lines that were said before: how long ago, and then they.

    Args:
        lines: each with its tick.
        tick: now.
    """
    ages = [tick - said for said, chat in lines if chat.name]
    heading: list[Event | Chat] = [Event("history", {"ago": ages})] if ages else []
    return [*heading, *(chat for _, chat in lines)]
