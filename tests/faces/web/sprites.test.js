import assert from "node:assert/strict";
import { test } from "node:test";
import { Sprites } from "../../../src/tickwire/faces/web/sprites.js";
import { TableChanges } from "../../../src/tickwire/faces/web/table.js";

const TICK_RATE = 10;
const SCHEMA = {
  board: [60, 40],
  tables: [
    { name: "Cell", look: { kind: "cell", x: "x", y: "y", color: "owner" } },
    { name: "Dot", look: { kind: "dot", x: "x", y: "y", color: 3, player: "owner" } },
    { name: "Ship", look: { kind: "arrow", x: "x", y: "y", angle: "angle" } },
    { name: "Score", look: { kind: "score", player: "owner", value: "x" } },
    { name: "Secret", look: { kind: "later" } },
  ],
};

/** A game of plain rows, that tells sprites what changed as a mirror does. */
class Board {
  tables = Object.fromEntries(SCHEMA.tables.map(({ name }) => [name, new Map()]));
  sprites = new Sprites(SCHEMA, 1, TICK_RATE);

  tick(now, steps, full = false) {
    const changes = Object.fromEntries(SCHEMA.tables.map(({ name }) => [name, new TableChanges()]));
    for (const [table, id, row] of steps) {
      const rows = this.tables[table];
      const before = rows.get(id);
      const kind = row === null ? "removed" : before ? "changed" : "added";
      changes[table][kind].set(id, before ?? row);
      if (row === null) rows.delete(id);
      else rows.set(id, row);
    }
    this.sprites.apply({ tick: 0, full, changes }, this.tables, now);
  }

  sprite(table, id) {
    return this.sprites.layers.find(({ name }) => name === table).sprites.get(id);
  }

  at(table, id, now) {
    const { x, y, angle } = this.sprites.place(this.sprite(table, id), now);
    return [x, y, angle].map((n) => Math.round(n * 100) / 100);
  }
}

test("only what has a look of a known kind is painted", () => {
  assert.deepEqual(new Board().sprites.layers.map(({ name }) => name), ["Cell", "Dot", "Ship"]);
});

test("a dot glides over one tick, and from where it is seen if it turns half-way", () => {
  const board = new Board();
  board.tick(0, [["Dot", 1, { x: 10, y: 5, owner: 2 }]], true);
  board.tick(1, [["Dot", 1, { x: 12, y: 5, owner: 2 }]]);
  assert.deepEqual(board.at("Dot", 1, 1.05), [11, 5, 0]);
  assert.deepEqual(board.at("Dot", 1, 5), [12, 5, 0]);
  board.tick(6, [["Dot", 1, { x: 14, y: 5, owner: 2 }]]);
  board.tick(6.05, [["Dot", 1, { x: 13, y: 7, owner: 2 }]]);
  assert.deepEqual(board.at("Dot", 1, 6.05), [13, 5, 0]);
  assert.deepEqual(board.at("Dot", 1, 6.1), [13, 6, 0]);
});

test("a way of more than a quarter of the board is a jump", () => {
  const board = new Board();
  board.tick(0, [["Dot", 1, { x: 59, y: 5, owner: 2 }]], true);
  board.tick(1, [["Dot", 1, { x: 1, y: 5, owner: 2 }]]);
  assert.deepEqual(board.at("Dot", 1, 1), [1, 5, 0]);
});

test("an angle turns the shorter way", () => {
  const board = new Board();
  board.tick(0, [["Ship", 1, { x: 0, y: 0, angle: 350 }]], true);
  board.tick(1, [["Ship", 1, { x: 0, y: 0, angle: 10 }]]);
  assert.deepEqual(board.at("Ship", 1, 1.05), [0, 0, 360]);
});

test("a new cell comes out of its youngest neighbor of the same colour", () => {
  const board = new Board();
  board.tick(0, [["Cell", 1, { x: 1, y: 1, owner: 2 }], ["Cell", 2, { x: 2, y: 2, owner: 1 }]], true);
  board.tick(1, [["Cell", 3, { x: 2, y: 1, owner: 2 }]]);
  assert.deepEqual(board.at("Cell", 3, 1), [1, 1, 0]);
  assert.deepEqual(board.at("Cell", 3, 1.1), [2, 1, 0]);
});

test("a cell that goes slips into its neighbor; food and whole bodies puff; others fade", () => {
  const ways = (gone) => {
    const board = new Board();
    const cells = [[1, 1, 2], [2, 1, 2], [3, 1, 2], [8, 8, 0], [20, 20, 5]];
    board.tick(0, cells.map(([x, y, owner], i) => ["Cell", i, { x, y, owner }]), true);
    board.tick(1, gone.map((i) => ["Cell", i, null]));
    return board.sprites.ghosts.map(({ way }) => way);
  };
  assert.deepEqual(ways([0]), ["slip"]);
  assert.deepEqual(ways([3]), ["puff"]);
  assert.deepEqual(ways([4]), ["fade"]);
  assert.deepEqual(ways([0, 1, 2]), ["puff", "puff", "puff"]);
});

test("ghosts fade, are swept, and never pile up", () => {
  const board = new Board();
  for (let i = 0; i < 300; i++) board.tick(0, [["Cell", i, { x: i % 60, y: 0, owner: 0 }]]);
  for (let i = 0; i < 300; i++) board.tick(1, [["Cell", i, null]]);
  assert.equal(board.sprites.ghosts.length, 200);
  assert.ok(board.sprites.moving(1.1));
  board.sprites.sweep(2);
  assert.equal(board.sprites.ghosts.length, 0);
  assert.ok(!board.sprites.moving(2));
});

test("a full state brings no ghosts", () => {
  const board = new Board();
  board.tick(0, [["Cell", 1, { x: 1, y: 1, owner: 0 }]], true);
  board.tick(1, [["Cell", 1, null]], true);
  assert.equal(board.sprites.ghosts.length, 0);
});

test("own is what the look's player names, or else what has the player's colour", () => {
  const board = new Board();
  board.tick(0, [
    ["Cell", 1, { x: 0, y: 0, owner: 1 }], ["Cell", 2, { x: 0, y: 1, owner: 2 }],
    ["Dot", 1, { x: 0, y: 0, owner: 1 }], ["Dot", 2, { x: 0, y: 0, owner: 3 }],
  ]);
  const owns = [["Cell", 1], ["Cell", 2], ["Dot", 1], ["Dot", 2]].map(([table, id]) => board.sprite(table, id).own);
  assert.deepEqual(owns, [true, false, true, false]);
});
