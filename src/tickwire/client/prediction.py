"""One's own ship answers at once: the client plays its inputs itself and lets the server correct it. Pure.

Sources: Quake III, cg_predict.c (CG_PredictPlayerState: replay from the last snapshot all commands that it does not
have, then fade the error); Valve, Latency Compensating Methods in Client/Server In-game Protocol Design and
Optimization ("client-side prediction"); Glenn Fiedler (Gaffer on Games), Networked Physics, for a history of inputs
and smoothing what is seen and never what is computed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from tickwire.game.blend import Smooth

MAX_UNACKNOWLEDGED = 120  # inputs; four seconds at 30 Hz. A link that stalls longer has lost its player anyway
MIN_FADE, MAX_FADE = 0.1, 0.2  # seconds; shorter is seen as a jump, longer as a ship that does not obey
FADE = 0.15  # seconds

StateT = TypeVar("StateT")
InputT = TypeVar("InputT")
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Correction:
    """What an authoritative state changed about the prediction.

    Attributes:
        error: by field, from the new prediction to the old one; empty if the prediction was right.
        teleport: whether it was shown at once instead of smoothed.
    """

    error: dict[str, float]
    teleport: bool


class Prediction(Generic[StateT, InputT]):
    """Runs the rules for one's own row ahead of the server.

    Args:
        simulate: one tick of the rules for this row: from its state and the input of the tick to its next state. It is
            the server's own function, and must change nothing and use no chance and no time.
        values: the values that are shown, by field, of a state.
        fields: how each of these is smoothed; a field that is not here is shown as it is.
        state: the row in the newest authoritative state.
        acked: the mark of the last input that it includes.
        fade: seconds in which an error fades, from 0.1 to 0.2.

    >>> ship = Prediction(lambda x, push: x + push, lambda x: {"x": x}, {"x": Smooth()}, state=0)
    >>> for mark in (1, 2, 3):
    ...     _ = ship.apply(mark, 10, now=0.0)
    >>> ship.state
    30
    >>> ship.reconcile(11, acked=1, now=1.0)  # the server says that the first push led to 11
    Correction(error={'x': -1}, teleport=False)
    >>> ship.state, ship.shown(1.0), ship.shown(2.0)
    (31, {'x': 30.0}, {'x': 31})
    """

    def __init__(
        self,
        simulate: Callable[[StateT, InputT], StateT],
        values: Callable[[StateT], Values],
        fields: Mapping[str, Smooth],
        state: StateT,
        *,
        acked: int = 0,
        fade: float = FADE,
    ) -> None:
        if not MIN_FADE <= fade <= MAX_FADE:
            raise ValueError(f"fade must be from {MIN_FADE} to {MAX_FADE} s, not {fade!r}")
        self._simulate = simulate
        self._values = values
        self._fields = dict(fields)
        self._fade = fade
        self._inputs: deque[tuple[int, InputT]] = deque(maxlen=MAX_UNACKNOWLEDGED)
        self._last_mark = self._acked = acked
        self._state = state
        self._before = state  # a tick ago: frames come between ticks
        self._error: dict[str, float] = {}
        self._error_at = 0.0

    @property
    def state(self) -> StateT:
        """The predicted state, after all inputs: what the rules compute with, and nothing smoothed."""
        return self._state

    def apply(self, mark: int, input: InputT, now: float) -> StateT:
        """Play one tick with an input of one's own, at the moment at which it is sent; returns the state after it.

        Args:
            mark: what the server acknowledges this input by: its `seq`, or its tick. Each is larger than the last.
            input: of this tick.
            now: seconds.

        Raises:
            ValueError: the mark is not larger than the last.
        """
        if mark <= self._last_mark:
            raise ValueError(f"mark {mark} comes after {self._last_mark}; marks ascend")
        self._last_mark = mark
        self._inputs.append((mark, input))
        self._before, self._state = self._state, self._simulate(self._state, input)
        return self._state

    def reconcile(
        self, state: StateT, acked: int, now: float, share: float = 1.0, ahead: InputT | None = None
    ) -> Correction:
        """Rewind to an authoritative state and replay what it does not include.

        What is shown goes on where it was and comes to where it should be within the fade; past a teleport's
        threshold it goes there at once.

        Args:
            state: the row in that state.
            acked: the mark of the last input that it includes. A state older than the last one is left out.
            now: seconds.
            share: as in `shown`, for the frame that is on the screen, and `ahead`, too.
        """
        if acked < self._acked:
            return Correction({}, teleport=False)
        self._acked = acked
        self._last_mark = max(self._last_mark, acked)
        while self._inputs and self._inputs[0][0] <= acked:
            self._inputs.popleft()
        predicted, seen = self._values(self._state), self.shown(now, share, ahead)
        if self._inputs or any(predicted[f] != value for f, value in self._values(state).items() if f in self._fields):
            self._before = state
        # Without an input to replay and without an error the last tick's movement is still being shown.
        self._state = state
        for _, input in self._inputs:
            self._before, self._state = self._state, self._simulate(self._state, input)
        true = self._values(self._state)
        error = {f: s.difference(true[f], predicted[f]) for f, s in self._fields.items()}
        if not any(error.values()):
            return Correction({}, teleport=False)
        teleport = any(s.jumps(true[f], predicted[f]) for f, s in self._fields.items())
        if teleport:
            self._error = {}
        else:  # what is seen goes on where it is, with what was still fading of an earlier error
            row = self._unsmoothed(share, ahead)
            self._error = {f: s.difference(row[f], seen[f]) for f, s in self._fields.items()}
            self._error_at = now
        return Correction(error, teleport)

    def shown(self, now: float, share: float = 1.0, ahead: InputT | None = None) -> dict[str, float]:
        """The values to paint.

        Args:
            now: seconds.
            share: how much of the tick that was applied last has passed, from 0 to 1: a face with more frames than
                ticks shows what is in between. 1 shows its end.
            ahead: what is held now, that the next tick will have: then `share` is of that tick, which is not over
                yet. So a key shows in the next frame and not in the next tick.
        """
        row = self._unsmoothed(share, ahead)
        fading = 1 - (now - self._error_at) / self._fade
        if self._error and fading > 0:
            for name, smooth in self._fields.items():
                row[name] = smooth.add(row[name], self._error[name] * min(1.0, fading))
        return row

    def ease(self, now: float, share: float, before: InputT, ahead: InputT) -> None:
        """A key went up within a tick whose beginning was shown with it: what was shown goes over into what is true.

        Args:
            now: seconds, of the frame that is on the screen.
            share: of that frame, as in `shown`.
            before: what was held in it.
            ahead: what is held from now on.
        """
        seen, row = self.shown(now, share, before), self._unsmoothed(share, ahead)
        self._error = {f: s.difference(row[f], seen[f]) for f, s in self._fields.items()}
        self._error_at = now

    def go_on_from(self, seen: Values, now: float, share: float, ahead: InputT | None) -> None:
        """This takes over from another prediction: what is shown goes on from there, and fades over into this one.

        Args:
            seen: the row as it was shown last.
            now: seconds.
            share: as in `shown`, and `ahead`, too.
        """
        row = self._unsmoothed(share, ahead)
        if not any(s.jumps(row[f], seen[f]) for f, s in self._fields.items()):
            self._error = {f: s.difference(row[f], seen[f]) for f, s in self._fields.items()}
            self._error_at = now

    def _unsmoothed(self, share: float, ahead: InputT | None) -> dict[str, float]:
        if ahead is None:
            before, after = self._values(self._before), self._values(self._state)
        else:
            before, after = self._values(self._state), self._values(self._simulate(self._state, ahead))
        between = {f: s.between(before[f], after[f], share) for f, s in self._fields.items()}
        return {**after, **between}
