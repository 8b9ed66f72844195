from __future__ import annotations

import re
from pathlib import Path

import tickwire.faces
from tickwire.faces.palette import NEUTRAL, PLAYER_COLORS, SCENERY, css


def test_the_page_and_the_terminal_paint_a_player_in_the_same_colour() -> None:
    page = (Path(tickwire.faces.__file__).parent / "web" / "palette.js").read_text("utf-8")
    colors = re.findall(r'"(#[0-9a-f]{6})"', page)
    assert colors == [*map(css, PLAYER_COLORS), css(NEUTRAL), css(SCENERY)]
