"""A bad network, made to measure: delay, jitter, loss, a thin pipe, black holes and resets, all seeded.

This file knows no sockets and no clock: time is an argument, so that a test around it never waits.
What it conditions is a TCP stream. So nothing is lost and nothing is reordered: what goes wrong shows as lateness.

Sources: RFC 6298 (retransmission timeout and its doubling), RFC 5681 (fast retransmit), Linux's tcp(7) and its
TCP_RTO_MIN of 200 ms; the idea of a simulator that ships with the library is from yojimbo.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field

SEGMENT = 1460  # bytes in one packet: Ethernet's 1500 less the headers of IP and TCP
MIN_RETRANSMISSION_TIMEOUT = 0.2  # seconds; Linux's TCP_RTO_MIN
MAX_RETRANSMISSION_TIMEOUT = 60.0  # seconds; where RFC 6298 allows the doubling to end
RETRANSMISSION_RTTS = 1.5  # round trips that a sender waits for an acknowledgement on a long way
BUFFER = 131_072  # bytes under way or waiting; what a pair of socket buffers holds on an ordinary host


@dataclass(slots=True, eq=False)
class _Segment:
    """One packet, and what the chance of its sending decided about it."""

    data: bytes
    sent: float  # seconds, when its last byte left for the first time
    lateness: float  # seconds of jitter
    lost: int  # how many of its sendings are lost
    followed: float = math.inf  # when the first later packet left that arrived: it tells the sender of the loss
    arrives: float = 0.0


@dataclass(kw_only=True, eq=False)
class Conditioner:
    """One direction of a link: push bytes in, pop them out when they have arrived.

    The end of a stream is an empty piece, as a socket's `recv` has it, and is as late as everything else.

    Args:
        delay: one way, in seconds.
        jitter: seconds; each packet takes up to so much more or less than `delay`. As the order is kept, a late packet
            holds up those behind it.
        loss: chance of each sending of a packet to be lost, from 0 to below 1. The packet and all behind it then wait
            until it was sent again: after a round trip if a later packet arrived meanwhile, else after the
            retransmission timeout; a second loss doubles that. What waited comes in a burst.
        bandwidth: bytes a second; 0 for no limit.
        piece: the most bytes that one element of `pop` holds; 1 gives single bytes, 0 leaves packets whole.
        holes: seconds between one black hole and the next, on average; 0 for none. In a hole nothing passes and
            nobody is told; after it, the next retransmission gets through.
        hole_length: seconds.
        resets: seconds until the connection is reset, on average; 0 for never.
        rtt: seconds of a whole round trip, by which senders know of losses; 0 means twice the delay.
        buffer: bytes; with more than these under way the conditioner is `full`.
        seed: of all chance. The same seed and the same pushes give the same pops. The seeds 2n and 2n + 1 have the same
            holes and resets, as the two ways of one cable do.

    >>> link = Conditioner(delay=0.05)
    >>> link.push(10.0, b"hello")
    >>> link.pop(10.0), round(link.next_at, 3), link.pop(10.05)
    ([], 10.05, [b'hello'])
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    bandwidth: float = 0.0
    piece: int = 0
    holes: float = 0.0
    hole_length: float = 5.0
    resets: float = 0.0
    rtt: float = 0.0
    buffer: int = BUFFER
    seed: int = 0
    _chance: random.Random = field(init=False, repr=False)
    _hole_chance: random.Random = field(init=False, repr=False)
    _queue: deque[_Segment] = field(init=False, repr=False, default_factory=deque)
    _unfollowed: list[_Segment] = field(init=False, repr=False, default_factory=list)
    _holes: list[tuple[float, float]] = field(init=False, repr=False, default_factory=list)
    _next_hole: float | None = field(init=False, repr=False, default=None)  # unknown until a time was seen
    _reset_at: float | None = field(init=False, repr=False, default=None)
    _line_free: float = field(init=False, repr=False, default=-math.inf)
    _waiting: int = field(init=False, repr=False, default=0)

    def __post_init__(self) -> None:
        for name in ("delay", "jitter", "bandwidth", "piece", "holes", "hole_length", "resets", "rtt"):
            if not getattr(self, name) >= 0:  # so that NaN fails, too
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        if not 0 <= self.loss < 1:
            raise ValueError(f"loss is a chance from 0 to below 1, not {self.loss!r}; nothing would ever arrive")
        if self.buffer < 1:
            raise ValueError(f"buffer must be 1 byte or more, not {self.buffer!r}")
        self._chance = random.Random(self.seed)
        # A chance of their own, so that how much is sent does not move them; and one for both ways of a link.
        self._hole_chance = random.Random(~(self.seed // 2))

    # --- what goes in, what comes out ---

    def push(self, now: float, data: bytes) -> None:
        """Send bytes, behind all that was sent before; empty bytes end the stream.

        Args:
            now: seconds; never less than in an earlier call.
            data: any number of bytes. What goes in while the conditioner is `full` is taken all the same; a link with
                back-pressure asks first.

        Raises:
            ConnectionResetError: the connection was reset.
        """
        self._look_ahead(now)
        self._check_reset(now)
        for start in range(0, len(data) or 1, SEGMENT):
            self._send(now, data[start : start + SEGMENT])

    def pop(self, now: float) -> list[bytes]:
        """What has arrived since the last call, in the order of sending.

        Raises:
            ConnectionResetError: the connection was reset; what was under way is gone.
        """
        self._look_ahead(now)
        self._check_reset(now)
        arrived: list[bytes] = []
        while self._queue and self._queue[0].arrives <= now:
            data = self._queue.popleft().data
            self._waiting -= len(data)
            arrived += self._cut(data)
        return arrived

    @property
    def next_at(self) -> float:
        """When `pop` will next have something to give or to raise, in seconds; infinity for never, as things stand.

        A later push can make it earlier: more data is what tells a sender of a loss.
        """
        arrival = self._queue[0].arrives if self._queue else math.inf
        return min(arrival, math.inf if self._reset_at is None else self._reset_at)

    @property
    def waiting(self) -> int:
        """Bytes that are under way."""
        return self._waiting

    @property
    def full(self) -> bool:
        """Whether as much is under way as two sockets would buffer: a sender's `send` would block now."""
        return self._waiting >= self.buffer

    # --- what a test does to it by hand ---

    def black_hole(self, now: float, until: float = math.inf) -> None:
        """Let nothing pass from now on and tell nobody, until a time in seconds or until `mend`."""
        self._look_ahead(now)
        self._holes.append((now, until))
        self._plan_again()

    def mend(self, now: float) -> None:
        """End all black holes that are open now. What waits gets through at its next retransmission."""
        open_holes = [hole for hole in self._holes if hole[0] <= now < hole[1]]
        for hole in open_holes:
            self._holes.remove(hole)
            if hole[0] < now:
                self._holes.append((hole[0], now))
        self._plan_again()

    def reset(self, now: float) -> None:
        """Break the connection: what is under way is gone, and from now on push and pop raise."""
        self._reset_at = now if self._reset_at is None else min(now, self._reset_at)

    # --- how it comes about ---

    def _send(self, now: float, data: bytes) -> None:
        starts = max(now, self._line_free)
        self._line_free = starts + (len(data) / self.bandwidth if self.bandwidth else 0.0)
        lateness = self._chance.uniform(-self.jitter, self.jitter)
        lost = 0
        while self._chance.random() < self.loss:
            lost += 1
        segment = _Segment(data, self._line_free, lateness, lost)
        segment.arrives = self._arrival(segment)
        self._queue.append(segment)
        self._waiting += len(data)
        if segment.arrives == self._unhindered(segment):  # it tells the sender that those before it did not arrive
            for earlier in self._unfollowed:
                earlier.followed = segment.sent
                earlier.arrives = self._arrival(earlier)
            self._unfollowed.clear()
        else:
            self._unfollowed.append(segment)

    def _arrival(self, segment: _Segment) -> float:
        """When a packet is there, by all its sendings."""
        sent, losses, timeout = segment.sent, segment.lost, self._timeout()
        resend_at = min(sent + timeout, max(sent, segment.followed) + self._rtt())
        while True:
            arrives = sent + self._way(segment)
            self._dig_until(arrives)
            hole_end = self._hole_between(sent, arrives)
            if losses == 0 and hole_end is None:
                return arrives
            if hole_end == math.inf:
                return math.inf
            losses = max(0, losses - 1)
            sent = resend_at
            timeout = min(2 * timeout, MAX_RETRANSMISSION_TIMEOUT)
            resend_at = sent + timeout

    def _way(self, segment: _Segment) -> float:
        return max(0.0, self.delay + segment.lateness)

    def _unhindered(self, segment: _Segment) -> float:
        return segment.sent + self._way(segment)

    def _rtt(self) -> float:
        return self.rtt or 2 * self.delay

    def _timeout(self) -> float:
        return max(MIN_RETRANSMISSION_TIMEOUT, RETRANSMISSION_RTTS * self._rtt())

    def _hole_between(self, start: float, end: float) -> float | None:
        """When the last hole ends that a packet under way from `start` to `end` falls into; None if in none."""
        return max((hole[1] for hole in self._holes if hole[0] <= end and start < hole[1]), default=None)

    def _look_ahead(self, now: float) -> None:
        """Decide the first hole and the reset when the first time is seen, as both count from there."""
        if self._holes:  # those that no packet can fall into any more are forgotten
            oldest = self._queue[0].sent if self._queue else now
            self._holes = [hole for hole in self._holes if hole[1] > min(oldest, now)]
        if self.holes and self._next_hole is None:
            self._next_hole = now + self._hole_chance.expovariate(1 / self.holes)
        if self.resets and self._reset_at is None:
            self._reset_at = now + self._hole_chance.expovariate(1 / self.resets)

    def _dig_until(self, time: float) -> None:
        while self._next_hole is not None and self._next_hole <= time:
            self._holes.append((self._next_hole, self._next_hole + self.hole_length))
            self._next_hole = self._holes[-1][1] + self._hole_chance.expovariate(1 / self.holes)

    def _plan_again(self) -> None:
        for segment in self._queue:
            segment.arrives = self._arrival(segment)

    def _check_reset(self, now: float) -> None:
        if self._reset_at is not None and now >= self._reset_at:
            self._queue.clear()
            self._unfollowed.clear()
            self._waiting = 0
            raise ConnectionResetError("the conditioner reset the connection")

    def _cut(self, data: bytes) -> list[bytes]:
        if not self.piece or not data:
            return [data]
        return [data[i : i + self.piece] for i in range(0, len(data), self.piece)]
