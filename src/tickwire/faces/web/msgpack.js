// MessagePack for the messages of docs/WIRE.md: nil, bool, numbers, str, bin, array and map with string keys.
// Extension types are not part of the wire and are refused.
// The bytes come from a stranger: every read is checked against the end, nesting and counts are bounded.

const MAX_DEPTH = 32; // levels of arrays and maps in one another; the deepest message of the wire, the schema, has 6
const TWO_32 = 2 ** 32;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes are not one well-formed MessagePack value, or the value cannot be put into MessagePack. */
export class MsgpackError extends Error {
  name = "MsgpackError";
}

/**
 * Put a value into MessagePack.
 * @param {unknown} value null, boolean, number, bigint, string, Uint8Array, array or plain object; properties that are undefined are left out
 * @returns {Uint8Array}
 * @throws {MsgpackError} for a value of any other kind, or one nested deeper than 32 levels
 */
export function encode(value) {
  const writer = new Writer();
  writer.value(value, 0);
  return writer.finish();
}

/**
 * Read the one MessagePack value that the bytes hold.
 * @param {Uint8Array} bytes
 * @returns {unknown} maps as plain objects, bin as Uint8Array views on `bytes`; integers past 2^53 as bigint
 * @throws {MsgpackError} when the bytes are cut short, malformed, nested deeper than 32 levels, or followed by more
 */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new MsgpackError(`${bytes.length - reader.at} bytes after the value`);
  return value;
}

class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  finish() {
    return this.#bytes.slice(0, this.#at);
  }

  value(value, depth) {
    if (depth > MAX_DEPTH) throw new MsgpackError(`nested deeper than ${MAX_DEPTH} levels`);
    if (value === null || value === undefined) this.#u8(0xc0);
    else if (value === false) this.#u8(0xc2);
    else if (value === true) this.#u8(0xc3);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (typeof value === "string") this.#string(value);
    else if (value instanceof Uint8Array) this.#bin(value);
    else if (Array.isArray(value)) this.#array(value, depth);
    else if (typeof value === "object") this.#map(value, depth);
    else throw new MsgpackError(`a ${typeof value} has no MessagePack form`);
  }

  #number(n) {
    if (!Number.isSafeInteger(n)) this.#f64(n);
    else if (n >= TWO_32 || n < -0x80000000) this.#bigint(BigInt(n));
    else if (n >= 0) this.#unsigned(n);
    else this.#negative(n);
  }

  #unsigned(n) {
    if (n < 0x80) this.#u8(n);
    else this.#sized(n, 0xcc, 0xcd, 0xce);
  }

  #negative(n) {
    if (n >= -0x20) this.#u8(n + 0x100);
    else if (n >= -0x80) this.#u8(0xd0, n + 0x100);
    else if (n >= -0x8000) this.#tagged16(0xd1, n + 0x10000);
    else this.#tagged32(0xd2, n + TWO_32);
  }

  #bigint(n) {
    const signed = n < 0n;
    const fits = signed ? BigInt.asIntN(64, n) === n : BigInt.asUintN(64, n) === n;
    if (!fits) throw new MsgpackError("an integer of more than 64 bits");
    this.#room(9);
    this.#bytes[this.#at] = signed ? 0xd3 : 0xcf;
    this.#view.setBigUint64(this.#at + 1, BigInt.asUintN(64, n));
    this.#at += 9;
  }

  #f64(n) {
    this.#room(9);
    this.#bytes[this.#at] = 0xcb;
    this.#view.setFloat64(this.#at + 1, n);
    this.#at += 9;
  }

  #string(text) {
    const bytes = utf8Encoder.encode(text);
    if (bytes.length < 0x20) this.#u8(0xa0 + bytes.length);
    else this.#sized(bytes.length, 0xd9, 0xda, 0xdb);
    this.#append(bytes);
  }

  #bin(bytes) {
    this.#sized(bytes.length, 0xc4, 0xc5, 0xc6);
    this.#append(bytes);
  }

  #array(items, depth) {
    if (items.length < 0x10) this.#u8(0x90 + items.length);
    else if (items.length < 0x10000) this.#tagged16(0xdc, items.length);
    else this.#tagged32(0xdd, items.length);
    for (const item of items) this.value(item, depth + 1);
  }

  #map(object, depth) {
    const entries = Object.entries(object).filter(([, value]) => value !== undefined);
    if (entries.length < 0x10) this.#u8(0x80 + entries.length);
    else if (entries.length < 0x10000) this.#tagged16(0xde, entries.length);
    else this.#tagged32(0xdf, entries.length);
    for (const [key, value] of entries) {
      this.#string(key);
      this.value(value, depth + 1);
    }
  }

  #sized(n, tag8, tag16, tag32) {
    if (n < 0x100) this.#u8(tag8, n);
    else if (n < 0x10000) this.#tagged16(tag16, n);
    else this.#tagged32(tag32, n);
  }

  #u8(...bytes) {
    this.#append(bytes);
  }

  #tagged16(tag, n) {
    this.#room(3);
    this.#bytes[this.#at] = tag;
    this.#view.setUint16(this.#at + 1, n);
    this.#at += 3;
  }

  #tagged32(tag, n) {
    this.#room(5);
    this.#bytes[this.#at] = tag;
    this.#view.setUint32(this.#at + 1, n);
    this.#at += 5;
  }

  #append(bytes) {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #room(count) {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

class Reader {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth) {
    if (depth > MAX_DEPTH) throw new MsgpackError(`nested deeper than ${MAX_DEPTH} levels`);
    const tag = this.#uint(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag - 0x80, depth);
    if (tag < 0xa0) return this.#array(tag - 0x90, depth);
    if (tag < 0xc0) return this.#string(tag - 0xa0);
    if (tag >= 0xe0) return tag - 0x100;
    return this.#tagged(tag, depth);
  }

  #tagged(tag, depth) {
    switch (tag) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.#take(this.#uint(1));
      case 0xc5: return this.#take(this.#uint(2));
      case 0xc6: return this.#take(this.#uint(4));
      case 0xca: return this.view.getFloat32(this.#skip(4));
      case 0xcb: return this.view.getFloat64(this.#skip(8));
      case 0xcc: return this.#uint(1);
      case 0xcd: return this.#uint(2);
      case 0xce: return this.#uint(4);
      case 0xcf: return narrowed(this.view.getBigUint64(this.#skip(8)));
      case 0xd0: return this.view.getInt8(this.#skip(1));
      case 0xd1: return this.view.getInt16(this.#skip(2));
      case 0xd2: return this.view.getInt32(this.#skip(4));
      case 0xd3: return narrowed(this.view.getBigInt64(this.#skip(8)));
      case 0xd9: return this.#string(this.#uint(1));
      case 0xda: return this.#string(this.#uint(2));
      case 0xdb: return this.#string(this.#uint(4));
      case 0xdc: return this.#array(this.#uint(2), depth);
      case 0xdd: return this.#array(this.#uint(4), depth);
      case 0xde: return this.#map(this.#uint(2), depth);
      case 0xdf: return this.#map(this.#uint(4), depth);
      default: throw new MsgpackError(`the wire has no type 0x${tag.toString(16)}`);
    }
  }

  #array(count, depth) {
    this.#expect(count); // each item takes a byte at least, so a count past the end is refused before anything is made
    return Array.from({ length: count }, () => this.value(depth + 1));
  }

  #map(count, depth) {
    this.#expect(count * 2);
    const entries = [];
    for (let i = 0; i < count; i++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string") throw new MsgpackError("a map key that is no string");
      entries.push([key, this.value(depth + 1)]);
    }
    return Object.fromEntries(entries); // defines properties, so that a key "__proto__" is only a key
  }

  #string(length) {
    try {
      return utf8Decoder.decode(this.#take(length));
    } catch (error) {
      if (error instanceof MsgpackError) throw error;
      throw new MsgpackError("a string that is not UTF-8");
    }
  }

  #uint(size) {
    const at = this.#skip(size);
    if (size === 1) return this.view.getUint8(at);
    return size === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  #take(length) {
    const start = this.#skip(length);
    return this.bytes.subarray(start, start + length);
  }

  #skip(count) {
    this.#expect(count);
    const at = this.at;
    this.at += count;
    return at;
  }

  #expect(count) {
    if (this.at + count > this.bytes.length) throw new MsgpackError("the bytes end inside a value");
  }
}

function narrowed(big) {
  const number = Number(big);
  return Number.isSafeInteger(number) ? number : big;
}
