"""Seeks in a recording: to any tick, from the nearest checkpoint before it. Pure.

Two cursors are at work. One shows a tick. The other, the scout, reads ahead in slices for which whoever shows the
replay has time: it gathers what was told in each tick, for the marks on the time line, and takes checkpoints.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping

from tickwire.errors import CannotRestore
from tickwire.game.fingerprint import fingerprint
from tickwire.game.spec import GameSpec
from tickwire.replay.cursor import Cursor, Moment, Place, beginning
from tickwire.replay.recording import Recording
from tickwire.room.journal import Checkpointed
from tickwire.room.room import Room
from tickwire.wire.messages import Event, Slip

# Between two checkpoints of one's own, whichever is less: what is played for a seek, at most.
EVERY = 10.0  # seconds of game time
EVERY_TICKS = 120
MAX_PLACES = 2000  # checkpoints of one's own; past that every second one goes, and the next are taken half as often
MAX_NOTES = 20  # sentences about a replay: rules that are others differ at each checkpoint
_LOOKED_AT = 2000  # moments in which the last lines are looked for: a game may tell many events
MAX_MOMENTS = 200_000  # that are remembered; what is told later in a replay has no marks


class Replay:
    """A recording that can be looked at.

    Args:
        recording: of a room.
        games: by name, as they are installed here.
        prepare: called with each room that is made to play it, before anything is played in it.

    Attributes:
        recording: of the room.
        spec: its game, as it is installed here.
        notes: what is to be said about it: damage, other rules, what came out otherwise.
        moments: what was told, as far as the scout has read, by tick.
        problem: why it cannot be played on behind `end`; empty if it can.
        end: the last tick that can be shown.

    Raises:
        CannotRestore: the game is not here, or does not fit what was saved.
    """

    def __init__(
        self, recording: Recording, games: Mapping[str, GameSpec], prepare: Callable[[Room], None] | None = None
    ) -> None:
        self.recording = recording
        opened = recording.opened
        self._games = games
        self._prepare = prepare
        self._places = [beginning(recording)]
        for tick, index in recording.places:
            record = recording.records[index]
            assert isinstance(record, Checkpointed)
            if index > 0:
                self._places.append(Place(tick, index + 1, saved=record.saved))
        self._ticks = [place.tick for place in self._places]
        self._own = 0
        self._every = max(1, min(round(EVERY * opened.tick_rate), EVERY_TICKS))
        self._broken: list[tuple[int, int]] = []  # the last tick before rules broke, and the first behind it
        self.moments: list[Moment] = []
        self.problem = ""
        self.end = recording.last
        self.notes = [recording.note] if recording.note else []
        self._cursor = self._at(self._places[0])
        self._scout = self._at(self._places[0])
        self.spec = self._cursor.room.spec
        if opened.rules != fingerprint(self.spec.game):
            self.notes.append(f"the rules of {opened.game} are others than they were, so it may come out otherwise")
        self.notes += self._cursor.room.differences

    @property
    def room(self) -> Room:
        """The room at the tick that is shown. Nothing may be played in it."""
        return self._cursor.room

    @property
    def tick(self) -> int:
        """The tick that is shown."""
        return self._cursor.tick

    @property
    def first(self) -> int:
        """The first tick that can be shown."""
        return self.recording.first

    @property
    def tick_rate(self) -> float:
        """Ticks a second of game time."""
        return self.recording.opened.tick_rate

    @property
    def read_up_to(self) -> int:
        """The tick up to which the scout has read."""
        return self._scout.tick

    @property
    def read_whole(self) -> bool:
        """Whether the scout has read all."""
        return self._scout.tick >= self.end

    def seek(self, tick: int) -> int:
        """Show a tick, or the nearest one before it that there is; returns which. At most EVERY seconds, or
        EVERY_TICKS, are played.

        That holds for what the scout has read; ahead of it the log's own checkpoints count, 30 s apart.
        """
        tick = min(max(tick, self.first), self.end)
        # Rules that broke, perhaps by not coming back, are not tried again.
        tick = next((before for before, behind in self._broken if before < tick < behind), tick)
        i = bisect_right(self._ticks, tick) - 1
        if tick < self.tick or self._ticks[i] > self.tick:
            self._cursor = self._nearest(i)
        try:
            self._cursor.advance(tick)
        except CannotRestore as error:
            whole = self._cursor.whole
            self._broke(str(error), self._cursor)
            # What a call that failed has left half done is not shown.
            self._cursor = self._nearest(bisect_right(self._ticks, whole) - 1)
            with contextlib.suppress(CannotRestore):
                self._cursor.advance(whole)
        return self.tick

    def step(self, ticks: int) -> int:
        """Show a tick so many ticks away, backwards if it is negative; returns which is shown."""
        return self.seek(self.tick + ticks)

    def read(self, ticks: int) -> bool:
        """Let the scout read on.

        Args:
            ticks: how many at most.

        Returns:
            Whether there is more to read.
        """
        scout = self._scout
        until = min(scout.tick + ticks, self.end)
        try:
            while scout.tick < until:
                # Up to where the next checkpoint of one's own is due, so that there is one right there.
                before, due = scout.tick, (scout.tick // self._every + 1) * self._every
                scout.advance(min(until, due), self.moments if len(self.moments) < MAX_MOMENTS else None)
                if scout.tick == before:
                    self._pass_gap(until)
                    break
                if scout.tick >= due:
                    self._keep_place(scout)
        except CannotRestore as error:
            self._broke(str(error), scout)
        for tick, words in scout.differed:
            self._note(f"at tick {tick} the log goes on otherwise: {words}")
        scout.differed.clear()
        return not self.read_whole

    def heard(self, first: int, last: int, player: int) -> list[Moment]:
        """What was told in the ticks from `first` to `last`, as far as it is known, to everyone and to a player."""
        start = bisect_left(self.moments, first, key=_tick_of)
        end = bisect_right(self.moments, last, key=_tick_of)
        told = self.moments[start:end]
        return [m for m in told if m.to in (None, player) and not isinstance(m.message, Slip)]

    def recent(self, player: int, count: int) -> list[Moment]:
        """The last things that were told up to the tick that is shown, without events, as far as they are known.

        Args:
            player: through whose eyes.
            count: how many at most.
        """
        end = bisect_right(self.moments, self.tick, key=_tick_of)
        told: list[Moment] = []
        for moment in reversed(self.moments[max(0, end - _LOOKED_AT) : end]):
            if moment.to in (None, player) and not isinstance(moment.message, Slip | Event):
                told.append(moment)
                if len(told) == count:
                    break
        return told[::-1]

    def _nearest(self, i: int) -> Cursor:
        """A cursor at a place, or at the nearest one before it whose checkpoint fits the game."""
        while True:
            try:
                return self._at(self._places[i])
            except CannotRestore:
                if i == 0:
                    raise  # there was a cursor there when the replay was opened
                del self._places[i], self._ticks[i]
                i -= 1

    def _pass_gap(self, until: int) -> None:
        """The scout stands in front of a gap: go on behind it, even if that is further than was asked for."""
        behind = bisect_right(self._ticks, self._scout.tick)
        if behind < len(self._ticks):
            self._scout.advance(max(until, self._ticks[behind]))
        else:
            self.end = self._scout.tick

    def _keep_place(self, scout: Cursor) -> None:
        i = bisect_left(self._ticks, scout.tick)
        if i < len(self._ticks) and self._ticks[i] == scout.tick:
            return
        if (place := scout.place()) is None:
            return
        self._places.insert(i, place)
        self._ticks.insert(i, place.tick)
        self._own += 1
        if self._own > MAX_PLACES:
            self._thin()

    def _thin(self) -> None:
        self._every *= 2
        every = self._every
        logs = {tick for tick, _ in self.recording.places} | {self.first}
        self._places = [place for place in self._places if place.tick in logs or place.tick % every == 0]
        self._ticks = [place.tick for place in self._places]
        self._own = sum(place.tick not in logs for place in self._places)

    def _at(self, place: Place) -> Cursor:
        return Cursor(self.recording, self._games, place, self._prepare)

    def _broke(self, words: str, cursor: Cursor) -> None:
        """A cursor cannot go on. If there is a checkpoint behind that, it can be sought, and the scout goes there."""
        whole = cursor.whole
        for place in [place for place in self._places if place.tick > whole]:
            with contextlib.suppress(CannotRestore):
                later = self._at(place)
                if cursor is self._scout:
                    self._scout = later
                self._broken.append((whole, place.tick))
                self._note(f"{words}; it plays on from tick {place.tick}")
                return
        self._note(words)
        self.problem, self.end = words, whole

    def _note(self, words: str) -> None:
        if words not in self.notes and len(self.notes) < MAX_NOTES:
            self.notes.append(words)


def _tick_of(moment: Moment) -> int:
    return moment.tick
