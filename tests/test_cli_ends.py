"""How the command ends: by signals, with its terminal, and on consoles that cannot show what it says."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from helpers import PATIENCE, Caller, command, run, server_process

from tickwire.failing import fail
from tickwire.net import listener

SLOW = """
import time
from tickwire import Game

class Slow(Game):
    tick_rate = 20
    def step(self):
        if self.players:
            time.sleep(0.2)
"""

RAISING = """
from tickwire import Game

class Raising(Game):
    def hear(self, player, text):
        if text != "hello":
            raise {error}
"""


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


# --- signals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_every_signal_that_ends_a_server_says_bye_first(name: str) -> None:
    with server_process("snake") as server:

        async def main() -> None:
            ada = await Caller.call(server.port)
            await ada.hello("ada")
            server.signal(signal.Signals[name])
            assert await ada.bye() == "shutdown"

        run(main())
        assert server.wait() == 0
        assert "Traceback" not in server.errors()


def test_under_nohup_the_end_of_the_terminal_does_not_end_it() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # children inherit it
    try:
        with server_process("snake") as server:
            signal.signal(signal.SIGHUP, before)

            async def main() -> None:
                ada = await Caller.call(server.port)
                await ada.hello("ada")
                server.signal(signal.SIGHUP)
                tick = (await ada.state()).tick
                await ada.state(lambda s: s.tick > tick + 3)
                server.signal(signal.SIGTERM)
                assert await ada.bye() == "shutdown"

            run(main())
            assert server.wait() == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_the_background_of_a_script_where_ctrl_c_is_ignored_sigint_still_ends_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with server_process("snake") as server:
            signal.signal(signal.SIGINT, before)
            server.signal(signal.SIGINT)
            assert server.wait() == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_in_the_middle_of_a_slow_tick_ends_the_server_and_not_a_room(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(SLOW)
    with server_process(str(path)) as server:

        async def main() -> None:
            ada = await Caller.call(server.port)
            await ada.hello("ada")
            await ada.say(type="ping", sent=1)
            server.signal(signal.SIGINT)  # nearly all the time is spent in step
            assert await ada.bye() == "shutdown"

        run(main())
        assert server.wait() == 0
        assert "KeyboardInterrupt" not in server.errors()


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit(3)", "GeneratorExit"])
def test_rules_that_raise_what_ends_programs_end_their_room_alone(tmp_path: Path, error: str) -> None:
    path = tmp_path / "raising.py"
    path.write_text(RAISING.format(error=error))
    with server_process("snake", str(path)) as server:

        async def main() -> None:
            ada = await Caller.call(server.port)
            await ada.hello("ada", game="snake")
            eve = await Caller.call(server.port)
            await eve.hello("eve", game="raising")
            await eve.say(type="chat", text="end it")
            assert await eve.bye() == "game_error"
            tick = (await ada.state()).tick
            await ada.state(lambda s: s.tick > tick + 3)
            server.signal(signal.SIGINT)
            assert await ada.bye() == "shutdown"

        run(main())
        assert server.wait() == 0
        assert "room" in server.errors()
        assert "Traceback" in server.errors(), "the room's"


# --- `tickwire play` and its terminal ------------------------------------------------------------------------------


class Playing:
    """`tickwire play` in a terminal of its own, and the server that it has started."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _IN_A_TERMINAL,
                *command("play", "snake", "--name", "ada", "--port", str(self.port)),
            ],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(theirs)
        os.set_blocking(self.terminal, False)
        self.closed = False
        self.servers: list[int] = []

    def served(self) -> bool:
        """Whether somebody listens; reads what is painted, so that painting goes on."""
        if not self.closed:
            with contextlib.suppress(BlockingIOError, OSError):
                os.read(self.terminal, 65_536)
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            self.servers = [int(pid) for pid in children.read_text().split()] or self.servers
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self) -> None:
        """Close the terminal's window."""
        if not self.closed:
            self.closed = True
            os.close(self.terminal)

    def end(self) -> None:
        """End all, whatever they are doing."""
        self.close()
        self.process.kill()
        self.process.wait()
        for pid in self.servers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


# What login does: the terminal becomes the one that controls this session, and its end is told by SIGHUP.
_IN_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.fixture
def playing() -> Iterator[Playing]:
    playing = Playing()
    yield playing
    playing.end()


@pytest.mark.skipif(not hasattr(os, "fork") or not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize("how", ["the terminal is closed", "it is killed", "SIGTERM"])
def test_the_server_of_play_ends_with_it_however_it_ends(playing: Playing, how: str) -> None:
    wait_until(playing.served, "the server did not start")
    assert playing.servers
    if how == "the terminal is closed":
        playing.close()
    else:
        playing.process.send_signal(signal.SIGKILL if how == "it is killed" else signal.SIGTERM)
    wait_until(lambda: not playing.served(), "the server was left behind")


def test_a_server_without_a_parent_does_not_care_for_its_standard_input() -> None:
    with server_process("snake") as server:  # its standard input is at its end already
        run(_plays(server.port))


async def _plays(port: int) -> None:
    ada = await Caller.call(port)
    await ada.hello("ada")
    tick = (await ada.state()).tick
    await ada.state(lambda s: s.tick > tick + 3)


# --- consoles that cannot show everything ----------------------------------------------------------------------


def on_a_console(encoding: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "COLUMNS": "100"}
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment, capture_output=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize("encoding", ["cp437", "ascii", "cp1252"])
def test_a_name_that_a_console_cannot_show_is_no_traceback(encoding: str, tmp_path: Path) -> None:
    done = on_a_console(encoding, "new", "игра", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert b"????.py" in done.stdout
    assert {p.name for p in tmp_path.iterdir()} == {"игра.py", "test_игра.py", "README.md"}
    again = on_a_console(encoding, "new", "игра", folder=tmp_path)
    assert again.returncode == 2
    assert b"Traceback" not in again.stderr
    for arguments in (("--help",), ("serve", "--help"), ("serve", "нет.py"), ("join", "адрес:порт"), ("new", "蛇 蛇")):
        done = on_a_console(encoding, *arguments, folder=tmp_path)
        assert b"Traceback" not in done.stderr + done.stdout, arguments


@pytest.mark.parametrize("encoding", ["cp437", "ascii"])
def test_a_game_that_a_console_cannot_show_is_served(encoding: str, tmp_path: Path) -> None:
    on_a_console(encoding, "new", "игра", folder=tmp_path)
    with server_process(str(tmp_path / "игра.py"), environment={"PYTHONIOENCODING": encoding}) as server:
        server.wait_line("  stop")
        assert server.rooms()["games"][0]["name"] == "игра"
        assert "Traceback" not in server.errors()


# --- one port, one server ----------------------------------------------------------------------------------------


def test_a_port_is_taken_alone_on_windows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noting:
        def __init__(self) -> None:
            self.options: list[tuple[int, int, int]] = []

        def setsockopt(self, level: int, option: int, value: int) -> None:
            self.options.append((level, option, value))

    here, windows = Noting(), Noting()
    monkeypatch.delattr(socket, "SO_EXCLUSIVEADDRUSE", raising=False)
    listener._take_alone(here)  # type: ignore[arg-type]
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    listener._take_alone(windows)  # type: ignore[arg-type]
    assert here.options == [(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)]
    assert windows.options == [(socket.SOL_SOCKET, -5, 1)], "SO_REUSEADDR there lets two servers share a port"


def test_words_of_a_server_or_a_file_move_no_cursor_here(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        fail("it says: \x1b[2J\u202ebye\n now")
    assert capsys.readouterr().err == "tickwire: it says:  [2J bye now\n"
