# liar.py
"""A player who is wherever they like: python liar.py PORT"""

import socket
import sys

from lines import messages, send

LIES = [{"name": "eve", "at": [3, 4]}, {"name": "eve", "at": [9999, -1]}, {"name": "bob", "at": [0, 0]}]

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    answers = messages(connection)
    for lie in LIES:
        send(connection, lie)
        print(next(answers))
