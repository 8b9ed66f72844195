"""How each kind of look is painted."""

from __future__ import annotations

import math
from typing import Any

import pygame

from tickwire.faces.clean import clean
from tickwire.faces.palette import CHOSEN, DANGER, FIELDS, LAST_MOVE, PIECES, color_of
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.camera import View
from tickwire.faces.window.colors import INK, LABEL, TEXT, WHITE
from tickwire.faces.window.layout import Box
from tickwire.faces.window.motion import Place
from tickwire.faces.window.shapes import rgb
from tickwire.faces.window.sprites import Sprite, Way

_POP_TIME = 0.16  # seconds in which something new grows to its size
_GLOW_TIME = 0.3  # seconds in which a new cell is brighter: the head of a snake leads, its body calms down
_GAP = 0.05  # of a cell, left free on each side
_SMALLEST_DOT = 1.5  # pixels
_SMALLEST_ARROW = 12  # pixels from tail to nose
_LARGEST_TEXT = 120  # pixels
_LONGEST_TEXT = 200  # characters


def paint_sprite(brush: Brush, view: View, sprite: Sprite, place: Place) -> None:
    """Paint a sprite at a place."""
    size = size_of(sprite)
    x, y = view.pixel(place.x, place.y)
    clip = view.clip
    reach = min(max(16.0, size * view.scale * 1.5), 4 * max(clip.width, clip.height))
    if not (clip.x - reach < x < clip.x + clip.width + reach and clip.y - reach < y < clip.y + clip.height + reach):
        return
    match sprite.look.kind:
        case "cell":
            _cell(brush, view, sprite, x + view.scale / 2, y + view.scale / 2)
        case "dot":
            _dot(brush, view, sprite, x, y)
        case "arrow":
            length = max(_SMALLEST_ARROW * brush.px, size * view.scale) * _growth(brush, sprite)
            edge = WHITE if sprite.own else INK
            brush.shapes.ship(brush.onto, x, y, length, place.angle, color_of(sprite.color), edge)
        case "box":
            _box(brush, view, sprite, x, y)
        case "text":
            _text(brush, view, sprite, x, y)
        case "square":
            _square(brush, view, sprite, x, y)
        case "mark":
            _mark(brush, view, sprite, x, y)
        case "piece":
            _piece(brush, view, sprite, x + view.scale / 2, y + view.scale / 2)


def paint_ghost(brush: Brush, view: View, sprite: Sprite, way: Way, place: Place, faded: float) -> None:
    """Paint what has just gone. `faded` is 0 to 1."""
    if way == "slip":
        paint_sprite(brush, view, sprite, place)
        return
    x, y = view.pixel(*middle_of(sprite, sprite.end))
    size = size_of(sprite) * view.scale
    color, left = color_of(sprite.color), 1 - faded
    if sprite.look.kind == "piece":
        color = PIECES[_side(sprite)]
    brush.shapes.disc(brush.onto, x, y, size * 0.42 * left, color, left * 0.5)
    if way == "puff":
        brush.shapes.ring(brush.onto, x, y, size * (0.4 + 0.6 * faded), max(1, size * 0.12 * left), color, left * 0.5)


def size_of(sprite: Sprite) -> float:
    """The longer side, in units of the board."""
    match sprite.look.kind:
        case "dot":
            return 2 * _number(sprite.value("radius"), 1)
        case "arrow":
            return _number(sprite.value("size"), 2)
        case "box":
            return max(_number(sprite.value("width"), 1), _number(sprite.value("height"), 1))
    return 1


def middle_of(sprite: Sprite, place: Place) -> tuple[float, float]:
    """The middle of a sprite that is at a place, in units of the board."""
    match sprite.look.kind:
        case "cell" | "square" | "mark" | "piece":
            return place.x + 0.5, place.y + 0.5
        case "box":
            width, height = _number(sprite.value("width"), 1), _number(sprite.value("height"), 1)
            return place.x + width / 2, place.y + height / 2
    return place.x, place.y


def _cell(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    glyph = clean(sprite.value("glyph"))[:4].strip()
    grown = _growth(brush, sprite)
    if glyph:
        if sprite.own:
            brush.shapes.block(brush.onto, x, y, view.scale, color_of(sprite.color), 0.18)
        brush.middle(glyph, x, y, min(_LARGEST_TEXT, max(6, round(view.scale * 0.8))), color_of(sprite.color))
    elif sprite.color == 0:
        _morsel(brush, view, sprite, x, y, grown)
    else:
        side = max(1.0, view.scale * (1 - 2 * _GAP) * grown)
        brush.shapes.block(brush.onto, x, y, side, color_of(sprite.color))
        glow = 1 - (brush.now - sprite.born_at) / _GLOW_TIME
        brush.shapes.block(brush.onto, x, y, side, WHITE, round(max(0.0, glow) * 8) / 16)
        if sprite.own and side >= 5:
            brush.shapes.outline(brush.onto, x, y, side, view.scale * 0.08, WHITE)


def _square(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    shade = 1 if sprite.value("shade") else 0
    left, top, side = _field(view, x, y)
    brush.onto.fill(rgb(FIELDS[shade]), (left, top, side, side))
    size, other = max(9, round(view.scale * 0.17)), FIELDS[1 - shade] if shade else LABEL
    pad = round(view.scale * 0.06)
    if sprite.named[0] and (name := clean(sprite.value("column"))[:2]):
        picture = brush.fonts.render(name, size, other, bold=True)
        brush.onto.blit(picture, (left + side - picture.width - pad, top + side - picture.height))
    if sprite.named[1] and (name := clean(sprite.value("row"))[:2]):
        brush.onto.blit(brush.fonts.render(name, size, other, bold=True), (left + pad, top + pad // 2))


def _mark(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    left, top, side = _field(view, x, y)
    box = (left, top, side, side)
    middle_x, middle_y = left + side / 2, top + side / 2
    match sprite.value("mark"):
        case 1:
            brush.shapes.rounded(brush.onto, box, 0, LAST_MOVE, 0.4)
        case 2:
            brush.shapes.rounded(brush.onto, box, 0, CHOSEN, 0.75)
        case 3:
            brush.shapes.disc(brush.onto, middle_x, middle_y, side * 0.15, INK, 0.45)
        case 4:
            brush.shapes.ring(brush.onto, middle_x, middle_y, side * 0.43, side * 0.09, INK, 0.45)
        case 5:
            brush.shapes.rounded(brush.onto, box, 0, DANGER, 0.65)


def _piece(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    sign = clean(sprite.value("glyph"))[:1].strip()
    side = _side(sprite)
    if sign:
        picture = brush.fonts.outlined(sign, max(6, round(view.scale * 0.86)), PIECES[side], PIECES[1 - side])
        brush.onto.blit(picture, (round(x - picture.width / 2), round(y - picture.height / 2)))
    else:
        brush.shapes.disc(brush.onto, x, y, view.scale * 0.36, PIECES[side])


def paint_cursor(brush: Brush, view: View, x: float, y: float) -> None:
    """The cursor, on the field that a point of the board is in."""
    left, top, side = _field(view, *view.pixel(math.floor(x), math.floor(y)))
    thick = max(2, round(view.scale * 0.06))
    for i, color in ((0, INK), (thick, WHITE)):
        pygame.draw.rect(brush.onto, rgb(color), (left + i, top + i, side - 2 * i, side - 2 * i), thick)


def _field(view: View, x: float, y: float) -> tuple[int, int, int]:
    """The pixels of a field: left, top and side; neighbours touch."""
    left, top = round(x), round(y)
    return left, top, max(1, round(x + view.scale) - left)


def _side(sprite: Sprite) -> int:
    return 1 if sprite.value("side") else 0


def _morsel(brush: Brush, view: View, sprite: Sprite, x: float, y: float, grown: float) -> None:
    beat = 1 + 0.06 * math.sin(brush.now * 4 + sprite.end.x * 3 + sprite.end.y * 5)
    radius = view.scale * 0.34 * grown * beat
    brush.shapes.disc(brush.onto, x, y, radius * 1.8, color_of(0), 0.18)
    brush.shapes.disc(brush.onto, x, y, radius, color_of(0))
    brush.shapes.disc(brush.onto, x - radius * 0.3, y - radius * 0.3, radius * 0.28, WHITE, 0.7)


def _dot(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    radius = max(_SMALLEST_DOT * brush.px, _number(sprite.value("radius"), 1) * view.scale) * _growth(brush, sprite)
    brush.shapes.disc(brush.onto, x, y, radius, color_of(sprite.color))
    if sprite.own:
        brush.shapes.ring(brush.onto, x, y, radius + max(2, radius * 0.25), max(1.5, radius * 0.12), WHITE, 0.9)


def _box(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    # In whole pixels from edge to edge, so that boxes side by side touch.
    largest = 4 * max(view.clip.width, view.clip.height)
    width = min(largest, _number(sprite.value("width"), 1) * view.scale)
    height = min(largest, _number(sprite.value("height"), 1) * view.scale)
    left, top = round(x), round(y)
    box = (left, top, max(1, round(x + width) - left), max(1, round(y + height) - top))
    radius = min(width, height, 32 * brush.px) * 0.16
    brush.shapes.rounded(brush.onto, box, radius, WHITE if sprite.own else color_of(sprite.color))
    if sprite.own:
        thick = max(1, round(min(width, height) * 0.05))
        brush.shapes.rounded(brush.onto, Box(*box).inset(thick), radius - thick, color_of(sprite.color))


def _text(brush: Brush, view: View, sprite: Sprite, x: float, y: float) -> None:
    color = color_of(sprite.color) if sprite.color else TEXT
    words = clean(sprite.value("text"))[:_LONGEST_TEXT]
    size = round(min(_LARGEST_TEXT * brush.px, max(12 * brush.px, view.scale)))
    if words:
        brush.middle(words, x, y, size, color, bold=True)


def _growth(brush: Brush, sprite: Sprite) -> float:
    if sprite.sprouted:
        return 1
    progress = min(1.0, max(0.0, (brush.now - sprite.born_at) / _POP_TIME))
    return 0.4 + 0.6 * (1 - (1 - progress) ** 2)


def _number(value: Any, otherwise: float) -> float:
    """A size from a stranger's look: no number, infinite or negative becomes what one may expect."""
    return value if isinstance(value, int | float) and math.isfinite(value) and value >= 0 else otherwise
