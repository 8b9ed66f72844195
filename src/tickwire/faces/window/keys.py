"""What keys and clicks ask for: the game's controls first, then the face's own keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pygame

from tickwire.faces.keys import all_keys, pressed, typed_hint
from tickwire.faces.keys import click_input as click_input
from tickwire.ids.characters import typeable

_NAMES = {
    pygame.K_UP: "up",
    pygame.K_DOWN: "down",
    pygame.K_LEFT: "left",
    pygame.K_RIGHT: "right",
    pygame.K_SPACE: "space",
    pygame.K_RETURN: "enter",
    pygame.K_KP_ENTER: "enter",
    pygame.K_TAB: "tab",
    pygame.K_ESCAPE: "escape",
    pygame.K_BACKSPACE: "backspace",
    pygame.K_DELETE: "delete",
    pygame.K_HOME: "home",
    pygame.K_END: "end",
    pygame.K_PAGEUP: "pageup",
    pygame.K_PAGEDOWN: "pagedown",
    pygame.K_F1: "f1",
    pygame.K_F3: "f3",
}

# The keys that type `?` with Shift: US and British, German, Spanish and Italian, Nordic, French and Czech, Turkish.
# None of them is a letter or a digit, so a game that uses one has text input on, and its keys are known exactly.
_QUESTION_KEYS = frozenset("/ß'+,*")


def key_name(event: pygame.Event) -> str:
    """The name of a pressed key: as `controls` has it, or the character that it types, or nothing."""
    if event.key in _NAMES:
        return _NAMES[event.key]
    typed: str = getattr(event, "unicode", "")
    # Without text input SDL knows the key, but not what it types: it tells the key without Shift, or nothing.
    plain = chr(event.key) if 32 < event.key < 0x250 else ""
    if event.mod & pygame.KMOD_SHIFT and plain in _QUESTION_KEYS and typed in ("", plain):
        return "?"
    if typeable(typed):
        return typed
    return plain if plain.isascii() else ""


def input_of(key: str, controls: Mapping[str, Any]) -> dict[str, Any] | None:
    """The input that a key sends, or None."""
    return pressed(key, key if len(key) == 1 else None, controls)


def needs_text(controls: Mapping[str, Any]) -> bool:
    """Whether a game listens for characters that only the keyboard's layout knows, such as `+`, or for words.

    >>> needs_text({"keys": {"up": {}, "w": {}}}), needs_text({"keys": {"+": {}}})
    (False, True)
    """
    return typed_hint(controls) != "" or any(
        len(k) == 1 and not (k.isascii() and k.isalnum()) for k in all_keys(controls)
    )


def own_keys(controls: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The face's own keys, and what they do. A key that the game uses is the game's; then another is named.

    >>> own_keys({})[0], own_keys({"keys": {"enter": {"type": "fire"}}})[0]
    (('Enter', 'chat'), ('/', 'chat'))
    """
    taken = all_keys(controls)
    return [
        ("/" if "enter" in taken else "Enter", "chat"),
        ("F1" if "?" in taken else "? or F1", "this help"),
        ("Esc", "leave, or choose another game"),
        ("F3", "how the connection is"),
        ("Ctrl + / -", "larger, smaller"),
        ("Ctrl Q", "quit"),
    ]
