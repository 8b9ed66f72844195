"""What led to a game's break is kept in a file, and a test is written of it that fails until the game is mended."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from helpers import command, run, serving, until
from room.rules import Add, Counters, counts, new_room
from store.disks import MemoryDisk

from tickwire.errors import CannotRestore
from tickwire.game.loader import load_file
from tickwire.room.journal import Journal, Keyed, Opened, Record, pack_commit, unpack_commit
from tickwire.server import crashes as crashes_module
from tickwire.server.crashes import Crashes
from tickwire.store.fsync import Fsync
from tickwire.store.segments import SegmentHeader, pack_segment_header, read_segment
from tickwire.store.segments import pack_commit as pack_in_segment
from tickwire.testing import replay
from tickwire.wire.messages import Ack

DIVIDING = '''
"""Divides by what it is told."""

from tickwire import Controls, Game, Input, Player


class Divide(Input):
    by: int = 1


class Dividing(Game):
    tick_rate = 50
    inputs = Divide
    controls = Controls(keys={"space": Divide()})
    total: float
    heard: list[int]

    def receive(self, player: Player, divide: Divide) -> None:
        self.heard.append(divide.by)
        self.total += 1 / divide.by
'''
MENDED = DIVIDING.replace("1 / divide.by", "1 / max(divide.by, 1)")


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "crashes").glob("*.twlog"))


@pytest.fixture
def file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    """What a real server kept of a room whose third input broke its game; the game's file is in `tmp_path`."""
    (tmp_path / "dividing.py").write_text(DIVIDING)
    game = load_file(tmp_path / "dividing.py").game

    async def main() -> None:
        async with serving(game, data=tmp_path / "data", fsync=Fsync.NEVER) as server:
            ada = await server.join("ada")
            for seq, by in enumerate((2, 4, 0), 1):
                await ada.say(type="input", seq=seq, input={"type": "divide", "by": by})
                if by:
                    await ada.expect(Ack, lambda ack, seq=seq: ack.seq == seq)  # type: ignore[misc]
            assert await ada.bye() == "game_error"
            await until(lambda: "tickwire test-from" in caplog.text, "the line that names the file")

    with caplog.at_level(logging.ERROR, "tickwire"):
        run(main())
    [file] = kept(tmp_path / "data")
    return file


def pytest_of(test: Path) -> str:
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", test.name]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=test.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


def write_test(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("test-from", *arguments), cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_file_is_private_named_by_the_log_and_has_all_that_led_to_the_break(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert any(f"tickwire test-from {file}" in line.getMessage() for line in caplog.get_records("setup"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    records = [r for run in read_segment(file.read_bytes()).runs for each in run.payloads for r in unpack_commit(each)]
    assert isinstance(records[0], Opened)
    assert not [record for record in records if isinstance(record, Keyed)], "what takes a seat"
    assert file.stem.startswith(records[0].code + "-")
    with pytest.raises(ZeroDivisionError):
        replay(file, tmp_path / "dividing.py")
    (tmp_path / "dividing.py").write_text(MENDED)
    assert replay(file, tmp_path / "dividing.py").game.heard == [2, 4, 0]  # type: ignore[attr-defined]


def test_a_test_is_written_that_fails_until_the_game_is_mended(file: Path, tmp_path: Path) -> None:
    tick = file.stem.partition("-")[2]
    done = write_test(tmp_path, str(file), "dividing.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"it breaks in tick {tick}: ZeroDivisionError: division by zero" in done.stdout
    [test] = tmp_path.glob("test_*.py")
    assert test.name.endswith(f"_{tick}.py")
    file.unlink()  # the test has a copy
    told = pytest_of(test)
    assert "ZeroDivisionError" in told
    assert "1 failed" in told
    (tmp_path / "dividing.py").write_text(MENDED)
    assert "1 passed" in pytest_of(test)


def test_a_test_may_stop_at_a_tick(file: Path, tmp_path: Path) -> None:
    tick = int(file.stem.partition("-")[2]) - 1
    done = write_test(tmp_path, str(file), "dividing.py", "--tick", str(tick))
    assert f"it does not break up to tick {tick}" in done.stdout
    [test] = tmp_path.glob("test_*.py")
    assert f"say here what should hold in tick {tick}" in pytest_of(test)


def test_nothing_is_overwritten_and_what_cannot_be_is_told_in_one_line(file: Path, tmp_path: Path) -> None:
    assert write_test(tmp_path, str(file), "dividing.py").returncode == 0
    [test] = tmp_path.glob("test_*.py")
    test.write_text("mine")
    for arguments, words in (
        ([str(file), "dividing.py"], "is here already, and stays as it is"),
        ([str(file)], "dividing is no built-in game; give its file, too"),
        ([str(file), "snake"], "is of a room of dividing, not of snake"),
        ([str(test), "dividing.py"], "cannot be read: this is no segment of a log"),
        (["nothing.twlog", "dividing.py"], "nothing.twlog cannot be read"),
    ):
        done = write_test(tmp_path, *arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert done.stderr.count("\n") == 1
        assert words in done.stderr
    assert test.read_text() == "mine"


def test_who_breaks_rooms_one_after_the_other_has_one_file_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "dividing.py").write_text(DIVIDING)
    game = load_file(tmp_path / "dividing.py").game

    async def main() -> None:
        async with serving(game, data=tmp_path / "data", fsync=Fsync.NEVER) as server:
            for name in ("ada", "bob", "cleo"):
                caller = await server.join(name, room="new")
                await caller.say(type="input", seq=1, input={"type": "divide", "by": 0})
                assert await caller.bye() == "game_error"
            await until(lambda: "tickwire test-from" in caplog.text)

    run(main())
    assert len(kept(tmp_path / "data")) == 1
    assert caplog.text.count("another broke in the last 10 s") == 2


def in_log(commits: list[list[Record]], first: int = 1) -> MemoryDisk:
    """A disk with a log of these commits, each in a segment of its own."""
    disk = MemoryDisk()
    for number, records in enumerate(commits, first):
        file = disk.create(f"{number:020}.twlog")
        file.write(pack_segment_header(SegmentHeader(number, number - 1, 0)))
        file.write(pack_in_segment(number, pack_commit(records)))
    return disk


def commits_of_a_room() -> tuple[Opened, list[list[Record]], int]:
    """How a room began, its commits beside those of another room, and its count at the end."""
    room, other, journal = new_room(), new_room(), Journal()
    room.keep(journal)
    other.keep(journal)
    opened = journal.records[0]
    assert isinstance(opened, Opened)
    ada = room.join("ada").id
    other.join("bob")
    commits = [journal.take()]
    for seq in range(1, 21):
        room.input(ada, seq, Add(seq))
        other.make_tick()
        room.make_tick()
        if seq == 10:
            assert room.checkpoint([(ada, b"hash of a token", b"")])
        commits.append(journal.take())
    return opened, commits, counts(room)[ada]


def test_only_the_room_s_own_records_since_its_checkpoint_are_written(tmp_path: Path) -> None:
    opened, commits, count = commits_of_a_room()
    read: list[str] = []
    disk = in_log(commits)
    disk.before = read.append
    file = Crashes(tmp_path, disk).write(opened, 20, 11, len(commits))
    assert file is not None
    assert len(read) == len(commits) - 10, "segments before the checkpoint are not read"
    records = [r for run in read_segment(file.read_bytes()).runs for each in run.payloads for r in unpack_commit(each)]
    assert {record.room for record in records} == {opened.room}
    assert b"hash of a token" not in file.read_bytes()
    [row] = replay(file, Counters).game.counts  # type: ignore[attr-defined]
    assert row.n == count


def test_what_came_after_the_break_is_not_written(tmp_path: Path) -> None:
    opened, commits, _ = commits_of_a_room()
    file = Crashes(tmp_path, in_log(commits)).write(opened, 15, 11, 16)
    assert file is not None
    assert replay(file, Counters).tick == 15


def test_a_log_with_a_gap_behind_the_checkpoint_gives_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened, commits, _ = commits_of_a_room()
    disk = in_log(commits)
    disk.remove(f"{14:020}.twlog")
    assert Crashes(tmp_path / "crashes", disk).write(opened, 20, 11, len(commits)) is None
    assert "part of what happened in it is missing" in caplog.text
    assert not (tmp_path / "crashes").exists()


def test_files_are_bounded_in_number_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, commits, _ = commits_of_a_room()
    monkeypatch.setattr(crashes_module, "MOST", 3)
    crashes = Crashes(tmp_path, in_log(commits))
    for tick in (1, 2, 3, 4, 4, 5):
        file = crashes.write(opened, tick, 11, len(commits))
        assert file is not None
        os.utime(file, (tick, tick))
    assert [path.name for path in sorted(tmp_path.iterdir())] == [f"K7QX-{tick}.twlog" for tick in (3, 4, 5)]
    monkeypatch.setattr(crashes_module, "MAX_BYTES", 100)
    assert crashes.write(opened, 6, 11, len(commits)) is None


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    opened, commits, _ = commits_of_a_room()
    file = Crashes(tmp_path, in_log(commits)).write(opened, 20, 11, len(commits))
    assert file is not None
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)
    with pytest.raises(CannotRestore, match="is damaged"):
        replay(file, Counters)


def test_a_file_that_no_server_wrote_puts_no_words_into_a_test(tmp_path: Path) -> None:
    opened, commits, _ = commits_of_a_room()
    hostile = msgspec.structs.replace(opened, code='"""\nimport os\n"""')
    file = Crashes(tmp_path, in_log(commits)).write(msgspec.structs.replace(hostile, code="K7QX"), 20, 11, len(commits))
    assert file is not None
    header = pack_segment_header(SegmentHeader(1, 0, 0))
    file.write_bytes(header + pack_in_segment(1, pack_commit([hostile])))
    with pytest.raises(CannotRestore, match="was written by no server"):
        replay(file, Counters)
