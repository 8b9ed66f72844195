"""What is on the board, as the eye shall see it between two ticks. It follows tables and a clock; it paints nothing."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tickwire.faces.looks import KnownLook, known_looks
from tickwire.faces.window.motion import Place, between, travels
from tickwire.replication.schema import Schema

PAINTED = frozenset({"cell", "dot", "arrow", "box", "text"})
GHOST_TIME = 0.35  # seconds that something is still to be seen after it is gone
_MOST_GHOSTS = 200
_CROWD = 3  # cells of one colour gone at once: not a tail that moves on, but an end worth a puff
_BEFORE = -math.inf  # the birth of what was there before we came

Tables = Mapping[str, Iterable[Any]]
Way = Literal["puff", "fade", "slip"]


@dataclass(slots=True)
class Sprite:
    """One thing on the board. Times are in seconds, places in units of the board.

    Attributes:
        row: the entity's; its numbers other than the place are read when it is painted.
        color: 0 for nobody's, n for player n.
        owner: the player whose it is, 0 for nobody's.
        sprouted: whether it came out of its neighbor, and so has its full size from the start.
    """

    row: Any
    look: KnownLook
    color: int
    owner: int
    own: bool
    start: Place
    end: Place
    moved_at: float
    born_at: float
    sprouted: bool = False

    def value(self, key: str) -> Any:
        """What the look gives for a key."""
        return self.look.read[key](self.row)


class Ghost(NamedTuple):
    """What has just gone, and how it goes."""

    sprite: Sprite
    since: float
    way: Way


class Layer:
    """The sprites of one table, by row id."""

    def __init__(self, look: KnownLook) -> None:
        self.look = look
        self.on_grid = look.kind == "cell"
        self.sprites: dict[int, Sprite] = {}


class Sprites:
    """All that is on the board.

    Args:
        schema: the game's.
        player: whose things are one's own; 0 for a watcher.
        tick_rate: ticks a second.
    """

    def __init__(self, schema: Schema, player: int, tick_rate: float) -> None:
        self.layers = [Layer(look) for look in known_looks(schema.tables) if look.kind in PAINTED]
        self.ghosts: deque[Ghost] = deque(maxlen=_MOST_GHOSTS)
        self._owners = {t.name: _owner_field(t.look, {f.name for f in t.fields}) for t in schema.tables}
        self._board = schema.board
        self._player = player
        self._tick_time = 1 / tick_rate if tick_rate > 0 else 1.0
        self._followed = False

    def follow(self, tables: Tables, now: float) -> None:
        """Take in the tables as they are now. What the first call finds is simply there."""
        for layer in self.layers:
            rows = {row.id: row for row in tables.get(layer.look.table, ()) if _place(layer.look, row) is not None}
            gone = [layer.sprites.pop(id) for id in [id for id in layer.sprites if id not in rows]]
            jumped = [s for id, row in rows.items() if (s := self._follow_row(layer, id, row, now)) is not None]
            if self._followed:
                self._animate_coming(layer, now)
                self._animate_going(layer, gone, now)
                if layer.on_grid:
                    self._animate_going(layer, jumped, now)
        self._followed = True

    def place(self, sprite: Sprite, now: float) -> Place:
        """Where a sprite is to be seen."""
        progress = (now - sprite.moved_at) / self._tick_time
        return sprite.end if progress >= 1 else between(sprite.start, sprite.end, max(0.0, progress))

    def faded(self, ghost: Ghost, now: float) -> float:
        """How much of a ghost has faded, 0 to 1."""
        return min(1.0, (now - ghost.since) / (self._tick_time if ghost.way == "slip" else GHOST_TIME))

    def sweep(self, now: float) -> None:
        """Forget the ghosts that have faded."""
        kept = [ghost for ghost in self.ghosts if self.faded(ghost, now) < 1]
        self.ghosts.clear()
        self.ghosts.extend(kept)

    def leads(self) -> dict[int, Sprite]:
        """For each player the thing that leads. Ids grow, so a snake's head has the highest."""
        highest: dict[int, tuple[int, Sprite]] = {}
        for id, sprite in self._all():
            if sprite.owner and id >= highest.get(sprite.owner, (-1, None))[0]:
                highest[sprite.owner] = (id, sprite)
        return {owner: sprite for owner, (_, sprite) in highest.items()}

    def _all(self) -> Iterator[tuple[int, Sprite]]:
        for layer in self.layers:
            yield from layer.sprites.items()

    def _follow_row(self, layer: Layer, id: int, row: Any, now: float) -> Sprite | None:
        """Make or move the sprite of a row. Returns what was there before, if it did not travel but jumped."""
        place = _place(layer.look, row)
        assert place is not None
        before = layer.sprites.get(id)
        if before is None:
            layer.sprites[id] = self._create(layer.look, row, place, now if self._followed else _BEFORE)
            return None
        if place != before.end:
            if not travels(before.end, place, self._board, on_grid=layer.on_grid):
                layer.sprites[id] = self._create(layer.look, row, place, now)
                return before
            before.start, before.end, before.moved_at = self.place(before, now), place, now
        before.row = row
        before.color, before.owner = self._ownership(layer.look, row)
        before.own = 0 < self._player == before.owner
        return None

    def _create(self, look: KnownLook, row: Any, place: Place, born_at: float) -> Sprite:
        color, owner = self._ownership(look, row)
        own = 0 < self._player == owner
        return Sprite(row, look, color, owner, own, start=place, end=place, moved_at=born_at, born_at=born_at)

    def _ownership(self, look: KnownLook, row: Any) -> tuple[int, int]:
        color = look.read["color"](row)
        color = color if isinstance(color, int) and color > 0 else 0
        field = self._owners[look.table]
        owner = getattr(row, field) if field else 0
        return color, owner if isinstance(owner, int) and owner > 0 else 0

    def _animate_coming(self, layer: Layer, now: float) -> None:
        """A cell that is added next to one of its colour comes out of it: so a head glides over a wire of cells."""
        new = [s for s in layer.sprites.values() if s.born_at == now and s.color] if layer.on_grid else []
        if not new:
            return
        places = _by_place(layer)
        for sprite in new:
            parents = [s for s in _neighbors(places, sprite) if s.born_at < now]
            if parents:
                sprite.start, sprite.sprouted = max(parents, key=lambda s: s.born_at).end, True

    def _animate_going(self, layer: Layer, gone: list[Sprite], now: float) -> None:
        """And one that is removed slips into the oldest neighbor of its colour, as a tail is drawn in."""
        if not gone:
            return
        crowd = Counter(sprite.color for sprite in gone)
        places = _by_place(layer) if layer.on_grid else {}
        for sprite in gone:
            if sprite.color == 0 or crowd[sprite.color] >= _CROWD:
                self.ghosts.append(Ghost(sprite, now, "puff"))
            elif neighbors := _neighbors(places, sprite):
                sprite.start, sprite.moved_at = sprite.end, now
                sprite.end = min(neighbors, key=lambda s: s.born_at).end
                self.ghosts.append(Ghost(sprite, now, "slip"))
            else:
                self.ghosts.append(Ghost(sprite, now, "fade"))


def _owner_field(look: Any, fields: set[str]) -> str | None:
    """The field that says whose a row is: the look's `player`, else its colour, for colour n is that of player n."""
    named = [look.get(key) for key in ("player", "color")] if isinstance(look, dict) else []
    return next((name for name in named if isinstance(name, str) and name in fields), None)


def _place(look: KnownLook, row: Any) -> Place | None:
    """Where a row is; None if that is no place: infinite, or no number at all."""
    read = look.read
    place = (read["x"](row), read["y"](row), read["angle"](row) if "angle" in read else 0)
    if all(isinstance(n, int | float) and math.isfinite(n) for n in place):
        return Place(*place)
    return None


def _by_place(layer: Layer) -> dict[tuple[float, float], Sprite]:
    return {(s.end.x, s.end.y): s for s in layer.sprites.values()}


def _neighbors(places: Mapping[tuple[float, float], Sprite], sprite: Sprite) -> list[Sprite]:
    x, y = sprite.end.x, sprite.end.y
    around = (places.get(at) for at in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)))
    return [s for s in around if s is not None and s.color == sprite.color]
