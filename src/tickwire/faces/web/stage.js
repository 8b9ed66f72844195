// What one player's screen shows at any moment, and what is sent for the keys that are held. No timers: time is an argument.
// The twin of tickwire/client/stage.py: one's own row is played ahead, what blends is shown a little in the past, all the
// rest as it came last; events wait for the moment that they belong to.

import { smoothOf } from "./blend.js";
import { Clock } from "./clock.js";
import { Tally } from "./figures.js";
import { Flights } from "./flights.js";
import { Held } from "./held.js";
import { Interpolation, MAX_EXTRAPOLATION } from "./interpolation.js";
import { Moments } from "./moments.js";
import { Playback, RESTART } from "./playback.js";
import { Prediction } from "./prediction.js";

const MAX_OWN = 64; // inputs of one's own that are remembered, for a row that comes late
const REWIND = 0.25; // seconds that a late input is believed back

/** One seat's view of a room: fed with what comes, asked at each frame. Times are in seconds. */
export class Stage {
  /** The names of the tables that are shown a little in the past. */
  delayed;
  tally = new Tally();
  clock;
  playback;
  /** By table, one tick of a row of one's own: each a `Move` of prediction.js. */
  moves = {};
  #rate;
  #player;
  #steered;
  #held;
  #layers = new Map();
  #tables = {};
  #tick = 0;
  #rests = false; // whether the newest state said that nothing changes
  #own = null;
  #ownId = 0;
  #predicting = false;
  #painted = null; // when one's own row was, since the last tick, and its share
  #flights = new Map(); // by table
  #inputs = [];
  #reach; // ticks
  #underWay = []; // [seq, tick] of what no state includes
  #moments = new Moments();

  /**
   * @param {object} schema
   * @param {number} player whose rows are one's own; 0 for a watcher
   * @param {number} tickRate ticks a second
   */
  constructor(schema, player, tickRate) {
    this.#rate = tickRate;
    this.#player = player;
    this.#steered = schema.predict;
    this.#reach = schema.rollback ? REWIND * tickRate : 0;
    this.#held = new Held(schema);
    this.clock = new Clock(tickRate);
    const interval = (schema.send_every ?? 1) / tickRate;
    this.playback = new Playback(interval);
    for (const { name, fields } of schema.tables) {
      const smooths = fields.map(smoothOf).filter(({ blend }) => blend !== "step");
      if (smooths.length) this.#layers.set(name, { fields: smooths, rows: new Interpolation(smooths, interval) });
    }
    this.delayed = new Set(this.#layers.keys());
  }

  /** A pong came: when its ping was sent, when it came itself, and the server's tick when it answered. */
  pong(sent, received, tick) {
    const [own, { steps }] = [this.#seenOwn(received), this.clock];
    this.clock.pong(sent, received, tick);
    if (this.clock.steps > steps) this.#stepOwn(received, own);
    if (!this.#predicting && this.#tick) this.#followOwn(received); // in a room that rests no state may come for long
  }

  /** The server was held up: from now on each tick is due so many tick periods later than before. */
  slip(now, ticks) {
    const [own, before] = [this.#seenOwn(now), this.playback.time(now)];
    const rows = before === null ? [] : [...this.#layers.values()].map((layer) => [layer.rows, layer.rows.at(before)]);
    this.clock.slip(ticks);
    this.playback.slip(ticks / this.#rate);
    const shown = this.playback.time(now);
    for (const [layer, were] of rows) layer.ease(were, shown);
    this.#stepOwn(now, own);
  }

  /** The states from now on leave out some of what changed, for lack of bytes; or they tell all again. */
  behind(behind) {
    for (const { rows } of this.#layers.values()) rows.behind = behind;
  }

  /** An input for a tick was sent, and has this number. */
  sent(seq, tick) {
    this.#underWay.push([seq, tick]);
    if (this.#underWay.length > MAX_OWN) this.#underWay.shift();
  }

  /** An ack came: of our inputs up to a number, and how many ticks early they were, if the server told it. */
  acked(now, seq, early) {
    this.#underWay = this.#underWay.filter(([each]) => each > seq);
    if (early !== undefined && early !== null) this.clock.arrived(now, early);
  }

  event(now, event) {
    this.#moments.event(now, event);
  }

  /**
   * A state came and the mirror has applied it.
   * @param {number} now
   * @param {import("./mirror.js").StateChanges} state
   * @param {Record<string, Map<number, object>>} tables of the mirror
   */
  state(now, { tick, full, empty = false, changes }, tables) {
    const [time, before] = [tick / this.#rate, this.playback.time(now)];
    this.tally.state(now, this.playback.arrived(now, time), this.playback.jitter);
    const shown = this.playback.time(now);
    const moved = before !== shown; // times moved by a step
    [this.#tables, this.#tick, this.#rests] = [tables, tick, empty];
    for (const [name, layer] of this.#layers) {
      const { added, changed, removed } = changes[name];
      const ids = full ? tables[name].keys() : [...added.keys(), ...changed.keys()];
      const were = moved && before !== null && Math.abs(shown - before) <= RESTART ? layer.rows.at(before) : new Map();
      layer.rows.push(time, [...ids].map((id) => [id, tables[name].get(id)]), removed.keys(), full, moved ? null : shown, empty);
      layer.rows.ease(were, shown);
    }
    this.#moments.state(time);
    this.#followOwn(now);
  }

  press(field) {
    this.#held.press(field);
  }

  release(field) {
    this.#letGo([field]);
  }

  releaseAll() {
    this.#letGo(this.#held.down);
  }

  // Of the tick that is not over its beginning is on the screen, with these keys.
  #letGo(fields) {
    const before = this.#held.peek();
    for (const field of fields) this.#held.release(field);
    if (!this.#own || !this.#painted) return;
    const held = this.#held.peek();
    if (this.#own.made(held).length < this.#own.made(before).length) {
      for (const field of fields) this.#held.keep(field); // a shot that was seen is fired
    } else this.#own.ease(...this.#painted, before, held);
  }

  /**
   * Make the input of the tick that is due.
   * @returns {{input: object, tick?: number, seen?: number}[]} it, if it has news
   */
  advance(now) {
    const held = this.#held;
    if (!held.used || !this.#player) return [];
    if (!this.clock.ready) return held.changed ? [{ input: held.take() }] : [];
    const outgoing = [];
    const seen = this.#seen(now);
    // After a frame that took long, for the last one: for those before it a key that went down meanwhile comes late.
    for (const tick of this.clock.takeInputTicks(now).slice(-1)) {
      const changed = held.changed;
      const input = held.take();
      this.#play(tick, input);
      if (changed || held.due(tick)) {
        held.told(tick);
        outgoing.push({ input, tick, seen });
      }
    }
    return outgoing;
  }

  /** The rows of the delayed tables as the screen shows them now: table to rows by id. */
  shown(now) {
    const time = this.playback.time(now);
    const tables = {};
    for (const [name, layer] of this.#layers) tables[name] = time === null ? new Map() : this.#rows(name, layer, now, time);
    return tables;
  }

  /** The events whose moment has come, in order; but not those whose moment was long ago. */
  takeEvents(now) {
    const time = this.#layers.size ? this.playback.time(now) : null;
    return this.#moments.take(now, time);
  }

  /** What the net graph shows. */
  figures(now, received, sent, ping) {
    return {
      ...this.tally.figures(now, received, sent),
      ping,
      jitter: this.playback.jitter,
      delay: this.#layers.size ? this.playback.delay : 0,
      lead: this.#held.used && this.clock.ready ? this.clock.lead(now) : 0,
    };
  }

  #seen(now) {
    const time = this.#layers.size ? this.playback.time(now) : null;
    if (time === null) return this.#tick;
    const known = this.#rests ? Infinity : this.#tick + MAX_EXTRAPOLATION * this.#rate;
    return Math.max(0, Math.min(time * this.#rate, known));
  }

  // Through the ticks that a frame left out the server holds the keys of the last one before.
  #play(tick, input) {
    this.#painted = null;
    this.#inputs = this.#inputs.filter(([each]) => each < tick); // the clock may have been set back
    const [last, before] = this.#inputs.at(-1) ?? [tick - 1, input];
    for (let each = Math.max(last + 1, tick - MAX_OWN); each <= tick; each += 1) {
      const then = each < tick ? before : input;
      this.#inputs.push([each, then]);
      if (this.#own && each > this.#own.played) this.#own.play(each, then);
    }
    this.#inputs = this.#inputs.slice(-MAX_OWN);
  }

  // The moment of one's own on the screen, and what is steered as it is shown there.
  #seenOwn(now) {
    if (!this.#own || !this.#predicting) return null;
    const share = this.#share(now);
    return { moment: this.#last + share, row: this.#own.shown(now, share, this.#held.peek()) };
  }

  // The clock was set: one's own is shown as of the tick that is due by it, and inputs go on from there.
  #stepOwn(now, seen) {
    this.#painted = null;
    const last = this.clock.ready ? Math.floor(this.clock.inputTick(now)) : this.#tick;
    if (this.#last <= last) return;
    this.#inputs = this.#inputs.filter(([tick]) => tick <= last);
    // The server brings inputs that were meant for later ticks forward when it hears of one for an earlier tick.
    this.#held.tellAgain();
    this.#underWay = this.#underWay.map(([seq, tick]) => [seq, Math.min(tick, last + 1)]);
    if (!seen) return;
    const row = this.#tables[this.#steered].get(this.#ownId);
    this.#own = row ? this.#startOwn(row) : null;
    const [share, held] = [this.#share(now), this.#held.peek()];
    this.#own?.goOnFrom(seen.row, now, share, held);
    for (const flights of this.#flights.values()) flights.step(seen.moment, this.#last + share, now, held);
  }

  // Play one's own row ahead, from the newest state on.
  #startOwn(row) {
    const own = new Prediction(this.moves[this.#steered], this.#layers.get(this.#steered).fields, row, this.#tick);
    for (const [tick, input] of this.#inputs) if (tick > this.#tick) own.play(tick, input);
    return own;
  }

  get #last() {
    return this.#inputs.at(-1)?.[0] ?? this.#tick;
  }

  #share(now) {
    return Math.min(1, Math.max(0, this.clock.inputTick(now) - this.#last));
  }

  #followOwn(now) {
    const move = this.moves[this.#steered];
    const layer = this.#layers.get(this.#steered);
    this.#predicting = Boolean(move && layer && this.#player && this.#held.used && this.clock.ready);
    if (!this.#predicting) return;
    const mine = (name) => [...this.#tables[name]].filter(([, row]) => row.player === this.#player);
    const [share, held] = [this.#share(now), this.#held.peek()];
    const own = mine(this.#steered).at(-1);
    const late = this.#own !== null && this.#isInputLate;
    if (!own) this.#own = null;
    else if (!this.#own || this.#ownId !== own[0]) {
      this.#own = this.#startOwn(own[1]);
      this.#ownId = own[0];
    } else if (!late) {
      const error = this.#own.reconcile(own[1], this.#tick, now, share, held);
      const far = layer.fields.filter(({ name, blend, step }) => blend === "linear" && Math.abs(error[name] ?? 0) > 1.5 * step);
      if (far.length) this.tally.correction(now, Math.hypot(...far.map(({ name }) => error[name])));
    }
    for (const name of Object.keys(this.moves)) {
      if (name === this.#steered || !this.#layers.has(name)) continue;
      this.#flightsIn(name).follow(mine(name), this.#made(name, held), this.#tick, this.#last + share, now, held, late);
    }
  }

  #flightsIn(name) {
    if (!this.#flights.has(name)) {
      const move = (row, held) => this.moves[name](row, held, () => {});
      this.#flights.set(name, new Flights(move, this.#layers.get(name).fields));
    }
    return this.#flights.get(name);
  }

  // Whether the newest state lacks an input for its own past that the server will count from its tick. What was played ahead is
  // nearer to what there will be then than that state is.
  get #isInputLate() {
    const tick = this.#underWay[0]?.[1] ?? Infinity;
    return this.#tick - this.#reach < tick && tick <= this.#tick;
  }

  // What one's own row brought into a table, and no state has yet.
  #made(name, held) {
    return this.#own ? this.#own.made(held).filter(({ table }) => table === name) : [];
  }

  #rows(name, layer, now, time) {
    const rows = layer.rows.at(time);
    layer.rows.forget(time);
    if (!this.#predicting || !this.moves[name]) return rows;
    for (const [id, row] of rows) if (row.player === this.#player) rows.delete(id);
    const [share, held] = [this.#share(now), this.#held.peek()];
    if (name === this.#steered) {
      if (!this.#own) return rows;
      this.#painted = [now, share];
      return rows.set(this.#ownId, this.#own.shown(now, share, held));
    }
    const flights = this.#flightsIn(name).rows(this.#made(name, held), this.#last + share, now, held);
    for (const [id, row] of flights) rows.set(id, row);
    return rows;
  }
}
