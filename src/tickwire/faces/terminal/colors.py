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
# Boards with pieces. A terminal has no edges to give a piece, so both its colours have to be read on both fields.
FIELDS = (0x7F8CA8, 0x4F5F80)
PIECES = (0xFFFFFF, 0x0B0E14)
WARM = 0xF0A11E  # what is new, and lines that name one
MENTION = 0x2A2314  # behind such a line
OLD = 0x8E97AB  # history
LAST_MOVE, CHOSEN, DANGER = 0x8F8220, 0xB06A08, 0xC2371F
