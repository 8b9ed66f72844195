// What went wrong, in words for people. Codes are those of docs/WIRE.md 2.2; what is not here is said by the server's own sentence.

const SENTENCES = {
  room_full: "That room is full. Watch it, or play in another one.",
  no_such_room: "There is no such room any more. Play to find another one.",
  no_such_game: "This server does not have that game.",
  bad_chat: "That was too long to say: 300 characters at most.",
  watching: "You are watching. To play, leave and choose Play.",
  left: "You left the game.",
  flood: "Too much was sent from here, so the server closed the connection.",
  game_error: "The game broke, and its room is over. Sorry!",
  replaced: "Your seat was taken over from another window.",
  full: "The server is full at the moment.",
  shutdown: "The server is restarting.",
};

/** @param {{code?: string, message?: string}} refusal */
export function sentenceFor({ code, message }) {
  return SENTENCES[code] ?? message ?? "Something went wrong.";
}
