// What stands over the board while there is no connection: why, what happens next, and the ways out.

import { lostBecause, sentenceFor, tryingAgain } from "./words.js";

const COUNT_EVERY = 0.25; // seconds between looks at the time that is left
const ROOM_OVER = new Set(["no_such_room", "room_full", "game_error"]); // trying the same room again leads nowhere

const byId = (id) => document.getElementById(id);

export class Notice {
  #timer = null;
  #nextTry = null; // seconds of performance.now(); null if none is planned

  /**
   * @param {object} ways
   * @param {() => void} ways.hurry try again now
   * @param {() => void} ways.rejoin after the client was closed
   * @param {() => void} ways.back to the first screen
   */
  constructor({ hurry, rejoin, back }) {
    byId("rejoin").addEventListener("click", () => {
      if (this.#nextTry === null) return rejoin();
      this.#nextTry = 0;
      this.#count();
      hurry();
    });
    byId("back").addEventListener("click", back);
  }

  /** @param {{state: string, wait?: number, code?: string, message?: string}} change as the client's `connection` event has it */
  show({ state, wait, code, message }) {
    clearInterval(this.#timer);
    const retrying = state === "reconnecting";
    byId("notice").hidden = state === "joined";
    this.#nextTry = retrying ? seconds() + wait : null;
    const why = retrying ? lostBecause({ code, message }) : sentenceFor({ code, message });
    // A text that is set anew is read out anew by screen readers, at each try.
    if (byId("notice-why").textContent !== why) byId("notice-why").textContent = why;
    byId("notice-then").textContent = "";
    byId("rejoin").textContent = retrying ? "Try now" : ROOM_OVER.has(code) ? "Find another room" : "Play again";
    if (state === "closed") byId("rejoin").focus();
    if (!retrying) return;
    this.#count();
    this.#timer = setInterval(() => this.#count(), COUNT_EVERY * 1000);
  }

  #count() {
    byId("notice-then").textContent = tryingAgain(this.#nextTry - seconds());
  }
}

function seconds() {
  return performance.now() / 1000;
}
