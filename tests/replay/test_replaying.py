"""`tickwire replay`, as people run it."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import subprocess
from pathlib import Path

import pytest
from helpers import PATIENCE, command, run, server_process, until
from test_cli import game_file, refused, tickwire

from replay.rooms import counted, played
from tickwire.client import connect
from tickwire.replay.file import pack_replay, unpack_replay
from tickwire.replay.recording import Recording
from tickwire.room.journal import Keyed, Record
from tickwire.room.journal import pack_commit as pack_records
from tickwire.store.segments import SegmentHeader, pack_commit, pack_segment_header


def data_folder(folder: Path, *recordings: Recording) -> str:
    """A folder as a server leaves it, with these rooms."""
    (folder / "log").mkdir()
    commits: list[list[Record]] = [
        [made.opened, Keyed(1, 1, b"hash of a token", b""), *made.records] for made in recordings
    ]
    packed = [pack_commit(number, pack_records(records)) for number, records in enumerate(commits, 1)]
    (folder / "log" / f"{1:020}.twlog").write_bytes(pack_segment_header(SegmentHeader(1, 0, 0)) + b"".join(packed))
    return str(folder)


def out(*arguments: str) -> str:
    done = tickwire("replay", *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_what_a_server_kept_is_listed_saved_and_played(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "game.twreplay"
    with server_process("snake", "--data", str(data)) as server:

        async def main() -> str:
            async with connect(server.address, name="ada") as client, asyncio.timeout(PATIENCE):
                await until(lambda: client.tick > 3)
                return client.room

        code = run(main())
    listed = out(str(data))
    assert re.search(rf"^  {code}  snake  \d{{4}}-\d\d-\d\d \d\d:\d\d  0:\d\d  ada$", listed, re.MULTILINE), listed
    assert "0:0" in out(str(data), "--room", code.lower(), "--save", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert unpack_replay(file.read_bytes()).people == ["ada"]
    assert "times as fast" in out(str(file), "--time")


def test_a_saved_replay_holds_no_tokens(tmp_path: Path) -> None:
    _, made, _ = played("snake")
    folder, file = data_folder(tmp_path, made), tmp_path / "game.twreplay"
    out(folder, "--room", "K7QX", "--save", str(file))
    assert b"hash of a token" not in file.read_bytes()
    assert unpack_replay(file.read_bytes()).records == made.records


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    _, made, _ = played("snake")
    file = tmp_path / "game.twreplay"
    file.write_text("mine")
    words = refused("replay", data_folder(tmp_path, made), "--room", "K7QX", "--save", str(file))
    assert "is there already" in words
    assert file.read_text() == "mine"


def test_what_cannot_be_found_or_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    _, made, _ = played("snake")
    (tmp_path / "data").mkdir()
    folder = data_folder(tmp_path / "data", made)
    assert "no room ZZZZ is in" in refused("replay", folder, "--room", "ZZZZ")
    assert "holds no log" in refused("replay", str(tmp_path))
    assert "cannot be read" in refused("replay", str(tmp_path / "none.twreplay"))
    other = tmp_path / "other.twreplay"
    other.write_bytes(b"something else")
    assert "this is no replay" in refused("replay", str(other))
    other.write_bytes(pack_replay(made))
    assert "--room is for a data folder" in refused("replay", str(other), "--room", "K7QX")


def test_a_game_of_ones_own_is_named_behind_the_replay(tmp_path: Path) -> None:
    file = tmp_path / "counters.twreplay"
    file.write_bytes(pack_replay(counted()))
    words = refused("replay", str(file), "--time")
    assert "this is a replay of counters, which does not come with tickwire" in words
    rules = Path(__file__).parents[1] / "room" / "rules.py"
    said = out(str(file), game_file(tmp_path, rules.read_text(), "mine.py"), "--time")
    assert "the rules of counters are others than they were" in said
    assert "60 ticks" in said


@pytest.mark.parametrize("size", [10, 40, 2000])
def test_a_file_that_is_cut_off_says_so(tmp_path: Path, size: int) -> None:
    _, made, _ = played("snake")
    file = tmp_path / "cut.twreplay"
    file.write_bytes(pack_replay(made)[:size])
    if size < 100:
        assert "cut off in its header" in refused("replay", str(file), "--time")
    else:
        assert "cut off" in out(str(file), "--time")


def snake_file(folder: Path) -> str:
    _, made, _ = played("snake")
    file = folder / "snake.twreplay"
    file.write_bytes(pack_replay(made))
    return str(file)


def test_a_terminal_recording_is_written_for_its_owner_only(tmp_path: Path) -> None:
    file, cast = snake_file(tmp_path), tmp_path / "out.cast"
    assert "frames" in out(file, "--export", str(cast), "--size", "100x30", "--eyes", "ada")
    head, *frames = cast.read_text().splitlines()
    assert json.loads(head)["width"] == 100
    assert len(frames) > 10
    assert stat.S_IMODE(cast.stat().st_mode) == 0o600
    assert "is there already" in refused("replay", file, "--export", str(cast))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--export", "x.cast", "--size", "80"], "--size is columns x rows"),
        (["--export", "x.cast", "--size", "9999x24"], "--size is columns x rows"),
        (["--eyes", "zoe"], "nobody called zoe played; there was ada"),
        (["--pdb"], "say which one with --tick N"),
        (["--pdb", "--tick", "100000"], "tick 100000 is not in it; it has those from 1 to 160"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert words in refused("replay", snake_file(tmp_path), *arguments)


def test_the_debugger_stops_in_front_of_the_step_of_a_tick(tmp_path: Path) -> None:
    done = subprocess.run(
        command("replay", snake_file(tmp_path), "--tick", "77", "--pdb"),
        input="p 'tick', self.tick\nq\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "('tick', 77)" in done.stdout
    assert "snake.py" in done.stdout
    assert "step()" in done.stdout
    assert done.stderr == ""


def test_a_saved_replay_has_what_its_bots_asked_for(tmp_path: Path) -> None:
    _, made, _ = played("snake")
    assert made.opened.bots
    file = tmp_path / "game.twreplay"
    out(data_folder(tmp_path, made), "--room", "K7QX", "--save", str(file))
    saved = unpack_replay(file.read_bytes())
    assert saved.bot_inputs is not None
    assert saved.bot_inputs.last == made.last
    assert "times as fast" in out(str(file), "--time")
