"""One hostile client, as a program of its own: `attacker.py PORT ATTACK within|beyond`.

`within` keeps just within the limits of docs/WIRE.md and stays; `beyond` sends as fast as it can, and comes back as
often as it is closed. It runs until it is killed.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from helpers import BINARY, CONTINUATION, PING, PONG, TEXT, ws_frame, ws_request

from tickwire.wire.framing import Dialect

EMPTY_FRAGMENT = ws_frame(CONTINUATION, b"", fin=False)


def line(**message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def packed(**message: object) -> bytes:
    return ws_frame(BINARY, msgspec.msgpack.encode(message))


@dataclass(frozen=True)
class Attack:
    """What is sent again and again, and how often a second is just within the limits."""

    dialect: Dialect
    piece: Callable[[int], bytes]
    within: float


ATTACKS = {
    "long chat": Attack(Dialect.LINES, lambda i: line(type="chat", text="x" * 65_000), 1.9),
    "long chat of emoji": Attack(Dialect.LINES, lambda i: line(type="chat", text="\U0001f469\u200d" * 2700), 1.9),
    "chat": Attack(Dialect.LINES, lambda i: line(type="chat", text=f"line {i}"), 190),
    "chat that is allowed": Attack(Dialect.LINES, lambda i: line(type="chat", text=f"{i} " * 60), 3.9),
    "empty lines": Attack(Dialect.LINES, lambda i: b"\n" * 90, 10),
    "blanks": Attack(Dialect.LINES, lambda i: b" " * 60_000 + b"\n", 1.9),
    "no messages": Attack(Dialect.LINES, lambda i: b"[" * 600 + b"\n", 190),
    "resyncs": Attack(Dialect.LINES, lambda i: line(type="resync", table="x\n10:00 [warning] forged\x1b[2J"), 190),
    "hellos": Attack(Dialect.LINES, lambda i: line(type="hello", name="again"), 190),
    "pings": Attack(Dialect.WS_JSON, lambda i: ws_frame(PING, b"x" * 100), 180),
    "pongs": Attack(Dialect.WS_MSGPACK, lambda i: ws_frame(PONG, b"x" * 100), 180),
    "empty fragments": Attack(
        Dialect.WS_JSON,
        lambda i: ws_frame(TEXT, b"[", fin=False) + EMPTY_FRAGMENT * 400 + ws_frame(CONTINUATION, b"]"),
        2,
    ),
    "inputs": Attack(
        Dialect.WS_MSGPACK, lambda i: packed(type="input", seq=i + 1, input={"type": "go", "way": i % 7}), 190
    ),
    "native inputs": Attack(
        Dialect.NATIVE,
        lambda i: Dialect.NATIVE.frame(
            msgspec.msgpack.encode({"type": "input", "seq": i + 1, "input": {"type": "go", "way": 1}})
        ),
        190,
    ),
    "single bytes": Attack(Dialect.LINES, lambda i: b" ", 900),
}


def join(port: int, dialect: Dialect) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    hello = {"type": "hello", "name": "mallory"}
    match dialect:
        case Dialect.LINES:
            sock.sendall(line(**hello))
        case Dialect.NATIVE:
            sock.sendall(b"TW1" + dialect.frame(msgspec.msgpack.encode(hello)))
        case _:
            sock.sendall(ws_request(subprotocol=dialect.label))
            while not sock.recv(65_536).endswith(b"\r\n\r\n"):
                pass
            json_text = dialect is Dialect.WS_JSON
            sock.sendall(ws_frame(TEXT, json.dumps(hello).encode()) if json_text else packed(**hello))
    sock.setblocking(False)
    return sock


def send(sock: socket.socket, data: bytes) -> None:
    """Send it all, and read what comes meanwhile, as far as that is needed to be alive."""
    while data:
        with suppress(BlockingIOError):
            if not sock.recv(1 << 20):
                raise ConnectionResetError
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            time.sleep(0.0005)


def main(port: int, attack: Attack, *, beyond: bool) -> None:
    print("ready", flush=True)
    count = 0
    while True:
        with suppress(OSError):
            sock = join(port, attack.dialect)
            began, sent = time.monotonic(), 0
            while True:
                if beyond:
                    send(sock, b"".join(attack.piece(count + i) for i in range(50)))
                    count += 50
                    continue
                due = int((time.monotonic() - began) * attack.within)
                for _ in range(due - sent):
                    send(sock, attack.piece(count))
                    count += 1
                sent = due
                send(sock, b"")
                with suppress(BlockingIOError):
                    if not sock.recv(1 << 20):
                        raise ConnectionResetError
                time.sleep(0.001)
        with suppress(UnboundLocalError):
            sock.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), ATTACKS[sys.argv[2]], beyond=sys.argv[3] == "beyond")
