// The cursor on the board: to point with keys at what others click on.

const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const STEPS = 40; // at most, across the longer side of a board

export class Cursor {
  /** @type {[number, number] | null} in units of the board; on one of cells always the middle of one */
  at = null;
  #board;
  #step;

  /** @param {[number, number]} board width and height */
  constructor(board) {
    this.#board = board;
    this.#step = Math.max(1, Math.ceil(Math.max(...board) / STEPS));
  }

  /**
   * An arrow moves it, escape takes it away; the first arrow only brings it.
   * @param {string} key as in KeyboardEvent.key
   * @param {boolean} turned whether the board is seen from the other side
   * @returns {boolean} whether the key meant anything
   */
  press(key, turned) {
    if (key === "Escape" && this.at) {
      this.at = null;
      return true;
    }
    if (!Object.hasOwn(WAYS, key)) return false;
    if (!this.at) {
      this.at = this.#board.map((side) => (side >= 1 ? Math.floor(side / 2) + 0.5 : side / 2));
      return true;
    }
    const way = turned ? -this.#step : this.#step;
    const [x, y] = this.at.map((place, i) => place + way * WAYS[key][i]);
    if (x >= 0 && x < this.#board[0] && y >= 0 && y < this.#board[1]) this.at = [x, y];
    return true;
  }
}
