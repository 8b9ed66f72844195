// What is on the board, as the eye shall see it between two ticks. It follows states and a clock; it paints nothing.

import { between, travels, turned } from "./motion.js";

const PAINTED = new Set(["cell", "dot", "arrow", "box", "text"]);
const GHOST_TIME = 0.35; // seconds that something is still to be seen after it is gone
const MOST_GHOSTS = 200; // a page in the background gets states but does not paint
const CROWD = 3; // cells of one colour gone at once: not a tail that moves on, but an end worth a puff

const NEIGHBORS = [[1, 0], [-1, 0], [0, 1], [0, -1]];

/**
 * One thing on the board.
 * @typedef {object} Sprite
 * @property {object} row the entity's values
 * @property {Record<string, string | number>} look of its table
 * @property {number} color 0 for nobody's, n for player n
 * @property {boolean} own
 * @property {{x: number, y: number, angle: number}} from
 * @property {{x: number, y: number, angle: number}} to
 * @property {number} movedAt seconds
 * @property {number} bornAt seconds; -Infinity for what was there before we came
 * @property {boolean} sprouted whether it came out of its neighbor, and so is in its full size from the start
 */

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
 * Whether a schema has anything to be painted.
 * @param {{tables: {look?: {kind: string}}[]}} schema
 */
export function hasPicture(schema) {
  return schema.tables.some((table) => PAINTED.has(table.look?.kind));
}

export class Sprites {
  /** @type {{name: string, look: object, sprites: Map<number, Sprite>, onGrid: boolean}[]} in the order of painting */
  layers;
  /** @type {{sprite: Sprite, since: number, way: "puff" | "fade" | "slip"}[]} what has just gone, and how it goes */
  ghosts = [];
  #board;
  #player;
  #tickTime;
  #stillAt = 0;

  /**
   * @param {object} schema
   * @param {number} player whose things are `own`; 0 for a watcher
   * @param {number} tickRate ticks a second
   */
  constructor(schema, player, tickRate) {
    this.#board = schema.board;
    this.#player = player;
    this.#tickTime = 1 / tickRate;
    const painted = schema.tables.filter((table) => PAINTED.has(table.look?.kind));
    this.layers = painted.map(({ name, look }) => ({ name, look, sprites: new Map(), onGrid: look.kind === "cell" }));
  }

  /**
   * Follow a state.
   * @param {import("./mirror.js").StateChanges} state
   * @param {Record<string, Map<number, object>>} tables as they are after it
   * @param {number} now seconds
   */
  apply({ full, changes }, tables, now) {
    for (const layer of this.layers) {
      const { added, changed, removed } = changes[layer.name];
      const leaving = [...removed.keys()].map((id) => layer.sprites.get(id));
      for (const id of removed.keys()) layer.sprites.delete(id);
      for (const id of changed.keys()) this.#follow(layer, id, tables[layer.name].get(id), now);
      for (const [id, row] of added) layer.sprites.set(id, this.#create(layer.look, row, full ? -Infinity : now));
      if (!full) this.#animateComing(layer, [...added.keys()], now);
      if (!full) this.#animateGoing(layer, leaving, now);
    }
    this.#stillAt = now + Math.max(this.#tickTime, GHOST_TIME);
  }

  /** Whether something still moves or fades at this time, in seconds. */
  moving(now) {
    return now < this.#stillAt;
  }

  /** Forget the ghosts that have faded. */
  sweep(now) {
    this.ghosts = this.ghosts.filter((ghost) => this.faded(ghost, now) < 1);
  }

  /**
   * Where a sprite is to be seen.
   * @returns {{x: number, y: number, angle: number}} board units and degrees
   */
  place({ from, to, movedAt }, now) {
    const progress = Math.min(1, (now - movedAt) / this.#tickTime);
    if (progress >= 1) return to;
    return { x: between(from.x, to.x, progress), y: between(from.y, to.y, progress), angle: turned(from.angle, to.angle, progress) };
  }

  /** How much of a ghost has faded, 0 to 1. */
  faded({ since, way }, now) {
    return Math.min(1, (now - since) / (way === "slip" ? this.#tickTime : GHOST_TIME));
  }

  #create(look, row, bornAt) {
    const at = placeOf(look, row);
    return { row, look, ...this.#ownership(look, row), from: at, to: at, movedAt: bornAt, bornAt, sprouted: false };
  }

  #follow(layer, id, row, now) {
    const sprite = layer.sprites.get(id);
    const to = placeOf(layer.look, row);
    if (!travels(sprite.to, to, this.#board, layer.onGrid)) {
      layer.sprites.set(id, this.#create(layer.look, row, now));
      if (layer.onGrid) this.#animateGoing(layer, [sprite], now);
      return;
    }
    sprite.from = this.place(sprite, now);
    Object.assign(sprite, { row, to, movedAt: now }, this.#ownership(layer.look, row));
  }

  // Without a `player` in the look, the colour tells whose it is: colour n is that of player n.
  #ownership(look, row) {
    const color = looked(look, row, "color", 0);
    const owner = look.player ? row[look.player] : typeof look.color === "string" ? color : 0;
    return { color, own: this.#player > 0 && owner === this.#player };
  }

  // A cell that is added next to one of its colour comes out of it: so a head glides though the wire only knows cells.
  #animateComing(layer, ids, now) {
    if (!layer.onGrid || ids.length === 0) return;
    const places = placesOf(layer);
    for (const id of ids) {
      const sprite = layer.sprites.get(id);
      const parents = neighborsOf(places, sprite).filter(({ bornAt }) => bornAt < now);
      if (sprite.color === 0 || parents.length === 0) continue;
      const youngest = parents.reduce((a, b) => (b.bornAt > a.bornAt ? b : a));
      Object.assign(sprite, { from: youngest.to, movedAt: now, sprouted: true });
    }
  }

  // And one that is removed slips into the oldest neighbor of its colour, as a tail is drawn in.
  #animateGoing(layer, sprites, now) {
    if (sprites.length === 0) return;
    const crowd = new Map();
    for (const { color } of sprites) crowd.set(color, (crowd.get(color) ?? 0) + 1);
    const places = layer.onGrid ? placesOf(layer) : new Map();
    for (const sprite of sprites) {
      const neighbors = sprite.color === 0 ? [] : neighborsOf(places, sprite);
      if (sprite.color === 0 || crowd.get(sprite.color) >= CROWD) this.#haunt(sprite, "puff", now);
      else if (neighbors.length === 0) this.#haunt(sprite, "fade", now);
      else {
        const oldest = neighbors.reduce((a, b) => (b.bornAt < a.bornAt ? b : a));
        this.#haunt({ ...sprite, from: sprite.to, to: oldest.to, movedAt: now }, "slip", now);
      }
    }
  }

  #haunt(sprite, way, now) {
    this.ghosts.push({ sprite, way, since: now });
    if (this.ghosts.length > MOST_GHOSTS) this.ghosts.shift();
  }
}

function placesOf({ sprites }) {
  return new Map([...sprites.values()].map((sprite) => [`${sprite.to.x},${sprite.to.y}`, sprite]));
}

function neighborsOf(places, { color, to }) {
  const around = NEIGHBORS.map(([dx, dy]) => places.get(`${to.x + dx},${to.y + dy}`));
  return around.filter((sprite) => sprite?.color === color);
}

function placeOf(look, row) {
  return { x: looked(look, row, "x", 0), y: looked(look, row, "y", 0), angle: looked(look, row, "angle", 0) };
}
