import assert from "node:assert/strict";
import { test } from "node:test";
import { PackedError, PackedReader, unzigzag } from "../../../src/tickwire/faces/web/packed.js";
import { ids, ints, varint, zigzag } from "./packing.js";

const reader = (...bytes) => new PackedReader(Uint8Array.from(bytes.flat()));

test("varints are read up to 2^53", () => {
  for (const n of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 - 1, 2 ** 33, Number.MAX_SAFE_INTEGER]) {
    assert.equal(reader(varint(n)).varint(), n);
  }
  assert.throws(() => reader(new Array(9).fill(0xff), 1).varint(), PackedError);
});

test("zigzag goes there and back past 32 bits", () => {
  assert.deepEqual([0, 1, 2, 3, 4].map(unzigzag), [0, -1, 1, -2, 2].map((n) => n + 0));
  for (const n of [5, -5, 2 ** 32, -(2 ** 32)]) assert.equal(unzigzag(zigzag(n)), n);
});

test("all four modes of ints are read", () => {
  const values = [0, 14, 15, 16, 300, 0, 2 ** 33, 0, 0, 7, 1];
  for (const mode of ["nibbles", "varints", "sparse"]) {
    const packed = reader(ints[mode](values));
    assert.deepEqual(packed.ints(values.length), values, mode);
    assert.ok(packed.done, mode);
  }
  assert.deepEqual(reader(ints.constant([9, 9, 9])).ints(3), [9, 9, 9]);
});

test("nibbles are read from the high four bits first, as the page says", () => {
  assert.deepEqual(reader(0, 0x1f, 0xf3, 0x20, 5, 0).ints(5), [1, 20, 15, 3, 2]);
});

test("ids ascend", () => {
  assert.deepEqual(reader(ids([0, 1, 5, 2 ** 32 - 1])).ids(), [0, 1, 5, 2 ** 32 - 1]);
});

test("what is cut short or makes no sense is refused", () => {
  assert.throws(() => reader(4, 0).ints(1), PackedError);
  assert.throws(() => reader(0, 0x11).ints(3), PackedError);
  assert.throws(() => reader(0).ids(), PackedError);
  assert.throws(() => reader(varint(2 ** 40), 3, 0).ids(), PackedError);
  assert.throws(() => reader(varint(5), 0x61).text(), PackedError);
  assert.throws(() => reader(1, 0xff).text(), PackedError);
});
