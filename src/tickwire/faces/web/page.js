// The page: from the first screen into a game and back, with the room's code in the address.

import { JoinScreen } from "./join.js";
import { rememberedSeat, rememberWish, takeWish } from "./memory.js";
import { fetchRooms } from "./rooms.js";

const GONE_ROOMS = new Set(["no_such_room", "room_full", "game_error"]); // after these the code in the address leads nowhere

const ASK_AGAIN = 2; // seconds until a server that is away is asked again

let client = null;
let wish = null;
let loadedAnew = false; // because a file was missing: that is tried once
let loading = null; // a promise of all that a game needs
let playing = null; // the same, once it is there: the module, the game's screen and the watchers

const joinScreen = new JoinScreen(enter);

/** The room code in the address, empty without one. */
function codeInAddress() {
  return location.hash.slice(1).toUpperCase();
}

/** Load what a game needs; the links say which files that are, so that the browser asks for all of them at once. */
function loadPlaying() {
  for (const link of document.querySelectorAll("link[rel=later]")) link.rel = "modulepreload";
  loading ??= import("./playing.js").then((parts) => {
    const gameScreen = new parts.GameScreen({ rejoin: () => enter(wish), back: () => leaveTo({}) });
    playing = { ...parts, gameScreen, watchers: new parts.Watchers(document.getElementById("watchers")) };
  });
  return loading;
}

async function enter(newWish) {
  wish = newWish;
  leaveClient();
  joinScreen.tell("joining…", true);
  try {
    await loadPlaying();
  } catch {
    await startAnew();
    return;
  }
  if (wish !== newWish) return; // they wished for something else meanwhile
  client = playing.connect(wish);
  const mine = client;
  playing.gameScreen.follow(client);
  client.on("welcome", () => arrive(mine));
  client.on("connection", (change) => meetTrouble(mine, change));
}

/** A file is missing: the server was away, or it was started anew with other files. The page as it is now has all of them. */
async function startAnew() {
  if (loadedAnew) {
    joinScreen.tell("The game could not be loaded. Load the page anew to try again.", false);
    return;
  }
  joinScreen.tell("The server does not answer, trying again…", true);
  while (!(await fetchRooms().catch(() => null))) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN * 1000));
  rememberWish(wish);
  location.reload();
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
  playing.watchers.follow(room);
  joinScreen.hide();
}

// In a game, the game's screen tells of trouble; before one, the first screen does.
function meetTrouble(mine, { state, code, message }) {
  if (mine !== client) return; // it was left for another
  const typed = wish.room === "new" ? "" : wish.room; // a code that was wrong is there to be mended
  if (GONE_ROOMS.has(code)) wish = { ...wish, room: undefined };
  if (mine.schema !== null) return;
  if (state === "reconnecting") joinScreen.tell("The server does not answer, trying again…", false);
  if (state === "closed") leaveTo({ message: playing.sentenceFor({ code, message }), room: typed, refused: code });
}

function leaveTo(why) {
  history.replaceState(null, "", location.pathname + location.search);
  showFirst(why);
}

function showFirst(why) {
  playing?.gameScreen.hide();
  playing?.watchers.follow("");
  document.title = "tickwire";
  joinScreen.show(why).then(loadPlaying).catch(() => {}); // who wants to play without it is told then
}

/** Somebody followed a link to another room, or typed one: only people change the address, the page itself replaces it silently. */
function followAddress() {
  const code = codeInAddress();
  if (client?.state === "joined" && client.room === code) return;
  wish = null;
  leaveClient();
  showFirst({ room: code, invited: code !== "" });
}

/** A reload takes the seat up again without asking, or goes on with what a missing file stopped; a link to another room asks. */
function begin() {
  const wished = takeWish();
  loadedAnew = wished !== null;
  const seat = rememberedSeat();
  const code = codeInAddress();
  if (wished) enter(wished);
  else if (seat && (!code || code === seat.room)) enter({ name: seat.name, room: seat.room, watch: seat.watch });
  else showFirst({ room: code, invited: code !== "" });
}

addEventListener("hashchange", followAddress);

// A button that was clicked shall not eat the next space or enter, which is the game's.
addEventListener("click", ({ target, detail }) => {
  if (detail > 0 && target instanceof Element) target.closest("button")?.blur();
});

begin();
