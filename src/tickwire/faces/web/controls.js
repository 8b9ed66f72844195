// What a game's controls ask of keys and thumbs: pure mapping, no listeners.

export const DIRECTIONS = ["up", "down", "left", "right"];

const NAMED_KEYS = new Map([
  ["ArrowUp", "up"],
  ["ArrowDown", "down"],
  ["ArrowLeft", "left"],
  ["ArrowRight", "right"],
  [" ", "space"],
  ["Enter", "enter"],
  ["Tab", "tab"],
]);

/**
 * The input that a key stands for.
 * @param {Record<string, object>} keys the schema's `controls.keys`
 * @param {string} key as in KeyboardEvent.key
 * @returns {object | undefined}
 */
export function inputOf(keys, key) {
  const name = NAMED_KEYS.get(key) ?? key;
  return own(keys, name) ?? own(keys, name.toLowerCase()); // caps lock shall not stop a snake
}

/**
 * What a touch screen has to offer: the arrows as a pad, and a button for each input that the arrows do not send.
 * @param {Record<string, object>} keys
 * @returns {{pad: Record<string, object>, buttons: {label: string, input: object}[]}}
 */
export function touchControls(keys) {
  const pad = Object.fromEntries(DIRECTIONS.filter((name) => own(keys, name)).map((name) => [name, keys[name]]));
  const taken = new Set(Object.values(pad).map((input) => JSON.stringify(input)));
  const buttons = [];
  for (const input of Object.values(keys)) {
    const form = JSON.stringify(input);
    if (taken.has(form)) continue;
    taken.add(form);
    buttons.push({ label: labelOf(input), input });
  }
  return { pad, buttons };
}

/**
 * The keys of each input, for the help.
 * @param {Record<string, object>} keys
 * @returns {{label: string, keys: string[]}[]}
 */
export function keyHelp(keys) {
  const byInput = new Map();
  for (const [key, input] of Object.entries(keys)) {
    const form = JSON.stringify(input);
    if (!byInput.has(form)) byInput.set(form, { label: labelOf(input), keys: [] });
    byInput.get(form).keys.push(key);
  }
  return [...byInput.values()];
}

/**
 * An input in words: its type and what it says.
 * @param {{type: string}} input
 */
export function labelOf({ type, ...values }) {
  const said = Object.entries(values).flatMap(([name, value]) => {
    if (value === true) return [name];
    return value === false || value === null ? [] : [String(value)];
  });
  return [type, ...said].join(" ");
}

/** The direction of a way, if it is long enough to mean one; `reach` and the way are in the same unit. */
export function directionOf(dx, dy, reach) {
  if (Math.max(Math.abs(dx), Math.abs(dy)) < reach) return null;
  if (Math.abs(dx) > Math.abs(dy)) return dx > 0 ? "right" : "left";
  return dy > 0 ? "down" : "up";
}

/** Reads one finger's strokes. It answers while the finger moves, for waiting until it lifts would cost the turn. */
export class Swipe {
  #x;
  #y;
  #last = null;

  /**
   * @param {number} x pixels
   * @param {number} y pixels
   * @param {number} reach pixels that a stroke takes
   */
  constructor(x, y, reach) {
    [this.#x, this.#y] = [x, y];
    this.reach = reach;
  }

  /**
   * @returns {string | null} a direction, once for each stroke; the finger may go on and bend into the next
   */
  moveTo(x, y) {
    const direction = directionOf(x - this.#x, y - this.#y, this.reach);
    if (direction === null) return null;
    [this.#x, this.#y] = [x, y];
    if (direction === this.#last) return null;
    this.#last = direction;
    return direction;
  }
}

function own(keys, name) {
  return Object.hasOwn(keys, name) ? keys[name] : undefined;
}
