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
    """How a game is steered.

    A key is `up`, `down`, `left`, `right`, `space`, `enter`, `tab` or the character it types; several keys for one
    input stand in one text, with spaces between. Phones show the arrows as a pad and the rest as buttons.

    Args:
        keys: for each key the input that pressing it sends.
        hold: for each key the field of `input`, a bool, that is true while it is held. All of them are sent whenever
            one changes, with the tick that they are meant for; it is what `predict` needs.
        input: the input of `hold`.
        click: an input with fields `x` and `y`: what a click or a tap on the board sends, in units of the board. Where
            a field is a whole number, it is that of the cell that was clicked.
        text: what may be typed where one chats, as a hint to the player: "a move such as e2e4". What is typed comes
            to the game's `hear`.

    >>> from tickwire import Controls, Input, u8
    >>> class Jump(Input):
    ...     high: bool = False
    >>> Controls(keys={"space up": Jump()}).describe()
    {'keys': {'space': {'type': 'jump', 'high': False}, 'up': {'type': 'jump', 'high': False}}}
    >>> class Keys(Input):
    ...     thrust: bool = False
    >>> Controls(hold={"up w": "thrust"}, input=Keys).describe()
    {'keys': {}, 'hold': {'up': 'thrust', 'w': 'thrust'}, 'input': 'keys'}
    >>> class Pick(Input):
    ...     x: u8
    ...     y: u8
    >>> Controls(click=Pick, text="a move such as e2e4").describe()
    {'keys': {}, 'click': {'type': 'pick'}, 'text': 'a move such as e2e4'}
    """

    keys: Mapping[str, Input] = field(default_factory=dict)
    hold: Mapping[str, str] = field(default_factory=dict)
    input: type[Input] | None = None
    click: type[Input] | None = None
    text: str = ""

    def describe(self) -> dict[str, Any]:
        """The controls as the schema has them."""
        pressed = {key: input for names, input in self.keys.items() for key in names.split()}
        described: dict[str, Any] = {"keys": {key: msgspec.to_builtins(input) for key, input in pressed.items()}}
        if self.input is not None:
            described["hold"] = {key: name for names, name in self.hold.items() for key in names.split()}
            described["input"] = _tag(self.input)
        if self.click is not None:
            described["click"] = {"type": _tag(self.click)}
        if self.text:
            described["text"] = self.text
        return described


def _tag(input: type[Input]) -> str:
    """What an input is called on the wire."""
    tag = input.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
