// What only a game needs. The page loads it when its first screen stands.

export { GameScreen } from "./game.js";
export { Watchers } from "./rooms.js";
export { connect } from "./tickwire.js";
export { sentenceFor } from "./words.js";
