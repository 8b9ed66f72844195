"""Small games whose every call can be seen, for the tests of rooms."""

from __future__ import annotations

import random

from tickwire import Entity, Game, Input, Player, Table, u16, u32
from tickwire.game.spec import inspect_game
from tickwire.room.room import Room


class Add(Input):
    """Add to one's count."""

    n: int = 1


class Shout(Input):
    """Have an event sent, to oneself or to all."""

    private: bool = False


class Count(Entity):
    """One player's count."""

    player: u16
    n: u32 = 0


class Counters(Game):
    """Everyone counts."""

    tick_rate, seats = 10, 3
    inputs = Add | Shout
    counts: Table[Count]
    row_of: dict[int, int]
    calls: list[str]  # what the room called, in order

    def start(self) -> None:
        self.calls.append("start")

    def join(self, player: Player) -> None:
        self.calls.append(f"join {player.id}")
        self.row_of[player.id] = self.counts.add(Count(player.id)).id

    def leave(self, player: Player) -> None:
        assert player.id not in self.players
        self.calls.append(f"leave {player.id}")
        self.counts.remove(self.row_of.pop(player.id))

    def receive(self, player: Player, input: Add | Shout) -> None:
        assert self.players[player.id] is player
        match input:
            case Add(n):
                self.calls.append(f"add {player.id} {n}")
                self.counts[self.row_of[player.id]].n += n
            case Shout(private):
                self.calls.append(f"shout {player.id}")
                self.emit("shout", to=player if private else None, by=player.id)

    def step(self) -> None:
        self.calls.append(f"step {self.tick}")

    def bot(self, player: Player) -> Add:
        return Add(100)


SPEC = inspect_game(Counters)


def new_room(*, bots: int = 0, seats: int | None = None, now: float = 0.0) -> Room:
    """A room of counters that starts at `now`."""
    return Room(SPEC, "K7QX", 1, now, bots=bots, seats=seats)


def counters(room: Room) -> Counters:
    """The game in a room."""
    assert isinstance(room.game, Counters)
    return room.game


def counts(room: Room) -> dict[int, int]:
    """The count of each player who is in the game."""
    return {row.player: row.n for row in counters(room).counts}


def take_calls(room: Room) -> list[str]:
    """What the room called since this was last asked."""
    game = counters(room)
    calls, game.calls = game.calls, []
    return calls


def chance(seed: int = 1) -> random.Random:
    """A chance that is no chance."""
    return random.Random(seed)
