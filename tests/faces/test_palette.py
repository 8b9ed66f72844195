from __future__ import annotations

import re
from pathlib import Path

import pytest

import tickwire.faces
from tickwire.faces import palette
from tickwire.faces.palette import CHOSEN, DANGER, FIELDS, LAST_MOVE, NEUTRAL, PIECES, PLAYER_COLORS, SCENERY, css, mix
from tickwire.faces.terminal import colors
from tickwire.faces.terminal.shapes import _MARKS


def _contrast(one: int, other: int) -> float:
    """Source: W3C, Web Content Accessibility Guidelines 2.2, "contrast ratio"."""

    def luminance(color: int) -> float:
        parts = [(color >> shift & 0xFF) / 255 for shift in (16, 8, 0)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_page_and_the_terminal_paint_a_player_in_the_same_colour() -> None:
    page = (Path(tickwire.faces.__file__).parent / "web" / "palette.js").read_text("utf-8")
    found = re.findall(r'"(#[0-9a-f]{6})"', page)
    boards = [*FIELDS, *PIECES, LAST_MOVE, CHOSEN, DANGER]
    assert found == [*map(css, PLAYER_COLORS), css(NEUTRAL), css(SCENERY), *map(css, boards)]


@pytest.mark.parametrize("field", colors.FIELDS)
@pytest.mark.parametrize("piece", colors.PIECES)
def test_in_a_terminal_pieces_can_be_read_on_either_field(piece: int, field: int) -> None:
    assert _contrast(piece, field) >= 3


@pytest.mark.parametrize("field", colors.FIELDS)
@pytest.mark.parametrize("piece", colors.PIECES)
@pytest.mark.parametrize(("mark", "share"), [(m[0], m[1]) for m in _MARKS.values() if m[1]])
def test_in_a_terminal_pieces_can_be_read_on_a_marked_field(piece: int, field: int, mark: int, share: float) -> None:
    assert _contrast(piece, mix(field, mark, share)) >= 3


@pytest.mark.parametrize("of", [palette, colors])
def test_light_and_dark_differ_in_lightness_whatever_colours_one_can_see(of: object) -> None:
    assert _contrast(*of.PIECES) > 10  # type: ignore[attr-defined]
    assert _contrast(*of.FIELDS) > 1.8  # type: ignore[attr-defined]
