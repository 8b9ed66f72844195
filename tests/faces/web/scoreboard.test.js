import assert from "node:assert/strict";
import { test } from "node:test";
import { captionLines, scoreLines } from "../../../src/tickwire/faces/web/scoreboard.js";

const SCHEMA = { tables: [{ name: "Cell" }, { name: "Score", look: { kind: "score", player: "who", value: "points" } }] };
const PLAYERS = new Map([[1, "ada"], [2, "bob"], [3, "cy"]].map(([player, name]) => [player, { player, name, bot: player === 3 }]));

test("the best comes first, and who has no score last", () => {
  const Score = new Map([[10, { who: 1, points: 2 }], [11, { who: 3, points: 30 }]]);
  const lines = scoreLines(SCHEMA, { Cell: new Map(), Score }, PLAYERS);
  assert.deepEqual(lines.map(({ name, value }) => [name, value]), [["cy", 30], ["ada", 2], ["bob", null]]);
});

test("who lost the line is marked", () => {
  const players = new Map([[1, { player: 1, name: "ada", bot: false, away: true }], [2, { player: 2, name: "bob", bot: false }]]);
  assert.deepEqual(scoreLines(SCHEMA, { Score: new Map() }, players).map(({ away }) => away), [true, false]);
});

test("a score of somebody who has left is not shown", () => {
  const lines = scoreLines(SCHEMA, { Score: new Map([[1, { who: 9, points: 5 }]]) }, PLAYERS);
  assert.deepEqual(lines.map(({ player }) => player), [1, 2, 3]);
});

test("a clock ranks nobody, and a line says whose turn it is and which side is whose", () => {
  const look = { kind: "score", player: "who", value: "time", turn: "turn", side: "black" };
  const Clock = new Map([[1, { who: 1, time: "0:09.5", turn: 0, black: 1 }], [2, { who: 2, time: "12", turn: 1, black: 0 }]]);
  const lines = scoreLines({ tables: [{ name: "Clock", look }] }, { Clock }, PLAYERS);
  assert.deepEqual(lines.map(({ player, turn, side }) => [player, turn, side]), [[1, false, 1], [2, true, 0], [3, false, -1]]);
});

test("captions are the lines that say something", () => {
  const schema = { tables: [{ name: "Caption", look: { kind: "caption", text: "words" } }, { name: "Cell" }] };
  const Caption = new Map([[1, { words: "White to move" }], [2, { words: " " }], [3, { words: "1. e4" }]]);
  assert.deepEqual(captionLines(schema, { Caption, Cell: new Map() }), ["White to move", "1. e4"]);
});
