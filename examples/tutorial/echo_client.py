# echo_client.py
"""Says hello and shows the answer: python echo_client.py PORT"""

import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.sendall(b"hello")
    print(connection.recv(2048).decode())
