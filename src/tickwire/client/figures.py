"""What a connection is like at the moment: for the net graph. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MINUTE = 60.0  # seconds for which stalls and corrections are counted
STALL = 0.1  # seconds that a state is later than the average one, at least, to count as held up
SHOWN = 120  # states in the graph
_RATE_OVER = 2.0  # seconds over which bytes are averaged


@dataclass(frozen=True, slots=True)
class Figures:
    """The lines of a net graph. Times in seconds."""

    ping: float | None
    jitter: float
    delay: float
    lead: float
    stalls: int
    corrections: int
    correction: float
    bytes_in: float
    bytes_out: float
    lateness: tuple[float, ...]

    def lines(self) -> list[tuple[str, str]]:
        """Each figure's name, and what it is at the moment, in few words.

        >>> figures = Figures(0.152, 0.008, 0.073, 0.09, 2, 3, 0.25, 2150.0, 480.0, ())
        >>> for name, value in figures.lines():
        ...     print(f"{name:12}{value}")
        ping        152 ms
        jitter      8 ms
        stalls      2 a minute
        others      73 ms late
        inputs      90 ms ahead
        corrected   3 a minute, 0.25
        in, out     2.1, 0.5 kB/s
        """
        ping = "…" if self.ping is None else _ms(self.ping)
        size = f", {self.correction:.2g}" if self.corrections else ""
        return [
            ("ping", ping),
            ("jitter", _ms(self.jitter)),
            ("stalls", f"{self.stalls} a minute"),
            ("others", f"{_ms(self.delay)} late"),
            ("inputs", f"{_ms(self.lead)} ahead"),
            ("corrected", f"{self.corrections} a minute{size}"),
            ("in, out", f"{self.bytes_in / 1000:.1f}, {self.bytes_out / 1000:.1f} kB/s"),
        ]


class Tally:
    """Counts what the net graph shows of the last minute."""

    def __init__(self) -> None:
        self.lateness: deque[float] = deque(maxlen=SHOWN)
        self._stalls: deque[float] = deque()
        self._stalled = False
        self._corrections: deque[tuple[float, float]] = deque()
        self._bytes: deque[tuple[float, int, int]] = deque()

    def state(self, now: float, late: float, jitter: float) -> None:
        """A state came, later than the average one by so many seconds."""
        self.lateness.append(late)
        held_up = late > max(STALL, 6 * jitter)
        if held_up and not self._stalled:  # the others of the burst were held up by the same
            self._stalls.append(now)
        self._stalled = held_up

    def correction(self, now: float, size: float) -> None:
        """A state moved one's own row by so much."""
        self._corrections.append((now, size))

    def bytes(self, now: float, received: int, sent: int) -> tuple[float, float]:
        """Bytes a second, in and out, from how many there have been since the beginning."""
        self._bytes.append((now, received, sent))
        while len(self._bytes) > 2 and self._bytes[1][0] <= now - _RATE_OVER:
            self._bytes.popleft()
        then, received_then, sent_then = self._bytes[0]
        passed = now - then
        return ((received - received_then) / passed, (sent - sent_then) / passed) if passed > 0 else (0.0, 0.0)

    def counts(self, now: float) -> tuple[int, int, float]:
        """Of the last minute: stalls, corrections, and the mean size of these."""
        while self._stalls and self._stalls[0] < now - MINUTE:
            self._stalls.popleft()
        while self._corrections and self._corrections[0][0] < now - MINUTE:
            self._corrections.popleft()
        sizes = [size for _, size in self._corrections]
        return len(self._stalls), len(sizes), sum(sizes) / len(sizes) if sizes else 0.0


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
