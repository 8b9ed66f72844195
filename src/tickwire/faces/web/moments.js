// Events wait until the screen shows the state that they came with. No timers: time is an argument, in seconds.
// The twin of tickwire/client/moments.py.

const WAITS = 0.25; // seconds for the state that an event came with
const AGES = 1; // seconds past its moment after which an event is not told any more: the page was hidden
const KEPT = 256; // of a page that is hidden

export class Moments {
  #waiting = [];

  /** An event came. Its state comes behind it. */
  event(now, event) {
    this.#waiting.push({ came: now, time: null, event });
    if (this.#waiting.length > KEPT) this.#waiting.shift();
  }

  /** A state of a server's time came: that is the moment of the events before it. */
  state(time) {
    for (const waiting of this.#waiting) waiting.time ??= time;
  }

  /**
   * The events whose moment has come, in order; but not those whose moment was long ago.
   * @param {number} now
   * @param {number | null} time the moment that is shown, of the server; null where all is shown as it comes
   */
  take(now, time) {
    const taken = [];
    while (this.#waiting.length) {
      const [first] = this.#waiting;
      const past = first.time === null ? now - first.came - WAITS : time === null ? 0 : time - first.time;
      if (past < 0) break;
      this.#waiting.shift();
      if (past <= AGES) taken.push(first.event);
    }
    return taken;
  }
}
