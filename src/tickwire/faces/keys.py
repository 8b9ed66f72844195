"""Keys by the names that `controls` uses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tickwire.faces.clean import clean

_NAMED = frozenset({"up", "down", "left", "right", "space", "enter", "tab"})
_LONGEST_HINT = 100  # characters
_SHOWN = {"up": "↑", "down": "↓", "left": "←", "right": "→"}


def pressed(key: str, character: str | None, controls: Mapping[str, Any]) -> dict[str, Any] | None:
    """The input that a key sends, or None. A capital letter that means nothing of its own counts as its small one.

    >>> controls = {"keys": {"up": {"type": "jump"}, "w": {"type": "jump"}}}
    >>> pressed("up", None, controls), pressed("W", "W", controls), pressed("x", "x", controls)
    ({'type': 'jump'}, {'type': 'jump'}, None)

    Args:
        key: as Textual names it.
        character: what it types, if anything.
        controls: the schema's.
    """
    keys = controls.get("keys")
    if not isinstance(keys, dict):
        return None
    names = [key] if key in _NAMED else [character, character.lower()] if character else []
    return next((keys[n] for n in names if isinstance(keys.get(n), dict)), None)


def held_field(key: str, character: str | None, controls: Mapping[str, Any]) -> str | None:
    """The field that is true while a key is held, or None; as `pressed`.

    >>> held_field("W", "W", {"hold": {"up": "thrust", "w": "thrust"}, "input": "keys"})
    'thrust'
    """
    hold = controls.get("hold")
    if not isinstance(hold, dict):
        return None
    names = [key] if key in _NAMED else [character, character.lower()] if character else []
    return next((hold[n] for n in names if isinstance(hold.get(n), str)), None)


def all_keys(controls: Mapping[str, Any]) -> set[str]:
    """The keys that the game uses, pressed or held.

    >>> sorted(all_keys({"keys": {"q": {}}, "hold": {"w": "thrust"}}))
    ['q', 'w']
    """
    return {key for name in ("keys", "hold") if isinstance(keys := controls.get(name), dict) for key in keys}


def click_input(controls: Mapping[str, Any], inputs: Mapping[str, Any], x: float, y: float) -> dict[str, Any] | None:
    """The input that a click at a point of the board sends, or None.

    >>> click_input({"click": {"type": "go"}}, {"go": {"x": {"type": "integer"}, "y": {"type": "number"}}}, 3.7, 2.5)
    {'type': 'go', 'x': 3, 'y': 2.5}
    """
    click = controls.get("click")
    if not isinstance(click, dict):
        return None
    fields = inputs.get(str(click.get("type")))
    described = fields if isinstance(fields, dict) else {}
    return {**click, "x": _coordinate(x, described.get("x")), "y": _coordinate(y, described.get("y"))}


def _coordinate(value: float, described: object) -> float:
    """Whole, but for a field that takes fractions: then as it is."""
    if isinstance(described, dict) and described.get("type") == "number":
        return value
    return math.floor(value)


def typed_hint(controls: Mapping[str, Any]) -> str:
    """What the game says may be typed, or nothing.

    >>> typed_hint({"text": "a move"}), typed_hint({})
    ('a move', '')
    """
    text = controls.get("text")
    return clean(text)[:_LONGEST_HINT] if isinstance(text, str) else ""


def steers_by_cursor(controls: Mapping[str, Any]) -> bool:
    """Whether the arrows move a cursor, with which one points as with a mouse: where clicks count and no keys do."""
    return isinstance(controls.get("click"), dict) and not controls.get("keys") and not controls.get("hold")


def face_keys(controls: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The face's own keys, and what they do. A key that the game uses is the game's; then another is named.

    >>> face_keys({}), face_keys({"keys": {"q": {"type": "fire"}}})[-1]
    ([('Enter', 'chat'), ('?', 'help'), ('Esc', 'leave'), ('q', 'quit')], ('Ctrl+Q', 'quit'))
    """
    taken = all_keys(controls)
    return [
        ("/" if "enter" in taken else "Enter", "chat"),
        ("F1" if "?" in taken else "?", "help"),
        ("Esc", "leave"),
        ("Ctrl+Q" if "q" in taken else "q", "quit"),
    ]


def key_table(controls: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What there is to be pressed, for people: the keys of one input together, and what it does.

    >>> key_table({"keys": {"up": {"type": "turn", "heading": "up"}, "w": {"type": "turn", "heading": "up"}}})
    [('↑ w', 'turn up')]
    >>> key_table({"hold": {"left": "turn_left", "a": "turn_left"}})
    [('← a', 'turn left')]
    """
    keys, hold = controls.get("keys"), controls.get("hold")
    inputs = {key: input for key, input in keys.items() if isinstance(input, dict)} if isinstance(keys, dict) else {}
    table: dict[str, list[str]] = {}
    for name, field in hold.items() if isinstance(hold, dict) else ():
        table.setdefault(str(field).replace("_", " "), []).append(_SHOWN.get(name, str(name)))
    for name, input in inputs.items():
        table.setdefault(in_words(input, inputs), []).append(_SHOWN.get(name, str(name)))
    rows = [(clean(" ".join(names)), clean(words)) for words, names in table.items()]
    if isinstance(controls.get("click"), dict):
        rows.append(("a click", "points at the board"))
    if steers_by_cursor(controls):
        rows.append(("↑ ↓ ← → Enter", "the same by keys"))
    if hint := typed_hint(controls):
        rows.append(("letters", hint))
    return rows


def in_words(input: Mapping[str, Any], keys: Mapping[str, Mapping[str, Any]]) -> str:
    """An input for people, as controls.js has it: its type and what it says; of mere numbers, where its arrow points.

    >>> keys = {"up": {"type": "go", "dx": 0, "dy": -1}, "space": {"type": "go", "dx": 0, "dy": 0}}
    >>> in_words(keys["up"], keys), in_words(keys["space"], keys)
    ('go up', 'stop')
    >>> in_words({"type": "turn", "heading": "up"}, {}), in_words({"type": "fire", "power": 9, "twice": True}, {})
    ('turn up', 'fire power 9 twice')

    Args:
        input: what is sent.
        keys: what each key sends.
    """
    kind = str(input.get("type", ""))
    said = {name: value for name, value in input.items() if name != "type" and value is not None and value is not False}
    if said and all(isinstance(value, int | float) and value is not True for value in said.values()):
        arrows = [name for name in _SHOWN if name in keys]
        if arrow := next((name for name in arrows if keys[name] == input), None):
            return f"{kind} {arrow}"
        if not any(said.values()) and any(keys[name].get("type") == kind for name in arrows):
            return "stop"
    words = [kind]
    for name, value in said.items():
        words += [name] if value is True else [value] if isinstance(value, str) else [name, str(value)]
    return " ".join(words)
