"""Somebody pulls the cable: no FIN, no RST, no ICMP. Namespaces of our own, so root is needed.

server ── switch ── client        the cable is pulled at the switch: the server's own link stays up
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from helpers import command, need

from tickwire.wire.framing import Dialect

HERE = Path(__file__).parent
SERVER, PORT, PROXY = "10.77.0.1", 5050, 5051
FOUND_WITHIN = 30.0  # seconds
JOINED_WITHIN = 30.0

pytestmark = pytest.mark.skipif(
    os.environ.get("CI") != "true" and (sys.platform != "linux" or os.geteuid() != 0),  # where CI is set, they fail
    reason="network namespaces need Linux and root",
)


class Network:
    """Two hosts and a switch between them."""

    def __init__(self) -> None:
        need("ip")
        need("ss")
        self.server, self.switch, self.client = (f"tw{os.getpid()}{which}" for which in "swc")

    def __enter__(self) -> Network:
        try:
            for name in (self.server, self.switch, self.client):
                self._ip("netns", "add", name)
            self._ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
            self._ip("-n", self.switch, "link", "set", "bridge", "up")
            for name, address, port in ((self.server, SERVER, "to-server"), (self.client, "10.77.0.2", "to-client")):
                self._ip(
                    "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", self.switch
                )  # fmt: skip
                self._ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
                self._ip("-n", name, "link", "set", "eth0", "up")
                self._ip("-n", name, "link", "set", "lo", "up")
                self._ip("-n", self.switch, "link", "set", port, "master", "bridge", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.client, self.server, self.switch):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def pull_the_cable(self) -> None:
        self._ip("-n", self.switch, "link", "set", "to-client", "nomaster")

    @contextmanager
    def running(self, where: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A program in a namespace; its output is a pipe."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", where, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def connections(self) -> int:
        """How many the server has."""
        filtered = ["state", "established", f"( sport = :{PORT} )"]
        done = subprocess.run(
            ["ip", "netns", "exec", self.server, "ss", "-Htn", *filtered], check=True, capture_output=True, text=True
        )
        return len(done.stdout.splitlines())

    def people(self) -> int:
        """How many seats are held, as the server tells."""
        url = f"http://127.0.0.1:{PORT}/api/rooms"
        fetch = f"from urllib.request import urlopen; print(urlopen({url!r}, timeout=10).read().decode())"
        done = subprocess.run(
            ["ip", "netns", "exec", self.server, sys.executable, "-c", fetch],
            check=True,
            capture_output=True,
            text=True,
        )
        return sum(room["people"] for room in json.loads(done.stdout)["rooms"])

    def _ip(self, *arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def wait_line(process: subprocess.Popen[str], start: str) -> None:
    assert process.stdout is not None
    deadline = time.monotonic() + JOINED_WITHIN
    for line in process.stdout:
        if line.startswith(start):
            return
        assert time.monotonic() < deadline
    raise AssertionError(f"it ended before it said {start!r}")


@pytest.mark.parametrize("game", ["chat", "snake"])  # a quiet room, and one whose states go out ten times a second
def test_who_vanishes_is_found_within_30_seconds_and_keeps_the_seat(game: str) -> None:
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        server = stack.enter_context(
            network.running(
                network.server, *command("serve", "chat", "snake", "--host", "0.0.0.0", "--port", str(PORT))
            )
        )
        wait_line(server, "listening on ")
        # netcat, on the server's own machine: it says nothing, and nobody may take it for gone
        client = [sys.executable, str(HERE / "client_in_namespace.py")]
        stays = stack.enter_context(
            network.running(network.server, *client, "127.0.0.1", str(PORT), Dialect.LINES.name, game)
        )
        wait_line(stays, "joined")
        for dialect in Dialect:
            vanishes = stack.enter_context(
                network.running(network.client, *client, SERVER, str(PORT), dialect.name, game)
            )
            wait_line(vanishes, "joined")
        people = network.people()
        assert people == network.connections() == 1 + len(Dialect)
        network.pull_the_cable()
        pulled = time.monotonic()
        while network.connections() > 1:
            assert time.monotonic() - pulled < FOUND_WITHIN, f"{network.connections() - 1} are not found yet"
            time.sleep(0.2)
        assert network.people() == people, "their seats are kept"
        while time.monotonic() - pulled < FOUND_WITHIN:
            assert network.connections() == 1, "who stays stays"
            time.sleep(0.5)


@pytest.mark.parametrize("dialect", [Dialect.WS_MSGPACK, Dialect.WS_JSON])
def test_a_websocket_that_vanishes_behind_a_proxy_is_found_too(dialect: Dialect) -> None:
    """The server's connection is the proxy's, which lives; only the peer can answer a ping."""
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        server = stack.enter_context(
            network.running(network.server, *command("serve", "chat", "--host", "127.0.0.1", "--port", str(PORT)))
        )
        wait_line(server, "listening on ")
        proxied = command("proxy", f"{SERVER}:{PROXY}", f"127.0.0.1:{PORT}")
        proxy = stack.enter_context(network.running(network.server, *proxied))
        wait_line(proxy, "listening on ")
        client = [sys.executable, str(HERE / "client_in_namespace.py"), SERVER, str(PROXY), dialect.name, "chat"]
        vanishes = stack.enter_context(network.running(network.client, *client))
        wait_line(vanishes, "joined")
        assert network.connections() == 1
        network.pull_the_cable()
        pulled = time.monotonic()
        while network.connections() > 0:
            assert time.monotonic() - pulled < FOUND_WITHIN
            time.sleep(0.2)
        assert network.people() == 1
