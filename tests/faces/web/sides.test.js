import assert from "node:assert/strict";
import { test } from "node:test";
import { isTurned, placeOf } from "../../../src/tickwire/faces/web/sides.js";
import { Sprites } from "../../../src/tickwire/faces/web/sprites.js";
import { TableChanges } from "../../../src/tickwire/faces/web/table.js";

const TABLES = [
  { name: "Square", look: { kind: "square", x: "x", y: "y", shade: "dark", column: "file", row: "rank" } },
  { name: "Hint", look: { kind: "mark", x: "x", y: "y", mark: "mark" } },
  { name: "Piece", look: { kind: "piece", x: "x", y: "y", glyph: "sign", side: "black" } },
  { name: "Seat", look: { kind: "seat", player: "player", turned: "black" } },
];
const SCHEMA = { board: [2, 2], tables: TABLES };

function tables(black) {
  const squares = [[0, 0, "a", "2"], [1, 0, "b", "2"], [0, 1, "a", "1"], [1, 1, "b", "1"]];
  return {
    Square: new Map(squares.map(([x, y, file, rank], id) => [id, { x, y, dark: 0, file, rank }])),
    Hint: new Map([[1, { x: 0, y: 0, mark: 3 }]]),
    Piece: new Map([[1, { x: 0, y: 1, sign: "♞", black: 1 }]]),
    Seat: new Map([[1, { player: 1, black }]]),
  };
}

const changesOf = (rows) => Object.fromEntries(TABLES.map(({ name }) => {
  const changes = new TableChanges();
  for (const [id, row] of rows[name]) changes.added.set(id, row);
  return [name, changes];
}));

const kind = (sprites, name) => sprites.layers.find((layer) => layer.name === name).sprites;

test("who sits across sees the board turned, and a watcher does not", () => {
  assert.equal(isTurned(TABLES, tables(1), 1), true);
  assert.equal(Boolean(isTurned(TABLES, tables(0), 1)), false);
  assert.equal(isTurned(TABLES, tables(1), 0), false);
});

test("from the other side a thing is on the other side", () => {
  const place = (look, row) => placeOf({ x: "x", y: "y", ...look }, { x: 2, y: 3, ...row }, [10, 8], true);
  assert.deepEqual(place({ kind: "piece" }), { x: 7, y: 4, angle: 180 });
  assert.deepEqual(place({ kind: "dot" }), { x: 8, y: 5, angle: 180 });
  assert.deepEqual(place({ kind: "box", width: "w", height: 1 }, { w: 4 }), { x: 4, y: 4, angle: 180 });
  assert.deepEqual(placeOf({ kind: "dot", x: "x", y: 1 }, { x: 2 }, [10, 8], false), { x: 2, y: 1, angle: 0 });
});

test("the names of columns and rows stand at one's own edge, and follow a turn", () => {
  const sprites = new Sprites(SCHEMA, 1, 10);
  let rows = tables(0);
  sprites.apply({ full: true, changes: changesOf(rows) }, rows, 1);
  const named = () => [...kind(sprites, "Square").values()].map(({ row, named }) => [row.file + row.rank, ...named]);
  assert.deepEqual(named(), [["a2", false, true], ["b2", false, false], ["a1", true, true], ["b1", true, false]]);
  rows = tables(1);
  sprites.apply({ full: true, changes: changesOf(rows) }, rows, 2);
  assert.equal(sprites.turned, true);
  assert.deepEqual(named(), [["a2", true, false], ["b2", true, true], ["a1", false, false], ["b1", false, true]]);
  assert.deepEqual(kind(sprites, "Piece").get(1).to, { x: 1, y: 0, angle: 180 });
  assert.deepEqual(sprites.inField(0, 1), { column: "a", row: "1", piece: "♞", side: "dark" });
  assert.deepEqual(sprites.ghosts, []);
});

test("a piece slides however far it goes, and marks vanish without a trace", () => {
  const sprites = new Sprites({ ...SCHEMA, board: [8, 8] }, 1, 10);
  const rows = tables(0);
  sprites.apply({ full: true, changes: changesOf(rows) }, rows, 1);
  const none = () => Object.fromEntries(TABLES.map(({ name }) => [name, new TableChanges()]));
  const moved = none();
  moved.Piece.changed.set(1, rows.Piece.get(1));
  moved.Hint.removed.set(1, rows.Hint.get(1));
  rows.Piece.set(1, { ...rows.Piece.get(1), x: 7, y: 6 });
  rows.Hint.clear();
  sprites.apply({ full: false, changes: moved }, rows, 2);
  const { x, y } = sprites.place(kind(sprites, "Piece").get(1), 2.1);
  assert.deepEqual([x.toFixed(3), y.toFixed(3)], ["3.500", "3.500"]);
  assert.deepEqual(sprites.ghosts, []);
  const taken = none();
  taken.Piece.removed.set(1, rows.Piece.get(1));
  rows.Piece.clear();
  sprites.apply({ full: false, changes: taken }, rows, 3);
  assert.deepEqual(sprites.ghosts.map(({ way }) => way), ["puff"]);
});

test("of two pieces in a field the one on top is told", () => {
  const choice = { name: "Choice", look: { kind: "piece", x: "x", y: "y", glyph: "sign", side: 0 } };
  const sprites = new Sprites({ board: [2, 2], tables: [...TABLES, choice] }, 1, 10);
  const rows = { ...tables(0), Choice: new Map([[1, { x: 0, y: 1, sign: "♛" }]]) };
  const added = new TableChanges();
  added.added.set(1, rows.Choice.get(1));
  sprites.apply({ full: true, changes: { ...changesOf(rows), Choice: added } }, rows, 1);
  assert.deepEqual(sprites.inField(0, 1), { column: "a", row: "1", piece: "♛", side: "light" });
});
