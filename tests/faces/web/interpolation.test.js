import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { smoothOf } from "../../../src/tickwire/faces/web/blend.js";
import { Interpolation } from "../../../src/tickwire/faces/web/interpolation.js";

const golden = JSON.parse(readFileSync(new URL("../../client/interpolation_golden.json", import.meta.url)));
const LITTLE = 1e-9;

test("rows are shown as in Python, whether states come on time, late, in full, in part or not at all", () => {
  const shown = new Interpolation(golden.fields.map(smoothOf), golden.interval);
  for (const { push, behind, ease, at, rows } of golden.steps) {
    if (push) shown.push(push.time, push.rows, push.removed, push.full, push.shown, push.rests);
    else if (behind !== undefined) shown.behind = behind;
    else if (ease) shown.ease(shown.at(ease[0]), ease[1]);
    else {
      const here = [...shown.at(at)].sort(([a], [b]) => a - b);
      assert.deepEqual(here.map(([id]) => id), rows.map(([id]) => id), `at ${at}`);
      here.forEach(([id, row], i) => {
        for (const [name, value] of Object.entries(rows[i][1])) {
          assert.ok(Math.abs(row[name] - value) < LITTLE, `${name} of ${id} at ${at}: ${row[name]}, not ${value}`);
        }
      });
      shown.forget(at);
    }
  }
});
