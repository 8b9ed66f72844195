"""Keys by the names that `controls` uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMED = frozenset({"up", "down", "left", "right", "space", "enter", "tab"})
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


def face_keys(controls: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The face's own keys, and what they do. A key that the game uses is the game's; then another is named.

    >>> face_keys({}), face_keys({"keys": {"q": {"type": "fire"}}})[-1]
    ([('Enter', 'chat'), ('?', 'help'), ('q', 'quit')], ('Ctrl+Q', 'quit'))
    """
    keys = controls.get("keys")
    taken = keys if isinstance(keys, dict) else {}
    return [
        ("/" if "enter" in taken else "Enter", "chat"),
        ("F1" if "?" in taken else "?", "help"),
        ("Ctrl+Q" if "q" in taken else "q", "quit"),
    ]


def key_table(controls: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What there is to be pressed, for people: the keys of one input together, and what it does.

    >>> key_table({"keys": {"up": {"type": "turn", "heading": "up"}, "w": {"type": "turn", "heading": "up"}}})
    [('↑ w', 'turn up')]
    """
    keys = controls.get("keys")
    table: dict[str, list[str]] = {}
    for name, input in keys.items() if isinstance(keys, dict) else ():
        if isinstance(input, dict):
            table.setdefault(_in_words(input), []).append(_SHOWN.get(name, str(name)))
    return [(" ".join(names), words) for words, names in table.items()]


def _in_words(input: Mapping[str, Any]) -> str:
    """`turn up` for a turn whose heading is up; a number needs its field's name: `steer heading 64`."""
    words = [str(input.get("type", ""))]
    for name, value in input.items():
        if name == "type":
            continue
        if isinstance(value, bool):
            words += [name] if value else []
        else:
            words += [value] if isinstance(value, str) else [name, str(value)]
    return " ".join(words)
