# lines.py
"""Messages with edges: one JSON value a line."""

import json

LONGEST = 65_536  # bytes; without a limit, a line that never ends fills the memory


def send(connection, message):
    connection.sendall(json.dumps(message).encode() + b"\n")


def messages(connection):
    """Whole messages, however their bytes were cut or joined on the way."""
    rest = b""
    while data := connection.recv(2048):
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > LONGEST:
            raise ValueError("this line is too long")
        yield from map(json.loads, lines)
