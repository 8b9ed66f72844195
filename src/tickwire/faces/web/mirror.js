// A client's copy of the tables, kept by applying packed states (docs/WIRE.md 4.2) in the order in which they came.
// No socket, no clock: states go in, changes come out.

import { PackedError, PackedReader } from "./packed.js";
import { MirrorTable } from "./table.js";

const HASH = 0x01;
const REMOVED = 0x02;
const ADDED = 0x04;
const CHANGED_LISTED = 0x08;
const CHANGED_ALL = 0x10;
const GROUP = 0x20;
const GONE = 0x40;
const UNUSED = 0x80;

/**
 * What a state did.
 * @typedef {object} StateChanges
 * @property {number} tick
 * @property {boolean} full whether the state replaced the whole mirror; the changes are still only what differs
 * @property {Record<string, import("./table.js").TableChanges>} changes by table name
 * @property {boolean} empty whether it says that nothing changed
 * @property {string[]} mismatched names of tables whose hash disagreed: ask for a resync
 */

export class Mirror {
  /** The tick of the last state, 0 before the first. */
  tick = 0;
  /** True until the first full state, and after a state that could not be read: only a full state helps then. */
  stale = true;
  /** @type {Record<string, Map<number, Readonly<object>>>} table name to rows by id; the maps live as long as the mirror */
  tables;
  #names;
  #tables;

  /** @param {{tables: {name: string, fields: object[]}[]}} schema as it came in `welcome` */
  constructor(schema) {
    this.#names = schema.tables.map((table) => table.name);
    this.#tables = schema.tables.map((table) => new MirrorTable(table));
    this.tables = this.#byName((table) => table.rows);
  }

  /**
   * Apply one state.
   * @param {[number, boolean, Uint8Array]} state tick, full, sections
   * @returns {StateChanges}
   * @throws {PackedError} when it cannot be read; the mirror is stale from then on
   */
  apply([tick, full, sections]) {
    if (this.stale && !full) throw new PackedError("a change to a mirror that holds no full state");
    this.stale = true; // stays so if reading throws half-way
    if (full) this.#tables.forEach((table) => table.clear());
    const mismatched = this.#applySections(sections);
    this.stale = false;
    this.tick = tick;
    const empty = !full && sections.length === 0;
    return { tick, full, empty, changes: this.#byName((table) => table.takeChanges()), mismatched };
  }

  // Hashes speak of the state as a whole, so they are looked at when all the sections have been applied.
  #applySections(sections) {
    const reader = new PackedReader(sections);
    const claims = [];
    while (!reader.done) {
      const claim = this.#applySection(reader);
      if (claim) claims.push(claim);
    }
    const wrong = claims.filter(({ place, group, hash }) => this.#tables[place].hash(group) !== hash);
    return [...new Set(wrong.map(({ place }) => this.#names[place]))];
  }

  #applySection(reader) {
    const place = reader.byte();
    const table = this.#tables[place];
    if (!table) throw new PackedError(`a section of table ${place}, which is not in the schema`);
    const flags = reader.byte();
    if (flags & UNUSED) throw new PackedError("a section with the unused flag");
    const group = flags & GROUP ? reader.varint() : 0;
    if (flags & GONE) table.dropGroup(group);
    if (flags & REMOVED) table.readRemoved(reader, group);
    if (flags & (CHANGED_LISTED | CHANGED_ALL)) table.readChanged(reader, group, (flags & CHANGED_LISTED) !== 0);
    if (flags & ADDED) table.readAdded(reader, group);
    return flags & HASH ? { place, group, hash: reader.u32() } : null;
  }

  #byName(part) {
    return Object.fromEntries(this.#tables.map((table, i) => [this.#names[i], part(table)]));
  }
}
