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
