"""The tests of the window need no screen."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from helpers import ServerProcess, server_process

os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"


@pytest.fixture(scope="session")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "swarm", "examples/squares.py", "--bots", "1", "--seed", "1") as process:
        yield process
