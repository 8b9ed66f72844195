"""Looks and controls: how a game is shown and steered, as data.

They travel to the clients with the schema, so that every face can show and steer every game.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tickwire.game.contract import Input

# Where a number may stand, so may the name of a field that holds it.
Number = str | float


@dataclass(frozen=True, slots=True)
class Look:
    """How one class of entities is painted. A text names a field, a number is a constant.

    `color` is a number: 0 is neutral (food), n is the colour of player n, -1 is scenery (walls, rocks). `player` names
    the field with the owner's player number, so that a face can mark what is one's own.

    >>> from tickwire import Look
    >>> Look.cell(x="x", y="y", color="owner").describe()
    {'kind': 'cell', 'x': 'x', 'y': 'y', 'color': 'owner'}
    """

    kind: str
    values: dict[str, Number] = field(default_factory=dict)

    @staticmethod
    def none() -> Look:
        """Not painted: clients have it, and a painter of the game's own may use it."""
        return Look("none")

    @staticmethod
    def cell(*, x: Number, y: Number, color: Number = 0, **more: Number) -> Look:
        """One cell of a board of whole numbers."""
        return Look("cell", {"x": x, "y": y, "color": color, **more})

    @staticmethod
    def dot(*, x: Number, y: Number, color: Number = 0, radius: float = 1, **more: Number) -> Look:
        """A disc; `radius` in units of the board."""
        return Look("dot", {"x": x, "y": y, "color": color, "radius": radius, **more})

    @staticmethod
    def arrow(*, x: Number, y: Number, angle: Number, color: Number = 0, size: float = 2, **more: Number) -> Look:
        """A ship: `angle` in degrees, 0 to the right, growing clockwise; `size` in units of the board."""
        return Look("arrow", {"x": x, "y": y, "angle": angle, "color": color, "size": size, **more})

    @staticmethod
    def box(*, x: Number, y: Number, width: Number = 1, height: Number = 1, color: Number = 0, **more: Number) -> Look:
        """A rectangle from its top left corner."""
        return Look("box", {"x": x, "y": y, "width": width, "height": height, "color": color, **more})

    @staticmethod
    def text(*, x: Number, y: Number, text: str, color: Number = 0, **more: Number) -> Look:
        """Words at a place; `text` names the field that holds them."""
        return Look("text", {"x": x, "y": y, "text": text, "color": color, **more})

    @staticmethod
    def score(*, player: str, value: str) -> Look:
        """A line of the scoreboard: whose, and how many points."""
        return Look("score", {"player": player, "value": value})

    def describe(self) -> dict[str, Any]:
        """The look as the schema has it."""
        return {"kind": self.kind, **self.values}


@dataclass(frozen=True, slots=True)
class Controls:
    """How a game is steered: for each key the input that pressing it sends.

    A key is `up`, `down`, `left`, `right`, `space`, `enter`, `tab` or the character it types; several keys for one
    input stand in one text, with spaces between. Phones show the arrows as a pad and the rest as buttons.

    >>> from tickwire import Controls, Input
    >>> class Jump(Input):
    ...     high: bool = False
    >>> Controls(keys={"space up": Jump()}).describe()
    {'keys': {'space': {'type': 'jump', 'high': False}, 'up': {'type': 'jump', 'high': False}}}
    """

    keys: Mapping[str, Input] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The controls as the schema has them."""
        pressed = {key: input for names, input in self.keys.items() for key in names.split()}
        return {"keys": {key: msgspec.to_builtins(input) for key, input in pressed.items()}}
