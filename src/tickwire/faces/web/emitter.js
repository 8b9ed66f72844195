/** Somebody to whom others listen. A listener that throws is reported and harms neither the rest nor the caller. */
export class Emitter {
  #listeners = new Map();

  /**
   * Call `listener` with each event of this type from now on.
   * @param {string} type
   * @param {(event: any) => void} listener
   * @returns {() => void} stops it, as `off` does
   */
  on(type, listener) {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(listener);
    return () => this.off(type, listener);
  }

  /**
   * @param {string} type
   * @param {(event: any) => void} listener
   */
  off(type, listener) {
    this.#listeners.get(type)?.delete(listener);
  }

  /**
   * @param {string} type
   * @param {any} [event]
   */
  emit(type, event) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
