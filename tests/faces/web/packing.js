// Builds packed sections by the letter of docs/WIRE.md 4.2, for tests of the reader.

export function varint(n) {
  const bytes = [];
  for (; n >= 128; n = Math.floor(n / 128)) bytes.push((n % 128) + 128);
  return [...bytes, n];
}

export const zigzag = (n) => (n < 0 ? -2 * n - 1 : 2 * n);

export const ints = {
  nibbles(values) {
    const low = values.map((value) => Math.min(value, 15));
    const pairs = Array.from({ length: Math.ceil(low.length / 2) }, (_, i) => low[2 * i] * 16 + (low[2 * i + 1] ?? 0));
    return [0, ...pairs, ...values.filter((value) => value >= 15).flatMap((value) => varint(value - 15))];
  },
  varints: (values) => [1, ...values.flatMap(varint)],
  sparse(values) {
    const bits = new Array(Math.ceil(values.length / 8)).fill(0);
    values.forEach((value, i) => (bits[Math.floor(i / 8)] += value === 0 ? 0 : 2 ** (i % 8)));
    return [2, ...bits, ...values.filter((value) => value !== 0).flatMap(varint)];
  },
  constant: (values) => [3, ...varint(values[0])],
};

export const ids = (list) => [
  ...varint(list.length),
  ...ints.varints(list.map((id, i) => (i === 0 ? id : id - list[i - 1] - 1))),
];

/** A column of new rows. */
export const column = (values) => ints.varints(values.map((value, i) => zigzag(value - (i === 0 ? 0 : values[i - 1]))));

/** A column of changed rows. */
export const changes = (differences) => ints.varints(differences.map(zigzag));

export function text(value) {
  const utf8 = new TextEncoder().encode(value);
  return [...varint(utf8.length), ...utf8];
}

export const float = (value) => [...new Uint8Array(new Float32Array([value]).buffer)];

export const u32 = (value) => [...new Uint8Array(new Uint32Array([value]).buffer)];

export const state = (tick, full, ...sections) => [tick, full, Uint8Array.from(sections.flat(Infinity))];
