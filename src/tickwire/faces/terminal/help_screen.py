"""The help: every key that does something in this game."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from tickwire.faces.clean import clean, fit
from tickwire.faces.terminal.colors import ACCENT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink

_KEY_CELLS = 14


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """Any key closes it.

    Args:
        sections: a title each, and lines of keys and meanings.
    """

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen Static {
        width: auto; max-width: 100%; max-height: 100%; height: auto;
        padding: 1 3; background: $panel; border: round $primary;
    }
    """

    def __init__(self, sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """The text, in a box."""
        text = Text()
        for title, lines in self._sections:
            text.append(f"{clean(title)}\n", ink(ACCENT, bold=True))
            for keys, meaning in lines:
                text.append(fit(clean(keys), _KEY_CELLS), ink(PLAIN, bold=True))
                text.append(f"{clean(meaning)}\n", ink(PLAIN))
            text.append("\n")
        yield Static(text.append("any key goes back to the game", ink(DIM)), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Back to the game."""
        event.stop()
        self.dismiss()
