// Showing everybody else: states come in jerks, and what is seen moves smoothly. No timers: time is an argument, in seconds.
// The twin of tickwire/client/interpolation.py, which says why, and where it is from.

import { blended, blendedRow, difference, jumps, moved } from "./blend.js";
import { median } from "./clock.js";

const INTERVALS = 2; // send intervals of delay
const JITTERS = 3; // median deviations of arrival that the second of these, or what is longer, has to cover
const MAX_DELAY = 0.5; // seconds
const MAX_SPEED_CHANGE = 0.04; // share by which playback runs fast or slow
const SPEED_TIME = 0.5; // seconds in which a small deviation would be played away
const RESTART = 1; // seconds of deviation from which on playback is set
export const MAX_EXTRAPOLATION = 0.25; // seconds
const MAX_GAP = 0.5; // seconds without states that are travelled across
const EASE = 0.15; // seconds in which a wrong extrapolation is led back
const WINDOW = 64; // arrivals by which a network is judged
const MOVED = 0.3; // seconds for which all states are far off their time, until that is believed

/** Which moment of the server's time is shown. */
export class Playback {
  jitter = 0;
  #interval;
  #transits = [];
  #farSince = null;
  #transit = null;
  #at = null;
  #shown = 0;

  /** @param {number} interval seconds between two states */
  constructor(interval) {
    this.#interval = interval;
  }

  /** Seconds between the arrival of an average state and its showing. */
  get delay() {
    const least = INTERVALS * this.#interval;
    return Math.max(least, Math.min((INTERVALS - 1) * this.#interval + JITTERS * this.jitter, MAX_DELAY));
  }

  /** A state of a server's time came; returns how much later than the average one. */
  arrived(now, time) {
    const transit = now - time;
    if (this.#transit !== null && Math.abs(transit - this.#transit) > RESTART) {
      this.#farSince ??= now;
      if (now - this.#farSince < MOVED) return transit - this.#transit;
      this.#transits = [];
    }
    this.#farSince = null;
    this.#transits.push(transit);
    if (this.#transits.length > WINDOW) this.#transits.shift();
    this.#transit = median(this.#transits);
    this.jitter = median(this.#transits.map((each) => Math.abs(each - this.#transit)));
    return transit - this.#transit;
  }

  /** The moment of the server's time to be shown now; null before the first state. */
  time(now) {
    if (this.#transit === null) return null;
    const target = now - this.#transit - this.delay;
    if (this.#at === null) {
      [this.#at, this.#shown] = [now, target];
      return target;
    }
    const passed = Math.max(0, now - this.#at);
    this.#at += passed;
    const behind = target - this.#shown - passed;
    if (Math.abs(behind) > RESTART) this.#shown = target;
    else {
      const change = behind / Math.max(SPEED_TIME, passed);
      this.#shown += passed * (1 + Math.max(-MAX_SPEED_CHANGE, Math.min(change, MAX_SPEED_CHANGE)));
    }
    return this.#shown;
  }
}

/**
 * The rows of one table as they were at any moment of the last while. A field that is in every nth state only takes n states from
 * one value to the next.
 */
export class Interpolation {
  #fields;
  #seldom; // fields
  #interval;
  #tracks = new Map();
  #newest = null;

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
   */
  push(time, rows, removed, full, shown) {
    if (this.#newest !== null && time <= this.#newest) return;
    const guessed = shown !== null && this.#newest !== null && shown > this.#newest;
    const before = guessed ? this.at(shown) : new Map();
    const since = this.#newest;
    this.#newest = time;
    const there = new Set();
    for (const [id, row] of rows) {
      there.add(id);
      this.#add(id, { time, row, jump: false }, full, since);
    }
    for (const id of removed) this.#end(id, time);
    if (full) for (const id of this.#tracks.keys()) if (!there.has(id)) this.#end(id, time);
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
      else while (track.samples.length > 2 && track.samples[2].time <= time) track.samples.shift();
      for (const ramps of track.ramps.values()) while (ramps.length > 1 && ramps[1].start <= time) ramps.shift();
    }
  }

  #end(id, time) {
    const track = this.#tracks.get(id);
    if (track && track.goneAt === Infinity) track.goneAt = time;
  }

  #add(id, sample, full, since) {
    const track = this.#tracks.get(id);
    if (!track || track.goneAt !== Infinity) {
      this.#tracks.set(id, { samples: [sample], ramps: new Map(), goneAt: Infinity, error: null, errorAt: 0 });
      return;
    }
    const last = track.samples.at(-1);
    sample.jump = this.#fields.some((field) => jumps(field, last.row[field.name], sample.row[field.name]));
    if (full) sample.jump ||= since !== null && sample.time - since > MAX_GAP;
    else {
      // No state says that a row stands still. A row that was in none stood there until the last but this.
      const stillUntil = sample.time - this.#interval;
      if (last.time < stillUntil - this.#interval / 2) track.samples.push({ time: stillUntil, row: last.row, jump: false });
    }
    for (const field of this.#seldom) if (sample.row[field.name] !== last.row[field.name]) this.#setOut(track, field, last, sample);
    track.samples.push(sample);
  }

  // A field that is sent seldom begins to go to its new value.
  #setOut({ ramps: all }, field, last, sample) {
    const [before, end] = [last.row[field.name], sample.row[field.name]];
    if (!all.has(field)) all.set(field, []);
    const ramps = all.get(field);
    const start = sample.time - this.#interval;
    if (sample.jump) ramps.push({ start: sample.time, length: 0, begin: before, end });
    else ramps.push({ start, length: field.every * this.#interval, begin: ramps.length ? onRamp(ramps, field, start) : before, end });
  }

  #ease(id, old, shown) {
    const track = this.#tracks.get(id);
    track.error = null;
    const now = this.#row(track, shown);
    if (!now || track.samples.at(-1).jump) return;
    track.error = this.#fields.map((field) => difference(field, now[field.name], old[field.name]));
    track.errorAt = shown;
  }

  #row(track, time) {
    const { samples } = track;
    if (time < samples[0].time || time >= track.goneAt) return null;
    const after = samples.findIndex((sample) => sample.time > time);
    let row;
    if (after < 0) row = this.#extrapolated(samples, time);
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

  #extrapolated(samples, time) {
    const [before, last] = [samples.at(-2), samples.at(-1)];
    const row = { ...last.row };
    if (!before || last.time !== this.#newest || last.jump) return row;
    const share = Math.min(time - last.time, MAX_EXTRAPOLATION) / (last.time - before.time);
    for (const field of this.#fields) {
      row[field.name] = moved(field, row[field.name], difference(field, before.row[field.name], row[field.name]) * share);
    }
    return row;
  }
}

// Where a field is on its way from one of its values to the next.
function onRamp(ramps, field, time) {
  const ramp = ramps.findLast(({ start }) => start <= time);
  if (!ramp) return ramps[0].begin;
  const passed = time - ramp.start;
  return blended(field, ramp.begin, ramp.end, passed < ramp.length ? passed / ramp.length : 1);
}
