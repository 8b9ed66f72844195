"""A player's stage before a real room, behind a link that is as bad as one likes, in virtual time."""

from __future__ import annotations

from collections import deque
from math import hypot
from typing import Any

from tickwire.client.rules import Rules
from tickwire.client.seated import is_empty
from tickwire.client.stage import Stage
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.games import arena
from tickwire.games.arena import Arena
from tickwire.net.conditioner import Conditioner
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import Event, PackedState, Slip

SPEC = inspect_game(Arena)
FRAME = 1 / 60
RATE = SPEC.tick_rate
SETTLED = 3.0  # seconds, after which clock and playback are where they want to be


class Link:
    """One way through a conditioner, for what is no bytes: each message is a packet of its own."""

    def __init__(self, **conditions: Any) -> None:
        self.conditioner = Conditioner(**conditions)
        self._messages: deque[Any] = deque()

    def push(self, now: float, message: Any) -> None:
        self.conditioner.push(now, b"x")
        self._messages.append(message)

    def pop(self, now: float) -> list[Any]:
        return [self._messages.popleft() for _ in b"".join(self.conditioner.pop(now + 1e-9))]


class Play:
    """A room, and one player's stage behind a link that takes `way` seconds in each direction. Time is a number."""

    def __init__(
        self,
        way: float = 0.075,
        *,
        spec: GameSpec = SPEC,
        rules: bool = True,
        jitter: float = 0.0,
        loss: float = 0.0,
        seed: int = 5,
    ) -> None:
        self.now = 0.0
        self.room = Room(spec, "TEST", 1, 0.0)
        self.player = self.room.join("ada").id
        self.other = self.room.join("bob").id
        schema = Schema.read(self.room.described_schema)
        known = Rules.of_game(spec, self.room.described_schema) if rules else None
        self.stage = Stage(schema, self.player, spec.tick_rate, known)
        self.mirror = Mirror(schema)
        self.corrections: list[float] = []
        self.stage.corrected = lambda now, c: self.corrections.append(hypot(c.error["x"], c.error.get("y", 0)))
        self.sent: list[Any] = []
        ways = (Link(delay=way, jitter=jitter, loss=loss, rtt=2 * way, seed=2 * seed + i) for i in (0, 1))
        self.up, self.down = ways
        self._decoder = ServerMessageDecoder()
        self._seq = 0
        self._ping_at = 0.0
        self._full = True
        self._stopped_until = 0.0
        self.slept = 0.0  # seconds that the player's clock stood still
        self.rests = False  # whether there is no state where nothing changes, as servers have it
        self.tells = True  # whether the server announces slips
        self._make_input = type(spec.controls.input()) if spec.controls.input else arena.Keys

    def stop_server(self, seconds: float) -> None:
        """The server does nothing from now on: no tick, no answer."""
        self._stopped_until = self.now + seconds

    def frame(self) -> None:
        """A sixtieth of a second: what arrived, what is due, and what is sent for it."""
        self.now += FRAME
        if self.now >= self._stopped_until:
            self._serve()
        for kind, first, second in self.down.pop(self.now):
            self._take(kind, first, second)
        for out in self.stage.advance(self.local):
            self._seq += 1
            self.sent.append(out)
            if out.tick is not None:
                self.stage.sent(self._seq, out.tick)
            self.up.push(self.now, (self._seq, out))
        if self.now >= self._ping_at:
            self._ping_at = self.now + (0.1 if self.now < 1 else 1.0)
            self.up.push(self.now, self.local)

    @property
    def local(self) -> float:
        """The player's clock, in seconds."""
        return self.now - self.slept

    def sleep(self, seconds: float) -> None:
        """The player's machine sleeps: its clock stands still. It wakes up with a full state."""
        for _ in range(round(seconds / FRAME)):
            self.now += FRAME
            self.up.pop(self.now)
            self.room.advance(self.now)
        self.slept += seconds
        self._full = True

    def _serve(self) -> None:
        for message in self.up.pop(self.now):
            if isinstance(message, float):
                self.down.push(self.now, ("pong", message, self.room.tick_at(self.now)))
            else:
                seq, out = message
                self.room.input(self.player, seq, self._input(out.input), out.tick, out.seen)
        output = self.room.advance(self.now)
        if output is None:
            return
        if self._full:
            state = self.room.states.full(Encoding.MSGPACK)
        elif output.changed:
            state = self.room.states.delta(Encoding.MSGPACK)
        else:
            said = output.rests or output.acks or not self.rests
            state = self.room.states.empty(Encoding.MSGPACK) if said else b""
        self._full = False
        self.down.push(self.now, ("tick", output, state))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            self.frame()

    @property
    def game(self) -> Arena:
        assert isinstance(self.room.game, Arena)
        return self.room.game

    def shown(self, player: int, table: str = "Ship") -> Any:
        """The newest row of a player on the screen, or None."""
        rows = [row for row in self.stage.tables(self.local)[table] if row.player == player]
        return max(rows, key=lambda row: row.id) if rows else None

    def true(self, player: int) -> Any:
        return next(row for row in self.game.ships if row.player == player)

    def _input(self, fields: dict[str, Any]) -> Any:
        return self._make_input(**{n: v for n, v in fields.items() if n != "type"})

    def _take(self, kind: str, first: Any, second: Any) -> None:
        if kind == "pong":
            self.stage.pong(first, self.local, second)
            return
        for message in first.messages:
            if isinstance(message, Event):
                self.stage.event(self.local, message)
            elif isinstance(message, Slip) and self.tells:
                self.stage.slip(self.local, message.ticks)
        if self.player in first.acks:
            self.stage.acked(self.local, first.acks[self.player], first.early.get(self.player))
        if not second:
            return
        state = self._decoder.decode(second, Encoding.MSGPACK)
        assert isinstance(state, PackedState)
        self.mirror.apply(state)
        self.stage.state(self.local, first.tick, self.mirror.tables, full=state.full, empty=is_empty(state))


def settled(way: float = 0.075, **more: Any) -> Play:
    play = Play(way, **more)
    play.run(SETTLED)
    return play
