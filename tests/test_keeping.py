"""Where a server keeps rooms if nobody says so, and how long: the options `--data`, `--keep` and `--keep-size`."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from helpers import Caller, ServerProcess, command, run, server_process

from tickwire.keeping import bytes_of, keeping, seconds_of

GIB = 1024**3


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder, for servers of this test; no other test has one that can be written."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def rooms_line(server: ServerProcess) -> str:
    return server.wait_line("  rooms ").removeprefix("  rooms").strip()


def test_no_test_writes_into_the_users_data_folder() -> None:
    with server_process("snake", port=free_port()) as server:
        assert rooms_line(server).startswith("not kept: ")
        assert os.environ["XDG_DATA_HOME"] in rooms_line(server)


def test_rooms_are_kept_by_port_in_the_users_data_folder_and_the_console_says_where(home: Path) -> None:
    port = free_port()
    folder = home / "tickwire" / f"port-{port}"

    async def join() -> str:
        return (await (await Caller.call(port)).hello("ada")).room

    with server_process("snake", port=port) as server:
        assert rooms_line(server) == f"kept in {folder}"
        assert [line[:7] for line in server.printed[:4]] == ["listeni", "", "  games", "  rooms"]
        code = run(join())
        server.process.kill()
        server.wait()
    assert folder.stat().st_mode & 0o077 == 0
    with server_process("snake", port=port) as server:
        assert [room["room"] for room in server.rooms()["rooms"]] == [code]


def test_two_servers_with_defaults_do_not_get_into_each_others_way(home: Path) -> None:
    with server_process("snake", port=free_port()) as one, server_process("snake", port=free_port()) as other:
        assert rooms_line(one) != rooms_line(other)
        again = subprocess.run(command("serve", "snake", "--port", str(one.port)), capture_output=True, text=True)
    assert again.returncode == 2
    assert again.stderr == (
        f"tickwire: port {one.port} is in use; end the other program, or choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "fixed"),
    [(["--data", "none"], True), ([], False), (["--with-parent"], True)],
    ids=["none", "port 0", "private"],
)
def test_nothing_is_kept(arguments: list[str], fixed: bool, home: Path) -> None:
    port = free_port() if fixed else 0
    process = subprocess.Popen(
        command("serve", "snake", "--port", str(port), *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert next(line for line in process.stdout if line.startswith("  rooms")) == "  rooms      not kept\n"
        process.terminate()
    assert not home.exists()


def test_a_folder_called_none_can_be_had_all_the_same(tmp_path: Path) -> None:
    assert keeping("./none", 5050, "1d", "1G", private=False).folder == Path("none")


def test_a_data_folder_that_cannot_be_written_is_told_and_games_are_served(home: Path) -> None:
    home.write_text("a file")
    with server_process("snake", port=free_port()) as server:
        words = rooms_line(server)
        assert words.startswith(f"not kept: {home / 'tickwire'}")
        assert words.endswith("cannot be written (Not a directory); give --data DIR")


@pytest.mark.parametrize("data", [None, "here"])
def test_ages_and_sizes_are_what_they_say(data: str | None) -> None:
    kept = keeping(data, 0, "12h", "500M", private=False)
    assert (kept.seconds, kept.bytes) == (43_200.0, 500 * 1024**2)
    assert kept.folder == (Path(data) if data else None)


@pytest.mark.parametrize(
    ("age", "seconds"), [("90s", 90), ("1.5m", 90), ("12h", 43_200), ("30d", 30 * 86_400), (" 2 d ", 172_800)]
)
def test_an_age_is_a_number_and_a_unit(age: str, seconds: float) -> None:
    assert seconds_of(age) == seconds


@pytest.mark.parametrize(
    ("size", "nbytes"),
    [("64k", 65_536), ("500M", 500 * 1024**2), ("10G", 10 * GIB), ("1.5GB", 3 * GIB // 2), ("2T", 2048 * GIB)],
)
def test_a_size_is_a_number_and_a_unit(size: str, nbytes: int) -> None:
    assert bytes_of(size) == nbytes


@pytest.mark.parametrize("words", ["", "30", "d", "-1d", "30 days", "1e9d", "nan", "30D", "٣d", "1" * 30 + "d", "3d4h"])
def test_what_is_no_age_is_told_in_one_sentence(words: str) -> None:
    done = subprocess.run(command("serve", "snake", "--keep", words), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"tickwire: --keep {words!r} is no age; write a number and s, m, h or d, as 12h or 30d\n"


@pytest.mark.parametrize("words", ["", "10", "G", "-1G", "10 gigabytes", "infG", "10GG"])
def test_what_is_no_size_is_told_in_one_sentence(words: str) -> None:
    done = subprocess.run(command("serve", "snake", "--keep-size", words), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"tickwire: --keep-size {words!r} is no size; write a number and K, M, G or T, as 500M or 10G\n"
    )
