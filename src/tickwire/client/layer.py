"""A table that is shown a little in the past: its rows, as `Interpolation` has them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from tickwire.client.interpolation import Interpolation
from tickwire.client.playback import RESTART
from tickwire.replication.schema import TableSchema


class Layer:
    """A table that is shown a little in the past."""

    def __init__(self, table: TableSchema, interval: float) -> None:
        self.table = table
        self.smooth = {f.name: f.smooth for f in table.fields}
        self.rows = Interpolation(self.smooth, interval, {f.name: f.every for f in table.fields})
        self._names = [f.name for f in table.fields]
        self._read = attrgetter("id", *self._names)
        self._known: dict[int, tuple[Any, ...]] = {}
        # What differs by less is rounding: the server computes with more than it sends.
        self._lines = {f.name: 1.5 * getattr(f.type, "step", 0.0) for f in table.fields if f.smooth.blend == "linear"}

    def values(self, row: Any) -> dict[str, Any]:
        """A row's values by field."""
        return dict(zip(self._names, self._read(row)[1:], strict=True))

    def push(
        self, time: float, rows: Iterable[Any], *, full: bool, empty: bool, shown: float | None, was: float | None
    ) -> None:
        """A state came; as in `Interpolation.push`.

        Args:
            time: of the state.
            rows: all that there are.
            full: as there.
            empty: whether the state says nothing, of no table.
            shown: as there.
            was: the moment that was shown before, if times have moved by a step.
        """
        before = None if was is None or shown is None or abs(shown - was) > RESTART else self.rows.at(was)
        now = {values[0]: values for values in map(self._read, rows)}
        known = self._known
        changed = {
            id: dict(zip(self._names, values[1:], strict=True))
            for id, values in now.items()
            if full or known.get(id) != values
        }
        removed = [id for id in known if id not in now]
        self.rows.push(time, changed, removed, full=full, shown=shown if was is None else None, rests=empty)
        if before is not None and shown is not None:
            self.rows.ease(before, shown)
        self._known = now

    def size(self, error: Mapping[str, float]) -> float:
        """How far a correction moved a row, over all its lengths; 0 for rounding."""
        lengths = [error.get(name, 0.0) for name, least in self._lines.items() if abs(error.get(name, 0.0)) > least]
        return math.hypot(*lengths)


def blends(table: TableSchema) -> bool:
    """Whether anything of a table is shown between two states."""
    return any(f.smooth.blend != "step" for f in table.fields)
