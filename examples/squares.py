"""Two squares on one field: `tickwire serve examples/squares.py`, then `python examples/squares_client.py` twice."""

from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16


class Go(Input):  # a way to go, never a place: where a square is, only the server says
    dx: Literal[-1, 0, 1] = 0
    dy: Literal[-1, 0, 1] = 0


class Square(Entity):
    x: u16
    y: u16
    player: u16
    look = Look.box(x="x", y="y", width=50, height=50, color="player", player="player")


class Squares(Game):
    tick_rate, seats, board, inputs = 30, 2, (500, 500), Go
    controls = Controls(keys={"up": Go(0, -1), "down": Go(0, 1), "left": Go(-1), "right": Go(1), "space": Go()})
    speed, farthest = 4, 450  # units a tick; where a square touches the wall
    squares: Table[Square]
    going: dict[int, Go]  # by player

    def join(self, player: Player) -> None:
        self.squares.add(Square(100 if all(s.x > 200 for s in self.squares) else 350, 225, player.id))
        self.going[player.id] = Go()

    def leave(self, player: Player) -> None:
        self.squares.remove(next(s.id for s in self.squares if s.player == player.id))

    def receive(self, player: Player, go: Go) -> None:
        self.going[player.id] = go

    def step(self) -> None:
        for square in self.squares:
            square.x = min(max(square.x + self.going[square.player].dx * self.speed, 0), self.farthest)
            square.y = min(max(square.y + self.going[square.player].dy * self.speed, 0), self.farthest)
