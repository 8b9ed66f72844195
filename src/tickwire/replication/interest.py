"""Who sees which groups of rows: the cells of a grid around a focus, or one owner's rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, hypot
from operator import attrgetter
from typing import Any, Protocol

from tickwire.accelerator import accelerated
from tickwire.game.view import Grid, Owner, View

Sight = int  # what a player sees of one table, in the interest's own terms; equal sights see the same groups
Focus = tuple[float, float]

_NUMBERED = 1 << 14  # cells whose numbers are kept: more are a world larger than any player will walk


class Interest(Protocol):
    """One table's rule of who sees what.

    Attributes:
        groups: for each sight the groups that it shows, ascending; it makes what it lacks.
    """

    groups: dict[Sight, tuple[int, ...]]

    def groups_of(self, rows: list[Any]) -> list[int]:
        """The group that each of some entities is in: 1 or more."""

    def sights(self, players: list[int], foci: list[Focus]) -> Sequence[Sight]:
        """What each of some players sees, who look at `foci`."""

    def distance(self, group: int, focus: Focus) -> float:
        """How far a group is from a focus, in cells: what is near is more urgent."""


@accelerated
def cell_at(place: float, cell: float, last: int) -> int:
    """Which of the cells 0 to `last` a place is in; what is off the board is in the nearest one."""
    return min(max(int(place // cell), 0), last)


@accelerated
def cells_of(
    rows: list[Any], x: str, y: str, cell: float, right: int, bottom: int, numbers: Sequence[int]
) -> list[int]:
    """The cells that rows are in, numbered line by line from 1.

    Args:
        rows: objects with a place.
        x, y: where they have it.
        cell: the side of a cell.
        right: the last column, from 0.
        bottom: the last line, from 0.
        numbers: 0, 1, 2 and so on, as far as it goes: those that cells are to have, so that equal ones are the same.
    """
    xs, ys = map(attrgetter(x), rows), map(attrgetter(y), rows)
    cells = [1 + cell_at(b, cell, bottom) * (right + 1) + cell_at(a, cell, right) for a, b in zip(xs, ys, strict=True)]
    return [numbers[n] if n < len(numbers) else n for n in cells]


@accelerated
def windows_at(
    foci: list[Focus], half_width: float, half_height: float, cell: float, right: int, bottom: int
) -> list[Sight]:
    """The cells that a window around each focus touches: first and last line, first and last column, in one number.

    Both ends of both, so that who is off the board sees the cells nearest to them, where their own rows are.
    """
    lines, columns = bottom + 1, right + 1
    return [
        (
            (cell_at(y - half_height, cell, bottom) * lines + cell_at(y + half_height, cell, bottom)) * columns
            + cell_at(x - half_width, cell, right)
        )
        * columns
        + cell_at(x + half_width, cell, right)
        for x, y in foci
    ]


class _Rectangles(dict[Sight, tuple[int, ...]]):
    """The groups of rectangles of cells, as `windows_at` numbers these. There are few, so each is made once."""

    def __init__(self, lines: int, columns: int, numbers: Sequence[int]) -> None:
        self._lines, self._columns = lines, columns
        self._numbers = numbers

    def __missing__(self, sight: Sight) -> tuple[int, ...]:
        rest, right = divmod(sight, self._columns)
        rest, left = divmod(rest, self._columns)
        top, bottom = divmod(rest, self._lines)
        lines, columns = range(top, bottom + 1), range(left, right + 1)
        cells = [1 + line * self._columns + column for line in lines for column in columns]
        groups = self[sight] = tuple(self._numbers[n] if n < len(self._numbers) else n for n in cells)
        return groups


class GridInterest:
    """Groups are the cells of the board, row by row, from 1. A sight is the number of a rectangle of cells."""

    def __init__(self, grid: Grid, board: tuple[float, float]) -> None:
        self._cell = grid.cell
        self._columns = max(1, ceil(board[0] / grid.cell))
        lines = max(1, ceil(board[1] / grid.cell))
        self._last = (self._columns - 1, lines - 1)
        self._window = (grid.window[0] / 2, grid.window[1] / 2, grid.cell, *self._last)
        self._place = (grid.x, grid.y)
        self._numbers = tuple(range(min(1 + self._columns * lines, _NUMBERED)))
        self.groups: dict[Sight, tuple[int, ...]] = _Rectangles(lines, self._columns, self._numbers)

    def groups_of(self, rows: list[Any]) -> list[int]:
        """The cells that rows' positions are in; what is off the board is in the nearest cell."""
        return cells_of(rows, *self._place, self._cell, *self._last, self._numbers)

    def sights(self, players: list[int], foci: list[Focus]) -> Sequence[Sight]:
        """The cells that the window around each focus touches."""
        return windows_at(foci, *self._window)

    def distance(self, group: int, focus: Focus) -> float:
        """From the focus to the middle of the cell."""
        line, column = divmod(group - 1, self._columns)
        return hypot(column + 0.5 - focus[0] / self._cell, line + 0.5 - focus[1] / self._cell)


class _Own(dict[Sight, tuple[int, ...]]):
    """What an owner sees is the number of the group."""

    def __missing__(self, sight: Sight) -> tuple[int, ...]:
        return (sight,) if sight else ()


class OwnerInterest:
    """A group is one player's rows, and its number is the player's, as the sight is. Watchers, number 0, see none."""

    def __init__(self, owner: Owner) -> None:
        self.groups: dict[Sight, tuple[int, ...]] = _Own()
        self._owner: Callable[[Any], int] = attrgetter(owner.field)

    def groups_of(self, rows: list[Any]) -> list[int]:
        """The owners."""
        return list(map(self._owner, rows))

    def sights(self, players: list[int], foci: list[Focus]) -> Sequence[Sight]:
        """One's own rows."""
        return players

    def distance(self, group: int, focus: Focus) -> float:
        """One's own is always near."""
        return 0.0


def interest_of(view: View, board: tuple[float, float]) -> Interest | None:
    """The rule of a view; None if everyone sees everything."""
    match view:
        case Grid():
            return GridInterest(view, board)
        case Owner():
            return OwnerInterest(view)
        case _:
            return None
