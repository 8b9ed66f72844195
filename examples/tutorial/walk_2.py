# walk_2.py
"""Everybody is a square that walks."""

from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16

WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Go(Input):
    way: Literal["up", "down", "left", "right"]


class Walker(Entity):
    x: u16
    y: u16
    player: u16
    look = Look.cell(x="x", y="y", color="player", player="player")


class Walk(Game):
    tick_rate, seats, board = 10, 8, (20, 10)
    inputs = Go
    controls = Controls(keys={"up": Go("up"), "down": Go("down"), "left": Go("left"), "right": Go("right")})
    walkers: Table[Walker]
    walker_of: dict[int, int]
    wishes: dict[int, str]

    def join(self, player: Player) -> None:
        self.walker_of[player.id] = self.walkers.add(Walker(10, 5, player.id)).id

    def leave(self, player: Player) -> None:
        self.walkers.remove(self.walker_of.pop(player.id))
        self.wishes.pop(player.id, None)

    def receive(self, player: Player, go: Go) -> None:
        self.wishes[player.id] = go.way

    def step(self) -> None:
        for player, way in self.wishes.items():
            walker, (dx, dy) = self.walkers[self.walker_of[player]], WAYS[way]
            walker.x = min(max(walker.x + dx, 0), 19)
            walker.y = min(max(walker.y + dy, 0), 9)
        self.wishes.clear()
