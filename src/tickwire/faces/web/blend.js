// How one value goes over into another, as the schema's fields say it: in a line, around a circle, or at once.
// The twin of tickwire/game/blend.py.

/**
 * How one field is shown between what is known of it.
 * @typedef {{name: string, blend: "linear" | "angle" | "step", jump: number, turn: number, step: number, every: number}} Smooth
 */

const BLENDS = new Set(["linear", "angle", "step"]);

/**
 * @param {{name: string, type: string, blend?: string, jump?: number, lo?: number, hi?: number, step?: number, every?: number}} field of
 *   the schema
 * @returns {Smooth}
 */
export function smoothOf(field) {
  const usual = field.type === "fixed" || field.type === "f32" ? "linear" : "step";
  const turn = field.type === "fixed" ? field.hi - field.lo : 360;
  const { name, jump = Infinity, step = 0, every = 1 } = field;
  const blend = BLENDS.has(field.blend) ? field.blend : usual; // a later server may know more: docs/WIRE.md, section 9
  return { name, blend, jump, turn, step, every };
}

/** How far it is from one value to another, with a sign; nothing for what does not blend. */
export function difference({ blend, turn }, from, to) {
  if (blend === "linear") return to - from;
  return blend === "step" ? 0 : modulo(to - from + turn / 2, turn) - turn / 2;
}

/** A value moved by a difference. */
export function moved({ blend, turn }, value, way) {
  if (blend === "linear") return value + way;
  return blend === "step" ? value : modulo(value + way, turn);
}

/** The value at a share of the way; a step is made at the end. */
export function blended(smooth, from, to, share) {
  if (share >= 1) return to;
  if (share <= 0 || smooth.blend === "step") return from;
  return moved(smooth, from, difference(smooth, from, to) * share);
}

/** Whether the way between two values is a teleport. */
export function jumps(smooth, from, to) {
  return Math.abs(difference(smooth, from, to)) > smooth.jump;
}

/** A row at a share of the way from one to another. */
export function blendedRow(fields, from, to, share) {
  const row = { ...from };
  for (const field of fields) row[field.name] = blended(field, from[field.name], to[field.name], share);
  return row;
}

function modulo(a, b) {
  return ((a % b) + b) % b;
}
