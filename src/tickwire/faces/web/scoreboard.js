// Who plays, and with how many points. Rows are kept by player, so that a change is seen where it happens.

import { colorOf } from "./palette.js";
import { looked } from "./sprites.js";
import { placeOf } from "./talk.js";

/**
 * The lines of the scoreboard, best first.
 * @param {object} schema
 * @param {Record<string, Map<number, object>>} tables
 * @param {Map<number, {player: number, name: string, bot: boolean, away?: boolean}>} players
 * @returns {{player: number, name: string, bot: boolean, away: boolean, value: unknown, turn: boolean, side: number}[]} `value` is
 *   null for who has no score; `side` is 0 for who has the light pieces, 1 for the dark ones; `away` is true for who lost the line
 */
export function scoreLines(schema, tables, players) {
  const scores = new Map();
  for (const { name, look } of schema.tables) {
    if (look?.kind !== "score") continue;
    for (const row of tables[name].values()) scores.set(looked(look, row, "player"), { look, row });
  }
  const lines = [...players.values()].map(({ player, name, bot, away = false }) => {
    const { look, row } = scores.get(player) ?? { look: {}, row: {} };
    const [value, side] = [looked(look, row, "value", null), looked(look, row, "side", -1)];
    return { player, name, bot, away, value, turn: Boolean(looked(look, row, "turn", 0)), side: Number(side) };
  });
  return lines.sort((a, b) => rank(b.value) - rank(a.value) || a.player - b.player);
}

/**
 * The lines that say how a game stands.
 * @param {object} schema
 * @param {Record<string, Map<number, object>>} tables
 * @returns {string[]}
 */
export function captionLines(schema, tables) {
  const captions = schema.tables.filter(({ look }) => look?.kind === "caption");
  const texts = captions.flatMap(({ name, look }) => [...tables[name].values()].map((row) => String(looked(look, row, "text", ""))));
  return texts.map((text) => text.trim()).filter(Boolean);
}

function rank(value) {
  const number = typeof value === "number" ? value : NaN; // a text, as a clock's, ranks nobody
  return Number.isNaN(number) ? -Infinity : number;
}

export class Scoreboard {
  #list;
  #captions;
  #told = "";
  #rows = new Map(); // player to {element, value}
  #wanted = false;

  /**
   * @param {HTMLElement} list an ordered list
   * @param {HTMLElement} captions where it is said how the game stands
   */
  constructor(list, captions) {
    [this.#list, this.#captions] = [list, captions];
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#captions.replaceChildren();
    this.#told = "";
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
      if (client.schema) this.#show(scoreLines(client.schema, client.tables, peopleHere(client)), client.player);
      if (client.schema) this.#tell(captionLines(client.schema, client.tables));
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

  #tell(captions) {
    if (this.#told === captions.join("\n")) return;
    this.#told = captions.join("\n");
    this.#captions.replaceChildren(...captions.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  }

  #update(line, self) {
    const form = JSON.stringify([line.name, line.bot, line.away, line.value, line.turn, line.side]);
    const row = this.#rows.get(line.player) ?? { element: document.createElement("li"), form: "" };
    this.#rows.set(line.player, row);
    if (row.form === form) return row.element;
    const gained = row.form !== "" && typeof line.value === "number";
    row.form = form;
    row.element.classList.toggle("own", line.player === self);
    row.element.classList.toggle("turn", line.turn);
    row.element.classList.toggle("away", line.away);
    row.element.replaceChildren(...lineParts(line, self));
    if (gained) row.element.lastElementChild.classList.add("changed");
    return row.element;
  }
}

// In a game with channels, those in one's own.
function peopleHere({ schema, tables, players, player }) {
  const here = placeOf(schema, tables, player)?.players;
  return here ? new Map([...players].filter(([number]) => here.has(number))) : players;
}

function lineParts({ player, name, bot, away, value, side }, self) {
  const swatch = part("swatch", "");
  if (side === 0 || side === 1) swatch.classList.add(side ? "dark" : "light");
  else swatch.style.background = colorOf(player);
  const parts = [swatch, part("name", name)];
  if (player === self) parts.push(part("badge", "you"));
  if (bot) parts.push(part("badge", "bot"));
  if (away) parts.push(part("badge", "away"));
  return [...parts, part("value", value === null ? "" : String(value))];
}

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}
