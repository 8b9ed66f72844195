// Showing everybody else: states come in jerks, and what is seen moves smoothly. No timers: time is an argument, in seconds.
// The twin of tickwire/client/interpolation.py, which says why, and where it is from.

import { blended, blendedRow, difference, jumps, moved } from "./blend.js";

export const MAX_EXTRAPOLATION = 0.25; // seconds
const MAX_GAP = 0.5; // seconds without states that are travelled across
const CATCH_UP = 6; // send intervals that the ticks of one state may take if they were made together
const LITTLE = 1e-6; // seconds, or units: what rounding makes of times and places
const EASE = 0.15; // seconds in which a wrong extrapolation is led back

/**
 * The rows of one table as they were at any moment of the last while. A field that is in every nth state only takes n states from
 * one value to the next.
 */
export class Interpolation {
  /** Whether the next states leave out some of what changed, for lack of bytes. */
  behind = false;
  #fields;
  #seldom; // fields
  #interval;
  #tracks = new Map();
  #newest = null;
  #complete = 0; // the last state that told all
  #rests = false; // whether the newest one told that nothing moves

  /**
   * @param {import("./blend.js").Smooth[]} fields
   * @param {number} interval seconds between two states
   */
  constructor(fields, interval) {
    this.#fields = fields;
    this.#seldom = fields.filter(({ every }) => every > 1);
    this.#interval = interval;
  }

  /**
   * A state came.
   * @param {number} time of the server
   * @param {Iterable<[number, object]>} rows new and changed ones, by id
   * @param {Iterable<number>} removed
   * @param {boolean} full whether `rows` are all there are
   * @param {number | null} shown the moment that is being shown
   * @param {boolean} rests whether the state says nothing at all, of no table
   */
  push(time, rows, removed, full, shown, rests = false) {
    if (this.#newest !== null && time <= this.#newest) return;
    const before = shown !== null && this.#newest !== null ? this.#guessed(shown) : new Map();
    const [since, begin] = [this.#newest, this.#begin(time)];
    const there = new Set();
    for (const [id, row] of rows) {
      there.add(id);
      this.#add(id, { time, row, jump: false }, full, begin);
    }
    for (const id of removed) this.#end(id, time, since);
    if (full) for (const id of this.#tracks.keys()) if (!there.has(id)) this.#end(id, time, since);
    [this.#newest, this.#rests] = [time, rests];
    if (full || !this.behind) this.#complete = time;
    if (shown !== null) this.ease(before, shown);
  }

  /** Another moment is shown now: go on from where rows were on the screen, and let the difference fade. */
  ease(before, shown) {
    for (const [id, old] of before) this.#ease(id, old, shown);
  }

  /** All rows as they were at a moment of the server's time, by id. */
  at(time) {
    const rows = new Map();
    for (const [id, track] of this.#tracks) {
      const row = this.#row(track, time);
      if (row) rows.set(id, row);
    }
    return rows;
  }

  /** Drop what is not needed to show this moment and later ones. */
  forget(time) {
    for (const [id, track] of this.#tracks) {
      if (track.goneAt <= time) this.#tracks.delete(id);
      else {
        while (track.samples.length > 2 && track.samples[2].time <= time) {
          track.samples.shift();
          track.trimmed = true;
        }
      }
      for (const ramps of track.ramps.values()) while (ramps.length > 1 && ramps[1].start <= time) ramps.shift();
    }
  }

  // Since when what a state tells may have changed.
  #begin(time) {
    const newest = this.#newest;
    if (newest === null) return time;
    if (this.#complete < newest) return Math.max(this.#complete, time - MAX_GAP);
    if (this.#rests || time - newest > Math.min(CATCH_UP * this.#interval, MAX_GAP)) return Math.max(newest, time - this.#interval);
    return newest;
  }

  #end(id, time, since) {
    const track = this.#tracks.get(id);
    if (!track || track.goneAt !== Infinity) return;
    track.goneAt = time;
    track.goesOn = since !== null && track.samples.at(-1).time >= Math.min(since, this.#complete);
  }

  #add(id, sample, full, begin) {
    const track = this.#tracks.get(id);
    if (!track || track.goneAt !== Infinity) {
      const ways = { ramps: new Map(), error: null, errorAt: 0 };
      this.#tracks.set(id, { samples: [sample], goneAt: Infinity, goesOn: false, trimmed: false, ...ways });
      return;
    }
    const last = track.samples.at(-1);
    sample.jump = this.#fields.some((field) => jumps(field, last.row[field.name], sample.row[field.name]));
    const start = Math.max(begin, last.time);
    if (full) sample.jump ||= this.#newest !== null && sample.time - this.#newest > MAX_GAP;
    else if (last.time < start - LITTLE) track.samples.push({ time: start, row: last.row, jump: false });
    for (const field of this.#seldom) if (sample.row[field.name] !== last.row[field.name]) this.#setOut(track, field, last, sample, start);
    track.samples.push(sample);
  }

  // A field that is sent seldom begins to go to its new value.
  #setOut({ ramps: all }, field, last, sample, start) {
    const [before, end] = [last.row[field.name], sample.row[field.name]];
    if (!all.has(field)) all.set(field, []);
    const ramps = all.get(field);
    if (sample.jump) ramps.push({ start: sample.time, length: 0, begin: before, end });
    else ramps.push({ start, length: field.every * this.#interval, begin: ramps.length ? onRamp(ramps, field, start) : before, end });
  }

  // The rows that are extrapolated: past the newest state, or under a budget past their own last one.
  #guessed(shown) {
    if (shown > this.#newest) return this.at(shown);
    if (this.#complete === this.#newest) return new Map();
    const late = [...this.#tracks].filter(([, { samples }]) => samples.at(-1).time < shown);
    return new Map(late.map(([id, track]) => [id, this.#row(track, shown)]).filter(([, row]) => row));
  }

  #ease(id, old, shown) {
    const track = this.#tracks.get(id);
    if (!track) return;
    const next = this.#row(track, shown);
    if (next && this.#fields.every(({ name }) => Math.abs(next[name] - old[name]) <= LITTLE)) return;
    track.error = null;
    const now = this.#row(track, shown);
    if (!now || track.samples.at(-1).jump) return;
    track.error = this.#fields.map((field) => difference(field, now[field.name], old[field.name]));
    track.errorAt = shown;
  }

  #row(track, time) {
    const { samples } = track;
    if (time >= track.goneAt) return null;
    if (time < samples[0].time) return track.trimmed ? { ...samples[0].row } : null;
    const after = samples.findIndex((sample) => sample.time > time);
    let row;
    if (after < 0) row = this.#extrapolated(track, time);
    else {
      const [from, to] = [samples[after - 1], samples[after]];
      row = blendedRow(this.#fields, from.row, to.row, to.jump ? 0 : (time - from.time) / (to.time - from.time));
    }
    for (const [field, ramps] of track.ramps) row[field.name] = onRamp(ramps, field, time);
    const fading = 1 - (time - track.errorAt) / EASE;
    if (track.error && fading > 0 && fading <= 1) {
      this.#fields.forEach((field, i) => (row[field.name] = moved(field, row[field.name], track.error[i] * fading)));
    }
    return row;
  }

  #extrapolated(track, time) {
    const [before, last] = [track.samples.at(-2), track.samples.at(-1)];
    const row = { ...last.row };
    if (!before || last.jump || !this.#goesOn(track)) return row;
    const past = time - last.time;
    let share = Math.min(past, MAX_EXTRAPOLATION) / (last.time - before.time);
    // States came, and it was in none for long: it stands, and what was made up is led back.
    if (last.time < this.#newest && past > MAX_EXTRAPOLATION) share *= Math.max(0, 1 - (past - MAX_EXTRAPOLATION) / EASE);
    for (const field of this.#fields) {
      row[field.name] = moved(field, row[field.name], difference(field, before.row[field.name], row[field.name]) * share);
    }
    return row;
  }

  // Whether a row may have moved on after its last state: a newer one that tells all says that it stands.
  #goesOn({ samples, goneAt, goesOn }) {
    if (goneAt !== Infinity) return goesOn;
    const { time } = samples.at(-1);
    return time === this.#newest || (this.#complete < this.#newest && time >= this.#complete);
  }
}

// Where a field is on its way from one of its values to the next.
function onRamp(ramps, field, time) {
  const ramp = ramps.findLast(({ start }) => start <= time);
  if (!ramp) return ramps[0].begin;
  const passed = time - ramp.start;
  return blended(field, ramp.begin, ramp.end, passed < ramp.length ? passed / ramp.length : 1);
}
