// Measures the way there and back, and notices a connection that is dead without having been closed.

const INTERVAL = 1; // seconds; a clock that was set wrong is found out by the next pong
const FIRST = [0.1, 0.2, 0.3, 0.4]; // seconds; one round trip alone says little about the server's clock
const PATIENCE = 6; // pings without a pong; counted, not timed, for a page in the background gets its timers late

export class Heartbeat {
  /** Milliseconds there and back by the last pong, null before the first. */
  ping = null;
  #send;
  #lost;
  #timer = null;
  #first = [];
  #unanswered = 0;

  /**
   * @param {(sent: number) => void} send puts a ping on its way
   * @param {() => void} lost is called when pings stay unanswered
   */
  constructor(send, lost) {
    this.#send = send;
    this.#lost = lost;
  }

  start() {
    this.stop();
    this.#timer = setInterval(() => this.#beat(), INTERVAL * 1000);
    this.#beat();
    this.#first = FIRST.map((wait) => setTimeout(() => this.#send(performance.now() / 1000), wait * 1000));
  }

  stop() {
    clearInterval(this.#timer);
    this.#first.forEach(clearTimeout);
    this.#unanswered = 0;
  }

  /** @param {number} sent of the ping that is answered */
  answered(sent) {
    this.#unanswered = 0;
    this.ping = performance.now() - sent * 1000;
  }

  #beat() {
    if (this.#unanswered >= PATIENCE) {
      this.stop();
      this.#lost();
      return;
    }
    this.#unanswered += 1;
    this.#send(performance.now() / 1000);
  }
}
