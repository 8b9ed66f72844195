"""A server's log -> the rooms that are in it, and one room's recording. Pure: commits are handed in.

The first pass over a log lists the rooms and keeps no records, since a log may be larger than memory. The second one
gathers the records of one room.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tickwire.replay.recording import Recording, tick_of
from tickwire.room.journal import Checkpointed, Ended, Joined, Opened, Record, Standing, Ticked

MOST_NAMES = 1000  # of a room's players that are remembered for the list
GAP = "part of what happened in it is missing from the log"


@dataclass(slots=True)
class Entry:
    """A room in a log.

    Attributes:
        opened: how it began.
        tick: the last one.
        over: whether it ended.
        people: the names of those who played, in the order in which they came; the value has no meaning.
    """

    opened: Opened
    tick: int = 0
    over: bool = False
    people: dict[str, None] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it was played, in seconds of game time."""
        return self.tick / self.opened.tick_rate


class Contents:
    """Lists the rooms of a log while it is read.

    Attributes:
        rooms: by room number, in the order in which they were opened.
    """

    def __init__(self) -> None:
        self.rooms: dict[int, Entry] = {}

    def tell(self, records: list[Record]) -> None:
        """Take in a commit's records.

        Raises:
            CannotRestore: one of them makes no sense.
        """
        rooms = self.rooms
        for record in records:
            match record:
                case Ticked(number, count):
                    if (entry := rooms.get(number)) is not None:
                        entry.tick += count
                case Opened(number):
                    rooms[number] = Entry(record)
                case Joined(number, name):
                    if (entry := rooms.get(number)) is not None and len(entry.people) < MOST_NAMES:
                        entry.people[name] = None
                case Standing(rooms=open_rooms):
                    for number in rooms.keys() - set(open_rooms):
                        rooms[number].over = True
                case Checkpointed(number, saved, opened):
                    if opened is not None and number not in rooms:  # its beginning is deleted already
                        rooms[number] = Entry(opened)
                    if (entry := rooms.get(number)) is not None:
                        entry.tick = tick_of(saved)  # behind a gap the ticks before it are not known
                case Ended(number):
                    if (entry := rooms.get(number)) is not None:
                        entry.over = True

    def gap(self) -> None:
        """Commits are missing here: the next checkpoint of a room says which tick it is at."""

    def find(self, asked: str) -> int | None:
        """The number of a room; None if there is none.

        Args:
            asked: its code, for the newest of that code, or `code#number`.
        """
        code, _, number = asked.upper().partition("#")
        found = [n for n, entry in self.rooms.items() if entry.opened.code == code]
        if number:
            return next((n for n in found if str(n) == number), None)
        return found[-1] if found else None

    def name(self, number: int) -> str:
        """By which a room is found again: its code, and its number where a newer room has the same code."""
        code = self.rooms[number].opened.code
        return code if self.find(code) == number else f"{code}#{number}"


class Cutter:
    """Gathers what a log has of one room.

    Args:
        number: of the room.

    Attributes:
        recording: of it; None until its beginning was seen.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._known = True
        self.recording: Recording | None = None

    def tell(self, records: list[Record]) -> None:
        """Take in a commit's records.

        Raises:
            CannotRestore: one of them makes no sense.
        """
        for record in records:
            if record.room != self._number or isinstance(record, Standing):
                continue
            if isinstance(record, Opened):
                self.recording, self._known = Recording(record), True
            elif self.recording is None and isinstance(record, Checkpointed) and record.opened is not None:
                self.recording, self._known = Recording(record.opened, note=GAP), True
                self.recording.add([record])
            elif self.recording is not None:
                if not self._known:
                    self.recording.note = GAP
                    self._known = isinstance(record, Checkpointed)
                if self._known:
                    self.recording.add([record])

    def gap(self) -> None:
        """Commits are missing here: the room is known again from its next checkpoint on."""
        self._known = False
