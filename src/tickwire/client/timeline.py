"""What tick it is on the server, and for which tick an input is to be sent. Pure: time is an argument.

Sources: RFC 5905 (NTP), section 10, whose clock filter trusts the samples of the shortest round trips, as what makes
a round trip longer makes it lopsided too, and section 11.2.1, by which an offset that lies outside of what a sample's
round trip allows is wrong; RFC 3550, section 6.4.1, for jitter as a running mean; "Overwatch Gameplay
Architecture and Netcode" (GDC 2017) and lightyear's input sync, for a client that runs ahead of its server by as much
as its inputs need, and for a server that tells it when they come late.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

WINDOW = 20  # pings remembered; at one a second, a route that changed is believed after as many seconds
TRUSTED = 4  # of these, the pings of the shortest round trips whose middle is the estimate
MAX_SLEW = 0.05  # share by which a clock may run fast or slow; more is felt as slow motion
SLEW_TIME = 0.5  # seconds in which a small error would be gone
JUMP = 0.5  # seconds of error from which on a clock is set; slewing it away would take 10 s
JITTERS = 1.0  # median deviations of the round trip that an input may be late by: about what one way has at most
SPARE = 0.5  # ticks that an input comes early on a network without jitter: ticks and frames do not fall together
LATENESS_TIME = 10.0  # seconds after which the lead that late inputs called for is given back
IN_TIME = 0.75  # share of inputs that come in time at least; one that is a tick late is hardly seen, a lead always is
MAX_LEAD = 1.0  # seconds; past it the network is too bad for any lead, and a larger one only hurts more
STEP = 3.0  # ticks by which a pong may be off besides what its round trip explains; older servers tell less exactly
MAX_CATCH_UP = 5  # ticks of input made at once after a frame that took long; the others are left out


@dataclass(slots=True)
class _Sample:
    offset: float  # ticks: what the server's tick is at local time 0
    round_trip: float  # seconds
    believed: bool = True  # if not, it was made before the timelines of the two moved against each other


class Hand:
    """A hand of a clock: it follows a target without ever jumping unless it is far off, and never goes backwards.

    Args:
        rate: ticks a second.

    Attributes:
        jumps: how often it was set.
    """

    def __init__(self, rate: float) -> None:
        self.jumps = 0
        self._rate = rate
        self._at: float | None = None  # seconds, when `_tick` was the tick
        self._tick = 0.0

    def follow(self, now: float, target: float) -> float:
        """The tick that the hand shows now.

        Args:
            now: seconds; an earlier time than in the last call shows what was shown then.
            target: the tick that it should show now.
        """
        if self._at is None:
            self._at, self._tick = now, target
            return target
        passed = max(0.0, now - self._at)
        self._at += passed
        error = (target - self._tick) / self._rate - passed  # seconds
        if abs(error) > JUMP:
            self.jumps += 1
            self._tick = target
        else:
            # By a share of the error, so that it is not overrun; a long frame goes all the way, but no further.
            slew = min(MAX_SLEW, abs(error) / max(SLEW_TIME, passed))
            self._tick += passed * (1 + math.copysign(slew, error)) * self._rate
        return self._tick

    def step(self, ticks: float) -> None:
        """The timeline moved by so many ticks, and so does the hand."""
        self._tick += ticks


class Clock:
    """Estimates the server's tick, and the tick for which an input that is sent now arrives in time.

    Args:
        tick_rate: the room's, in ticks a second.

    Attributes:
        round_trip: seconds, the shortest of the pings remembered.
        jitter: seconds, the median deviation of the round trips remembered: a few that were held up do not count.
        steps: how often the server's timeline moved against this clock, told or found out.
    """

    def __init__(self, tick_rate: float) -> None:
        self.round_trip = 0.0
        self.jitter = 0.0
        self.steps = 0
        self._rate = tick_rate
        self._samples: deque[_Sample] = deque(maxlen=WINDOW)
        self._offset = 0.0
        self._server = Hand(tick_rate)
        self._inputs = Hand(tick_rate)
        self._typical = 0.0  # seconds, the median of the round trips
        self._needed: deque[tuple[float, float]] = deque(maxlen=32)  # when an input came, and what lead it would have
        self._last_input: int | None = None  # the last tick that `take_input_ticks` gave

    @property
    def ready(self) -> bool:
        """Whether a pong has come: before that nothing is known."""
        return bool(self._samples)

    @property
    def jumps(self) -> int:
        """How often one of the hands had to be set instead of slewed."""
        return self._server.jumps + self._inputs.jumps

    def pong(self, sent: float, received: float, tick: float) -> None:
        """A pong came.

        Args:
            sent: seconds, when its ping was sent.
            received: seconds, when it came.
            tick: the server's, when it answered. With its fraction if the server tells it; whole ticks are half a
                tick too low on average, and the caller adds that.
        """
        round_trip = received - sent
        if round_trip < 0 or not math.isfinite(tick):
            return  # no ping of ours
        middle = received - round_trip / 2
        sample = _Sample(tick - middle * self._rate, round_trip)
        moved = self._is_step(sample)
        if moved:
            for known in self._samples:
                known.believed = False  # but their round trips are as good as ever
        self._samples.append(sample)
        self._typical = _median([s.round_trip for s in self._samples])
        self.jitter = _median([abs(s.round_trip - self._typical) for s in self._samples])
        self.round_trip = min(s.round_trip for s in self._samples)
        trusted = sorted((s for s in self._samples if s.believed), key=lambda s: s.round_trip)[:TRUSTED]
        # A sample may be off by half of what its round trip is longer than the shortest one; those that may be off
        # by more than a tick say nothing, if there are better ones.
        close = [s.offset for s in trusted if s.round_trip - trusted[0].round_trip <= 2 / self._rate]
        before, self._offset = self._offset, sorted(close)[len(close) // 2]
        if moved:
            self._step(self._offset - before)

    def slip(self, ticks: float) -> None:
        """The server tells that its timeline moved: each tick is due so many tick periods later than before.

        Pings that it had answered before are as good as ever, once they are moved by as much.
        """
        if not self._samples or not math.isfinite(ticks):
            return
        for sample in self._samples:
            sample.offset -= ticks
        self._offset -= ticks
        self._step(-ticks)

    def tick(self, now: float) -> float:
        """The server's tick now, with its fraction: what it is there at this moment, not what can be seen of it."""
        return self._server.follow(now, self._offset + now * self._rate)

    def lead(self, now: float) -> float:
        """How far ahead of the server's tick inputs are made, in seconds: the way there, and what jitter calls for."""
        return min(MAX_LEAD, max(self._planned, self._called_for(now)))

    def input_tick(self, now: float) -> float:
        """The tick, with its fraction, for which an input that is made now arrives in time."""
        return self._inputs.follow(now, self._offset + (now + self.lead(now)) * self._rate)

    def take_input_ticks(self, now: float) -> range:
        """The ticks for which inputs are due since the last call: in order, and none twice.

        After a step back they are due from the new time on: inputs that were made for later ticks are the server's to
        bring forward.
        """
        last = math.floor(self.input_tick(now))
        if self._last_input is None or last < self._last_input - MAX_LEAD * self._rate:
            self._last_input = last - 1
        first = max(self._last_input + 1, last + 1 - MAX_CATCH_UP)
        self._last_input = max(self._last_input, last)
        return range(first, last + 1)

    def arrived(self, now: float, early: float) -> None:
        """The server tells how early one of our inputs came.

        If too many of the last ones were late, the lead grows by what was missing, for a while.

        Args:
            now: seconds.
            early: ticks before its own tick; below 0 it was late.
        """
        if self.ready:
            # By what the lead is, not by what it is to be: it may still be slewing there.
            lead = (self.input_tick(now) - self.tick(now)) / self._rate
            # One that was in time by 0 ticks had a part of a tick to spare: half of one, on average.
            self._needed.append((now, lead - (early + 0.5 if early >= 0 else early) / self._rate))

    def _is_step(self, sample: _Sample) -> bool:
        """Whether this pong and the best ones before cannot both be true, however long each way took."""
        best = min((s for s in self._samples if s.believed), key=lambda s: s.round_trip, default=None)
        if best is None:
            return False
        explained = (sample.round_trip + best.round_trip) / 2 * self._rate + STEP
        return abs(sample.offset - self._offset) > explained

    def _step(self, ticks: float) -> None:
        """Set both hands at once."""
        self.steps += 1
        self._server.step(ticks)
        self._inputs.step(ticks)
        if self._last_input is not None and ticks < 0:
            self._last_input = math.floor(self._last_input + ticks)

    @property
    def _planned(self) -> float:
        """The lead by what pings say."""
        return self._typical / 2 + JITTERS * self.jitter + SPARE / self._rate

    def _called_for(self, now: float) -> float:
        """The lead with which enough of the last inputs would have come in time."""
        while self._needed and self._needed[0][0] <= now - LATENESS_TIME:
            self._needed.popleft()
        ordered = sorted(lead for _, lead in self._needed)
        return ordered[min(len(ordered) - 1, int(len(ordered) * IN_TIME))] if ordered else 0.0


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
