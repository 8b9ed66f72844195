"""Snake in 30 lines of rules: `tickwire serve examples/little_snake.py`."""

from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16

WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Turn(Input):
    heading: Literal["up", "down", "left", "right"]


class Cell(Entity):
    x: u16
    y: u16
    owner: u16  # 0 is food
    look = Look.cell(x="x", y="y", color="owner", player="owner")


class LittleSnake(Game):
    tick_rate, seats, board = 10, 8, (40, 24)
    inputs = Turn
    controls = Controls(
        keys={"up w": Turn("up"), "down s": Turn("down"), "left a": Turn("left"), "right d": Turn("right")}
    )
    cells: Table[Cell]
    bodies: dict[int, list[int]]  # the rows of each snake, tail first
    heading: dict[int, str]

    def join(self, player: Player) -> None:
        self.cells.add(Cell(self.random.randrange(40), self.random.randrange(24), owner=0))
        self.bodies[player.id] = [self.cells.add(Cell(20, 12, player.id)).id]
        self.heading[player.id] = "right"

    def leave(self, player: Player) -> None:
        for cell in self.bodies.pop(player.id):
            self.cells.remove(cell)

    def receive(self, player: Player, turn: Turn) -> None:
        self.heading[player.id] = turn.heading

    def step(self) -> None:
        for player, body in self.bodies.items():
            head, (dx, dy) = self.cells[body[-1]], WAYS[self.heading[player]]
            x, y = (head.x + dx) % 40, (head.y + dy) % 24
            hit = next((c for c in self.cells if (c.x, c.y) == (x, y)), None)
            body.append(self.cells.add(Cell(x, y, player)).id)
            if hit and hit.owner == 0:  # food: it turns up elsewhere, and the tail stays
                hit.x, hit.y = self.random.randrange(40), self.random.randrange(24)
                continue
            for _ in range(len(body) - 1 if hit else 1):  # a crash costs all but the head
                self.cells.remove(body.pop(0))
