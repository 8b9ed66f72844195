"""How the connection is, in a corner of the board: figures, and how late each of the last states was."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tickwire.client.figures import Figures
from tickwire.faces.terminal.colors import ACCENT, ALERT, BRIGHT, DIM
from tickwire.faces.terminal.theme import ink

_WIDTH = 28  # columns within the frame
_BARS = "▁▂▃▄▅▆▇█"
_TALL = 0.1  # seconds of lateness that fill a line


class NetGraph(Static):
    """Closed until it is asked for."""

    DEFAULT_CSS = """
    NetGraph {
        layer: notice; dock: right; display: none; margin: 1 0 0 0;
        width: 32; height: 10; padding: 0 1; background: $panel; border: round $primary;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="net-graph")

    def show(self, figures: Figures) -> None:
        """Show these."""
        text = Text(no_wrap=True)
        for name, value in figures.lines():
            text.append(name, ink(DIM)).append(f"{value:>{_WIDTH - len(name)}}\n", ink(BRIGHT))
        for late in figures.lateness[-_WIDTH:]:
            bar = _BARS[min(len(_BARS) - 1, int(max(0.0, late) / _TALL * len(_BARS)))]
            text.append(bar, ink(ALERT if late > figures.delay else ACCENT))
        self.update(text)
