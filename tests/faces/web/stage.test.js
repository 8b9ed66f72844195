import assert from "node:assert/strict";
import { test } from "node:test";
import { blended, difference, moved, smoothOf } from "../../../src/tickwire/faces/web/blend.js";
import { Stage } from "../../../src/tickwire/faces/web/stage.js";
import { TableChanges } from "../../../src/tickwire/faces/web/table.js";

const RATE = 20;
const SCHEMA = {
  board: [100, 100],
  predict: "Ship",
  tables: [
    { name: "Ship", fields: [{ name: "x", type: "fixed", lo: 0, hi: 1000, step: 0.5, jump: 50 }, { name: "player", type: "u16" }] },
    { name: "Score", fields: [{ name: "points", type: "u16" }] },
  ],
  inputs: { keys: { right: { type: "boolean" }, power: { type: "integer", minimum: 1 } } },
  controls: { keys: {}, hold: { right: "right", d: "right" }, input: "keys" },
};

/** A server that moves ship 1 by 2 a tick while the key is held, and ship 2 by 1 always; 100 ms away in each direction. */
class Play {
  stage = new Stage(SCHEMA, 1, RATE);
  sent = [];
  now = 0;
  tick = 0;
  #held = [];
  #tables = { Ship: new Map([[1, { x: 0, player: 1 }], [2, { x: 0, player: 2 }]]), Score: new Map() };
  #down = [];
  #up = [];
  #first = true;

  constructor() {
    this.stage.moves = { Ship: (row, { right }) => ({ ...row, x: row.x + (right ? 2 : 0) }) };
  }

  frame() {
    this.now += 1 / 60;
    for (const { input, tick, seen } of this.stage.advance(this.now)) {
      this.sent.push({ input, tick, seen });
      this.#up.push([this.now + 0.1, () => this.#held.push([tick, input])]);
    }
    if (Math.floor(this.now) !== Math.floor(this.now - 1 / 60) || this.now < 0.5) {
      const sent = this.now;
      this.#up.push([sent + 0.1, () => this.#down.push([this.now + 0.1, () => this.stage.clock.pong(sent, this.now, this.now * RATE)])]);
    }
    this.#pass(this.#up);
    while (this.tick + 1 <= this.now * RATE + 1e-9) this.#step();
    this.#pass(this.#down);
  }

  run(seconds) {
    for (let i = 0; i < Math.round(seconds * 60); i += 1) this.frame();
  }

  x(id) {
    return this.stage.shown(this.now).Ship.get(id)?.x;
  }

  truth(id) {
    return this.#tables.Ship.get(id).x;
  }

  #step() {
    this.tick += 1;
    const input = this.#held.filter(([tick]) => tick <= this.tick).at(-1)?.[1];
    const before = new Map(this.#tables.Ship);
    const [one, two] = [before.get(1), before.get(2)];
    const rows = new Map([[1, { ...one, x: one.x + (input?.right ? 2 : 0) }], [2, { ...two, x: two.x + 1 }]]);
    this.#tables.Ship = rows;
    const changes = { Ship: new TableChanges(), Score: new TableChanges() };
    for (const [id, row] of before) if (row.x !== rows.get(id).x) changes.Ship.changed.set(id, row);
    const state = { tick: this.tick, full: this.#first, changes };
    this.#first = false;
    const tables = { Ship: rows, Score: new Map() };
    this.#down.push([this.now + 0.1, () => this.stage.state(this.now, state, tables)]);
  }

  #pass(link) {
    while (link.length && link[0][0] <= this.now + 1e-9) link.shift()[1]();
  }
}

function settled() {
  const play = new Play();
  play.run(4);
  return play;
}

test("a key shows in the next frame, and the server comes to the same", () => {
  const play = settled();
  const before = play.x(1);
  play.stage.press("right");
  play.frame();
  assert.ok(play.x(1) > before);
  play.run(1);
  play.stage.release("right");
  play.run(1);
  assert.equal(play.x(1), play.truth(1));
  assert.equal(play.stage.figures(play.now, 0, 0, 1).corrections, 0);
});

test("an input says for which tick it is and what was seen, and holds all fields", () => {
  const play = settled();
  play.stage.press("right");
  play.run(0.1);
  const [{ input, tick, seen }] = play.sent;
  assert.deepEqual(input, { type: "keys", right: true, power: 1 });
  assert.ok(tick > play.now * RATE && tick - seen > 6 && tick - seen < 9, `${tick} ${seen}`);
});

test("held keys are told again, and a tap between two ticks counts for one", () => {
  const play = settled();
  play.stage.press("right");
  play.run(1.2);
  assert.deepEqual(play.sent.map(({ tick }) => tick - play.sent[0].tick), [0, 10, 20]);
  play.stage.release("right");
  play.run(0.2);
  play.sent = [];
  play.stage.press("right");
  play.stage.release("right");
  play.run(0.2);
  assert.deepEqual(play.sent.map(({ input }) => input.right), [true, false]);
  assert.equal(play.sent[1].tick, play.sent[0].tick + 1);
});

test("the others are shown smoothly, where they were in the moment that is shown", () => {
  const play = settled();
  let last = play.x(2);
  for (let i = 0; i < 60; i += 1) {
    play.frame();
    const x = play.x(2);
    assert.ok(Math.abs(x - last - RATE / 60) < 0.05, `${x - last}`);
    assert.ok(Math.abs(x - play.stage.playback.time(play.now) * RATE) < 0.01);
    last = x;
  }
});

test("an event waits until its moment is on the screen", () => {
  const play = settled();
  play.stage.event(play.now, "boom");
  const came = play.now;
  let at = null;
  while (at === null) {
    play.frame();
    if (play.stage.takeEvents(play.now).length) at = play.now;
  }
  assert.ok(at - came > 0.08 && at - came < 0.2, `${at - came}`);
});

test("without rules one's own is shown as the others are", () => {
  const play = settled();
  play.stage.moves = {};
  play.run(0.2);
  const before = play.x(1);
  play.stage.press("right");
  play.run(0.1);
  assert.equal(play.x(1), before);
});

test("angles go the shorter way around, steps at the end, lines in a line", () => {
  const angle = smoothOf({ name: "a", type: "fixed", lo: 0, hi: 360, step: 1, blend: "angle" });
  const line = smoothOf({ name: "x", type: "f32" });
  const step = smoothOf({ name: "n", type: "u8" });
  assert.deepEqual([difference(angle, 350, 10), moved(angle, 350, 20), blended(angle, 350, 10, 0.25)], [20, 10, 355]);
  assert.deepEqual([blended(line, 0, 10, 0.25), blended(step, 1, 5, 0.9), blended(step, 1, 5, 1)], [2.5, 1, 5]);
});
