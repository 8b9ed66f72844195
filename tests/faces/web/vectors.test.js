// docs/wire-vectors.json by the page's mirror: the file that those who write a client test theirs with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { valueOf } from "../../../src/tickwire/faces/web/fields.js";
import { Mirror } from "../../../src/tickwire/faces/web/mirror.js";
import { decode } from "../../../src/tickwire/faces/web/msgpack.js";
import { PackedReader } from "../../../src/tickwire/faces/web/packed.js";

const file = JSON.parse(readFileSync(new URL("../../../docs/wire-vectors.json", import.meta.url), "utf8"));
const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

test("ints are read in every mode", () => {
  assert.deepEqual([...new Set(file.ints.map(({ mode }) => mode))], [0, 1, 2, 3]);
  for (const { integers, bytes } of file.ints) {
    const reader = new PackedReader(bytesOf(bytes));
    assert.deepEqual(reader.ints(integers.length), integers);
    assert.ok(reader.done);
  }
});

for (const { name, schema, states } of file.vectors) {
  test(`the mirror holds what the file says: ${name}`, () => {
    const mirror = new Mirror(schema);
    for (const { bytes, tick, rows } of states) {
      const { mismatched } = mirror.apply(decode(bytesOf(bytes)));
      assert.deepEqual(mismatched, []);
      assert.equal(mirror.tick, tick);
      for (const { name: table, fields } of schema.tables) {
        const values = ([id, wires]) => [Number(id), Object.fromEntries(fields.map((field, i) => [field.name, valueOf(field, wires[i])]))];
        const held = [...mirror.tables[table]].sort(([a], [b]) => a - b).map(([id, row]) => [id, { ...row }]);
        assert.deepEqual(held, Object.entries(rows[table]).map(values));
      }
    }
  });
}
