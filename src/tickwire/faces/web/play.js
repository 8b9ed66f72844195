// The stage of a client on the page, frame by frame: sends what is held, shows what is to be seen now, tells events in their moment.

import { moves as arena } from "./arena.js";
import { NetGraph } from "./netgraph.js";

const FIGURES_EVERY = 0.25; // seconds; quicker, nobody can read them
const RULES = { arena }; // by game: the rules of what is one's own, of the games that come with tickwire

export class Play {
  #painter;
  #tell;
  #graph;
  #client = null;
  #frame = 0;
  #figuresAt = 0;
  #down = new Map(); // by KeyboardEvent.code, or a name of one's own: the field that it holds

  /**
   * @param {import("./painter.js").Painter} painter
   * @param {HTMLElement} graph is filled with the net graph
   * @param {(event: {name: string, data: object}) => void} tell
   */
  constructor(painter, graph, tell) {
    this.#painter = painter;
    this.#tell = tell;
    this.#graph = new NetGraph(graph);
    addEventListener("blur", () => this.letGo());
    document.addEventListener("visibilitychange", () => document.hidden && this.letGo());
  }

  /** @param {import("./tickwire.js").Client} client that was just welcomed */
  start(client) {
    this.stop();
    this.#client = client;
    client.predict = RULES[client.game];
    this.#painter.leave(client.stage.delayed);
    this.#next();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#down.clear();
    this.#client = null;
  }

  /** A key or a button went down: the field of the input that it stands for. */
  press(key, field) {
    this.#down.set(key, field);
    this.#client?.stage?.press(field);
  }

  release(key) {
    const field = this.#down.get(key);
    this.#down.delete(key);
    if (field !== undefined && ![...this.#down.values()].includes(field)) this.#client?.stage?.release(field);
  }

  /** The player's attention is elsewhere. */
  letGo() {
    this.#down.clear();
    this.#client?.stage?.releaseAll();
  }

  toggleGraph() {
    this.#graph.toggle();
    this.#figuresAt = 0;
  }

  #next() {
    this.#frame = requestAnimationFrame(() => this.#step());
  }

  #step() {
    const [client, now] = [this.#client, performance.now() / 1000];
    if (!client) return;
    this.#next();
    const { stage } = client;
    for (const { input, tick, seen } of stage.advance(now)) client.send(input, { tick, seen });
    if (stage.delayed.size) this.#painter.show(stage.shown(now));
    for (const event of stage.takeEvents(now)) if (stage.delayed.size && event.name !== "history") this.#tell(event);
    if (this.#graph.open && now >= this.#figuresAt + FIGURES_EVERY) {
      this.#figuresAt = now;
      this.#graph.show(stage.figures(now, ...client.traffic, client.ping));
    }
  }
}
