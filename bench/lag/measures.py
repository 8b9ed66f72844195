"""From what was painted and what was true to the figures of the table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from math import hypot
from typing import Any

from lag.seats import PROBE, RATE, Screen, WithAll, Without
from lag.world import Fired, Network, Wire, World
from tickwire.games._arena_ground import meets_ground
from tickwire.games.arena import SHIP_RADIUS, SHOT_LIFE, SHOT_WAYS, Ship, Shot, hits

PLAYERS = 8
WARM_UP = 6.0  # seconds that are not measured
PROBES = 4  # taps of the turn key and of the trigger at the end, by each player
SHIP = 2 * SHIP_RADIUS  # units; its length


@dataclass(frozen=True)
class Figures:
    """A line of the table. Lengths in ships, times in seconds."""

    answer: float  # frames from a key to the screen, the median
    answer_worst: float  # 95th percentile
    shot: float  # frames from the trigger to one's own shot on the screen, the median
    shot_worst: float  # 95th percentile
    corrections: float  # a minute and player, of more than half a ship
    correction: float  # mean size of all corrections that are more than rounding
    jump: float  # the largest way of another ship in one frame, of each second and player: the median
    jump_worst: float  # and the largest of all
    off: float  # mean distance of the others from where they are now
    off_then: float  # and from where they were in the moment that is shown
    age: float  # of what is seen of the others: median
    age_worst: float  # 99th percentile
    hits: float  # share of hits that are the same to shooter and server
    judged: int  # out of so many
    sent: float  # bytes a second and player
    received: float

    @staticmethod
    def mean(matches: Sequence[Figures]) -> Figures:
        """Of several matches; of what is the largest, the largest, and hits by how many there were."""
        judged = sum(f.judged for f in matches)
        values: dict[str, Any] = {f.name: _mean([getattr(m, f.name) for m in matches]) for f in fields(Figures)}
        hits = sum(f.hits * f.judged for f in matches) / judged if judged else 1.0
        return Figures(**values | {"judged": judged, "hits": hits, "jump_worst": max(f.jump_worst for f in matches)})


def measure(network: Network, seed: int, seconds: float, *, netcode: bool) -> Figures:
    """Play a match and look at it."""
    world = World(network, seed)
    kind: Callable[[int, dict[str, Any]], Any] = WithAll if netcode else Without
    for _ in range(PLAYERS):
        world.seat(kind)
    world.run(WARM_UP)
    before = [(w.bytes_up, w.bytes_down) for w in world.wires]
    world.run(WARM_UP + seconds)
    traffic = [(w.bytes_up - up, w.bytes_down - down) for w, (up, down) in zip(world.wires, before, strict=True)]
    same, judged = _hits(world)
    seats: list[Any] = [w.seat for w in world.wires]
    end = world.now
    for seat in seats:
        seat.probe(end)
    world.run(end + PROBES * PROBE + 1)
    screens = [(s.player, [p for p in s.screens if WARM_UP <= p.now <= end]) for s in seats]
    answers = sorted(a for s in seats for a in s.answers)
    shots = sorted(a for s in seats for a in s.shots)
    sizes = [size for s in seats for at, size in s.corrections if WARM_UP <= at <= end]
    jumps = sorted(j for player, painted in screens for j in _jumps(player, painted))
    ages, now_off, then_off = _distances(world, screens)
    share = PLAYERS * seconds
    return Figures(
        answer=_at(answers, 0.5),
        answer_worst=_at(answers, 0.95),
        shot=_at(shots, 0.5),
        shot_worst=_at(shots, 0.95),
        corrections=sum(size > SHIP / 2 for size in sizes) * 60 / share,
        correction=_mean(sizes) / SHIP,
        jump=_at(jumps, 0.5) / SHIP,
        jump_worst=jumps[-1] / SHIP,
        off=_mean(now_off) / SHIP,
        off_then=_mean(then_off) / SHIP,
        age=_at(ages, 0.5),
        age_worst=_at(ages, 0.99),
        hits=same / judged if judged else 1.0,
        judged=judged,
        sent=sum(up for up, _ in traffic) / share,
        received=sum(down for _, down in traffic) / share,
    )


def _jumps(player: int, painted: Sequence[Screen]) -> Iterable[float]:
    """For each second the largest way that another ship went in one frame; a new row is a new ship."""
    worst: dict[int, float] = {}
    for before, after in pairwise(painted):
        for other, (row, x, y, _) in after.ships.items():
            was = before.ships.get(other)
            if other != player and was is not None and was[0] == row:
                second = int(after.now)
                worst[second] = max(worst.get(second, 0.0), hypot(x - was[1], y - was[2]))
    return worst.values()


def _distances(
    world: World, screens: Iterable[tuple[int, Sequence[Screen]]]
) -> tuple[list[float], list[float], list[float]]:
    ages: list[float] = []
    now_off: list[float] = []
    then_off: list[float] = []
    for player, painted in screens:
        for screen in painted[::3]:
            tick = screen.now * RATE  # the room began at 0, and makes its first tick one period later
            ages.append((tick - screen.shown_tick) / RATE)
            for other, (row, x, y, _) in screen.ships.items():
                if other == player:
                    continue
                for off, at in ((now_off, tick), (then_off, screen.shown_tick)):
                    true = world.place(other, at)
                    if true is not None and true[0] == row:
                        off.append(hypot(x - true[1], y - true[2]))
    return sorted(ages), now_off, then_off


def _hits(world: World) -> tuple[int, int]:
    """How many hits were the same to both, and how many there were to either."""
    same = judged = 0
    last = int((world.now - SHOT_LIFE / RATE - 1) * RATE)
    wires = {wire.seat.player: wire for wire in world.wires}
    for fired in world.game.record.values():
        if not WARM_UP * RATE < fired.tick < last or fired.ghost:
            continue
        seen = _seen_victim(wires[fired.player], fired)
        if seen is not None and (seen or fired.victim):
            judged += 1
            same += seen == fired.victim
    return same, judged


def _seen_victim(wire: Wire, fired: Fired) -> int | None:
    """Whom a shot met on the screen of who fired it, had it been painted at once; 0 for nobody, None if unknown.

    It leaves the ship where that was painted in the moment for which the key counted, and flies past the others as
    they were painted after that.
    """
    seat: Any = wire.seat
    if seat.own_time:  # its moments are the ticks of one's own ship; a shot leaves in that of its key
        began, period = float(fired.tick), 1.0
    else:  # seconds: from the last key that counted by then
        i = bisect_right(wire.played, (fired.tick, float("inf"))) - 1
        if i < 0:
            return None
        tick, made = wire.played[i]
        began, period = made + (fired.tick - tick) / RATE, 1 / RATE
    first = _screen_at(seat, began)
    if fired.player not in first:
        return None
    _, x, y, angle = first[fired.player]
    if seat.own_time and began in seat.launches:  # a tick's own place, and none between two frames
        x, y, angle = seat.launches[began]
    heading = round(angle / 360 * 256) & 255
    dx, dy = SHOT_WAYS[heading]
    for step in range(SHOT_LIFE + 1):
        screen = _screen_at(seat, began + step * period)
        others = [Ship(x=x, y=y, angle=0, player=p) for p, (_, x, y, _) in screen.items()]
        hit = hits(Shot(x=x, y=y, heading=heading, player=fired.player), others)
        if hit is not None:
            return hit.player
        if meets_ground(x, y, dx, dy) <= 1:
            return 0
        x, y = x + dx, y + dy
    return 0


def _screen_at(seat: Any, at: float) -> dict[int, tuple[int, float, float, float]]:
    """The ships on a screen at a moment between two frames."""
    frames: list[Screen] = seat.screens
    i = max(1, min(bisect_right(seat.moments, at), len(frames) - 1))
    before, after = frames[i - 1], frames[i]
    way = seat.moments[i] - seat.moments[i - 1]
    share = min(1.0, max(0.0, (at - seat.moments[i - 1]) / way)) if way > 0 and seat.own_time else 0.0
    ships = dict(before.ships)
    for player, (row, x, y, angle) in before.ships.items():
        then = after.ships.get(player)
        if share and then is not None and then[0] == row:
            turn = ((then[3] - angle + 180) % 360 - 180) * share
            ships[player] = (row, x + (then[1] - x) * share, y + (then[2] - y) * share, (angle + turn) % 360)
    return ships


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
