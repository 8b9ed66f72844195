"""What is on the board, as the eye shall see it between two ticks. It follows tables and a clock; it paints nothing."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tickwire.faces.looks import OF_FIELDS, KnownLook, is_turned, known_looks, turned
from tickwire.faces.window.motion import Place, between, travels
from tickwire.replication.schema import Schema

PAINTED = OF_FIELDS | frozenset({"dot", "arrow", "box", "text"})
_SLIDE_TIME = 0.2  # seconds that a piece takes to slide, if a tick is shorter
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
    named: tuple[bool, bool] = (False, False)  # whether a field is one that shows its column's, its row's name

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
        self._looks = known_looks(schema.tables)
        self.turned = False  # whether the player sits on the other side of the board
        self.layers = [Layer(look) for look in self._looks if look.kind in PAINTED]
        self.ghosts: deque[Ghost] = deque(maxlen=_MOST_GHOSTS)
        self._owners = {t.name: _owner_field(t.look, {f.name for f in t.fields}) for t in schema.tables}
        self._board = schema.board
        self._player = player
        self._tick_time = 1 / tick_rate if tick_rate > 0 else 1.0
        self._followed = False
        self.shown: frozenset[str] = frozenset()  # tables that `show` has, and `follow` leaves out

    def follow(self, tables: Tables, now: float) -> None:
        """Take in the tables as they are now. What the first call finds is simply there."""
        if is_turned(self._looks, tables, self._player) != self.turned:
            self.turned, self._followed = not self.turned, False
            self.layers = [Layer(turned(layer.look, self._board)) for layer in self.layers]
        self._follow_layers([layer for layer in self.layers if layer.look.table not in self.shown], tables, now)
        self._followed = True

    def show(self, tables: Tables, now: float) -> None:
        """Take in the rows of the tables in `shown`, which are where they are to be seen now. Once a frame."""
        layers = [layer for layer in self.layers if layer.look.table in self.shown]
        self._follow_layers(layers, tables, now)
        for layer in layers:
            for sprite in layer.sprites.values():
                sprite.start = sprite.end

    def _follow_layers(self, layers: list[Layer], tables: Tables, now: float) -> None:
        for layer in layers:
            rows = {row.id: row for row in tables.get(layer.look.table, ()) if _place(layer.look, row) is not None}
            gone = [layer.sprites.pop(id) for id in [id for id in layer.sprites if id not in rows]]
            jumped = [s for id, row in rows.items() if (s := self._follow_row(layer, id, row, now)) is not None]
            if layer.look.kind == "square":
                _name_edges(layer)
            elif self._followed and layer.look.kind != "mark":
                self._animate_coming(layer, now)
                self._animate_going(layer, gone, now)
                if layer.on_grid:
                    self._animate_going(layer, jumped, now)

    def place(self, sprite: Sprite, now: float) -> Place:
        """Where a sprite is to be seen."""
        time = max(self._tick_time, _SLIDE_TIME) if sprite.look.kind == "piece" else self._tick_time
        progress = (now - sprite.moved_at) / time
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
        """For each player the thing that leads: a ship, not its shots. Ids grow, so a snake's head has the highest."""
        highest: dict[int, tuple[tuple[bool, int], Sprite]] = {}
        for id, sprite in self._all():
            rank = (sprite.look.kind == "arrow", id)
            if sprite.owner and (sprite.owner not in highest or rank >= highest[sprite.owner][0]):
                highest[sprite.owner] = (rank, sprite)
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
            slides = layer.look.kind == "piece"
            if not slides and not travels(before.end, place, self._board, on_grid=layer.on_grid):
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
        color = color if isinstance(color, int) and color >= -1 else 0
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


def _name_edges(layer: Layer) -> None:
    """The fields at the bottom show their columns' names, those on the left their rows'."""
    places = [s.end for s in layer.sprites.values()]
    left, bottom = min((p.x for p in places), default=0), max((p.y for p in places), default=0)
    for sprite in layer.sprites.values():
        sprite.named = (sprite.end.y == bottom, sprite.end.x == left)


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
