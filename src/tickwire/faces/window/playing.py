"""A client's stage in the window: keys that are held, what the board shows between two states, and the net graph."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from tickwire.client.sync import Client
from tickwire.errors import TickwireError
from tickwire.faces import sentences
from tickwire.faces.keys import held_field
from tickwire.faces.staging import set_stage
from tickwire.faces.standings import Standing
from tickwire.faces.window.board import Board
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.layout import Box
from tickwire.faces.window.net_graph import paint_net_graph
from tickwire.game.spec import GameSpec

_FIGURES_EVERY = 0.25  # seconds; quicker, nobody can read them


class Play:
    """One client's, from its welcome on.

    Args:
        client: that has just joined.
        rules: the game as the player has it, or None.
        now: seconds.

    Attributes:
        note: what the player is to be told, or nothing.
    """

    def __init__(self, client: Client, rules: GameSpec | None, now: float) -> None:
        staging = set_stage(client, rules, now)
        self.note = staging.note
        self._stage, self._client = staging.stage, client
        self._points: dict[int, Any] = {}
        self._down: dict[int, str] = {}  # keys that are down, and the fields that they hold
        self._figures = self._stage.figures(now, *client.traffic, client.ping)
        self._figures_at = now

    def begin(self, board: Board) -> None:
        """It is shown on this board."""
        board.sprites.shown = self._stage.delayed

    @property
    def delays(self) -> bool:
        """Whether events wait for their moment: `frame` gives them then."""
        return bool(self._stage.delayed)

    def press(self, code: int, key: str, controls: Mapping[str, Any]) -> bool:
        """A key went down; returns whether it is one to be held."""
        field = held_field(key, key if len(key) == 1 else None, controls)
        if field is None:
            return False
        self._down[code] = field
        self._stage.press(field)
        return True

    def release(self, code: int) -> None:
        """A key went up."""
        field = self._down.pop(code, None)
        if field is not None and field not in self._down.values():
            self._stage.release(field)

    def let_go(self) -> None:
        """The player's attention is elsewhere."""
        self._down.clear()
        self._stage.release_all()

    def frame(self, board: Board | None, now: float) -> list[Any]:
        """Send what is held, show what is to be seen now; returns the events whose moment has come."""
        with contextlib.suppress(TickwireError):  # lost in this moment: the notice says it
            for outgoing in self._stage.advance(now):
                self._client.send(outgoing.input, outgoing.tick, outgoing.seen)
        if board is not None and self._stage.delayed:
            board.sprites.show(self._stage.tables(now), now)
        if now >= self._figures_at + _FIGURES_EVERY:
            self._figures_at = now
            silent = self._client.silence(now) >= sentences.SILENT
            self._figures = self._stage.figures(now, *self._client.traffic, None if silent else self._client.ping)
        events = self._stage.take_events(now)
        return events if self.delays else []

    def count(self, lines: Sequence[Standing], board: Board, now: float) -> None:
        """Let the points that the player won rise from the player's place."""
        for line in lines:
            before, points = self._points.get(line.player), line.points
            if line.own and isinstance(before, int) and isinstance(points, int) and points > before:
                board.rise(f"+{points - before}", line.player, now)
            self._points[line.player] = points

    def paint(self, brush: Brush, area: Box) -> None:
        """The net graph, in a corner of the board."""
        paint_net_graph(brush, area, self._figures)
