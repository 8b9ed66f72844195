// What a room says, and who is where: the parts of a chat that need no page. docs/WIRE.md 3.2 has the looks.

const PAINTED = new Set(["cell", "dot", "arrow", "box", "text"]);
const MOST_OLD = 1000; // lines of history in one go: what a server says is not trusted
const LINES_RECALLED = 100; // of one's own

/** What a chat obeys; for completing, since who reads /help knows them anyway. */
export const COMMANDS = ["/help", "/history", "/join", "/me", "/name", "/rooms", "/topic", "/who"];

/**
 * Whether a game is nothing but talk: nothing is painted, and nothing to be done but to speak.
 * @param {object} schema
 */
export function isTalk({ tables, inputs, controls }) {
  const full = (object) => Object.keys(object ?? {}).length > 0;
  const asked = Object.entries(inputs ?? {}).some(([name, fields]) => name !== "input" || full(fields));
  const steered = full(controls?.keys) || full(controls?.hold) || full(controls?.click);
  return !asked && !steered && !tables.some(({ look }) => PAINTED.has(look?.kind));
}

/** @param {object} schema whether the game puts people into channels */
export function hasChannels({ tables }) {
  return tables.some(({ look }) => look?.kind === "channel");
}

/**
 * The channel that a player is in; a watcher is where the first is.
 * @param {object} schema
 * @param {Record<string, Map<number, object>>} tables
 * @param {number} player
 * @returns {{name: string, topic: string, players: Set<number>} | null} null in a game without channels
 */
export function placeOf(schema, tables, player) {
  const channels = channelRows(schema, tables);
  const where = new Map(rows(schema, tables, "member").map(([look, , row]) => [row[look.player], row[look.channel]]));
  const id = where.get(player) ?? channels[0]?.id;
  const here = channels.find((channel) => channel.id === id);
  if (!here) return null;
  const players = new Set([...where].filter(([, channel]) => channel === id).map(([who]) => who));
  return { name: here.name, topic: here.topic, players };
}

/** @returns {string[]} the names of all channels */
export function channelNames(schema, tables) {
  return channelRows(schema, tables).map(({ name }) => name);
}

function channelRows(schema, tables) {
  return rows(schema, tables, "channel").map(([look, id, row]) => ({ id, name: String(row[look.name] ?? ""), topic: String(row[look.topic] ?? "") }));
}

function rows(schema, tables, kind) {
  const looked = schema.tables.filter(({ look }) => look?.kind === kind);
  return looked.flatMap(({ name, look }) => [...(tables[name] ?? new Map())].map(([id, row]) => [look, id, row]));
}

/**
 * What somebody does, if the line says so by asterisks around it, as those of /me do; else empty.
 * @param {string} text
 */
export function deedOf(text) {
  return /^\*(?![* ])(.*[^* ])\*$/u.exec(text)?.[1] ?? "";
}

/** Whether a name stands in a text, as a word of its own. */
export function mentions(text, name) {
  if (!name) return false;
  const quoted = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${quoted}(?![\\p{L}\\p{N}_])`, "iu").test(text);
}

/** How old the lines of history are that are on their way. */
export class Ages {
  #ticks = [];

  /** @param {{ago?: unknown}} data of the event `history` */
  expect({ ago }) {
    const given = Array.isArray(ago) ? ago.slice(0, MOST_OLD) : [];
    this.#ticks = given.filter((ticks) => Number.isFinite(ticks) && ticks >= 0);
  }

  clear() {
    this.#ticks = [];
  }

  /** @returns {number | null} the ticks since the line that comes now was said; null if it is new */
  next() {
    return this.#ticks.shift() ?? null;
  }
}

/**
 * When a line was said. Not before the epoch, whatever a server says: no clock could show it.
 * @param {number} ago ticks
 * @param {number} tickRate
 * @param {number} now milliseconds since the epoch
 * @returns {Date}
 */
export function saidAt(ago, tickRate, now) {
  return new Date(Math.max(0, now - (ago / tickRate) * 1000) || 0);
}

/** The lines that one has said, to be called back; what was being typed waits below them. */
export class Recall {
  #lines = [];
  #back = 0;
  #draft = "";

  add(line) {
    if (this.#lines.at(-1) !== line) this.#lines.push(line);
    if (this.#lines.length > LINES_RECALLED) this.#lines.shift();
    [this.#back, this.#draft] = [0, ""];
  }

  /** The line before, or (`-1`) after. */
  go(by, typed) {
    if (this.#lines.length === 0 || (this.#back === 0 && by < 0)) return typed;
    if (this.#back === 0) this.#draft = typed;
    this.#back = Math.min(Math.max(this.#back + by, 0), this.#lines.length);
    return this.#back === 0 ? this.#draft : this.#lines.at(-this.#back);
  }
}

/** Completes the word before the caret; asked again, it gives the next that fits. */
export class Completer {
  #given = "";
  #fits = [];
  #next = 0;
  #start = 0;

  /**
   * @param {string} text
   * @param {number} caret
   * @param {{names: string[], channels: string[], commands: string[]}} words
   * @returns {[string, number] | null} text and caret, completed; null if nothing fits
   */
  complete(text, caret, words) {
    if (`${caret} ${text}` !== this.#given) {
      this.#start = text.lastIndexOf(" ", caret - 1) + 1;
      if (caret === 0) this.#start = 0;
      this.#fits = fitting(text.slice(0, this.#start), text.slice(this.#start, caret), words);
      this.#next = 0;
    }
    if (this.#fits.length === 0) return null;
    const word = this.#fits[this.#next++ % this.#fits.length];
    const done = [text.slice(0, this.#start) + word + text.slice(caret), this.#start + word.length];
    this.#given = `${done[1]} ${done[0]}`;
    return done;
  }
}

function fitting(before, word, { names, channels, commands }) {
  const begin = (all, end) => {
    const fits = all.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
    return fits.sort().map((one) => one + end);
  };
  if (before === "" && word.startsWith("/")) return begin(commands, " ");
  if (word.startsWith("#")) return begin(channels, " ");
  if (before === "/join " || before === "/who ") return begin(channels.map((name) => name.replace("#", "")), " ");
  return word === "" ? [] : begin(names, before === "" ? ": " : " ");
}
