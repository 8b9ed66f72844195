// Who plays, and with how many points. Rows are kept by player, so that a change is seen where it happens.

import { colorOf } from "./palette.js";
import { looked } from "./sprites.js";

/**
 * The lines of the scoreboard, best first.
 * @param {object} schema
 * @param {Record<string, Map<number, object>>} tables
 * @param {Map<number, {player: number, name: string, bot: boolean}>} players
 * @returns {{player: number, name: string, bot: boolean, value: unknown}[]} `value` is null for who has no score
 */
export function scoreLines(schema, tables, players) {
  const values = new Map();
  for (const { name, look } of schema.tables) {
    if (look?.kind !== "score") continue;
    for (const row of tables[name].values()) values.set(looked(look, row, "player"), looked(look, row, "value"));
  }
  const lines = [...players.values()].map(({ player, name, bot }) => ({ player, name, bot, value: values.get(player) ?? null }));
  return lines.sort((a, b) => rank(b.value) - rank(a.value) || a.player - b.player);
}

function rank(value) {
  const number = value === null ? NaN : Number(value);
  return Number.isNaN(number) ? -Infinity : number;
}

export class Scoreboard {
  #list;
  #rows = new Map(); // player to {element, value}
  #wanted = false;

  /** @param {HTMLElement} list an ordered list */
  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  /**
   * Show the scores in the next frame; asking often costs no more than asking once.
   * @param {import("./tickwire.js").Client} client
   */
  refresh(client) {
    if (this.#wanted) return;
    this.#wanted = true;
    requestAnimationFrame(() => {
      this.#wanted = false;
      if (client.schema) this.#show(scoreLines(client.schema, client.tables, client.players), client.player);
    });
  }

  #show(lines, self) {
    const elements = lines.map((line) => this.#update(line, self));
    const shown = [...this.#list.children];
    if (elements.length === shown.length && elements.every((element, i) => element === shown[i])) return;
    this.#list.replaceChildren(...elements);
    const known = new Set(lines.map(({ player }) => player));
    for (const player of this.#rows.keys()) if (!known.has(player)) this.#rows.delete(player);
  }

  #update(line, self) {
    const form = JSON.stringify([line.name, line.bot, line.value]);
    const row = this.#rows.get(line.player) ?? { element: document.createElement("li"), form: "" };
    this.#rows.set(line.player, row);
    if (row.form === form) return row.element;
    const gained = row.form !== "";
    row.form = form;
    row.element.classList.toggle("own", line.player === self);
    row.element.replaceChildren(...lineParts(line, self));
    if (gained) row.element.lastElementChild.classList.add("changed");
    return row.element;
  }
}

function lineParts({ player, name, bot, value }, self) {
  const swatch = part("swatch", "");
  swatch.style.background = colorOf(player);
  const parts = [swatch, part("name", name)];
  if (player === self) parts.push(part("badge", "you"));
  if (bot) parts.push(part("badge", "bot"));
  return [...parts, part("value", value === null ? "" : String(value))];
}

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}
