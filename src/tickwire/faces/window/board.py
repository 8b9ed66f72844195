"""The board: its ground, what is on it, and who is who."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pygame

from tickwire.client.sync import Client
from tickwire.faces.clean import clean
from tickwire.faces.cursor import Cursor
from tickwire.faces.keys import steers_by_cursor
from tickwire.faces.palette import color_of, mix
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.camera import Camera, View, grid_step
from tickwire.faces.window.colors import BOARD_EDGE, BOARD_LINE, BOARD_MIDDLE, GROUND, INK, LINE, TEXT
from tickwire.faces.window.layout import Box
from tickwire.faces.window.looks import middle_of, paint_cursor, paint_ghost, paint_sprite, size_of
from tickwire.faces.window.shapes import rgb
from tickwire.faces.window.sprites import Sprite, Sprites
from tickwire.wire.messages import PlayerInfo

_TAG_TIME = 4.0  # seconds for which one's own thing is pointed out after coming in
_RISE_TIME = 0.9  # seconds that a point won is seen rising
_MOST_NAMES = 16  # on the board; more would hide it
_MOST_LINES = 64  # of the grid, across the wider side, where cells are to be told apart
_FEW_LINES = 20  # where the grid is only there to show that things move
_SMALLEST_CELL = 7  # pixels; smaller cells are not worth looking at, so a part of the board is shown


class _Rise(NamedTuple):
    """Words that rise from a place and fade."""

    text: str
    color: int
    x: float
    y: float
    since: float


class Board:
    """One client's board.

    Args:
        client: that is joined.
        px: pixels for each pixel of an ordinary screen.
        now: seconds.
    """

    def __init__(self, client: Client, px: float, now: float) -> None:
        self.sprites = Sprites(client.schema, client.player, client.welcome.tick_rate)
        self.view: View | None = None
        self._camera = Camera(client.schema, smallest_cell=_SMALLEST_CELL * px, follows=client.player > 0)
        self.cursor = Cursor(self._camera.board)
        self._player = client.player
        self._came_at = now
        self._rises: list[_Rise] = []
        self._ground: pygame.Surface | None = None
        self._ground_of: tuple[float, int, int] | None = None

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to be painted."""
        return bool(self.sprites.layers)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, in its own units."""
        return self._camera.board

    @property
    def of_cells(self) -> bool:
        """Whether it is a grid of cells."""
        return self._camera.cells

    def point(self, x: float, y: float) -> tuple[float, float] | None:
        """Which point of the board a pixel of the window is; None if it is none."""
        point = self.view.point(x, y) if self.view is not None else None
        return self._across(point) if point is not None else None

    def press(self, key: str, controls: Mapping[str, Any]) -> tuple[float, ...] | None:
        """A key for the cursor: the point that it clicks, or no point if it moved; None if the key is for others."""
        if not steers_by_cursor(controls):
            return None
        if self.cursor.at is not None and key in ("enter", "space"):
            return self.cursor.at
        return () if self.cursor.press(key, turned=self.sprites.turned) else None

    def _across(self, point: tuple[float, float]) -> tuple[float, float]:
        """A point as the game has it, from where it is seen, and the other way round."""
        return (self.size[0] - point[0], self.size[1] - point[1]) if self.sprites.turned else point

    def rise(self, text: str, player: int, now: float) -> None:
        """Let words rise from a player's place."""
        lead = self.sprites.leads().get(player)
        if lead is not None:
            self._rises.append(_Rise(text, color_of(player), *middle_of(lead, lead.end), now))

    def paint(self, brush: Brush, area: Box, players: Mapping[int, PlayerInfo]) -> None:
        """Paint it into an area of the window."""
        now = brush.now
        self.sprites.sweep(now)
        leads = self.sprites.leads()
        own = leads.get(self._player)
        at = middle_of(own, self.sprites.place(own, now)) if own else None
        view = self.view = self._camera.look(area, at, now)
        pygame.draw.rect(brush.onto, rgb(LINE), pygame.Rect(view.clip).inflate(2, 2), 1, border_radius=2)
        brush.onto.set_clip(view.clip)
        try:
            self._paint_ground(brush, view)
            for ghost in self.sprites.ghosts:
                place = self.sprites.place(ghost.sprite, now)
                paint_ghost(brush, view, ghost.sprite, ghost.way, place, self.sprites.faded(ghost, now))
            for layer in self.sprites.layers:
                for sprite in layer.sprites.values():
                    paint_sprite(brush, view, sprite, self.sprites.place(sprite, now))
            if self.cursor.at is not None:
                paint_cursor(brush, view, *self._across(self.cursor.at))
            if len(leads) <= _MOST_NAMES:
                self._paint_names(brush, view, leads, players)
            self._paint_rises(brush, view)
            if own is not None and now < self._came_at + _TAG_TIME:
                self._paint_tag(brush, view, own, min(1.0, self._came_at + _TAG_TIME - now))
        finally:
            brush.onto.set_clip(None)

    def _paint_ground(self, brush: Brush, view: View) -> None:
        clip = view.clip
        if self._ground is None or self._ground_of != (view.scale, clip.width, clip.height):
            self._ground = _lit(clip.width, clip.height)
            self._ground_of = (view.scale, clip.width, clip.height)
        brush.onto.blit(self._ground, clip[:2])
        width, height = self.size
        left, top = view.left, view.top
        right, bottom = left + width * view.scale, top + height * view.scale
        seen = max(clip.width, clip.height) / view.scale
        step = grid_step(seen, _MOST_LINES if self.of_cells else _FEW_LINES) * view.scale
        for i in range(1, _lines(right - left, step)):
            brush.onto.fill(rgb(BOARD_LINE), (round(left + i * step), round(top), 1, round(bottom - top)))
        for i in range(1, _lines(bottom - top, step)):
            brush.onto.fill(rgb(BOARD_LINE), (round(left), round(top + i * step), round(right - left), 1))
        # Past the edge, where the camera goes along and shows it.
        for beyond in (
            (clip.x, clip.y, round(left) - clip.x, clip.height),
            (round(right), clip.y, clip.x + clip.width - round(right), clip.height),
            (clip.x, clip.y, clip.width, round(top) - clip.y),
            (clip.x, round(bottom), clip.width, clip.y + clip.height - round(bottom)),
        ):
            if beyond[2] > 0 and beyond[3] > 0:
                brush.onto.fill(rgb(GROUND), beyond)

    def _paint_names(
        self, brush: Brush, view: View, leads: Mapping[int, Sprite], players: Mapping[int, PlayerInfo]
    ) -> None:
        size = round(12 * brush.px)
        for player, sprite in leads.items():
            if player != self._player and player in players:
                x, y = self._above(view, sprite, brush, size)
                name = brush.fonts.fit(clean(players[player].name), size, round(140 * brush.px))
                shadow = brush.fonts.render(name, size, INK, bold=True)
                half = shadow.width / 2 + 2
                x = min(max(x, view.clip.x + half), view.clip.x + view.clip.width - half)
                for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                    brush.onto.blit(shadow, (round(x - shadow.width / 2) + dx, round(y - shadow.height / 2) + dy))
                brush.middle(name, x, y, size, mix(color_of(player), TEXT, 0.35), bold=True)

    def _paint_tag(self, brush: Brush, view: View, sprite: Sprite, strength: float) -> None:
        size = round(13 * brush.px)
        x, y = self._above(view, sprite, brush, size)
        words = brush.fonts.render("you", size, INK, bold=True)
        width, height = words.width + size, round(size * 1.5)
        tag = pygame.Surface((width, height), pygame.SRCALPHA)
        brush.shapes.rounded(tag, (0, 0, width, height), height / 2, color_of(sprite.color or self._player))
        tag.blit(words, ((width - words.width) // 2, (height - words.height) // 2))
        tag.set_alpha(round(255 * strength))
        brush.onto.blit(tag, (round(x - width / 2), round(y - height / 2)))

    def _paint_rises(self, brush: Brush, view: View) -> None:
        self._rises = [rise for rise in self._rises if brush.now - rise.since < _RISE_TIME]
        size = round(16 * brush.px)
        for rise in self._rises:
            progress = (brush.now - rise.since) / _RISE_TIME
            x, y = view.pixel(rise.x, rise.y)
            picture = brush.fonts.render(rise.text, size, mix(rise.color, TEXT, 0.5), bold=True)
            picture.set_alpha(round(255 * (1 - progress**2)))
            brush.onto.blit(picture, (round(x - picture.width / 2), round(y - size * (0.8 + 1.6 * progress))))
            picture.set_alpha(255)

    def _above(self, view: View, sprite: Sprite, brush: Brush, size: int) -> tuple[float, float]:
        """The middle of a label over a sprite; under it, where there is no room above."""
        x, y = view.pixel(*middle_of(sprite, self.sprites.place(sprite, brush.now)))
        away = size_of(sprite) * view.scale / 2 + size
        return x, y - away if y - away - size > view.clip.y else y + away


def _lines(length: float, step: float) -> int:
    """How many steps there are to the last line before the edge, and one more."""
    return round(-(-(length - 1) // step))


def _lit(width: int, height: int) -> pygame.Surface:
    """A ground that is a little lighter in the middle."""
    small = pygame.Surface((32, 32))
    for x in range(32):
        for y in range(32):
            far = min(1.0, ((x - 15.5) ** 2 + (y - 15.5) ** 2) ** 0.5 / 22)
            small.set_at((x, y), rgb(mix(BOARD_MIDDLE, BOARD_EDGE, far)))
    return pygame.transform.smoothscale(small, (max(1, width), max(1, height)))
