// What the server offers, as it tells it to anybody, and how many look on in a room: only that list knows.

const LOOK_EVERY = 10; // seconds

/**
 * @returns {Promise<{games: {name: string, title: string, seats: number, tick_rate: number}[], rooms: object[]}>}
 */
export async function fetchRooms() {
  const answer = await fetch(new URL("api/rooms", document.baseURI));
  if (!answer.ok) throw new Error(`the list of rooms: ${answer.status}`);
  return answer.json();
}

/**
 * What somebody put into the field for a room's code: a code, or a link with one behind its #.
 * @param {string} typed
 * @param {string} here the host and port of this page
 * @returns {{code: string, elsewhere: string, problem: string}} `code` in capitals, empty for any room; `elsewhere` is the host
 *   of a link that leads to another server than this page's; `problem` says why there is no code in it
 */
export function readCode(typed, here) {
  const text = typed.trim();
  const [address, behind = ""] = text.includes("#") ? text.split("#", 2) : isAddress(text) ? [text] : ["", text];
  const code = behind.trim().toUpperCase();
  const host = address && hostOf(address);
  const elsewhere = host === here ? "" : host;
  if (address && !code && elsewhere) return { code, elsewhere, problem: `That is an address elsewhere (${elsewhere}), and no room of this server. Open it in a tab of its own.` };
  if (address && !code) return { code, elsewhere, problem: "That address names no room. The link to a room ends in # and its code." };
  if (!/^[A-Z0-9]*$/.test(code)) return { code: "", elsewhere, problem: "The code of a room has only letters and digits, as K7QX." };
  return { code, elsewhere, problem: "" };
}

function isAddress(text) {
  return /[./:]/.test(text);
}

function hostOf(address) {
  const whole = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  return URL.canParse(whole) ? new URL(whole).host : address;
}

/** Says how many watch the room that one is in, as long as anybody does. */
export class Watchers {
  #display;
  #room = "";
  #timer = null;

  /** @param {HTMLElement} display */
  constructor(display) {
    this.#display = display;
  }

  /** @param {string} room the code of the room, empty outside of rooms */
  follow(room) {
    this.#room = room;
    this.#display.hidden = true;
    clearInterval(this.#timer);
    if (!room) return;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY * 1000);
    this.#look();
  }

  async #look() {
    const room = this.#room;
    if (document.hidden) return;
    const offer = await fetchRooms().catch(() => null); // the game's own connection says when the server is gone
    if (room !== this.#room) return;
    const count = offer?.rooms.find((other) => other.room === room)?.watchers ?? 0;
    this.#display.hidden = count === 0;
    this.#display.textContent = `${count} watching`;
  }
}
