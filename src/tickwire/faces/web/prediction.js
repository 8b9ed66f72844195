// One's own row answers at once: it is played ahead, and the server corrects it. No timers: time is an argument, in seconds.
// The twin of tickwire/client/prediction.py, which says why, and where it is from.

import { blendedRow, difference, jumps, moved } from "./blend.js";

const MAX_INPUTS = 120;
export const FADE = 0.15; // seconds in which an error fades
export const MAX_AHEAD = 30; // ticks that a row of one's own other than the steered one is played ahead

/**
 * A row that one's own row brought into the world: in which tick, which one of those of its tick, and its table.
 * @typedef {{tick: number, number: number, table: string, row: object}} Made
 */

/**
 * One tick of a row, from its state and the input to its next state; it changes neither. `bring(table, row)` is called for each row
 * that it brings into the world in that tick, a shot, say.
 * @typedef {(state: object, input: object, bring: (table: string, row: object) => void) => object} Move
 */

export class Prediction {
  /** The last tick that was played. */
  played;
  #move;
  #fields;
  #state;
  #inputs = []; // [tick, input] that no state includes yet
  #acked;
  #made = []; // since the newest state
  #error = null;
  #errorAt = 0;

  /**
   * @param {Move} move of this row
   * @param {import("./blend.js").Smooth[]} fields those that blend
   * @param {object} state the row in the newest state
   * @param {number} tick of that state
   */
  constructor(move, fields, state, tick) {
    this.#move = move;
    this.#fields = fields;
    this.#state = state;
    this.played = this.#acked = tick;
  }

  /** Play one tick with an input of one's own. */
  play(tick, input) {
    this.played = tick;
    this.#inputs.push([tick, input]);
    if (this.#inputs.length > MAX_INPUTS) this.#inputs.shift();
    // What no state has told of for so long is not on its way any more, but lost in a stall.
    this.#made = this.#made.filter((made) => tick - made.tick < MAX_AHEAD);
    this.#state = this.#step(this.#state, tick, input, this.#made);
  }

  /** What it brought into the world since the newest state, also in the tick that is not over yet: Made[]. */
  made(held) {
    const made = [...this.#made];
    this.#step(this.#state, this.played + 1, held, made);
    return made;
  }

  /**
   * Rewind to a state of the server and replay what it does not include.
   * @returns {Record<string, number>} by field, how far the prediction was off
   */
  reconcile(state, tick, now, share, held) {
    if (tick < this.#acked) return {};
    this.#acked = tick;
    this.played = Math.max(this.played, tick);
    this.#inputs = this.#inputs.filter(([each]) => each > tick);
    const [predicted, seen] = [this.#state, this.shown(now, share, held)];
    this.#made = [];
    this.#state = this.#inputs.reduce((row, [each, input]) => this.#step(row, each, input, this.#made), state);
    const error = Object.fromEntries(
      this.#fields.map((field) => [field.name, difference(field, this.#state[field.name], predicted[field.name])]),
    );
    if (Object.values(error).every((each) => each === 0)) return error;
    if (this.#fields.some((field) => jumps(field, this.#state[field.name], predicted[field.name]))) this.#error = null;
    else {
      const row = this.#ahead(share, held);
      this.#error = this.#fields.map((field) => difference(field, row[field.name], seen[field.name]));
      this.#errorAt = now;
    }
    return error;
  }

  /** The row to paint: a share of the tick after the last one, as it will be with what is held now. */
  shown(now, share, held) {
    const row = this.#ahead(share, held);
    const fading = Math.min(1, 1 - (now - this.#errorAt) / FADE);
    if (this.#error && fading > 0) {
      this.#fields.forEach((field, i) => (row[field.name] = moved(field, row[field.name], this.#error[i] * fading)));
    }
    return row;
  }

  /** A key went up within a tick whose beginning was shown with it: what was shown goes over into what is true. */
  ease(now, share, before, held) {
    const [seen, row] = [this.shown(now, share, before), this.#ahead(share, held)];
    this.#error = this.#fields.map((field) => difference(field, row[field.name], seen[field.name]));
    this.#errorAt = now;
  }

  /** This takes over from another prediction: what is shown goes on from the row `seen`, and fades over into this one. */
  goOnFrom(seen, now, share, held) {
    const row = this.#ahead(share, held);
    if (this.#fields.some((field) => jumps(field, row[field.name], seen[field.name]))) return;
    this.#error = this.#fields.map((field) => difference(field, row[field.name], seen[field.name]));
    this.#errorAt = now;
  }

  #ahead(share, held) {
    return blendedRow(this.#fields, this.#state, this.#move(this.#state, held, () => {}), share);
  }

  #step(state, tick, input, made) {
    let number = 0;
    return this.#move(state, input, (table, row) => made.push({ tick, number: number++, table, row }));
  }
}
