// A WebSocket that comes back. It knows bytes, deadlines and when to try again; it knows nothing of games or seats.

import { Emitter } from "./emitter.js";
import { decode, encode } from "./msgpack.js";

const SUBPROTOCOL = "tickwire.msgpack.v1";
const SETTLE_DEADLINE = 8; // seconds from opening until `settled`; a phone between two networks may else hang for minutes
const STEADY_AFTER = 5; // seconds; a connection that held this long starts the next wait from the shortest again
const SHORTEST_WAIT = 0.25; // seconds
const LONGEST_WAIT = 5; // seconds; a server that restarts is found again before people give up

/**
 * How long to wait before the next try: doubling, with jitter so that a restarted server is not met by all at once.
 * Source: AWS Architecture Blog, Exponential Backoff And Jitter ("equal jitter").
 * @param {number} attempt from 0
 * @param {number} chance from 0 to 1
 * @returns {number} seconds, 0.25 to 5
 */
export function retryWait(attempt, chance) {
  const ceiling = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** attempt);
  return Math.max(SHORTEST_WAIT, ceiling * (0.5 + chance / 2));
}

/**
 * Events: `open`, `message` with the decoded message, `down` with the seconds until the next try.
 */
export class Link extends Emitter {
  /** Bytes of the messages received so far, without their frames; as `sent`. */
  received = 0;
  sent = 0;
  #url;
  #socket = null;
  #timer = null; // of the deadline while a socket is opening, of the wait while there is none
  #attempt = 0;
  #settledAt = Infinity; // seconds

  /** @param {string} url of the WebSocket, ws or wss */
  constructor(url) {
    super();
    this.#url = url;
  }

  open() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.#url, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.emit("open");
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.restart();
    this.#socket = socket;
    this.#timer = setTimeout(() => this.restart(), SETTLE_DEADLINE * 1000);
  }

  /** The other side has taken us: no deadline runs any more. */
  settled() {
    clearTimeout(this.#timer);
    this.#settledAt = seconds();
  }

  /**
   * @param {object} message
   * @returns {boolean} whether there was an open socket to write it to
   */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    const bytes = encode(message);
    this.sent += bytes.length;
    this.#socket.send(bytes);
    return true;
  }

  /**
   * Drop the connection, if any, and try again after a wait.
   * @param {number} least how long to wait at least, in seconds
   */
  restart(least = 0) {
    this.#discard();
    if (seconds() - this.#settledAt > STEADY_AFTER) this.#attempt = 0;
    this.#settledAt = Infinity;
    const wait = Math.max(least, retryWait(this.#attempt++, Math.random()));
    this.#timer = setTimeout(() => this.open(), wait * 1000);
    this.emit("down", wait);
  }

  /** If waiting for the next try, try now. */
  hurry() {
    if (this.#socket === null && this.#timer !== null) this.open();
  }

  /** Close for good; what was sent before still goes out. */
  close() {
    this.#discard();
  }

  #receive(data) {
    this.received += data.byteLength;
    let message;
    try {
      message = decode(new Uint8Array(data));
    } catch (error) {
      console.error("tickwire: a message that cannot be read", error);
      this.restart();
      return;
    }
    this.emit("message", message);
  }

  #discard() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#socket === null) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}

function seconds() {
  return performance.now() / 1000;
}
