"""What waits for its tick: joins, leaves, lines of chat and inputs, in the order of arrival."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain

import msgspec
from msgspec import Struct

from tickwire.errors import ErrorCode, RemoteProtocolError
from tickwire.game.contract import Input, Player
from tickwire.room.saved import SavedInput, SavedQueue

# Inputs of one player that may wait for their tick: eight seconds of 60 Hz, which arrive in one piece where a line
# hung, or where a client was stopped for so long.
MAX_WAITING = 512
MAX_LINES = 64  # lines of chat of one player in one tick
# What is further beyond the last `seq` is a mistake, such as -1 in 32 bits, and no count. Not less, as clients may go
# on counting when they take a seat back, where this count begins at 0: three days of 60 inputs a second.
MAX_JUMP = 2**24
MAX_AHEAD = 1.0  # seconds that an input may be held for its tick; one that is meant for later comes then

_pack = msgspec.msgpack.encode


@dataclass(slots=True)
class JoinStep:
    """A player takes a seat."""

    player: Player


@dataclass(slots=True)
class LeaveStep:
    """A player gives the seat up."""

    player: Player


@dataclass(slots=True)
class PresenceStep:
    """A player's connection was lost, or is back."""

    player: Player
    away: bool


@dataclass(slots=True)
class SayStep:
    """A player says something."""

    player: Player
    text: str


@dataclass(slots=True)
class OverheardStep:
    """Somebody who only watches says something."""

    name: str
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


Step = JoinStep | LeaveStep | PresenceStep | SayStep | OverheardStep | InputStep


@dataclass(slots=True)
class Line:
    """What is known of one player's inputs, all in one place: there are thousands of players, and each comes seldom.

    Attributes:
        player: whose.
        last_seq: of the last input that was taken.
        last_tick: the latest tick that an input was held for.
        waiting: how many inputs wait, as of `counted`.
        lines: how many lines of chat wait, as of `counted`.
        counted: how often the queue had been emptied then.
    """

    player: Player
    last_seq: int = 0
    last_tick: int = 0
    waiting: int = 0
    lines: int = 0
    counted: int = 0


class InputQueue:
    """Holds steps until their tick, and drops inputs that are repeated, out of order or too many.

    Args:
        tick_rate: ticks a second.
    """

    def __init__(self, tick_rate: float) -> None:
        self._max_ahead = round(MAX_AHEAD * tick_rate)
        self._steps: list[Step] = []  # of the next tick
        self._held: dict[int, list[InputStep]] = {}  # by tick
        self._lines: dict[int, Line] = {}  # by player number
        self._overheard: Counter[str] = Counter()  # lines that wait, by the name of who watches
        self._taken = 0  # how often

    def join(self, player: Player) -> None:
        """Queue a join."""
        self._lines[player.id] = Line(player)
        self._steps.append(JoinStep(player))

    def leave(self, player: Player) -> None:
        """Queue a leave."""
        self._steps.append(LeaveStep(player))
        del self._lines[player.id]

    def presence(self, player: Player, *, away: bool) -> None:
        """Queue that a player's connection was lost, or is back."""
        self._steps.append(PresenceStep(player, away))

    def say(self, player: Player, text: str) -> bool:
        """Queue a line; returns whether it was taken."""
        line = self._lines[player.id]
        self._bring_up_to_date(line)
        if line.lines >= MAX_LINES:
            return False
        line.lines += 1
        self._steps.append(SayStep(player, text))
        return True

    def overhear(self, name: str, text: str) -> bool:
        """Queue a line of somebody who watches; returns whether it was taken."""
        if self._overheard[name] >= MAX_LINES:
            return False
        self._overheard[name] += 1
        self._steps.append(OverheardStep(name, text))
        return True

    def resume(self, player_id: int, sent: int | None) -> tuple[int, int]:
        """A client took the seat back.

        Args:
            player_id: of the seat.
            sent: the highest `seq` that this client has sent for the seat; it counts on from there. None: it counts
                from 1 again.

        Returns:
            Up to which `seq` its inputs were taken, and up to which they are part of a tick.
        """
        line = self._lines[player_id]
        taken = line.last_seq = min(line.last_seq, sent or 0)
        if sent is None:
            line.last_tick = 0
        played = taken
        for step in chain(self._steps, *self._held.values()):
            if isinstance(step, InputStep) and step.player is line.player and step.seq:
                if step.seq > taken:
                    # Counted by another client: it counts, but is not acked to this one.
                    step.seq = 0
                else:
                    played = min(played, step.seq - 1)
        return taken, played

    def add(
        self, player_id: int, seq: int, input: Input, made: int, tick: int | None = None, seen: float | None = None
    ) -> bool:
        """Queue an input; False if it was dropped as repeated or out of order.

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

        Raises:
            RemoteProtocolError: it was not taken, because too many wait or its `seq` makes no sense. It is not
                counted either: the `seq` may be used again.
        """
        line = self._lines[player_id]
        if seq <= line.last_seq:
            return False
        if line.counted != self._taken:  # written out: the call would be a tenth of what an input costs here
            line.counted, line.waiting, line.lines = self._taken, 0, 0
        if line.waiting >= MAX_WAITING:
            words = f"{MAX_WAITING} inputs wait for their tick already; send fewer at once"
            raise RemoteProtocolError(ErrorCode.TOO_MANY_INPUTS, words, seq)
        if seq - line.last_seq > MAX_JUMP:
            words = f"seq {seq} is more than {MAX_JUMP} beyond {line.last_seq}, the last one; count by ones"
            raise RemoteProtocolError(ErrorCode.BAD_INPUT, words, seq)
        line.waiting += 1
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
        brought: list[InputStep] = []
        for due in sorted(due for due in self._held if due > tick):
            brought += [step for step in self._held[due] if step.player is line.player]
            self._held[due] = [step for step in self._held[due] if step.player is not line.player]
        if tick <= made + 1:
            self._steps += brought
        else:
            self._held.setdefault(tick, []).extend(brought)

    def take(self, tick: int) -> list[Step]:
        """All steps of a tick: those that were held for it first, since they came first."""
        steps, self._steps = self._steps, []
        self._taken += 1
        if self._overheard:
            self._overheard.clear()
        if self._held:
            steps = [*self._held.pop(tick, []), *steps]
            self._count_held()
        return steps

    @property
    def empty(self) -> bool:
        """Whether nothing waits for the next tick; inputs may wait for later ones."""
        return not self._steps

    def save(self) -> SavedQueue:
        """What waits for a later tick. Only between two ticks, before anything has come for the next one."""
        assert not self._steps
        inputs = [
            SavedInput(tick, step.player.id, step.seq, msgspec.Raw(_pack(step.input)), step.early, step.seen)
            for tick, steps in self._held.items()
            for step in steps
        ]
        return SavedQueue(inputs, {id: (line.last_seq, line.last_tick) for id, line in self._lines.items()})

    def restore(self, saved: SavedQueue, players: Mapping[int, Player], decode: Callable[[bytes], Input]) -> None:
        """The inverse of `save`, for a queue that nothing waits in.

        Args:
            saved: what `save` gave.
            players: who holds a seat.
            decode: of an input, in MessagePack.
        """
        for id, (last_seq, last_tick) in saved.last.items():
            self._lines[id] = Line(players[id], last_seq, last_tick)
        for each in saved.inputs:
            if (player := players.get(each.player)) is not None:
                step = InputStep(player, each.seq, decode(each.input), each.early, each.seen)
                self._held.setdefault(each.tick, []).append(step)

    def _bring_up_to_date(self, line: Line) -> None:
        """Forget what waited before the queue was emptied."""
        if line.counted != self._taken:
            line.counted, line.waiting, line.lines = self._taken, 0, 0

    def _count_held(self) -> None:
        for steps in self._held.values():
            for step in steps:
                if (line := self._lines.get(step.player.id)) is not None:
                    self._bring_up_to_date(line)
                    line.waiting += 1
