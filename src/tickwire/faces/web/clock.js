// What tick it is on the server, and for which tick an input is to be sent. No timers: time is an argument, in seconds.
// The twin of tickwire/client/timeline.py, which says why, and where it is from.

const WINDOW = 20; // pings remembered
const TRUSTED = 4; // of these, the shortest ones, whose middle is the estimate
const MAX_SLEW = 0.05; // share by which a hand may run fast or slow
const SLEW_TIME = 0.5; // seconds in which a small error would be gone
const JUMP = 0.5; // seconds of error from which on a hand is set
const JITTERS = 1; // median deviations of the round trip that an input may be late by
const SPARE = 0.5; // ticks that an input comes early on a network without jitter
const LATENESS_TIME = 10; // seconds after which the lead that late inputs called for is given back
const IN_TIME = 0.75; // share of inputs that come in time at least
const MAX_LEAD = 1; // seconds
const STEP = 3; // ticks by which a pong may be off besides what its round trip explains
const MAX_CATCH_UP = 5; // ticks of input made at once after a frame that took long

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** A hand of a clock: it follows a target without jumping unless it is far off, and never goes backwards. */
class Hand {
  #rate;
  #at = null;
  #tick = 0;

  constructor(rate) {
    this.#rate = rate;
  }

  follow(now, target) {
    if (this.#at === null) {
      [this.#at, this.#tick] = [now, target];
      return target;
    }
    const passed = Math.max(0, now - this.#at);
    this.#at += passed;
    const error = (target - this.#tick) / this.#rate - passed;
    if (Math.abs(error) > JUMP) this.#tick = target;
    else {
      const slew = Math.min(MAX_SLEW, Math.abs(error) / Math.max(SLEW_TIME, passed));
      this.#tick += passed * (1 + Math.sign(error) * slew) * this.#rate;
    }
    return this.#tick;
  }

  /** The timeline moved by so many ticks, and so does the hand. */
  step(ticks) {
    this.#tick += ticks;
  }
}

export class Clock {
  /** Seconds: the median deviation of the round trips remembered. */
  jitter = 0;
  /** How often the server's timeline moved against this clock, told or found out. */
  steps = 0;
  #rate;
  #samples = [];
  #offset = 0;
  #typical = 0;
  #server;
  #inputs;
  #needed = [];
  #lastInput = null;

  /** @param {number} rate ticks a second */
  constructor(rate) {
    this.#rate = rate;
    this.#server = new Hand(rate);
    this.#inputs = new Hand(rate);
  }

  /** Whether a pong has come. */
  get ready() {
    return this.#samples.length > 0;
  }

  /** A pong came: when its ping was sent, when it came itself, and the server's tick when it answered. */
  pong(sent, received, tick) {
    const roundTrip = received - sent;
    if (roundTrip < 0 || !Number.isFinite(tick)) return;
    const sample = { offset: tick - (received - roundTrip / 2) * this.#rate, roundTrip, believed: true };
    const moved = this.#isStep(sample);
    if (moved) for (const known of this.#samples) known.believed = false; // but their round trips are as good as ever
    this.#samples.push(sample);
    if (this.#samples.length > WINDOW) this.#samples.shift();
    const trips = this.#samples.map((sample) => sample.roundTrip);
    this.#typical = median(trips);
    this.jitter = median(trips.map((trip) => Math.abs(trip - this.#typical)));
    const trusted = this.#believed.slice(0, TRUSTED);
    const close = trusted.filter((sample) => sample.roundTrip - trusted[0].roundTrip <= 2 / this.#rate);
    const before = this.#offset;
    this.#offset = median(close.map((sample) => sample.offset));
    if (moved) this.#step(this.#offset - before);
  }

  /** The server tells that its timeline moved: each tick is due so many tick periods later than before. */
  slip(ticks) {
    if (!this.ready || !Number.isFinite(ticks)) return;
    for (const sample of this.#samples) sample.offset -= ticks;
    this.#offset -= ticks;
    this.#step(-ticks);
  }

  // Those whose timeline is the server's, the shortest round trip first.
  get #believed() {
    return this.#samples.filter(({ believed }) => believed).sort((a, b) => a.roundTrip - b.roundTrip);
  }

  // Whether this pong and the best ones before cannot both be true, however long each way took.
  #isStep({ offset, roundTrip }) {
    const [best] = this.#believed;
    if (!best) return false;
    return Math.abs(offset - this.#offset) > ((roundTrip + best.roundTrip) / 2) * this.#rate + STEP;
  }

  // Set both hands at once.
  #step(ticks) {
    this.steps += 1;
    this.#server.step(ticks);
    this.#inputs.step(ticks);
    if (this.#lastInput !== null && ticks < 0) this.#lastInput = Math.floor(this.#lastInput + ticks);
  }

  /** The server's tick now, with its fraction. */
  tick(now) {
    return this.#server.follow(now, this.#offset + now * this.#rate);
  }

  /** How far ahead of the server's tick inputs are made, in seconds. */
  lead(now) {
    const planned = this.#typical / 2 + JITTERS * this.jitter + SPARE / this.#rate;
    return Math.min(MAX_LEAD, Math.max(planned, this.#calledFor(now)));
  }

  /** The tick, with its fraction, for which an input that is made now arrives in time. */
  inputTick(now) {
    return this.#inputs.follow(now, this.#offset + (now + this.lead(now)) * this.#rate);
  }

  /** The ticks for which inputs are due since the last call: in order, and none twice. */
  takeInputTicks(now) {
    const last = Math.floor(this.inputTick(now));
    if (this.#lastInput === null || last < this.#lastInput - MAX_LEAD * this.#rate) this.#lastInput = last - 1;
    const ticks = [];
    for (let tick = Math.max(this.#lastInput + 1, last + 1 - MAX_CATCH_UP); tick <= last; tick += 1) ticks.push(tick);
    this.#lastInput = Math.max(this.#lastInput, last);
    return ticks;
  }

  /** The server tells by how many ticks one of our inputs was early; below 0 it was late. */
  arrived(now, early) {
    if (!this.ready) return;
    const lead = (this.inputTick(now) - this.tick(now)) / this.#rate;
    this.#needed.push([now, lead - (early >= 0 ? early + 0.5 : early) / this.#rate]);
    if (this.#needed.length > 32) this.#needed.shift();
  }

  #calledFor(now) {
    while (this.#needed.length && this.#needed[0][0] <= now - LATENESS_TIME) this.#needed.shift();
    const ordered = this.#needed.map(([, lead]) => lead).sort((a, b) => a - b);
    return ordered.length ? ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * IN_TIME))] : 0;
  }
}
