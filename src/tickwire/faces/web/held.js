// The keys that are held, as fields of the controls' input, and when they have to be told. The twin of tickwire/client/held.py.

const REPEAT = 10; // ticks after which held keys are told again

export class Held {
  #names;
  #rest;
  #down = new Set();
  #tapped = new Set(); // pressed since the last tick: a tap between two ticks counts for one
  #sent = "";
  #toldAt = 0;
  #again = false;

  /** @param {{controls: {hold?: Record<string, string>, input?: string}, inputs: Record<string, Record<string, object>>}} schema */
  constructor({ controls, inputs }) {
    const fields = controls?.hold && inputs?.[controls.input];
    this.used = Boolean(fields);
    this.#names = new Set(fields ? Object.values(controls.hold) : []);
    this.#rest = { type: controls?.input };
    for (const [name, described] of Object.entries(fields || {})) this.#rest[name] = neutral(described);
  }

  press(name) {
    if (!this.#names.has(name)) return;
    this.#down.add(name);
    this.#tapped.add(name);
  }

  release(name) {
    this.#down.delete(name);
  }

  /** It counts for the tick that is not over, though it went up. */
  keep(name) {
    this.#tapped.add(name);
  }

  /** The fields of all keys that are down. */
  get down() {
    return [...this.#down];
  }

  /** Whether there is more to say than when it was last told. */
  get changed() {
    return this.#form() !== this.#sent;
  }

  /** Whether what is held has to be told again. */
  due(tick) {
    return this.#again || (this.#sent !== "" && tick - this.#toldAt >= REPEAT);
  }

  /** What is held has to be told with the next tick, whatever was told before. */
  tellAgain() {
    this.#again = true;
  }

  /** The input, as it is so far. */
  peek() {
    const input = { ...this.#rest };
    for (const name of [...this.#down, ...this.#tapped]) input[name] = true;
    return input;
  }

  /** The input of a tick. */
  take() {
    const input = this.peek();
    this.#sent = this.#form();
    this.#tapped.clear();
    return input;
  }

  told(tick) {
    this.#toldAt = tick;
    this.#again = false;
  }

  #form() {
    return [...new Set([...this.#down, ...this.#tapped])].sort().join();
  }
}

function neutral(described) {
  if (described?.enum) return described.enum[0];
  const least = Math.max(0, described?.minimum ?? 0);
  return { boolean: false, integer: least, number: least, string: "" }[described?.type] ?? false;
}
