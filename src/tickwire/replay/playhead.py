"""Which tick of a replay is due. Pure: time is an argument."""

from __future__ import annotations

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # times the game's own
_ROUNDING = 1e-6  # of a tick: three tenths of a second at 10 Hz are three ticks


class Playhead:
    """Moves over the ticks of a replay at a speed, or stands still.

    Args:
        first: the first tick.
        last: the last one; it may be changed while the replay is played.
        tick_rate: ticks a second at speed 1.

    Attributes:
        playing: whether it moves.
    """

    def __init__(self, first: int, last: int, tick_rate: float) -> None:
        self.first, self.last = first, last
        self.playing = False
        self._rate = tick_rate
        self._speed = SPEEDS.index(1.0)
        self._position = float(first)  # a tick, and the fraction of the next
        self._now: float | None = None  # when it was moved last

    @property
    def speed(self) -> float:
        """Times the game's own."""
        return SPEEDS[self._speed]

    @property
    def tick(self) -> int:
        """The tick that is to be shown."""
        return int(self._position + _ROUNDING)

    @property
    def at_end(self) -> bool:
        """Whether there is nothing behind it."""
        return self.tick >= self.last

    def play(self) -> None:
        """Move; from the beginning if it is at the end."""
        if self.at_end:
            self._position = float(self.first)
        self.playing, self._now = True, None

    def pause(self) -> None:
        """Stand still."""
        self.playing = False

    def faster(self, steps: int) -> None:
        """Choose the speed that is so many steps up in SPEEDS, or down if it is negative."""
        self._speed = min(max(0, self._speed + steps), len(SPEEDS) - 1)

    def go(self, tick: float) -> None:
        """Go to a tick."""
        self._position = float(min(max(tick, self.first), self.last))

    def skip(self, seconds: float) -> None:
        """Go so many seconds of game time on, or back if it is negative."""
        self.go(self._position + seconds * self._rate)

    def advance(self, now: float) -> int:
        """Move on to where it is due; at the end it stops. Returns the tick.

        Args:
            now: seconds, on a clock that never goes back.
        """
        if self.playing:
            before, self._now = self._now, now
            if before is not None:
                self.go(self._position + (now - before) * self.speed * self._rate)
            self.playing = not self.at_end
        return self.tick


def clock(seconds: float) -> str:
    """A time of a game, as `m:ss` or `h:mm:ss`.

    >>> clock(5), clock(3725.9)
    ('0:05', '1:02:05')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
