// What a game's controls ask of keys and thumbs: pure mapping, no listeners.

export const DIRECTIONS = ["up", "down", "left", "right"];

const ARROWS = { up: "↑", down: "↓", left: "←", right: "→" };

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
 * The field that is true while a key is held.
 * @param {Record<string, string> | undefined} hold the schema's `controls.hold`
 * @param {string} key as in KeyboardEvent.key
 * @returns {string | undefined}
 */
export function fieldOf(hold, key) {
  return hold && inputOf(hold, key);
}

/**
 * What a touch screen has to offer for keys that are held: the arrows' fields as a pad, and a button for each other field.
 * @param {Record<string, string>} hold
 * @returns {{pad: Record<string, string>, buttons: string[]}}
 */
export function holdControls(hold) {
  const pad = Object.fromEntries(DIRECTIONS.filter((name) => own(hold, name)).map((name) => [name, hold[name]]));
  const taken = new Set(Object.values(pad));
  return { pad, buttons: [...new Set(Object.values(hold))].filter((field) => !taken.has(field)) };
}

/** A field's name for people. */
export function wordsOf(field) {
  return field.replaceAll("_", " ");
}

/**
 * The input that a click on the board sends.
 * @param {{click?: {type: string}}} controls the schema's
 * @param {Record<string, Record<string, {type?: string}>>} inputs the schema's
 * @param {[number, number]} point in units of the board
 * @returns {object | undefined}
 */
export function clickInput({ click }, inputs, [x, y]) {
  if (!click) return undefined;
  const fields = inputs[click.type] ?? {};
  const whole = (name, place) => (fields[name]?.type === "number" ? place : Math.floor(place));
  return { ...click, x: whole("x", x), y: whole("y", y) };
}

/** Whether arrows move a cursor, with which one points as with a mouse: where clicks count, and no keys do. */
export function steersByCursor({ click, keys, hold }) {
  return click !== undefined && Object.keys(keys).length === 0 && Object.keys(hold ?? {}).length === 0;
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
    buttons.push({ label: labelOf(input, keys), input });
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
    if (!byInput.has(form)) byInput.set(form, { label: labelOf(input, keys), keys: [] });
    byInput.get(form).keys.push(key);
  }
  return [...byInput.values()];
}

/**
 * What there is besides keys, for the help.
 * @param {{click?: object, text?: string, keys: Record<string, object>}} controls the schema's
 * @returns {{label: string, keys: string[]}[]}
 */
export function otherHelp(controls) {
  const rows = [];
  for (const field of new Set(Object.values(controls.hold ?? {}))) {
    rows.push({ label: wordsOf(field), keys: Object.keys(controls.hold).filter((key) => controls.hold[key] === field) });
  }
  if (controls.click) rows.push({ label: "points at the board", keys: ["click"] });
  if (steersByCursor(controls)) rows.push({ label: "the same by keys", keys: ["arrows", "enter"] });
  if (controls.text) rows.push({ label: controls.text, keys: ["letters"] });
  return rows;
}

/**
 * What thumbs can do, for the help on a touch screen: as `buildTouchControls` and `buildHoldControls` offer it.
 * @param {{keys: Record<string, object>, hold?: Record<string, string>, click?: object, text?: string}} controls the schema's
 * @returns {{label: string, keys: string[]}[]} `keys` say where, `label` says what it does
 */
export function touchHelp({ keys, hold, click, text }) {
  const rows = hold ? padRows(holdControls(hold).pad, ["pad"], wordsOf) : padRows(touchControls(keys).pad, ["swipe", "pad"], (input) => labelOf(input, keys));
  const buttons = hold ? holdControls(hold).buttons.map(wordsOf) : touchControls(keys).buttons.map(({ label }) => label);
  if (buttons.length) rows.push({ label: hold ? "hold the button" : "tap the button", keys: buttons });
  if (click) rows.push({ label: "points at the board", keys: ["tap"] });
  if (text) rows.push({ label: text, keys: ["chat"] });
  return rows;
}

// One row if all directions do the same each its way, as "turn up" and "turn left"; else a row for each.
function padRows(pad, places, label) {
  const arms = DIRECTIONS.filter((name) => own(pad, name)).map((name) => ({ name, label: label(pad[name]) }));
  const verbs = new Set(arms.map((arm) => (arm.label.endsWith(` ${arm.name}`) ? arm.label.slice(0, -arm.name.length) : "")));
  const [verb] = verbs;
  if (verbs.size === 1 && verb) return [{ label: verb + arms.map(({ name }) => name).join(", "), keys: places }];
  return arms.map((arm) => ({ label: arm.label, keys: places.map((place) => `${place} ${ARROWS[arm.name]}`) }));
}

/**
 * An input in words, as faces/keys.py has it: its type and what it says; of mere numbers, where its arrow points.
 * @param {{type: string}} input
 * @param {Record<string, object>} keys what each key sends
 */
export function labelOf(input, keys) {
  const { type, ...values } = input;
  const said = Object.entries(values).filter(([, value]) => value !== false && value !== null);
  if (said.length && said.every(([, value]) => typeof value === "number")) {
    const arrows = DIRECTIONS.filter((name) => own(keys, name));
    const arrow = arrows.find((name) => JSON.stringify(keys[name]) === JSON.stringify(input));
    if (arrow) return `${type} ${arrow}`;
    if (said.every(([, value]) => value === 0) && arrows.some((name) => keys[name].type === type)) return "stop";
  }
  const words = said.flatMap(([name, value]) => (value === true ? [name] : typeof value === "string" ? [value] : [name, String(value)]));
  return [type, ...words].join(" ");
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
