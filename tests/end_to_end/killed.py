"""Servers that are killed in the middle of a game, and clients that keep a ledger of what was acknowledged."""

from __future__ import annotations

import asyncio
import random
import signal
from contextlib import suppress
from pathlib import Path

from helpers import PATIENCE, ServerProcess

from tickwire.client import Client, connect
from tickwire.client.seated import Claim
from tickwire.errors import ConnectionLost

LEDGER = '''
"""Counts what each player puts down; nothing else is in it."""

from tickwire import Entity, Game, Input, Player, Table, u16, u32


class Put(Input):
    n: u32


class Line(Entity):
    player: u16
    count: u32 = 0  # how many came
    last: u32 = 0  # the last of them


class Ledger(Game):
    tick_rate, seats = 50, 40
    inputs = Put
    lines: Table[Line]
    line_of: dict[int, int]

    def join(self, player: Player) -> None:
        self.line_of[player.id] = self.lines.add(Line(player.id)).id

    def leave(self, player: Player) -> None:
        self.lines.remove(self.line_of.pop(player.id))

    def receive(self, player: Player, put: Put) -> None:
        line = self.lines[self.line_of[player.id]]
        line.count, line.last = line.count + 1, put.n
'''


class Writer:
    """A client that writes 1, 2, 3 into the ledger, and comes back whenever the server is there again.

    Attributes:
        acked: how many the server has acknowledged.
        lives: how often it had a seat.
    """

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.sent = self.acked = self.lives = 0
        self.player = 0
        self.room: str | None = None
        self._claim: Claim | None = None
        self._chance = chance

    async def live(self, address: str, more: int) -> None:
        """Write so many more, until the connection is lost."""
        async with connect(address, name=self.name, room=self.room, resume=self._claim) as client:
            self.lives += 1
            assert self.player in (0, client.player), "the seat is the same"
            assert self.room in (None, client.room), "so is the room"
            self.player, self.room = client.player, client.room
            try:
                await client.wait_state()
                self._check(client)
                for _ in range(more):
                    if client.ended is not None:
                        return
                    client.send({"type": "put", "n": self.sent + 1})
                    self.sent += 1
                    self._claim = client.claim
                    await asyncio.sleep(self._chance.random() * 0.02)
                    self._check(client)
                while client.ended is None and self._line(client) != (self.sent, self.sent):
                    await client.wait_state()
                self._check(client)
            finally:
                self._claim = client.claim
                client._writer.transport.abort()  # as a program that is killed: the seat is not given up

    def _line(self, client: Client) -> tuple[int, int]:
        (line,) = [line for line in client.tables["Line"] if line.player == self.player]
        return line.count, line.last

    def _check(self, client: Client) -> None:
        count, last = self._line(client)
        assert count == last, "each counts once, in order"
        self.acked = max(self.acked, client.acked)
        assert count >= self.acked, "what was acknowledged counts, whatever happened since"


async def killed_again_and_again(folder: Path, seed: int, kills: int, writers: int, how: signal.Signals) -> int:
    """Returns how many were written, by all together."""
    chance = random.Random(seed)
    (folder / "ledger.py").write_text(LEDGER)
    arguments = "serve", str(folder / "ledger.py"), "--data", str(folder / "data"), "--port"
    team = [Writer(f"writer {n}", random.Random(seed * 100 + n)) for n in range(writers)]
    for kill in range(kills + 1):
        server = ServerProcess(*arguments, "0")
        try:
            server.wait_listening()
            if kill == 0:
                await team[0].live(server.address, 1)
                for writer in team:
                    writer.room = team[0].room
            lives = [asyncio.create_task(writer.live(server.address, 1 + chance.randrange(60))) for writer in team]
            if kill < kills:
                await asyncio.sleep(0.1 + chance.random() * 0.9)  # any moment will do
                server.process.send_signal(how)
                await asyncio.to_thread(server.process.wait, PATIENCE)
            async with asyncio.timeout(PATIENCE):
                for result in await asyncio.gather(*lives, return_exceptions=True):
                    if not isinstance(result, ConnectionLost | None):
                        raise result
        finally:
            with suppress(ProcessLookupError):
                server.end()
    assert all(writer.lives >= kills for writer in team)
    return sum(writer.sent for writer in team)
