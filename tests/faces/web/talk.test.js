import assert from "node:assert/strict";
import { test } from "node:test";
import { Ages, channelNames, Completer, deedOf, hasChannels, isTalk, mentions, placeOf, Recall, saidAt } from "../../../src/tickwire/faces/web/talk.js";

const SCHEMA = {
  tables: [
    { name: "Channel", look: { kind: "channel", name: "name", topic: "about" } },
    { name: "Member", look: { kind: "member", player: "who", channel: "where" } },
  ],
  inputs: { input: {} },
  controls: { keys: {}, text: "a line, or /help" },
};
const TABLES = {
  Channel: new Map([[1, { name: "#lobby", about: "all" }], [4, { name: "#cats", about: "" }]]),
  Member: new Map([[1, { who: 1, where: 4 }], [2, { who: 2, where: 1 }], [3, { who: 3, where: 4 }]]),
};

test("a game with nothing to paint and nothing to press is talk", () => {
  assert.equal(isTalk(SCHEMA), true);
  assert.equal(isTalk({ tables: [], inputs: { input: {} }, controls: { keys: {} } }), true);
  assert.equal(isTalk({ ...SCHEMA, tables: [{ name: "Cell", look: { kind: "cell" } }] }), false);
  assert.equal(isTalk({ ...SCHEMA, inputs: { push: {} } }), false);
  assert.equal(isTalk({ ...SCHEMA, inputs: { input: { x: {} } } }), false);
  assert.equal(isTalk({ ...SCHEMA, controls: { keys: { up: {} } } }), false);
});

test("the place is the channel that one is in, and for a watcher the first", () => {
  assert.deepEqual(placeOf(SCHEMA, TABLES, 1), { name: "#cats", topic: "", players: new Set([1, 3]) });
  assert.deepEqual(placeOf(SCHEMA, TABLES, 0), { name: "#lobby", topic: "all", players: new Set([2]) });
  assert.deepEqual(channelNames(SCHEMA, TABLES), ["#lobby", "#cats"]);
  assert.equal(hasChannels(SCHEMA), true);
});

test("a game without channels, or before its first state, has no place", () => {
  assert.equal(placeOf({ tables: [{ name: "Cell" }] }, {}, 1), null);
  assert.equal(placeOf(SCHEMA, {}, 1), null);
  assert.equal(hasChannels({ tables: [{ name: "Cell" }] }), false);
});

test("asterisks around a line make it a deed", () => {
  assert.equal(deedOf("*waves*"), "waves");
  assert.equal(deedOf("*waves at ada*"), "waves at ada");
  for (const text of ["*", "**", "***", "* *", "2*3", "*a", "a*", "**bold**", "* a*", ""]) assert.equal(deedOf(text), "", text);
});

test("a name is noticed as a word of its own, whatever is in it", () => {
  assert.equal(mentions("hi Ada!", "ada"), true);
  assert.equal(mentions("adamant", "ada"), false);
  assert.equal(mentions("I like c++.", "c++"), true);
  assert.equal(mentions("a-b/c and (d)", "a-b/c"), true);
  assert.equal(mentions("蛇!", "蛇"), true);
  assert.equal(mentions("anything", ""), false);
});

test("history says how old each of its lines is", () => {
  const ages = new Ages();
  assert.equal(ages.next(), null);
  ages.expect({ ago: [40, 20, "x", -1] });
  assert.deepEqual([ages.next(), ages.next(), ages.next()], [40, 20, null]);
  ages.expect({});
  assert.equal(ages.next(), null);
});

test("a line of history has its time, and one that is older than time can be shown all the same", () => {
  assert.equal(saidAt(40, 20, 60_000).getTime(), 58_000);
  assert.equal(saidAt(0, 0, 60_000).getTime(), 0);
  assert.equal(saidAt(1e300, 20, 60_000).toISOString(), "1970-01-01T00:00:00.000Z");
});

test("what one said is called back, and what was being typed waits", () => {
  const recall = new Recall();
  assert.equal(recall.go(1, "draft"), "draft");
  for (const line of ["one", "two", "two"]) recall.add(line);
  assert.deepEqual([recall.go(1, "draft"), recall.go(1, ""), recall.go(1, "")], ["two", "one", "one"]);
  assert.deepEqual([recall.go(-1, ""), recall.go(-1, ""), recall.go(-1, "x")], ["two", "draft", "x"]);
});

test("tab completes names, channels and commands, and then the next that fits", () => {
  const words = { names: ["bob", "anna", "ada"], channels: ["#lobby", "#cats"], commands: ["/name", "/me"] };
  const done = (text) => new Completer().complete(text, text.length, words)?.[0];
  assert.equal(done("b"), "bob: ");
  assert.equal(done("hi B"), "hi bob ");
  assert.equal(done("/n"), "/name ");
  assert.equal(done("/join #c"), "/join #cats ");
  assert.equal(done("/join c"), "/join cats ");
  assert.equal(done("zz"), undefined);
  assert.equal(done(""), undefined);
  const completer = new Completer();
  const first = completer.complete("hi a!", 4, words);
  assert.deepEqual(first, ["hi ada !", 7]);
  assert.deepEqual(completer.complete(...first, words), ["hi anna !", 8]);
});
