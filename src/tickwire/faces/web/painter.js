// The board on a canvas: its size, its ground, and a frame whenever something moves.

import { Cursor } from "./cursor.js";
import { paintCursor, paintGhost, paintSprite, paintTag } from "./looks.js";
import { OF_FIELDS } from "./sides.js";
import { Sprites } from "./sprites.js";

const TAG_TIME = 4; // seconds for which the player's own thing is pointed out after coming in
const MOST_LINES = 64; // of the grid, across the wider side, where cells are to be told apart
const FEW_LINES = 20; // where the grid is only there to show that things move
const LEAST_BESIDE = 120; // CSS pixels to the left of the board in which lines of chat can be read
const WHOLE_PIXELS_FROM = 4; // pixels a cell; from here on whole pixels keep grids crisp and cost little of the size

const calmMotion = matchMedia("(prefers-reduced-motion: reduce)");

export class Painter {
  #canvas;
  #context;
  #ground = document.createElement("canvas");
  #board = [1, 1];
  #sprites = null;
  #scale = 1; // canvas pixels a unit
  #frame = 0;
  #cells = false; // whether the board is a grid of cells
  #beats = false; // whether there may be food, which beats even when no state comes
  #cursor = new Cursor([1, 1]);
  #cameAt = -Infinity; // seconds

  /** @param {HTMLCanvasElement} canvas fills its parent as far as the board's shape allows */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.#resize()).observe(canvas.parentElement);
  }

  /**
   * Begin with a game, or again after a welcome.
   * @param {import("./tickwire.js").Client} client that is joined
   */
  start(client) {
    this.#board = client.schema.board;
    this.#sprites = new Sprites(client.schema, client.player, client.tickRate);
    this.#cells = client.schema.tables.some((table) => OF_FIELDS.has(table.look?.kind));
    this.#beats = client.schema.tables.some((table) => table.look?.kind === "cell");
    this.#cursor = new Cursor(this.#board);
    this.#cameAt = now();
    this.#resize();
  }

  /**
   * @param {import("./mirror.js").StateChanges} state
   * @param {Record<string, Map<number, object>>} tables
   */
  follow(state, tables) {
    this.#sprites.apply(state, tables, now());
    this.#ask();
  }

  /** @param {Set<string>} names of tables whose rows come by `show`, where they are to be seen */
  leave(names) {
    this.#sprites.shown = names;
  }

  /** @param {Record<string, Map<number, object>>} tables each frame, with the rows where they are to be seen now */
  show(tables) {
    if (!this.#sprites) return;
    this.#sprites.show(tables, now());
    // In this very frame: one that was asked for from here would be the next, and every other one if nothing else moves.
    cancelAnimationFrame(this.#frame);
    this.#paint();
  }

  /**
   * The point of the board under a pointer.
   * @param {MouseEvent} event
   * @returns {[number, number]} in units of the board, as the game has it
   */
  point({ clientX, clientY }) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const seen = [((clientX - left) / width) * this.#board[0], ((clientY - top) / height) * this.#board[1]];
    return this.#across(seen.map((place, i) => Math.min(Math.max(place, 0), this.#board[i] - 1e-6)));
  }

  /**
   * A key for the cursor.
   * @returns {[number, number] | boolean} the point that it clicks; else whether the key meant anything
   */
  press(key) {
    if ((key === "Enter" || key === " ") && this.#cursor.at) return this.#cursor.at;
    const meant = this.#cursor.press(key, this.#sprites?.turned ?? false);
    if (meant) this.#ask();
    return meant;
  }

  /** What is under the cursor, in words; empty without one. */
  get underCursor() {
    if (!this.#cursor.at || !this.#sprites) return "";
    const [x, y] = this.#cursor.at.map(Math.floor);
    const { column, row, piece, side } = this.#sprites.inField(x, y);
    return `${column}${row}` === "" ? `${x}, ${y}` : [`${column}${row}`, piece && `${side} ${piece}`].filter(Boolean).join(", ");
  }

  // A point as the game has it, from where it is seen, and the other way round.
  #across([x, y]) {
    return this.#sprites?.turned ? [this.#board[0] - x, this.#board[1] - y] : [x, y];
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#sprites = null;
  }

  #ask() {
    if (this.#frame === 0 && this.#sprites) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#frame = 0;
    const brush = { context: this.#context, scale: this.#scale, now: now(), calm: calmMotion.matches };
    this.#sprites.sweep(brush.now);
    this.#context.drawImage(this.#ground, 0, 0);
    if (!brush.calm) this.#paintGhosts(brush);
    this.#paintSprites(brush);
    this.#paintOwnTag(brush);
    if (this.#cursor.at) paintCursor(brush, ...this.#across(this.#cursor.at).map(Math.floor));
    if (this.#beats || this.#sprites.moving(brush.now)) this.#ask();
  }

  #paintGhosts(brush) {
    for (const ghost of this.#sprites.ghosts) {
      paintGhost(brush, ghost, this.#sprites.place(ghost.sprite, brush.now), this.#sprites.faded(ghost, brush.now));
    }
  }

  #paintSprites(brush) {
    for (const { sprites } of this.#sprites.layers) {
      for (const sprite of sprites.values()) paintSprite(brush, sprite, this.#sprites.place(sprite, brush.now));
    }
  }

  #paintOwnTag(brush) {
    const left = this.#cameAt + TAG_TIME - brush.now;
    const sprite = left > 0 ? this.#youngestOwn() : null;
    if (sprite) paintTag(brush, sprite, this.#sprites.place(sprite, brush.now), Math.min(1, left));
  }

  // Of many own things a ship leads, not its shots, else the youngest: ids grow, so a snake's head has the highest.
  #youngestOwn() {
    const own = this.#sprites.layers.flatMap(({ look, sprites }) =>
      [...sprites].filter(([, sprite]) => sprite.own).map(([id, sprite]) => ({ rank: id + (look.kind === "arrow" ? 2 ** 32 : 0), sprite })));
    return own.reduce((lead, each) => (lead && lead.rank > each.rank ? lead : each), null)?.sprite ?? null;
  }

  #resize() {
    const [width, height] = this.#board;
    const { clientWidth, clientHeight } = this.#canvas.parentElement;
    const ratio = devicePixelRatio;
    const fitting = Math.min(clientWidth / width, clientHeight / height) * ratio;
    this.#scale = this.#cells && fitting >= WHOLE_PIXELS_FROM ? Math.floor(fitting) : fitting;
    this.#canvas.width = this.#ground.width = Math.max(1, Math.round(width * this.#scale));
    this.#canvas.height = this.#ground.height = Math.max(1, Math.round(height * this.#scale));
    this.#canvas.style.width = `${this.#canvas.width / ratio}px`;
    this.#canvas.style.height = `${this.#canvas.height / ratio}px`;
    const beside = (clientWidth - this.#canvas.width / ratio) / 2;
    this.#canvas.parentElement.style.setProperty("--beside", `${beside}px`);
    this.#canvas.parentElement.classList.toggle("room-beside", beside >= LEAST_BESIDE);
    this.#paintGround();
    this.#ask();
  }

  #paintGround() {
    const context = this.#ground.getContext("2d");
    const { width, height } = this.#ground;
    const light = context.createRadialGradient(width / 2, height / 2, 0, width / 2, height / 2, Math.hypot(width, height) / 2);
    light.addColorStop(0, "#1a2236");
    light.addColorStop(1, "#111727");
    context.fillStyle = light;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "rgba(160, 185, 230, 0.07)";
    const step = gridStep(Math.max(...this.#board), this.#cells ? MOST_LINES : FEW_LINES) * this.#scale;
    for (let x = step; x < width - 1; x += step) context.fillRect(Math.round(x), 0, 1, height);
    for (let y = step; y < height - 1; y += step) context.fillRect(0, Math.round(y), width, 1);
  }
}

// The finest of 1, 2, 5, 10, 20, 50 ... units that does not crowd the board.
function gridStep(longest, mostLines) {
  for (let decade = 1; ; decade *= 10) {
    const fit = [1, 2, 5].find((step) => longest / (step * decade) <= mostLines);
    if (fit) return fit * decade;
  }
}

function now() {
  return performance.now() / 1000;
}
