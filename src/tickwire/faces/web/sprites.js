// What is on the board, as the eye shall see it between two ticks. It follows states and a clock; it paints nothing.

import { between, travels, turned } from "./motion.js";
import { isTurned, looked, OF_FIELDS, placeOf } from "./sides.js";

export { looked };

const PAINTED = new Set([...OF_FIELDS, "dot", "arrow", "box", "text"]);
const SLIDE_TIME = 0.2; // seconds that a piece takes to slide, if a tick is shorter
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
 * @property {[boolean, boolean]} named whether a field is one that shows its column's, its row's name
 * @property {boolean} sprouted whether it came out of its neighbor, and so is in its full size from the start
 */

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
  /** Whether the player sits on the other side of the board. */
  turned = false;
  /** The names of tables that `show` has, and `apply` leaves out. */
  shown = new Set();
  #tables;
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
    this.#tables = schema.tables;
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
    if (isTurned(this.#tables, tables, this.#player) !== this.turned) return this.#turn(tables);
    for (const layer of this.layers) {
      if (this.shown.has(layer.name)) continue;
      const { added, changed, removed } = changes[layer.name];
      const leaving = [...removed.keys()].map((id) => layer.sprites.get(id));
      for (const id of removed.keys()) layer.sprites.delete(id);
      for (const id of changed.keys()) this.#follow(layer, id, tables[layer.name].get(id), now);
      for (const [id, row] of added) layer.sprites.set(id, this.#create(layer.look, row, full ? -Infinity : now));
      if (layer.look.kind === "square") nameEdges(layer);
      if (layer.look.kind === "square" || layer.look.kind === "mark") continue;
      if (!full) this.#animateComing(layer, [...added.keys()], now);
      if (!full) this.#animateGoing(layer, leaving, now);
    }
    this.#stillAt = now + Math.max(this.#tickTime, GHOST_TIME);
  }

  /**
   * Take in the rows of the tables in `shown`, which are where they are to be seen now. Once a frame.
   * @param {Record<string, Map<number, object>>} tables
   * @param {number} now seconds
   */
  show(tables, now) {
    for (const layer of this.layers) {
      if (!this.shown.has(layer.name)) continue;
      const rows = tables[layer.name];
      const leaving = [...layer.sprites.keys()].filter((id) => !rows.has(id));
      this.#animateGoing(layer, leaving.map((id) => layer.sprites.get(id)), now);
      for (const id of leaving) layer.sprites.delete(id);
      for (const [id, row] of rows) {
        const sprite = layer.sprites.get(id);
        if (!sprite) layer.sprites.set(id, this.#create(layer.look, row, now));
        else {
          const to = placeOf(layer.look, row, this.#board, this.turned);
          Object.assign(sprite, { row, from: to, to }, this.#ownership(layer.look, row));
        }
      }
    }
  }

  /** What is in a field of the board, as the game has it: the names of its column and row, and its piece. */
  inField(x, y) {
    const [atX, atY] = this.turned ? [this.#board[0] - 1 - x, this.#board[1] - 1 - y] : [x, y];
    const found = this.layers.flatMap(({ sprites }) => [...sprites.values()].filter(({ to }) => to.x === atX && to.y === atY));
    const text = (kind, key) => found.filter(({ look }) => look.kind === kind).map(({ look, row }) => looked(look, row, key, "")).join("");
    const piece = found.findLast(({ look }) => look.kind === "piece"); // the one on top
    const side = piece && (looked(piece.look, piece.row, "side", 0) ? "dark" : "light");
    const sign = piece && looked(piece.look, piece.row, "glyph", "");
    return { column: text("square", "column"), row: text("square", "row"), piece: sign, side };
  }

  // The other side of the board is another picture: nothing moves from the one to the other.
  #turn(tables) {
    this.turned = !this.turned;
    for (const layer of this.layers) {
      layer.sprites = new Map([...tables[layer.name]].map(([id, row]) => [id, this.#create(layer.look, row, -Infinity)]));
      if (layer.look.kind === "square") nameEdges(layer);
    }
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
  place({ look, from, to, movedAt }, now) {
    const time = look.kind === "piece" ? Math.max(this.#tickTime, SLIDE_TIME) : this.#tickTime;
    const progress = Math.min(1, (now - movedAt) / time);
    if (progress >= 1) return to;
    return { x: between(from.x, to.x, progress), y: between(from.y, to.y, progress), angle: turned(from.angle, to.angle, progress) };
  }

  /** How much of a ghost has faded, 0 to 1. */
  faded({ since, way }, now) {
    return Math.min(1, (now - since) / (way === "slip" ? this.#tickTime : GHOST_TIME));
  }

  #create(look, row, bornAt) {
    const at = placeOf(look, row, this.#board, this.turned);
    const whose = this.#ownership(look, row);
    return { row, look, ...whose, from: at, to: at, movedAt: bornAt, bornAt, named: [false, false], sprouted: false };
  }

  #follow(layer, id, row, now) {
    const sprite = layer.sprites.get(id);
    const to = placeOf(layer.look, row, this.#board, this.turned);
    if (layer.look.kind !== "piece" && !travels(sprite.to, to, this.#board, layer.onGrid)) {
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

// The fields at the bottom show their columns' names, those on the left their rows'.
function nameEdges({ sprites }) {
  const places = [...sprites.values()].map(({ to }) => to);
  const [left, bottom] = [Math.min(...places.map(({ x }) => x)), Math.max(...places.map(({ y }) => y))];
  for (const sprite of sprites.values()) sprite.named = [sprite.to.y === bottom, sprite.to.x === left];
}

function placesOf({ sprites }) {
  return new Map([...sprites.values()].map((sprite) => [`${sprite.to.x},${sprite.to.y}`, sprite]));
}

function neighborsOf(places, { color, to }) {
  const around = NEIGHBORS.map(([dx, dy]) => places.get(`${to.x + dx},${to.y + dy}`));
  return around.filter((sprite) => sprite?.color === color);
}
