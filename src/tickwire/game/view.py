"""Views: who sees which rows of a table. Declared in one line on the Entity.

What a player may not see is not sent. Rows are sent by groups: a view says which group a row is in, and which groups
a player sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Everyone:
    """All rows, to everyone in the room. What an Entity has that says nothing.

    >>> from tickwire import Entity, Everyone, u16
    >>> class Coin(Entity):
    ...     x: u16
    >>> Coin.view == Everyone()
    True
    """

    def describe(self) -> dict[str, Any]:
        """The view as the schema has it."""
        return {"kind": "everyone"}


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows by position: each player sees a window of the board around `Game.focus(player)`.

    The board is cut into square cells; a row is encoded once for its cell, however many players see that cell.
    Players get all cells that their window touches, so up to a cell more than the window on each side.

    Args:
        cell: the side of a cell, in units of the board. Small cells send less that is not seen, large ones cost less
            to put together; a third of the window is a good start.
        window: width and height of what a player sees, in units of the board.
        x, y: the fields that hold a row's position.

    >>> from tickwire import Entity, Grid, u16
    >>> class Cell(Entity):
    ...     x: u16
    ...     y: u16
    ...     view = Grid(cell=20, window=(60, 40))
    """

    cell: float
    window: tuple[float, float]
    x: str = "x"
    y: str = "y"

    def describe(self) -> dict[str, Any]:
        """The view as the schema has it."""
        return {"kind": "grid", "cell": self.cell, "window": list(self.window), "x": self.x, "y": self.y}


@dataclass(frozen=True, slots=True)
class Owner:
    """Rows for one player's eyes, such as a hand of cards.

    Args:
        field: the field that holds the player's number.

    >>> from tickwire import Entity, Owner, u8, u16
    >>> class Card(Entity):
    ...     player: u16
    ...     rank: u8
    ...     view = Owner("player")
    """

    field: str

    def describe(self) -> dict[str, Any]:
        """The view as the schema has it."""
        return {"kind": "owner", "field": self.field}


View = Everyone | Grid | Owner
