// Arena's rules for what is one's own, in whole numbers as in tickwire/games/arena.py, so that both come to the same bits.
// tests/games/arena_golden.json holds them to that.

const STEP = 512; // steps of a position in a unit
const ONE = 16384; // a velocity of one unit a tick
const SHIP_RADIUS = 1.5;
const ROCK_RADIUS = 2.5;
const TOP_SPIN = 5;
const THRUST = 410;
const DRAG = 48;
const BRAKE = 10;
const SHOT_SPEED = 2;
const GUN_REST = 8;
const [WIDTH, HEIGHT] = [160, 96];
const DEGREES = 360 / 256;

export const DIRECTIONS = Array.from({ length: 256 }, (_, heading) =>
  [Math.cos, Math.sin].map((way) => Math.round(ONE * way((2 * Math.PI * heading) / 256)) | 0));

const WALLS_OF_A_QUARTER = [
  [0, 0, WIDTH, 2], [0, 2, 2, HEIGHT - 4], [30, 22, 20, 3], [30, 25, 3, 11], [18, 46, 14, 4], [64, 12, 32, 3], [78, 36, 4, 24],
];
const ROCKS_OF_A_QUARTER = [[16, 14], [44, 36], [60, 28], [64, 48]];

/** As x, y, width, height, sorted as the rules sort them. */
export const WALLS = mirrored(WALLS_OF_A_QUARTER, ([x, y, w, h], a, b) => [a ? WIDTH - x - w : x, b ? HEIGHT - y - h : y, w, h]);
/** As x, y. */
export const ROCKS = mirrored(ROCKS_OF_A_QUARTER, ([x, y], a, b) => [a ? WIDTH - x : x, b ? HEIGHT - y : y]);

const BOXES = WALLS.map(([x, y, w, h]) =>
  [x - SHIP_RADIUS, y - SHIP_RADIUS, x + w + SHIP_RADIUS, y + h + SHIP_RADIUS].map((n) => Math.trunc(n * STEP)));
const ROCK_REACH = (ROCK_RADIUS + SHIP_RADIUS) * STEP;

/**
 * One tick of a ship: positions in 512ths of a unit, velocities in 16384ths of a unit a tick, angles in 256ths of a circle.
 * @param {{x: number, y: number, vx: number, vy: number, heading: number, spin: number}} ship
 * @param {{turn_left: boolean, turn_right: boolean, thrust: boolean, brake: boolean}} keys
 */
export function fly(ship, keys) {
  const turn = Number(keys.turn_right) - Number(keys.turn_left);
  const spin = ship.spin * turn <= 0 ? turn : Math.max(-TOP_SPIN, Math.min(TOP_SPIN, ship.spin + turn));
  const heading = (ship.heading + spin) & 255;
  let { vx, vy } = ship;
  if (keys.thrust) {
    const [dx, dy] = DIRECTIONS[heading];
    [vx, vy] = [vx + cut(dx * THRUST, ONE), vy + cut(dy * THRUST, ONE)];
  }
  if (keys.brake) [vx, vy] = [vx - cut(vx, BRAKE), vy - cut(vy, BRAKE)];
  [vx, vy] = [vx - cut(vx, DRAG), vy - cut(vy, DRAG)];
  let [x, y] = [ship.x + cut(vx, ONE / STEP), ship.y];
  for (const [left, top, right, bottom] of BOXES) {
    if (left < x && x < right && top < y && y < bottom) [x, vx] = [x > ship.x ? left : right, -cut(vx, 2)];
  }
  y += cut(vy, ONE / STEP);
  for (const [left, top, right, bottom] of BOXES) {
    if (left < x && x < right && top < y && y < bottom) [y, vy] = [y > ship.y ? top : bottom, -cut(vy, 2)];
  }
  for (const [rockX, rockY] of ROCKS) {
    const [atX, atY] = [rockX * STEP, rockY * STEP];
    const [dx, dy] = [x - atX, y - atY];
    const distance = Math.floor(Math.sqrt(dx * dx + dy * dy));
    if (distance > 0 && distance < ROCK_REACH) {
      [x, y] = [atX + cut(dx * ROCK_REACH, distance), atY + cut(dy * ROCK_REACH, distance)];
      const inwards = Math.min(0, cut(vx * dx + vy * dy, distance));
      [vx, vy] = [vx - cut(3 * inwards * dx, 2 * distance), vy - cut(3 * inwards * dy, 2 * distance)];
    }
  }
  return { x: x | 0, y: y | 0, vx: vx | 0, vy: vy | 0, heading, spin };
}

/** By table, one tick of a row of one's own, null if its way is over: what `client.predict` takes. */
export const moves = {
  Ship(row, keys, bring) {
    const heading = Math.round(row.angle / DEGREES) & 255;
    const { x, y, vx, vy, spin } = row;
    const after = fly({ x: Math.round(x * STEP), y: Math.round(y * STEP), vx, vy, heading, spin }, keys);
    const at = { x: after.x / STEP, y: after.y / STEP };
    const fires = keys.fire && row.reload <= 1;
    if (fires) bring("Shot", { ...at, heading: after.heading, player: row.player });
    const reload = fires ? GUN_REST : Math.max(0, row.reload - 1);
    return { ...row, ...at, vx: after.vx, vy: after.vy, spin: after.spin, angle: after.heading * DEGREES, reload };
  },

  // A shot that meets the ground is there at the end of that tick, which is its last.
  Shot(row) {
    if (row.met) return null;
    const [dx, dy] = DIRECTIONS[row.heading].map((n) => (n * SHOT_SPEED) / ONE);
    const share = meetsGround(row.x, row.y, dx, dy);
    if (share > 1) return { ...row, x: row.x + dx, y: row.y + dy };
    return { ...row, x: row.x + dx * share, y: row.y + dy * share, met: true };
  },
};

/** At which share of the way a point comes to a wall or a rock; Infinity for never. */
function meetsGround(x, y, dx, dy) {
  let first = Infinity;
  for (const [left, top, width, height] of WALLS) {
    let [enter, leave] = [0, 1];
    for (const [at, way, low, high] of [[x, dx, left, left + width], [y, dy, top, top + height]]) {
      if (way !== 0) {
        const [one, other] = [(low - at) / way, (high - at) / way];
        [enter, leave] = [Math.max(enter, Math.min(one, other)), Math.min(leave, Math.max(one, other))];
      } else if (!(low < at && at < high)) leave = -1;
    }
    if (enter <= leave) first = Math.min(first, enter);
  }
  for (const [rockX, rockY] of ROCKS) first = Math.min(first, enters(x - rockX, y - rockY, dx, dy, ROCK_RADIUS));
  return first;
}

function enters(x, y, dx, dy, radius) {
  const [outside, b] = [x * x + y * y - radius * radius, x * dx + y * dy];
  if (outside <= 0) return 0;
  const root = b * b - (dx * dx + dy * dy) * outside;
  if (root < 0 || b >= 0) return Infinity;
  const share = outside / (Math.sqrt(root) - b);
  return share <= 1 ? share : Infinity;
}

function mirrored(quarter, place) {
  const all = quarter.flatMap((one) => [place(one, false, false), place(one, true, false), place(one, false, true), place(one, true, true)]);
  const unique = [...new Map(all.map((one) => [one.join(), one])).values()];
  return unique.sort((a, b) => a.map((n, i) => n - b[i]).find((n) => n !== 0) ?? 0);
}

// a / b without its fraction.
function cut(a, b) {
  return Math.trunc(a / b);
}
