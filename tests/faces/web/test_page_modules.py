"""The tests of the page's modules, which Node runs: a test for each file of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from helpers import PATIENCE, need

HERE = Path(__file__).parent
FILES = sorted(path.name for path in HERE.glob("*.test.js"))


@pytest.mark.parametrize("name", FILES)
def test_the_module_does_what_its_tests_say(name: str) -> None:
    node = need("node")
    command = [node, "--test", name]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_without_tests_and_none_is_overlooked() -> None:
    tested = sorted(path.name for path in HERE.rglob("*.js") if 'from "node:test"' in path.read_text("utf-8"))
    assert tested == FILES != []
