"""The swarm as the tutorials do it: a thread per client, and before each message its length as 64 bytes of text.

Two mercies that most tutorials lack: a room's state is turned into JSON once for all, and the length and the message
leave in one send.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

from dots import TICK, Lobby, Room, steer

HEADER = 64  # bytes
FORMAT = "utf-8"

lobby: Lobby[socket.socket] = Lobby()
lock = threading.Lock()


def frame(text: str) -> bytes:
    message = text.encode(FORMAT)
    return str(len(message)).encode(FORMAT).ljust(HEADER) + message


def receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def handle_client(connection: socket.socket) -> None:
    with lock:
        room = lobby.join(connection)
        starts = len(room.dots) == 1
    if starts:
        threading.Thread(target=play, args=(room,), daemon=True).start()
    with contextlib.suppress(OSError), connection:
        while True:
            length = int(receive(connection, HEADER).decode(FORMAT))
            steer(room.dots[connection], json.loads(receive(connection, length)))
    with lock:
        del room.dots[connection]


def play(room: Room[socket.socket]) -> None:
    next_tick = time.monotonic()
    while room.dots:
        with lock:
            room.step()
            connections, message = list(room.dots), frame(room.state_json())
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(message)
        next_tick += TICK
        time.sleep(max(0, next_tick - time.monotonic()))


def main() -> None:
    server = socket.create_server(("127.0.0.1", 0), backlog=1024)
    host, port = server.getsockname()[:2]
    print(f"listening on {host}:{port}", flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=handle_client, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
