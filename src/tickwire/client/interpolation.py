"""Showing everybody else: states come in jerks, and what is seen moves smoothly. Pure: time is an argument.

What is seen is a little in the past, where the states before and after are both there already. `Playback` says which
moment of the server's time that is; `Interpolation` has the rows of one table and says what they were like then.

Sources: Glenn Fiedler (Gaffer on Games), Snapshot Interpolation; Valve, Source Multiplayer Networking, for
extrapolation of a quarter of a second at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tickwire.game.blend import Smooth

MAX_EXTRAPOLATION = 0.25  # seconds; Valve's cl_extrapolate_amount
MAX_GAP = 0.5  # seconds without states that are travelled across; a longer way is not known, and not made up
EASE = 0.15  # seconds in which a wrong extrapolation is led back
CATCH_UP = 6  # send intervals that the ticks of one state may take if they were made together; a longer gap was a rest

_LITTLE = 1e-6  # seconds, or units: what rounding makes of times and places

Values = Mapping[str, float]


@dataclass(slots=True)
class _Sample:
    time: float  # seconds of the server's
    values: Values
    jump: bool  # the way here from the sample before is not to be travelled


@dataclass(slots=True)
class _Ramp:
    """How a field that is sent seldom gets from one of its values to the next."""

    start: float  # seconds of the server's
    length: float  # seconds
    begin: float
    end: float


@dataclass(slots=True)
class _Track:
    """What is known of one row."""

    samples: deque[_Sample]
    ramps: dict[str, list[_Ramp]] = field(default_factory=dict)  # by field, for those that ever changed
    gone_at: float | None = None
    goes_on: bool = False  # if it is gone: whether it moved until then
    trimmed: bool = False  # whether it was there before the first of the samples
    error: dict[str, float] = field(default_factory=dict)  # by field, how wrong the extrapolation was
    error_at: float = 0.0


class Interpolation:
    """The rows of one table as they were at any moment of the last while.

    No state says that a row stands still, so since when it went to its new place is concluded. Where states say all
    that changed, it stood there until the state before; or until one send interval ago, if there was none for longer,
    since nothing moved (`rests`). Ticks that were made together have one state, and what moved did so ever since the
    state before. Under a budget of bytes (`behind`) a row that is in no state may have moved or not: it goes on as it
    went, and then evenly from its last state to its next.

    A field that is in every nth state only takes n states from one value to the next: it sets out with the state before
    the one that brought the value, as all fields do, and arrives when the next value may be there.

    Args:
        fields: how each field that is to be shown blends; the others are left out.
        interval: seconds between two states as they are sent.
        every: by field, in every so many states it is sent; 1 for those that are not here.

    Attributes:
        behind: whether the next states leave out some of what changed, for lack of bytes.
    """

    def __init__(self, fields: Mapping[str, Smooth], interval: float, every: Mapping[str, int] | None = None) -> None:
        self._fields = dict(fields)
        self._blending = [f for f, s in self._fields.items() if s.blend != "step"]
        self._interval = interval
        self._seldom = {f: n for f, n in (every or {}).items() if n > 1 and self._fields[f].blend != "step"}
        self.behind = False
        self._tracks: dict[int, _Track] = {}
        self._newest: float | None = None
        self._complete = 0.0  # seconds of the server's: the last state that told all, if there was a state
        self._rests = False  # whether the newest one told that nothing moves

    def push(
        self,
        time: float,
        rows: Mapping[int, Values],
        removed: Iterable[int] = (),
        *,
        full: bool = False,
        shown: float | None = None,
        rests: bool = False,
    ) -> None:
        """A state came. One that says nothing is worth pushing, too: it says that nothing moved until then.

        Args:
            time: of the server when it made the state, in seconds. States that are no newer than the last are left out.
            rows: by id the values of the rows that are new or changed: all of their fields, as they are now.
            removed: the ids of the rows that are gone.
            full: whether `rows` are all there are, and states before this one may be missing.
            shown: the moment that is being shown, from `Playback.time`: where that is newer than the last state, what
                was made up since is led over to what is true, and not dropped.
            rests: whether the state says nothing at all, of no table: there may be none until something moves again.
        """
        if self._newest is not None and time <= self._newest:
            return
        before = self._guessed(shown) if shown is not None and self._newest is not None else {}
        since = self._newest
        begin = self._begin(time)
        for id, values in rows.items():
            self._add(id, _Sample(time, {f: values[f] for f in self._fields}, jump=False), full, begin)
        for id in removed:
            if id in self._tracks:
                self._end(self._tracks[id], time, since)
        if full:
            for id, track in self._tracks.items():
                if id not in rows:
                    self._end(track, time, since)
        self._newest, self._rests = time, rests
        if full or not self.behind:
            self._complete = time
        if before and shown is not None:
            self._ease(before, shown)

    def ease(self, before: Mapping[int, Values], shown: float) -> None:
        """Another moment is shown now: go on from where rows were on the screen, and let the difference fade.

        Args:
            before: what was shown, from `at`.
            shown: the moment that is shown from now on.
        """
        self._ease(before, shown)

    def at(self, time: float) -> dict[int, dict[str, float]]:
        """All rows as they were at a moment of the server's time, by id.

        A row is there from its first state on, and until the state in which it is gone.
        """
        return {id: row for id, track in self._tracks.items() if (row := self._row(track, time)) is not None}

    def forget(self, time: float) -> None:
        """Drop what is not needed to show this moment and later ones."""
        for id, track in list(self._tracks.items()):
            if track.gone_at is not None and track.gone_at <= time:
                del self._tracks[id]
                continue
            # Two are kept before that moment: extrapolation goes by the last two.
            while len(track.samples) > 2 and track.samples[2].time <= time:
                track.samples.popleft()
                track.trimmed = True
            for ramps in track.ramps.values():
                while len(ramps) > 1 and ramps[1].start <= time:
                    del ramps[0]

    # --- what came ---

    def _begin(self, time: float) -> float:
        """Since when what a state tells may have changed."""
        newest = self._newest
        if newest is None:
            return time
        if self._complete < newest:
            return max(self._complete, time - MAX_GAP)
        if self._rests or time - newest > min(CATCH_UP * self._interval, MAX_GAP):
            return max(newest, time - self._interval)
        return newest

    def _add(self, id: int, sample: _Sample, full: bool, begin: float) -> None:
        track = self._tracks.get(id)
        if track is None or track.gone_at is not None:
            self._tracks[id] = _Track(deque([sample]))
            return
        last = track.samples[-1]
        sample.jump = any(s.jumps(last.values[f], sample.values[f]) for f, s in self._fields.items())
        begin = max(begin, last.time)
        if full:
            # What was not sent is not known. A short way is travelled; of a long one nobody saw where it led.
            sample.jump |= self._newest is not None and sample.time - self._newest > MAX_GAP
        elif last.time < begin - _LITTLE:
            track.samples.append(_Sample(begin, last.values, jump=False))
        for name, states in self._seldom.items():
            if sample.values[name] != last.values[name]:
                self._set_out(track, name, states * self._interval, last, sample, begin)
        track.samples.append(sample)

    def _end(self, track: _Track, time: float, since: float | None) -> None:
        """A row is gone. What moved goes on to where it ended: a shot hits what it hits within its last tick."""
        if track.gone_at is None:
            track.gone_at = time
            track.goes_on = since is not None and track.samples[-1].time >= min(since, self._complete)

    def _set_out(self, track: _Track, name: str, length: float, last: _Sample, sample: _Sample, start: float) -> None:
        """A field that is sent seldom begins to go to its new value."""
        ramps = track.ramps.setdefault(name, [])
        value = sample.values[name]
        if sample.jump:
            ramps.append(_Ramp(sample.time, 0.0, last.values[name], value))
            return
        begin = self._on_ramp(ramps, name, start) if ramps else last.values[name]
        ramps.append(_Ramp(start, length, begin, value))

    def _guessed(self, shown: float) -> dict[int, dict[str, float]]:
        """The rows that are extrapolated: past the newest state, or under a budget past their own last one."""
        assert self._newest is not None
        if shown > self._newest:
            return self.at(shown)
        if self._complete == self._newest:
            return {}
        late = ((id, track) for id, track in self._tracks.items() if track.samples[-1].time < shown)
        return {id: row for id, track in late if (row := self._row(track, shown)) is not None}

    def _ease(self, before: Mapping[int, Values], shown: float) -> None:
        """Keep showing what was shown, and let the difference to what is true fade."""
        for id, old in before.items():
            track = self._tracks.get(id)
            if track is None:
                continue
            row = self._row(track, shown)
            if row is not None and all(abs(row[f] - old[f]) <= _LITTLE for f in self._blending):
                continue
            track.error = {}
            true = self._row(track, shown)
            if true is None or track.samples[-1].jump:
                continue
            track.error = {f: s.difference(true[f], old[f]) for f, s in self._fields.items()}
            track.error_at = shown

    # --- what is shown ---

    def _row(self, track: _Track, time: float) -> dict[str, float] | None:
        samples = track.samples
        if track.gone_at is not None and time >= track.gone_at:
            return None
        if time < samples[0].time:
            return dict(samples[0].values) if track.trimmed else None
        after = next((i for i, s in enumerate(samples) if s.time > time), len(samples))
        if after == len(samples):
            row = self._extrapolated(track, time)
        else:
            start, end = samples[after - 1], samples[after]
            share = 0.0 if end.jump else (time - start.time) / (end.time - start.time)
            row = {f: s.between(start.values[f], end.values[f], share) for f, s in self._fields.items()}
        for name, ramps in track.ramps.items():
            row[name] = self._on_ramp(ramps, name, time)
        fading = 1 - (time - track.error_at) / EASE
        if track.error and 0 < fading <= 1:
            row = {f: s.add(row[f], track.error[f] * fading) for f, s in self._fields.items()}
        return row

    def _on_ramp(self, ramps: list[_Ramp], name: str, time: float) -> float:
        ramp = next((r for r in reversed(ramps) if r.start <= time), None)
        if ramp is None:
            return ramps[0].begin
        passed = time - ramp.start
        share = passed / ramp.length if passed < ramp.length else 1.0
        return self._fields[name].between(ramp.begin, ramp.end, share)

    def _extrapolated(self, track: _Track, time: float) -> dict[str, float]:
        """Past the newest sample: on as it went, for a while; but not if it stood still or has just jumped."""
        last = track.samples[-1]
        if len(track.samples) < 2 or last.jump or not self._goes_on(track):
            return dict(last.values)
        before, past = track.samples[-2], time - last.time
        share = min(past, MAX_EXTRAPOLATION) / (last.time - before.time)
        if self._newest is not None and last.time < self._newest and past > MAX_EXTRAPOLATION:
            # States came, and it was in none for long: it stands, and what was made up is led back.
            share *= max(0.0, 1 - (past - MAX_EXTRAPOLATION) / EASE)
        return {
            f: s.add(last.values[f], s.difference(before.values[f], last.values[f]) * share)
            for f, s in self._fields.items()
        }

    def _goes_on(self, track: _Track) -> bool:
        """Whether a row may have moved on after its last state: a newer one that tells all says that it stands."""
        if track.gone_at is not None:
            return track.goes_on
        last = track.samples[-1].time
        return last == self._newest or (
            self._newest is not None and self._complete < self._newest and last >= self._complete
        )
