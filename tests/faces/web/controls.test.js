import assert from "node:assert/strict";
import { test } from "node:test";
import { clickInput, inputOf, keyHelp, labelOf, steersByCursor, Swipe, touchControls, touchHelp } from "../../../src/tickwire/faces/web/controls.js";

const turn = (heading) => ({ type: "turn", heading });
const KEYS = {
  up: turn("up"), w: turn("up"), left: turn("left"), a: turn("left"),
  space: { type: "fire" }, x: { type: "fire" }, b: { type: "boost", on: true },
};

test("keys are found by their names in the schema", () => {
  assert.deepEqual(inputOf(KEYS, "ArrowUp"), turn("up"));
  assert.deepEqual(inputOf(KEYS, " "), { type: "fire" });
  assert.deepEqual(inputOf(KEYS, "A"), turn("left"), "caps lock");
  assert.equal(inputOf(KEYS, "ArrowDown"), undefined);
  assert.equal(inputOf(KEYS, "constructor"), undefined);
});

test("thumbs get the arrows as a pad, and one button for each other input", () => {
  const { pad, buttons } = touchControls(KEYS);
  assert.deepEqual(pad, { up: turn("up"), left: turn("left") });
  assert.deepEqual(buttons.map(({ label }) => label), ["fire", "boost on"]);
});

test("a game without arrows has no pad", () => {
  assert.deepEqual(touchControls({ r: { type: "roll" } }).pad, {});
});

test("the help lists the keys of each input once", () => {
  assert.deepEqual(keyHelp(KEYS)[0], { label: "turn up", keys: ["up", "w"] });
  assert.equal(keyHelp(KEYS).length, 4);
});

test("an input is labelled by its type and what it says", () => {
  assert.equal(labelOf({ type: "jump", high: false }, {}), "jump");
  assert.equal(labelOf({ type: "fire", power: 9, twice: true }, {}), "fire power 9 twice");
});

test("of mere numbers a player reads where the arrow points, and that none of them is a stop", () => {
  const go = (dx, dy) => ({ type: "go", dx, dy });
  const keys = { w: go(0, -1), up: go(0, -1), right: go(1, 0), space: go(0, 0), y: go(-1, -1), z: { type: "zoom", by: 0 } };
  const { buttons } = touchControls(keys);
  assert.deepEqual(buttons.map(({ label }) => label), ["stop", "go dx -1 dy -1", "zoom by 0"]);
  assert.deepEqual(keyHelp(keys).slice(0, 2), [{ label: "go up", keys: ["w", "up"] }, { label: "go right", keys: ["right"] }]);
});

test("a swipe steers while the finger moves, once for each stroke, round corners too", () => {
  const swipe = new Swipe(100, 100, 20);
  const path = [[110, 100], [125, 104], [150, 104], [152, 130], [152, 160], [120, 160]];
  assert.deepEqual(path.map(([x, y]) => swipe.moveTo(x, y)), [null, "right", null, "down", null, "left"]);
});

test("a click sends its place, whole where the field is", () => {
  const inputs = { go: { x: { type: "integer" }, y: { type: "number" } } };
  assert.deepEqual(clickInput({ click: { type: "go", hard: true } }, inputs, [3.7, 2.5]), { type: "go", hard: true, x: 3, y: 2.5 });
  assert.equal(clickInput({}, inputs, [3.7, 2.5]), undefined);
});

test("arrows move a cursor only where no keys are the game's", () => {
  assert.equal(steersByCursor({ click: { type: "go" }, keys: {} }), true);
  assert.equal(steersByCursor({ click: { type: "go" }, keys: KEYS }), false);
  assert.equal(steersByCursor({ click: { type: "go" }, keys: {}, hold: { up: "thrust" } }), false);
  assert.equal(steersByCursor({ keys: {} }), false);
});

test("the help for thumbs speaks of what there is: swipes, a pad that is held, taps or the chat", () => {
  const keys = { up: turn("up"), down: turn("down"), w: turn("up"), space: { type: "fire" } };
  assert.deepEqual(touchHelp({ keys }), [
    { label: "turn up, down", keys: ["swipe", "pad"] },
    { label: "tap the button", keys: ["fire"] },
  ]);
  const hold = { up: "thrust", w: "thrust", left: "turn_left", space: "fire" };
  assert.deepEqual(touchHelp({ keys: {}, hold }), [
    { label: "thrust", keys: ["pad ↑"] },
    { label: "turn left", keys: ["pad ←"] },
    { label: "hold the button", keys: ["fire"] },
  ]);
  assert.deepEqual(touchHelp({ keys: {}, click: { type: "point" }, text: "a move" }), [
    { label: "points at the board", keys: ["tap"] },
    { label: "a move", keys: ["chat"] },
  ]);
});
