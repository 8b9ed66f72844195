"""The round trip of a WebSocket, by pings of the server's (RFC 6455, section 5.5.2).

TCP's own figure ends at the next proxy; the answer to a ping comes from the peer itself, and from the browser, not from
a page that may be busy.
"""

from __future__ import annotations

import struct
import time

# Of the difference, how much a new measurement moves the figure. Quickly down and slowly up: a pong that came late
# (behind a state, or because somebody was busy) says little; one that came early is the line itself.
FASTER, SLOWER = 0.5, 0.25

_TIME = struct.Struct(">Q")  # when the ping was sent, in nanoseconds of a monotonic clock


class RoundTrip:
    """Smooths what pings measure.

    Attributes:
        seconds: to the peer and back; None until a ping was answered.
    """

    __slots__ = ("_asked", "seconds")

    def __init__(self) -> None:
        self.seconds: float | None = None
        self._asked = b""  # what the last ping held, until it is answered

    def ask(self) -> bytes:
        """What the next ping holds, to be sent now."""
        self._asked = _TIME.pack(time.monotonic_ns())
        return self._asked

    def answered(self, payload: bytes) -> bool:
        """A pong came; whether it says something new. One that answers no ping, or one before the last, does not."""
        if not self._asked or payload != self._asked:
            return False
        self._asked = b""
        sample, known = (time.monotonic_ns() - _TIME.unpack(payload)[0]) * 1e-9, self.seconds
        if known is None:
            self.seconds = sample
        else:
            self.seconds = known + (sample - known) * (FASTER if sample < known else SLOWER)
        return True
