// The page: from the first screen into a game and back, with the room's code in the address.

import { GameScreen } from "./game.js";
import { JoinScreen } from "./join.js";
import { Watchers } from "./rooms.js";
import { connect, rememberedSeat } from "./tickwire.js";
import { sentenceFor } from "./words.js";

const GONE_ROOMS = new Set(["no_such_room", "game_error"]); // after these the code in the address leads nowhere

let client = null;
let wish = null;

const joinScreen = new JoinScreen(enter);
const watchers = new Watchers(document.getElementById("watchers"));
const gameScreen = new GameScreen({ rejoin: () => enter(wish), back: () => leaveTo({}) });

/** The room code in the address, empty without one. */
function codeInAddress() {
  return location.hash.slice(1).toUpperCase();
}

function enter(newWish) {
  wish = newWish;
  leaveClient();
  client = connect(wish);
  const mine = client;
  joinScreen.tell("joining…", true);
  gameScreen.follow(client);
  client.on("welcome", () => arrive(mine));
  client.on("connection", (change) => meetTrouble(mine, change));
}

function leaveClient() {
  const left = client;
  client = null; // first, so that its last words are not taken for trouble
  left?.leave();
}

function arrive({ room, game, name }) {
  wish = { ...wish, room, game };
  history.replaceState(null, "", `#${room}`);
  document.title = `${game} ${room} · ${name}`;
  watchers.follow(room);
  joinScreen.hide();
}

// In a game, the game's screen tells of trouble; before one, the first screen does.
function meetTrouble(mine, { state, code, message }) {
  if (mine !== client) return; // it was left for another
  const typed = wish.room === "new" ? "" : wish.room; // a code that was wrong is there to be mended
  if (GONE_ROOMS.has(code)) wish = { ...wish, room: undefined };
  if (mine.schema !== null) return;
  if (state === "reconnecting") joinScreen.tell("The server does not answer, trying again…", false);
  if (state === "closed") leaveTo({ message: sentenceFor({ code, message }), room: typed });
}

function leaveTo({ message, room }) {
  history.replaceState(null, "", location.pathname + location.search);
  showFirst({ message, room });
}

function showFirst(why) {
  gameScreen.hide();
  watchers.follow("");
  document.title = "tickwire";
  joinScreen.show(why);
}

/** Somebody followed a link to another room, or typed one: only people change the address, the page itself replaces it silently. */
function followAddress() {
  const code = codeInAddress();
  if (client?.state === "joined" && client.room === code) return;
  leaveClient();
  showFirst({ room: code, invited: code !== "" });
}

/** A reload takes the seat up again without asking; a link to another room asks. */
function begin() {
  const seat = rememberedSeat();
  const code = codeInAddress();
  if (seat && (!code || code === seat.room)) enter({ name: seat.name, room: seat.room, watch: seat.watch });
  else joinScreen.show({ room: code, invited: code !== "" });
}

addEventListener("hashchange", followAddress);

// A button that was clicked shall not eat the next space or enter, which is the game's.
addEventListener("click", ({ target, detail }) => {
  if (detail > 0 && target instanceof Element) target.closest("button")?.blur();
});

begin();
