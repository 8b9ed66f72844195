"""Snake on a board for thousands: each player sees a window of it around their own head.

The rules are the built-in game's; what differs is who sees which cells.
"""

from tickwire import Entity, Grid, Look, Player, Table, u16
from tickwire.games.snake import Place, Snake


class WorldCell(Entity):
    """A piece of a snake, or food."""

    x: u16
    y: u16
    owner: u16
    look = Look.cell(x="x", y="y", color="owner", player="owner")
    view = Grid(cell=40, window=(60, 40))


class WorldSnake(Snake):
    """Snake for thousands."""

    seats, board = 2000, (900, 600)
    cells: Table[WorldCell]  # type: ignore[assignment]
    looks_at: dict[int, Place]  # where each snake's head is, or was when it died

    def step(self) -> None:
        """As in snake; and everybody's eyes follow their head."""
        super().step()
        for player, body in self.bodies.items():
            self.looks_at[player] = body.places[-1]

    def leave(self, player: Player) -> None:
        """As in snake."""
        super().leave(player)
        self.looks_at.pop(player.id, None)

    def focus(self, player: Player) -> tuple[float, float] | None:
        """The head of one's own snake."""
        return self.looks_at.get(player.id)
