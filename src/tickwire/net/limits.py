"""How much a client may send: every limit with its unit and its reason, and the budgets that are kept by them.

A budget is a token bucket: it grows by `rate` a second up to `saved`, and what comes is taken from it. What a client
did not send is saved for it, so that what piled up on a line that hung, or before a server that was held up, is not
held against it: T seconds of silence pay for T seconds' worth that then come at once, up to `saved / rate` seconds.

This file knows no sockets and no clock: time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

SAVED = 10  # seconds' worth that a client may save up: longer than the hang after which its player gives up


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit on what a client sends.

    Attributes:
        rate: how much a second.
        first: how much a new connection may send at once. It is less than `saved`, since who reconnects has it again.
        saved: how much may be saved up, and so come at once.
        unit: what is counted, in words.
    """

    rate: float
    first: float
    saved: float
    unit: str

    @property
    def words(self) -> str:
        """What is told to who is past it."""
        return f"more than {self.rate:g} {self.unit} a second; send fewer"


# A person with a keyboard sends 20 a second, a client that sends its controls in every frame 60 to 144. WebSocket pings
# and pongs are messages, too: a ping is answered, which costs as much.
MESSAGES = Limit(rate=200, first=400, saved=200 * SAVED, unit="messages")

# What is parsed, though it need not be a message: reads (a client may send byte by byte), lines (empty ones, too) and
# WebSocket frames (a message may have 1,024 of them). Each costs a few microseconds.
FRAMES = Limit(rate=1000, first=2000, saved=4000, unit="lines, frames or pieces")

# An input has some 100 bytes, so 200 a second are 20 kB; the longest message, 65,536 bytes, may come twice a second.
BYTES = Limit(rate=131_072, first=262_144, saved=131_072 * SAVED, unit="bytes")

# A person types a line in some seconds. Each line costs every listener a message and a line of screen. What is past it
# is answered with `error`, and counts as a message all the same.
CHAT = Limit(rate=4, first=20, saved=20, unit="lines of chat")

# What a line costs its listeners goes by its bytes: 298 families of emoji are a line of 5 kB. A person types 20 bytes
# a second, and pastes a line of 300 Chinese characters now and then, 900 bytes.
CHAT_BYTES = Limit(rate=2_000, first=8_000, saved=8_000, unit="bytes of chat")

# Everybody in the room is told of each return. A line that comes and goes is lost every few seconds; clients that try
# again wait a second or so between tries.
RETURNS = Limit(rate=1, first=40, saved=40, unit="returns to a seat")

# And of everybody who comes and goes. Who stays for less than SHORT_VISIT pays, for each room and address: friends
# behind one router who look in and leave again do so a few times a minute.
VISITS = Limit(rate=2, first=40, saved=40, unit="short visits to a room")
SHORT_VISIT = 10.0  # seconds

# A full state costs the server what a thousand others do. Clients ask once a second at most; what is past it is not
# refused but answered later, since a mirror that went wrong stays wrong.
RESYNCS = Limit(rate=1, first=4, saved=4, unit="full states")

_OVER = float("-inf")


class Meter:
    """What one connection may still send.

    The budgets are plain numbers: who reads takes what came from them, and asks `overdrawn` once one is below 0.

    Args:
        now: in seconds.

    Attributes:
        bytes: as BYTES has them, and so on.
    """

    __slots__ = ("_since", "bytes", "frames", "messages")

    def __init__(self, now: float) -> None:
        self.bytes = BYTES.first
        self.frames = FRAMES.first
        self.messages = MESSAGES.first
        self._since = now

    def refill(self, now: float) -> None:
        """Add what the time since the last call is worth."""
        passed = now - self._since
        if passed <= 0:
            return
        self._since = now
        # Every few seconds for each connection; min() would be half of what it costs.
        left, limit = self.bytes, BYTES
        self.bytes = limit.saved if left > limit.saved - limit.rate * passed else left + limit.rate * passed
        left, limit = self.frames, FRAMES
        self.frames = limit.saved if left > limit.saved - limit.rate * passed else left + limit.rate * passed
        left, limit = self.messages, MESSAGES
        self.messages = limit.saved if left > limit.saved - limit.rate * passed else left + limit.rate * passed

    def overdrawn(self, now: float) -> Limit | None:
        """The limit that the client is past, if it is past one now."""
        self.refill(now)
        if self.messages < 0:
            return MESSAGES
        if self.frames < 0:
            return FRAMES
        return BYTES if self.bytes < 0 else None

    def close(self) -> None:
        """Nothing more is taken: the connection is over, whatever still lies in a buffer."""
        self.bytes = self.frames = self.messages = _OVER


class Bucket:
    """A budget for what comes seldom: each client has one once it uses it.

    Args:
        limit: how much.
        now: in seconds.
    """

    __slots__ = ("_left", "_limit", "_since")

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._left = limit.first
        self._since = now

    def left(self, now: float) -> float:
        """How much there is; below 0 if more was taken than there was."""
        passed = max(now - self._since, 0.0)
        self._since = max(now, self._since)
        self._left = min(self._left + self._limit.rate * passed, self._limit.saved)
        return self._left

    def take(self, now: float, amount: float = 1) -> bool:
        """Take some; False, and nothing is taken, if there is not even 1.

        What is taken may be more than there is: the next one waits until that is made up for.
        """
        if self.left(now) < 1:
            return False
        self._left -= amount
        return True
