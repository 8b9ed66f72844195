# fair_server.py
"""Players say what they want; the server says where they are: python fair_server.py PORT"""

import contextlib
import queue
import socket
import sys
import threading
import time

from lines import messages, send

WIDTH, HEIGHT, TICK = 20, 10, 0.1  # cells, cells, seconds
WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
news = queue.SimpleQueue()  # what the threads heard: (connection, word)


def hear(connection):
    news.put((connection, "came"))
    try:
        for message in messages(connection):
            if isinstance(message, dict) and message.get("go") in list(WAYS):
                news.put((connection, message["go"]))
    except (OSError, ValueError):
        pass  # it broke, or talks nonsense: gone either way
    news.put((connection, "gone"))


def play():
    """The only one who touches the world. One turn of the loop is a tick."""
    places, wishes = {}, {}  # by connection
    while True:
        time.sleep(TICK)
        while not news.empty():
            connection, word = news.get()
            if word == "came":
                places[connection] = (10, 5)
            elif word == "gone":
                del places[connection]
                wishes.pop(connection, None)
            else:
                wishes[connection] = word  # of several wishes in one tick the last one counts
        for connection, way in wishes.items():
            (x, y), (dx, dy) = places[connection], WAYS[way]
            places[connection] = (min(max(x + dx, 0), WIDTH - 1), min(max(y + dy, 0), HEIGHT - 1))
        wishes.clear()
        for connection, place in places.items():
            with contextlib.suppress(OSError):  # its own thread will say that it is gone
                send(connection, {"you": place, "all": list(places.values())})


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    threading.Thread(target=play, daemon=True).start()
    while True:
        connection, _ = server.accept()
        threading.Thread(target=hear, args=[connection], daemon=True).start()
