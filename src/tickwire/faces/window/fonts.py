"""Sharp text: the system's own fonts, and for each character one that has it."""

from __future__ import annotations

import math
import os
from collections import OrderedDict

import pygame

from tickwire.ids.characters import clusters

# The first that is there. pygame's bundled font is the last resort: it looks like no other program's.
_SANS = "inter,segoeui,sfpro,sfprotext,helveticaneue,notosans,cantarell,ubuntu,dejavusans,liberationsans,arial"
_OTHERS = (  # for characters that the first does not have
    "dejavusans",
    "notosanscjksc,notosanscjkjp,notosanscjk,microsoftyahei,yugothic,malgungothic,hiraginosans,pingfangsc,wenquanyizenhei",
    "notosanssymbols2,notosanssymbols,segoeuisymbol,applesymbols",
    "notoemoji,segoeuiemoji,symbola",
    "notosansarabic,notosansdevanagari,arialunicodems,unifont",
)
_IN_NO_FONT = "\U0010fffd"
_MOST_KEPT = 600  # rendered texts
_MOST_OUTLINED = 100


class Fonts:
    """Texts as pictures. Sizes are in pixels of the window, colours 0xRRGGBB."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, bool], str | None] = {}
        self._fonts: dict[tuple[str | None, int], pygame.font.Font] = {}
        self._lacks: dict[tuple[pygame.font.Font, str], bool] = {}
        self._rendered: OrderedDict[tuple[str, int, int, bool], pygame.Surface] = OrderedDict()
        self._outlined: OrderedDict[tuple[str, int, int, int], pygame.Surface] = OrderedDict()

    def render(self, text: str, size: int, color: int, *, bold: bool = False) -> pygame.Surface:
        """The text as a picture, transparent around. Not to be painted on: it is kept."""
        key = (text, size, color, bold)
        picture = self._rendered.get(key)
        if picture is None:
            picture = self._rendered[key] = self._render(text, size, color, bold)
            if len(self._rendered) > _MOST_KEPT:
                self._rendered.popitem(last=False)
        self._rendered.move_to_end(key)
        return picture

    def outlined(self, text: str, size: int, color: int, edge: int) -> pygame.Surface:
        """A text with an edge around its characters, cut to what is painted. Not to be painted on: it is kept."""
        key = (text, size, color, edge)
        picture = self._outlined.get(key)
        if picture is None:
            reach = max(1.0, size / 26)
            around, middle = self.render(text, size, edge), self.render(text, size, color)
            margin = math.ceil(reach)
            whole = pygame.Surface((middle.width + 2 * margin, middle.height + 2 * margin), pygame.SRCALPHA)
            for i in range(16):
                turn = math.tau * i / 16
                whole.blit(around, (round(margin + reach * math.cos(turn)), round(margin + reach * math.sin(turn))))
            whole.blit(middle, (margin, margin))
            bounds = whole.get_bounding_rect()
            picture = self._outlined[key] = whole.subsurface(bounds) if bounds.width else whole
            if len(self._outlined) > _MOST_OUTLINED:
                self._outlined.popitem(last=False)
        self._outlined.move_to_end(key)
        return picture

    def width(self, text: str, size: int, *, bold: bool = False) -> int:
        """How wide a text is."""
        return sum(font.size(part)[0] for font, part in self._runs(text, size, bold))

    def height(self, size: int) -> int:
        """How high a line is."""
        return self._font(_SANS, size, bold=False).get_linesize()

    def fit(self, text: str, size: int, width: int, *, bold: bool = False) -> str:
        """The text, or as much of it as fits, with an ellipsis."""
        if self.width(text, size, bold=bold) <= width:
            return text
        parts = clusters(text)
        while parts and self.width("".join(parts) + "…", size, bold=bold) > width:
            parts.pop()
        return "".join(parts).rstrip() + "…" if parts else ""

    def _render(self, text: str, size: int, color: int, bold: bool) -> pygame.Surface:
        shade = pygame.Color(color >> 16, color >> 8 & 0xFF, color & 0xFF)
        runs = self._runs(text, size, bold)
        parts = [font.render(part, True, shade) for font, part in runs]
        if len(parts) == 1:
            return parts[0]
        ascent = max((font.get_ascent() for font, _ in runs), default=0)
        height = max(
            (ascent - font.get_ascent() + p.height for (font, _), p in zip(runs, parts, strict=True)), default=1
        )
        whole = pygame.Surface((sum(p.width for p in parts), height), pygame.SRCALPHA)
        x = 0
        for (font, _), part in zip(runs, parts, strict=True):
            whole.blit(part, (x, ascent - font.get_ascent()))
            x += part.width
        return whole

    def _runs(self, text: str, size: int, bold: bool) -> list[tuple[pygame.font.Font, str]]:
        """The text in parts, each with a font that has its characters."""
        first = self._font(_SANS, size, bold=bold)
        if text.isascii():
            return [(first, text)] if text else []
        runs: list[tuple[pygame.font.Font, str]] = []
        for c in clusters(text):  # marks and what is joined come from the font of what they belong to
            font = first if self._has(first, c[0]) else self._other(c[0], size, bold) or first
            if runs and runs[-1][0] is font:
                runs[-1] = (font, runs[-1][1] + c)
            else:
                runs.append((font, c))
        return runs

    def _other(self, c: str, size: int, bold: bool) -> pygame.font.Font | None:
        fonts = (self._font(names, size, bold=bold) for names in _OTHERS if self._path(names, bold))
        return next((font for font in fonts if self._has(font, c)), None)

    def _has(self, font: pygame.font.Font, c: str) -> bool:
        """Whether a font has a character: SDL paints one that it lacks as an empty box, as it does this one."""
        if c.isascii():
            return True
        key = (font, c)
        if key not in self._lacks:
            try:
                self._lacks[key] = _picture(font, c) == _picture(font, _IN_NO_FONT)
            except (pygame.error, UnicodeError):
                self._lacks[key] = True
        return not self._lacks[key]

    def _font(self, names: str, size: int, *, bold: bool) -> pygame.font.Font:
        path = self._path(names, bold)
        key = (path, size)
        if key not in self._fonts:
            self._fonts[key] = pygame.font.Font(path, size)
        return self._fonts[key]

    def _path(self, names: str, bold: bool) -> str | None:
        key = (names, bold)
        if key not in self._paths:
            self._paths[key] = _match(names, bold)
        return self._paths[key]


def _match(names: str, bold: bool) -> str | None:
    for name in names.split(","):
        if found := pygame.font.match_font(name, bold=bold):
            # Where a family has a condensed cut, pygame often finds that one.
            wide = found.replace("Condensed", "")
            return wide if os.path.exists(wide) else found
    return None


def _picture(font: pygame.font.Font, c: str) -> bytes:
    return pygame.image.tobytes(font.render(c, False, "white"), "RGBA")
