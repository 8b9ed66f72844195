import assert from "node:assert/strict";
import { test } from "node:test";
import { readCode } from "../../../src/tickwire/faces/web/rooms.js";

const read = (typed) => readCode(typed, "localhost:5050");

test("a code is taken in capitals, and nothing means any room", () => {
  assert.deepEqual(read(" k7qx "), { code: "K7QX", elsewhere: "", problem: "" });
  assert.deepEqual(read(""), { code: "", elsewhere: "", problem: "" });
});

test("a link gives the code behind its #, and says if it leads to another server", () => {
  assert.deepEqual(read("http://localhost:5050/#k7qx"), { code: "K7QX", elsewhere: "", problem: "" });
  assert.deepEqual(read("localhost:5050/#k7qx"), { code: "K7QX", elsewhere: "", problem: "" });
  assert.deepEqual(read("#k7qx"), { code: "K7QX", elsewhere: "", problem: "" });
  assert.deepEqual(read("https://other.example/#k7qx"), { code: "K7QX", elsewhere: "other.example", problem: "" });
});

test("what holds no code gets a sentence of its own", () => {
  assert.match(read("http://example.com/x y").problem, /elsewhere \(example\.com\)/);
  assert.match(read("example.com").problem, /elsewhere \(example\.com\)/);
  assert.match(read("http://[::::").problem, /elsewhere/);
  assert.match(read("http://localhost:5050/").problem, /names no room/);
  assert.match(read("x y").problem, /letters and digits/);
  assert.match(read("#<b>").problem, /letters and digits/);
});
