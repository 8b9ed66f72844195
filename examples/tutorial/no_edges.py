# no_edges.py
"""What recv gives is not what send was given."""

import socket

server = socket.create_server(("127.0.0.1", 0))
here = socket.create_connection(server.getsockname())
there, _ = server.accept()

for word in ("up", "left", "fire"):
    here.sendall(word.encode())
print("three sends, one recv:", there.recv(2048))

here.sendall(b"x" * 50_000)
print("one send of 50000 bytes, one recv:", len(there.recv(2048)), "bytes")
