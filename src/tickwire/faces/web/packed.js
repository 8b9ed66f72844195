// The primitives of a packed state, docs/WIRE.md 4.2: varint, zigzag, ints(n), ids, values of f32 and text.
// Values reach 2^33 (the difference of two u32, zigzagged), so arithmetic stands where bit operators would cut at 32 bits.

const MAX_COUNT = 2 ** 20; // rows in one list; a constant column takes no bytes a row, so only this bounds what it may ask for

const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The sections of a state are cut short or malformed. */
export class PackedError extends Error {
  name = "PackedError";
}

/**
 * The signed integer that a zigzag stands for: 0, 1, 2, 3 become 0, -1, 1, -2.
 * @param {number} n
 */
export function unzigzag(n) {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
}

/** Reads packed values one after the other; each method throws PackedError when the bytes do not hold what it asks for. */
export class PackedReader {
  #at = 0;
  #bytes;
  #view;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done() {
    return this.#at === this.#bytes.length;
  }

  byte() {
    return this.#bytes[this.#skip(1)];
  }

  u32() {
    return this.#view.getUint32(this.#skip(4), true);
  }

  varint() {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new PackedError("a varint past 2^53");
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  text() {
    const length = this.varint();
    const start = this.#skip(length);
    try {
      return utf8Decoder.decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw new PackedError("a text that is not UTF-8");
    }
  }

  /** How many of something follow; 1 at least. */
  count() {
    const n = this.varint();
    if (n < 1 || n > MAX_COUNT) throw new PackedError(`a count of ${n}`);
    return n;
  }

  /** @returns {number[]} ascending */
  ids() {
    const steps = this.ints(this.count());
    let id = -1;
    return steps.map((step) => (id += step + 1));
  }

  /** @returns {number[]} n unsigned integers */
  ints(n) {
    const mode = this.byte();
    switch (mode) {
      case 0: return this.#nibbles(n);
      case 1: return this.varints(n);
      case 2: return this.#sparse(n);
      case 3: return new Array(n).fill(this.varint());
      default: throw new PackedError(`ints of mode ${mode}`);
    }
  }

  varints(n) {
    return this.#repeat(n, () => this.varint());
  }

  texts(n) {
    return this.#repeat(n, () => this.text());
  }

  /** The bits of n f32 values, each as an unsigned integer. */
  floatBits(n) {
    return this.#repeat(n, () => this.u32());
  }

  #nibbles(n) {
    const start = this.#skip(Math.ceil(n / 2));
    const nibble = (i) => (i % 2 === 0 ? this.#bytes[start + i / 2] >> 4 : this.#bytes[start + (i - 1) / 2] & 0x0f);
    return this.#repeat(n, (i) => (nibble(i) < 15 ? nibble(i) : 15 + this.varint()));
  }

  #sparse(n) {
    const start = this.#skip(Math.ceil(n / 8));
    const present = (i) => (this.#bytes[start + Math.floor(i / 8)] >> i % 8) & 1;
    return this.#repeat(n, (i) => (present(i) ? this.varint() : 0));
  }

  #repeat(n, read) {
    const values = [];
    for (let i = 0; i < n; i++) values.push(read(i));
    return values;
  }

  #skip(count) {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw new PackedError("the sections end too early");
    this.#at += count;
    return at;
  }
}
