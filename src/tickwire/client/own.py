"""What is one's own is shown ahead of the server: the row that one steers, and what is on its way by itself. Pure.

What the steered row brings into the world, a shot, is shown before the server has it: a ghost. It is part of what was
predicted, so a state that includes its tick takes it away, and the real row, if there is one, goes on where it was.

Source: Yahn W. Bernier, Latency Compensating Methods in Client/Server In-game Protocol Design and Optimization, 2001,
"Client side prediction of weapon firing".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from tickwire.client.prediction import FADE, Correction, Prediction
from tickwire.client.rules import Move, Rules, Values
from tickwire.game.blend import Smooth
from tickwire.replication.schema import TableSchema

MAX_AHEAD = 30  # ticks that a row of one's own other than the steered one is played ahead
MAX_SHIFT = 3  # ticks by which a ghost may be put off and still be the same: later, it is another shot


class Made(NamedTuple):
    """A row that one's own row brought into the world, as `move` returned it.

    Attributes:
        tick: in which it did.
        number: among those of its tick.
        table: its name.
        values: by field.
    """

    tick: int
    number: int
    table: str
    values: Values


class _Moment(NamedTuple):
    """The steered row after a tick, and what it made since the newest state."""

    values: Values
    made: tuple[Made, ...]


class Own:
    """One's own row, played ahead."""

    def __init__(self, id: int, table: TableSchema, rules: Rules, values: Values, tick: int) -> None:
        self.id = id
        self.played = tick
        self._move = rules.moves[rules.predicted]
        smooth = {f.name: f.smooth for f in table.fields if f.smooth.blend != "step"}
        self._prediction: Prediction[_Moment, tuple[int, Any]] = Prediction(
            self._step, attrgetter("values"), smooth, _Moment(values, ()), acked=tick
        )

    @property
    def values(self) -> Values:
        """The row after the last tick that was played."""
        return self._prediction.state.values

    def play(self, tick: int, input: Any) -> None:
        """Play one tick with an input of one's own."""
        self._prediction.apply(tick, (tick, input), 0.0)
        self.played = tick

    def reconcile(self, values: Values, tick: int, now: float, share: float, held: Any) -> Correction:
        """As `Prediction.reconcile`: what the row made since is found anew."""
        self.played = max(self.played, tick)
        return self._prediction.reconcile(_Moment(values, ()), tick, now, share, (self.played + 1, held))

    def shown(self, now: float, share: float, held: Any) -> dict[str, Any]:
        """As `Prediction.shown`."""
        return self._prediction.shown(now, share, (self.played + 1, held))

    def ease(self, now: float, share: float, before: Any, held: Any) -> None:
        """As `Prediction.ease`."""
        self._prediction.ease(now, share, (self.played + 1, before), (self.played + 1, held))

    def go_on_from(self, seen: Values, now: float, share: float, held: Any) -> None:
        """As `Prediction.go_on_from`."""
        self._prediction.go_on_from(seen, now, share, (self.played + 1, held))

    def made(self, held: Any) -> tuple[Made, ...]:
        """What it made since the newest state, also in the tick that is not over yet."""
        return self._step(self._prediction.state, (self.played + 1, held)).made

    def _step(self, moment: _Moment, input: tuple[int, Any]) -> _Moment:
        tick, held = input
        values, made, _ = self._move(moment.values, held)
        # What no state has told of for so long is not on its way any more, but lost in a stall.
        before = tuple(m for m in moment.made if tick - m.tick < MAX_AHEAD) if moment.made else ()
        return _Moment(values, before + tuple(Made(tick, n, *each) for n, each in enumerate(made)))


class _Way:
    """The way of one row that nobody steers, as far as it was asked for."""

    def __init__(self, id: int, values: Values, tick: int) -> None:
        self.id = id  # on the screen
        self.tick = tick  # at which it has these values
        self.start = values
        self.steps: list[Values | None] = [values]  # None at its end: the step before it is the last that is seen
        self.over = False  # it was seen to end, and what is known since leads it to the same end
        self.error: dict[str, float] = {}
        self.error_at = 0.0


class Flights:
    """What is on its way of one's own in one table: rows of the newest state, and ghosts.

    A row keeps its id on the screen when it takes over from its ghost: to a face it is the same thing. A ghost's id is
    below 0.

    Args:
        move: one tick of a row.
        fields: how each field is smoothed.
    """

    def __init__(self, move: Move, fields: Mapping[str, Smooth]) -> None:
        self._move = move
        self._fields = fields
        self._real: dict[int, _Way] = {}  # by id in the table
        self._ghosts: dict[tuple[int, int], _Way] = {}  # by tick and number
        self._ghosts_made = 0
        self._taken = 0  # how many of the first that were made are rows by now

    def follow(
        self,
        rows: Mapping[int, Values],
        made: Sequence[Made],
        tick: int,
        moment: float,
        now: float,
        held: Any,
        *,
        late: bool = False,
    ) -> None:
        """A state came.

        Args:
            rows: those in it, by id.
            made: what is not in it yet; if it is `late`, all since an earlier state.
            tick: its own.
            moment: the tick that is being shown, with its fraction.
            now: seconds.
            held: the input.
            late: whether the state lacks an input of one's own for its past: so who takes over from whom is told by
                their order alone.
        """
        real, ghosts = self._real, self._ghosts
        self._taken = self._taken + sum(id not in real for id in rows) if late else 0
        made = made[self._taken :]
        self._real = {id: _Way(id, values, tick) for id, values in rows.items()}
        self._ghosts = {(m.tick, m.number): _Way(0, m.values, m.tick - 1) for m in made}
        pairs = [(real[id], way) for id, way in self._real.items() if id in real]
        pairs += [(ghosts[key], way) for key, way in self._ghosts.items() if key in ghosts]
        # Ghosts whose tick is over became rows, in their order; or the server has put them off, or refused them.
        gone = [ghosts[key] for key in sorted(ghosts) if key not in self._ghosts]
        born = [way for id, way in sorted(self._real.items()) if id not in real]
        # If rows are missing, they are those of the ghosts that came to their end up to here: no heir in this state.
        ended = [way for way in gone if self._is_over(way, tick + 1, held)][: max(0, len(gone) - len(born))]
        heard = [way for way in gone if way not in ended][: len(born)]
        pairs += zip(heard, born, strict=False)
        rest = [way for way in gone if way not in heard]
        for new in [way for key, way in sorted(self._ghosts.items()) if key not in ghosts]:
            near = [way for way in rest if abs(new.tick - way.tick) <= MAX_SHIFT]
            if near:
                pairs.append((near[0], new))
                rest.remove(near[0])
        for old, new in pairs:
            new.id = old.id
            # Rounding, or a key that counts later, may put the end off by a little: it does not come back for that.
            unseen = self._is_over(old, moment, held)
            new.over = unseen and self._is_over(_Way(0, new.start, new.tick), moment + MAX_SHIFT, held)
            self._ease(old, new, moment, now, held)
        for way in self._ghosts.values():
            way.id = way.id or self._new_id()

    def rows(self, made: Sequence[Made], moment: float, now: float, held: Any) -> dict[int, dict[str, Any]]:
        """What is to be painted, by id; arguments as those of `follow`, with `made` as it is now."""
        known, self._ghosts = self._ghosts, {}
        for m in made[self._taken :]:
            way = known.get((m.tick, m.number)) or _Way(self._new_id(), m.values, m.tick - 1)
            if way.start != m.values:  # a key went down or up in a tick that is not over
                way.start, way.steps, way.over = m.values, [m.values], False
            self._ghosts[m.tick, m.number] = way
        ways = [*self._real.values(), *self._ghosts.values()]
        shown = [(way.id, self._shown(way, moment, now, held)) for way in ways]
        return {id: row for id, row in shown if row is not None}

    def step(self, before: float, moment: float, now: float, held: Any) -> None:
        """Another moment is shown now: go on where rows are seen, and let the difference fade.

        Args:
            before: the tick that was shown, with its fraction.
            moment: the one that is shown from now on.
            now: seconds.
            held: the input.
        """
        for way in (*self._real.values(), *self._ghosts.values()):
            seen, true = self._shown(way, before, now, held), self._at(way, moment, held)
            way.error = {}
            if seen is not None and true is not None:
                self._lead(way, seen, true, now)

    def _new_id(self) -> int:
        self._ghosts_made += 1
        return -self._ghosts_made

    def _is_over(self, way: _Way, moment: float, held: Any) -> bool:
        return self._at(way, moment, held) is None

    def _at(self, way: _Way, moment: float, held: Any) -> dict[str, Any] | None:
        """Where it is; None after its end."""
        ahead = min(MAX_AHEAD, max(0.0, moment - way.tick))
        while len(way.steps) <= math.ceil(ahead) and (last := way.steps[-1]) is not None:
            values, _, over = self._move(last, held)
            way.steps += [values, None] if over else [values]
        if way.over or len(way.steps) <= math.ceil(ahead):
            return None
        start, end = way.steps[math.floor(ahead)], way.steps[math.ceil(ahead)]
        if start is None or end is None:
            return None
        return {n: s.between(start[n], end[n], ahead - math.floor(ahead)) for n, s in self._fields.items()}

    def _shown(self, way: _Way, moment: float, now: float, held: Any) -> dict[str, Any] | None:
        row = self._at(way, moment, held)
        if row is None:
            return None
        fading = 1 - (now - way.error_at) / FADE
        if way.error and fading > 0:
            for name, smooth in self._fields.items():
                row[name] = smooth.add(row[name], way.error[name] * min(1.0, fading))
        return row

    def _ease(self, old: _Way, new: _Way, moment: float, now: float, held: Any) -> None:
        """Go on where it is seen, and let the difference to what is true fade."""
        seen, true = self._shown(old, moment, now, held), self._at(new, moment, held)
        if seen is not None and true is not None:
            self._lead(new, seen, true, now)

    def _lead(self, way: _Way, seen: Mapping[str, Any], true: Mapping[str, Any], now: float) -> None:
        if not any(s.jumps(true[n], seen[n]) for n, s in self._fields.items()):
            way.error = {n: s.difference(true[n], seen[n]) for n, s in self._fields.items()}
            way.error_at = now
