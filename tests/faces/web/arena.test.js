import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DIRECTIONS, fly, moves, ROCKS, WALLS } from "../../../src/tickwire/faces/web/arena.js";

const golden = JSON.parse(readFileSync(new URL("../../games/arena_golden.json", import.meta.url)));
const shipOf = ([x, y, vx, vy, heading, spin]) => ({ x, y, vx, vy, heading, spin });
const KEYS = ["turn_left", "turn_right", "thrust", "brake", "fire"];
const keysOf = (bits) => Object.fromEntries(KEYS.map((name, i) => [name, Boolean(bits & (1 << i))]));
const rowOf = ([x, y, vx, vy, heading, spin]) =>
  ({ x: x / 512, y: y / 512, vx, vy, angle: (heading * 360) / 256, spin, reload: 0, player: 1, shield: 3 });

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
    let row = Object.freeze(rowOf(start));
    for (const bits of keys) row = Object.freeze(moves.Ship(row, keysOf(bits)));
    const last = shipOf(states.at(-1));
    assert.deepEqual({ ...row }, { ...row, x: last.x / STEP, y: last.y / STEP, vx: last.vx, vy: last.vy, spin: last.spin });
    assert.equal(row.angle, (last.heading * 360) / 256);
  });
}

for (const { name, start, keys, reloads, shots } of golden.guns) {
  test(`a gun fires as in Python, and its shots fly as there: ${name}`, () => {
    let row = Object.freeze(rowOf(start));
    const fired = [];
    keys.forEach((bits, tick) => {
      row = Object.freeze(moves.Ship(row, keysOf(bits), (table, shot) => fired.push({ table, tick, shot: Object.freeze(shot) })));
      assert.equal(row.reload, reloads[tick], `tick ${tick}`);
    });
    assert.deepEqual(fired.map(({ table, tick }) => [table, tick]), shots.map(({ tick }) => ["Shot", tick]));
    shots.forEach(({ heading, way }, i) => {
      let { shot } = fired[i];
      for (const [x, y] of way) {
        assert.deepEqual([shot.x, shot.y, shot.heading, shot.player], [x, y, heading, 1]);
        shot = Object.freeze(moves.Shot(shot, keysOf(0)));
      }
      assert.equal(shot, null);
    });
  });
}

test("a shot flies straight to a wall, and its way is over", () => {
  let shot = { x: 100, y: 89, heading: 0, player: 1 };
  shot = moves.Shot(shot);
  assert.deepEqual([shot.x, shot.y], [102, 89]);
  for (let i = 0; i < 28; i += 1) shot = moves.Shot(shot);
  assert.deepEqual([shot.x, shot.y], [158, 89]);
  assert.equal(moves.Shot(shot), null);
});
