// How each kind of look is painted. A brush holds what all of them need: the context, pixels a unit, the time.

import { begin } from "./characters.js";
import { CHOSEN, colorOf, DANGER, FIELDS, LAST_MOVE, PIECES } from "./palette.js";
import { looked, OF_FIELDS } from "./sides.js";

const POP_TIME = 0.16; // seconds in which something new grows to its size
const GLOW_TIME = 0.3; // seconds in which a new cell is brighter: the head of a snake leads, its body calms down
const GAP = 0.05; // of a cell, left free on each side
const SMALLEST_DOT = 1.5; // pixels
const SMALLEST_ARROW = 12; // pixels from tail to nose
const FONT = "system-ui, sans-serif";
const SIGNS = '"DejaVu Sans", "Segoe UI Symbol", "Apple Symbols", "Noto Sans Symbols 2", "Noto Sans Symbols", sans-serif';
const AS_TEXT = "\uFE0E"; // or some systems make a picture of a pawn
const INK = "rgba(16, 20, 31, 0.45)";

/**
 * @typedef {object} Brush
 * @property {CanvasRenderingContext2D} context
 * @property {number} scale pixels a unit of the board
 * @property {number} now seconds
 * @property {boolean} calm no more motion than the game has
 */

/**
 * Paint a sprite at a place.
 * @param {Brush} brush
 * @param {import("./sprites.js").Sprite} sprite
 * @param {{x: number, y: number, angle: number}} place
 */
export function paintSprite(brush, sprite, place) {
  PAINTERS[sprite.look.kind](brush, sprite, place);
}

/**
 * Paint what has just gone.
 * @param {Brush} brush
 * @param {{sprite: import("./sprites.js").Sprite, way: "puff" | "fade" | "slip"}} ghost
 * @param {{x: number, y: number, angle: number}} place
 * @param {number} faded 0 to 1
 */
export function paintGhost(brush, { sprite, way }, place, faded) {
  if (way === "slip") {
    paintSprite(brush, sprite, place);
    return;
  }
  const { context, scale } = brush;
  const [x, y] = middleOf(sprite);
  const size = sizeOf(sprite) * scale;
  context.fillStyle = context.strokeStyle = sprite.look.kind === "piece" ? PIECES[sideOf(sprite)] : colorOf(sprite.color);
  context.globalAlpha = (1 - faded) * 0.5;
  disc(context, x * scale, y * scale, size * 0.42 * (1 - faded));
  if (way === "puff") {
    context.lineWidth = Math.max(1, size * 0.12 * (1 - faded));
    context.beginPath();
    context.arc(x * scale, y * scale, size * (0.4 + 0.6 * faded), 0, 2 * Math.PI);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * Say above a sprite that it is the player's own.
 * @param {Brush} brush
 * @param {import("./sprites.js").Sprite} sprite
 * @param {{x: number, y: number}} place
 * @param {number} strength 0 to 1
 */
export function paintTag({ context, scale }, sprite, place, strength) {
  const size = Math.max(13, scale * 0.9);
  const onGrid = OF_FIELDS.has(sprite.look.kind) ? 0.5 : 0;
  const x = (place.x + onGrid) * scale;
  const y = Math.max(size * 1.2, (place.y + onGrid - sizeOf(sprite) / 2) * scale - size * 1.1);
  context.globalAlpha = strength;
  context.font = `600 ${size}px ${FONT}`;
  const width = context.measureText("you").width + size;
  context.fillStyle = colorOf(sprite.color);
  context.beginPath();
  context.roundRect(x - width / 2, y - size * 0.75, width, size * 1.4, size * 0.7);
  context.fill();
  context.fillStyle = "#10141f";
  words(context, "you", x, y);
  context.globalAlpha = 1;
}

/**
 * Paint the cursor on the field that it is in.
 * @param {Brush} brush
 * @param {number} x of the field's left
 * @param {number} y of its top
 */
export function paintCursor({ context, scale }, x, y) {
  const thick = Math.max(2, scale * 0.06);
  for (const [inset, color] of [[0.5, "#10141f"], [1.5, "#ffffff"]]) {
    context.lineWidth = thick;
    context.strokeStyle = color;
    const side = scale - 2 * inset * thick;
    context.strokeRect(x * scale + inset * thick, y * scale + inset * thick, side, side);
  }
}

const PAINTERS = {
  square({ context, scale }, { look, row, named }, { x, y }) {
    const shade = looked(look, row, "shade", 0) ? 1 : 0;
    context.fillStyle = FIELDS[shade];
    context.fillRect(x * scale, y * scale, scale, scale);
    context.fillStyle = shade ? FIELDS[0] : "#566892";
    context.font = `600 ${Math.max(9, scale * 0.17)}px ${FONT}`;
    const gap = scale * 0.06;
    if (named[0]) label(context, looked(look, row, "column", ""), (x + 1) * scale - gap, (y + 1) * scale - gap, "right", "alphabetic");
    if (named[1]) label(context, looked(look, row, "row", ""), x * scale + gap, y * scale + gap, "left", "top");
  },

  mark({ context, scale }, { look, row }, { x, y }) {
    const [middleX, middleY] = [(x + 0.5) * scale, (y + 0.5) * scale];
    const wash = (color, strength) => {
      context.globalAlpha = strength;
      context.fillStyle = color;
      context.fillRect(x * scale, y * scale, scale, scale);
      context.globalAlpha = 1;
    };
    const marks = {
      1: () => wash(LAST_MOVE, 0.4),
      2: () => wash(CHOSEN, 0.75),
      3: () => {
        context.fillStyle = INK;
        disc(context, middleX, middleY, scale * 0.15);
      },
      4: () => {
        context.strokeStyle = INK;
        context.lineWidth = scale * 0.09;
        context.beginPath();
        context.arc(middleX, middleY, scale * 0.43, 0, 2 * Math.PI);
        context.stroke();
      },
      5: () => wash(DANGER, 0.65),
    };
    marks[looked(look, row, "mark", 0)]?.();
  },

  piece(brush, sprite, { x, y }) {
    const { context, scale } = brush;
    const sign = String(looked(sprite.look, sprite.row, "glyph", "")).trim();
    const side = sideOf(sprite);
    const size = scale * 0.86 * growth(brush, sprite);
    context.fillStyle = PIECES[side];
    if (sign === "") return disc(context, (x + 0.5) * scale, (y + 0.5) * scale, size * 0.4);
    context.font = `${size}px ${SIGNS}`;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    const text = [...sign][0] + AS_TEXT;
    const ink = context.measureText(text);
    const left = (x + 0.5) * scale + (ink.actualBoundingBoxLeft - ink.actualBoundingBoxRight) / 2;
    const base = (y + 0.5) * scale + (ink.actualBoundingBoxAscent - ink.actualBoundingBoxDescent) / 2;
    context.lineWidth = size * 0.08;
    context.lineJoin = "round";
    context.strokeStyle = PIECES[1 - side];
    context.strokeText(text, left, base);
    context.fillText(text, left, base);
  },

  cell(brush, sprite, place) {
    const glyph = looked(sprite.look, sprite.row, "glyph", "");
    const grown = growth(brush, sprite);
    if (typeof glyph === "string" && glyph.trim()) glyphCell(brush, sprite, place, glyph);
    else if (sprite.color === 0) morsel(brush, place, grown);
    else block(brush, sprite, place, grown);
  },

  dot(brush, sprite, { x, y }) {
    const { context, scale } = brush;
    const radius = Math.max(SMALLEST_DOT, looked(sprite.look, sprite.row, "radius", 1) * scale) * growth(brush, sprite);
    context.fillStyle = colorOf(sprite.color);
    disc(context, x * scale, y * scale, radius);
    if (sprite.own) ring(context, x * scale, y * scale, radius + Math.max(2, radius * 0.25));
  },

  arrow(brush, sprite, { x, y, angle }) {
    const { context, scale } = brush;
    const length = Math.max(SMALLEST_ARROW, looked(sprite.look, sprite.row, "size", 2) * scale) * growth(brush, sprite);
    context.save();
    context.translate(x * scale, y * scale);
    context.rotate((angle * Math.PI) / 180);
    ship(context, length / 2);
    context.fillStyle = colorOf(sprite.color);
    context.fill();
    outline(context, sprite.own, length);
    context.restore();
  },

  box(brush, sprite, { x, y }) {
    const { context, scale } = brush;
    const width = looked(sprite.look, sprite.row, "width", 1) * scale;
    const height = looked(sprite.look, sprite.row, "height", 1) * scale;
    context.fillStyle = colorOf(sprite.color);
    context.beginPath();
    context.roundRect(x * scale, y * scale, width, height, Math.min(width, height, 8) * 0.25);
    context.fill();
    if (sprite.own) outline(context, true, Math.min(width, height) * 2);
  },

  text(brush, sprite, { x, y }) {
    const { context, scale } = brush;
    context.fillStyle = sprite.look.color === undefined ? "#dfe6f3" : colorOf(sprite.color);
    context.font = `600 ${Math.max(12, scale)}px ${FONT}`;
    words(context, String(looked(sprite.look, sprite.row, "text", "")), x * scale, y * scale);
  },
};

function block(brush, sprite, { x, y }, grown) {
  const { context, scale } = brush;
  const side = scale * (1 - 2 * GAP) * grown;
  const left = (x + 0.5) * scale - side / 2;
  const top = (y + 0.5) * scale - side / 2;
  context.fillStyle = colorOf(sprite.color);
  context.beginPath();
  context.roundRect(left, top, side, side, side * 0.26);
  context.fill();
  const glow = brush.calm ? 0 : Math.max(0, 1 - (brush.now - sprite.bornAt) / GLOW_TIME);
  if (glow > 0) {
    context.globalAlpha = glow * 0.5;
    context.fillStyle = "#ffffff";
    context.fill();
    context.globalAlpha = 1;
  }
  if (sprite.own) outline(context, true, scale);
}

function morsel({ context, scale, now, calm }, { x, y }, grown) {
  const beat = calm ? 1 : 1 + 0.06 * Math.sin(now * 4 + x * 3 + y * 5);
  const radius = scale * 0.34 * grown * beat;
  const [middleX, middleY] = [(x + 0.5) * scale, (y + 0.5) * scale];
  context.fillStyle = colorOf(0);
  context.globalAlpha = 0.18;
  disc(context, middleX, middleY, radius * 1.8);
  context.globalAlpha = 1;
  disc(context, middleX, middleY, radius);
  context.fillStyle = "#ffffff";
  context.globalAlpha = 0.7;
  disc(context, middleX - radius * 0.3, middleY - radius * 0.3, radius * 0.28);
  context.globalAlpha = 1;
}

function glyphCell({ context, scale }, sprite, { x, y }, glyph) {
  context.fillStyle = colorOf(sprite.color);
  if (sprite.own) {
    context.globalAlpha = 0.18;
    context.fillRect(x * scale, y * scale, scale, scale);
    context.globalAlpha = 1;
  }
  context.font = `${scale * 0.8}px ${FONT}`;
  words(context, glyph, (x + 0.5) * scale, (y + 0.54) * scale);
}

function label(context, text, x, y, align, baseline) {
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(begin(String(text), 2), x, y);
}

function sideOf({ look, row }) {
  return looked(look, row, "side", 0) ? 1 : 0;
}

function growth({ now, calm }, { bornAt, sprouted }) {
  if (calm || sprouted) return 1;
  const progress = Math.min(1, (now - bornAt) / POP_TIME);
  return 0.4 + 0.6 * (1 - (1 - progress) ** 2);
}

function sizeOf({ look, row }) {
  if (look.kind === "dot") return 2 * looked(look, row, "radius", 1);
  if (look.kind === "arrow") return looked(look, row, "size", 2);
  return 1;
}

function middleOf({ look, row, to }) {
  if (OF_FIELDS.has(look.kind)) return [to.x + 0.5, to.y + 0.5];
  if (look.kind !== "box") return [to.x, to.y];
  return [to.x + looked(look, row, "width", 1) / 2, to.y + looked(look, row, "height", 1) / 2];
}

function ship(context, half) {
  context.beginPath();
  context.moveTo(half, 0);
  context.lineTo(-half, half * 0.75);
  context.lineTo(-half * 0.55, 0);
  context.lineTo(-half, -half * 0.75);
  context.closePath();
}

function outline(context, own, size) {
  context.lineWidth = Math.max(1, size * 0.08);
  context.lineJoin = "round";
  context.strokeStyle = own ? "rgba(255, 255, 255, 0.9)" : "rgba(10, 14, 24, 0.6)";
  context.stroke();
}

function ring(context, x, y, radius) {
  context.lineWidth = Math.max(1.5, radius * 0.12);
  context.strokeStyle = "rgba(255, 255, 255, 0.9)";
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

function disc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function words(context, text, x, y) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}
