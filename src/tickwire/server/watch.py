"""Who is still there, and who takes what it is sent: what the gateway asks of each connection once a second.

Time in which the server itself was held up does not count against anybody: what would have shown life may well lie
unread in the kernel.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

from tickwire.net.connection import Link

SWEEP = 1.0  # seconds between two sweeps
ROUNDS = 4  # sweeps in which everybody is looked at once: a look at a connection that was idle costs some 5 us
STUCK = 15.0  # seconds in which a client to which bytes wait may take none of them
# Seconds without a word of a WebSocket, not even a pong, until it is gone; by looks in every fourth second it is found
# within 30.
SILENT = 24.0
MEASURE_EVERY = 12  # sweeps between two measurements of a round trip: two pings within SILENT
EARLY = 3  # the first measurements come in successive sweeps


class Verdict(Enum):
    """What there is to say of a connection."""

    FINE = auto()
    STUCK = auto()  # it does not take what waits for it
    GONE = auto()  # nothing is heard of it


class Pulse:
    """What is known of the life of one connection.

    All times are of `Watch.awake`.

    Attributes:
        opened_at: when it was accepted.
        turn: in which of the ROUNDS it is looked at.
        early: how many more early measurements there are.
        measure_at: in which sweep the next one after these is due.
    """

    __slots__ = ("early", "heard_at", "measure_at", "opened_at", "reads", "slow_since", "taken", "turn")

    def __init__(self, turn: int, opened_at: float) -> None:
        self.turn = turn
        self.early = EARLY
        self.measure_at = 0
        self.reads = 0
        self.opened_at = self.heard_at = opened_at
        self.slow_since: float | None = None
        self.taken = 0


class Watched(Protocol):
    """What the watch knows of who is on the other side of a connection."""

    link: Link
    pulse: Pulse


WatchedT = TypeVar("WatchedT", bound=Watched)


class Watch(Generic[WatchedT]):
    """Looks at the connections: at some in every sweep, at all of them once in ROUNDS sweeps.

    Args:
        now: in seconds.

    Attributes:
        awake: the time of the last sweep, in seconds, without that in which the server was held up.
        closely: those that are looked at in every sweep, as long as they are in here.
    """

    def __init__(self, now: float) -> None:
        self.awake = now
        self.closely: set[WatchedT] = set()
        self._rounds: tuple[set[WatchedT], ...] = tuple(set() for _ in range(ROUNDS))
        self._last = now
        self._held_up = 0.0  # seconds that the server did not live through
        self._sweeps = 0
        self._turns = 0

    def pulse(self, link: Link) -> Pulse:
        """Of a new connection."""
        self._turns += 1
        return Pulse(self._turns % ROUNDS, link.opened_at - self._held_up)

    def add(self, watched: WatchedT) -> None:
        """A connection is watched from now on, closely at first."""
        self._rounds[watched.pulse.turn].add(watched)
        self.closely.add(watched)

    def remove(self, watched: WatchedT) -> None:
        """A connection is gone."""
        self._rounds[watched.pulse.turn].discard(watched)
        self.closely.discard(watched)

    def begin(self, now: float) -> list[WatchedT]:
        """A sweep begins; returns who is to be looked at."""
        passed = now - self._last
        if passed > 2 * SWEEP:
            self._held_up += passed - SWEEP
        self._last = now
        self.awake = now - self._held_up
        self._sweeps += 1
        return [*self._rounds[self._sweeps % ROUNDS].union(self.closely)]

    def look(self, link: Link, pulse: Pulse) -> Verdict:
        """What there is to say of a connection that has a seat, or watches; measures its round trip if it is time."""
        awake = self.awake
        if link.blocked:
            pulse.heard_at = awake  # a ping would wait behind the rest
            return self._look_at_slow(link, pulse, awake)
        pulse.slow_since = None
        if pulse.early or self._sweeps >= pulse.measure_at:
            pulse.early = max(pulse.early - 1, 0)
            pulse.measure_at = self._sweeps + MEASURE_EVERY
            link.measure()
        if link.source is None:
            return Verdict.FINE  # TCP finds out
        if pulse.reads != link.source.reads:
            pulse.reads, pulse.heard_at = link.source.reads, awake
        return Verdict.FINE if awake - pulse.heard_at < SILENT else Verdict.GONE

    def _look_at_slow(self, link: Link, pulse: Pulse, awake: float) -> Verdict:
        """Whoever takes something is not stuck, however slowly."""
        taken = link.taken
        if pulse.slow_since is None or taken > pulse.taken:
            pulse.slow_since, pulse.taken = awake, taken
        return Verdict.FINE if awake - pulse.slow_since < STUCK else Verdict.STUCK
