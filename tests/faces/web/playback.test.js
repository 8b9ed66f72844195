import assert from "node:assert/strict";
import { test } from "node:test";
import { Playback } from "../../../src/tickwire/faces/web/playback.js";

const STEP = 0.05;

test("what a stall held up counts as one arrival, however much it is", () => {
  const arrivals = Array.from({ length: 480 }, (_, i) => [i * STEP + Math.max(0, 0.8 - (i % 24) * STEP), i * STEP]);
  arrivals.sort((a, b) => a[0] - b[0]);
  const playback = new Playback(STEP);
  for (const [now, time] of arrivals) playback.arrived(now, time);
  assert.equal(playback.delay, 2 * STEP);
  const [now] = arrivals.at(-1);
  assert.ok(Math.abs(playback.time(now) - (now - 2 * STEP)) < 0.02);
});

test("a burst and a stall after it are no step", () => {
  const late = new Array(120).fill(0.02);
  for (let i = 0; i < 8; i++) late[30 + i] = 0.02 + (12 - i) * STEP; // they come together
  for (let i = 38; i < 120; i++) late[i] = Math.max(0.02, 1.4 - (i - 38) * STEP); // and so do these, after a second in which nothing came
  const arrivals = late.map((each, i) => [i * STEP + each, i * STEP]).sort((a, b) => a[0] - b[0]);
  const playback = new Playback(STEP);
  let last = null;
  let shown = 0;
  for (let now = 0; now < 5; now += 1 / 60) {
    while (arrivals.length && arrivals[0][0] <= now) playback.arrived(...arrivals.shift());
    const time = playback.time(now);
    if (time !== null && last !== null) {
      assert.ok(Math.abs(time - last) < 0.03, `from ${last} to ${time} in a frame`);
      shown += 1;
    }
    last = time;
  }
  assert.ok(shown > 250);
});
