"""Showing everybody else: states come in jerks, and what is seen moves smoothly. Pure: time is an argument.

What is seen is a little in the past, where the states before and after are both there already. `Playback` says which
moment of the server's time that is; `Interpolation` has the rows of one table and says what they were like then.

Sources: Glenn Fiedler (Gaffer on Games), Snapshot Interpolation; Mirror, SnapshotInterpolation, for a playback that
speeds up and slows down instead of jumping, and a buffer that grows with jitter; Valve, Source Multiplayer
Networking, for extrapolation of a quarter of a second at most; RFC 6298 for four mean deviations as what a delay may
vary by; RFC 3550, section 6.4.1, for the running mean.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tickwire.game.blend import Smooth

INTERVALS = 2.0  # send intervals of delay: with one state late there is still one to go to
JITTERS = 3.0  # median deviations of arrival that the second of these, or what is longer, has to cover
MAX_DELAY = 0.5  # seconds; more smoothness than that is bought with too much of the past
MAX_SPEED_CHANGE = 0.04  # share by which playback runs fast or slow; Mirror found that more is seen
SPEED_TIME = 0.5  # seconds in which a small deviation would be played away
RESTART = 1.0  # seconds of deviation from which on playback is set; playing it away would take 25 s
MAX_EXTRAPOLATION = 0.25  # seconds; Valve's cl_extrapolate_amount
MAX_GAP = 0.5  # seconds without states that are travelled across; a longer way is not known, and not made up
EASE = 0.15  # seconds in which a wrong extrapolation is led back
WINDOW = 64  # arrivals by which a network is judged; two seconds at 30 Hz
MOVED = 0.3  # seconds for which all states are far off their time, until that is believed: a burst after a stall is not

Values = Mapping[str, float]


class Playback:
    """Which moment of the server's time is shown.

    A network is judged by medians: a segment that TCP had to send again holds up all behind it for a round trip and
    more. To wait for these would mean to see all the others late all the time; they are what extrapolation is for.

    Args:
        interval: seconds between two states as they are sent.

    Attributes:
        delay: seconds between the arrival of an average state and its showing.
        jitter: seconds, the median deviation of how late states are.
        speed: of the playback, 1 being the server's.
        restarts: how often it was set instead of played faster or slower.
    """

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.jitter = 0.0
        self.speed = 1.0
        self.restarts = 0
        self._transits: deque[float] = deque(maxlen=WINDOW)
        self._far_since: float | None = None
        self._transit: float | None = None  # seconds by which arrivals are later than the states' times, the median
        self._at: float | None = None
        self._shown = 0.0

    @property
    def delay(self) -> float:
        """Twice the send interval, or one and three times the jitter if that is longer; in seconds, within limits."""
        least = INTERVALS * self.interval
        return max(least, min((INTERVALS - 1) * self.interval + JITTERS * self.jitter, MAX_DELAY))

    def arrived(self, now: float, time: float) -> float:
        """A state came; returns how much later than the average one, in seconds.

        Args:
            now: seconds.
            time: of the server when it made the state, in seconds: its tick through the tick rate.
        """
        transit = now - time
        if self._transit is not None and abs(transit - self._transit) > RESTART:
            self._far_since = now if self._far_since is None else self._far_since
            if now - self._far_since < MOVED:
                return transit - self._transit
            self._transits.clear()
        self._far_since = None
        self._transits.append(transit)
        ordered = sorted(self._transits)
        self._transit = middle = ordered[len(ordered) // 2]
        self.jitter = sorted(abs(t - middle) for t in ordered)[len(ordered) // 2]
        return transit - middle

    def time(self, now: float) -> float | None:
        """The moment of the server's time to be shown now, in seconds; None before the first state.

        It never goes backwards but in a restart.
        """
        if self._transit is None:
            return None
        target = now - self._transit - self.delay
        if self._at is None:
            self._at, self._shown = now, target
            return target
        passed = max(0.0, now - self._at)
        self._at += passed
        behind = target - self._shown - passed
        if abs(behind) > RESTART:
            self.restarts += 1
            self.speed, self._shown = 1.0, target
            return target
        change = behind / max(SPEED_TIME, passed)
        self.speed = 1 + max(-MAX_SPEED_CHANGE, min(change, MAX_SPEED_CHANGE))
        self._shown += passed * self.speed
        return self._shown


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
    error: dict[str, float] = field(default_factory=dict)  # by field, how wrong the extrapolation was
    error_at: float = 0.0


class Interpolation:
    """The rows of one table as they were at any moment of the last while.

    A field that is in every nth state only takes n states from one value to the next: it sets out with the state before
    the one that brought the value, as all fields do, and arrives when the next value may be there.

    Args:
        fields: how each field that is to be shown blends; the others are left out.
        interval: seconds between two states as they are sent.
        every: by field, in every so many states it is sent; 1 for those that are not here.
    """

    def __init__(self, fields: Mapping[str, Smooth], interval: float, every: Mapping[str, int] | None = None) -> None:
        self._fields = dict(fields)
        self._interval = interval
        self._seldom = {f: n for f, n in (every or {}).items() if n > 1 and self._fields[f].blend != "step"}
        self._tracks: dict[int, _Track] = {}
        self._newest: float | None = None

    def push(
        self,
        time: float,
        rows: Mapping[int, Values],
        removed: Iterable[int] = (),
        *,
        full: bool = False,
        shown: float | None = None,
    ) -> None:
        """A state came. One that says nothing is worth pushing, too: it says that nothing moved until then.

        Args:
            time: of the server when it made the state, in seconds. States that are no newer than the last are left out.
            rows: by id the values of the rows that are new or changed: all of their fields, as they are now.
            removed: the ids of the rows that are gone.
            full: whether `rows` are all there are, and states before this one may be missing.
            shown: the moment that is being shown, from `Playback.time`: where that is newer than the last state, what
                was made up since is led over to what is true, and not dropped.
        """
        if self._newest is not None and time <= self._newest:
            return
        before = self.at(shown) if shown is not None and self._newest is not None and shown > self._newest else {}
        since = self._newest
        self._newest = time
        for id, values in rows.items():
            self._add(id, _Sample(time, {f: values[f] for f in self._fields}, jump=False), full, since)
        for id in removed:
            if id in self._tracks:
                self._tracks[id].gone_at = time
        if full:
            for id, track in self._tracks.items():
                if id not in rows and track.gone_at is None:
                    track.gone_at = time
        if before and shown is not None:
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
            for ramps in track.ramps.values():
                while len(ramps) > 1 and ramps[1].start <= time:
                    del ramps[0]

    # --- what came ---

    def _add(self, id: int, sample: _Sample, full: bool, since: float | None) -> None:
        track = self._tracks.get(id)
        if track is None or track.gone_at is not None:
            self._tracks[id] = _Track(deque([sample]))
            return
        last = track.samples[-1]
        sample.jump = any(s.jumps(last.values[f], sample.values[f]) for f, s in self._fields.items())
        if full:
            # What was not sent is not known. A short way is travelled; of a long one nobody saw where it led.
            sample.jump |= since is not None and sample.time - since > MAX_GAP
        else:
            # No state says that a row stands still. A row that was in none stood there until the last but this.
            still_until = sample.time - self._interval
            if last.time < still_until - self._interval / 2:
                track.samples.append(_Sample(still_until, last.values, jump=False))
        for name, states in self._seldom.items():
            if sample.values[name] != last.values[name]:
                self._set_out(track, name, states, last, sample)
        track.samples.append(sample)

    def _set_out(self, track: _Track, name: str, states: int, last: _Sample, sample: _Sample) -> None:
        """A field that is sent seldom begins to go to its new value."""
        ramps = track.ramps.setdefault(name, [])
        value = sample.values[name]
        if sample.jump:
            ramps.append(_Ramp(sample.time, 0.0, last.values[name], value))
            return
        start = sample.time - self._interval
        begin = self._on_ramp(ramps, name, start) if ramps else last.values[name]
        ramps.append(_Ramp(start, states * self._interval, begin, value))

    def _ease(self, before: Mapping[int, Values], shown: float) -> None:
        """Keep showing what was shown, and let the difference to what is true fade."""
        for id, old in before.items():
            track = self._tracks[id]
            track.error = {}
            true = self._row(track, shown)
            if true is None or track.samples[-1].jump:
                continue
            track.error = {f: s.difference(true[f], old[f]) for f, s in self._fields.items()}
            track.error_at = shown

    # --- what is shown ---

    def _row(self, track: _Track, time: float) -> dict[str, float] | None:
        samples = track.samples
        if time < samples[0].time or (track.gone_at is not None and time >= track.gone_at):
            return None
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
        # A newer state without this row says that it stands still.
        moving = len(track.samples) > 1 and last.time == self._newest and not last.jump
        if not moving:
            return dict(last.values)
        before = track.samples[-2]
        share = min(time - last.time, MAX_EXTRAPOLATION) / (last.time - before.time)
        return {
            f: s.add(last.values[f], s.difference(before.values[f], last.values[f]) * share)
            for f, s in self._fields.items()
        }
