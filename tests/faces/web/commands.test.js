import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsOf, plainOf, valueTyped } from "../../../src/tickwire/faces/web/commands.js";

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

test("choices keep their type, brackets are JSON, and what is left empty counts as its default", () => {
  assert.equal(valueTyped({ enum: [1, 2, "3"] }, "2"), 2);
  assert.deepEqual(valueTyped({ type: "array", items: { type: "integer" } }, "[1, 2]"), [1, 2]);
  assert.equal(valueTyped({ type: "object" }, "{"), "{");
  assert.equal(valueTyped({ type: "integer", default: 5 }, ""), undefined);
  assert.equal(valueTyped({ type: "string" }, ""), "");
});

test("what may be null is asked for as what else it may be", () => {
  const described = { anyOf: [{ type: "null" }, { enum: ["white", "black"] }], default: null };
  assert.deepEqual(plainOf(described), { enum: ["white", "black"], default: null });
  assert.equal(valueTyped(described, ""), undefined);
  assert.equal(valueTyped(described, "black"), "black");
});

test("what a click or a held key sends needs no form", () => {
  const inputs = { pick: { x: {}, y: {} }, keys: { up: {} }, draw: {} };
  const controls = { keys: {}, click: { type: "pick" }, input: "keys" };
  assert.deepEqual(commandsOf({ inputs, controls }), [{ type: "draw", fields: [] }]);
});
