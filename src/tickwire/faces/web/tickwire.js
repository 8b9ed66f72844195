// The browser SDK: everything a page needs to play a tickwire game.
//
//   import { connect } from "http://host:5050/tickwire.js";
//   const client = connect({ name: "ada" });
//   client.on("state", () => paint(client.tables.Cell));
//   client.send({ type: "turn", heading: "up" });
//
// A page from elsewhere than the server or the visitor's own machine has to be allowed: tickwire serve --allow-origin https://your.page

import { Emitter } from "./emitter.js";
import { Heartbeat } from "./heartbeat.js";
import { Link } from "./link.js";
import { forgetSeat, rememberedSeat, rememberName, rememberSeat } from "./memory.js";
import { Mirror } from "./mirror.js";
import { Stage } from "./stage.js";

export { decode, encode, MsgpackError } from "./msgpack.js";
export { rememberedName, rememberedSeat } from "./memory.js";
export { Mirror } from "./mirror.js";
export { PackedError } from "./packed.js";
export { Stage } from "./stage.js";

const PROTOCOL = 1; // the version of docs/WIRE.md that is spoken here
const MOST_UNACKED = 1024; // inputs kept to be sent again; more than a server lets wait

// Where the server's paths begin: it serves this file in a folder that is named after the files' contents.
const HOME = import.meta.url.replace(/\/v\/[\w-]+\/(?=[^/]*$)/, "/");

const RESYNC_INTERVAL = 1; // seconds; if a full state does not help, asking at each tick would not either

// After these, trying again by itself is pointless or would do harm: somebody has to want it.
const FINAL_BYES = new Set(["left", "game_error", "replaced", "too_long", "bad_framing", "unknown_dialect"]);

const FLOOD_WAIT = 2; // seconds at least, after too much was sent: what made it so shall be over

/**
 * @typedef {object} ConnectOptions
 * @property {string} name what the others shall call the player, 1 to 24 cells wide
 * @property {string} [url] of the server's WebSocket, as `ws://host:5050/ws`; by default that of the server this file came from
 * @property {string} [game] by default the server's first
 * @property {string} [room] a room's code, or "new"; by default one with a free seat
 * @property {string} [token] takes the seat back that it holds; by default that of this tab, if it left one within 30 s
 * @property {boolean} [watch] look on, without a seat
 * @property {Predict} [predict] the rules of one's own row, for games whose schema has `predict`: see `client.stage`
 * @property {boolean} [remember] keep the name for the next visit and the seat over a reload; true by default
 */

/**
 * One tick of a row of one's own: from its state and the input of the tick to its next state; it changes neither. Where other
 * rows of one's own move by themselves, shots say, an object has a function for each table. A row that the steered one fires in the
 * tick is told by `bring("Shot", { x, y, ... })`: it is shown at once, and until the server has it or refuses it.
 * @typedef {import("./prediction.js").Move | Record<string, import("./prediction.js").Move>} Predict
 */

/**
 * Join a game. Returns at once; the client emits `welcome` when it is in, and finds its way back by itself.
 * @param {ConnectOptions} options
 * @returns {Client}
 */
export function connect(options) {
  return new Client(options);
}

/**
 * A player's, or a watcher's, place at a server. Events, each with one argument:
 *
 * | type | argument |
 * |---|---|
 * | `connection` | `{state, wait?, code?, message?}`: `wait` is seconds to the next try; `code` and `message` say why it is closed, or of the server's `bye` before a new try |
 * | `welcome`, `joined`, `left`, `away`, `event`, `chat`, `ack`, `error`, `bye` | the message, as docs/WIRE.md 2.2 has it |
 * | `silence` | seconds, about, for which the server has sent nothing though it was asked each second: from 3 on; 0 when it is over |
 * | `renamed` | the message, and `before`: what the player was called |
 * | `state` | `{tick, full, changes}`: `changes[table]` has the maps `added`, `changed` and `removed`, by row id; the last two hold the rows as they were before |
 */
export class Client extends Emitter {
  /** @type {"connecting" | "joined" | "reconnecting" | "closed"} */
  state = "connecting";
  /** The game's schema, docs/WIRE.md 3; null before the first welcome, as are room and game. */
  schema = null;
  /** @type {string | null} */
  room = null;
  /** @type {string | null} */
  game = null;
  /** This player's number, from 1; 0 for a watcher and before the first welcome. */
  player = 0;
  /** What the room calls this player. */
  name = "";
  /** Seconds, about, for which the server has sent nothing though it was asked each second: from 3 on, else 0. */
  silence = 0;
  /** Ticks a second. */
  tickRate = 0;
  /** @type {Map<number, {player: number, name: string, bot: boolean, away?: boolean}>} who has a seat, by number */
  players = new Map();
  /**
   * What the screen shows at any moment, and what is sent for keys that are held; null before the first welcome. Each frame:
   *
   *     for (const { input, tick, seen } of client.stage.advance(now)) client.send(input, { tick, seen });
   *     paint(client.stage.shown(now)); // of the tables in client.stage.delayed; the others are in client.tables
   *
   * with `now` in seconds of `performance.now()`, and `client.stage.press("thrust")` and `release` from the keys.
   * @type {Stage | null}
   */
  stage = null;
  #options;
  #url;
  #link;
  #heartbeat;
  #mirror = null;
  #token;
  #seq = 0; // of the last input that was sent; it goes on when a seat is taken up again
  #unacked = []; // inputs that were sent and not acknowledged, {seq, input}: sent again if the connection is lost
  #heard = 0; // lines of chat since the welcome
  #seated = false; // this client holds the seat of its token, and has not only been told the token
  #claimed = false; // the last hello said how far inputs were counted
  #resyncAskedAt = -Infinity; // seconds
  #ended = {}; // the code and the message of the last bye, until the next welcome

  /** @param {ConnectOptions} options */
  constructor(options) {
    super();
    this.#options = { remember: true, ...options };
    this.#url = webSocketUrl(options.url);
    this.#takeUpSeat();
    this.#link = new Link(this.#url);
    this.#link.on("open", () => this.#hello());
    this.#link.on("message", (message) => (this.#heartbeat.heard(), this.#receive(message)));
    this.#link.on("down", (wait) => this.#down(wait));
    const ping = (sent) => this.#link.send({ type: "ping", sent });
    this.#heartbeat = new Heartbeat(ping, () => this.#link.restart(), (seconds) => this.#silent(seconds));
    globalThis.addEventListener?.("online", this.#hurry);
    globalThis.document?.addEventListener("visibilitychange", this.#hurry);
    this.#link.open();
  }

  /** The tick of the last state. */
  get tick() {
    return this.#mirror?.tick ?? 0;
  }

  /**
   * Table name to rows by id, as of the last state. A row holds values by field name and never changes: a changed row is a new object.
   * @returns {Record<string, Map<number, Readonly<object>>>}
   */
  get tables() {
    return this.#mirror?.tables ?? {};
  }

  /** @param {Predict | undefined} moves as `ConnectOptions.predict`; right after a welcome, if it depends on the game */
  set predict(moves) {
    if (this.stage) this.stage.moves = movesOf(moves, this.schema);
  }

  /** Bytes received and sent, without their frames. */
  get traffic() {
    return [this.#link.received, this.#link.sent];
  }

  /** Milliseconds to the server and back, null if not known yet. */
  get ping() {
    return this.#heartbeat.ping;
  }

  /** Whether this client only looks on. */
  get watching() {
    return this.schema !== null && this.player === 0;
  }

  /**
   * Ask the game for something.
   * @param {object} input one of the game's inputs: its `type` and its fields
   * @param {{tick?: number, seen?: number}} [when] the tick that it is meant for, and the one on the screen
   * @returns {number} its seq, to be met again in an `ack`; 0 if it was not sent because there is no connection
   */
  send(input, { tick, seen } = {}) {
    if (this.state !== "joined" || !this.#link.send({ type: "input", seq: this.#seq + 1, input, tick, seen })) return 0;
    this.#seq += 1;
    // Without its ticks: they are over when it is sent again.
    this.#unacked.push({ seq: this.#seq, input: structuredClone(input) });
    if (this.#unacked.length > MOST_UNACKED) this.#unacked.shift();
    if (tick !== undefined) this.stage?.sent(this.#seq, tick);
    return this.#seq;
  }

  /**
   * Say something to the room.
   * @param {string} text up to 300 characters
   * @returns {boolean} whether it was sent
   */
  chat(text) {
    return this.state === "joined" && this.#link.send({ type: "chat", text });
  }

  /** Give up the seat, and close; a client that is closed stays as it is. */
  leave() {
    if (this.state === "closed") return;
    this.#link.send({ type: "leave" });
    this.#close({ code: "left", message: "you left" });
  }

  /** Try to come back now, if the next try is still waiting. */
  hurry() {
    this.#link.hurry();
  }

  #takeUpSeat() {
    const { token, room, game, watch, remember } = this.#options;
    this.#token = token ?? "";
    const seat = remember && !token ? rememberedSeat() : null;
    const same = seat?.url === this.#url && seat.watch === Boolean(watch);
    if (!same || (room && room !== seat.room) || (game && game !== seat.game)) return;
    this.#token = seat.token;
    this.room = seat.room;
    this.game = seat.game;
  }

  #hello() {
    const { name, game, room, watch } = this.#options;
    this.#claimed = this.#seated && this.#token !== "";
    this.#link.send({
      type: "hello",
      name,
      game: this.game ?? game,
      room: this.room ?? room,
      token: this.#token || undefined,
      watch: watch || undefined,
      seq: this.#claimed ? this.#seq : undefined,
      heard: this.#claimed ? this.#heard : undefined,
    });
  }

  #receive(message) {
    if (Array.isArray(message)) this.#applyState(message);
    else if (message?.type === "welcome") this.#welcome(message);
    else if (message?.type === "pong") this.#pong(message);
    else if (message?.type === "error") this.#error(message);
    else if (message?.type === "bye") this.#bye(message);
    else if (message?.type === "renamed") this.#rename(message);
    else if (message?.type === "away") this.#mark(message);
    else this.#tell(message);
  }

  #welcome(message) {
    const spoken = message.protocol ?? PROTOCOL; // older servers do not say
    if (spoken !== PROTOCOL) {
      this.#close({ code: "protocol", message: `the server speaks version ${spoken} of the protocol, and this page ${PROTOCOL}; reload it` });
      return;
    }
    this.schema = message.schema;
    this.room = message.room;
    this.game = message.game;
    this.player = message.player;
    this.name = message.name;
    this.tickRate = message.tick_rate;
    this.players = new Map(message.players.map((player) => [player.player, player]));
    this.#token = message.token;
    this.#mirror = new Mirror(message.schema);
    this.stage = new Stage(message.schema, message.player, message.tick_rate);
    this.predict = this.#options.predict;
    this.#ended = {};
    this.#link.settled();
    this.#heartbeat.start();
    if (this.#options.remember) rememberName(this.#options.name);
    this.#keepSeat();
    this.#become("joined");
    this.#goOn(message.acked ?? this.#seq);
    this.emit("welcome", message);
  }

  // Sends again what was sent and did not arrive, if this is the seat that it was meant for.
  #goOn(acked) {
    this.#unacked = this.#claimed ? this.#unacked.filter(({ seq }) => seq > acked) : [];
    if (!this.#claimed) this.#seq = 0;
    [this.#seated, this.#heard] = [true, 0];
    for (const { seq, input } of this.#unacked) this.#link.send({ type: "input", seq, input });
  }

  #pong({ sent, tick }) {
    this.#heartbeat.answered(sent);
    this.stage?.pong(sent, seconds(), tick);
  }

  #tell(message) {
    if (message?.type === "ack") this.#acked(message);
    if (message?.type === "chat") this.#heard += 1;
    if (message?.type === "slip") this.stage?.slip(seconds(), message.ticks);
    if (message?.type === "behind") this.stage?.behind(message.behind);
    if (message?.type === "event") this.stage?.event(seconds(), message);
    if (message?.type === "joined") this.players.set(message.player, message);
    if (["joined", "left", "event", "chat", "ack"].includes(message?.type)) this.emit(message.type, message);
    if (message?.type === "left") this.players.delete(message.player); // after, so that listeners can still look them up
  }

  #acked({ seq, early }) {
    while (this.#unacked[0]?.seq <= seq) this.#unacked.shift();
    this.stage?.acked(seconds(), seq, early);
  }

  #mark(message) {
    const known = this.players.get(message.player);
    if (known) this.players.set(message.player, { ...known, away: message.away });
    this.emit("away", message);
  }

  #rename(message) {
    const known = this.players.get(message.player);
    if (known) this.players.set(message.player, { ...known, name: message.name });
    if (this.player > 0 && message.player === this.player) this.name = message.name;
    this.emit("renamed", { ...message, before: known?.name ?? "somebody" });
  }

  // A hello may be refused. A token that is refused has grown old: then join as if there had been none.
  #error(message) {
    this.#unacked = this.#unacked.filter(({ seq }) => seq !== message.seq); // it would not be taken the next time either
    if (message.code === "bad_token" && this.#token) {
      this.#token = "";
      this.#forgetSeat();
      this.#hello();
      return;
    }
    // A room that is gone (the server was started anew) or full by now is left behind, unless it was the one wished for.
    if (["no_such_room", "room_full"].includes(message.code) && this.room && !this.#options.room && this.state !== "joined") {
      this.room = null;
      this.#hello();
      return;
    }
    this.emit("error", message);
    if (this.state !== "joined" && this.state !== "closed") this.#close(message);
  }

  #bye(message) {
    this.emit("bye", message);
    if (this.state === "closed") return; // a listener left: nothing is to be opened again
    this.#ended = { code: message.code, message: message.message };
    if (FINAL_BYES.has(message.code)) this.#close(message);
    else this.#link.restart(message.code === "flood" ? FLOOD_WAIT : 0);
  }

  #applyState(state) {
    if (!this.#mirror || (this.#mirror.stale && !state[1])) {
      this.#askResync();
      return;
    }
    let outcome;
    try {
      outcome = this.#mirror.apply(state);
    } catch (error) {
      console.error("tickwire: a state that cannot be applied", error);
      this.#askResync();
      return;
    }
    this.stage.state(seconds(), outcome, this.#mirror.tables);
    for (const table of outcome.mismatched) this.#askResync(table);
    this.emit("state", outcome);
  }

  #askResync(table) {
    const now = seconds();
    if (now - this.#resyncAskedAt < RESYNC_INTERVAL) return;
    this.#resyncAskedAt = now;
    this.#link.send({ type: "resync", table });
  }

  #silent(seconds) {
    this.silence = seconds;
    this.emit("silence", seconds);
  }

  #down(wait) {
    this.#heartbeat.stop();
    this.#become("reconnecting", { wait, ...this.#ended });
  }

  #close({ code, message }) {
    this.#heartbeat.stop();
    this.#link.close();
    this.#forgetSeat();
    globalThis.removeEventListener?.("online", this.#hurry);
    globalThis.document?.removeEventListener("visibilitychange", this.#hurry);
    this.#become("closed", { code, message });
  }

  #become(state, detail = {}) {
    this.state = state;
    this.emit("connection", { state, ...detail });
  }

  #hurry = () => this.#link.hurry();

  #keepSeat() {
    const { name, watch, remember } = this.#options;
    if (!remember) return;
    rememberSeat({ url: this.#url, game: this.game, room: this.room, token: this.#token, name, watch: Boolean(watch) });
  }

  #forgetSeat() {
    if (this.#options.remember) forgetSeat();
  }
}

function movesOf(predict, schema) {
  if (!predict || !schema.predict) return {};
  return typeof predict === "function" ? { [schema.predict]: predict } : predict;
}

function seconds() {
  return performance.now() / 1000;
}

function webSocketUrl(url) {
  const address = new URL(url ?? "ws", HOME);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}
