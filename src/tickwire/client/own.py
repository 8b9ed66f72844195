"""What is one's own is shown ahead of the server: the row that one steers, and what is on its way by itself. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tickwire.client.prediction import Correction, Prediction
from tickwire.client.rules import Move, Rules, Values
from tickwire.game.blend import Smooth
from tickwire.replication.schema import TableSchema

MAX_AHEAD = 30  # ticks that a row of one's own other than the steered one is played ahead


class Own:
    """One's own row, played ahead."""

    def __init__(self, id: int, table: TableSchema, rules: Rules, values: Values, tick: int) -> None:
        self.id = id
        self.played = tick
        smooth = {f.name: f.smooth for f in table.fields if f.smooth.blend != "step"}
        self._prediction: Prediction[Values, Any] = Prediction(
            rules.moves[rules.predicted], lambda values: values, smooth, values, acked=tick
        )

    def play(self, tick: int, input: Any) -> None:
        """Play one tick with an input of one's own."""
        self._prediction.apply(tick, input, 0.0)
        self.played = tick

    def reconcile(self, values: Values, tick: int, now: float, share: float, held: Any) -> Correction:
        """As `Prediction.reconcile`."""
        self.played = max(self.played, tick)
        return self._prediction.reconcile(values, tick, now, share, held)

    def shown(self, now: float, share: float, held: Any) -> dict[str, Any]:
        """As `Prediction.shown`."""
        return self._prediction.shown(now, share, held)


class Way:
    """The way of a row that nobody steers, from the newest state on, as far as it was asked for."""

    def __init__(self, values: Values, tick: int) -> None:
        self._tick = tick
        self._steps = [values]

    def at(self, tick: float, move: Move, held: Any, fields: Mapping[str, Smooth]) -> dict[str, Any]:
        """The row at a tick, with its fraction."""
        ahead = min(MAX_AHEAD, max(0.0, tick - self._tick))
        while len(self._steps) <= math.ceil(ahead):
            self._steps.append(move(self._steps[-1], held))
        start, end = self._steps[math.floor(ahead)], self._steps[math.ceil(ahead)]
        return {n: s.between(start[n], end[n], ahead - math.floor(ahead)) for n, s in fields.items()}
