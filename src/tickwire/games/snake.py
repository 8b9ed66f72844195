"""Snake for any number of players on one board."""

from collections import Counter
from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16

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
    points: u16 = 0
    look = Look.score(player="player", value="points")


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
    bodies: dict[int, list[Place]]  # where the cells of each living player are, tail first
    heading: dict[int, str]
    turns: dict[int, list[str]]  # not yet taken, one a tick
    reborn: dict[int, int]  # the tick of the next life of each dead player
    growing: dict[int, int]  # cells that each snake will still grow
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
        if player.id not in self.bodies:
            return
        waiting = self.turns[player.id]
        last = waiting[-1] if waiting else self.heading[player.id]
        if len(waiting) < TURNS_AHEAD and turn.heading not in (last, OPPOSITE[last]):
            waiting.append(turn.heading)

    def step(self) -> None:
        """Every snake moves one cell, all at once."""
        for player, tick in list(self.reborn.items()):
            if self.tick >= tick:
                del self.reborn[player]
                self._spawn(player)
        heads = {player: self._next_place(player) for player in self.bodies}
        dead = self._collisions(heads)
        for player in dead:
            self.emit("died", player=player)
            self.reborn[player] = self.tick + RESPAWN
            self.scores[self.score_of[player]].points = 0
            self._clear_body(player, leave_food=True)
        alive = {player: head for player, head in heads.items() if player not in dead}
        for player in alive:
            self._draw_tail_in(player)
        for player, head in alive.items():
            self._put_head(player, head)
        self._strew_food()

    def bot(self, player: Player) -> Turn | None:
        """Towards the nearest food, but never into a dead end if there is a way around."""
        if player.id not in self.bodies:
            return None
        heading = self.heading[player.id]
        x, y = self._head(player.id)
        food = [c for c in self.cells if c.owner == FOOD]
        goal = min(food, key=lambda c: abs(c.x - x) + abs(c.y - y), default=None)

        def worth(way: str) -> tuple[int, int]:
            place = (x + WAYS[way][0], y + WAYS[way][1])
            distance = abs(goal.x - place[0]) + abs(goal.y - place[1]) if goal else 0
            return self._room_from(place), -distance

        best = max((w for w in WAYS if w != OPPOSITE[heading]), key=worth)
        return Turn(best) if best != heading else None  # type: ignore[arg-type]

    # --- the board ---

    def _free(self, place: Place) -> bool:
        """Whether a snake can be there: on the board, and nothing there but food."""
        width, height = self.board
        if not (0 <= place[0] < width and 0 <= place[1] < height):
            return False
        return place not in self.taken or self.cells[self.taken[place]].owner == FOOD

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
        """A new cell; what was there is gone."""
        if place in self.taken:
            self.cells.remove(self.taken[place])
        self.taken[place] = self.cells.add(self.cells.entity(*place, owner)).id

    def _clear(self, place: Place) -> None:
        """No cell is there any more."""
        self.cells.remove(self.taken.pop(place))

    def _strew_food(self) -> None:
        """Keep two more pieces of food on the board than there are players."""
        snake_cells = sum(map(len, self.bodies.values()))
        missing = len(self.players) + 3 - (len(self.cells) - snake_cells)
        for _ in range(missing):
            place = self._random_place(0)
            if place not in self.taken:
                self._put(place, FOOD)

    def _random_place(self, margin: int) -> Place:
        width, height = self.board
        return (self.random.randrange(margin, width - margin), self.random.randrange(margin, height - margin))

    # --- the snakes ---

    def _head(self, player: int) -> Place:
        return self.bodies[player][-1]

    def _spawn(self, player: int) -> None:
        """A short snake somewhere with room ahead of it."""
        for _ in range(50):
            x, y = self._random_place(START_LENGTH + 2)
            heading = "right" if x < self.board[0] / 2 else "left"
            dx = WAYS[heading][0]
            body = [(x + dx * i, y) for i in range(START_LENGTH)]
            if all(self._free((x + dx * i, y)) for i in range(START_LENGTH + 3)):
                for place in body:
                    self._put(place, player)
                self.bodies[player] = body
                self.heading[player] = heading
                self.turns[player] = []
                self.growing[player] = 0
                return
        self.reborn[player] = self.tick + RESPAWN  # the board is crowded: wait for another try

    def _next_place(self, player: int) -> Place:
        if self.turns[player]:
            self.heading[player] = self.turns[player].pop(0)
        x, y = self._head(player)
        dx, dy = WAYS[self.heading[player]]
        return x + dx, y + dy

    def _collisions(self, heads: dict[int, Place]) -> set[int]:
        """Who dies: of a wall, of a snake, or head to head. A tail that moves on in this tick is no obstacle."""
        leaving = {body[0] for player, body in self.bodies.items() if not self.growing[player]}
        claims = Counter(heads.values())
        return {
            player for player, head in heads.items() if claims[head] > 1 or not (self._free(head) or head in leaving)
        }

    def _draw_tail_in(self, player: int) -> None:
        if self.growing[player]:
            self.growing[player] -= 1
        else:
            self._clear(self.bodies[player].pop(0))

    def _put_head(self, player: int, place: Place) -> None:
        if place in self.taken:  # only food can be here
            self.growing[player] += 1
            self.scores[self.score_of[player]].points += 1
        self._put(place, player)
        self.bodies[player].append(place)

    def _clear_body(self, player: int, *, leave_food: bool) -> None:
        """Take a snake off the board; every third cell of a dead one turns into food."""
        for i, place in enumerate(self.bodies.pop(player, [])):
            if leave_food and i % 3 == 0:
                self.cells[self.taken[place]].owner = FOOD
            else:
                self._clear(place)
        for held in (self.heading, self.turns, self.growing):
            held.pop(player, None)
