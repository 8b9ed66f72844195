import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { retryWait } from "../../../src/tickwire/faces/web/link.js";
import { connect } from "../../../src/tickwire/faces/web/tickwire.js";
import { decode, encode } from "../../../src/tickwire/faces/web/msgpack.js";
import { lostBecause, newsOf, pingShown, tryingAgain } from "../../../src/tickwire/faces/web/words.js";
import { changes, column, ids, state, u32, varint } from "./packing.js";

const URL = "ws://127.0.0.1:5050/ws";
const WELCOME = {
  type: "welcome", player: 1, name: "ada", room: "K7QX", token: "t1", game: "snake", tick_rate: 12, tick: 5,
  players: [{ player: 1, name: "ada", bot: false }],
  schema: { tables: [{ name: "Cell", fields: [{ name: "x", type: "u16" }] }], inputs: {}, controls: { keys: {} } },
};
const FULL = state(5, true, [0, 0x04, ids([1]), column([7])]);

class FakeSocket {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    FakeSocket.all.push(this);
  }

  static get last() {
    return FakeSocket.all.at(-1);
  }

  accept() {
    this.readyState = 1;
    this.onopen();
  }

  say(message) {
    const bytes = encode(message);
    this.onmessage({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  }

  send(bytes) {
    this.sent.push(decode(bytes));
  }

  close() {
    this.readyState = 3;
  }

  fall() {
    this.readyState = 3;
    this.onclose();
  }

  heard(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

class FakeStorage extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => this.set(key, value);
  removeItem = (key) => this.delete(key);
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  FakeSocket.all = [];
  globalThis.WebSocket = FakeSocket;
  globalThis.localStorage = new FakeStorage();
  globalThis.sessionStorage = new FakeStorage();
});

function joined(options = {}) {
  const client = connect({ url: URL, name: "ada", ...options });
  FakeSocket.last.accept();
  FakeSocket.last.say(WELCOME);
  FakeSocket.last.say(FULL);
  return client;
}

function record(client, ...types) {
  const events = [];
  for (const type of types) client.on(type, (event) => events.push([type, event]));
  return events;
}

test("a client says hello, and a welcome seats it", () => {
  const client = joined({ game: "snake" });
  assert.deepEqual(FakeSocket.last.protocols, ["tickwire.msgpack.v1"]);
  assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", name: "ada", game: "snake" });
  assert.equal(client.state, "joined");
  assert.equal(client.room, "K7QX");
  assert.equal(client.tick, 5);
  assert.deepEqual({ ...client.tables.Cell.get(1) }, { x: 7 });
  assert.equal(client.watching, false);
});

test("a page's address serves as well as a WebSocket's", () => {
  connect({ url: "https://play.example/ws", name: "ada" });
  assert.equal(FakeSocket.last.url, "wss://play.example/ws");
});

test("inputs are numbered from one, and not sent without a connection", () => {
  const client = joined();
  const turn = { type: "turn", heading: "up" };
  assert.deepEqual([client.send(turn), client.send(turn)], [1, 2]);
  assert.deepEqual(FakeSocket.last.heard("input")[1], { type: "input", seq: 2, input: turn });
  FakeSocket.last.fall();
  assert.equal(client.send(turn), 0);
});

test("players come and go", () => {
  const client = joined();
  const events = record(client, "joined", "left");
  FakeSocket.last.say({ type: "joined", player: 2, name: "bob", bot: true });
  assert.equal(client.players.get(2).bot, true);
  FakeSocket.last.say({ type: "left", player: 2, name: "bob" });
  assert.equal(client.players.has(2), false);
  assert.deepEqual(events.map(([type]) => type), ["joined", "left"]);
});

test("a player is called by a new name from then on", () => {
  const client = joined();
  const events = record(client, "renamed");
  FakeSocket.last.say({ type: "joined", player: 2, name: "bob", bot: true });
  FakeSocket.last.say({ type: "renamed", player: 2, name: "robert" });
  FakeSocket.last.say({ type: "renamed", player: 1, name: "lovelace" });
  FakeSocket.last.say({ type: "renamed", player: 9, name: "ghost" });
  assert.deepEqual(client.players.get(2), { type: "joined", player: 2, name: "robert", bot: true });
  assert.equal(client.name, "lovelace");
  assert.equal(client.players.has(9), false);
  assert.deepEqual(events.map(([, { before, name }]) => [before, name]), [["bob", "robert"], ["ada", "lovelace"], ["somebody", "ghost"]]);
});

test("who lost the line is away until it is back", () => {
  const client = joined();
  const events = record(client, "away");
  FakeSocket.last.say({ type: "joined", player: 2, name: "bob", bot: false });
  FakeSocket.last.say({ type: "away", player: 2, name: "bob", away: true });
  assert.equal(client.players.get(2).away, true);
  FakeSocket.last.say({ type: "renamed", player: 2, name: "rob" });
  assert.equal(client.players.get(2).away, true);
  FakeSocket.last.say({ type: "away", player: 2, name: "rob", away: false });
  assert.equal(client.players.get(2).away, false);
  assert.deepEqual(events.map(([, { away }]) => away), [true, false]);
});

function comeBack(welcome = {}) {
  FakeSocket.last.fall();
  mock.timers.tick(5000);
  FakeSocket.last.accept();
  FakeSocket.last.say({ ...WELCOME, token: "t2", acked: 0, ...welcome });
}

const turn = (heading) => ({ type: "turn", heading });

test("what was sent and not taken is sent again when the seat is taken back, and numbers go on", () => {
  const client = joined();
  for (const heading of ["up", "left", "down", "right"]) client.send(turn(heading), { tick: 9, seen: 4.5 });
  FakeSocket.last.say({ type: "ack", seq: 1, tick: 6 });
  for (const text of ["hi", "ho"]) FakeSocket.last.say({ type: "chat", player: 1, name: "ada", text });
  FakeSocket.last.say({ type: "error", code: "bad_input", message: "no", seq: 4 });
  comeBack({ acked: 2 });
  const { seq, heard, token } = FakeSocket.last.heard("hello")[0];
  assert.deepEqual({ seq, heard, token }, { seq: 4, heard: 2, token: "t1" });
  assert.deepEqual(FakeSocket.last.heard("input"), [{ type: "input", seq: 3, input: turn("down") }]);
  assert.equal(client.send(turn("up")), 5);
  comeBack({ acked: 5 });
  assert.equal(FakeSocket.last.heard("hello")[0].heard, 0);
  assert.deepEqual(FakeSocket.last.heard("input"), []);
});

test("an answer that never came does not lose what was to be sent again", () => {
  const client = joined();
  client.send(turn("up"));
  FakeSocket.last.fall();
  mock.timers.tick(5000);
  FakeSocket.last.accept(); // its hello is on the way, and the line is gone
  comeBack({ acked: 0 });
  assert.deepEqual(FakeSocket.last.heard("hello")[0].token, "t1");
  assert.deepEqual(FakeSocket.last.heard("input"), [{ type: "input", seq: 1, input: turn("up") }]);
});

test("in a new seat inputs are counted from one, and the old seat's are not sent", () => {
  const client = joined();
  client.send(turn("up"));
  FakeSocket.last.fall();
  mock.timers.tick(5000);
  FakeSocket.last.accept();
  FakeSocket.last.say({ type: "error", code: "bad_token", message: "too late" });
  assert.deepEqual(Object.keys(FakeSocket.last.heard("hello")[1]).includes("seq"), false);
  FakeSocket.last.say({ ...WELCOME, token: "t9", acked: 0 });
  assert.deepEqual(FakeSocket.last.heard("input"), []);
  assert.equal(client.send(turn("up")), 1);
});

test("a page that was loaded anew takes its seat back and counts from one", () => {
  joined();
  const again = connect({ url: URL, name: "ada" });
  FakeSocket.last.accept();
  const hello = FakeSocket.last.heard("hello")[0];
  assert.deepEqual([hello.token, "seq" in hello, "heard" in hello], ["t1", false, false]);
  FakeSocket.last.say({ ...WELCOME, token: "t2", acked: 0 });
  assert.equal(again.send(turn("up")), 1);
});

test("a state tells what it changed", () => {
  const client = joined();
  const events = record(client, "state");
  FakeSocket.last.say(state(6, false, [0, 0x10, varint(1), changes([2])]));
  const [[, event]] = events;
  assert.deepEqual({ ...event.changes.Cell.changed.get(1) }, { x: 7 });
  assert.deepEqual({ ...client.tables.Cell.get(1) }, { x: 9 });
});

test("a hash that disagrees asks for a resync of its table", () => {
  joined();
  FakeSocket.last.say(state(6, false, [0, 0x01, u32(1)]));
  assert.deepEqual(FakeSocket.last.heard("resync"), [{ type: "resync", table: "Cell" }]);
});

test("a server that speaks another version is left", () => {
  const client = connect({ url: URL, name: "ada" });
  const changes = [];
  client.on("connection", ({ state, message }) => changes.push([state, message]));
  FakeSocket.last.accept();
  FakeSocket.last.say({ ...WELCOME, protocol: 2 });
  assert.equal(client.state, "closed");
  assert.match(changes.at(-1)[1], /version 2/);
  assert.equal(FakeSocket.all.length, 1);
});

test("a lost connection is taken up again with the latest token", () => {
  const client = joined();
  const events = record(client, "connection");
  client.send({ type: "turn" });
  FakeSocket.last.fall();
  assert.equal(client.state, "reconnecting");
  mock.timers.tick(5000);
  FakeSocket.last.accept();
  assert.equal(FakeSocket.all.length, 2);
  assert.equal(FakeSocket.last.sent[0].token, "t1");
  FakeSocket.last.say({ ...WELCOME, token: "t2" });
  assert.deepEqual(events.map(([, event]) => event.state), ["reconnecting", "joined"]);
  assert.equal(client.send({ type: "turn" }), 2);
});

test("a token that is refused is dropped, and the room is joined anew", () => {
  const client = joined();
  FakeSocket.last.fall();
  mock.timers.tick(5000);
  FakeSocket.last.accept();
  FakeSocket.last.say({ type: "error", code: "bad_token", message: "" });
  assert.deepEqual(FakeSocket.last.sent[1], { type: "hello", name: "ada", game: "snake", room: "K7QX" });
  FakeSocket.last.say({ ...WELCOME, player: 3 });
  assert.equal(client.player, 3);
});

test("a hello that is refused closes the client and says why", () => {
  const client = connect({ url: URL, name: "ada", room: "ZZZZ" });
  const events = record(client, "error", "connection");
  FakeSocket.last.accept();
  FakeSocket.last.say({ type: "error", code: "no_such_room", message: "there is no room ZZZZ" });
  assert.deepEqual(events.map(([, event]) => event.code), ["no_such_room", "no_such_room"]);
  assert.equal(client.state, "closed");
});

test("who comes back to a room that is gone or full gets into another, if it was any that was wished for", () => {
  for (const code of ["no_such_room", "room_full"]) {
    for (const [room, rooms, state] of [[undefined, ["K7QX", "K7QX", undefined], "reconnecting"], ["K7QX", ["K7QX", "K7QX"], "closed"]]) {
      const client = joined({ room, remember: false });
      FakeSocket.last.fall();
      mock.timers.tick(6000);
      FakeSocket.last.accept();
      FakeSocket.last.say({ type: "error", code: "bad_token", message: "" });
      FakeSocket.last.say({ type: "error", code, message: "" });
      assert.deepEqual(FakeSocket.last.heard("hello").map((hello) => hello.room), rooms, code);
      assert.equal(client.state, state);
      client.leave();
    }
  }
});

test("an error in the game leaves the client joined", () => {
  const client = joined();
  FakeSocket.last.say({ type: "error", code: "bad_input", message: "" });
  assert.equal(client.state, "joined");
});

test("after a final bye the client does not come back, after a shutdown it does", () => {
  for (const [code, sockets] of [["replaced", 1], ["shutdown", 2]]) {
    FakeSocket.all = [];
    joined();
    FakeSocket.last.say({ type: "bye", code, message: "" });
    mock.timers.tick(6000);
    assert.equal(FakeSocket.all.length, sockets, code);
  }
});

test("after a flood the client comes back to its seat, after two seconds at least", () => {
  const client = joined();
  const socket = FakeSocket.last;
  const events = record(client, "connection");
  socket.say({ type: "bye", code: "flood", message: "more than 200 messages a second; send fewer" });
  assert.deepEqual(events, [["connection", { state: "reconnecting", wait: 2, code: "flood", message: "more than 200 messages a second; send fewer" }]]);
  mock.timers.tick(1999);
  assert.equal(FakeSocket.last, socket);
  mock.timers.tick(1);
  FakeSocket.last.accept();
  assert.equal(FakeSocket.last.heard("hello")[0].token, "t1");
});

test("a listener that leaves at a bye or a refusal is heard: nothing is opened or closed again", () => {
  const left = joined();
  left.on("bye", () => left.leave());
  FakeSocket.last.say({ type: "bye", code: "shutdown", message: "" });
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(left.state, "closed");

  const refused = connect({ url: URL, name: "ada", remember: false });
  const closings = record(refused, "connection");
  refused.on("error", () => refused.leave());
  FakeSocket.last.accept();
  FakeSocket.last.say({ type: "error", code: "bad_name", message: "" });
  assert.deepEqual(closings.map(([, { state, code }]) => [state, code]), [["closed", "left"]]);
});

test("a reload of the page takes the seat up again, and a watcher's place too", () => {
  for (const watch of [false, true]) {
    joined({ watch });
    connect({ url: URL, name: "ada", watch });
    FakeSocket.last.accept();
    assert.equal(FakeSocket.last.sent[0].token, "t1");
  }
});

test("another room, a watcher and one who left take no seat up", () => {
  joined();
  connect({ url: URL, name: "ada", room: "ABCD" });
  FakeSocket.last.accept();
  assert.equal(FakeSocket.last.sent[0].token, undefined);
  connect({ url: URL, name: "ada", watch: true });
  FakeSocket.last.accept();
  assert.equal(FakeSocket.last.sent[0].token, undefined);
  joined().leave();
  assert.equal(FakeSocket.last.heard("leave").length, 1);
  connect({ url: URL, name: "ada" });
  FakeSocket.last.accept();
  assert.equal(FakeSocket.last.sent[0].token, undefined);
});

test("a forbidden storage harms nothing", () => {
  const forbidden = { get: () => { throw new Error("SecurityError"); }, configurable: true };
  Object.defineProperty(globalThis, "localStorage", forbidden);
  Object.defineProperty(globalThis, "sessionStorage", forbidden);
  assert.equal(joined().state, "joined");
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, name, { value: null, writable: true, configurable: true });
});

test("pings are answered with a time, and pings without answer restart the connection", () => {
  const client = joined();
  const [{ sent }] = FakeSocket.last.heard("ping");
  FakeSocket.last.say({ type: "pong", sent, tick: 6 });
  assert.ok(client.ping >= 0);
  mock.timers.tick(2000 * 4);
  assert.equal(client.state, "reconnecting");
});

test("a server that says nothing is said to be silent after three pings without an answer, until anything comes", () => {
  const client = joined();
  const told = record(client, "silence");
  mock.timers.tick(1000); // the second ping goes out, and is answered
  FakeSocket.last.say({ type: "pong", sent: 0, tick: 6 });
  mock.timers.tick(2999);
  assert.deepEqual([told, client.silence], [[], 0]);
  mock.timers.tick(1);
  assert.deepEqual([told, client.silence, client.state], [[["silence", 3]], 3, "joined"]);
  mock.timers.tick(1000);
  assert.equal(client.silence, 4);
  FakeSocket.last.say(state(6, false));
  assert.deepEqual([told.at(-1), client.silence], [["silence", 0], 0]);
  mock.timers.tick(2000);
  assert.equal(client.silence, 0);
  assert.equal(FakeSocket.last.heard("ping").length, 1 + 4 + 7, "the first, four soon after it, and one each second");
});

test("a slow answer is no silence, and a connection that is lost is silent no more", () => {
  const client = joined();
  const told = record(client, "silence");
  for (let second = 0; second < 20; second++) {
    mock.timers.tick(1000);
    if (second) FakeSocket.last.say({ type: "pong", sent: second - 1, tick: 6 });
  }
  assert.deepEqual(told, []);
  mock.timers.tick(5000);
  assert.equal(client.silence, 5);
  FakeSocket.last.fall();
  assert.deepEqual([client.silence, client.state], [0, "reconnecting"]);
});

test("while a lost connection is tried again, the reason of the bye is told, and a try can be hurried", () => {
  const client = joined();
  const events = record(client, "connection");
  FakeSocket.last.say({ type: "bye", code: "shutdown", message: "the server ends" });
  const { wait, ...ended } = events.at(-1)[1];
  assert.deepEqual(ended, { state: "reconnecting", code: "shutdown", message: "the server ends" });
  const sockets = FakeSocket.all.length;
  client.hurry();
  assert.equal(FakeSocket.all.length, sockets + 1, "without waiting");
  FakeSocket.last.fall();
  assert.equal(events.at(-1)[1].code, "shutdown", "why it was lost says more than why a try failed");
  client.hurry();
  FakeSocket.last.accept();
  FakeSocket.last.say(WELCOME);
  FakeSocket.last.fall();
  assert.deepEqual([events.at(-1)[1].state, events.at(-1)[1].code], ["reconnecting", undefined], "another loss has no reason");
  client.leave();
});

test("what the page says while it tries again", () => {
  assert.equal(lostBecause({ code: "shutdown", message: "the server ends" }), "The server was shut down.");
  assert.equal(lostBecause({ code: "new_code", message: "Something of a newer server." }), "Something of a newer server.");
  assert.equal(lostBecause({}), "The connection is lost.");
  assert.equal(tryingAgain(3.2), "Trying again in 4 s.");
  assert.equal(tryingAgain(0), "Trying again now…");
});

test("what happened is told of others by name, and of oneself as you", () => {
  assert.deepEqual([newsOf("died", "bob"), newsOf("died", "")], ["bob died", "you died"]);
  assert.deepEqual([newsOf("hit", "bob"), newsOf("hit", "")], ["bob was hit", "you were hit"]);
  assert.deepEqual([newsOf("was_hit", "bob"), newsOf("went_home", "")], ["bob was hit", "you went home"]);
  assert.equal(newsOf("constructor", ""), "you constructor");
});

test("what the page says of the connection", () => {
  const shown = (client) => Object.values(pingShown(client));
  assert.deepEqual(shown({ state: "joined", ping: 12.4, silence: 0 }), ["joined", "12 ms"]);
  assert.deepEqual(shown({ state: "joined", ping: 180, silence: 0 }), ["slow", "180 ms"]);
  assert.deepEqual(shown({ state: "joined", ping: null, silence: 0 }), ["joined", "…"]);
  assert.deepEqual(shown({ state: "joined", ping: 12.4, silence: 3 }), ["silent", "no answer for 3 s"]);
  assert.deepEqual(shown({ state: "reconnecting", ping: 12.4, silence: 3 }), ["reconnecting", "offline"]);
});

test("waits double from 0.25 s to 5 s, and are never all the same", () => {
  for (const chance of [0, 0.5, 1]) {
    for (let attempt = 0; attempt < 20; attempt++) {
      const wait = retryWait(attempt, chance);
      assert.ok(wait >= 0.25 && wait <= 5, `${wait}`);
    }
  }
  assert.notEqual(retryWait(4, 0), retryWait(4, 1));
  assert.equal(retryWait(0, 1), 0.25);
  assert.equal(retryWait(9, 1), 5);
});
