// Keys steer the game, and a few of them the page; a game that wants one of those has it.

import { inputOf } from "./controls.js";

/**
 * Listen to the keyboard.
 * @param {object} to
 * @param {() => Record<string, object>} to.keys the game's, now
 * @param {(input: object) => void} to.send
 * @param {Record<string, () => void>} to.shortcuts what the page does, by KeyboardEvent.key
 * @param {() => boolean} to.active whether the game has the screen
 */
export function listenToKeyboard({ keys, send, shortcuts, active }) {
  document.addEventListener("keydown", (event) => {
    if (!active() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const input = inputOf(keys(), event.key);
    const shortcut = shortcuts[event.key];
    if ((!input && !shortcut) || presses(event)) return;
    event.preventDefault(); // arrows and space would scroll
    if (event.repeat) return;
    if (input) send(input);
    else shortcut();
  });
}

function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
}

// Somebody who went to a button by keyboard means the button.
function presses({ key, target }) {
  return (key === "Enter" || key === " ") && target instanceof Element && target.closest("button:focus-visible, a:focus-visible") !== null;
}
