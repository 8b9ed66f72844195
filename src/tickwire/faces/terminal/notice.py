"""The box in the middle of the board that says that the connection is lost."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tickwire.faces.terminal.colors import ALERT, BRIGHT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink

LOST_KEYS = (("r", "join again"), ("Esc", "lobby"), ("q", "quit"))


class Notice(Static):
    """Says what happened, what is done about it, and what the player can do."""

    DEFAULT_CSS = """
    Notice {
        layer: notice; display: none;
        width: 60; max-width: 100%; height: auto; padding: 1 3;
        background: $panel; border: round $error; text-align: center;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, why: str, then: str) -> None:
        """Open the box, or change what it says."""
        text = Text(justify="center")
        text.append("The connection is lost\n\n", ink(ALERT, bold=True))
        text.append(f"{why}\n", ink(BRIGHT)).append(f"{then}\n\n", ink(PLAIN))
        for key, meaning in LOST_KEYS:
            text.append(f"  {key}", ink(BRIGHT, bold=True)).append(f" {meaning}  ", ink(DIM))
        self.update(text)
        self.display = True

    def hide(self) -> None:
        """Close the box."""
        self.display = False
