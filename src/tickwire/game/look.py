"""Looks and controls: how a game is shown and steered, as data.

They travel to the clients with the schema, so that every face can show and steer every game.
"""

from __future__ import annotations

import difflib
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
    def dot(*, x: Number, y: Number, color: Number = 0, radius: Number = 1, **more: Number) -> Look:
        """A disc; `radius` in units of the board."""
        return Look("dot", {"x": x, "y": y, "color": color, "radius": radius, **more})

    @staticmethod
    def arrow(*, x: Number, y: Number, angle: Number, color: Number = 0, size: Number = 2, **more: Number) -> Look:
        """A ship: `angle` in degrees, 0 to the right, growing clockwise; `size` in units of the board."""
        return Look("arrow", {"x": x, "y": y, "angle": angle, "color": color, "size": size, **more})

    @staticmethod
    def box(*, x: Number, y: Number, width: Number = 1, height: Number = 1, color: Number = 0, **more: Number) -> Look:
        """A rectangle from its top left corner."""
        return Look("box", {"x": x, "y": y, "width": width, "height": height, "color": color, **more})

    @staticmethod
    def text(*, x: Number, y: Number, text: str, color: Number = 0, **more: Number) -> Look:
        """Words on one line, with (`x`, `y`) as their middle; `text` names the field that holds them."""
        return Look("text", {"x": x, "y": y, "text": text, "color": color, **more})

    @staticmethod
    def square(
        *, x: Number, y: Number, shade: Number = 0, column: Number = "", row: Number = "", **more: Number
    ) -> Look:
        """A field of a board on which pieces stand, without a gap to the next.

        Args:
            x: of whole numbers, as a cell's.
            y: the same.
            shade: 0 is light, 1 is dark.
            column: the field with a text that names its column; shown at the rim, below the board.
            row: the field that names its row; shown at the rim, to the left.
            more: further values, for faces that know them.
        """
        names = {key: name for key, name in (("column", column), ("row", row)) if name != ""}
        return Look("square", {"x": x, "y": y, "shade": shade, **names, **more})

    @staticmethod
    def mark(*, x: Number, y: Number, mark: Number, **more: Number) -> Look:
        """Something to be seen on a field, beneath the pieces.

        `mark` is 1 where a piece went last (from and to), 2 for a piece that was chosen, 3 for where it may go, 4 for
        what it may take, 5 for danger; 0 is nothing.
        """
        return Look("mark", {"x": x, "y": y, "mark": mark, **more})

    @staticmethod
    def piece(*, x: Number, y: Number, glyph: str, side: Number = 0, **more: Number) -> Look:
        """A piece on a field; where it moves it slides.

        Args:
            x: of whole numbers, as a cell's.
            y: the same.
            glyph: the field that holds its sign: one character, and a filled one, as ♞ or ●.
            side: 0 for the light pieces, 1 for the dark ones.
            more: further values, for faces that know them.

        >>> from tickwire import Look
        >>> Look.piece(x="x", y="y", glyph="sign", side="black").describe()
        {'kind': 'piece', 'x': 'x', 'y': 'y', 'glyph': 'sign', 'side': 'black'}
        """
        return Look("piece", {"x": x, "y": y, "glyph": glyph, "side": side, **more})

    @staticmethod
    def score(*, player: str, value: str, turn: Number = 0, side: Number = -1) -> Look:
        """A line of the scoreboard: whose, and how many points.

        Args:
            player: the field with the player's number.
            value: the field with the points; it may hold a text, such as a clock's.
            turn: not 0 while it is this player's turn.
            side: 0 if the player has the light pieces, 1 for the dark ones, -1 for neither.
        """
        more = {key: value for key, value, usual in (("turn", turn, 0), ("side", side, -1)) if value != usual}
        return Look("score", {"player": player, "value": value, **more})

    @staticmethod
    def caption(*, text: str) -> Look:
        """A line of words beside the board: how the game stands. `text` names the field that holds it."""
        return Look("caption", {"text": text})

    @staticmethod
    def seat(*, player: str, turned: Number = 1) -> Look:
        """From where a player sees the board: `turned` is not 0 for who sits across, and sees it turned by 180°."""
        return Look("seat", {"player": player, "turned": turned})

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


NAMED_KEYS = frozenset({"up", "down", "left", "right", "space", "enter", "tab"})

# How others call these keys, in small letters and without what stands before or behind.
_OTHER_NAMES = {"return": "enter", "spacebar": "space", "space_bar": "space", "blank": "space", "cr": "enter"}
_TAKEN = ("esc", "escape")


def key_fault(key: str) -> str | None:
    """What is wrong with the name of a key, as the end of a sentence; None if there is such a key.

    >>> key_fault("up"), key_fault("w"), key_fault("ArrowUp")
    (None, None, 'which no face knows; did you mean up?')
    """
    if key in NAMED_KEYS or (len(key) == 1 and key.isprintable()):
        return None
    small = key.lower()
    plain = small.removeprefix("k_").removeprefix("key").removeprefix("_").removeprefix("arrow").strip("_-")
    plain = plain.removesuffix("arrow").removesuffix("key").strip("_-")
    plain = _OTHER_NAMES.get(plain, plain)
    if plain in _TAKEN:
        return "which leads out of every game; choose another"
    if len(plain) == 1 and small != plain:  # K_w, KeyW, Key_w
        return f"which no face knows; did you mean {plain}?"
    meant = [plain] if plain in NAMED_KEYS else difflib.get_close_matches(plain, sorted(NAMED_KEYS), 1, 0.7)
    if meant:
        return f"which no face knows; did you mean {meant[0]}?"
    return f"which no face knows; a key is {', '.join(sorted(NAMED_KEYS))} or the one character that it types"


def _tag(input: type[Input]) -> str:
    """What an input is called on the wire."""
    tag = input.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
