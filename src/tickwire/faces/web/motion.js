// How things get from one tick to the next on the screen.
// Source: Valve, Source Multiplayer Networking ("entity interpolation"): show what is a tick old, and move smoothly towards what came last.

const TELEPORT = 1 / 4; // of the board; a longer way in one tick is a jump, or the way round a torus, and is not travelled
const CELL_SLIDE = 1.5; // cells; a piece of a grid that goes farther did not slide there

/**
 * @param {number} from
 * @param {number} to
 * @param {number} progress 0 to 1
 */
export function between(from, to, progress) {
  return from + (to - from) * progress;
}

/**
 * As `between`, the shorter way round.
 * @param {number} from degrees
 * @param {number} to degrees
 * @param {number} progress 0 to 1
 * @returns {number} degrees
 */
export function turned(from, to, progress) {
  const way = ((((to - from) % 360) + 540) % 360) - 180;
  return from + way * progress;
}

/**
 * Whether the way from one place to another is one to be seen travelled.
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @param {[number, number]} board width and height
 * @param {boolean} onGrid
 */
export function travels(from, to, [width, height], onGrid) {
  const dx = Math.abs(to.x - from.x);
  const dy = Math.abs(to.y - from.y);
  if (onGrid) return dx + dy <= CELL_SLIDE;
  return dx <= width * TELEPORT && dy <= height * TELEPORT;
}
