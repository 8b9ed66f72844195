"""Swarm: every player a dot on a torus. The game of the benchmark: all rows move in every tick."""

from math import cos, pi, sin

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, fixed, u8, u16

SIDE = 1000  # of the torus, in units
SPEED = 2  # units a tick

# What a dot moves in a tick, by heading: 256 of them, 0 to the right, growing clockwise.
VELOCITY = [(SPEED * cos(2 * pi * h / 256), SPEED * sin(2 * pi * h / 256)) for h in range(256)]


class Steer(Input):
    """Turn to a heading."""

    heading: u8


class Dot(Entity):
    """One player."""

    x: float = fixed(0, SIDE, step=0.5)
    y: float = fixed(0, SIDE, step=0.5)
    player: u16
    look = Look.dot(x="x", y="y", radius=6, color="player", player="player")


class Swarm(Game):
    """Dots on a torus, for measuring."""

    tick_rate, seats, board = 20, 50, (SIDE, SIDE)
    inputs = Steer
    controls = Controls(keys={"right d": Steer(0), "down s": Steer(64), "left a": Steer(128), "up w": Steer(192)})
    dots: Table[Dot]
    dot_of: dict[int, int]  # row id by player
    heading: dict[int, int]  # by row id

    def join(self, player: Player) -> None:
        """A new dot anywhere, going anywhere."""
        dot = self.dots.add(Dot(self.random.uniform(0, SIDE), self.random.uniform(0, SIDE), player.id))
        self.dot_of[player.id] = dot.id
        self.heading[dot.id] = self.random.randrange(256)

    def leave(self, player: Player) -> None:
        """The dot is gone."""
        dot = self.dot_of.pop(player.id)
        self.dots.remove(dot)
        del self.heading[dot]

    def receive(self, player: Player, steer: Steer) -> None:
        """Turn."""
        self.heading[self.dot_of[player.id]] = steer.heading

    def step(self) -> None:
        """Everything moves."""
        for dot, heading in zip(self.dots, self.heading.values(), strict=True):
            dx, dy = VELOCITY[heading]
            dot.x = (dot.x + dx) % SIDE
            dot.y = (dot.y + dy) % SIDE

    def bot(self, player: Player) -> Steer | None:
        """Turn now and then."""
        return Steer(self.random.randrange(256)) if self.random.random() < 0.02 else None
