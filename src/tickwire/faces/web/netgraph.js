// How the connection is, in a corner of the board: figures, and how late each of the last states was.

import { figureLines } from "./figures.js";

const TALL = 0.1; // seconds of lateness that fill the graph
const [WIDTH, HEIGHT] = [180, 34]; // CSS pixels

export class NetGraph {
  #element;
  #terms = document.createElement("dl");
  #canvas = document.createElement("canvas");

  /** @param {HTMLElement} element that it fills, and that is hidden until it is asked for */
  constructor(element) {
    this.#element = element;
    [this.#canvas.width, this.#canvas.height] = [WIDTH * 2, HEIGHT * 2];
    element.append(this.#terms, this.#canvas);
  }

  get open() {
    return !this.#element.hidden;
  }

  toggle() {
    this.#element.hidden = !this.#element.hidden;
  }

  /** @param {ReturnType<import("./stage.js").Stage["figures"]>} figures */
  show(figures) {
    const parts = figureLines(figures).flatMap(([name, value]) => [labelled("dt", name), labelled("dd", value)]);
    this.#terms.replaceChildren(...parts);
    this.#draw(figures);
  }

  // A bar for each state: green if there was time to wait for it, red if the others had to be guessed meanwhile.
  #draw({ lateness, delay }) {
    const context = this.#canvas.getContext("2d");
    const { width, height } = this.#canvas;
    const bar = width / Math.max(1, lateness.length);
    context.clearRect(0, 0, width, height);
    lateness.forEach((late, i) => {
      const tall = Math.max(2, Math.min(1, Math.max(0, late) / TALL) * height);
      context.fillStyle = late <= delay / 2 ? "#12b886" : late <= delay ? "#f59f00" : "#fa5252";
      context.fillRect(i * bar, height - tall, Math.max(1, bar - 1), tall);
    });
  }
}

function labelled(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}
