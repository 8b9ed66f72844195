# walk_1.py
"""Everybody is a square."""

from tickwire import Entity, Game, Look, Player, Table, u16


class Walker(Entity):
    x: u16
    y: u16
    player: u16
    look = Look.cell(x="x", y="y", color="player", player="player")


class Walk(Game):
    tick_rate, seats, board = 10, 8, (20, 10)
    walkers: Table[Walker]
    walker_of: dict[int, int]

    def join(self, player: Player) -> None:
        self.walker_of[player.id] = self.walkers.add(Walker(10, 5, player.id)).id

    def leave(self, player: Player) -> None:
        self.walkers.remove(self.walker_of.pop(player.id))
