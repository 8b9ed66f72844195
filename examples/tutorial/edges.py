# edges.py
"""The same bytes as in no_edges.py, but now they are messages."""

import socket

from lines import messages, send

server = socket.create_server(("127.0.0.1", 0))
here = socket.create_connection(server.getsockname())
there, _ = server.accept()

for word in ("up", "left", "fire", "x" * 50_000):
    send(here, word)
here.close()
print([message if len(message) < 10 else f"{len(message)} letters" for message in messages(there)])
