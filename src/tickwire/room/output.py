"""What a room has to say at the end of a tick."""

from __future__ import annotations

from dataclasses import dataclass, field

from tickwire.wire.messages import Away, Chat, Event, Joined, Left, NewName, Slip

RoomMessage = Joined | Left | NewName | Away | Event | Chat | Slip


@dataclass(slots=True)
class TickOutput:
    """What a tick has to say, or several that were made at once.

    Attributes:
        tick: the number of the last.
        messages: for everyone in the room, in the order in which they came about.
        private: for one player, by player number.
        acks: for each player whose applied inputs moved on, the highest `seq`.
        early: for those of them whose inputs were meant for a tick, by how many ticks the latest of them was early.
        changed: whether the tables changed; `room.states` has the bytes.
        rests: whether they did not, but had with the state before.
    """

    tick: int
    messages: list[RoomMessage] = field(default_factory=list)
    private: dict[int, list[RoomMessage]] = field(default_factory=dict)
    acks: dict[int, int] = field(default_factory=dict)
    early: dict[int, int] = field(default_factory=dict)
    changed: bool = False
    rests: bool = False
