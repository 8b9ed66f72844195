// The swarm on Colyseus: a schema of 16-bit positions, one patch every 50 ms, the WebSocket transport.
// Only x and y are in the schema, so that Colyseus sends as little as it can.

import { Room, Server } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";

const SIZE = 1000; // units, the side of the torus
const SPEED = 2; // units a tick
const SEATS = 50;
const TICK = 50; // milliseconds
const HEADINGS = 256; // directions in a full circle

const STEPS = Array.from({ length: HEADINGS }, (_, heading) => {
  const angle = (2 * Math.PI * heading) / HEADINGS;
  return { x: SPEED * Math.cos(angle), y: SPEED * Math.sin(angle) };
});

const Dot = schema({ x: t.uint16(), y: t.uint16() }, "Dot");
const Swarm = schema({ dots: t.map(Dot) }, "Swarm");

const wrap = (value) => (value + SIZE) % SIZE;

class SwarmRoom extends Room {
  maxClients = SEATS;
  patchRate = TICK;
  state = new Swarm();
  players = new Map(); // by session: where it is exactly, its heading, and its row of the state

  messages = {
    steer: (client, heading) => {
      this.players.get(client.sessionId).heading = heading & (HEADINGS - 1);
    },
  };

  onCreate() {
    this.setTimestep(() => this.step(), TICK);
  }

  onJoin(client) {
    const player = {
      x: Math.random() * SIZE,
      y: Math.random() * SIZE,
      heading: Math.floor(Math.random() * HEADINGS),
      dot: new Dot(),
    };
    player.dot.x = Math.floor(player.x);
    player.dot.y = Math.floor(player.y);
    this.players.set(client.sessionId, player);
    this.state.dots.set(client.sessionId, player.dot);
  }

  onLeave(client) {
    this.players.delete(client.sessionId);
    this.state.dots.delete(client.sessionId);
  }

  step() {
    for (const player of this.players.values()) {
      const step = STEPS[player.heading];
      player.x = wrap(player.x + step.x);
      player.y = wrap(player.y + step.y);
      player.dot.x = Math.floor(player.x);
      player.dot.y = Math.floor(player.y);
    }
  }
}

const transport = new WebSocketTransport();
const server = new Server({ transport, greet: false });
server.define("swarm", SwarmRoom);
await server.listen(0, "127.0.0.1");
console.log(`listening on 127.0.0.1:${transport.server.address().port}`);
