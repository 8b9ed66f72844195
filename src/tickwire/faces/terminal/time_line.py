"""The time line below a replay: where it is, and what happened when. It knows no Textual."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from rich.text import Text

from tickwire.faces.palette import color_of
from tickwire.faces.terminal.colors import ACCENT, BRIGHT, DIM, PLAIN, WALL
from tickwire.faces.terminal.theme import ink
from tickwire.replay.cursor import Moment
from tickwire.wire.messages import Chat, Event, Joined, Left

LEGEND = (("+", "joined"), ("-", "left"), ('"', "said"), ("·", "in the game"))


class Marks:
    """One row of marks: in each column what happened then, the most telling first.

    Args:
        first: the tick of the first column.
        last: the tick of the last one.
        width: in columns.
        player: through whose eyes.
    """

    def __init__(self, first: int, last: int, width: int, player: int) -> None:
        self._first, self._last, self._width, self._player = first, last, width, player
        self._best: list[tuple[int, str, int]] = [(0, " ", DIM)] * width

    def add(self, moments: Iterable[Moment]) -> None:
        """Take in more of what was told."""
        best = self._best
        for moment in moments:
            if moment.to in (None, self._player) and (mark := _mark(moment)) is not None:
                at = column(moment.tick, self._first, self._last, self._width)
                if mark[0] > best[at][0]:
                    best[at] = mark

    def text(self) -> Text:
        """The row."""
        return Text.assemble(
            *(("".join(m[1] for m in run), ink(color)) for color, run in groupby(self._best, itemgetter(2)))
        )


def bar(tick: int, first: int, last: int, read_up_to: int, width: int) -> Text:
    """The time line itself: what was shown, where it is, what is ahead, and what of that was not read yet.

    Args:
        tick: that is shown.
        first: the tick of the first column.
        last: the tick of the last one.
        read_up_to: the tick up to which there are marks.
        width: in columns.
    """
    at, read = column(tick, first, last, width), column(read_up_to, first, last, width)
    text = Text("━" * at, ink(ACCENT)).append("●", ink(BRIGHT, bold=True))
    ahead = max(0, min(width, read + 1) - at - 1)
    return text.append("─" * ahead, ink(DIM)).append("╌" * (width - at - 1 - ahead), ink(WALL))


def column(tick: int, first: int, last: int, width: int) -> int:
    """In which column a tick is.

    >>> column(0, 0, 99, 10), column(50, 0, 99, 10), column(99, 0, 99, 10)
    (0, 5, 9)
    """
    share = (tick - first) / max(1, last - first + 1)
    return min(max(0, int(share * width)), width - 1)


def _mark(moment: Moment) -> tuple[int, str, int] | None:
    """How telling it is, its character and its colour; bots come and go unnoticed."""
    match moment.message:
        case Chat(player):
            return 4, '"', color_of(player) if player else PLAIN
        case Joined(player, _, bot) if not bot:
            return 3, "+", color_of(player)
        case Left(player):
            return 2, "-", color_of(player)
        case Event():
            return 1, "·", DIM
    return None
