// What is remembered: the player's name for good, the hold on a seat for as long as the tab lives.
// Storage may be forbidden (private windows, embedded frames) or full; forgetting is then the only harm.

const NAME_KEY = "tickwire.name";
const SEAT_KEY = "tickwire.seat";
const WISH_KEY = "tickwire.wish";

/**
 * A hold on a seat.
 * @typedef {object} Seat
 * @property {string} url of the server's WebSocket
 * @property {string} game
 * @property {string} room
 * @property {string} token
 * @property {string} name
 * @property {boolean} watch a place to look on from, and no seat
 */

/** @returns {string} empty if none is known */
export function rememberedName() {
  return attempt(() => localStorage.getItem(NAME_KEY)) ?? "";
}

/** @param {string} name */
export function rememberName(name) {
  attempt(() => localStorage.setItem(NAME_KEY, name));
}

/** @returns {Seat | null} */
export function rememberedSeat() {
  return attempt(() => JSON.parse(sessionStorage.getItem(SEAT_KEY))) ?? null;
}

/** @param {Seat} seat */
export function rememberSeat(seat) {
  attempt(() => sessionStorage.setItem(SEAT_KEY, JSON.stringify(seat)));
}

export function forgetSeat() {
  attempt(() => sessionStorage.removeItem(SEAT_KEY));
}

/** @param {import("./join.js").JoinWish} wish that is to be fulfilled when the page has been loaded anew */
export function rememberWish(wish) {
  attempt(() => sessionStorage.setItem(WISH_KEY, JSON.stringify(wish)));
}

/** @returns {import("./join.js").JoinWish | null} what was wished for before the page was loaded anew; told once */
export function takeWish() {
  const wish = attempt(() => JSON.parse(sessionStorage.getItem(WISH_KEY)));
  attempt(() => sessionStorage.removeItem(WISH_KEY));
  return wish ?? null;
}

function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
