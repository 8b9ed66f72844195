import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DIRECTIONS, fly, moves, ROCKS, WALLS } from "../../../src/tickwire/faces/web/arena.js";

const golden = JSON.parse(readFileSync(new URL("../../games/arena_golden.json", import.meta.url)));
const shipOf = ([x, y, vx, vy, heading, spin]) => ({ x, y, vx, vy, heading, spin });
const keysOf = (bits) => ({ turn_left: Boolean(bits & 1), turn_right: Boolean(bits & 2), thrust: Boolean(bits & 4), brake: Boolean(bits & 8) });

test("the ground and the directions are those of the rules in Python", () => {
  assert.deepEqual(WALLS, golden.walls);
  assert.deepEqual(ROCKS, golden.rocks);
  assert.deepEqual(DIRECTIONS, golden.directions);
});

for (const { name, start, keys, states } of golden.flights) {
  test(`a ship flies as in Python: ${name}`, () => {
    let ship = shipOf(start);
    keys.forEach((bits, tick) => {
      ship = fly(ship, keysOf(bits));
      assert.deepEqual(ship, shipOf(states[tick]), `tick ${tick}`);
    });
  });

  test(`a row of the mirror does, too, without being changed: ${name}`, () => {
    const { constants: { STEP } } = golden;
    const [x, y, vx, vy, heading, spin] = start;
    let row = Object.freeze({ x: x / STEP, y: y / STEP, vx, vy, angle: (heading * 360) / 256, spin, player: 1, shield: 3 });
    for (const bits of keys) row = Object.freeze(moves.Ship(row, keysOf(bits)));
    const last = shipOf(states.at(-1));
    assert.deepEqual({ ...row }, { ...row, x: last.x / STEP, y: last.y / STEP, vx: last.vx, vy: last.vy, spin: last.spin });
    assert.equal(row.angle, (last.heading * 360) / 256);
  });
}

test("a shot flies straight and stops at a wall", () => {
  let shot = { x: 100, y: 89, heading: 0, player: 1 };
  shot = moves.Shot(shot);
  assert.deepEqual([shot.x, shot.y], [102, 89]);
  for (let i = 0; i < 60; i += 1) shot = moves.Shot(shot);
  assert.deepEqual([shot.x, shot.y], [158, 89]);
});
