"""A few words over the board: what happened to oneself."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tickwire.faces.terminal.colors import BRIGHT
from tickwire.faces.terminal.theme import ink

_TIME = 2.5  # seconds that they stay


class Flash(Static):
    """Is there for a moment."""

    DEFAULT_CSS = """
    Flash {
        layer: notice; display: none;
        width: auto; max-width: 100%; height: 3; padding: 0 2; background: $panel; border: round $accent;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="flash")
        self._until = 0.0

    def show(self, words: str, now: float) -> None:
        """Say it, from a time in seconds on."""
        self._until = now + _TIME
        self.styles.offset = (0, -(self.screen.size.height // 4))  # from the middle
        self.update(Text(words, ink(BRIGHT, bold=True), no_wrap=True))
        self.display = True

    def look_at_clock(self, now: float) -> None:
        """Close when it is time."""
        if self.display and now >= self._until:
            self.display = False
