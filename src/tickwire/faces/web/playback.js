// Which moment of the server's time is shown of everybody else. No timers: time is an argument, in seconds.
// The twin of tickwire/client/playback.py, which says why, and where it is from.

import { median } from "./clock.js";

const INTERVALS = 2; // send intervals of delay
const JITTERS = 3; // median deviations of arrival that the second of these, or what is longer, has to cover
const MAX_DELAY = 0.5; // seconds
const MAX_SPEED_CHANGE = 0.04; // share by which playback runs fast or slow
const SPEED_TIME = 0.5; // seconds in which a small deviation would be played away
export const RESTART = 1; // seconds of deviation from which on playback is set
const WINDOW = 64; // arrivals by which a network is judged
const BURST = 0.25; // send intervals between two states that count as one arrival
const STEP = 0.1; // seconds off their time from which on states are far off it
const STEP_JITTERS = 6; // or as many median deviations
const MOVED = 0.3; // seconds for which all states are far off their time, until that is believed
const STALL = 5; // seconds for which a lossy line may hold everything up
const MOVED_STATES = 3; // and as many of them
const ALIKE = 0.3; // of a step: by so much the states that show it may differ

/** Which moment of the server's time is shown. */
export class Playback {
  jitter = 0;
  #interval;
  #transits = [];
  #far = []; // arrival and transit of those that are far off
  #arrivedAt = -Infinity; // when the last of the arrivals that count came
  #isSet = true; // whether what is shown may be played to where it should be; else it is set
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
    const late = this.#transit === null ? 0 : transit - this.#transit;
    if (Math.abs(late) <= Math.max(STEP, STEP_JITTERS * this.jitter)) this.#far = [];
    else {
      // A burst before a stall, say, is off by less and says nothing of what comes after.
      const isClose = ([, each]) => Math.abs(each - this.#transit) <= RESTART;
      if (Math.abs(late) > RESTART) while (this.#far.length && isClose(this.#far[0])) this.#far.shift();
      this.#far.push([now, transit]);
      if (this.#far.length > WINDOW) this.#far.shift();
      if (this.#hasMoved(late)) {
        this.#transits = this.#far.slice(0, -1).map(([, each]) => each);
        this.#far = [];
        this.#isSet = false;
      } else if (Math.abs(late) > RESTART) return late;
    }
    if (this.#transits.length && now - this.#arrivedAt < BURST * this.#interval) {
      // One stall is one event, however many states it held up. The newest of them says most of the line.
      this.#transits.push(Math.min(this.#transits.pop(), transit));
    } else {
      this.#transits.push(transit);
      if (this.#transits.length > WINDOW) this.#transits.shift();
    }
    this.#arrivedAt = now;
    this.#transit = median(this.#transits);
    this.jitter = median(this.#transits.map((each) => Math.abs(each - this.#transit)));
    return transit - this.#transit;
  }

  /** The server's timeline moved: from now on all of its states are made later by so much. */
  slip(seconds) {
    this.#transits = this.#transits.map((transit) => transit + seconds);
    this.#far = [];
    if (this.#transit === null) return;
    this.#transit += seconds;
    this.#shown -= seconds;
  }

  // Whether the states that are far off their time say that times are others now: a route, a clock, a server.
  #hasMoved(late) {
    const transits = this.#far.map(([, transit]) => transit);
    // What may be a stall has to last for as long as it is.
    const lasts = late >= -RESTART && late <= STALL ? Math.max(MOVED, Math.abs(late)) : MOVED;
    if (this.#far.at(-1)[0] - this.#far[0][0] < lasts || transits.length < MOVED_STATES) return false;
    return Math.max(...transits) - Math.min(...transits) <= ALIKE * Math.abs(late);
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
    if (Math.abs(behind) > RESTART || !this.#isSet) [this.#shown, this.#isSet] = [target, true];
    else {
      const change = behind / Math.max(SPEED_TIME, passed);
      this.#shown += passed * (1 + Math.max(-MAX_SPEED_CHANGE, Math.min(change, MAX_SPEED_CHANGE)));
    }
    return this.#shown;
  }
}
