"""The tutorial tells the truth: its listings are the files, and every command in it prints what it shows."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers import PATIENCE, need, run, server_process

from tickwire.client import connect
from tickwire.game.loader import load_file

ROOT = Path(__file__).parents[1]
FILES = ROOT / "examples" / "tutorial"
TUTORIAL = (ROOT / "docs" / "TUTORIAL.md").read_text("utf-8")

LISTINGS = re.findall(r"^```python\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
CONSOLES = re.findall(r"^```console\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
PORTS = ("5555", "5050")  # in the commands; each gets a free one instead
GAMES = ("walk_1.py", "walk_2.py", "coins.py")
# A state may tell of two ticks on a machine that is busy, and a wish may come a tick late. What is shown is what comes
# on one that is not, so it gets some tries; what is wrong stays wrong in each of them.
TRIES = 5


@dataclass(frozen=True)
class Step:
    """A command, and what the tutorial says it prints."""

    command: str
    prints: str


def _steps(console: str) -> list[Step]:
    parts = re.split(r"^\$ ", console, flags=re.MULTILINE)
    assert parts[0] == "", "a console begins with a command"
    return [Step(command, prints) for command, _, prints in (part.partition("\n") for part in parts[1:])]


def _free_port() -> str:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return str(sock.getsockname()[1])


def _is_taken(port: str) -> bool:
    """Whether somebody listens there, without connecting: these servers take every connection for a player."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", int(port)))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False


class Shell:
    """Types the commands of a console in the tutorial's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        self._environment["XDG_DATA_HOME"] = str(folder / "home")  # where a reader's servers keep their rooms
        self._ports = {shown: _free_port() for shown in PORTS}
        self._servers: list[subprocess.Popen[bytes]] = []

    def type(self, step: Step) -> str:
        """What the command prints; a server goes on in the background and prints nothing here."""
        command = re.sub("|".join(PORTS), lambda shown: self._ports[shown[0]], step.command)
        if command.endswith(" &"):
            self._serve(f"exec {command.removesuffix(' &')}")
            return ""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=3 * PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _serve(self, command: str) -> None:
        port = next(taken for taken in self._ports.values() if taken in command.split())
        with (self._folder / "server.txt").open("w") as words:
            server = subprocess.Popen(
                ["bash", "-c", command], cwd=self._folder, env=self._environment, stdout=words, stderr=words
            )
        self._servers.append(server)
        deadline = time.monotonic() + PATIENCE
        while not _is_taken(port):
            assert server.poll() is None, (self._folder / "server.txt").read_text()
            assert time.monotonic() < deadline, f"{command} does not listen"
            time.sleep(0.02)

    def close(self) -> None:
        for server in self._servers:
            server.terminate()
            server.wait(PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the listings, so that what the commands leave behind goes away."""
    shutil.copytree(FILES, tmp_path / "tutorial", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "tutorial"


def test_every_listing_is_a_file_and_every_file_is_listed() -> None:
    files = {path.name: path.read_text("utf-8") for path in FILES.glob("*.py")}
    listed = {listing.splitlines()[0].removeprefix("# "): listing for listing in LISTINGS}
    assert len(listed) == len(LISTINGS)
    assert listed == files


def test_every_program_is_run_by_a_command_or_served() -> None:
    typed = " ".join(step.command for console in CONSOLES for step in _steps(console))
    typed += " ".join(re.findall(r"^    (tickwire .*)$", TUTORIAL, re.MULTILINE))
    imported = {"lines.py"}  # by others
    for path in FILES.glob("*.py"):
        assert path.name in typed or path.name in {*imported, "walk_2.py"}, f"nobody runs {path.name}"


@pytest.mark.parametrize("console", CONSOLES, ids=lambda console: _steps(console)[-1].command[:40])
def test_a_command_prints_what_the_tutorial_shows(console: str, folder: Path) -> None:
    need("nc")
    printed: list[str] = []
    shown = [step.prints for step in _steps(console)]
    for _ in range(TRIES):
        with contextlib.closing(Shell(folder)) as shell:
            printed = [shell.type(step) for step in _steps(console)]
        if printed == shown:
            break
    assert printed == shown


@pytest.mark.parametrize("name", GAMES)
def test_each_step_of_the_game_is_one_that_players_join_and_see_each_other_in(name: str) -> None:
    async def main() -> None:
        async with connect(server.address, name="ada") as ada, connect(server.address, name="bob") as bob:
            while {ada.player, bob.player} - {walker.player for walker in ada.tables["Walker"]}:
                await ada.wait_state()
            assert [(w.x, w.y) for w in ada.tables["Walker"] if w.player == bob.player] == [(10, 5)]
            if name == "walk_1.py":
                return
            for way in ("left", "up"):
                seq = bob.send({"type": "go", "way": way})
                while bob.acked < seq:
                    await bob.wait_state()
            assert [(w.x, w.y) for w in bob.tables["Walker"] if w.player == bob.player] == [(9, 4)]

    with server_process(str(FILES / name), "--seed", "1") as server:
        run(main())


def test_what_a_step_says_that_clients_may_not_ask_is_refused() -> None:
    game = load_file(FILES / "walk_2.py")
    assert set(game.controls.describe()["keys"]) == {"up", "down", "left", "right"}
    with server_process(str(FILES / "walk_2.py")) as server:
        shell = f"""(echo '{{"type":"hello","name":"eve"}}'
            echo '{{"type":"input","seq":1,"input":{{"type":"go","way":"north"}}}}'
            echo '{{"type":"input","seq":2,"input":{{"type":"go","x":9999}}}}'
            echo '{{"type":"leave"}}') | nc 127.0.0.1 {server.port}"""
        need("nc")
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, check=True)
        assert done.stdout.count('"code":"bad_input"') == 2


def test_the_last_game_is_about_thirty_lines_of_rules() -> None:
    rules = (FILES / "coins.py").read_text("utf-8").partition("class Coins(Game):")[2].partition("    def bot")[0]
    assert 25 <= sum(bool(line.strip()) for line in rules.splitlines()) <= 35
