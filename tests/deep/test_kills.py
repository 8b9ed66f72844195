"""Kill the server at any moment, as often as you like: what was acknowledged counts once, and no seat is lost.

`make soak` runs KILLS=200 of each kind of end; `make deep` as many as fit a minute.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop
from helpers import command, need

from deep.kills import Team

KILLS = int(os.environ.get("KILLS") or 0)
IN_DEEP = {signal.SIGKILL: 30, signal.SIGTERM: 10}
FULL_IN_DEEP = 3
BACK_WITHIN = 2.0  # seconds after `listening`, everybody
DISK = 8 * 1024 * 1024  # bytes of the disk that gets full
LEFT = 30_000  # bytes that the log may still write, at most

root = pytest.mark.skipif(
    os.environ.get("CI") != "true" and (sys.platform != "linux" or os.geteuid() != 0),  # where CI is set, they fail
    reason="mounting a small disk needs Linux and root",
)


def run(main: Coroutine[Any, Any, None]) -> None:
    """As `helpers.run`, for as long as it takes: each step has its own patience."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def prove(team: Team) -> None:
    """What was kept comes out the same when it is played again."""
    proof = subprocess.run(
        command("verify", str(team.data), str(team.folder / "ledger.py")), capture_output=True, text=True, check=False
    )
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "identical" in proof.stdout


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_what_was_acknowledged_counts_once_however_often_the_server_ends(tmp_path: Path, how: signal.Signals) -> None:
    kills = KILLS or IN_DEEP[how]

    async def main() -> None:
        async with Team(tmp_path, tmp_path / "data", seed=1) as team:
            for _ in range(kills):
                await team.again(how)
                if team.chance.random() < 0.8:
                    await team.everybody_is_back()
            await team.everybody_is_back()
            [room] = team.server.rooms()["rooms"]
            assert room["people"] == team.size
            assert [player.sent > kills for player in team.players] == [True] * team.size
            sent = sum(player.sent for player in team.players)
            times = f"median {statistics.median(team.latest):.2f} s, longest {max(team.latest):.2f} s"
            print(f"\n{kills} x {how.name}, {sent} inputs; all back after listening: {times}")
            assert max(team.latest) < BACK_WITHIN, team.latest
        prove(team)

    run(main())


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of DISK bytes."""
    at = Path(tempfile.mkdtemp(prefix="tickwire-disk-"))
    subprocess.run([need("mount"), "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run([need("umount"), "--lazy", str(at)], check=True)
        at.rmdir()


def fill(disk: Path, left: int) -> Path:
    """Fill a disk but for so many bytes (a multiple of a page, that is)."""
    filler = disk / "filler"
    space = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(space.f_bavail * space.f_frsize - left, 1))
    return filler


@root
def test_a_full_disk_ends_no_game_and_what_was_acknowledged_counts_once_there_is_room(tmp_path: Path) -> None:
    times = max(KILLS // 20, FULL_IN_DEEP)

    async def main() -> None:
        with small_disk() as disk:
            async with Team(tmp_path, disk / "data", seed=2) as team:
                for _ in range(times):
                    filler = fill(disk, team.chance.randrange(LEFT))
                    await team.says("the log cannot be written")
                    await team.everybody_is_acked(20)  # the game goes on
                    filler.unlink()
                    await team.says("every room is kept again")
                    await team.again(signal.SIGKILL)
                    await team.everybody_is_back()
                [room] = team.server.rooms()["rooms"]
                assert room["people"] == team.size
                print(f"\n{times} times full, {sum(player.sent for player in team.players)} inputs")
            prove(team)

    run(main())
