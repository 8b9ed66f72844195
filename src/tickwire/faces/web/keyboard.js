// Keys steer the game, and a few of them the page; a game that wants one of those has it.

import { fieldOf, inputOf } from "./controls.js";

/**
 * Listen to the keyboard.
 * @param {object} to
 * @param {() => Record<string, object>} to.keys the game's, now
 * @param {(input: object) => void} to.send
 * @param {() => Record<string, string> | undefined} to.hold the fields that keys hold, now
 * @param {{press: (code: string, field: string) => void, release: (code: string) => void}} to.hands
 * @param {Record<string, () => void>} to.shortcuts what the page does, by KeyboardEvent.key
 * @param {(key: string) => boolean} to.point whether the key is the cursor's
 * @param {() => boolean} to.typing whether what one types is meant for the game, as a move is
 * @param {() => void} to.write where it goes
 * @param {() => boolean} to.active whether the game has the screen
 */
export function listenToKeyboard({ keys, send, hold, hands, shortcuts, point, typing, write, active }) {
  document.addEventListener("keydown", (event) => {
    if (!active() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const field = fieldOf(hold(), event.key);
    if (field && !presses(event)) {
      event.preventDefault();
      if (!event.repeat) hands.press(event.code, field);
      return;
    }
    const input = inputOf(keys(), event.key);
    if (!presses(event) && point(event.key)) return event.preventDefault();
    const shortcut = shortcuts[event.key];
    if (!input && !shortcut && event.key.length === 1 && event.key !== " " && typing()) return write(); // the browser types it there
    if ((!input && !shortcut) || presses(event)) return;
    event.preventDefault(); // arrows and space would scroll
    if (event.repeat) return;
    if (input) send(input);
    else shortcut();
  });
  document.addEventListener("keyup", (event) => hands.release(event.code));
}

function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
}

// Somebody who went to a button by keyboard means the button.
function presses({ key, target }) {
  return (key === "Enter" || key === " ") && target instanceof Element && target.closest("button:focus-visible, a:focus-visible") !== null;
}
