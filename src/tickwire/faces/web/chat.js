// What the room says. All of it comes from strangers: it goes into the page as text, never as markup.

import { colorOf } from "./palette.js";

const MOST_LINES = 100;
const TOAST_TIME = 6; // seconds that a line is shown over the board while the chat is closed

export class Chat {
  #panel;
  #lines;
  #field;
  #toggle;
  #toasts;
  #unread = 0;

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
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.leave();
    });
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

  clear() {
    this.#lines.replaceChildren();
    this.#toasts.replaceChildren();
  }

  /** @param {{player: number, name: string, text: string}} message */
  hear({ player, name, text }) {
    const speaker = document.createElement("b");
    speaker.textContent = name;
    if (player > 0) speaker.style.color = colorOf(player);
    this.#add("said", speaker, ` ${text}`);
  }

  /** Something that nobody said. */
  note(text) {
    this.#add("note", text);
  }

  get #isOpen() {
    return this.#panel.classList.contains("open");
  }

  #submit() {
    const text = this.#field.value.trim();
    if (text === "") {
      this.leave();
    } else if (this.say(text)) {
      this.#field.value = "";
    } else {
      this.note("not connected, so that was not sent");
    }
  }

  #add(className, ...content) {
    const line = document.createElement("p");
    line.className = className;
    line.append(...content);
    const atEnd = this.#lines.scrollHeight - this.#lines.scrollTop - this.#lines.clientHeight < 40;
    this.#lines.append(line);
    while (this.#lines.childElementCount > MOST_LINES) this.#lines.firstElementChild.remove();
    if (atEnd) this.#lines.scrollTop = this.#lines.scrollHeight; // who reads further up is not torn away
    if (className === "said" && !this.#isOpen) this.#toast(line);
  }

  #toast(line) {
    const toast = line.cloneNode(true);
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
  }
}
