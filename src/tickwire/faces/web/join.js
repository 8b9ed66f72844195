// The first screen: a name, a game, a room, and in.

import { friendlyName } from "./names.js";
import { rememberedName } from "./tickwire.js";

const REFRESH = 5; // seconds between looks at the open rooms
const MOST_ROOMS = 6;

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

  /** @param {(wish: JoinWish) => void} wish is called when somebody wants in */
  constructor(wish) {
    this.#wish = wish;
    this.#name.value = rememberedName() || friendlyName();
    this.#code.addEventListener("input", () => this.#showInvitation(""));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(event.submitter?.value === "watch");
    });
  }

  /**
   * @param {object} [why]
   * @param {string} [why.room] the code to offer
   * @param {string} [why.message] what went wrong before
   * @param {boolean} [why.invited] whether the code came with the page's address
   */
  show({ room = "", message = "", invited = false } = {}) {
    this.#screen.hidden = false;
    this.#code.value = room;
    this.tell(message, false);
    this.#showInvitation(invited ? room : "");
    this.#refresh();
    this.#timer ??= setInterval(() => this.#refresh(), REFRESH * 1000);
  }

  hide() {
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

  #submit(watch, room = this.#code.value.trim().toUpperCase()) {
    const game = new FormData(this.#form).get("game") ?? undefined;
    this.#wish({ name: this.#name.value.trim(), watch, ...(room ? { room } : { game }) });
  }

  #showInvitation(room) {
    const invitation = byId("invitation");
    invitation.hidden = room === "";
    invitation.querySelector("strong").textContent = room;
  }

  async #refresh() {
    try {
      const { games, rooms } = await (await fetch(new URL("api/rooms", document.baseURI))).json();
      this.#showGames(games);
      this.#showRooms(rooms);
    } catch {
      byId("rooms").hidden = true; // the list is a convenience: Play works without it
    }
  }

  #showGames(games) {
    const fieldset = byId("games");
    const known = [...fieldset.querySelectorAll("input")].map((input) => input.value);
    if (games.length === known.length && games.every(({ name }, i) => name === known[i])) return;
    fieldset.hidden = games.length < 2;
    const legend = fieldset.querySelector("legend");
    fieldset.replaceChildren(legend, ...games.map((game, i) => gameChoice(game, i === 0)));
  }

  #showRooms(rooms) {
    const shown = rooms.slice(0, MOST_ROOMS);
    byId("rooms").hidden = shown.length === 0;
    byId("rooms").querySelector("ul").replaceChildren(...shown.map((room) => this.#roomItem(room)));
  }

  #roomItem({ room, game, players, seats }) {
    const item = document.createElement("li");
    const join = document.createElement("button");
    join.type = "button";
    join.className = "room";
    join.append(textPart("b", room), textPart("span", game), textPart("span", `${players} of ${seats}`));
    join.append(textPart("em", "join"));
    join.addEventListener("click", () => this.#form.reportValidity() && this.#submit(false, room));
    item.append(join);
    return item;
  }
}

function gameChoice({ name, title }, checked) {
  const label = document.createElement("label");
  label.title = title ?? "";
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "game", value: name, checked });
  label.append(input, textPart("span", name));
  return label;
}

function textPart(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
