"""Which moment of the server's time is shown of everybody else. Pure: time is an argument.

Sources: Mirror, SnapshotInterpolation, for a playback that speeds up and slows down instead of jumping, and a buffer
that grows with jitter; RFC 6298 for a few deviations as what a delay may vary by; RFC 5905 (NTP), section 11.3, for a
clock that is set when all samples say so for long enough, and slewed else.
"""

from __future__ import annotations

from collections import deque

INTERVALS = 2.0  # send intervals of delay: with one state late there is still one to go to
JITTERS = 3.0  # median deviations of arrival that the second of these, or what is longer, has to cover
MAX_DELAY = 0.5  # seconds; more smoothness than that is bought with too much of the past
MAX_SPEED_CHANGE = 0.04  # share by which playback runs fast or slow; Mirror found that more is seen
SPEED_TIME = 0.5  # seconds in which a small deviation would be played away
RESTART = 1.0  # seconds of deviation from which on playback is set; playing it away would take 25 s
WINDOW = 64  # arrivals by which a network is judged; two seconds at 30 Hz
BURST = 0.25  # send intervals between two states that count as one arrival: what a lost segment held up comes at once
STEP, STEP_JITTERS = 0.1, 6.0  # seconds, and median deviations, off their time from which on states are far off it
MOVED = 0.3  # seconds for which all states are far off their time, until that is believed: a burst after a stall is not
STALL = (
    5.0  # seconds for which a lossy line may hold everything up, more than once; what is later than that is no stall
)
MOVED_STATES = 3  # and as many of them, where they are sent seldom
ALIKE = 0.3  # of a step: by so much the states that show it may differ; those of a burst after a stall differ by all


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
        self._far: deque[tuple[float, float]] = deque(maxlen=WINDOW)  # arrival and transit of those that are far off
        self._arrived_at = float("-inf")  # when the last of the arrivals that count came
        self._is_set = True  # whether `_shown` may be played to where it should be; else it is set
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
        late = 0.0 if self._transit is None else transit - self._transit
        if abs(late) <= max(STEP, STEP_JITTERS * self.jitter):
            self._far.clear()
        else:
            if abs(late) > RESTART:  # a burst before a stall, say, is off by less and says nothing of what comes after
                known = transit - late
                while self._far and abs(self._far[0][1] - known) <= RESTART:
                    self._far.popleft()
            self._far.append((now, transit))
            if self._has_moved(late):
                self._transits.clear()
                self._transits.extend(t for _, t in list(self._far)[:-1])
                self._far.clear()
                self._is_set = False
            elif abs(late) > RESTART:
                return late
        if self._transits and now - self._arrived_at < BURST * self.interval:
            # One stall is one event, however many states it held up. The newest of them says most of the line.
            self._transits[-1] = min(self._transits[-1], transit)
        else:
            self._transits.append(transit)
        self._arrived_at = now
        ordered = sorted(self._transits)
        self._transit = middle = ordered[len(ordered) // 2]
        self.jitter = sorted(abs(t - middle) for t in ordered)[len(ordered) // 2]
        return transit - middle

    def slip(self, seconds: float) -> None:
        """The server's timeline moved: from now on all of its states are made later by so much."""
        self._transits = deque((t + seconds for t in self._transits), maxlen=WINDOW)
        self._far.clear()
        if self._transit is not None:
            self._transit += seconds
            self._shown -= seconds

    def _has_moved(self, late: float) -> bool:
        """Whether the states that are far off their time say that times are others now: a route, a clock, a server."""
        transits = [t for _, t in self._far]
        # What may be a stall has to last for as long as it is: behind one, states may come as late as its first for a
        # while, where the line takes a segment in each round trip.
        lasts = max(MOVED, abs(late)) if -RESTART <= late <= STALL else MOVED
        if self._far[-1][0] - self._far[0][0] < lasts or len(transits) < MOVED_STATES:
            return False
        return max(transits) - min(transits) <= ALIKE * abs(late)

    def time(self, now: float) -> float | None:
        """The moment of the server's time to be shown now, in seconds; None before the first state.

        It never goes backwards but when the server's timeline, or what is known of it, moves by a step.
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
        if abs(behind) > RESTART or not self._is_set:
            self.restarts += 1
            self._is_set = True
            self.speed, self._shown = 1.0, target
            return target
        change = behind / max(SPEED_TIME, passed)
        self.speed = 1 + max(-MAX_SPEED_CHANGE, min(change, MAX_SPEED_CHANGE))
        self._shown += passed * self.speed
        return self._shown
