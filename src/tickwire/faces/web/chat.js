// What the room says. All of it comes from strangers: it goes into the page as text, never as markup.

import { begin, CHAT_CHARACTERS, clusters, limit } from "./characters.js";
import { colorOf } from "./palette.js";
import { Ages, channelNames, COMMANDS, Completer, deedOf, hasChannels, mentions, placeOf, Recall, saidAt } from "./talk.js";

const MOST_LINES = { play: 100, talk: 2000 };
const LONGEST_TOAST = 120; // characters, of what the game says: it shall not hide the board
const TOAST_TIME = 6; // seconds that a line is shown over the board while the chat is closed

export class Chat {
  #panel;
  #lines;
  #field;
  #toggle;
  #toasts;
  #unread = 0;
  #client = null;
  #talking = false; // whether the chat is all there is to the game
  #ages = new Ages();
  #recall = new Recall();
  #completer = new Completer();
  #place = built("p", "place");
  #below = Object.assign(built("button", "below"), { type: "button", hidden: true });
  #mark = built("p", "mark", "new");
  #passed = true; // the mark: what comes unseen moves it

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.panel
   * @param {HTMLElement} parts.lines
   * @param {HTMLFormElement} parts.form
   * @param {HTMLInputElement} parts.field
   * @param {HTMLButtonElement} parts.toggle opens and closes the panel where it does not fit beside the board
   * @param {HTMLElement} parts.toasts
   * @param {(text: string) => boolean} say whether it went out
   */
  constructor({ panel, lines, form, field, toggle, toasts }, say) {
    Object.assign(this, { say });
    [this.#panel, this.#lines, this.#field, this.#toggle, this.#toasts] = [panel, lines, field, toggle, toasts];
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    limit(field, CHAT_CHARACTERS);
    field.addEventListener("keydown", (event) => this.#press(event));
    panel.prepend(this.#place);
    form.before(this.#below);
    this.#below.addEventListener("click", () => this.#toEnd());
    lines.addEventListener("scroll", () => this.#look());
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.#look(type === "blur"));
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(lines); // a phone's keyboard comes and goes
    toggle.addEventListener("click", () => (this.#isOpen ? this.leave() : this.enter()));
  }

  /** Open the chat and write. */
  enter() {
    this.#open(true);
    this.#field.focus();
  }

  /** Back to the game. */
  leave() {
    this.#field.blur();
    this.#open(false);
  }

  /** Say what may be typed; empty for anything. */
  hint(text) {
    this.#field.placeholder = text || "Say something…";
  }

  /**
   * The seat is ours, for the first time or again.
   * @param {import("./tickwire.js").Client} client
   * @param {boolean} talking whether the chat is all there is to the game
   */
  begin(client, talking) {
    const back = this.#client === client;
    [this.#client, this.#talking] = [client, talking];
    this.#ages.clear();
    this.showPlace();
    if (!talking) return;
    if (back) this.note("You are back."); // what was said meanwhile comes by itself
    if (matchMedia("(pointer: fine)").matches) this.#field.focus();
  }

  /** Lines of history come now. */
  expect(data) {
    this.#ages.expect(data);
  }

  /** Say where one is, in a game with channels. */
  showPlace() {
    const { schema, tables, player } = this.#client ?? {};
    const place = schema && this.#talking ? placeOf(schema, tables, player) : null;
    const parts = place ? [place.name, `${place.players.size} here`, place.topic] : [];
    if (this.#place.dataset.shown === parts.join("\n")) return;
    this.#place.dataset.shown = parts.join("\n");
    this.#place.replaceChildren(...parts.map((text, i) => built(i ? "span" : "b", "", text)));
  }

  clear() {
    this.#client = null;
    this.#count(0);
    this.#lines.replaceChildren();
    this.#toasts.replaceChildren();
  }

  /** @param {{player: number, name: string, text: string}} message */
  hear({ player, name, text }) {
    if (player === 0 && name === "") return this.#add("told", [text]); // the game itself
    const ago = this.#ages.next();
    const own = player > 0 && player === this.#client?.player;
    const deed = deedOf(text);
    const speaker = built("b", "", name);
    if (player > 0) speaker.style.color = colorOf(player);
    const classes = ["said", deed && "did", own && "own", ago !== null && "old", !own && mentions(text, this.#client?.name) && "mention"];
    this.#add(classes.filter(Boolean).join(" "), [speaker, ` ${deed || text}`], ago ?? 0);
  }

  /** Something that nobody said. */
  note(text) {
    this.#add("note", [text]);
  }

  get #isOpen() {
    return this.#panel.classList.contains("open");
  }

  // At the end, and seen there.
  #following = true;

  get #atEnd() {
    return this.#lines.scrollHeight - this.#lines.scrollTop - this.#lines.clientHeight < 40;
  }

  #press(event) {
    if (event.isComposing) return; // the key is the input method's
    const { key, shiftKey } = event;
    const { value, selectionStart } = this.#field;
    if (key === "Escape") this.leave();
    else if (key === "ArrowUp" || key === "ArrowDown") this.#put(this.#recall.go(key === "ArrowUp" ? 1 : -1, value));
    else if (key === "PageUp" || key === "PageDown") this.#lines.scrollBy(0, (key === "PageUp" ? -0.9 : 0.9) * this.#lines.clientHeight);
    else if (key === "End" && selectionStart === value.length) this.#toEnd();
    else if (key !== "Tab" || shiftKey || !this.#complete(value, selectionStart)) return;
    event.preventDefault();
  }

  #complete(value, caret) {
    if (!this.#client?.schema) return false;
    const { schema, tables, players, player } = this.#client;
    const names = [...players.values()].filter((one) => one.player !== player).map(({ name }) => name);
    const words = { names, channels: channelNames(schema, tables), commands: hasChannels(schema) ? COMMANDS : [] };
    const done = this.#completer.complete(value, caret, words);
    if (done) this.#put(...done);
    return done !== null;
  }

  #put(value, caret = value.length) {
    this.#field.value = begin(value, CHAT_CHARACTERS);
    this.#field.setSelectionRange(caret, caret);
  }

  #submit() {
    const text = this.#field.value.trim();
    if (text === "") {
      if (!this.#talking) this.leave();
    } else if (this.say(text)) {
      this.#field.value = "";
      this.#recall.add(text);
      this.#mark.remove();
      this.#passed = true;
      if (this.#talking) this.#toEnd();
    } else {
      this.note("not connected, so that was not sent");
    }
  }

  #add(className, content, ago = 0) {
    const line = document.createElement("p");
    line.className = className;
    line.append(timeOf(saidAt(ago, this.#client?.tickRate || 1, Date.now())), ...content);
    const atEnd = this.#atEnd;
    const fresh = className.startsWith("said") && !/\b(own|old)\b/.test(className);
    if (this.#talking && fresh && !(atEnd && document.hasFocus())) this.#markUnread();
    this.#lines.append(line);
    const most = this.#talking ? MOST_LINES.talk : MOST_LINES.play;
    while (this.#lines.childElementCount > most) this.#lines.firstElementChild.remove();
    if (atEnd) this.#toEnd(); // who reads further up is not torn away
    if (this.#talking) return;
    const short = className === "told" && clusters(line.textContent).length <= LONGEST_TOAST;
    if ((className.startsWith("said") || short) && !this.#isOpen) this.#toast(line);
  }

  #markUnread() {
    if (this.#passed) this.#lines.append(this.#mark);
    this.#passed = false;
    this.#count(this.#unread + 1);
  }

  #toEnd() {
    this.#lines.scrollTop = this.#lines.scrollHeight;
    this.#look();
  }

  // The reader scrolled, looks elsewhere, or is back.
  #look(left = false) {
    this.#following = this.#atEnd;
    if (left) this.#passed = true;
    if (this.#talking && this.#following && document.hasFocus() && this.#unread) {
      this.#passed = true;
      this.#count(0);
    }
    this.#below.hidden = this.#following || !this.#talking;
  }

  #toast(line) {
    const toast = line.cloneNode(true);
    toast.querySelector("time").remove();
    this.#toasts.append(toast);
    if (this.#toasts.childElementCount > 3) this.#toasts.firstElementChild.remove();
    setTimeout(() => toast.remove(), TOAST_TIME * 1000);
    this.#count(this.#unread + 1);
  }

  #open(open) {
    this.#panel.classList.toggle("open", open);
    this.#toggle.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.#count(0);
    this.#toasts.replaceChildren();
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #count(unread) {
    this.#unread = unread;
    this.#toggle.dataset.unread = unread || "";
    this.#below.textContent = unread ? `${unread} new ↓` : "newest ↓";
    if (this.#talking) document.title = document.title.replace(/^(\(\d+\) )?/, unread ? `(${unread}) ` : "");
  }
}

function built(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function timeOf(at) {
  const [hours, minutes] = [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, "0"));
  return Object.assign(built("time", "", `${hours}:${minutes}`), { dateTime: at.toISOString(), title: at.toLocaleString() });
}
