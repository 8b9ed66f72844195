import assert from "node:assert/strict";
import { test } from "node:test";
import { Cursor } from "../../../src/tickwire/faces/web/cursor.js";

test("the cursor comes with the first arrow and goes with escape", () => {
  const cursor = new Cursor([8, 8]);
  assert.equal(cursor.press("Escape", false), false);
  assert.equal(cursor.press("ArrowLeft", false), true);
  assert.deepEqual(cursor.at, [4.5, 4.5]);
  assert.equal(cursor.press("Escape", false), true);
  assert.equal(cursor.at, null);
  assert.equal(cursor.press("constructor", false), false);
});

test("the cursor goes where the arrow points and stays on the board", () => {
  for (const [turned, corner] of [[false, [0.5, 0.5]], [true, [7.5, 7.5]]]) {
    const cursor = new Cursor([8, 8]);
    for (let i = 0; i < 20; i++) cursor.press(i % 2 ? "ArrowUp" : "ArrowLeft", turned);
    assert.deepEqual(cursor.at, corner);
  }
});
