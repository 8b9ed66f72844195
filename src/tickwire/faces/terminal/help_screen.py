"""The help: every key that does something in this game."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tickwire.faces.clean import clean, fit
from tickwire.faces.terminal.colors import ACCENT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink

_KEY_CELLS = 14
_AROUND = 5  # rows of the box that are not the list: border, padding and the last line
_BESIDE = 8  # columns of the box that are not the list's: border, padding, scroll bar
_SCROLLS = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}  # rows


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """Any key closes it, but arrows and page keys if it is longer than the screen: they scroll.

    Args:
        sections: a title each, and lines of keys and meanings.
    """

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen #box {
        width: auto; max-width: 100%; height: auto;
        padding: 1 2; background: $panel; border: round $primary;
    }
    HelpScreen VerticalScroll { width: auto; max-width: 100%; height: auto; scrollbar-size-vertical: 1; }
    HelpScreen Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        super().__init__()
        self._sections = sections
        self._list, self._text = VerticalScroll(can_focus=False), Static(markup=False)
        self._foot = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The list, in a box, above the line that says how to go on."""
        with Vertical(id="box"):
            with self._list:
                yield self._text
            yield self._foot

    def on_resize(self, event: events.Resize) -> None:
        """The list gets what the box leaves it."""
        self._list.styles.max_height = max(1, event.size.height - _AROUND)
        self._text.update(self._listed(max(8, event.size.width - _BESIDE - _KEY_CELLS)))
        self.call_after_refresh(self._show_foot)

    def _listed(self, room: int) -> Text:
        """The list; what a key does is wrapped to so many cells, beside the key."""
        text = Text()
        for title, lines in self._sections:
            text.append(f"{clean(title)}\n", ink(ACCENT, bold=True))
            for keys, meaning in lines:
                text.append(fit(clean(keys), _KEY_CELLS), ink(PLAIN, bold=True))
                rows = Text(clean(meaning), ink(PLAIN)).wrap(self.app.console, room)
                text.append(Text("\n" + " " * _KEY_CELLS).join(rows)).append("\n")
            text.append("\n")
        return text

    def on_key(self, event: events.Key) -> None:
        """Scroll, or back to the game."""
        event.stop()
        if event.key in _SCROLLS and self._list.max_scroll_y > 0:
            self._list.scroll_relative(y=_SCROLLS[event.key], animate=False)
            self.call_after_refresh(self._show_foot)
        else:
            self.dismiss()

    def _show_foot(self) -> None:
        more = self._list.max_scroll_y > 0
        at_end = self._list.scroll_y >= self._list.max_scroll_y
        words = f"{'' if at_end else 'more below   '}↑ ↓ scroll   Esc back" if more else "any key goes back to the game"
        self._foot.update(Text(words, ink(DIM)))
