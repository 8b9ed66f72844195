"""The players' colours, the same on every face; web/palette.js has them too.

Source: Okabe and Ito, Color Universal Design (2008): colours that people with any colour vision can tell apart. The
dark ones are lightened for a dark ground, and white stands for their black.
"""

from __future__ import annotations

PLAYER_COLORS = (
    0xF0A11E,  # orange
    0x5BBCF0,  # sky blue
    0x12B886,  # bluish green
    0xF3E54B,  # yellow
    0x3B82F6,  # blue
    0xEE6A2C,  # vermilion
    0xE08FC4,  # reddish purple
    0xEEF1F6,  # white
)
NEUTRAL = 0xB7F5C8  # of what belongs to nobody and is worth having: food
SCENERY = 0x4A5875  # of what is only there: walls, rocks

# Boards with pieces, where there is room for edges: the light and the dark of fields and pieces differ in lightness
# above all, and a piece has an edge of the other's colour.
FIELDS = (0xC3CDE0, 0x7486AC)
PIECES = (0xFBFCFF, 0x1A2133)
LAST_MOVE, CHOSEN, DANGER = 0xF3D13B, 0xF0A11E, 0xE0452B


def color_of(number: object) -> int:
    """The colour (0xRRGGBB) for a look's `color`: 0 is nobody's, n is player n's, -1 scenery's; all else is nobody's.

    >>> hex(color_of(1)), color_of(9) == color_of(1), color_of("red") == color_of(0) == NEUTRAL
    ('0xf0a11e', True, True)
    """
    if isinstance(number, int) and number > 0:
        return PLAYER_COLORS[(number - 1) % len(PLAYER_COLORS)]
    return SCENERY if number == -1 else NEUTRAL


def mix(color: int, other: int, share: float) -> int:
    """`color` with a share (0 to 1) of another in it.

    >>> hex(mix(0x000000, 0xff8000, 0.5))
    '0x804000'
    """
    parts = (
        round((color >> shift & 0xFF) * (1 - share) + (other >> shift & 0xFF) * share) << shift for shift in (16, 8, 0)
    )
    return sum(parts)


def css(color: int) -> str:
    """The colour as `#rrggbb`.

    >>> css(0x0000ff)
    '#0000ff'
    """
    return f"#{color:06x}"
