// The second screen: a client's game, with its board, scores, chat and controls.

import { Chat } from "./chat.js";
import { copyText } from "./clipboard.js";
import { buildCommands } from "./commands.js";
import { clickInput, DIRECTIONS, keyHelp, otherHelp, steersByCursor, touchHelp } from "./controls.js";
import { listenToKeyboard } from "./keyboard.js";
import { Notice } from "./notice.js";
import { Painter } from "./painter.js";
import { Play } from "./play.js";
import { Scoreboard } from "./scoreboard.js";
import { hasPicture } from "./sprites.js";
import { isTalk } from "./talk.js";
import { buildHoldControls, buildTouchControls, listenToSwipes } from "./touch.js";
import { newsOf, pingShown, sentenceFor } from "./words.js";

const PING_INTERVAL = 1; // seconds between updates of the display

const FLASH_TIME = 2.5; // seconds that it is said over the board what happened to oneself
const SHARE_TIME = 3; // seconds that the outcome of sharing is shown

const KEY_HELP = [
  { label: "chat", keys: ["enter"] },
  { label: "back to the game", keys: ["esc"] },
  { label: "this help", keys: ["?"] },
  { label: "how the connection is", keys: ["F3"] },
];
const TOUCH_HELP = [{ label: "tap it, above: how the connection is", keys: ["ms"] }];

const byId = (id) => document.getElementById(id);

export class GameScreen {
  #screen = byId("game");
  #client = null;
  #painter = new Painter(byId("board"));
  #play = new Play(this.#painter, byId("net-graph"), (event) => this.#tell(event));
  #scores = new Scoreboard(byId("scores"), byId("captions"));
  #chat;
  #notice;
  #seating = false; // one's own `joined` came, and no state yet
  #earlier = new WeakSet(); // events in between: the tick that seats a player may first end what went on before
  #flashing = null; // a timer

  /**
   * @param {object} ways out
   * @param {() => void} ways.rejoin after the client was closed
   * @param {() => void} ways.back to the first screen
   */
  constructor({ rejoin, back }) {
    const parts = { panel: byId("chat"), lines: byId("chat-lines"), form: byId("chat-form"), field: byId("chat-field") };
    this.#chat = new Chat({ ...parts, toggle: byId("chat-toggle"), toasts: byId("toasts") }, (text) => this.#client.chat(text));
    this.#listenToControls();
    byId("share").addEventListener("click", () => this.#share());
    byId("help-button").addEventListener("click", () => this.#help());
    byId("leave").addEventListener("click", () => (this.#client.leave(), back()));
    this.#notice = new Notice({ hurry: () => this.#client.hurry(), rejoin, back: () => (this.#client.leave(), back()) });
    byId("help-body").addEventListener("scroll", () => this.#showMore());
    addEventListener("resize", () => this.#showMore());
    setInterval(() => this.#showPing(), PING_INTERVAL * 1000);
  }

  /** @param {import("./tickwire.js").Client} client whose events are shown from now on */
  follow(client) {
    this.#client = client;
    this.#chat.clear();
    this.#scores.clear();
    client.on("welcome", () => this.#begin());
    client.on("state", (state) => ((this.#seating = false), this.#paint(state)));
    client.on("joined", (player) => this.#come(player));
    client.on("left", (player) => this.#go(player));
    client.on("renamed", (player) => this.#rename(player));
    client.on("away", () => this.#scores.refresh(this.#client));
    client.on("chat", (message) => this.#chat.hear(message));
    // An event waits for its moment, see Play; but not what is said of lines of chat, which do not.
    client.on("event", (event) => this.#seating && this.#earlier.add(event));
    client.on("event", (event) => (event.name === "history" || !client.stage.delayed.size) && this.#tell(event));
    client.on("error", (error) => client.state === "joined" && this.#chat.note(sentenceFor(error)));
    client.on("connection", (change) => this.#showConnection(change));
    client.on("silence", () => this.#showPing());
  }

  hide() {
    this.#screen.hidden = true;
    this.#painter.stop();
    this.#play.stop();
  }

  get #playing() {
    return !this.#screen.hidden && this.#client?.state === "joined";
  }

  #begin() {
    const { schema, room, game, watching } = this.#client;
    this.#screen.hidden = false;
    this.#screen.classList.toggle("without-picture", !hasPicture(schema));
    byId("title").textContent = game;
    byId("room-code").textContent = room;
    this.#painter.start(this.#client);
    this.#play.start(this.#client);
    this.#scores.refresh(this.#client);
    const nothing = { inputs: {}, controls: { keys: {} } };
    const { inputs, controls } = watching ? nothing : schema;
    const send = (input) => this.#client.send(input);
    this.#screen.classList.toggle("steerable", DIRECTIONS.some((name) => controls.keys[name]));
    if (controls.hold) buildHoldControls(byId("touch"), controls.hold, this.#play);
    else buildTouchControls(byId("touch"), controls.keys, send);
    this.#screen.classList.toggle("talking", isTalk(schema));
    this.#chat.begin(this.#client, isTalk(schema));
    this.#chat.hint(controls.text);
    byId("board").classList.toggle("clickable", Boolean(controls.click));
    byId("board").tabIndex = steersByCursor(controls) ? 0 : -1;
    buildCommands(byId("commands"), { inputs, controls }, send);
  }

  #paint(state) {
    this.#painter.follow(state, this.#client.tables);
    this.#scores.refresh(this.#client);
    this.#chat.showPlace();
  }

  #rename({ name, before }) {
    this.#chat.note(`${before} is called ${name} now`);
    this.#scores.refresh(this.#client);
  }

  #come({ player, name, bot }) {
    if (player === this.#client.player) this.#seating = true;
    if (player !== this.#client.player && !bot) this.#chat.note(`${name} joined`);
    this.#scores.refresh(this.#client);
  }

  #go({ player, name }) {
    if (!this.#client.players.get(player)?.bot) this.#chat.note(`${name} left`);
    this.#scores.refresh(this.#client);
  }

  // What an event means, only the game knows. It is told if it has words, or happens to somebody; bots suffer in silence.
  #tell(event) {
    const { name, data } = event;
    if (name === "history") return this.#chat.expect(data);
    const player = this.#client.players.get(data.player);
    const own = player !== undefined && data.player === this.#client.player;
    const told = typeof data.text === "string" ? data.text : player ? newsOf(name, own ? "" : player.name) : "";
    if (told && (own || (!player?.bot && !(player && this.#earlier.has(event))))) this.#chat.note(told);
    if (own) this.#flash(told);
  }

  // What happens to oneself is said where one looks; the chat may be closed.
  #flash(text) {
    const place = byId("flash");
    place.textContent = text;
    place.hidden = false;
    clearTimeout(this.#flashing);
    this.#flashing = setTimeout(() => (place.hidden = true), FLASH_TIME * 1000);
  }

  #listenToControls() {
    const shortcuts = { Enter: () => this.#chat.enter(), "/": () => this.#chat.enter(), "?": () => this.#help(), F3: () => this.#play.toggleGraph() };
    byId("ping").addEventListener("click", () => this.#play.toggleGraph());
    const keys = () => (this.#client.watching ? {} : this.#client.schema.controls.keys);
    const typing = () => Boolean(this.#client.schema.controls.text) && !this.#client.watching;
    const [point, write] = [(key) => this.#point(key), () => this.#chat.enter()];
    const send = (input) => this.#client.send(input);
    const hold = () => (this.#client.watching ? undefined : this.#client.schema.controls.hold);
    listenToKeyboard({ keys, send, hold, hands: this.#play, shortcuts, point, typing, write, active: () => this.#playing });
    byId("board").addEventListener("click", (event) => this.#playing && this.#click(this.#painter.point(event)));
    // After the click that the board takes: on a phone the board moves when the chat closes.
    byId("stage").addEventListener("click", () => this.#chat.leave());
    listenToSwipes(byId("stage"), (direction) => {
      this.#chat.leave();
      const input = keys()[direction];
      if (this.#playing && input) this.#client.send(input);
    });
  }

  #click(point) {
    const { schema, watching } = this.#client;
    const input = watching ? undefined : clickInput(schema.controls, schema.inputs, point);
    if (input) this.#client.send(input);
  }

  // The cursor's keys: they point and click for those who have no pointer.
  #point(key) {
    if (this.#client.watching || !steersByCursor(this.#client.schema.controls)) return false;
    const meant = this.#painter.press(key);
    if (Array.isArray(meant)) this.#click(meant);
    byId("under-cursor").textContent = this.#painter.underCursor;
    return meant !== false;
  }

  #showConnection(change) {
    this.#notice.show(change);
    this.#showPing();
  }

  #showPing() {
    const display = byId("ping");
    const { state, text } = pingShown(this.#client ?? {});
    display.dataset.state = state;
    display.textContent = text;
  }

  async #share() {
    const word = byId("share-word");
    word.textContent = (await copyText(location.href)) ? "link copied" : location.href;
    setTimeout(() => (word.textContent = ""), SHARE_TIME * 1000);
  }

  #help() {
    const { schema, game, room, watching } = this.#client;
    byId("help-game").textContent = watching ? `You are watching ${game} in room ${room}.` : `${game}, room ${room}. Share the link to play together.`;
    const touch = matchMedia("(pointer: coarse)").matches;
    const keys = !touch || matchMedia("(any-pointer: fine)").matches; // a tablet with a mouse mostly has a keyboard, too
    const ofGame = watching ? [] : [...(touch ? touchHelp(schema.controls) : []), ...(keys ? [...keyHelp(schema.controls.keys), ...otherHelp(schema.controls)] : [])];
    byId("help-keys").replaceChildren(...[...ofGame, ...(touch ? TOUCH_HELP : []), ...(keys ? KEY_HELP : [])].flatMap(helpRow));
    byId("help").showModal();
    byId("help-body").scrollTop = 0;
    this.#showMore();
  }

  // Phones show no scroll bars, so it is said that the help goes on.
  #showMore() {
    const { scrollTop, scrollHeight, clientHeight } = byId("help-body");
    byId("help-more").style.visibility = scrollHeight - scrollTop - clientHeight < 4 ? "hidden" : "";
  }
}

function helpRow({ label, keys }) {
  const term = document.createElement("dt");
  term.append(...keys.map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
  const meaning = document.createElement("dd");
  meaning.textContent = label;
  return [term, meaning];
}
