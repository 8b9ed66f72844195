"""How things get from one tick to the next on the screen.

Source: Valve, Source Multiplayer Networking ("entity interpolation"): show what is a tick old, and move smoothly
towards what came last.
"""

from __future__ import annotations

from typing import NamedTuple

# Of the board; a longer way in one tick is a jump, or the way round a torus, and is not travelled.
TELEPORT = 1 / 4
CELL_SLIDE = 1.5  # cells; a piece of a grid that goes farther did not slide there


class Place(NamedTuple):
    """Where something is: in units of the board, and degrees."""

    x: float
    y: float
    angle: float = 0.0


def turned(start: float, end: float, progress: float) -> float:
    """The angle between two angles, the shorter way round. Degrees; `progress` is 0 to 1.

    >>> turned(350, 10, 0.5) % 360, turned(10, 350, 0.5) % 360
    (0.0, 0.0)
    """
    way = ((end - start) % 360 + 540) % 360 - 180
    return start + way * progress


def between(start: Place, end: Place, progress: float) -> Place:
    """The place between two places; `progress` is 0 to 1.

    >>> between(Place(0, 0), Place(4, 2), 0.25)
    Place(x=1.0, y=0.5, angle=0.0)
    """
    return Place(
        start.x + (end.x - start.x) * progress,
        start.y + (end.y - start.y) * progress,
        turned(start.angle, end.angle, progress),
    )


def travels(start: Place, end: Place, board: tuple[float, float], *, on_grid: bool) -> bool:
    """Whether the way from one place to another is one to be seen travelled.

    >>> travels(Place(0, 0), Place(200, 0), (1000, 1000), on_grid=False)
    True
    >>> travels(Place(1, 0), Place(999, 0), (1000, 1000), on_grid=False)
    False
    """
    dx, dy = abs(end.x - start.x), abs(end.y - start.y)
    near = dx <= board[0] * TELEPORT and dy <= board[1] * TELEPORT
    return near and (not on_grid or dx + dy <= CELL_SLIDE)
