// A page whose connection is cut again and again: run by tests/client/test_resume.py, which holds what it says.
//
//   node --experimental-websocket cut_again.js PORT ROOM
//
// It sends numbers, one after the other, until a line on its input says how many lines of chat there were. When it has heard
// them all, and all its inputs are acknowledged, it tells what it sent and heard, as JSON.

const hurries = []; // "we are online again" spares the wait between two tries
globalThis.addEventListener = (type, hurry) => type === "online" && hurries.push(hurry);
globalThis.removeEventListener = () => {};
const { connect } = await import("../../../src/tickwire/faces/web/tickwire.js");

const [port, room] = process.argv.slice(2);
const client = connect({ url: `ws://127.0.0.1:${port}/ws`, name: "ada", room, remember: false });
const heard = [];
const players = new Set();
let [sent, acked, joins, lines] = [0, 0, 0, null];

client.on("welcome", ({ player, acked: taken }) => {
  joins += 1;
  players.add(player);
  if (taken > 0) acked = Math.max(acked, taken);
});
client.on("chat", ({ name, text }) => name === "bob" && heard.push(text));
client.on("ack", ({ seq }) => (acked = Math.max(acked, seq)));
process.stdin.on("data", (data) => (lines = Number(data)));

setInterval(() => {
  hurries.forEach((hurry) => hurry());
  if (lines === null && client.send({ type: "put", n: sent + 1 })) sent += 1;
  if (lines === null || acked < sent || heard.at(-1) !== `line ${lines}`) return;
  const first = Number(heard[0].split(" ")[1]);
  process.stdout.write(JSON.stringify({ sent, heard, joins, first, players: [...players] }), () => process.exit(0));
}, 5);
