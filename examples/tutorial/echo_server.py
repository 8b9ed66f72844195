# echo_server.py
"""Sends back what it gets: python echo_server.py PORT"""

import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        connection, address = server.accept()
        with connection:
            while data := connection.recv(2048):
                connection.sendall(data)
