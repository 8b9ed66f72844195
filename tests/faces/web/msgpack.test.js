import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, MsgpackError } from "../../../src/tickwire/faces/web/msgpack.js";

const bytes = (...values) => Uint8Array.from(values);

test("what is encoded decodes to itself", () => {
  const values = [
    null, true, false, "", "snake", "ж 蛇 🐍", "x".repeat(40), "y".repeat(300), "z".repeat(70_000),
    0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER,
    -1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, Number.MIN_SAFE_INTEGER,
    0.5, -123.456, Infinity, 2 ** 60, 2n ** 63n, -(2n ** 63n),
    [], [1, [2, [3]]], Array(20).fill(7), Array(70_000).fill(1), {}, { type: "hello", nested: { a: [null] } },
    Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, i])),
    bytes(1, 2, 3), new Uint8Array(300), new Uint8Array(70_000),
  ];
  for (const value of values) assert.deepEqual(decode(encode(value)), value);
});

test("integers take the shortest form", () => {
  const lengths = [[127, 1], [128, 2], [256, 3], [65_536, 5], [2 ** 32, 9], [-32, 1], [-33, 2], [-129, 3], [-32_769, 5]];
  for (const [value, length] of lengths) assert.equal(encode(value).length, length, `${value}`);
});

test("a map keeps its order: the server knows an input by its first entry", () => {
  const begins = bytes(0x82, 0xa4, ...new TextEncoder().encode("type"), 0xa5, ...new TextEncoder().encode("input"));
  assert.deepEqual(encode({ type: "input", seq: 1, tick: undefined }).slice(0, begins.length), begins);
});

test("undefined properties are left out", () => {
  assert.deepEqual(decode(encode({ a: 1, b: undefined })), { a: 1 });
});

test("forms that others may choose are read too", () => {
  assert.equal(decode(bytes(0xcf, 0, 0, 0, 0, 0, 0, 0, 5)), 5);
  assert.equal(decode(bytes(0xd3, 255, 255, 255, 255, 255, 255, 255, 254)), -2);
  assert.equal(decode(bytes(0xca, 0x3f, 0x80, 0, 0)), 1);
  assert.equal(decode(bytes(0xdb, 0, 0, 0, 1, 0x61)), "a");
  assert.deepEqual(decode(bytes(0xdf, 0, 0, 0, 1, 0xa1, 0x61, 0xdd, 0, 0, 0, 1, 1)), { a: [1] });
});

test("a view into a larger buffer is read from its own start", () => {
  assert.equal(decode(bytes(9, 9, 0xcd, 1, 0).subarray(2)), 256);
});

test("a key named __proto__ is only a key", () => {
  const map = decode(bytes(0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x80));
  assert.equal(Object.getPrototypeOf(map), Object.prototype);
  assert.deepEqual(Object.keys(map), ["__proto__"]);
});

test("broken bytes are refused", () => {
  const broken = {
    empty: bytes(),
    "more after the value": bytes(1, 2),
    "a cut string": bytes(0xa5, 0x61),
    "a string that is not UTF-8": bytes(0xa1, 0xff),
    "an array of 4 billion in 5 bytes": bytes(0xdd, 255, 255, 255, 255),
    "a map of 4 billion in 5 bytes": bytes(0xdf, 255, 255, 255, 255),
    "a bin past the end": bytes(0xc6, 255, 255, 255, 255, 0),
    "a cut 64-bit integer": bytes(0xcf, 0, 0),
    "a key that is no string": bytes(0x81, 1, 1),
    "an extension": bytes(0xd4, 1, 1),
    "the unused tag": bytes(0xc1),
    "nesting without end": new Uint8Array(100_000).fill(0x91),
  };
  for (const [what, wire] of Object.entries(broken)) assert.throws(() => decode(wire), MsgpackError, what);
});

test("every cut of a message is refused", () => {
  const wire = encode({ type: "welcome", players: [{ player: 1, name: "ada" }], tick: 70_000, rate: 0.5 });
  for (let end = 0; end < wire.length; end++) assert.throws(() => decode(wire.subarray(0, end)), MsgpackError);
});

test("values without a MessagePack form are refused", () => {
  const loop = [];
  loop.push(loop);
  for (const value of [loop, () => 1, Symbol("s"), 2n ** 64n]) assert.throws(() => encode(value), MsgpackError);
});
