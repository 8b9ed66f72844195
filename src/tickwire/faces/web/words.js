// What went wrong, in words for people. Codes are those of docs/WIRE.md 2.2; what is not here is said by the server's own sentence.

const SLOW = 150; // milliseconds there and back

const SENTENCES = {
  room_full: "That room is full. Watch it, or play in another one.",
  no_such_room: "There is no such room any more.",
  no_such_game: "This server does not have that game.",
  bad_chat: "That was too long to say: 300 characters at most.",
  watching: "You are watching. To play, leave and choose Play.",
  left: "You left the game.",
  flood: "Too much was sent from here, so the server closed the connection.",
  game_error: "The game broke, and its room is over. Sorry!",
  replaced: "Your seat was taken over from another window.",
  full: "The server is full at the moment.",
  shutdown: "The server was shut down.",
  stuck: "Too little was read here, so the server closed the connection.",
};

// Names of events that say what was done to the player, and verbs that are others with "you"; sentences.py has the same.
const DONE_TO = new Set(["beaten", "caught", "destroyed", "eaten", "eliminated", "hit", "killed", "shot"]);
const OF_YOU = { was: "were", is: "are", has: "have" };

/**
 * An event that happened to a player, in words.
 * @param {string} name of the event
 * @param {string} who the player's name; empty if it is the reader
 */
export function newsOf(name, who) {
  const words = name.replaceAll("_", " ").split(" ");
  if (DONE_TO.has(words[0])) words.unshift("was");
  if (!who) words[0] = Object.hasOwn(OF_YOU, words[0]) ? OF_YOU[words[0]] : words[0];
  return [who || "you", ...words].join(" ");
}

/** @param {{code?: string, message?: string}} refusal */
export function sentenceFor({ code, message }) {
  return SENTENCES[code] ?? message ?? "Something went wrong.";
}

/**
 * Why there is no connection, while it is tried again.
 * @param {{code?: string, message?: string}} ended the server's bye; empty if the connection broke without one
 */
export function lostBecause(ended) {
  return ended.code ? sentenceFor(ended) : "The connection is lost.";
}

/** @param {number} left seconds until the next try; 0 or less while one is under way */
export function tryingAgain(left) {
  return left > 0 ? `Trying again in ${Math.ceil(left)} s.` : "Trying again now…";
}

/**
 * What is said of the connection, and how: `joined` is good, `slow` works, anything else is bad.
 * @param {{state?: string, ping?: number | null, silence?: number}} client
 * @returns {{state: string | undefined, text: string}}
 */
export function pingShown({ state, ping = null, silence = 0 }) {
  if (state !== "joined") return { state, text: "offline" };
  if (silence) return { state: "silent", text: `no answer for ${silence} s` };
  if (ping === null) return { state, text: "…" };
  return { state: ping > SLOW ? "slow" : state, text: `${Math.round(ping)} ms` };
}
