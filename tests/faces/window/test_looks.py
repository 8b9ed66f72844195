from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pygame
import pytest

from tickwire.faces.looks import known_looks
from tickwire.faces.palette import color_of
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.camera import View
from tickwire.faces.window.fonts import Fonts
from tickwire.faces.window.layout import Box
from tickwire.faces.window.looks import paint_ghost, paint_sprite
from tickwire.faces.window.motion import Place
from tickwire.faces.window.shapes import Shapes, rgb
from tickwire.faces.window.sprites import Sprite
from window.driving import schema_of

VIEW = View(10, 0, 0, Box(0, 0, 200, 200))


@pytest.fixture
def brush() -> Brush:
    pygame.font.init()
    return Brush(pygame.Surface((200, 200)), Shapes(), Fonts(), px=1, now=100.0)


def sprite(kind: str, *, color: int = 1, own: bool = False, born_at: float = -math.inf, **values: Any) -> Sprite:
    """A sprite at (10, 10) whose look reads every other value from its row."""
    look = {"kind": kind, "x": "x", "y": "y", **{key: key for key in values}}
    fields = [{"name": n, "type": "text" if n in ("text", "glyph") else "f32"} for n in ("x", "y", *values)]
    (known,) = known_looks(schema_of({"name": "T", "fields": fields, "look": look}).tables)
    row, place = SimpleNamespace(x=10, y=10, **values), Place(10, 10, values.get("angle", 0))
    return Sprite(row, known, color, color, own, start=place, end=place, moved_at=-math.inf, born_at=born_at)


def at(brush: Brush, x: int, y: int) -> tuple[int, ...]:
    return tuple(brush.onto.get_at((x, y)))[:3]


@pytest.mark.parametrize(
    ("thing", "inside", "outside"),
    [
        (sprite("cell"), (105, 105), (98, 105)),
        (sprite("dot", radius=3.0), (125, 100), (135, 100)),
        (sprite("arrow", angle=0.0, size=6.0), (110, 100), (100, 118)),
        (sprite("arrow", angle=90.0, size=6.0), (100, 110), (118, 100)),
        (sprite("box", width=4.0, height=2.0), (135, 115), (135, 125)),
    ],
)
def test_each_kind_is_painted_where_it_is(
    brush: Brush, thing: Sprite, inside: tuple[int, int], outside: tuple[int, int]
) -> None:
    paint_sprite(brush, VIEW, thing, thing.end)
    assert at(brush, *inside) == rgb(color_of(1))
    assert at(brush, *outside) == (0, 0, 0)


@pytest.mark.parametrize("thing", [sprite("text", text="hello"), sprite("cell", glyph="♞")])
def test_words_and_glyphs_are_painted(brush: Brush, thing: Sprite) -> None:
    paint_sprite(brush, VIEW, thing, thing.end)
    assert pygame.mask.from_threshold(brush.onto, "black", (1, 1, 1, 255)).count() < 200 * 200


@pytest.mark.parametrize("kind", ["cell", "dot", "box"])
def test_ones_own_is_marked(brush: Brush, kind: str) -> None:
    paint_sprite(brush, VIEW, other := sprite(kind), other.end)
    plain = pygame.image.tobytes(brush.onto, "RGB")
    brush.onto.fill("black")
    paint_sprite(brush, VIEW, own := sprite(kind, own=True), own.end)
    assert pygame.image.tobytes(brush.onto, "RGB") != plain


def test_what_is_new_grows(brush: Brush) -> None:
    new = sprite("dot", radius=5.0, born_at=brush.now)
    paint_sprite(brush, VIEW, new, new.end)
    assert at(brush, 140, 100) == (0, 0, 0)
    brush.now += 1
    paint_sprite(brush, VIEW, new, new.end)
    assert at(brush, 140, 100) == rgb(color_of(1))


def test_a_puff_spreads_and_a_fade_does_not(brush: Brush) -> None:
    gone = sprite("dot", radius=4.0)
    paint_ghost(brush, VIEW, gone, "fade", gone.end, 0.5)
    assert at(brush, 100, 100) != (0, 0, 0)
    assert at(brush, 156, 100) == (0, 0, 0)
    paint_ghost(brush, VIEW, gone, "puff", gone.end, 0.5)
    assert at(brush, 156, 100) != (0, 0, 0)


@pytest.mark.parametrize("number", [math.nan, math.inf, -5.0, 1e30, 0.0])
def test_sizes_that_make_no_sense_do_no_harm(brush: Brush, number: float) -> None:
    for thing in (
        sprite("dot", radius=number, own=True),
        sprite("arrow", angle=0.0, size=number),
        sprite("box", width=number, height=number, own=True),
    ):
        paint_sprite(brush, VIEW, thing, thing.end)
        paint_ghost(brush, VIEW, thing, "puff", thing.end, 0.5)


def test_far_away_is_not_painted_and_costs_nothing(brush: Brush) -> None:
    thing = sprite("dot", radius=1.0)
    paint_sprite(brush, VIEW, thing, Place(1e30, -1e30))
    assert not brush.shapes._kept


def test_text_is_cut_to_its_room() -> None:
    pygame.font.init()
    fonts = Fonts()
    cut = fonts.fit("a name that is too long", 15, 80)
    assert cut.endswith("…")
    assert fonts.width(cut, 15) <= 80
    assert fonts.fit("ada", 15, 80) == "ada"
    assert fonts.fit("ada", 15, 0) == ""


def test_a_character_that_one_font_lacks_comes_from_another() -> None:
    pygame.font.init()
    fonts = Fonts()
    assert fonts.width("ada ♞", 15) > fonts.width("ada ", 15)
    assert fonts.render("ada ♞", 15, 0xFFFFFF).height >= fonts.render("ada", 15, 0xFFFFFF).height
