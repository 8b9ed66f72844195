"""The keys that are held, as fields of the controls' input, and when they have to be told. Pure."""

from __future__ import annotations

from typing import Any

from tickwire.replication.schema import Schema

REPEAT = 10  # ticks after which held keys are told again; a game may let go of what it hears nothing of


class Held:
    """The keys that are held, as fields of the controls' input."""

    def __init__(self, schema: Schema) -> None:
        hold = schema.controls.get("hold")
        kind = schema.controls.get("input")
        described = schema.inputs.get(kind) if isinstance(kind, str) else None
        self.used = isinstance(hold, dict) and isinstance(described, dict)
        self.fields: set[str] = set()
        self._tapped: set[str] = set()  # pressed since the last tick: a tap between two ticks counts for one
        self._rest = {"type": kind, **{n: _neutral(d) for n, d in (described or {}).items()}}
        self._names = set(hold.values()) if isinstance(hold, dict) else set()
        self._sent: set[str] = set()
        self._told_at = 0
        self._again = False

    def press(self, name: str) -> None:
        """A key went down."""
        if name in self._names:
            self.fields.add(name)
            self._tapped.add(name)

    def release(self, name: str) -> None:
        """It went up."""
        self.fields.discard(name)

    def keep(self, name: str) -> None:
        """It counts for the tick that is not over, though it went up."""
        self._tapped.add(name)

    @property
    def changed(self) -> bool:
        """Whether there is more to say than when it was last told."""
        return self.fields | self._tapped != self._sent

    def due(self, tick: int) -> bool:
        """Whether what is held has to be told again."""
        return self._again or (bool(self._sent) and tick - self._told_at >= REPEAT)

    def tell_again(self) -> None:
        """What is held has to be told with the next tick, whatever was told before."""
        self._again = True

    def told(self, tick: int) -> None:
        """It was sent for a tick."""
        self._told_at = tick
        self._again = False

    def peek(self) -> dict[str, Any]:
        """The input, as it is so far."""
        return {**self._rest, **dict.fromkeys(self.fields | self._tapped, True)}

    def take(self) -> dict[str, Any]:
        """The input of a tick; what was only tapped is told once."""
        input, self._sent = self.peek(), self.fields | self._tapped
        self._tapped.clear()
        return input


def _neutral(described: Any) -> Any:
    """The value of a field that no key stands for."""
    known = described if isinstance(described, dict) else {}
    if known.get("enum"):
        return known["enum"][0]
    least = max(0, known.get("minimum", 0))
    return {"boolean": False, "integer": least, "number": least, "string": ""}.get(str(known.get("type")), False)
