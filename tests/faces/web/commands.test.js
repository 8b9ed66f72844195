import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsOf, valueTyped } from "../../../src/tickwire/faces/web/commands.js";

test("only inputs that no key sends need a form", () => {
  const inputs = { turn: { heading: { enum: ["up"] } }, move: { to: { type: "string", maxLength: 5 } }, resign: {} };
  const controls = { keys: { up: { type: "turn", heading: "up" } } };
  assert.deepEqual(commandsOf({ inputs, controls }), [
    { type: "move", fields: [["to", { type: "string", maxLength: 5 }]] },
    { type: "resign", fields: [] },
  ]);
});

test("what was typed becomes a value of the field's type", () => {
  assert.equal(valueTyped({ type: "integer" }, "12"), 12);
  assert.equal(valueTyped({ type: "string" }, "12"), "12");
  assert.equal(valueTyped({ enum: ["a"] }, "a"), "a");
  assert.equal(valueTyped({ type: "boolean" }, "on"), true);
  assert.equal(valueTyped({ type: "boolean" }, null), false);
});

test("what a click or a held key sends needs no form", () => {
  const inputs = { pick: { x: {}, y: {} }, keys: { up: {} }, draw: {} };
  const controls = { keys: {}, click: { type: "pick" }, input: "keys" };
  assert.deepEqual(commandsOf({ inputs, controls }), [{ type: "draw", fields: [] }]);
});
