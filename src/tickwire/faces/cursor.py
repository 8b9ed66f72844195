"""The cursor on the board: to point with keys at what others click on."""

from __future__ import annotations

_WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
_STEPS = 40  # at most, across the longer side of a board


class Cursor:
    """Where the cursor is. Places are in units of the board; on one of cells it is always in the middle of one.

    Args:
        board: width and height.

    Attributes:
        at: the place, or None while there is no cursor.
    """

    def __init__(self, board: tuple[float, float]) -> None:
        self.at: tuple[float, float] | None = None
        self._board = board
        self._step = max(1, -(-int(max(board)) // _STEPS))

    def press(self, key: str, *, turned: bool = False) -> bool:
        """A key was pressed; False if it means nothing to the cursor. The first arrow only brings it.

        >>> cursor = Cursor((8, 8))
        >>> cursor.press("up"), cursor.at, cursor.press("up"), cursor.at, cursor.press("x")
        (True, (4.5, 4.5), True, (4.5, 3.5), False)

        Args:
            key: an arrow moves it, escape takes it away.
            turned: whether the board is seen from the other side.
        """
        if key == "escape" and self.at is not None:
            self.at = None
            return True
        if key not in _WAYS:
            return False
        if self.at is None:
            self.at = (self._middle(self._board[0]), self._middle(self._board[1]))
            return True
        way = -self._step if turned else self._step
        dx, dy = _WAYS[key]
        x, y = self.at[0] + way * dx, self.at[1] + way * dy
        if 0 <= x < self._board[0] and 0 <= y < self._board[1]:
            self.at = (x, y)
        return True

    @staticmethod
    def _middle(side: float) -> float:
        return int(side / 2) + 0.5 if side >= 1 else side / 2
