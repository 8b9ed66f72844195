// The first screen: a name, a game, a room, and in.

import { limit, NAME_CELLS } from "./characters.js";
import { rememberedName } from "./memory.js";
import { friendlyName } from "./names.js";
import { fetchRooms, readCode } from "./rooms.js";

const REFRESH = 2; // seconds between looks at the open rooms
const CLOSED_ROOMS = new Set(["no_such_room", "room_full"]); // refusals after which another room is the way on
const MOST_ROOMS = 100; // shown; nobody reads more, and a code gets one into any

const byId = (id) => document.getElementById(id);

/**
 * @typedef {object} JoinWish
 * @property {string} name
 * @property {string} [game]
 * @property {string} [room]
 * @property {boolean} watch
 */

export class JoinScreen {
  #screen = byId("join");
  #form = byId("join-form");
  #name = byId("name");
  #code = byId("code");
  #message = byId("join-message");
  #wish;
  #timer = null;
  #early; // what was pressed and typed before this was loaded, as the script in the page wrote it down
  #elsewhere = ""; // the host of a link to another server, whose code is in the field
  #refusedRoom = ""; // until its game is found in the list, and chosen
  #shown = ""; // the rooms in the list, as JSON: what did not change is not built anew, under somebody's finger

  /** @param {(wish: JoinWish) => void} wish is called when somebody wants in */
  constructor(wish) {
    this.#wish = wish;
    this.#early = { pressed: this.#form.dataset.pressed, code: this.#code.value };
    this.#form.dataset.ready = ""; // from now on a press is answered here
    this.#name.value ||= rememberedName() || friendlyName(); // it may have been typed before this was loaded
    limit(this.#name, NAME_CELLS); // who takes more cells is told so by the server;
    this.#code.addEventListener("input", () => this.#codeTyped());
    byId("other-room").addEventListener("click", () => {
      this.#code.value = "";
      this.#codeTyped();
      if (this.#form.reportValidity()) this.#submit({ watch: false, room: "" });
    });
    byId("games").addEventListener("change", () => this.#showTitle());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const way = event.submitter?.value;
      const { code, problem } = readCode(this.#code.value, location.host);
      if (way !== "new" && problem) {
        this.tell(problem, false);
        this.#showWayOn(this.#code.value);
      } else this.#submit({ watch: way === "watch", room: way === "new" ? "new" : code });
    });
  }

  /**
   * @param {object} [why]
   * @param {string} [why.room] the code to offer
   * @param {string} [why.message] what went wrong before
   * @param {string} [why.refused] the code of the server's error, if that room was refused
   * @param {boolean} [why.invited] whether the code came with the page's address
   * @returns {Promise<void>} fulfilled when the list of games stands, or is known to be out of reach
   */
  show({ room = "", message = "", refused = "", invited = false } = {}) {
    this.#screen.hidden = false;
    const { pressed, code } = this.#early;
    this.#early = {};
    this.#code.value = room || (code ?? "");
    const elsewhere = refused === "no_such_room" && this.#elsewhere;
    this.tell(elsewhere ? `${message} The link leads to another server (${elsewhere}): open it in a tab of its own.` : message, false);
    this.#showWayOn(CLOSED_ROOMS.has(refused) ? room : "");
    this.#showInvitation(invited ? room : "");
    this.#timer ??= setInterval(() => this.#refresh(), REFRESH * 1000);
    const listed = this.#refresh();
    if (pressed) this.#form.requestSubmit(this.#form.querySelector(`button[value="${CSS.escape(pressed)}"]`));
    return listed;
  }

  hide() {
    this.#early = {};
    this.#screen.hidden = true;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /**
   * How it stands with the wish.
   * @param {string} message
   * @param {boolean} busy whether a hello is on its way; while one waits to be tried again, people may wish for something else
   */
  tell(message, busy) {
    for (const button of this.#form.querySelectorAll("button")) button.disabled = busy;
    this.#message.textContent = message;
    this.#message.classList.toggle("busy", busy);
  }

  #submit({ watch, room }) {
    const game = new FormData(this.#form).get("game") ?? undefined;
    this.#wish({ name: this.#name.value.trim(), watch, room: room || undefined, game: room && room !== "new" ? undefined : game });
  }

  // A link may be put here too: what counts is behind its #.
  #codeTyped() {
    const { value } = this.#code;
    this.#elsewhere = readCode(value, location.host).elsewhere;
    if (value.includes("#")) this.#code.value = value.slice(value.indexOf("#") + 1).trim();
    this.#code.classList.toggle("address", /[./:]/.test(this.#code.value)); // is shown as it was typed
    this.#showInvitation("");
    this.#showWayOn("");
  }

  // After a room was refused, all that leads to other rooms is in sight, though its code still stands in the field.
  #showWayOn(room) {
    this.#refusedRoom = room;
    this.#form.classList.toggle("refused", room !== "");
    byId("other-room").hidden = room === "";
  }

  #showInvitation(room) {
    const invitation = byId("invitation");
    invitation.hidden = room === "";
    invitation.querySelector("strong").textContent = room;
  }

  async #refresh() {
    const offer = await fetchRooms().catch(() => null);
    byId("away").hidden = offer !== null;
    this.#showGames(offer?.games ?? []);
    this.#chooseGameOf(this.#refusedRoom, offer?.rooms ?? []);
    this.#showRooms(offer?.rooms ?? []);
  }

  #showGames(games) {
    const fieldset = byId("games");
    const known = [...fieldset.querySelectorAll("input")];
    // A server that is away for a moment comes back with the same games: they stay, and so does what is chosen.
    if (games.length === 0 || (games.length === known.length && games.every(({ name }, i) => name === known[i].value))) return;
    const chosen = known.find((input) => input.checked)?.value;
    const at = Math.max(0, games.findIndex(({ name }) => name === chosen));
    fieldset.hidden = games.length < 2;
    fieldset.replaceChildren(fieldset.querySelector("legend"), ...games.map((game, i) => gameChoice(game, i === at)));
    this.#showTitle();
  }

  // Who was not let into a full room wants another one of the same game.
  #chooseGameOf(code, rooms) {
    const game = code && rooms.find(({ room }) => room === code)?.game;
    if (!game) return;
    this.#refusedRoom = ""; // once: from now on the choice is theirs
    const choice = byId("games").querySelector(`input[value="${CSS.escape(game)}"]`);
    if (choice) choice.checked = true;
    this.#showTitle();
  }

  #showTitle() {
    const title = byId("game-title");
    title.textContent = byId("games").querySelector("input:checked")?.dataset.title ?? "";
    title.hidden = title.textContent === "";
  }

  #showRooms(rooms) {
    const shown = rooms.slice(0, MOST_ROOMS).map(({ tick, ...room }) => room);
    const json = JSON.stringify(shown);
    if (json === this.#shown) return;
    this.#shown = json;
    const list = byId("rooms").querySelector("ul");
    const { room, way } = document.activeElement?.dataset ?? {};
    list.replaceChildren(...shown.map((room) => this.#roomItem(room)));
    if (room) list.querySelector(`[data-room="${CSS.escape(room)}"][data-way="${CSS.escape(way)}"]`)?.focus();
    byId("rooms").hidden = shown.length === 0;
  }

  #roomItem({ room, game, players, people, seats, watchers }) {
    const item = document.createElement("li");
    const full = people >= seats;
    const facts = [full ? `full (${seats})` : `${people} of ${seats}`];
    if (players > people) facts.push(players - people === 1 ? "1 bot" : `${players - people} bots`);
    if (watchers) facts.push(`${watchers} watching`);
    const join = this.#roomButton(room, full ? "watch" : "join", "room");
    join.append(textPart("b", room), textPart("span", game), textPart("small", facts.join(" · ")));
    join.append(textPart("em", full ? "watch" : "join"));
    item.append(join);
    if (!full) {
      const watch = this.#roomButton(room, "watch", "look");
      watch.textContent = "watch";
      watch.setAttribute("aria-label", `Watch room ${room}`);
      item.append(watch);
    }
    return item;
  }

  #roomButton(room, way, className) {
    const button = Object.assign(document.createElement("button"), { type: "button", className });
    Object.assign(button.dataset, { room, way });
    button.addEventListener("click", () => this.#form.reportValidity() && this.#submit({ watch: way === "watch", room }));
    return button;
  }
}

function gameChoice({ name, title }, checked) {
  const label = document.createElement("label");
  label.title = title ?? "";
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "game", value: name, checked });
  input.dataset.title = title ?? "";
  label.append(input, textPart("span", name));
  return label;
}

function textPart(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
