"""The colours of everything but the players: calm and dark, as the web page's. As 0xRRGGBB."""

GROUND = 0x0B101D  # behind all else
PANEL = 0x141B2D
RAISED = 0x1E2740
LINE = 0x2A3553
TEXT = 0xE8EDF7
DIM = 0x93A0BC
FAINT = 0x6D7A97
ACCENT = 0x5BBCF0
WARM = 0xF0A11E
BAD = 0xFF8A6B
GOOD = 0x12B886
INK = 0x10141F  # on a bright ground
BOARD_MIDDLE = 0x1A2236
BOARD_EDGE = 0x111727
BOARD_LINE = 0x1B2336
WHITE = 0xFFFFFF
LABEL = 0x566892  # on a light field
