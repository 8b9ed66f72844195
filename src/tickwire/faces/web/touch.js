// Thumbs: a swipe on the stage steers at once; a pad and buttons stand below it.

import { DIRECTIONS, directionOf, holdControls, Swipe, touchControls, wordsOf } from "./controls.js";

const SWIPE_REACH = 22; // CSS pixels: more than a resting thumb trembles, less than it travels in a tick
const PAD_DEAD_ZONE = 0.16; // of the pad's width, around its middle

/**
 * Let fingers steer by swipes on an element.
 * @param {HTMLElement} element
 * @param {(direction: string) => void} steer
 */
export function listenToSwipes(element, steer) {
  const fingers = new Map();
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") return;
    fingers.set(event.pointerId, new Swipe(event.clientX, event.clientY, SWIPE_REACH));
  });
  element.addEventListener("pointermove", (event) => {
    const direction = fingers.get(event.pointerId)?.moveTo(event.clientX, event.clientY);
    if (direction) steer(direction);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    element.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
}

/**
 * Build the pad and the buttons that a game's controls ask for.
 * @param {HTMLElement} place is filled anew
 * @param {Record<string, object>} keys
 * @param {(input: object) => void} send
 */
export function buildTouchControls(place, keys, send) {
  const { pad, buttons } = touchControls(keys);
  const parts = [];
  if (Object.keys(pad).length) parts.push(buildPad(pad, send));
  if (buttons.length) parts.push(buildButtons(buttons, send));
  place.replaceChildren(...parts);
  place.hidden = parts.length === 0;
}

/**
 * The same for keys that are held: a thumb on the pad holds one arm, or the two that it lies between.
 * @param {HTMLElement} place is filled anew
 * @param {Record<string, string>} hold
 * @param {{press: (key: string, field: string) => void, release: (key: string) => void}} hands
 */
export function buildHoldControls(place, hold, hands) {
  const { pad, buttons } = holdControls(hold);
  const surface = document.createElement("div");
  surface.className = "pad";
  surface.setAttribute("role", "group");
  surface.setAttribute("aria-label", "steer");
  const arms = new Map(Object.entries(pad).map(([name, field]) => [name, holdButton(`arm ${name}`, "", name, field, hands)]));
  surface.append(...arms.values());
  const held = new Set();
  const follow = (directions) => {
    for (const name of arms.keys()) {
      if (directions.includes(name) === held.has(name)) continue;
      if (held.delete(name)) hands.release(`pad ${name}`);
      else hands.press(`pad ${name}`, (held.add(name), pad[name]));
      arms.get(name).classList.toggle("held", held.has(name));
    }
  };
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    follow(padDirections(surface, event));
  });
  surface.addEventListener("pointermove", (event) => {
    if (surface.hasPointerCapture(event.pointerId)) follow(padDirections(surface, event));
  });
  for (const end of ["pointerup", "pointercancel"]) surface.addEventListener(end, () => follow([]));
  const group = document.createElement("div");
  group.className = "actions";
  group.append(...buttons.map((field) => holdButton("", wordsOf(field), field, field, hands)));
  place.replaceChildren(...(arms.size ? [surface] : []), ...(buttons.length ? [group] : []));
  place.hidden = false;
}

// A button that counts while it is pressed. On the pad, pointers are the surface's.
function holdButton(className, text, name, field, hands) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className, textContent: text });
  button.setAttribute("aria-label", wordsOf(field));
  const release = () => (hands.release(`button ${name}`), button.classList.remove("held"));
  if (text) {
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      button.classList.add("held");
      hands.press(`button ${name}`, field);
    });
    for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, release);
  }
  button.addEventListener("keydown", ({ key, repeat }) => (key === "Enter" || key === " ") && !repeat && hands.press(`button ${name}`, field));
  button.addEventListener("keyup", release);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  return button;
}

function padDirections(surface, { clientX, clientY }) {
  const { left, top, width, height } = surface.getBoundingClientRect();
  const [x, y] = [(clientX - left) / width - 0.5, (clientY - top) / height - 0.5];
  const across = Math.abs(x) < PAD_DEAD_ZONE ? [] : [x < 0 ? "left" : "right"];
  return Math.abs(y) < PAD_DEAD_ZONE ? across : [...across, y < 0 ? "up" : "down"];
}

// One surface for the thumb, so that it can slide from arm to arm; the arms are buttons for those who need buttons.
function buildPad(pad, send) {
  const surface = document.createElement("div");
  surface.className = "pad";
  surface.setAttribute("role", "group");
  surface.setAttribute("aria-label", "steer");
  const arms = new Map(DIRECTIONS.filter((name) => pad[name]).map((name) => [name, buildArm(name, pad[name], send)]));
  surface.append(...arms.values());
  let held = null;
  const hold = (direction) => {
    if (direction === held) return;
    arms.get(held)?.classList.remove("held");
    held = direction;
    arms.get(held)?.classList.add("held");
    if (pad[held]) send(pad[held]);
  };
  const follow = (event) => hold(padDirection(surface, event) ?? held);
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    follow(event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (surface.hasPointerCapture(event.pointerId)) follow(event);
  });
  for (const end of ["pointerup", "pointercancel"]) surface.addEventListener(end, () => hold(null));
  return surface;
}

function buildArm(direction, input, send) {
  const arm = document.createElement("button");
  arm.type = "button";
  arm.className = `arm ${direction}`;
  arm.setAttribute("aria-label", direction);
  arm.addEventListener("click", (event) => {
    if (event.detail === 0) send(input); // by keyboard or a screen reader: pointers are the surface's
  });
  return arm;
}

function padDirection(surface, { clientX, clientY }) {
  const { left, top, width, height } = surface.getBoundingClientRect();
  return directionOf(clientX - left - width / 2, clientY - top - height / 2, width * PAD_DEAD_ZONE);
}

function buildButtons(buttons, send) {
  const group = document.createElement("div");
  group.className = "actions";
  for (const { label, input } of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("pointerdown", () => send(input)); // not on click: that comes when the thumb lifts
    button.addEventListener("click", (event) => event.detail === 0 && send(input));
    group.append(button);
  }
  return group;
}
