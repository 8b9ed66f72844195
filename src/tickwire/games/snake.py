"""Snake for any number of players on one board."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16, u32

Place = tuple[int, int]

WAYS: dict[str, Place] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}

FOOD = 0  # the owner of a cell that nobody owns
START_LENGTH = 4  # cells
RESPAWN = 24  # ticks between a death and the next life: two seconds
TURNS_AHEAD = 3  # turns that wait for their tick; a quick U-turn is two
SIGHT = 40  # cells that a bot looks ahead for room before it calls a way a dead end


class Turn(Input):
    """Turn the snake."""

    heading: Literal["up", "down", "left", "right"]


class Cell(Entity):
    """A piece of a snake, or food."""

    x: u16
    y: u16
    owner: u16
    look = Look.cell(x="x", y="y", color="owner", player="owner")


class Score(Entity):
    """A line of the scoreboard."""

    player: u16
    points: u32 = 0
    look = Look.score(player="player", value="points")


@dataclass(slots=True)
class Body:
    """The snake of a living player."""

    places: list[Place]  # of its cells, tail first
    heading: str
    turns: list[str] = field(default_factory=list)  # not yet taken, one a tick
    growing: int = 0  # cells that it will still grow

    def next_place(self) -> Place:
        """Where the head comes in this tick; takes a turn that waits for it."""
        if self.turns:
            self.heading = self.turns.pop(0)
        x, y = self.places[-1]
        dx, dy = WAYS[self.heading]
        return x + dx, y + dy


class Snake(Game):
    """Snake for everyone on one board."""

    tick_rate, seats, board = 12, 8, (60, 40)
    inputs = Turn
    controls = Controls(
        keys={"up w": Turn("up"), "down s": Turn("down"), "left a": Turn("left"), "right d": Turn("right")}
    )

    cells: Table[Cell]
    scores: Table[Score]
    taken: dict[Place, int]  # which cell, by row id, is where
    bodies: dict[int, Body]  # of the living players
    reborn: dict[int, int]  # the tick of the next life of each dead player
    score_of: dict[int, int]  # row id by player

    def start(self) -> None:
        """Some food to begin with."""
        self._strew_food()

    def join(self, player: Player) -> None:
        """A new snake."""
        self.score_of[player.id] = self.scores.add(Score(player.id)).id
        self._spawn(player.id)

    def leave(self, player: Player) -> None:
        """The snake and its score are gone."""
        self.scores.remove(self.score_of.pop(player.id))
        self._clear_body(player.id, leave_food=False)
        self.reborn.pop(player.id, None)

    def receive(self, player: Player, turn: Turn) -> None:
        """Turns wait for their tick: two quick ones are both made, and none turns a snake back into itself."""
        body = self.bodies.get(player.id)
        if body is None:
            return
        last = body.turns[-1] if body.turns else body.heading
        if len(body.turns) < TURNS_AHEAD and turn.heading not in (last, OPPOSITE[last]):
            body.turns.append(turn.heading)

    def step(self) -> None:
        """Every snake moves one cell, all at once."""
        for player, tick in list(self.reborn.items()):
            if self.tick >= tick:
                del self.reborn[player]
                self._spawn(player)
        heads = {player: body.next_place() for player, body in self.bodies.items()}
        dead = self._collisions(heads)
        for player in dead:
            self.emit("died", player=player)
            self.reborn[player] = self.tick + RESPAWN
            self.scores[self.score_of[player]].points = 0
            self._clear_body(player, leave_food=True)
        self._draw_tails_in()
        self._put_heads(heads)
        self._strew_food()

    def bot(self, player: Player) -> Turn | None:
        """Towards the nearest food, but never into a dead end if there is a way around."""
        body = self.bodies.get(player.id)
        if body is None:
            return None
        x, y = body.places[-1]
        food = [c for c in self.cells if c.owner == FOOD]
        goal = min(food, key=lambda c: abs(c.x - x) + abs(c.y - y), default=None)

        def worth(way: str) -> tuple[int, int]:
            place = (x + WAYS[way][0], y + WAYS[way][1])
            distance = abs(goal.x - place[0]) + abs(goal.y - place[1]) if goal else 0
            return self._room_from(place), -distance

        best = max((w for w in WAYS if w != OPPOSITE[body.heading]), key=worth)
        return Turn(best) if best != body.heading else None  # type: ignore[arg-type]

    # --- the board ---

    def _free(self, place: Place) -> bool:
        """Whether a snake can be there: on the board, and nothing there but food."""
        if place in self.taken:
            return self.cells[self.taken[place]].owner == FOOD
        x, y = place
        width, height = self.board
        return 0 <= x < width and 0 <= y < height

    def _room_from(self, place: Place) -> int:
        """How many cells, up to SIGHT, can be reached from here."""
        if not self._free(place):
            return 0
        seen, edge = {place}, [place]
        while edge and len(seen) < SIGHT:
            x, y = edge.pop(0)
            for dx, dy in WAYS.values():
                there = (x + dx, y + dy)
                if there not in seen and self._free(there):
                    seen.add(there)
                    edge.append(there)
        return min(len(seen), SIGHT)

    def _put(self, place: Place, owner: int) -> None:
        """A new cell, where none is."""
        x, y = place
        self.taken[place] = self.cells.add(self.cells.entity(x, y, owner)).id

    def _clear(self, place: Place) -> None:
        """No cell is there any more."""
        self.cells.remove(self.taken.pop(place))

    def _strew_food(self) -> None:
        """Keep two more pieces of food on the board than there are players."""
        snake_cells = sum([len(body.places) for body in self.bodies.values()])
        missing = len(self.players) + 3 - (len(self.cells) - snake_cells)
        for _ in range(missing):
            place = self._random_place(0)
            if place not in self.taken:
                self._put(place, FOOD)

    def _random_place(self, margin: int) -> Place:
        width, height = self.board
        return (self.random.randrange(margin, width - margin), self.random.randrange(margin, height - margin))

    # --- the snakes ---

    def _spawn(self, player: int) -> None:
        """A short snake somewhere with room ahead of it."""
        for _ in range(50):
            x, y = self._random_place(START_LENGTH + 2)
            heading = "right" if x < self.board[0] / 2 else "left"
            dx = WAYS[heading][0]
            places = [(x + dx * i, y) for i in range(START_LENGTH)]
            if all(self._free((x + dx * i, y)) for i in range(START_LENGTH + 3)):
                for place in places:
                    if place in self.taken:
                        self._clear(place)
                    self._put(place, player)
                self.bodies[player] = Body(places, heading)
                return
        self.reborn[player] = self.tick + RESPAWN  # the board is crowded: wait for another try

    def _collisions(self, heads: dict[int, Place]) -> set[int]:
        """Who dies: of a wall, of a snake, or head to head."""
        claims = Counter(heads.values())
        return {
            player
            for player, head in heads.items()
            if claims[head] > 1 or not (self._free(head) or self._is_left(head))
        }

    def _is_left(self, place: Place) -> bool:
        """Whether a tail is there that moves on in this tick: it is no obstacle."""
        if place not in self.taken:
            return False
        owner = self.bodies[self.cells[self.taken[place]].owner]
        return place == owner.places[0] and not owner.growing

    def _draw_tails_in(self) -> None:
        for body in self.bodies.values():
            if body.growing:
                body.growing -= 1
            else:
                self._clear(body.places.pop(0))

    def _put_heads(self, heads: dict[int, Place]) -> None:
        for player, body in self.bodies.items():
            place = heads[player]
            if place in self.taken:  # only food can be here
                body.growing += 1
                self.scores[self.score_of[player]].points += 1
                self._clear(place)
            self._put(place, player)
            body.places.append(place)

    def _clear_body(self, player: int, *, leave_food: bool) -> None:
        """Take a snake off the board; every third cell of a dead one turns into food."""
        body = self.bodies.pop(player, None)
        for i, place in enumerate(body.places if body else ()):
            if leave_food and i % 3 == 0:
                self.cells[self.taken[place]].owner = FOOD
            else:
                self._clear(place)
