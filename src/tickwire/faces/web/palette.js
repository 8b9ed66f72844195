// Colours that people with any colour vision can tell apart, on a dark board.
// Source: Okabe and Ito, Color Universal Design (2008); the dark ones are lightened for the dark ground, and white stands for their black.

export const PLAYER_COLORS = [
  "#f0a11e", // orange
  "#5bbcf0", // sky blue
  "#12b886", // bluish green
  "#f3e54b", // yellow
  "#3b82f6", // blue
  "#ee6a2c", // vermilion
  "#e08fc4", // reddish purple
  "#eef1f6", // white
];

/** Of what belongs to nobody and is worth having: food. */
const NEUTRAL_COLOR = "#b7f5c8";

/** Of what is only there: walls, rocks. */
const SCENERY_COLOR = "#4a5875";

// Boards with pieces: the light and the dark of fields and pieces differ in lightness above all, and a piece has an edge of
// the other's colour.
export const FIELDS = ["#c3cde0", "#7486ac"];
export const PIECES = ["#fbfcff", "#1a2133"];
export const [LAST_MOVE, CHOSEN, DANGER] = ["#f3d13b", "#f0a11e", "#e0452b"];

/**
 * @param {number} number 0 for what is nobody's, n for player n, -1 for scenery
 * @returns {string} a CSS colour
 */
export function colorOf(number) {
  if (number === -1) return SCENERY_COLOR;
  if (!Number.isInteger(number) || number < 1) return NEUTRAL_COLOR;
  return PLAYER_COLORS[(number - 1) % PLAYER_COLORS.length];
}
