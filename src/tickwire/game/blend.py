"""How a value gets from one number to another: in a line, around a circle, or at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Blend = Literal["linear", "angle", "step"]


@dataclass(frozen=True, slots=True)
class Smooth:
    """How one field is shown between what is known of it.

    Args:
        blend: "linear" for places, "angle" for directions (the shorter way around), "step" for all that has nothing in
            between: a count, a colour, a flag.
        jump: a change of more than this, in the field's unit, is a teleport: it is shown at once, and so is the rest of
            its row. Infinity for fields that never teleport.
        turn: a full circle, in the unit of an angle.
    """

    blend: Blend = "linear"
    jump: float = math.inf
    turn: float = 360.0

    def difference(self, start: float, end: float) -> float:
        """How far it is from one value to another, with a sign; nothing for what does not blend.

        >>> Smooth("linear").difference(350, 10), Smooth("angle").difference(350, 10), Smooth("step").difference(1, 5)
        (-340, 20.0, 0.0)
        """
        if self.blend == "linear":
            return end - start
        if self.blend == "step":
            return 0.0
        half = self.turn / 2
        return (end - start + half) % self.turn - half

    def add(self, value: float, difference: float) -> float:
        """A value moved by a difference; the inverse of `difference`.

        >>> Smooth("angle").add(350, 20)
        10.0
        """
        if self.blend == "linear":
            return value + difference
        if self.blend == "step":
            return value
        moved = (value + difference) % self.turn
        return moved if moved < self.turn else 0.0  # a hair below 0 rounds up to the full circle

    def between(self, start: float, end: float, share: float) -> float:
        """The value at a share of the way: 0 gives the start, 1 the end; a step is made at the end.

        >>> Smooth("linear").between(0, 10, 0.25), Smooth("step").between(1, 5, 0.9)
        (2.5, 1)
        >>> Smooth("angle").between(350, 10, 0.25)
        355.0
        """
        if share >= 1:
            return end
        if share <= 0 or self.blend == "step":
            return start
        return self.add(start, self.difference(start, end) * share)

    def jumps(self, start: float, end: float) -> bool:
        """Whether the way between two values is a teleport."""
        return abs(self.difference(start, end)) > self.jump

    def describe(self, usual: Smooth) -> dict[str, Any]:
        """It as the schema has it: what is not as `usual`.

        >>> Smooth("angle", jump=90).describe(Smooth())
        {'blend': 'angle', 'jump': 90}
        """
        described: dict[str, Any] = {}
        if self.blend != usual.blend:
            described["blend"] = self.blend
        if self.jump != usual.jump:
            described["jump"] = self.jump
        return described

    @staticmethod
    def read(described: Mapping[str, Any], usual: Smooth) -> Smooth:
        """The inverse of `describe`.

        Raises:
            ValueError: there is no such jump.
        """
        blend, jump = described.get("blend", usual.blend), described.get("jump", usual.jump)
        if blend not in get_args(Blend):
            blend = usual.blend  # of a later server; docs/WIRE.md, section 9
        if not jump > 0:
            raise ValueError(f"a jump of {jump!r} is none")
        return Smooth(blend, jump, usual.turn)
