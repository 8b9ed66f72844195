import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, cellWidth, clusters, limit } from "../../../src/tickwire/faces/web/characters.js";

const FAMILY = "👨\u200d👩\u200d👧";

test("a character is what a reader takes for one", () => {
  assert.deepEqual(clusters(`a${FAMILY}e\u0301👍🏽🇫🇷`), ["a", FAMILY, "e\u0301", "👍🏽", "🇫🇷"]);
  assert.equal(clusters("می\u200cروم").length, 5);
});

test("cells are counted as the server does", () => {
  const widths = { ada: 3, 蛇使い: 6, [FAMILY]: 2, "❤\ufe0f": 2, "❤": 1, "1\ufe0f\u20e3": 2, "🇫🇷": 2, "e\u0301": 1, ｗ: 2, "می\u200cروم": 5, 한국: 4, "🩷": 2 };
  for (const [text, width] of Object.entries(widths)) assert.equal(cellWidth(text), width, text);
});

test("a text is cut between characters", () => {
  assert.equal(begin(FAMILY.repeat(3), 2), FAMILY.repeat(2));
  assert.equal(begin("蛇蛇蛇", 9, 5), "蛇蛇");
  assert.equal(begin("x".repeat(400), 300).length, 300);
  assert.equal(begin("ada", 24, 24), "ada");
});

test("a field takes no more than it may hold, and what is being composed is left alone", () => {
  const field = new EventTarget();
  limit(field, 300);
  field.value = FAMILY.repeat(301);
  field.dispatchEvent(Object.assign(new Event("input"), { isComposing: true }));
  assert.equal(field.value, FAMILY.repeat(301));
  field.dispatchEvent(new Event("compositionend"));
  assert.equal(field.value, FAMILY.repeat(300));
});
