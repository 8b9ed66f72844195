// The painter without a page: it paints in the very frame in which it is given what is to be seen.
import assert from "node:assert/strict";
import { test } from "node:test";

const frames = new Map(); // what was asked for, by number
let asked = 0;
let painted = 0;
let now = 0;

const context = new Proxy({ createRadialGradient: () => ({ addColorStop() {} }), drawImage: () => (painted += 1) }, {
  get: (known, name) => known[name] ?? (() => {}),
  set: () => true,
});
const canvas = () => ({ getContext: () => context, style: {}, parentElement: { style: { setProperty() {} }, classList: { toggle() {} }, clientWidth: 200, clientHeight: 200 } });
globalThis.document = { createElement: canvas };
globalThis.matchMedia = () => ({ matches: false });
globalThis.ResizeObserver = class {
  observe() {}
};
globalThis.devicePixelRatio = 1;
globalThis.performance = { now: () => now * 1000 };
globalThis.requestAnimationFrame = (act) => {
  asked += 1;
  frames.set(asked, act);
  return asked;
};
globalThis.cancelAnimationFrame = (number) => frames.delete(number);

const { Painter } = await import("../../../src/tickwire/faces/web/painter.js");

// As a browser does it: those that were asked for before this frame, unless one is cancelled meanwhile.
function frame() {
  now += 1 / 60;
  for (const number of [...frames.keys()]) {
    const act = frames.get(number);
    frames.delete(number);
    act?.();
  }
}

const SCHEMA = {
  board: [100, 100],
  tables: [{ name: "Ship", fields: [], look: { kind: "dot", x: "x", y: "y", radius: 1 } }],
};

function playing() {
  const painter = new Painter(canvas());
  painter.start({ schema: SCHEMA, player: 1, tickRate: 20 });
  painter.leave(new Set(["Ship"]));
  let x = 0;
  const step = () => {
    globalThis.requestAnimationFrame(step);
    painter.show({ Ship: new Map([[1, { x: (x += 0.1), y: 1 }]]) });
  };
  globalThis.requestAnimationFrame(step);
  return painter;
}

test("each frame is painted once, and in itself, however long no state came", () => {
  const painter = playing();
  frame(); // the board's own first
  for (let i = 0; i < 300; i += 1) {
    const before = painted;
    if (i === 60) painter.follow({ full: false, changes: {} }, {}); // a state came, and then none
    frame();
    assert.equal(painted - before, 1, `frame ${i}`);
  }
});
