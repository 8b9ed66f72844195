// What is on its way by itself of one's own, in one table: rows of the newest state, and ghosts, which one's own row has brought
// into the world since. No timers: time is an argument, in seconds. The twin of Flights in tickwire/client/own.py, which says why.

import { blendedRow, difference, jumps, moved } from "./blend.js";
import { FADE, MAX_AHEAD } from "./prediction.js";

const MAX_SHIFT = 3; // ticks by which a ghost may be put off and still be the same

/** A row keeps its id on the screen when it takes over from its ghost. A ghost's id is below 0. */
export class Flights {
  #move;
  #fields;
  #real = new Map(); // by id in the table
  #ghosts = new Map(); // by tick and number
  #made = 0;
  #taken = 0; // how many of the first that were made are rows by now

  /**
   * @param {(row: object, input: object) => ?object} move one tick of a row; it changes neither. null: the row's way is over
   * @param {import("./blend.js").Smooth[]} fields those that blend
   */
  constructor(move, fields) {
    this.#move = move;
    this.#fields = fields;
  }

  /**
   * A state came.
   * @param {[number, object][]} rows those in it, by id
   * @param {import("./prediction.js").Made[]} made what is not in it yet; if it is late, all since an earlier state
   * @param {number} tick its own
   * @param {number} moment the tick that is being shown, with its fraction
   * @param {number} now
   * @param {object} held the input
   * @param {boolean} late whether the state lacks an input of one's own for its past: so who takes over from whom is told by their
   *   order alone
   */
  follow(rows, made, tick, moment, now, held, late = false) {
    const [real, ghosts] = [this.#real, this.#ghosts];
    this.#taken = late ? this.#taken + rows.filter(([id]) => !real.has(id)).length : 0;
    made = made.slice(this.#taken);
    this.#real = new Map(rows.map(([id, row]) => [id, wayOf(id, row, tick)]));
    this.#ghosts = new Map(made.map((each) => [keyOf(each), wayOf(0, each.row, each.tick - 1)]));
    const known = (before, after) => [...after].filter(([key]) => before.has(key)).map(([key, way]) => [before.get(key), way]);
    const others = (before, after) => [...after].filter(([key]) => !before.has(key)).map(([, way]) => way);
    const pairs = [...known(real, this.#real), ...known(ghosts, this.#ghosts)];
    // Ghosts whose tick is over became rows, in their order; or the server has put them off, or refused them.
    const gone = others(this.#ghosts, ghosts);
    const born = others(real, this.#real);
    const later = others(ghosts, this.#ghosts);
    // If rows are missing, they are those of the ghosts that came to their end up to here: no heir in this state.
    const ended = gone.filter((way) => !this.#at(way, tick + 1, held)).slice(0, Math.max(0, gone.length - born.length));
    const heard = gone.filter((way) => !ended.includes(way)).slice(0, born.length);
    heard.forEach((old, i) => pairs.push([old, born[i]]));
    const rest = new Set(gone.filter((way) => !heard.includes(way)));
    for (const way of later) {
      const old = [...rest].find((each) => Math.abs(way.tick - each.tick) <= MAX_SHIFT);
      if (rest.delete(old)) pairs.push([old, way]);
    }
    for (const [old, way] of pairs) {
      way.id = old.id;
      // Rounding, or a key that counts later, may put the end off by a little: it does not come back for that.
      way.over = !this.#at(old, moment, held) && !this.#at(wayOf(0, way.steps[0], way.tick), moment + MAX_SHIFT, held);
      this.#ease(old, way, moment, now, held);
    }
    for (const way of this.#ghosts.values()) way.id ||= this.#newId();
  }

  /** What is to be painted, by id; arguments as those of `follow`, with `made` as it is now. */
  rows(made, moment, now, held) {
    const known = this.#ghosts;
    this.#ghosts = new Map();
    for (const each of made.slice(this.#taken)) {
      const way = known.get(keyOf(each)) ?? wayOf(this.#newId(), each.row, each.tick - 1);
      // A key went down or up in a tick that is not over.
      if (!same(way.steps[0], each.row)) Object.assign(way, { steps: [each.row], over: false });
      this.#ghosts.set(keyOf(each), way);
    }
    const ways = [...this.#real.values(), ...this.#ghosts.values()];
    return ways.map((way) => [way.id, this.#shown(way, moment, now, held)]).filter(([, row]) => row);
  }

  /**
   * Another moment is shown now: go on where rows are seen, and let the difference fade.
   * @param {number} before the tick that was shown, with its fraction
   * @param {number} moment the one that is shown from now on
   * @param {number} now
   * @param {object} held the input
   */
  step(before, moment, now, held) {
    for (const way of [...this.#real.values(), ...this.#ghosts.values()]) {
      const seen = this.#shown(way, before, now, held);
      way.error = null;
      this.#lead(way, seen, this.#at(way, moment, held), now);
    }
  }

  #newId() {
    this.#made += 1;
    return -this.#made;
  }

  // Where it is; null after its end.
  #at(way, moment, held) {
    const ahead = Math.min(MAX_AHEAD, Math.max(0, moment - way.tick));
    while (way.steps.length <= Math.ceil(ahead) && way.steps.at(-1)) way.steps.push(this.#move(way.steps.at(-1), held));
    const [start, end] = [way.steps[Math.floor(ahead)], way.steps[Math.ceil(ahead)]];
    if (way.over || !end) return null;
    return blendedRow(this.#fields, start, end, ahead - Math.floor(ahead));
  }

  #shown(way, moment, now, held) {
    const row = this.#at(way, moment, held);
    const fading = Math.min(1, 1 - (now - way.errorAt) / FADE);
    if (row && way.error && fading > 0) {
      this.#fields.forEach((field, i) => (row[field.name] = moved(field, row[field.name], way.error[i] * fading)));
    }
    return row;
  }

  // Go on where it is seen, and let the difference to what is true fade.
  #ease(old, way, moment, now, held) {
    this.#lead(way, this.#shown(old, moment, now, held), this.#at(way, moment, held), now);
  }

  #lead(way, seen, row, now) {
    if (!seen || !row || this.#fields.some((field) => jumps(field, row[field.name], seen[field.name]))) return;
    way.error = this.#fields.map((field) => difference(field, row[field.name], seen[field.name]));
    way.errorAt = now;
  }
}

// A row's way as far as it was asked for, from the tick at which it is `row`; null at its end. `over`: it was seen to end, and what
// is known since leads it to the same end.
function wayOf(id, row, tick) {
  return { id, tick, steps: [row], over: false, error: null, errorAt: 0 };
}

function keyOf({ tick, number }) {
  return `${tick}.${number}`;
}

function same(one, other) {
  return Object.keys(other).every((name) => one[name] === other[name]);
}
