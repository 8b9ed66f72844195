"""Views: who sees which rows of a table. Declared in one line on the Entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Everyone:
    """All rows, to everyone in the room."""

    def describe(self) -> dict[str, Any]:
        """The view as the schema has it."""
        return {"kind": "everyone"}


View = Everyone
