"""What the socket tutorials' clients do, each in a process of its own, against a server in its own.

They are written anew here, and do what those do: the same calls in the same order, blocking, with the same buffer.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from helpers import PATIENCE, ServerProcess, command, server_process

CHAT = '''
"""A room to talk in."""
from tickwire import Game

class Chat(Game):
    """Talk."""
    seats = 50
'''

# A message behind its length in 64 bytes, and one recv for its answer.
HEADER_CLIENT = """
import socket, sys

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", int(sys.argv[1])))

def send(msg):
    message = msg.encode("utf-8")
    send_length = str(len(message)).encode("utf-8")
    send_length += b" " * (64 - len(send_length))
    client.send(send_length)
    client.send(message)
    print(client.recv(2048).decode("utf-8"), flush=True)

send("Hello World!")
input()
send("Hello Everyone!")
input()
send("Hello Tim!")
send("!DISCONNECT")
"""

# One that listens in a thread and prints what comes.
LISTENING_CLIENT = """
import socket, sys, threading

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", int(sys.argv[1])))

def receive():
    while True:
        message = client.recv(1024).decode("utf-8")
        if not message:
            break
        print(message, end="", flush=True)

threading.Thread(target=receive).start()
for line in sys.stdin:
    message = line.strip().encode("utf-8")
    client.send(str(len(message)).encode("utf-8").ljust(64))
    client.send(message)

"""

# A class that connects, keeps what the server says first, and then sends and takes the answer.
NETWORK_CLIENT = """
import socket, sys

class Network:
    def __init__(self):
        self.client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.client.connect(("127.0.0.1", int(sys.argv[1])))
        self.id = self.client.recv(2048).decode()

    def send(self, data):
        self.client.send(str.encode(data))
        return self.client.recv(2048).decode()

n = Network()
print(n.id)
print(n.send("hello"))
print(n.send("working"))
print(n.send("50,100"))
"""


class ClientProcess:
    """A client's script, running."""

    def __init__(self, script: str, port: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        self.out, self.into = self.process.stdout, self.process.stdin
        # Reading from it blocks; killed, it ends every wait.
        self._watchdog = threading.Timer(2 * PATIENCE, self.process.kill)
        self._watchdog.start()

    def line(self) -> str:
        return self.out.readline().removesuffix("\n")

    def type(self, text: str = "") -> None:
        self.into.write(f"{text}\n")
        self.into.flush()

    def end(self) -> str:
        """The rest of what it printed, once it has ended by itself."""
        self.into.close()
        rest = self.out.read()
        assert self.process.wait(PATIENCE) == 0
        return rest

    def __enter__(self) -> ClientProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()
        self.into.close()
        self.out.close()


def counts(server: ServerProcess) -> list[int]:
    """The numbers of active connections that the server logged."""
    return [int(n) for n in re.findall(r"^\S+ \[info +\] active connections: (\d+) ", server.errors(), re.MULTILINE)]


def wait_for_counts(server: ServerProcess, expected: list[int]) -> None:
    """Wait for the last of these numbers. Those before may be left out: one line a second at most tells them."""
    deadline = time.monotonic() + PATIENCE
    while not (told := counts(server)) or told[-1] != expected[-1]:
        assert time.monotonic() < deadline, (told, expected)
        time.sleep(0.005)
    rest = iter(expected)
    assert all(number in rest for number in told), (told, expected)


def wait_for_a_tick(server: ServerProcess) -> None:
    def tick() -> int:
        (room,) = server.rooms()["rooms"]
        number: int = room["tick"]
        return number

    before, deadline = tick(), time.monotonic() + PATIENCE
    while tick() == before:
        assert time.monotonic() < deadline


def chat_file(folder: Path) -> str:
    path = folder / "chat.py"
    path.write_text(CHAT)
    return str(path)


def test_the_client_with_the_header_gets_an_answer_to_each_message(tmp_path: Path) -> None:
    with server_process(chat_file(tmp_path)) as server, ClientProcess(HEADER_CLIENT, server.port) as client:
        assert client.line() == "Msg received"
        wait_for_counts(server, [1])
        client.type()
        assert client.line() == "Msg received"
        client.type()
        assert client.end() == "Msg received\nMsg received\n"
        wait_for_counts(server, [1, 0])
        assert "Traceback" not in server.errors()


def test_two_of_them_talk(tmp_path: Path) -> None:
    with server_process(chat_file(tmp_path)) as server, ClientProcess(LISTENING_CLIENT, server.port) as one:
        one.type("hello")
        assert one.out.read(12) == "Msg received"
        wait_for_a_tick(server)  # or the second might still hear it
        with ClientProcess(HEADER_CLIENT, server.port) as two:
            assert two.line() == "Msg received"
            assert [one.line(), one.line()] == ["", "[guest-2] Hello World!"]
            two.type()
            assert two.line() == "Msg received"
            assert one.line() == "[guest-2] Hello Everyone!"
            two.type()
            assert two.end() == "Msg received\nMsg received\n"
        assert one.line() == "[guest-2] Hello Tim!"
        one.type("Client Disconnected")
        assert one.end() == "Msg received"
        wait_for_counts(server, [1, 2, 1, 0])


def test_the_echo_client_gets_back_what_it_sends() -> None:
    with server_process("echo", "--raw") as server:
        with ClientProcess(NETWORK_CLIENT, server.port) as client:
            assert client.end() == "Connected\nhello\nworking\n50,100\n"
        wait_for_counts(server, [1, 0])


def test_connections_of_every_kind_are_counted_together() -> None:
    with server_process("echo") as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address, PATIENCE) as lines:
            lines.sendall(b'{"type":"ping","sent":1}\n')
            wait_for_counts(server, [1])
            with socket.create_connection(address, PATIENCE) as echo:
                echo.sendall(
                    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
                )
                wait_for_counts(server, [1, 2])
                with socket.create_connection(address, PATIENCE) as classic:
                    classic.sendall(b"2".ljust(64))
                    wait_for_counts(server, [1, 2, 3])
        wait_for_counts(server, [1, 2, 3, 2, 1, 0])


def test_raw_is_for_echo_alone() -> None:
    for arguments, words in (
        (["snake", "--raw"], "only echo has a raw form; start it with: tickwire serve echo --raw"),
        (["--raw"], "only echo has a raw form"),
        (["echo", "snake", "--raw"], "only echo has a raw form"),
        (["echo", "--raw", "--lan"], "give --host 0.0.0.0 instead"),
    ):
        done = subprocess.run(command("serve", *arguments), capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 2
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_raw_server_says_how_to_reach_it() -> None:
    with server_process("echo", "--raw") as server:
        assert f"nc 127.0.0.1 {server.port}" in server.wait_line("  echo ")
        assert "browser" not in server.output()
