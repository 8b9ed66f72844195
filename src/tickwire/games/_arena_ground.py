"""Arena's ground: its walls and rocks, where ships begin, and what stands in the way of what flies straight."""

from math import inf, sqrt

WIDTH, HEIGHT = 160, 96  # units of the board
ROCK_RADIUS = 2.5  # units

# As x, y, width, height, in units; those of a quarter, which are mirrored into the others. Between a rock and what is
# next to it a ship has room to pass, so that what pushes it off the one never pushes it into the other.
_WALLS_OF_A_QUARTER = [
    *[(0, 0, WIDTH, 2), (0, 2, 2, HEIGHT - 4)],
    *[(30, 22, 20, 3), (30, 25, 3, 11), (18, 46, 14, 4), (64, 12, 32, 3), (78, 36, 4, 24)],
]
WALLS = sorted({(a, b, w, h) for x, y, w, h in _WALLS_OF_A_QUARTER for a in (x, 160 - x - w) for b in (y, 96 - y - h)})
ROCKS = sorted({(x, y) for a, b in [(16, 14), (44, 36), (60, 28), (64, 48)] for x in (a, 160 - a) for y in (b, 96 - b)})
SPAWNS = [(x, y) for x in (10, 54, 80, 106, 150) for y in (8, 28, 48, 68, 88) if (x, y) != (80, 48)]


def enters(x: float, y: float, dx: float, dy: float, radius: float) -> float:
    """At which share of the way (dx, dy) from (x, y) a point comes into a circle around the origin; inf for never."""
    outside, b = x * x + y * y - radius * radius, x * dx + y * dy
    if outside <= 0:
        return 0.0
    root = b * b - (dx * dx + dy * dy) * outside
    if root < 0 or b >= 0:
        return inf
    share = outside / (sqrt(root) - b)
    return share if share <= 1 else inf


def meets_ground(x: float, y: float, dx: float, dy: float, margin: float = 0.0) -> float:
    """At which share of the way (dx, dy) from (x, y) something so wide comes to a wall or a rock; inf for never."""
    first = inf
    for left, top, width, height in WALLS:
        enter, leave = 0.0, 1.0
        for at, way, low, high in ((x, dx, left, left + width), (y, dy, top, top + height)):
            if way:
                one, other = (low - margin - at) / way, (high + margin - at) / way
                enter, leave = max(enter, min(one, other)), min(leave, max(one, other))
            elif not low - margin < at < high + margin:
                leave = -1.0
        if enter <= leave:
            first = min(first, enter)
    for rock_x, rock_y in ROCKS:
        first = min(first, enters(x - rock_x, y - rock_y, dx, dy, ROCK_RADIUS + margin))
    return first
