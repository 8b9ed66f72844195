"""A server that is killed again and again, and twenty players who count what it has acknowledged.

Each player sends numbered inputs without pause, notes which were acknowledged, and takes its seat back with its token
as soon as the server is there again. The game counts them: an input that counts twice, or not at all, shows.
"""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers import PATIENCE, Caller, ServerProcess, until

from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Bye, Error, PackedState, State, Welcome

LEDGER = '''
"""Counts what each player puts down, and notices what came twice or was left out."""

from tickwire import Entity, Game, Input, Player, Table, u16, u32


class Put(Input):
    n: u32


class Line(Entity):
    player: u16
    count: u32 = 0  # how many came
    wrong: u32 = 0  # of these, how many did not follow the one before


class Ledger(Game):
    tick_rate, seats, grace = 50, 40, 300
    inputs = Put
    lines: Table[Line]
    line_of: dict[int, int]

    def join(self, player: Player) -> None:
        self.line_of[player.id] = self.lines.add(Line(player.id)).id

    def leave(self, player: Player) -> None:
        self.lines.remove(self.line_of.pop(player.id))

    def receive(self, player: Player, put: Put) -> None:
        line = self.lines[self.line_of[player.id]]
        line.count += 1
        line.wrong += put.n != line.count
'''

DIALECTS = (Dialect.WS_MSGPACK, Dialect.WS_JSON, Dialect.LINES, Dialect.NATIVE)
PACE = 0.03  # seconds between two inputs of a player, on average


@dataclass
class Player:
    """A client that sends 1, 2, 3 and so on, through however many servers.

    Attributes:
        sent: how many inputs.
        acked: how many of these were acknowledged, by whatever server.
        counted: how many are in the last state.
        back: when it last had its seat and had seen a state, in seconds of time.monotonic(); 0 while it has none.
        returns: how often it took its seat back.
    """

    name: str
    dialect: Dialect
    port: int
    chance: random.Random
    sent: int = 0
    acked: int = 0
    counted: int = 0
    back: float = 0.0
    returns: int = 0
    welcome: Welcome | None = None
    _unacked: deque[int] = field(default_factory=deque)

    async def live(self) -> None:
        """Play, and come back, until this is cancelled."""
        while True:
            try:
                caller = await Caller.call(self.port, self.dialect)
                try:
                    await self._play(caller)
                finally:
                    self.back = 0.0
                    caller.reset()
            except* (ConnectionError, EOFError):
                pass
            await asyncio.sleep(0.01)

    async def _play(self, caller: Caller) -> None:
        before = self.welcome
        if before is None:
            await caller.say(type="hello", name=self.name)
        else:
            await caller.say(type="hello", name=self.name, token=before.token, seq=self.sent)
        self.welcome = welcome = await caller.expect(Welcome)
        if before is not None:
            assert (welcome.player, welcome.room) == (before.player, before.room), f"{self.name} lost its seat"
            assert welcome.acked >= self.acked, f"{self.name}: an acknowledged input was not taken"
            self.returns += 1
        while self._unacked and self._unacked[0] <= welcome.acked:
            self._unacked.popleft()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen(caller))
            both.create_task(self._send(caller))

    async def _send(self, caller: Caller) -> None:
        for n in self._unacked:
            await caller.say(type="input", seq=n, input={"type": "put", "n": n})
        while True:
            self.sent += 1
            self._unacked.append(self.sent)
            await caller.say(type="input", seq=self.sent, input={"type": "put", "n": self.sent})
            await asyncio.sleep(self.chance.uniform(0, 2 * PACE))

    async def _listen(self, caller: Caller) -> None:
        while True:
            match await caller.next():
                case Ack(seq):
                    self.acked = max(self.acked, seq)
                    while self._unacked and self._unacked[0] <= seq:
                        self._unacked.popleft()
                case State() | PackedState():
                    self._check(caller.rows["Line"])
                case Bye(code, words):
                    assert code == "shutdown", f"{self.name}: {words}"
                    raise EOFError(words)
                case Error(code, words):
                    raise AssertionError(f"{self.name}: {code}: {words}")

    def _check(self, lines: dict[int, tuple[Any, ...]]) -> None:
        assert self.welcome is not None
        [(_, count, wrong)] = [line for line in lines.values() if line[0] == self.welcome.player]
        assert wrong == 0, f"{self.name}: {wrong} inputs came twice, or followed one that was left out"
        assert self.acked <= count <= self.sent, f"{self.name}: {self.acked} acked, {count} counted, {self.sent} sent"
        self.counted = count
        self.back = self.back or time.monotonic()


@dataclass
class Team:
    """The players, and the server that they come back to.

    Attributes:
        latest: seconds after `listening` at which the last player was back, for each restart that was waited for.
    """

    folder: Path
    data: Path
    seed: int
    size: int = 20
    latest: list[float] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Team:
        try:
            await self._begin()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _begin(self) -> None:
        (self.folder / "ledger.py").write_text(LEDGER)
        self.chance = random.Random(self.seed)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        await self.start()
        self.players = [
            Player(f"player {n}", DIALECTS[n % len(DIALECTS)], self.port, random.Random(f"{self.seed} {n}"))
            for n in range(self.size)
        ]
        self._tasks = [asyncio.create_task(player.live()) for player in self.players]
        await self.everybody_plays()

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.server.end)

    async def start(self) -> None:
        """The server, on the same port and folder."""
        self.server = ServerProcess(
            "serve", str(self.folder / "ledger.py"), "--data", str(self.data), "--port", str(self.port)
        )
        await asyncio.to_thread(self.server.wait_listening)
        self.listening = time.monotonic()

    async def everybody_plays(self) -> None:
        """Wait until each player has its seat, and has seen a state from this server."""
        await self._until(lambda: all(player.back > self.listening for player in self.players), "everybody is back")

    async def everybody_is_acked(self, more: int) -> None:
        """Wait until each player has so many more inputs acknowledged."""
        before = [player.acked for player in self.players]
        await self._until(
            lambda: all(player.acked >= had + more for player, had in zip(self.players, before, strict=True)),
            f"{more} more acks for everybody",
        )

    async def says(self, words: str, times: int = 1) -> None:
        """Wait until the server's log has these words so often."""
        await self._until(lambda: self.server.errors().count(words) >= times, words)

    async def end_server(self, how: signal.Signals) -> None:
        """End the server, now."""
        self.server.signal(how)
        code = await asyncio.to_thread(self.server.process.wait, PATIENCE)
        assert code == (-signal.SIGKILL if how is signal.SIGKILL else 0)
        await asyncio.to_thread(self.server.end)

    async def again(self, how: signal.Signals) -> None:
        """End the server at any moment and start it again: now and then so soon that not everybody is back."""
        if self.chance.random() < 0.2:
            await asyncio.sleep(self.chance.uniform(0, 0.15))
        else:
            await self.everybody_plays()
            await asyncio.sleep(self.chance.uniform(0, 0.6))
        await self.end_server(how)
        await self.start()

    async def everybody_is_back(self) -> None:
        """Wait for everybody after a restart, and note how long that took."""
        await self.everybody_plays()
        self.latest.append(max(player.back for player in self.players) - self.listening)

    async def _until(self, condition: object, what: str) -> None:
        def met() -> object:
            for task in self._tasks:
                if task.done():
                    task.result()  # raises what went wrong
            return condition()  # type: ignore[operator]

        await until(met, f"{what}; the server says: {self.server.errors()[-2000:]}")
