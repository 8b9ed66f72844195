import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../../src/tickwire/faces/web/crc32.js";
import { Mirror } from "../../../src/tickwire/faces/web/mirror.js";
import { PackedError } from "../../../src/tickwire/faces/web/packed.js";
import { changes, column, float, ids, ints, state, text, u32, varint } from "./packing.js";

const SCHEMA = {
  tables: [
    { name: "Cell", fields: [{ name: "x", type: "u16" }, { name: "y", type: "i16" }] },
    {
      name: "Thing",
      fields: [
        { name: "alive", type: "bool" },
        { name: "angle", type: "fixed", lo: -180, hi: 180, step: 0.5 },
        { name: "speed", type: "f32" },
        { name: "label", type: "text" },
      ],
    },
  ],
};

const rowsOf = (map) => Object.fromEntries([...map].map(([id, row]) => [id, { ...row }]));
const hashOf = (lines) => u32(crc32(new TextEncoder().encode(lines)));

function mirrorOfThree() {
  const mirror = new Mirror(SCHEMA);
  mirror.apply(state(1, true, [0, 0x04, ids([3, 4, 9]), column([10, 5, 70]), column([-1, 2, 2])]));
  return mirror;
}

test("crc32 is that of zlib", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("a full state fills the tables", () => {
  const mirror = mirrorOfThree();
  assert.equal(mirror.tick, 1);
  assert.deepEqual(rowsOf(mirror.tables.Cell), { 3: { x: 10, y: -1 }, 4: { x: 5, y: 2 }, 9: { x: 70, y: 2 } });
});

test("ticks and ids go on past 32 bits", () => {
  const mirror = new Mirror(SCHEMA);
  const [first, tick] = [2 ** 32 - 1, 2 ** 32 + 7];
  mirror.apply(state(tick, true, [0, 0x04, ids([first, first + 1, 2 ** 53 - 1]), column([10, 5, 70]), column([-1, 2, 2])]));
  mirror.apply(state(tick + 1, false, [0, 0x02 | 0x08, ids([first]), ids([first + 1]), varint(0b01), changes([3])]));
  assert.equal(mirror.tick, tick + 1);
  assert.deepEqual(rowsOf(mirror.tables.Cell), { [first + 1]: { x: 8, y: 2 }, [2 ** 53 - 1]: { x: 70, y: 2 } });
});

test("every field type is decoded", () => {
  const mirror = new Mirror(SCHEMA);
  const columns = [column([1, 0]), column([0, 720]), float(0.25), float(-2), text("жук"), text("")];
  mirror.apply(state(1, true, [1, 0x04, ids([0, 1]), columns]));
  assert.deepEqual(rowsOf(mirror.tables.Thing), {
    0: { alive: true, angle: -180, speed: 0.25, label: "жук" },
    1: { alive: false, angle: 180, speed: -2, label: "" },
  });
});

test("a section removes, then changes, then adds", () => {
  const mirror = mirrorOfThree();
  const { changes: what } = mirror.apply(
    state(2, false, [0, 0x02 | 0x08 | 0x04, ids([4]), ids([9]), varint(0b10), changes([-7]), ids([12]), column([1]), column([1])]),
  );
  assert.deepEqual(rowsOf(mirror.tables.Cell), { 3: { x: 10, y: -1 }, 9: { x: 70, y: -5 }, 12: { x: 1, y: 1 } });
  assert.deepEqual(rowsOf(what.Cell.removed), { 4: { x: 5, y: 2 } });
  assert.deepEqual(rowsOf(what.Cell.changed), { 9: { x: 70, y: 2 } });
  assert.deepEqual(rowsOf(what.Cell.added), { 12: { x: 1, y: 1 } });
});

test("a change of all rows follows the order of their ids after removing", () => {
  const mirror = mirrorOfThree();
  mirror.apply(state(2, false, [0, 0x02 | 0x10, ids([4]), varint(0b11), changes([1, 2]), ints.constant([1])]));
  assert.deepEqual(rowsOf(mirror.tables.Cell), { 3: { x: 11, y: -2 }, 9: { x: 72, y: 1 } });
});

test("a change of f32 and text carries the new values", () => {
  const mirror = new Mirror(SCHEMA);
  mirror.apply(state(1, true, [1, 0x04, ids([0]), column([1]), column([0]), float(1), text("a")]));
  mirror.apply(state(2, false, [1, 0x10, varint(0b1100), float(8), text("b")]));
  assert.deepEqual(rowsOf(mirror.tables.Thing), { 0: { alive: true, angle: -180, speed: 8, label: "b" } });
});

test("a full state that says what is known changes nothing", () => {
  const mirror = mirrorOfThree();
  const before = mirror.tables.Cell.get(3);
  const { changes: what } = mirror.apply(state(2, true, [0, 0x04, ids([3, 4]), column([10, 6]), column([-1, 2])]));
  assert.equal(mirror.tables.Cell.get(3), before);
  assert.deepEqual(rowsOf(what.Cell.added), {});
  assert.deepEqual(rowsOf(what.Cell.changed), { 4: { x: 5, y: 2 } });
  assert.deepEqual(rowsOf(what.Cell.removed), { 9: { x: 70, y: 2 } });
});

const GROUPED = 0x20;
const joinsGroup7 = [0, GROUPED | 0x04, varint(7), ids([3]), column([10]), column([0])];
const leavesGroup0 = [0, 0x02, ids([3])];

for (const [order, sections] of [["before", [joinsGroup7, leavesGroup0]], ["after", [leavesGroup0, joinsGroup7]]]) {
  test(`a row added to its new group ${order} it is removed from the old one has moved`, () => {
    const mirror = mirrorOfThree();
    const { changes: what } = mirror.apply(state(2, false, ...sections));
    assert.deepEqual({ ...mirror.tables.Cell.get(3) }, { x: 10, y: 0 });
    assert.deepEqual(rowsOf(what.Cell.changed), { 3: { x: 10, y: -1 } });
    assert.equal(what.Cell.removed.size + what.Cell.added.size, 0);
    mirror.apply(state(3, false, [0, 0x10, varint(1), changes([1, 1])]));
    assert.deepEqual(rowsOf(mirror.tables.Cell), { 3: { x: 10, y: 0 }, 4: { x: 6, y: 2 }, 9: { x: 71, y: 2 } });
  });
}

test("a row that moves into a group of younger rows is changed in its place by id", () => {
  const mirror = mirrorOfThree();
  mirror.apply(state(2, false, [0, GROUPED | 0x04, varint(300), ids([20]), column([1]), column([1])]));
  mirror.apply(state(3, false, [0, GROUPED | 0x04, varint(300), ids([3]), column([10]), column([0])], leavesGroup0));
  mirror.apply(state(4, false, [0, GROUPED | 0x10, varint(300), varint(1), changes([5, 6])]));
  assert.equal(mirror.tables.Cell.get(3).x, 15);
  assert.equal(mirror.tables.Cell.get(20).x, 7);
});

test("a group that is gone takes its rows with it", () => {
  const mirror = mirrorOfThree();
  mirror.apply(state(2, false, joinsGroup7, leavesGroup0));
  mirror.apply(state(3, false, [0, GROUPED | 0x40, varint(7)]));
  assert.deepEqual([...mirror.tables.Cell.keys()], [4, 9]);
});

test("a hash that agrees is silent, one that does not names the table", () => {
  const mirror = mirrorOfThree();
  const right = [0, 0x01 | 0x02, ids([4]), hashOf("3,10,-1\n9,70,2\n")];
  assert.deepEqual(mirror.apply(state(2, false, right)).mismatched, []);
  assert.deepEqual(mirror.apply(state(3, false, [0, 0x01, hashOf("3,10,-1\n")])).mismatched, ["Cell"]);
});

test("a hash is over wire values, with f32 as its bits and text as itself", () => {
  const mirror = new Mirror(SCHEMA);
  const added = [ids([5]), column([1]), column([400]), float(1), text("жук")];
  const { mismatched } = mirror.apply(state(1, true, [1, 0x05, added, hashOf("5,1,400,1065353216,жук\n")]));
  assert.deepEqual(mismatched, []);
});

test("what cannot be applied leaves the mirror stale until the next full state", () => {
  const broken = {
    "a table that is not there": [7, 0x02, ids([1])],
    "the unused flag": [0, 0x80],
    "a change of an unknown row": [0, 0x08, ids([5]), varint(1), changes([1])],
    "a change of an unknown field": [0, 0x10, varint(0b100), changes([1, 1, 1])],
    "a cut section": [0, 0x04, varint(2)],
  };
  for (const [what, section] of Object.entries(broken)) {
    const mirror = mirrorOfThree();
    assert.throws(() => mirror.apply(state(2, false, section)), PackedError, what);
    assert.throws(() => mirror.apply(state(3, false)), PackedError, what);
    mirror.apply(state(4, true));
    assert.equal(mirror.tables.Cell.size, 0);
    assert.equal(mirror.stale, false);
  }
});

test("a mirror that never saw a full state takes no change", () => {
  assert.throws(() => new Mirror(SCHEMA).apply(state(1, false)), PackedError);
});
