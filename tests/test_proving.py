"""`tickwire verify`: another process, in which texts are hashed differently, plays again what was kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import PATIENCE, command

from tickwire.game.loader import load_file
from tickwire.room.journal import Journal, pack_commit
from tickwire.room.room import Room
from tickwire.store.segments import SegmentHeader, pack_segment_header
from tickwire.store.segments import pack_commit as pack_in_segment

GAME = """
from tickwire import Game


class Names(Game):
    tick_rate = 20
    names: set[str]
    order: list[str]

    def start(self) -> None:
        self.names = {"ada", "bob", "cleo", "dan", "eve", "finn"}

    def step(self) -> None:
        if self.tick >= 30:
            self.order = list(self.names)
"""
SORTED = GAME.replace("list(self.names)", "sorted(self.names)")


def write_log(folder: Path) -> None:
    """A log of 100 ticks of the game in `folder`, with a checkpoint after 50. Called in a process of its own."""
    journal = Journal()
    room = Room(load_file(folder / "names.py"), "K7QX", 1, 0.0)
    room.keep(journal)
    for tick in range(1, 101):
        room.make_tick()
        if tick == 50:
            assert room.checkpoint()
    (folder / "games" / "log").mkdir(parents=True)
    payload = pack_in_segment(1, pack_commit(journal.take()))
    (folder / "games" / "log" / f"{1:020}.twlog").write_bytes(pack_segment_header(SegmentHeader(1, 0, 0)) + payload)


def verified(folder: Path, game: str, *, seeds: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """What the command says of a game that was played with one seed of Python's hashes, and verified with another."""
    (folder / "names.py").write_text(game)
    code = f"from test_proving import *; write_log(Path({str(folder)!r}))"
    verify = command("verify", str(folder / "games"), str(folder / "names.py"))
    for seed, arguments in zip(seeds, ([sys.executable, "-c", code], verify), strict=True):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.stderr == ""
    return done


@pytest.mark.parametrize("game", [SORTED, GAME])
def test_what_comes_out_the_same_is_identical(game: str, tmp_path: Path) -> None:
    done = verified(tmp_path, game, seeds=("1", "1" if game is GAME else "2"))
    assert (done.stdout, done.returncode) == ("  K7QX  names  identical, 100 ticks, compared 6 times\n", 0)


def test_rules_that_go_by_the_order_of_a_set_of_texts_are_found_with_second_and_value(tmp_path: Path) -> None:
    done = verified(tmp_path, GAME, seeds=("1", "2"))
    assert done.returncode == 1
    first, _, at_checkpoint = done.stdout.partition("; ")
    assert first == "  K7QX  names  second 2: ticks 20 to 39 come out differently when they are played again"
    assert at_checkpoint.startswith("tick 50: Names.order was ['")
