"""The colours as Textual and Rich want them."""

from __future__ import annotations

from textual.theme import Theme

from tickwire.faces.palette import css
from tickwire.faces.terminal.colors import ACCENT, ALERT, BAR, DIM, PLAIN, VOID

THEME = Theme(
    name="tickwire",
    primary=css(ACCENT),
    accent=css(ACCENT),
    error=css(ALERT),
    foreground=css(PLAIN),
    background=css(VOID),
    surface=css(VOID),
    panel=css(BAR),
    dark=True,
    variables={"dim": css(DIM)},
)


def ink(color: int, *, bold: bool = False) -> str:
    """A style for Rich's Text."""
    return f"bold {css(color)}" if bold else css(color)
