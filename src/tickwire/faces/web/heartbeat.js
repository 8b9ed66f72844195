// Measures the round trip, says when the server is silent, and notices a connection that is dead without having been closed.

const INTERVAL = 1; // seconds; a clock that was set wrong is found out by the next pong
const FIRST = [0.1, 0.2, 0.3, 0.4]; // seconds; one round trip alone says little about the server's clock
const PATIENCE = 6; // pings without a pong; counted, not timed, for a page in the background gets its timers late
const SILENT = 3; // pings since anything came, the last just sent: 2 to 3 s, when a server that runs answers each second

export class Heartbeat {
  /** Milliseconds there and back by the last pong, null before the first. */
  ping = null;
  #send;
  #lost;
  #silent;
  #quiet = 0; // pings since anything came
  #timer = null;
  #first = [];
  #unanswered = 0;

  /**
   * @param {(sent: number) => void} send puts a ping on its way
   * @param {() => void} lost is called when pings stay unanswered
   * @param {(seconds: number) => void} silent is called each second while nothing comes, and with 0 when that is over
   */
  constructor(send, lost, silent) {
    this.#send = send;
    this.#lost = lost;
    this.#silent = silent;
  }

  start() {
    this.stop();
    this.#timer = setInterval(() => this.#beat(), INTERVAL * 1000);
    this.#beat();
    this.#quiet = 0;
    this.#first = FIRST.map((wait) => setTimeout(() => this.#send(performance.now() / 1000), wait * 1000));
  }

  stop() {
    clearInterval(this.#timer);
    this.#first.forEach(clearTimeout);
    this.#unanswered = 0;
    this.heard();
  }

  /** Something came, whatever it is. */
  heard() {
    const silent = this.#quiet >= SILENT;
    this.#quiet = 0;
    if (silent) this.#silent(0);
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
    this.#quiet += 1;
    this.#send(performance.now() / 1000);
    if (this.#quiet >= SILENT) this.#silent(this.#quiet * INTERVAL);
  }
}
