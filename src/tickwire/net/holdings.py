"""What a server holds for peers that are slow, or pretend to be: bounded for all of them together."""

from __future__ import annotations

from collections.abc import Callable, Hashable


class Holdings:
    """Bytes that are held, by whom they are held for. If all together are too many, the oldest are given up.

    Args:
        most: bytes in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[Hashable, tuple[int, Callable[[], None]]] = {}  # the oldest first
        self.total = 0

    def hold(self, who: Hashable, size: int, give_up: Callable[[], None]) -> None:
        """So many bytes are held for somebody by now; `give_up` is called if they are too many and nobody's are older.

        Args:
            who: is counted once, with the size that was told last.
            size: in bytes; 0 if nothing is held any more.
            give_up: ends the connection.
        """
        before, _ = self._held.get(who, (0, None))
        self.total += size - before
        if size:
            self._held[who] = size, give_up
        else:
            self._held.pop(who, None)
        while self.total > self._most:
            oldest = next(iter(self._held))
            size, end = self._held.pop(oldest)
            self.total -= size
            end()
