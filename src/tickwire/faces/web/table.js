// One table of the mirror: its rows by id, and which group of the server's view each row belongs to.
// A row is never changed in place: a new object takes its stead. So whoever holds the old one holds what was before.

import { crc32 } from "./crc32.js";
import { readChanges, readColumn, valueOf } from "./fields.js";
import { PackedError } from "./packed.js";

const utf8Encoder = new TextEncoder();

/** What one state did to one table. A row that left one group for another is changed, not removed and added. */
export class TableChanges {
  /** @type {Map<number, object>} id to the row */
  added = new Map();
  /** @type {Map<number, object>} id to the row as it was before */
  changed = new Map();
  /** @type {Map<number, object>} id to the row as it was last */
  removed = new Map();
}

export class MirrorTable {
  /** @type {Map<number, Readonly<object>>} id to decoded values by field name */
  rows = new Map();
  #fields;
  #wires = new Map(); // id to wire values, in the order of the fields
  #groupOf = new Map(); // id to group
  #groups = new Map(); // group to the set of its ids
  #changes = new TableChanges();

  /** @param {{fields: {name: string, type: string}[]}} schema of this table */
  constructor(schema) {
    this.#fields = schema.fields;
  }

  /** Hand out what has changed since the last call. */
  takeChanges() {
    const changes = this.#changes;
    this.#changes = new TableChanges();
    return changes;
  }

  clear() {
    for (const group of [...this.#groups.keys()]) this.dropGroup(group);
  }

  dropGroup(group) {
    this.#remove(group, this.#idsOf(group));
  }

  /** @throws {PackedError} as do `readChanged` and `readAdded` */
  readRemoved(reader, group) {
    this.#remove(group, reader.ids());
  }

  readChanged(reader, group, listed) {
    const ids = listed ? reader.ids() : this.#idsOf(group);
    const wires = ids.map((id) => this.#wireOf(id, group));
    const mask = reader.varint();
    if (mask >= 2 ** this.#fields.length) throw new PackedError("a change of a field that is not in the schema");
    this.#fields.forEach((field, i) => {
      if (Math.floor(mask / 2 ** i) % 2 === 0) return;
      const column = readChanges(reader, field, wires.map((wire) => wire[i]));
      column.forEach((value, row) => (wires[row][i] = value));
    });
    for (const id of ids) this.#show(id);
  }

  readAdded(reader, group) {
    const ids = reader.ids();
    const columns = this.#fields.map((field) => readColumn(reader, field, ids.length));
    ids.forEach((id, row) => {
      this.#wires.set(id, columns.map((column) => column[row]));
      this.#enter(id, group);
      this.#show(id);
    });
  }

  /** The hash of docs/WIRE.md 4.3 over the rows of a group. */
  hash(group) {
    const lines = this.#idsOf(group).map((id) => `${id},${this.#wires.get(id).join(",")}\n`);
    return crc32(utf8Encoder.encode(lines.join("")));
  }

  #idsOf(group) {
    return [...(this.#groups.get(group) ?? [])].sort((a, b) => a - b);
  }

  #wireOf(id, group) {
    if (this.#groupOf.get(id) !== group) throw new PackedError(`a change of row ${id}, which is not in group ${group}`);
    return this.#wires.get(id);
  }

  // The section that adds a row to its new group may come before the one that removes it from its old group.
  // Entering takes the row out of the old group, so that the removal finds nothing to remove.
  #enter(id, group) {
    this.#leaveGroup(id);
    if (!this.#groups.has(group)) this.#groups.set(group, new Set());
    this.#groups.get(group).add(id);
    this.#groupOf.set(id, group);
  }

  #leaveGroup(id) {
    const group = this.#groupOf.get(id);
    const members = this.#groups.get(group);
    members?.delete(id);
    if (members?.size === 0) this.#groups.delete(group);
    this.#groupOf.delete(id);
  }

  #remove(group, ids) {
    for (const id of ids) {
      if (this.#groupOf.get(id) !== group) continue;
      this.#leaveGroup(id);
      this.#wires.delete(id);
      this.#hide(id);
    }
  }

  #hide(id) {
    const { added, changed, removed } = this.#changes;
    const row = this.rows.get(id);
    this.rows.delete(id);
    if (!added.delete(id)) removed.set(id, changed.get(id) ?? row);
    changed.delete(id);
  }

  #show(id) {
    const { added, changed, removed } = this.#changes;
    const before = this.rows.get(id) ?? removed.get(id);
    const row = this.#decoded(id);
    const unchanged = before !== undefined && sameRow(before, row);
    this.rows.set(id, unchanged ? before : row);
    removed.delete(id);
    if (unchanged) return;
    if (before === undefined || added.has(id)) added.set(id, row);
    else if (!changed.has(id)) changed.set(id, before);
  }

  #decoded(id) {
    const wire = this.#wires.get(id);
    const row = {};
    this.#fields.forEach((field, i) => (row[field.name] = valueOf(field, wire[i])));
    return Object.freeze(row);
  }
}

function sameRow(a, b) {
  return Object.keys(b).every((name) => Object.is(a[name], b[name]));
}
