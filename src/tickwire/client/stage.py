"""What one player's screen shows at any moment, and what is sent for the keys that are held. Pure: time is an argument.

Three times are on a screen at once. One's own row is shown where it will be when the input that is made now arrives:
`Own` plays it ahead, and `Flights` what it has shot. All that blends is shown a little in the past, between two states:
`Interpolation`. What does not blend, scores and walls and cells, is shown as it came last. Events wait for the moment
that they belong to.

Sources: Valve, Source Multiplayer Networking; Quake III, cg_predict.c and cg_snapshot.c, for the same three.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from tickwire.client.figures import Figures, Tally
from tickwire.client.held import Held
from tickwire.client.interpolation import MAX_EXTRAPOLATION
from tickwire.client.layer import Layer, blends
from tickwire.client.moments import Moments
from tickwire.client.own import Flights, Made, Own
from tickwire.client.playback import Playback
from tickwire.client.prediction import Correction
from tickwire.client.rules import Rules, Values
from tickwire.client.timeline import Clock
from tickwire.game.history import REWIND
from tickwire.replication.schema import Schema

MAX_OWN = 64  # inputs of one's own that are remembered, for a row that comes late; two seconds at 30 Hz

Tables = Mapping[str, Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An input to be sent: what is asked for, for which tick, and which one is on the screen."""

    input: dict[str, Any]
    tick: int | None
    seen: float | None


class Stage:
    """One seat's view of a room: fed with what comes, asked at each frame.

    Args:
        schema: the game's.
        player: whose rows are one's own; 0 for a watcher.
        tick_rate: the room's, in ticks a second.
        rules: how one's own rows move; None to show them as those of the others.

    Attributes:
        clock: what tick it is on the server.
        playback: which moment is shown of the others.
        delayed: the names of the tables that are shown a little in the past.
        tally: what the net graph shows.
        corrected: called with each correction that was more than rounding.
    """

    def __init__(self, schema: Schema, player: int, tick_rate: float, rules: Rules | None = None) -> None:
        self.clock = Clock(tick_rate)
        self.playback = Playback(schema.send_every / tick_rate)
        self.tally = Tally()
        self.corrected: Callable[[float, Correction], None] = lambda now, correction: None
        self._rate = tick_rate
        self._player = player
        self._rules = rules if player else None
        self._layers = {t.name: Layer(t, self.playback.interval) for t in schema.tables if blends(t)}
        self.delayed = frozenset(self._layers)
        self._tables: Tables = {t.name: () for t in schema.tables}
        self._tick = 0  # of the newest state
        self._rests = False  # whether that said that nothing changes
        self._held = Held(schema)
        self._own: Own | None = None
        self._predicting = False
        self._painted: tuple[float, float] | None = None  # when one's own row was, since the last tick; and its share
        self._flights = {
            name: Flights(move, self._layers[name].smooth)
            for name, move in (self._rules.moves if self._rules else {}).items()
            if name in self._layers
        }
        self._inputs: deque[tuple[int, Any]] = deque(maxlen=MAX_OWN)
        self._reach = REWIND * tick_rate if schema.rollback else 0.0
        self._under_way: deque[tuple[int, int]] = deque(maxlen=MAX_OWN)  # seq and tick of what no state includes
        self._moments = Moments()

    # --- what came ---

    def pong(self, sent: float, received: float, tick: float) -> None:
        """A pong came; as in `Clock.pong`."""
        own, steps = self._seen_own(received), self.clock.steps
        self.clock.pong(sent, received, tick)
        if self.clock.steps > steps:
            self._step_own(received, own)
        if self._rules is not None and not self._predicting and self._tick:
            self._follow_own(received, self._rules)  # in a room that rests no state may come for long

    def slip(self, now: float, ticks: float) -> None:
        """The server was held up: from now on each tick is due so many tick periods later than it would have been.

        What is shown goes back to where it should be, as after a correction.
        """
        own, before = self._seen_own(now), self.playback.time(now)
        rows = [(layer.rows, layer.rows.at(before)) for layer in self._layers.values() if before is not None]
        self.clock.slip(ticks)
        self.playback.slip(ticks / self._rate)
        shown = self.playback.time(now)
        for layer, were in rows:
            layer.ease(were, shown or 0.0)
        self._step_own(now, own)

    def behind(self, behind: bool) -> None:
        """The states from now on leave out some of what changed, for lack of bytes; or they tell all again."""
        for layer in self._layers.values():
            layer.rows.behind = behind

    def sent(self, seq: int, tick: int) -> None:
        """An input for a tick was sent, and has this number."""
        self._under_way.append((seq, tick))

    def acked(self, now: float, seq: int, early: int | None) -> None:
        """An ack came: of our inputs up to a number, and how many ticks early they were, if the server told it."""
        while self._under_way and self._under_way[0][0] <= seq:
            self._under_way.popleft()
        if early is not None:
            self.clock.arrived(now, early)

    def event(self, now: float, event: Any) -> None:
        """Something happened; `take_events` gives it back when the screen is there."""
        self._moments.event(now, event)

    def state(self, now: float, tick: int, tables: Tables, *, full: bool = False, empty: bool = False) -> None:
        """A state came and the mirror has applied it.

        Args:
            now: seconds, when it came.
            tick: of the state.
            tables: the mirror's, by name. They are read now, and again at each frame.
            full: whether states before this one may be missing.
            empty: whether it says that nothing changed.
        """
        time, before = tick / self._rate, self.playback.time(now)
        late = self.playback.arrived(now, time)
        self.tally.state(now, late, self.playback.jitter)
        shown = self.playback.time(now)
        was = before if before != shown else None  # times moved by a step
        self._tables, self._tick, self._rests = tables, tick, empty
        for name, layer in self._layers.items():
            layer.push(time, tables.get(name, ()), full=full, empty=empty, shown=shown, was=was)
        self._moments.state(time)
        if self._rules is not None:
            self._follow_own(now, self._rules)

    # --- what is held, and what is sent for it ---

    def press(self, key_field: str) -> None:
        """A key went down: the field of the input that it stands for."""
        self._held.press(key_field)

    def release(self, key_field: str) -> None:
        """A key went up."""
        self._let_go([key_field])

    def release_all(self) -> None:
        """The player looks elsewhere."""
        self._let_go(list(self._held.fields))

    def _let_go(self, key_fields: Sequence[str]) -> None:
        """Of the tick that is not over its beginning is on the screen, with these keys."""
        own, rules, painted = self._own, self._rules, self._painted
        before = self._held.peek()
        for name in key_fields:
            self._held.release(name)
        if own is None or rules is None or painted is None:
            return
        held_before, held = rules.make(before), rules.make(self._held.peek())
        if len(own.made(held)) < len(own.made(held_before)):
            for name in key_fields:  # a shot that was seen is fired
                self._held.keep(name)
        else:
            own.ease(*painted, held_before, held)

    def advance(self, now: float) -> list[Outgoing]:
        """Make the input of the tick that is due; returns it if it has news. Once a frame at least."""
        held = self._held
        if not held.used or not self._player:
            return []
        if not self.clock.ready:
            return [Outgoing(held.take(), None, None)] if held.changed else []
        outgoing: list[Outgoing] = []
        seen = self._seen(now)
        # After a frame that took long, for the last one: for those before it a key that went down meanwhile comes late.
        for tick in self.clock.take_input_ticks(now)[-1:]:
            changed = held.changed
            input = held.take()
            self._play(tick, input)
            if changed or held.due(tick):
                held.told(tick)
                outgoing.append(Outgoing(input, tick, seen))
        return outgoing

    # --- what is shown ---

    def tables(self, now: float) -> Tables:
        """All tables as the screen shows them now: rows with the fields as attributes, and `id`."""
        if not self._layers:
            return self._tables
        time = self.playback.time(now)
        if time is None:
            return self._tables
        return {**self._tables, **{name: self._rows(layer, now, time) for name, layer in self._layers.items()}}

    def take_events(self, now: float) -> list[Any]:
        """The events whose moment has come, in order; but not those whose moment was long ago."""
        time = self.playback.time(now) if self._layers else None
        return self._moments.take(now, time)

    def figures(self, now: float, received: int, sent: int, ping: float | None) -> Figures:
        """What the net graph shows.

        Args:
            now: seconds.
            received: bytes since the beginning.
            sent: bytes since the beginning.
            ping: seconds.
        """
        stalls, corrections, size = self.tally.counts(now)
        into, out = self.tally.bytes(now, received, sent)
        return Figures(
            ping=ping,
            jitter=self.playback.jitter,
            delay=self.playback.delay if self._layers else 0.0,
            lead=self.clock.lead(now) if self._held.used and self.clock.ready else 0.0,
            stalls=stalls,
            corrections=corrections,
            correction=size,
            bytes_in=into,
            bytes_out=out,
            lateness=tuple(self.tally.lateness),
        )

    # --- of one's own ---

    def _seen(self, now: float) -> float:
        """The tick of the others on the screen, with its fraction."""
        time = self.playback.time(now) if self._layers else None
        if time is None:
            return float(self._tick)
        return time * self._rate if self._rests else min(time * self._rate, self._tick + MAX_EXTRAPOLATION * self._rate)

    def _play(self, tick: int, input: dict[str, Any]) -> None:
        if self._rules is None:
            return
        self._painted = None
        made = self._rules.make(input)
        while self._inputs and self._inputs[-1][0] >= tick:  # the clock was set back
            self._inputs.pop()
        # Through the ticks that a frame left out the server holds the keys of the last one before.
        last, before = self._inputs[-1] if self._inputs else (tick - 1, made)
        left_out = range(max(last + 1, tick - MAX_OWN), tick)
        for each, input_then in [*((each, before) for each in left_out), (tick, made)]:
            self._inputs.append((each, input_then))
            if self._own is not None and each > self._own.played:
                self._own.play(each, input_then)

    def _seen_own(self, now: float) -> tuple[float, Values] | None:
        """The moment of one's own on the screen, and what is steered as it is shown there."""
        if self._own is None or not self._predicting:
            return None
        share, held = self._ahead(now)
        return self._last + share, self._own.shown(now, share, held)

    def _step_own(self, now: float, seen: tuple[float, Values] | None) -> None:
        """The clock was set: one's own is shown as of the tick that is due by it, and inputs go on from there.

        Args:
            now: seconds.
            seen: from `_seen_own`, before the clock was set.
        """
        self._painted = None
        last = math.floor(self.clock.input_tick(now)) if self.clock.ready else self._tick
        if self._last <= last:
            return
        while self._inputs and self._inputs[-1][0] > last:
            self._inputs.pop()
        # The server brings inputs that were meant for later ticks forward when it hears of one for an earlier tick.
        self._held.tell_again()
        self._under_way = deque(((seq, min(tick, last + 1)) for seq, tick in self._under_way), maxlen=MAX_OWN)
        if self._own is None or self._rules is None or seen is None:
            return
        id, moment, share, held = self._own.id, seen[0], *self._ahead(now)
        self._own = self._start_own(next((row for row in self._mine(self._rules.predicted) if row.id == id), None))
        if self._own is not None:
            self._own.go_on_from(seen[1], now, share, held)
        for flights in self._flights.values():
            flights.step(moment, self._last + share, now, held)

    def _start_own(self, row: Any) -> Own | None:
        """Play one's own row ahead, from the newest state on."""
        layer = self._layers.get(self._rules.predicted) if self._rules is not None else None
        if row is None or layer is None or self._rules is None:
            return None
        own = Own(row.id, layer.table, self._rules, layer.values(row), self._tick)
        for tick, input in self._inputs:
            if tick > self._tick:
                own.play(tick, input)
        return own

    @property
    def _last(self) -> int:
        """The last tick for which there is an input."""
        return self._inputs[-1][0] if self._inputs else self._tick

    def _ahead(self, now: float) -> tuple[float, Any]:
        """How much of the tick after the last one played has passed, and what is held in it."""
        assert self._rules is not None
        last = self._last
        share = self.clock.input_tick(now) - last if self.clock.ready else 0.0
        return min(1.0, max(0.0, share)), self._rules.make(self._held.peek())

    def _follow_own(self, now: float, rules: Rules) -> None:
        self._predicting = self._held.used and self.clock.ready
        if not self._predicting:
            return
        rows = self._mine(rules.predicted)
        layer = self._layers.get(rules.predicted)
        share, held = self._ahead(now)
        late = self._own is not None and self._is_input_late()
        if not rows or layer is None:
            self._own = None
        else:
            row = max(rows, key=attrgetter("id"))
            if self._own is None or self._own.id != row.id:
                self._own = self._start_own(row)
            elif not late:
                correction = self._own.reconcile(layer.values(row), self._tick, now, share, held)
                if (size := layer.size(correction.error)) > 0:
                    self.tally.correction(now, size)
                    self.corrected(now, correction)
        moment = self._last + share
        for name, flights in self._flights.items():
            if name != rules.predicted:
                known: dict[int, Values] = {row.id: self._layers[name].values(row) for row in self._mine(name)}
                flights.follow(known, self._made(name, held), self._tick, moment, now, held, late=late)

    def _is_input_late(self) -> bool:
        """Whether the newest state lacks an input for its own past that the server will count from its tick.

        What was played ahead is nearer to what there will be then than that state is.
        """
        tick = self._under_way[0][1] if self._under_way else self._tick + 1
        return self._tick - self._reach < tick <= self._tick

    def _mine(self, name: str) -> list[Any]:
        return [row for row in self._tables.get(name, ()) if row.player == self._player]

    def _made(self, name: str, held: Any) -> list[Made]:
        """What one's own row brought into a table, and no state has yet."""
        return [] if self._own is None else [made for made in self._own.made(held) if made.table == name]

    def _rows(self, layer: Layer, now: float, time: float) -> list[Any]:
        name, rules = layer.table.name, self._rules
        rows = layer.rows.at(time)
        layer.rows.forget(time)
        if rules is not None and name in rules.moves and self._predicting:
            share, held = self._ahead(now)
            if name == rules.predicted:
                mine = {id for id, row in rows.items() if row["player"] == self._player}
                for id in mine:
                    del rows[id]  # what is left of the last one: one's own is gone when one knows it
                if self._own is not None:
                    rows[self._own.id] = self._own.shown(now, share, held)
                    self._painted = (now, share)
            else:
                rows = {id: row for id, row in rows.items() if row["player"] != self._player}
                rows |= self._flights[name].rows(self._made(name, held), self._last + share, now, held)
        return [SimpleNamespace(id=id, **row) for id, row in rows.items()]
