// What a connection is like at the moment, for the net graph. The twin of tickwire/client/figures.py.

const MINUTE = 60; // seconds for which stalls and corrections are counted
const STALL = 0.1; // seconds that a state is late, at least, to count as held up
const SHOWN = 120; // states in the graph
const RATE_OVER = 2; // seconds over which bytes are averaged

export class Tally {
  #lateness = [];
  #stalls = [];
  #stalled = false;
  #corrections = [];
  #bytes = [];

  /** A state came, so many seconds later than the average one. */
  state(now, late, jitter) {
    this.#lateness.push(late);
    if (this.#lateness.length > SHOWN) this.#lateness.shift();
    const heldUp = late > Math.max(STALL, 6 * jitter);
    if (heldUp && !this.#stalled) this.#stalls.push(now); // the others of the burst were held up by the same
    this.#stalled = heldUp;
  }

  /** A state moved one's own row by so much. */
  correction(now, size) {
    this.#corrections.push([now, size]);
  }

  /** @param {number} received bytes since the beginning, as is `sent` */
  figures(now, received, sent) {
    this.#stalls = this.#stalls.filter((at) => at >= now - MINUTE);
    this.#corrections = this.#corrections.filter(([at]) => at >= now - MINUTE);
    this.#bytes.push([now, received, sent]);
    while (this.#bytes.length > 2 && this.#bytes[1][0] <= now - RATE_OVER) this.#bytes.shift();
    const [then, receivedThen, sentThen] = this.#bytes[0];
    const passed = now - then || Infinity;
    const sizes = this.#corrections.map(([, size]) => size);
    return {
      stalls: this.#stalls.length,
      corrections: sizes.length,
      correction: sizes.length ? sizes.reduce((a, b) => a + b) / sizes.length : 0,
      bytesIn: (received - receivedThen) / passed,
      bytesOut: (sent - sentThen) / passed,
      lateness: [...this.#lateness],
    };
  }
}

/** Each figure's name, and what it is, in few words. */
export function figureLines(figures) {
  const ms = (seconds) => `${Math.round(seconds * 1000)} ms`;
  const size = figures.corrections ? `, ${Number(figures.correction.toPrecision(2))}` : "";
  return [
    ["ping", figures.ping === null ? "…" : `${Math.round(figures.ping)} ms`],
    ["jitter", ms(figures.jitter)],
    ["stalls", `${figures.stalls} a minute`],
    ["others", `${ms(figures.delay)} late`],
    ["inputs", `${ms(figures.lead)} ahead`],
    ["corrected", `${figures.corrections} a minute${size}`],
    ["in, out", `${(figures.bytesIn / 1000).toFixed(1)}, ${(figures.bytesOut / 1000).toFixed(1)} kB/s`],
  ];
}
