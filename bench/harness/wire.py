"""Bytes per entity and tick, from live traffic: two watchers of one room, one packed and one in JSON.

The JSON one tells what is in each state, the packed one how many bytes it took. Both follow docs/WIRE.md alone.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from . import servers
from .measure import JOIN_DEADLINE, LOAD_GRACE, Load, Settings
from .processes import BenchmarkError, Result, load_events, running_server

READ_SIZE = 1 << 16  # bytes
ANSWER_DEADLINE = 5.0  # seconds
STATE = 0x93  # a MessagePack array of three: of all messages only a state is one
NOT_FULL = 0xC2  # MessagePack false


class Watcher:
    """A spectator by TCP; `dialect` is lines or native."""

    def __init__(self, port: int, hello: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_DEADLINE)
        self.socket.sendall(hello)
        self.rest = b""

    def more(self) -> bool:
        """Read once; False when nothing comes for a while, or nothing more ever will."""
        try:
            part = self.socket.recv(READ_SIZE)
        except TimeoutError:
            return False
        self.rest += part
        return bool(part)

    def line(self) -> bytes | None:
        while b"\n" not in self.rest:
            if not self.more():
                return None
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def message(self) -> bytes | None:
        while len(self.rest) < 4 or len(self.rest) < 4 + struct.unpack_from(">I", self.rest)[0]:
            if not self.more():
                return None
        (size,) = struct.unpack_from(">I", self.rest)
        message, self.rest = self.rest[4 : 4 + size], self.rest[4 + size :]
        return message


class JsonState(NamedTuple):
    rows: int  # changed, added or removed
    size: int  # bytes


def busiest_room(port: int) -> str | None:
    """The code of the room with most players; None if there is no room yet."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/rooms", timeout=ANSWER_DEADLINE) as answer:
        rooms = json.load(answer)["rooms"]
    return max(rooms, key=lambda room: room["players"])["room"] if rooms else None


def hello_lines(name: str, room: str | None) -> bytes:
    hello = {"type": "hello", "name": name, "watch": True} | ({"room": room} if room else {})
    return json.dumps(hello).encode() + b"\n"


def hello_native(name: str, room: str) -> bytes:
    def text(value: str) -> bytes:
        return bytes([0xA0 | len(value)]) + value.encode()  # MessagePack fixstr

    pairs = (
        text("type") + text("hello"),
        text("name") + text(name),
        text("watch") + b"\xc3",
        text("room") + text(room),
    )
    message = bytes([0x80 | len(pairs)]) + b"".join(pairs)
    return b"TW1" + struct.pack(">I", len(message)) + message


def measure(game: str, players: int, dialect: str | None, settings: Settings) -> Result:
    """Watch a room of `game` for the measured time: full of clients of that dialect, or of bots where there is none."""
    cores = settings.cores
    bots = () if dialect else ("--bots", str(players))
    with running_server(servers.tickwire(game, *bots), cores.server) as server:
        if dialect is None:
            return {"game": f"{game}, {players} bots"} | watch(server.port, settings.seconds)
        load = Load(dialect, players).command(server.port, settings)
        row: Result = {}
        deadline = JOIN_DEADLINE + settings.warmup + settings.seconds + LOAD_GRACE
        for event in load_events(load, cores.load, deadline):
            if event["event"] == "begin":
                row = watch(server.port, settings.seconds)
        return {"game": f"{game}, {players} players"} | row


def watch(port: int, seconds: float) -> Result:
    json_watcher = Watcher(port, hello_lines("reader", busiest_room(port)))
    with contextlib.closing(json_watcher.socket):
        packed_watcher = Watcher(port, hello_native("counter", welcome_room(json_watcher)))
        with contextlib.closing(packed_watcher.socket), ThreadPoolExecutor() as threads:
            # Both read all the time: a watcher that does not would be spared states.
            deadline = time.monotonic() + seconds
            reading = threads.submit(lambda: dict(json_states(json_watcher, deadline)))
            packed = dict(packed_states(packed_watcher, deadline))
            read = reading.result()
    both = packed.keys() & read.keys()
    rows = sum(read[tick].rows for tick in both)
    if not rows:
        raise BenchmarkError("no state changed anything")
    total, as_json = sum(packed[tick] for tick in both), sum(read[tick].size for tick in both)
    return {
        "states": len(both),
        "rows_per_state": rows / len(both),
        "bytes_per_state": total / len(both),
        "bytes_per_row": total / rows,
        "json_per_row": as_json / rows,
    }


def welcome_room(watcher: Watcher) -> str:
    while line := watcher.line():
        message = json.loads(line)
        if message["type"] == "welcome":
            return str(message["room"])
        if message["type"] in ("error", "bye"):
            raise BenchmarkError(f"the server answered {message['code']}: {message['message']}")
    raise BenchmarkError("the server did not answer")


def packed_states(watcher: Watcher, deadline: float) -> Iterator[tuple[int, int]]:
    """The tick, and the size in bytes, of each packed state that is not full."""
    while time.monotonic() < deadline and (message := watcher.message()) is not None:
        if message[0] == STATE:
            tick, rest = read_unsigned(message[1:])
            if rest[0] == NOT_FULL:
                yield tick, len(message)


def json_states(watcher: Watcher, deadline: float) -> Iterator[tuple[int, JsonState]]:
    """The tick, and what is in it, of each JSON state that is not full."""
    while time.monotonic() < deadline and (line := watcher.line()):
        message = json.loads(line)
        if message["type"] == "state" and not message.get("full"):
            yield message["tick"], JsonState(rows_in(message), len(line))


def rows_in(state: Result) -> int:
    changed = sum(len(rows) for rows in state.get("tables", {}).values())
    return changed + sum(len(ids) for ids in state.get("removed", {}).values())


def read_unsigned(data: bytes) -> tuple[int, bytes]:
    """A MessagePack unsigned integer and what follows it."""
    if data[0] < 0x80:
        return data[0], data[1:]
    size = 1 << (data[0] - 0xCC)  # 0xcc to 0xcf: 1, 2, 4, 8 bytes
    return int.from_bytes(data[1 : 1 + size], "big"), data[1 + size :]
