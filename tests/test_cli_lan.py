"""`tickwire serve --lan` and `tickwire join` without an address, as real processes. Nothing leaves loopback."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from helpers import PATIENCE, command, server_process
from test_cli import refused, tickwire

from tickwire.invitation import qr_code
from tickwire.net.addresses import lan_addresses

HERE = ("--lan-interface", "127.0.0.1")


class Terminal:
    """A command in a terminal of its own, 100 by 40."""

    def __init__(self, *arguments: str) -> None:
        self._controller, terminal = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
        environment["PYTHONIOENCODING"] = "utf-8"
        self.process = subprocess.Popen(
            command(*arguments),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment,
            start_new_session=True,
        )
        os.close(terminal)
        self._data = b""

    @property
    def shown(self) -> str:
        """All that was printed so far."""
        return self._data.decode(errors="replace").replace("\r\n", "\n")

    def wait(self, words: str) -> None:
        """Read until this was printed."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.shown:
            assert time.monotonic() < deadline, f"no {words!r} in {self.shown!r}"
            self._read()

    def runs(self) -> bool:
        """Whether it is not over yet; what it prints meanwhile is read."""
        self._read()
        return self.process.poll() is None

    def type(self, line: str) -> None:
        os.write(self._controller, line.encode() + b"\n")

    def end(self) -> int:
        """Its exit code, once it is over."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read()
        return self.process.returncode

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # what it started in the same session, too
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._controller)

    def _read(self) -> None:
        if select.select([self._controller], [], [], 0.05)[0]:
            with contextlib.suppress(OSError):  # Linux: the other side is closed
                self._data += os.read(self._controller, 65_536)


@contextlib.contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    screen = Terminal(*arguments)
    try:
        yield screen
    finally:
        screen.close()


@contextlib.contextmanager
def lan_server(*arguments: str) -> Iterator[str]:
    """A server that is announced, once it is; its port."""
    with server_process(*arguments, "--lan", *HERE) as server:
        deadline = time.monotonic() + PATIENCE
        while "announced on the network as" not in server.errors():
            assert time.monotonic() < deadline, server.errors()
            time.sleep(0.02)
        yield str(server.port)


def joined() -> str:
    """What `tickwire join` prints where nobody can be asked."""
    return tickwire("join", *HERE).stdout


def line_of(port: str, printed: str) -> str:
    """The one line about the server at this port, or ""."""
    lines: list[str] = re.findall(rf"^ +\d+  .*:{port}$", printed, re.MULTILINE)
    assert len(lines) <= 1
    return "".join(lines)


def joined_among(*ports: str) -> str:
    """What `tickwire join` prints once it finds all these servers: on a busy machine one look may miss an answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        printed = joined()
        if all(line_of(port, printed) for port in ports):
            return printed
        assert time.monotonic() < deadline, f"not all of {ports} are found: {printed}"


def lines_of(*ports: str) -> list[str]:
    """The lines about these servers."""
    printed = joined_among(*ports)
    return [line_of(port, printed) for port in ports]


@contextlib.contextmanager
def asked(port: str, *arguments: str) -> Iterator[Terminal]:
    """`tickwire join` in a terminal, once it asks which server it shall be, and this one is among them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with terminal("join", *arguments, *HERE) as screen:
            while "[1] " not in screen.shown and screen.runs():
                assert time.monotonic() < deadline, screen.shown
            if line_of(port, screen.shown):
                yield screen
                return
        assert time.monotonic() < deadline, f"{port} is not found: {screen.shown}"


def _connects(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(PATIENCE)
        return sock.connect_ex((host, port)) == 0


# --- serving ---


def test_without_lan_nothing_listens_beyond_loopback_and_nothing_is_announced() -> None:
    with server_process("snake") as server:
        server.wait_line("  stop")
        assert [line for line in server.printed if "listening" in line] == [f"listening on 127.0.0.1:{server.port}"]
        # 127.0.0.2 is loopback too, but another address: who listens on all of them answers there.
        assert _connects("127.0.0.1", server.port)
        assert not _connects("127.0.0.2", server.port)
        assert f":{server.port}" not in joined()


def test_with_lan_it_listens_everywhere_and_says_so() -> None:
    with server_process("snake", "--lan", *HERE) as server:
        server.wait_line("  stop")
        words = server.output()
        assert _connects("127.0.0.1", server.port)
        assert f"listening on 0.0.0.0:{server.port}" in words
        if f"listening on [::]:{server.port}" in words:
            assert _connects("::1", server.port)
        assert "for friends on your network" in words
        assert f"must let in TCP port {server.port}, and UDP port 5353" in words
        assert "▀" not in words  # no terminal, no code


def test_listening_does_not_wait_for_the_announcement() -> None:
    with terminal("serve", "snake", "--port", "0", "--lan", *HERE) as screen:
        screen.wait("announced on the network as")
        assert screen.shown.index("listening on") < screen.shown.index("announced on the network as")


def test_it_is_found_while_it_is_there_and_not_after() -> None:
    with lan_server("snake", "swarm") as port:
        (line,) = lines_of(port)
        assert "snake, swarm" in line
        assert "0 players" in line
        assert re.search(r"(<1|\d+) ms", line)
    assert f":{port}" not in joined()


def test_two_servers_of_one_machine_are_both_found() -> None:
    with lan_server("snake") as one, lan_server("swarm") as two:
        names = {line.split()[1] for line in lines_of(one, two)}
        assert len(names) == 2


def test_ctrl_c_before_it_is_announced_is_no_error() -> None:
    with server_process("snake", "--lan", *HERE) as server:
        server.signal(signal.SIGINT)
        assert server.wait() == 0
        assert "Traceback" not in server.errors()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_lan_on_loopback_is_one_line(host: str) -> None:
    assert "--lan and --host" in refused("serve", "snake", "--lan", "--host", host)


def test_json_logs_are_not_broken_by_words() -> None:
    with server_process("snake", "--lan", *HERE, "--log-format", "json") as server:
        server.signal(signal.SIGTERM)
        server.wait()
        assert all(line.startswith("listening on ") for line in server.output().splitlines())


def test_in_a_terminal_it_shows_a_code_that_a_phone_opens() -> None:
    with terminal("serve", "snake", "--port", "0", "--lan", *HERE) as screen:
        screen.wait("a phone's camera opens http://127.0.0.1:")
        port = screen.shown.partition("listening on 0.0.0.0:")[2].split()[0]
        assert qr_code(f"http://127.0.0.1:{port}/") in screen.shown
        assert len(screen.shown.splitlines()) < 40


def test_in_a_terminal_without_lan_there_is_no_code() -> None:
    with terminal("serve", "snake", "--port", "0") as screen:
        screen.wait("Ctrl+C")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 0
        assert "█" not in screen.shown


def test_with_an_open_host_the_code_is_of_the_first_address() -> None:
    with terminal("serve", "snake", "--port", "0", "--host", "0.0.0.0") as screen:
        screen.wait("Ctrl+C")
        for address in lan_addresses(ipv6=False)[:1]:
            screen.wait(f"a phone's camera opens http://{address.host}:")


# --- joining ---


def test_join_in_a_terminal_asks_which_one_and_joins_it() -> None:
    with lan_server("snake") as port, asked(port, "--name", "ada") as screen:
        screen.type(line_of(port, screen.shown).split()[0])
        screen.wait("\x1b[?1049h")  # the face takes the screen over
        screen.wait("room")


def test_join_in_a_terminal_can_be_left() -> None:
    with lan_server("snake") as port, asked(port) as screen:
        assert "looking for games on your network" in screen.shown
        screen.type("q")
        assert screen.end() == 0
        assert "\x1b[?1049h" not in screen.shown


def test_ctrl_c_at_the_question_is_no_traceback() -> None:
    with lan_server("snake") as port, asked(port) as screen:
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
        assert "Traceback" not in screen.shown


def test_join_without_a_terminal_says_how_to_join() -> None:
    with lan_server("snake") as port:
        words = joined_among(port)
        addresses = re.findall(r"\S+:\d+$", words, re.MULTILINE)
        assert f"tickwire join {addresses[0]}" in words


# --- both at once ---


def test_who_plays_with_lan_is_found_by_friends() -> None:
    with terminal("play", "snake", "--name", "ada", "--port", "0", "--lan", *HERE) as screen:
        screen.wait("127.0.0.1:")  # where friends join, at the foot of the screen
        (port,) = set(re.findall(r"127\.0\.0\.1:(\d+)", screen.shown))
        (line,) = lines_of(port)
        assert "1 player" in line
        screen.type("q")
        screen.end()
