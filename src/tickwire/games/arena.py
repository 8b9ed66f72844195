"""Arena: ships that turn, thrust, brake and shoot among walls and rocks.

`Ship.move` is what a pilot can do, and all of it: the server plays with it, and clients play their own ship ahead with
the same function. It uses whole numbers only, none above 2**31, so that a page in JavaScript comes to the same bits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import cos, isqrt, pi, sin, sqrt
from typing import NamedTuple

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, fixed, i8, i16, u8, u16, u32
from tickwire.games._arena_ground import HEIGHT, ROCK_RADIUS, ROCKS, SPAWNS, WALLS, WIDTH, enters, meets_ground

STEP = 512  # steps of a position in a unit; its inverse has nine decimals, so a client reads positions exactly
ONE = 16_384  # a velocity of one unit a tick; also the length of the vectors in DIRECTIONS

SHIP_RADIUS, SHOT_RADIUS = 1.5, 0.5  # units
TOP_SPIN = 5  # 256ths of a circle a tick: a full turn takes 1.7 s; a tap turns by one, for aiming far
THRUST = 410  # per tick and tick, of ONE
DRAG = 48  # a 48th of the speed is lost in a tick, so a ship comes to 1.2 units a tick and no further
BRAKE = 10  # and a tenth more with the brake on

SHOT_SPEED = 2.0  # units a tick
SHOT_LIFE = 45  # ticks
GUN_REST = 8  # ticks between two shots
SHIELD = 3  # hits that a ship takes; the next one destroys it
SHIELD_REST = 150  # ticks without a hit that bring one back
RESPAWN = 60  # ticks between a death and the next life

LET_GO = 15  # ticks without a word after which keys count as released: a lost connection does not fly in circles

# The 256 headings, 0 to the right and growing clockwise, as vectors of length ONE. None of these is so near to a half
# that two maths libraries could round it to different sides; a test holds that.
DIRECTIONS = [(round(ONE * cos(2 * pi * h / 256)), round(ONE * sin(2 * pi * h / 256))) for h in range(256)]
DEGREES = 360 / 256
SHOT_WAYS = [(dx * SHOT_SPEED / ONE, dy * SHOT_SPEED / ONE) for dx, dy in DIRECTIONS]  # of a tick

# The same as a ship's middle meets them, in steps: left, top, right, bottom; and middles and reach.
_BOXES = [(x - SHIP_RADIUS, y - SHIP_RADIUS, x + w + SHIP_RADIUS, y + h + SHIP_RADIUS) for x, y, w, h in WALLS]
_WALLS = [(int(a * STEP), int(b * STEP), int(c * STEP), int(d * STEP)) for a, b, c, d in _BOXES]
_ROCKS = [(x * STEP, y * STEP) for x, y in ROCKS]
_ROCK_REACH = int((ROCK_RADIUS + SHIP_RADIUS) * STEP)


class Keys(Input):
    """The keys that are held, all of them, until the next word: sending more does not make a ship move more."""

    turn_left: bool = False
    turn_right: bool = False
    thrust: bool = False
    brake: bool = False
    fire: bool = False


class Wall(Entity):
    """What stops ships and shots."""

    x: u16
    y: u16
    width: u16
    height: u16
    look = Look.box(x="x", y="y", width="width", height="height", color=-1)


class Rock(Entity):
    """So does this, but it is round."""

    x: u16
    y: u16
    look = Look.dot(x="x", y="y", radius=ROCK_RADIUS, color=-1)


class Shot(Entity):
    """A shot on its way; it flies straight."""

    x: float = fixed(0, WIDTH, step=0.125)
    y: float = fixed(0, HEIGHT, step=0.125)
    heading: u8
    player: u16
    look = Look.dot(x="x", y="y", radius=SHOT_RADIUS, color="player", player="player")

    def move(self, _: Keys) -> bool:
        """One tick of its way, up to the ground that stops it; False if it meets some."""
        dx, dy = SHOT_WAYS[self.heading]
        share = meets_ground(self.x, self.y, dx, dy)
        part = min(1.0, share)
        self.x, self.y = self.x + dx * part, self.y + dy * part
        return share > 1


class Ship(Entity):
    """A ship: all that `move` needs to know of it, and its shield."""

    x: float = fixed(0, WIDTH, step=1 / STEP, jump=8)
    y: float = fixed(0, HEIGHT, step=1 / STEP, jump=8)
    angle: float = fixed(0, 360, step=DEGREES, blend="angle")
    vx: i16 = 0
    vy: i16 = 0
    spin: i8 = 0
    reload: u8 = 0  # ticks until the gun is ready
    player: u16 = 0
    shield: u8 = SHIELD
    look = Look.arrow(x="x", y="y", angle="angle", size=4, color="player", player="player")
    rewind = True

    def move(self, keys: Keys) -> Shot | None:
        """One tick of its flight; gives the shot that it fires."""
        before = flight_of(self)
        after = fly(before, keys)
        if after != before:
            self.x, self.y, self.angle = after.x / STEP, after.y / STEP, after.heading * DEGREES
            self.vx, self.vy, self.spin = after.vx, after.vy, after.spin
        if self.reload:
            self.reload -= 1
        if not keys.fire or self.reload:
            return None
        self.reload = GUN_REST
        return Shot(x=self.x, y=self.y, heading=after.heading, player=self.player)


class Score(Entity):
    """A line of the scoreboard."""

    player: u16
    points: u32 = 0
    look = Look.score(player="player", value="points")


class Flight(NamedTuple):
    """How a ship moves, in whole numbers: positions in 512ths of a unit, velocities in 16384ths of a unit a tick."""

    x: int
    y: int
    vx: int = 0
    vy: int = 0
    heading: int = 0  # 256ths of a circle
    spin: int = 0  # 256ths of a circle a tick


def fly(ship: Flight, keys: Keys) -> Flight:
    """One tick of a ship, under the keys that its pilot holds. Everything that moves a ship is in here.

    Ships pass through each other: a client does not know in time where the others are, and could not predict a bump.
    """
    turn = keys.turn_right - keys.turn_left
    spin = turn if ship.spin * turn <= 0 else max(-TOP_SPIN, min(TOP_SPIN, ship.spin + turn))
    heading = (ship.heading + spin) & 255
    vx, vy = ship.vx, ship.vy
    if keys.thrust:
        dx, dy = DIRECTIONS[heading]
        vx, vy = vx + _cut(dx * THRUST, ONE), vy + _cut(dy * THRUST, ONE)
    if keys.brake:
        vx, vy = vx - _cut(vx, BRAKE), vy - _cut(vy, BRAKE)
    vx, vy = vx - _cut(vx, DRAG), vy - _cut(vy, DRAG)
    # One axis after the other, so that a ship slides along a wall, and comes off it with half of its speed.
    x, y = ship.x + _cut(vx, ONE // STEP), ship.y
    for left, top, right, bottom in _WALLS:
        if left < x < right and top < y < bottom:
            x, vx = left if x > ship.x else right, -_cut(vx, 2)
    y += _cut(vy, ONE // STEP)
    for left, top, right, bottom in _WALLS:
        if left < x < right and top < y < bottom:
            y, vy = top if y > ship.y else bottom, -_cut(vy, 2)
    for rock_x, rock_y in _ROCKS:
        dx, dy = x - rock_x, y - rock_y
        distance = isqrt(dx * dx + dy * dy)
        if 0 < distance < _ROCK_REACH:  # to its rim, and the same with the speed at which it came in
            x, y = rock_x + _cut(dx * _ROCK_REACH, distance), rock_y + _cut(dy * _ROCK_REACH, distance)
            inwards = min(0, _cut(vx * dx + vy * dy, distance))
            vx, vy = vx - _cut(3 * inwards * dx, 2 * distance), vy - _cut(3 * inwards * dy, 2 * distance)
    return Flight(x, y, vx, vy, heading, spin)


def _cut(a: int, b: int) -> int:
    """a / b without its fraction, as JavaScript's (a / b) | 0; b is above 0."""
    return a // b if a >= 0 else -(-a // b)


def flight_of(ship: Ship) -> Flight:
    """How a ship moves, from its row; a client's copy of it gives the same."""
    x, y, heading = round(ship.x * STEP), round(ship.y * STEP), round(ship.angle / DEGREES) & 255
    return Flight(x, y, ship.vx, ship.vy, heading, ship.spin)


def hits(shot: Shot, ships: Iterable[Ship]) -> Ship | None:
    """The ship that a shot meets first on its way of this tick, if no wall and no rock is before it.

    The ships may be where they are, or where the shooter saw them.
    """
    dx, dy = SHOT_WAYS[shot.heading]
    first, met = meets_ground(shot.x, shot.y, dx, dy), None
    for ship in ships:
        if ship.player != shot.player:
            share = enters(shot.x - ship.x, shot.y - ship.y, dx, dy, SHIP_RADIUS + SHOT_RADIUS)
            if share < first:
                first, met = share, ship
    return met


@dataclass
class Pilot:
    """What the game remembers of a player, and nobody else sees. Numbers of rows are 0 where there is none."""

    score: int
    ship: int = 0
    reborn: int = 0  # ticks, as all of these
    shield_back: int = 0
    held: Keys = field(default_factory=Keys)
    heard: int = 0


@dataclass
class Charge:
    """What the game remembers of a shot: its last tick, and how many ticks ago its shooter saw the others."""

    end: int
    lag: float


class Arena(Game):
    """Ships that shoot at each other among walls and rocks."""

    tick_rate, seats, board = 30, 16, (WIDTH, HEIGHT)
    inputs = Keys
    _steering = {"left a": "turn_left", "right d": "turn_right", "up w": "thrust", "down s": "brake", "space": "fire"}
    controls = Controls(hold=_steering, input=Keys)
    predict, rollback = Ship, True

    walls: Table[Wall]
    rocks: Table[Rock]
    shots: Table[Shot]
    ships: Table[Ship]
    scores: Table[Score]
    pilots: dict[int, Pilot]
    charges: dict[int, Charge]  # by a shot's row

    def start(self) -> None:
        """The ground."""
        for wall in WALLS:
            self.walls.add(Wall(*wall))
        for rock in ROCKS:
            self.rocks.add(Rock(*rock))

    def join(self, player: Player) -> None:
        """A new ship."""
        self.pilots[player.id] = Pilot(self.scores.add(Score(player.id)).id)
        self._spawn(player.id)

    def leave(self, player: Player) -> None:
        """Ship and score are gone; its shots fly on."""
        pilot = self.pilots.pop(player.id)
        self.scores.remove(pilot.score)
        if pilot.ship:
            self.ships.remove(pilot.ship)

    def receive(self, player: Player, keys: Keys) -> None:
        """The room has held them for their tick."""
        pilot = self.pilots[player.id]
        pilot.held, pilot.heard = keys, self.tick

    def step(self) -> None:
        """Ships fly, then shots; then who died comes back."""
        for player, pilot in self.pilots.items():
            if self.tick > pilot.heard + LET_GO:
                pilot.held = Keys()
            if pilot.ship:
                self._fly(player, pilot)
            elif self.tick >= pilot.reborn:
                self._spawn(player)
        seen: dict[float, Iterable[Ship]] = {0.0: self.ships}
        for shot in self.shots:
            lag = self.charges[shot.id].lag
            if lag not in seen:
                seen[lag] = self.rewound(lag, self.ships)
            self._move_shot(shot, seen[lag])

    def _fly(self, player: int, pilot: Pilot) -> None:
        ship = self.ships[pilot.ship]
        if (shot := ship.move(pilot.held)) is not None:
            self._fire(shot, self.tick + SHOT_LIFE)
        if ship.shield < SHIELD and self.tick >= pilot.shield_back:
            ship.shield += 1
            pilot.shield_back = self.tick + SHIELD_REST

    def _fire(self, shot: Shot, end: int) -> None:
        self.shots.add(shot)
        self.charges[shot.id] = Charge(end, self.players[shot.player].lag)

    def belated(self, player: Player, shot: Shot, ticks: int) -> None:
        """The trigger came late: the shot flies at once what it would have flown, past the others as they were."""
        self._fire(shot, self.tick - ticks + SHOT_LIFE)
        for ago in range(ticks, 0, -1):
            if shot.id in self.charges:
                self._move_shot(shot, self.rewound(player.lag + ago, self.ships))

    def _spawn(self, player: int) -> None:
        """On the free place that is farthest from everybody, looking to the middle."""
        pilot = self.pilots[player]
        places = self.random.sample(SPAWNS, len(SPAWNS))
        others = [(s.x, s.y) for s in self.ships]
        x, y = max(places, key=lambda p: min(((p[0] - a) ** 2 + (p[1] - b) ** 2 for a, b in others), default=0))
        heading = _heading_to(WIDTH / 2 - x, HEIGHT / 2 - y)
        pilot.ship = self.ships.add(Ship(x=x, y=y, angle=heading * DEGREES, player=player)).id

    def _move_shot(self, shot: Shot, ships: Iterable[Ship]) -> None:
        """Past the others where the shooter sees them: who aimed well has hit, however long the way to the server."""
        if (hit := hits(shot, ships)) is not None and (ship := self.ships.get(hit.id)) is not None:
            self._hit(ship, shot.player)
        if hit is not None or self.tick >= self.charges[shot.id].end or not shot.move(Keys()):
            self.shots.remove(shot)
            del self.charges[shot.id]

    def _hit(self, ship: Ship, by: int) -> None:
        pilot = self.pilots[ship.player]
        if ship.shield:
            ship.shield -= 1
            pilot.shield_back = self.tick + SHIELD_REST
            self.emit("hit", player=ship.player, by=by)
            return
        self.emit("destroyed", player=ship.player, by=by)
        self.ships.remove(ship)
        pilot.ship, pilot.reborn = 0, self.tick + RESPAWN
        if by in self.pilots:  # who left scores no more
            self.scores[self.pilots[by].score].points += 1

    def bot(self, player: Player) -> Keys | None:
        """After the nearest ship in sight, shooting where it will be, give or take; else on to somewhere else."""
        if player.id not in self.pilots or (ship := self.ships.get(self.pilots[player.id].ship)) is None:
            return None
        others = sorted(self.ships, key=lambda s: (s.x - ship.x) ** 2 + (s.y - ship.y) ** 2)[1:3]
        prey = next((s for s in others if meets_ground(ship.x, ship.y, s.x - ship.x, s.y - ship.y) > 1), None)
        if prey is None:
            x, y = SPAWNS[(self.tick // 150 + 7 * player.id) % len(SPAWNS)]
            return self._steer(ship, x - ship.x, y - ship.y)
        away = sqrt((prey.x - ship.x) ** 2 + (prey.y - ship.y) ** 2)
        ticks = away / SHOT_SPEED
        # The hand is not quite steady, each bot's in its own rhythm: who is shot at gets away now and then.
        sway, lift = DIRECTIONS[(3 * self.tick + 67 * player.id) & 255]
        aim_x = prey.x - ship.x + (prey.vx * ticks + sway * away / 12) / ONE
        aim_y = prey.y - ship.y + (prey.vy * ticks + lift * away / 12) / ONE
        keys = self._steer(ship, aim_x, aim_y, close=away < 18)
        aimed = abs(_turn(ship, _heading_to(aim_x, aim_y))) <= 3
        keys.fire = aimed and ticks < 0.7 * SHOT_LIFE and (self.tick // 25 + player.id) % 3 != 0  # in bursts
        return keys

    def _steer(self, ship: Ship, dx: float, dy: float, *, close: bool = False) -> Keys:
        """Keys that take a ship that way, around what stands in it."""
        wanted = _heading_to(dx, dy)
        look = min(14.0, sqrt(dx * dx + dy * dy)) / ONE
        for detour in (0, 20, -20, 40, -40, 64, -64, 96, -96):
            ahead_x, ahead_y = DIRECTIONS[(wanted + detour) & 255]
            if meets_ground(ship.x, ship.y, ahead_x * look, ahead_y * look, SHIP_RADIUS + 0.2) > 1:
                wanted += detour
                break
        turn = _turn(ship, wanted)
        # Pressed on, the next tick turns by so much: let go where that would be too far.
        turning = abs(turn) >= (min(TOP_SPIN, abs(ship.spin) + 1) if ship.spin * turn > 0 else 1)
        ahead = abs(turn) < 28
        crash = meets_ground(ship.x, ship.y, ship.vx / ONE * 15, ship.vy / ONE * 15, SHIP_RADIUS) < 1
        return Keys(turning and turn < 0, turning and turn > 0, ahead and not close, brake=close if ahead else crash)


def _heading_to(dx: float, dy: float) -> int:
    """The heading that comes nearest to a direction; without an arctangent, which every machine rounds its own way."""
    near = max(range(0, 256, 16), key=lambda h: DIRECTIONS[h][0] * dx + DIRECTIONS[h][1] * dy)
    around = range(near - 8, near + 9)
    return max(around, key=lambda h: DIRECTIONS[h & 255][0] * dx + DIRECTIONS[h & 255][1] * dy) & 255


def _turn(ship: Ship, heading: int) -> int:
    """How far a ship is to turn to a heading, the shorter way around; in 256ths of a circle, clockwise."""
    return ((heading - round(ship.angle / DEGREES) + 128) & 255) - 128
