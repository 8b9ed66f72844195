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
    {
      name: "Ship",
      fields: [
        { name: "x", type: "fixed", lo: 0, hi: 1000, step: 0.5, jump: 50 },
        { name: "player", type: "u16" },
        { name: "reload", type: "u8" },
      ],
    },
    { name: "Shot", fields: [{ name: "x", type: "fixed", lo: 0, hi: 9000, step: 1 }, { name: "player", type: "u16" }] },
    { name: "Score", fields: [{ name: "points", type: "u16" }] },
  ],
  inputs: { keys: { right: { type: "boolean" }, fire: { type: "boolean" }, power: { type: "integer", minimum: 1 } } },
  controls: { keys: {}, hold: { right: "right", d: "right", space: "fire" }, input: "keys" },
};
const REST = 6; // ticks between two shots

// Ship 1 moves by 2 a tick while the key is held, and its shots by 6, up to 9000.
const MOVES = {
  Ship(row, { right, fire }, bring) {
    const x = row.x + (right ? 2 : 0);
    const fires = fire && row.reload <= 1;
    if (fires) bring("Shot", { x, player: row.player });
    return { ...row, x, reload: fires ? REST : Math.max(0, row.reload - 1) };
  },
  Shot: (row) => ({ ...row, x: Math.min(9000, row.x + 6) }),
};

/** A server with these rules, and with a ship 2 that always moves by 1; 100 ms away in each direction. */
class Play {
  stage = new Stage(SCHEMA, 1, RATE);
  sent = [];
  now = 0;
  tick = 0;
  #held = [];
  fired = 0;
  late = 0; // seconds that inputs take longer
  tells = true; // whether the server announces slips
  #stoppedUntil = 0;
  #slipped = 0; // ticks
  #tables = {
    Ship: new Map([[1, { x: 0, player: 1, reload: 0 }], [2, { x: 0, player: 2, reload: 0 }]]),
    Shot: new Map(),
    Score: new Map(),
  };
  #down = [];
  #up = [];
  #first = true;

  constructor() {
    this.stage.moves = MOVES;
  }

  frame() {
    this.now += 1 / 60;
    for (const { input, tick, seen } of this.stage.advance(this.now)) {
      this.sent.push({ input, tick, seen });
      this.stage.sent(this.sent.length, tick);
      this.#up.push([this.now + 0.1 + this.late, () => this.#held.push([tick, input])]);
    }
    if (Math.floor(this.now) !== Math.floor(this.now - 1 / 60) || this.now < 0.5) {
      const sent = this.now;
      this.#up.push([sent + 0.1, () => this.#answer(sent, this.due)]);
    }
    if (this.now >= this.#stoppedUntil) this.#serve();
    this.#pass(this.#down);
  }

  /** The tick that is due at the server, with its fraction. */
  get due() {
    return this.now * RATE - this.#slipped;
  }

  /** The server does nothing from now on. */
  stopServer(seconds) {
    this.#stoppedUntil = this.now + seconds;
  }

  #answer(sent, tick) {
    this.#down.push([this.now + 0.1, () => this.stage.pong(sent, this.now, tick)]);
  }

  #serve() {
    this.#pass(this.#up);
    const late = Math.floor(this.due + 1e-9) - this.tick;
    if (late > 5 && this.#stoppedUntil) {
      this.#slipped += late - 1;
      if (this.tells) this.#down.push([this.now + 0.1, () => this.stage.slip(this.now, late - 1)]);
    }
    this.#stoppedUntil = 0;
    while (this.tick + 1 <= this.due + 1e-9) this.#step();
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

  /** The shots on the screen, as [id, x]. */
  get shots() {
    return [...this.stage.shown(this.now).Shot].map(([id, { x }]) => [id, x]);
  }

  set reload(ticks) {
    this.#tables.Ship.get(1).reload = ticks;
  }

  #step() {
    this.tick += 1;
    const input = this.#held.filter(([tick]) => tick <= this.tick).at(-1)?.[1] ?? {};
    const { Ship: before, Shot: flying } = this.#tables;
    const bring = (_, shot) => (made = shot);
    let made = null;
    const rows = new Map([[1, MOVES.Ship(before.get(1), input, bring)], [2, { ...before.get(2), x: before.get(2).x + 1 }]]);
    const shots = new Map([...flying].map(([id, row]) => [id, MOVES.Shot(row)]));
    const changes = { Ship: new TableChanges(), Shot: new TableChanges(), Score: new TableChanges() };
    for (const [id, row] of before) changes.Ship.changed.set(id, row);
    for (const [id, row] of flying) changes.Shot.changed.set(id, row);
    if (made) {
      this.fired += 1;
      shots.set(this.fired, MOVES.Shot(made));
      changes.Shot.added.set(this.fired, made);
    }
    this.#tables = { Ship: rows, Shot: shots, Score: new Map() };
    const state = { tick: this.tick, full: this.#first, changes };
    this.#first = false;
    const tables = this.#tables;
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

/** Frames of the fire key being held, then others; returns by id what the screen showed of each shot, as [frame, x]. */
function fired(play, held, more) {
  const ways = new Map();
  play.stage.press("fire");
  for (let frame = 0; frame < held + more; frame += 1) {
    if (frame === held) play.stage.release("fire");
    play.frame();
    for (const [id, x] of play.shots) ways.set(id, [...(ways.get(id) ?? []), [frame, x]]);
  }
  return [...ways.values()];
}

function steps(way) {
  return way.slice(1).map(([, x], i) => x - way[i][1]);
}

test("a shot is there in the next frame, and flies on as one thing when the real row takes over", () => {
  for (let wait = 0; wait < 3; wait += 1) {
    const play = settled();
    for (let i = 0; i < wait; i += 1) play.frame();
    const [way, ...others] = fired(play, 2, 90);
    assert.deepEqual([others.length, play.fired, way.length, way[0][0]], [0, 1, 92, 0]);
    assert.ok(steps(way).every((step) => Math.abs(step - 2) < 0.2), `${steps(way)}`);
  }
});

test("of a burst each shot is seen once, whatever is played again", () => {
  const play = settled();
  const ways = fired(play, 3 * REST * 5 + 4, 60);
  assert.deepEqual([ways.length, play.fired], [6, 6]);
  for (const way of ways) assert.equal(way.at(-1)[0] - way[0][0] + 1, way.length);
});

test("a shot that the server refuses vanishes, and one that is put off goes on as the same", () => {
  const play = settled();
  play.reload = 100;
  const [refused, ...others] = fired(play, 2, 60);
  assert.deepEqual([others.length, play.fired], [0, 0]);
  assert.ok(refused.length < 15, `${refused.length}`);
  const slow = settled();
  slow.late = 0.15;
  const ways = fired(slow, 14, 60);
  assert.deepEqual([ways.length, slow.fired], [1, 1]);
  assert.equal(ways[0].length, 74);
  assert.ok(steps(ways[0]).every((step) => step > 0 && step < 2.2), `${steps(ways[0])}`);
});

test("a shot whose way is over is gone there, whatever the states say", () => {
  for (let wait = 0; wait < 3; wait += 1) {
    const play = settled();
    const flown = MOVES.Shot;
    play.stage.moves = { ...MOVES, Shot: (row) => (row.x >= 60 ? null : { ...flown(row), x: Math.min(60, row.x + 6) }) };
    for (let i = 0; i < wait; i += 1) play.frame();
    const [way, ...others] = fired(play, 2, 90); // this server never takes it away
    assert.deepEqual([others.length, play.fired], [0, 1]);
    assert.equal(way.at(-1)[0] - way[0][0] + 1, way.length);
    assert.ok(way.at(-1)[1] > 58 && way.at(-1)[1] <= 60 && steps(way).every((step) => step > 0), `${way}`);
  }
});

test("a trigger that is pulled in a frame that took long does not count for the ticks before", () => {
  const play = settled();
  play.now += 0.4;
  const [way, ...others] = fired(play, 2, 60);
  assert.deepEqual([others.length, play.fired, way[0][0]], [0, 1, 0]);
  assert.ok(way[0][1] <= 2 * 6, `${way[0]}`);
});

test("an input says for which tick it is and what was seen, and holds all fields", () => {
  const play = settled();
  play.stage.press("right");
  play.run(0.1);
  const [{ input, tick, seen }] = play.sent;
  assert.deepEqual(input, { type: "keys", right: true, fire: false, power: 1 });
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
  assert.equal(smoothOf({ name: "a", type: "fixed", lo: 0, hi: 9, step: 1, blend: "spring" }).blend, "linear");
  const angle = smoothOf({ name: "a", type: "fixed", lo: 0, hi: 360, step: 1, blend: "angle" });
  const line = smoothOf({ name: "x", type: "f32" });
  const step = smoothOf({ name: "n", type: "u8" });
  assert.deepEqual([difference(angle, 350, 10), moved(angle, 350, 20), blended(angle, 350, 10, 0.25)], [20, 10, 355]);
  assert.deepEqual([blended(line, 0, 10, 0.25), blended(step, 1, 5, 0.9), blended(step, 1, 5, 1)], [2.5, 1, 5]);
});

test("with rollback, a state that lacks a late input is not taken for the truth, for a quarter of a second", () => {
  const twin = (rollback) => {
    const stage = new Stage({ ...SCHEMA, rollback }, 1, RATE);
    stage.moves = MOVES;
    const tables = { Ship: new Map([[1, { x: 0, player: 1, reload: 0 }]]), Shot: new Map(), Score: new Map() };
    const changes = () => ({ Ship: new TableChanges(), Shot: new TableChanges(), Score: new TableChanges() });
    stage.clock.pong(0, 0, 0);
    const xs = [];
    let sent = 0;
    for (let tick = 1; tick <= 30; tick += 1) {
      const now = tick / RATE;
      if (tick === 10) stage.press("right");
      for (const out of stage.advance(now)) stage.sent((sent += 1), out.tick);
      if (tick < 10) stage.acked(now, sent, 0);
      stage.state(now, { tick, full: tick === 1, changes: changes() }, tables); // in which the ship stands still
      xs.push(stage.shown(now).Ship.get(1).x);
    }
    return xs;
  };
  const [held, not] = [twin(true), twin(false)];
  assert.deepEqual(held.slice(9, 15).map(Math.round), [3, 5, 7, 9, 11, 13], "on as it was played ahead");
  assert.ok(held.at(-1) < 7.1, "and then the states are believed");
  assert.ok(Math.max(...not) < 7.1, "as they are at once without it");
});

test("a key that goes up within a tick does not snap the row back, and a shot that was seen is fired", () => {
  const back = [];
  for (let wait = 0; wait < 3; wait += 1) {
    const play = new Play();
    play.run(2);
    play.stage.press("right");
    play.run(0.4 + wait / 60);
    let x = play.x(1);
    play.stage.release("right");
    for (let i = 0; i < 30; i += 1) {
      play.frame();
      back.push(x - play.x(1));
      x = play.x(1);
    }
  }
  assert.ok(Math.max(...back) < 0.4, `${Math.max(...back)}: a tick goes 2`);
  for (let wait = 0; wait < 6; wait += 1) {
    const play = new Play();
    play.run(2 + wait / 60);
    play.stage.press("fire");
    play.run((REST + 0.5) / RATE);
    const seen = new Set(play.shots.map(([id]) => id)).size;
    play.stage.release("fire");
    play.run(1);
    assert.equal(play.fired, seen);
  }
});

// By how many seconds the ship that always moves by 1, and one's own that moves by 2, are painted ahead of the server.
function ahead(play) {
  return { other: (play.x(2) - play.truth(2)) / RATE, own: (play.x(1) - play.truth(1)) / 2 / RATE };
}

function watched(play, seconds) {
  const [own, other] = [[], []];
  for (let frame = 0; frame < Math.round(seconds * 60); frame += 1) {
    play.frame();
    const each = ahead(play);
    own.push(each.own);
    other.push(each.other);
  }
  return { own: [Math.min(...own), Math.max(...own)], other: [Math.min(...other), Math.max(...other)] };
}

function near([least, most], [low, high]) {
  assert.ok(least > low - 0.015 && most < high + 0.015, `${least} to ${most}, not ${low} to ${high}`);
}

for (const stop of [0.35, 0.5, 2, 8]) {
  test(`right after a server was held up for ${stop} s all is shown in its time again`, () => {
    const play = settled();
    play.stage.press("right");
    play.run(1);
    const usual = watched(play, 1);
    assert.ok(usual.own[1] < 0.2, `${usual.own}: a way, and what inputs come early by`);
    play.stopServer(stop);
    play.run(stop);
    assert.ok(ahead(play).own > 0.8 * Math.min(stop, 0.5));
    play.run(0.1 + 3 / RATE + 0.15); // until the news are there, and what was wrong has faded
    const after = watched(play, 2);
    near(after.own, usual.own);
    near(after.other, usual.other);
    assert.equal(play.stage.clock.steps, 1);
  });
}

test("a slip that nobody tells is found out with the next pong", () => {
  const play = settled();
  play.tells = false;
  play.stage.press("right");
  play.run(1);
  const usual = watched(play, 1);
  play.stopServer(0.7);
  play.run(0.7 + 1 + 0.2 + 0.15 + 1 / RATE);
  const after = watched(play, 2);
  near(after.own, usual.own);
  near(after.other, usual.other);
});

test("after a slip a key counts at once", () => {
  const play = settled();
  play.stopServer(0.5);
  play.run(0.5 + 0.1 + 2 / RATE);
  const before = play.truth(1);
  play.stage.press("right");
  play.run(0.2 + 4 / RATE);
  assert.ok(play.truth(1) > before);
  play.run(1);
  assert.ok(Math.abs(ahead(play).own - 0.125) < 0.05, `${ahead(play).own}`);
});

test("what was shown long ago, in a hidden tab, is told no more", () => {
  const play = settled();
  for (let i = 0; i < 600; i += 1) {
    play.frame();
    play.stage.event(play.now, i); // nobody asks for them
  }
  assert.ok(play.stage.takeEvents(play.now).every((i) => i > 600 - 60 * 1.2), "no older than a second");
  play.stage.event(play.now, "new");
  play.run(0.5);
  assert.equal(play.stage.takeEvents(play.now).at(-1), "new");
});

test("what rests is shown where the server has it, and a rest is no time in which it moved", () => {
  const stage = new Stage(SCHEMA, 0, RATE);
  const ship = (x) => ({ x, player: 2, reload: 0 });
  const state = (tick, before, x, full = false) => {
    const changes = { Ship: new TableChanges(), Shot: new TableChanges(), Score: new TableChanges() };
    if (x !== before) changes.Ship.changed.set(1, ship(before));
    const tables = { Ship: new Map([[1, ship(x)]]), Shot: new Map(), Score: new Map() };
    stage.state(tick / RATE + 0.1, { tick, full, empty: !full && x === before, changes }, tables);
  };
  for (let tick = 1; tick <= 40; tick += 1) state(tick, tick - 1, tick, tick === 1);
  state(41, 40, 40);
  const at = (tick) => stage.shown(tick / RATE + 0.1 + 0.1).Ship.get(1).x; // shown two send intervals late
  assert.ok(Math.abs(at(40) - 40) < 0.01);
  for (let tick = 41; tick <= 60; tick += 0.25) assert.equal(at(tick), 40);
  state(62, 40, 41);
  assert.equal(at(60.9), 40);
  assert.ok(Math.abs(at(61.5) - 40.5) < 0.05);
  state(64, 41, 43); // two ticks that were made together
  assert.ok(Math.abs(at(63) - 42) < 0.05);
});
