// Names for those who have not chosen one.

const FIRST = ["brave", "calm", "clever", "gentle", "happy", "lucky", "merry", "nimble", "quick", "sunny", "swift", "witty"];
const SECOND = ["badger", "beaver", "falcon", "fox", "heron", "lynx", "marten", "otter", "panda", "raven", "robin", "wombat"];

/** @returns {string} as "lucky otter" */
export function friendlyName() {
  return `${oneOf(FIRST)} ${oneOf(SECOND)}`;
}

function oneOf(words) {
  return words[Math.floor(Math.random() * words.length)];
}
