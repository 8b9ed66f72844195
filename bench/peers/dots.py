"""The swarm, as the peers written in Python play it: dots on a torus, each moving along its heading.

The rules are those of tickwire's built-in game `swarm`; what the peers differ in is how they bring them to the clients.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Hashable
from typing import Generic, TypeVar

Client = TypeVar("Client", bound=Hashable)

SIZE = 1000  # units, the side of the torus
SPEED = 2.0  # units a tick
SEATS = 50  # players in a room
TICK = 1 / 20  # seconds
HEADINGS = 256  # directions in a full circle

STEPS = [
    (SPEED * math.cos(2 * math.pi * heading / HEADINGS), SPEED * math.sin(2 * math.pi * heading / HEADINGS))
    for heading in range(HEADINGS)
]


class Dot:
    __slots__ = ("heading", "x", "y")

    def __init__(self) -> None:
        self.x = random.uniform(0, SIZE)
        self.y = random.uniform(0, SIZE)
        self.heading = random.randrange(HEADINGS)

    def move(self) -> None:
        dx, dy = STEPS[self.heading]
        self.x = (self.x + dx) % SIZE
        self.y = (self.y + dy) % SIZE


class Room(Generic[Client]):
    """The dots of one match, and the connections of those who play them."""

    def __init__(self, number: int) -> None:
        self.name = f"room{number}"
        self.tick = 0
        self.dots: dict[Client, Dot] = {}

    def step(self) -> None:
        self.tick += 1
        for dot in self.dots.values():
            dot.move()

    def state(self) -> dict[str, object]:
        dots = [[int(dot.x), int(dot.y)] for dot in self.dots.values()]
        return {"type": "state", "tick": self.tick, "dots": dots}

    def state_json(self) -> str:
        return json.dumps(self.state(), separators=(",", ":"))


class Lobby(Generic[Client]):
    """Fills rooms one after the other."""

    def __init__(self) -> None:
        self.rooms: list[Room[Client]] = []

    def join(self, client: Client) -> Room[Client]:
        room = next((room for room in self.rooms if len(room.dots) < SEATS), None)
        if room is None:
            room = Room(len(self.rooms))
            self.rooms.append(room)
        room.dots[client] = Dot()
        return room


def steer(dot: Dot, message: dict[str, object]) -> None:
    heading = message.get("heading")
    if isinstance(heading, int):
        dot.heading = heading % HEADINGS
