// Plays states to the page's mirror. Standard input: {"schema", "states": [[tick, full, sections in hex]]}; standard output:
// {"mismatched": [names], "rows": by table and id the values}. For tests in Python.

import { readFileSync } from "node:fs";
import { Mirror } from "../../../src/tickwire/faces/web/mirror.js";

const { schema, states } = JSON.parse(readFileSync(0, "utf8"));
const mirror = new Mirror(schema);
const mismatched = states.flatMap(([tick, full, hex]) => mirror.apply([tick, full, Buffer.from(hex, "hex")]).mismatched);
const rows = Object.fromEntries(Object.entries(mirror.tables).map(([name, table]) => [name, Object.fromEntries(table)]));
process.stdout.write(JSON.stringify({ mismatched, rows }));
