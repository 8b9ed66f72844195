"""One match in virtual time: a real room, real bytes through the conditioner, and whoever plays it.

Nothing here reads a clock or waits: events are taken from a heap in the order of their times.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from tickwire.game.spec import inspect_game
from tickwire.games.arena import SHOT_LIFE, Arena, Ship, Shot, hits
from tickwire.net.conditioner import Conditioner
from tickwire.room.room import Room, TickOutput
from tickwire.wire.codec import ClientMessageDecoder, Encoding, ServerMessageDecoder, encode
from tickwire.wire.framing import NativeReader, frame_native
from tickwire.wire.messages import Ack, ClientMessage, InputMessage, Ping, Pong, ServerMessage

FRAMES = 60  # a second
PING_EVERY = 1.0  # seconds, as the client has it
FIRST_PINGS = 0.1  # seconds between those that set the clock
LIMIT = 1 << 24  # bytes


@dataclass(frozen=True)
class Network:
    """A way there and back, as the conditioner makes it; seconds."""

    rtt: float
    loss: float
    jitter: float

    def link(self, seed: int) -> Conditioner:
        return Conditioner(delay=self.rtt / 2, jitter=self.jitter, loss=self.loss, rtt=self.rtt, seed=seed)


@dataclass
class Fired:
    """A shot as the server judged it."""

    player: int
    tick: int  # in which it was fired; earlier than the server knew of it, if the key came late
    victim: int = 0  # the player that it met, 0 for none
    ghost: bool = False  # that ship was gone already


class Judged(Arena):
    """Arena, with a record of its shots."""

    name = "arena"

    def _fire(self, shot: Shot, end: int) -> None:
        super()._fire(shot, end)
        self.record[shot.id] = Fired(shot.player, end - SHOT_LIFE)

    def _move_shot(self, shot: Shot, ships: Iterable[Ship]) -> None:
        fired = self.record[shot.id]
        if (hit := hits(shot, ships)) is not None:
            fired.victim, fired.ghost = hit.player, self.ships.get(hit.id) is None
        super()._move_shot(shot, ships)

    @property
    def record(self) -> dict[int, Fired]:
        made: dict[int, Fired] = self.__dict__.setdefault("made", {})
        return made


SPEC = inspect_game(Judged)


class Seat(Protocol):
    """Somebody who plays."""

    player: int

    def received(self, now: float, message: ServerMessage) -> None: ...

    def frame(self, now: float) -> Iterable[InputMessage[Any]]: ...


class Wire:
    """A seat and its two ways."""

    def __init__(self, seat: Seat, up: Conditioner, down: Conditioner) -> None:
        self.seat, self.up, self.down = seat, up, down
        self.at_server = NativeReader(b"", limit=LIMIT)
        self.at_client = NativeReader(b"", limit=LIMIT)
        self.bytes_up = self.bytes_down = 0
        self.welcomed = False
        self.played: list[tuple[int, float]] = []  # for each input: in which tick it was played, and when it was made
        self.made_at: dict[int, float] = {}  # by seq: seconds, or the tick that it was meant for


class World:
    """A room and the links to it."""

    def __init__(self, network: Network, seed: int) -> None:
        self.now = 0.0
        self.room = Room(SPEC, "LAGS", seed, 0.0)
        self.wires: list[Wire] = []
        self.truth: list[dict[int, tuple[int, float, float]]] = [{}]  # by tick and player: row, x, y
        self._network, self._seed = network, seed
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._at_server, self._at_client = ClientMessageDecoder(SPEC.inputs), ServerMessageDecoder()
        self._at(self.room.clock.next_at, self._tick)

    @property
    def game(self) -> Judged:
        game = self.room.game
        assert isinstance(game, Judged)
        return game

    @property
    def tick(self) -> float:
        """The room's tick now, with its fraction."""
        return self.room.tick_at(self.now)

    def place(self, player: int, tick: float) -> tuple[int, float, float] | None:
        """Where a ship was: its row and place."""
        at = max(0.0, min(tick, len(self.truth) - 1))
        before, share = self.truth[int(at)].get(player), at - int(at)
        after = self.truth[min(int(at) + 1, len(self.truth) - 1)].get(player)
        if before is None or after is None or after[0] != before[0]:
            return before
        return before[0], before[1] + (after[1] - before[1]) * share, before[2] + (after[2] - before[2]) * share

    def seat(self, make: Callable[[int, dict[str, Any]], Seat]) -> None:
        """Let somebody in."""
        n = len(self.wires)
        player = self.room.join(f"p{n + 1}")
        self.room.believe(player.id, self._network.rtt)  # as a server measures it: without what jitter adds
        ways = (self._network.link(1000 * self._seed + 2 * n + way) for way in (0, 1))
        wire = Wire(make(player.id, self.room.described_schema), *ways)
        self.wires.append(wire)
        phase = (n * 0.37 % 1) / FRAMES  # screens are not in step
        self._at(phase, lambda: self._frame(wire))
        for i in range(10):
            self._at(phase + i * FIRST_PINGS, lambda: self._up(wire, Ping(self.now)))
        self._at(phase + 10 * FIRST_PINGS, lambda: self._ping(wire))

    def run(self, until: float) -> None:
        """Play."""
        while self._heap[0][0] <= until:
            self.now, _, act = heapq.heappop(self._heap)
            act()

    def _at(self, time: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (max(time, self.now), self._count, act))

    # --- the clients' side ---

    def _frame(self, wire: Wire) -> None:
        for message in wire.seat.frame(self.now):
            wire.made_at[message.seq] = self.now if message.tick is None else message.tick
            self._up(wire, message)
        self._at(self.now + 1 / FRAMES, lambda: self._frame(wire))

    def _ping(self, wire: Wire) -> None:
        self._up(wire, Ping(self.now))
        self._at(self.now + PING_EVERY, lambda: self._ping(wire))

    def _up(self, wire: Wire, message: ClientMessage) -> None:
        data = frame_native(encode(message, Encoding.MSGPACK))
        wire.bytes_up += len(data)
        wire.up.push(self.now, data)
        self._at(wire.up.next_at, lambda: self._to_server(wire))

    def _to_client(self, wire: Wire) -> None:
        for data in wire.down.pop(self.now):
            for payload in wire.at_client.feed(data):
                wire.seat.received(self.now, self._at_client.decode(payload, Encoding.MSGPACK))
        if wire.down.waiting:
            self._at(wire.down.next_at, lambda: self._to_client(wire))

    # --- the server's ---

    def _tick(self) -> None:
        output = self.room.advance(self.now)
        self.truth.append({s.player: (s.id, s.x, s.y) for s in self.game.ships})
        if output is not None:
            for wire in self.wires:
                self._deliver(wire, output)
        self._at(self.room.clock.next_at, self._tick)

    def _deliver(self, wire: Wire, output: TickOutput) -> None:
        player, parts = wire.seat.player, [encode(m, Encoding.MSGPACK) for m in output.messages]
        if (seq := output.acks.get(player)) is not None:
            wire.played.append((output.tick, wire.made_at[seq]))
            parts.append(encode(Ack(seq, output.tick, output.early.get(player)), Encoding.MSGPACK))
        states = self.room.states
        parts.append((states.delta if wire.welcomed else states.full)(Encoding.MSGPACK))
        wire.welcomed = True
        self._down(wire, b"".join(map(frame_native, parts)))

    def _to_server(self, wire: Wire) -> None:
        for data in wire.up.pop(self.now):
            for payload in wire.at_server.feed(data):
                match self._at_server.decode(payload, Encoding.MSGPACK):
                    case Ping(sent):
                        self._down(wire, frame_native(encode(Pong(sent, self.tick), Encoding.MSGPACK)))
                    case InputMessage(seq, input, tick, seen):
                        self.room.input(wire.seat.player, seq, input, tick, seen)
        if wire.up.waiting:
            self._at(wire.up.next_at, lambda: self._to_server(wire))

    def _down(self, wire: Wire, data: bytes) -> None:
        wire.bytes_down += len(data)
        wire.down.push(self.now, data)
        self._at(wire.down.next_at, lambda: self._to_client(wire))
