# trusting_server.py
"""Players say where they are, and are believed: python trusting_server.py PORT"""

import socket
import sys
import threading

from lines import messages, send

places = {}  # by name
connections = []


def serve(connection):
    connections.append(connection)
    for message in messages(connection):
        places[message["name"]] = message["at"]
        for other in connections:
            send(other, places)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=serve, args=[connection], daemon=True).start()
