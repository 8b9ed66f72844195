# plain_client.py
"""A player of coins.py on a plain socket: python plain_client.py PORT"""

import socket
import sys

from lines import messages, send

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    send(connection, {"type": "hello", "name": "ada"})
    walkers = {}
    for message in messages(connection):
        match message:
            case {"type": "welcome", "player": me}:
                send(connection, {"type": "input", "seq": 1, "input": {"type": "go", "way": "right"}})
            case {"type": "ack", "seq": seq}:
                print("the next state has my input number", seq)
            case {"type": "state", "tables": tables}:
                for row, values in tables.get("Walker", {}).items():
                    walkers[row] = {**walkers.get(row, {}), **values}  # a state has what changed
                print("I am at", [(w["x"], w["y"]) for w in walkers.values() if w["player"] == me])
                if [w["x"] for w in walkers.values() if w["player"] == me] == [11]:
                    break
