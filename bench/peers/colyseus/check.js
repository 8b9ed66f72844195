// Joins a few clients by Colyseus's own SDK and decodes what they receive: patches at 20 Hz, and dots that move as the
// rules say. Run it against server.js to be sure that the benchmark measures the game and not an error message.
//
//     node check.js PORT

import { Client } from "@colyseus/sdk";

const CLIENTS = 3;
const WATCH_MS = 3000;

const client = new Client(`ws://127.0.0.1:${process.argv[2]}`);
const rooms = await Promise.all(Array.from({ length: CLIENTS }, () => client.joinOrCreate("swarm")));

const watched = rooms[0];
const trail = [];
watched.onStateChange((state) => {
  const dot = state.dots.get(watched.sessionId);
  trail.push({ x: dot.x, y: dot.y });
});
for (const room of rooms) room.send("steer", 0); // heading 0: x grows by 2 units a tick, y stays
await new Promise((resolve) => setTimeout(resolve, WATCH_MS));

const steady = trail.slice(-20);
const steps = steady.slice(1).map((to, i) => [(to.x - steady[i].x + 1000) % 1000, to.y - steady[i].y]);
const perSecond = (trail.length / WATCH_MS) * 1000;
console.log(`${watched.state.dots.size} dots, ${perSecond.toFixed(1)} patches a second, steps ${JSON.stringify(steps)}`);
process.exit(perSecond > 18 && steps.every(([x, y]) => x % 2 === 0 && y === 0) ? 0 : 1);
