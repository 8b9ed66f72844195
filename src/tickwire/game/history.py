"""Where rows were a moment ago, for judging an action by what the one who acted saw.

Source: Yahn W. Bernier, Latency Compensating Methods in Client/Server In-game Protocol Design and Optimization, 2001,
"Lag compensation"; Valve, Source Multiplayer Networking: the server keeps a short history, takes the two moments
around the one that the player's screen showed, and blends them as the client did.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import ceil, floor
from operator import attrgetter
from typing import Any

from tickwire.game.entity import Entity, EntityT, Field, Table

REWIND = 0.25  # seconds; further back, those who are hit have long been behind a wall on their own screens

INTERVALS = 2.0  # send intervals by which clients show others late (client/playback.py), if the network does not jitter
JITTER = 0.05  # seconds that a lag may be longer than the round trip and that delay explain: jitter, inputs made early

_Moment = dict[int, tuple[Any, ...]]  # a table's rows by id: the values of all fields


def believed_lag(round_trip: float | None, interval: float) -> float:
    """How far back a client may have seen the others when it acted, in seconds.

    Source: Valve, Source Multiplayer Networking: latency and interpolation delay; and no more than REWIND.

    Args:
        round_trip: seconds, as the server measured it; None if it has not: then all up to REWIND is believed.
        interval: seconds between two states.
    """
    return REWIND if round_trip is None else min(REWIND, round_trip + INTERVALS * interval + JITTER)


class History:
    """The last quarter of a second of some tables.

    Args:
        tables: whose entity says `rewind = True`.
        tick_rate: ticks a second.
    """

    def __init__(self, tables: Sequence[Table[Any]], tick_rate: float) -> None:
        self.reach = REWIND * tick_rate
        self._tables = tables
        self._getters = [attrgetter("id", *[f.name for f in t.entity.fields]) for t in tables]
        self._moments: dict[type[Entity], deque[_Moment]] = {
            t.entity: deque(maxlen=ceil(self.reach) + 2) for t in tables
        }

    def record(self) -> None:
        """Remember this moment. Called once a tick, after the rules."""
        for table, getter in zip(self._tables, self._getters, strict=True):
            self._moments[table.entity].append({row[0]: row[1:] for row in map(getter, table)})

    def save(self) -> dict[str, list[_Moment]]:
        """The moments that are remembered, by the name of the entity."""
        return {entity.__name__: list(moments) for entity, moments in self._moments.items()}

    def restore(self, saved: dict[str, list[_Moment]], *, exact: bool) -> None:
        """Remember what was saved; nothing, if the fields are not `exact`ly those of then."""
        for entity, moments in self._moments.items():
            if exact:
                moments.extend(saved.get(entity.__name__, ()))

    def clamp(self, lag: float) -> float:
        """The lag that is believed, in ticks: what a client says it is may be anything, NaN too."""
        return min(lag, self.reach) if lag > 0 else 0.0

    def rows(self, table: Table[EntityT], lag: float) -> list[EntityT]:
        """Copies of a table's rows as they were `lag` ticks before the last recorded moment, at most `reach`.

        Between two ticks their values are blended as clients do it.

        Raises:
            ValueError: the table is not one that is remembered.
        """
        moments = self._moments.get(table.entity)
        if moments is None:
            raise ValueError(f"{table.entity.__name__} is not remembered; write rewind = True in it")
        if not moments:
            return []
        at = len(moments) - 1 - min(self.clamp(lag), len(moments) - 1)
        before, share = moments[floor(at)], at - floor(at)
        after = moments[ceil(at)]
        fields = table.entity.fields
        return [
            _copy(table.entity, id, fields, _between(fields, values, after.get(id, values), share))
            for id, values in before.items()
        ]


def _between(fields: Sequence[Field], start: tuple[Any, ...], end: tuple[Any, ...], share: float) -> tuple[Any, ...]:
    if not share or start == end:
        return start
    if any(f.smooth.blend != "step" and f.smooth.jumps(a, b) for f, a, b in zip(fields, start, end, strict=True)):
        return start
    return tuple(f.smooth.between(a, b, share) for f, a, b in zip(fields, start, end, strict=True))


def _copy(entity: type[EntityT], id: int, fields: Sequence[Field], values: tuple[Any, ...]) -> EntityT:
    row = entity(**{f.name: v for f, v in zip(fields, values, strict=True)})
    row.id = id  # a table's to give; the copy is in none
    return row
