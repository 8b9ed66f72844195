// The field types of docs/WIRE.md 3.1: how a column travels, and what value a wire value stands for.

import { unzigzag } from "./packed.js";

const scratch = new DataView(new ArrayBuffer(4));

/**
 * The value that a wire value stands for.
 * @param {{type: string, lo?: number, step?: number}} field of the schema
 * @param {number | string} wire
 * @returns {number | string | boolean}
 */
export function valueOf(field, wire) {
  switch (field.type) {
    case "bool": return wire !== 0;
    case "fixed": return field.lo + wire * field.step;
    case "f32": return floatOf(wire);
    default: return wire;
  }
}

/**
 * A column of rows that are new: integers travel as the difference to the row before.
 * @param {import("./packed.js").PackedReader} reader
 * @param {{type: string}} field
 * @param {number} n rows
 * @returns {(number | string)[]} wire values
 */
export function readColumn(reader, field, n) {
  return readWhole(reader, field, n) ?? runningSum(reader.ints(n));
}

/**
 * A column of rows that changed: integers travel as the difference to the old value.
 * @param {import("./packed.js").PackedReader} reader
 * @param {{type: string}} field
 * @param {(number | string)[]} old wire values
 * @returns {(number | string)[]} wire values
 */
export function readChanges(reader, field, old) {
  return readWhole(reader, field, old.length) ?? reader.ints(old.length).map((n, i) => old[i] + unzigzag(n));
}

function readWhole(reader, field, n) {
  if (field.type === "text") return reader.texts(n);
  return field.type === "f32" ? reader.floatBits(n) : null;
}

function runningSum(zigzags) {
  let sum = 0;
  return zigzags.map((n) => (sum += unzigzag(n)));
}

function floatOf(bits) {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}
