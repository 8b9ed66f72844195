"""What waits for the next tick: joins, leaves and inputs, in the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass

from tickwire.game.contract import Input, Player

MAX_WAITING = 64  # inputs of one player; a tick's worth of honest key presses is far below


@dataclass(slots=True)
class JoinStep:
    """A player takes a seat."""

    player: Player


@dataclass(slots=True)
class LeaveStep:
    """A player gives the seat up."""

    player: Player


@dataclass(slots=True)
class InputStep:
    """A player asks for something."""

    player: Player
    seq: int
    input: Input


Step = JoinStep | LeaveStep | InputStep


class InputQueue:
    """Holds steps until their tick, and drops inputs that are repeated, out of order or too many."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._last_seq: dict[int, int] = {}
        self._waiting: dict[int, int] = {}

    def join(self, player: Player) -> None:
        """Queue a join."""
        self._steps.append(JoinStep(player))

    def leave(self, player: Player) -> None:
        """Queue a leave."""
        self._steps.append(LeaveStep(player))
        self._last_seq.pop(player.id, None)

    def restart(self, player_id: int) -> None:
        """A client took the seat back and counts its inputs from 1 again."""
        self._last_seq.pop(player_id, None)
        # What still waits was counted by the old connection: it counts, but is not acked to the new one.
        self._steps = [
            InputStep(s.player, 0, s.input) if isinstance(s, InputStep) and s.player.id == player_id else s
            for s in self._steps
        ]

    def add(self, player: Player, seq: int, input: Input) -> bool:
        """Queue an input; returns whether it was taken."""
        if seq <= self._last_seq.get(player.id, 0):
            return False
        waiting = self._waiting.get(player.id, 0)
        if waiting >= MAX_WAITING:
            return False
        self._waiting[player.id] = waiting + 1
        self._last_seq[player.id] = seq
        self._steps.append(InputStep(player, seq, input))
        return True

    def take(self) -> list[Step]:
        """All steps, for this tick."""
        steps, self._steps = self._steps, []
        self._waiting.clear()
        return steps
