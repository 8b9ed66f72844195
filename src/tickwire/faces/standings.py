"""The scoreboard as data: who has how many points, from whatever table has the look `score`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tickwire.faces.clean import clean
from tickwire.faces.looks import KnownLook
from tickwire.ids.characters import begin
from tickwire.wire.messages import PlayerInfo


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the scoreboard. `points` is None in a game that counts none."""

    player: int
    name: str
    points: int | float | str | None
    bot: bool
    own: bool
    turn: bool = False  # whether it is this player's turn
    side: int | None = None  # 0 who has the light pieces, 1 the dark ones
    away: bool = False  # whether the connection is lost, and the seat kept


def standings(
    looks: Sequence[KnownLook], tables: Mapping[str, Iterable[Any]], players: Mapping[int, PlayerInfo], own: int
) -> list[Standing]:
    """Everyone in the room, the best first; who has no points yet comes last, then by number."""
    points: dict[int, Any] = {}
    turns: dict[int, bool] = {}
    sides: dict[int, int | None] = {}
    for look in looks:
        if look.kind == "score":
            for row in tables.get(look.table, ()):
                player, side = look.read["player"](row), look.read["side"](row)
                points[player] = look.read["value"](row)
                turns[player] = bool(look.read["turn"](row))
                sides[player] = int(side) if side in (0, 1) else None
    lines = [
        Standing(
            p.player,
            clean(p.name),
            points.get(p.player),
            p.bot,
            p.player == own,
            turns.get(p.player, False),
            sides.get(p.player),
            p.away,
        )
        for p in players.values()
    ]
    return sorted(lines, key=lambda s: (*_rank(s.points), s.player))


def at_a_glance(lines: Iterable[Standing]) -> str:
    """How it stands in a few characters, for where there is no room for a scoreboard.

    Both sides of a board with their clocks; else one's own points and place; nothing for a watcher of other games.

    >>> ada, bob = Standing(1, "ada", "4:59", False, True, True, 0), Standing(2, "bob", "5:00", False, False, False, 1)
    >>> at_a_glance([ada, bob])
    '▶○ 4:59 ● 5:00'
    >>> at_a_glance([Standing(2, "bob", 9, True, False), Standing(1, "ada", 4, False, True)])
    'ada 4, place 2 of 2'
    """
    lines = list(lines)
    sides = [s for s in lines if s.side is not None and s.points is not None]
    own = next((s for s in lines if s.own and s.points is not None), None)
    if own is not None and not sides:
        place = 1 + sum(_rank(s.points) < _rank(own.points) for s in lines)
        return f"{begin(own.name, 10)} {begin(clean(str(own.points)), 8)}, place {place} of {len(lines)}"
    return " ".join(f"{'▶' if s.turn else ''}{'○●'[s.side or 0]} {begin(clean(str(s.points)), 8)}" for s in sides)


def shortened(lines: Sequence[Standing], room: int) -> list[Standing | None]:
    """The lines that fit into `room` rows: the best, and one's own in any case. None stands for those left out."""
    if len(lines) <= max(room, 0):
        return list(lines)
    own = next((i for i, s in enumerate(lines) if s.own), 0)
    if own < room - 1:
        return [*lines[: room - 1], None][:room]
    return [*lines[: max(0, room - 2)], None, lines[own]][-room:] if room else []


def _rank(points: Any) -> tuple[int, float]:
    if isinstance(points, int | float):
        return 0, -points
    return (1, 0) if points is not None else (2, 0)
