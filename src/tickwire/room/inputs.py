"""What waits for its tick: joins, leaves, lines of chat and inputs, in the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from tickwire.game.contract import Input, Player

MAX_WAITING = 64  # inputs and lines of one player; a tick's worth of honest key presses is far below
MAX_AHEAD = 1.0  # seconds that an input may be held for its tick; one that is meant for later comes then


@dataclass(slots=True)
class JoinStep:
    """A player takes a seat."""

    player: Player


@dataclass(slots=True)
class LeaveStep:
    """A player gives the seat up."""

    player: Player


@dataclass(slots=True)
class SayStep:
    """A player says something."""

    player: Player
    text: str


class InputStep(Struct, gc=False):
    """A player asks for something. A Struct, as there are thousands a second; it is never part of a ring.

    Attributes:
        player: who.
        seq: what it is acknowledged by; 0 for not at all.
        input: what the game gets.
        early: how many ticks it was there before its own; below 0 it was late, None if it was meant for no tick.
        seen: the tick that was on the player's screen, with its fraction; None if the client does not say.
    """

    player: Player
    seq: int
    input: Input
    early: int | None = None
    seen: float | None = None


Step = JoinStep | LeaveStep | SayStep | InputStep


@dataclass(slots=True)
class Line:
    """What is known of one player's inputs, all in one place: there are thousands of players, and each comes seldom.

    Attributes:
        player: whose.
        last_seq: of the last input that was taken.
        last_tick: the latest tick that an input was held for.
        waiting: how many inputs and lines of chat wait, as of `counted`.
        counted: how often the queue had been emptied then.
    """

    player: Player
    last_seq: int = 0
    last_tick: int = 0
    waiting: int = 0
    counted: int = 0


class InputQueue:
    """Holds steps until their tick, and drops inputs that are repeated, out of order or too many.

    Args:
        tick_rate: ticks a second.
    """

    def __init__(self, tick_rate: float) -> None:
        self._max_ahead = round(MAX_AHEAD * tick_rate)
        self._steps: list[Step] = []  # of the next tick
        self._held: dict[int, list[Step]] = {}  # by tick
        self._lines: dict[int, Line] = {}  # by player number
        self._taken = 0  # how often

    def join(self, player: Player) -> None:
        """Queue a join."""
        self._lines[player.id] = Line(player)
        self._steps.append(JoinStep(player))

    def leave(self, player: Player) -> None:
        """Queue a leave."""
        self._steps.append(LeaveStep(player))
        del self._lines[player.id]

    def say(self, player: Player, text: str) -> bool:
        """Queue a line; returns whether it was taken."""
        if not self._has_room(self._lines[player.id]):
            return False
        self._steps.append(SayStep(player, text))
        return True

    def restart(self, player_id: int) -> None:
        """A client took the seat back and counts its inputs from 1 again."""
        line = self._lines[player_id]
        line.last_seq = line.last_tick = 0
        # What still waits was counted by the old connection: it counts, but is not acked to the new one.
        for steps in (self._steps, *self._held.values()):
            for step in steps:
                if isinstance(step, InputStep) and step.player.id == player_id:
                    step.seq = 0

    def add(
        self, player_id: int, seq: int, input: Input, made: int, tick: int | None = None, seen: float | None = None
    ) -> bool:
        """Queue an input; returns whether it was taken.

        A player's inputs are played in the order of their `seq`. One that is meant for an earlier tick than those
        before it brings them forward: its sender's clock was set back, as by a slip. One that is meant for none comes
        with them.

        Args:
            player_id: whose.
            seq: its number.
            input: what the game gets.
            made: the number of the last tick that was made.
            tick: the one that it is meant for; None for the next.
            seen: as in InputStep.
        """
        line = self._lines[player_id]
        if seq <= line.last_seq or not self._has_room(line):
            return False
        line.last_seq = seq
        due = line.last_tick
        if tick is None:
            step = InputStep(line.player, seq, input, None, seen)
        else:
            tick_due = max(min(tick, made + self._max_ahead), made + 1)
            if tick_due < due:
                self._bring_forward(line, tick_due, made)
            due = tick_due
            step = InputStep(line.player, seq, input, tick - made - 1, seen)
        if due <= made + 1:
            self._steps.append(step)
        else:
            line.last_tick = due
            self._held.setdefault(due, []).append(step)
        return True

    def _bring_forward(self, line: Line, tick: int, made: int) -> None:
        """Let what a player's inputs are held for be no later than a tick, in their order."""
        line.last_tick = tick
        brought: list[Step] = []
        for due in sorted(due for due in self._held if due > tick):
            brought += [step for step in self._held[due] if step.player is line.player]
            self._held[due] = [step for step in self._held[due] if step.player is not line.player]
        steps = self._steps if tick <= made + 1 else self._held.setdefault(tick, [])
        steps += brought

    def take(self, tick: int) -> list[Step]:
        """All steps of a tick: those that were held for it first, since they came first."""
        steps, self._steps = self._steps, []
        self._taken += 1
        if self._held:
            steps = [*self._held.pop(tick, []), *steps]
            self._count_held()
        return steps

    def _has_room(self, line: Line) -> bool:
        """Whether one more of a player may wait; it is counted then."""
        if line.counted != self._taken:
            line.counted, line.waiting = self._taken, 0
        if line.waiting >= MAX_WAITING:
            return False
        line.waiting += 1
        return True

    def _count_held(self) -> None:
        for steps in self._held.values():
            for step in steps:
                if (line := self._lines.get(step.player.id)) is not None:
                    self._has_room(line)
