# hasty.py
"""A player who wants five steps at once: python hasty.py PORT"""

import socket
import sys

from lines import messages, send

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    answers = messages(connection)
    print(next(answers))
    for _ in range(5):
        send(connection, {"go": "right"})
    print(next(answers))
    print(next(answers))
