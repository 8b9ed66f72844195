"""The colours of everything but the players: calm, dark, and few. As 0xRRGGBB."""

VOID = 0x0B0E14  # around the board, and behind all else
BOARD = 0x161B27  # the ground of the board
WALL = 0x39435A  # the ring around the board, where there is room for one
BAR = 0x1B2130  # header and footer
WHITE = 0xFFFFFF
BRIGHT = 0xEEF1F6
PLAIN = 0xC3CAD9
DIM = 0x7C869C
ACCENT = 0x5BBCF0
ALERT = 0xEE6A2C
