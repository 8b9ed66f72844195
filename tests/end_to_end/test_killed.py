"""Kill the server in the middle of a game, start it again, and everybody plays on."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from helpers import command, run, server_process

from end_to_end.killed import killed_again_and_again


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_what_was_acknowledged_counts_however_often_the_server_ends(tmp_path: Path, how: signal.Signals) -> None:
    assert run(killed_again_and_again(tmp_path, 1, 4, 5, how)) > 20


def test_a_second_server_on_the_same_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with server_process("chat", "--data", str(tmp_path / "data")):
        again = subprocess.run(
            command("serve", "chat", "--port", "0", "--data", str(tmp_path / "data")), capture_output=True, text=True
        )
    assert again.returncode == 2
    assert again.stderr == (
        f"tickwire: another server uses {tmp_path / 'data'}; end it, or give this one a folder of its own\n"
    )


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = subprocess.run(
        command("serve", "chat", "--port", "0", "--data", str(tmp_path / "file")), capture_output=True, text=True
    )
    assert told.returncode == 2
    assert "cannot be used to keep rooms in: " in told.stderr
    assert told.stderr.count("\n") == 1
