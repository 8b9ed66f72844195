import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreLines } from "../../../src/tickwire/faces/web/scoreboard.js";

const SCHEMA = { tables: [{ name: "Cell" }, { name: "Score", look: { kind: "score", player: "who", value: "points" } }] };
const PLAYERS = new Map([[1, "ada"], [2, "bob"], [3, "cy"]].map(([player, name]) => [player, { player, name, bot: player === 3 }]));

test("the best comes first, and who has no score last", () => {
  const Score = new Map([[10, { who: 1, points: 2 }], [11, { who: 3, points: 30 }]]);
  const lines = scoreLines(SCHEMA, { Cell: new Map(), Score }, PLAYERS);
  assert.deepEqual(lines.map(({ name, value }) => [name, value]), [["cy", 30], ["ada", 2], ["bob", null]]);
});

test("a score of somebody who has left is not shown", () => {
  const lines = scoreLines(SCHEMA, { Score: new Map([[1, { who: 9, points: 5 }]]) }, PLAYERS);
  assert.deepEqual(lines.map(({ player }) => player), [1, 2, 3]);
});
