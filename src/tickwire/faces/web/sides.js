// From which side a player sees the board, and where things are then.

/** What fills one field of a board of whole numbers. */
export const OF_FIELDS = new Set(["cell", "square", "mark", "piece"]);

/**
 * The value that a look gives for a key: a text names a field, a number is itself.
 * @param {Record<string, string | number>} look
 * @param {object} row
 * @param {string} key
 * @param {any} otherwise if the look does not have the key
 */
export function looked(look, row, key, otherwise) {
  const reference = look[key];
  if (reference === undefined) return otherwise;
  return typeof reference === "string" ? row[reference] : reference;
}

/**
 * Whether a player sits on the other side of the board, and sees it turned by 180 degrees.
 * @param {{name: string, look?: object}[]} tables of the schema
 * @param {Record<string, Map<number, object>>} rows by table
 * @param {number} player 0 for a watcher
 */
export function isTurned(tables, rows, player) {
  const seats = tables.filter(({ look }) => look?.kind === "seat");
  const own = (look, row) => looked(look, row, "player") === player && looked(look, row, "turned", 1);
  return player > 0 && seats.some(({ name, look }) => [...rows[name].values()].some((row) => own(look, row)));
}

/**
 * Where a row is to be seen.
 * @param {object} look
 * @param {object} row
 * @param {[number, number]} board
 * @param {boolean} turned
 * @returns {{x: number, y: number, angle: number}} board units and degrees
 */
export function placeOf(look, row, [width, height], turned) {
  const place = { x: looked(look, row, "x", 0), y: looked(look, row, "y", 0), angle: looked(look, row, "angle", 0) };
  if (!turned) return place;
  const usual = OF_FIELDS.has(look.kind) || look.kind === "box" ? 1 : 0;
  const [wide, high] = look.kind === "box" ? [looked(look, row, "width", 1), looked(look, row, "height", 1)] : [usual, usual];
  return { x: width - wide - place.x, y: height - high - place.y, angle: place.angle + 180 };
}
