// The page: from the first screen into a game and back, with the room's code in the address.

import { GameScreen } from "./game.js";
import { JoinScreen } from "./join.js";
import { connect, rememberedSeat } from "./tickwire.js";
import { sentenceFor } from "./words.js";

const GONE_ROOMS = new Set(["no_such_room", "game_error"]); // after these the code in the address leads nowhere

let client = null;
let wish = null;

const joinScreen = new JoinScreen(enter);
const gameScreen = new GameScreen({ rejoin: () => enter(wish), back: () => leaveTo({}) });

/** The room code in the address, empty without one. */
function codeInAddress() {
  return location.hash.slice(1).toUpperCase();
}

function enter(newWish) {
  wish = newWish;
  client?.leave();
  client = connect(wish);
  const mine = client;
  joinScreen.tell("joining…", true);
  gameScreen.follow(client);
  client.on("welcome", () => arrive(mine));
  client.on("connection", (change) => meetTrouble(mine, change));
}

function arrive({ room, game, name }) {
  wish = { ...wish, room, game };
  history.replaceState(null, "", `#${room}`);
  document.title = `${game} ${room} · ${name}`;
  joinScreen.hide();
}

// In a game, the game's screen tells of trouble; before one, the first screen does.
function meetTrouble({ schema }, { state, code, message }) {
  if (GONE_ROOMS.has(code)) wish = { ...wish, room: undefined };
  if (schema !== null) return;
  if (state === "reconnecting") joinScreen.tell("The server does not answer, trying again…", false);
  if (state === "closed") leaveTo({ message: sentenceFor({ code, message }), room: wish.room });
}

function leaveTo({ message, room }) {
  gameScreen.hide();
  history.replaceState(null, "", location.pathname + location.search);
  document.title = "tickwire";
  joinScreen.show({ message, room });
}

/** A reload takes the seat up again without asking; a link to another room asks. */
function begin() {
  const seat = rememberedSeat();
  const code = codeInAddress();
  if (seat && (!code || code === seat.room)) enter({ name: seat.name, room: seat.room, watch: seat.watch });
  else joinScreen.show({ room: code, invited: code !== "" });
}

addEventListener("hashchange", () => location.reload()); // only people change it: the page itself replaces it silently

// A button that was clicked shall not eat the next space or enter, which is the game's.
addEventListener("click", ({ target, detail }) => {
  if (detail > 0 && target instanceof Element) target.closest("button")?.blur();
});

begin();
