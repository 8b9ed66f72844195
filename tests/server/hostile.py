"""An honest player, whose gaps between states are measured while another client is hostile; see attacker.py."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from helpers import PATIENCE, ServerProcess, server_process

HERE = Path(__file__).parent

RULES = """
from tickwire import Entity, Game, Input, Player, Table, u8, u32


class Go(Input):
    way: u8


class Mark(Entity):
    at: u32 = 0


class Steady(Game):
    tick_rate, seats = 20, 8
    inputs = Go
    marks: Table[Mark]

    def start(self) -> None:
        self.marks.add(Mark())

    def step(self) -> None:
        for mark in self.marks:
            mark.at = self.tick
"""


class Honest:
    """A player at 20 Hz who sends as often as it gets a state."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.sendall(b'{"type":"hello","name":"ada"}\n')
        self._seq = 0
        self._rest = b""

    def gaps(self, seconds: float) -> list[float]:
        """Seconds between the states that come in so many seconds, in ascending order."""
        came: list[float] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until or len(came) < 3:
            data = self._sock.recv(1 << 20)
            assert data, "the honest player was closed"
            now = time.monotonic()
            *lines, self._rest = (self._rest + data).split(b"\n")
            assert not any(line.startswith(b'{"type":"bye"') for line in lines), lines
            states = sum(line.startswith(b'{"type":"state"') for line in lines)
            came += [now] * states
            if states:
                self._seq += 1
                self._sock.sendall(b'{"type":"input","seq":%d,"input":{"type":"go","way":1}}\n' % self._seq)
        return sorted(b - a for a, b in pairwise(came))

    def close(self) -> None:
        self._sock.close()


def p99(gaps: list[float]) -> float:
    """Of ascending gaps."""
    return gaps[min(len(gaps) - 1, int(len(gaps) * 0.99))]


@contextmanager
def steady_server(folder: Path) -> Iterator[ServerProcess]:
    """A server of a game that sends a state at each of its 20 ticks a second."""
    rules = folder / "steady.py"
    rules.write_text(RULES)
    with server_process(str(rules)) as server:
        yield server


@contextmanager
def attacking(port: int, attack: str, how: str) -> Iterator[None]:
    """While a hostile client does this."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "attacker.py"), str(port), attack, how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        assert process.poll() is None, "the attacker gave up"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
