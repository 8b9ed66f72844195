"""A quick form of tests/deep/test_hostile.py: one hostile client, in a process of its own, and an honest one."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from server.hostile import Honest, attacking, p99, steady_server

MOST = 0.5  # seconds: the faults that this looks for held others up for longer, and no machine is as busy as that


@pytest.mark.parametrize(("attack", "how"), [("empty lines", "beyond"), ("long chat", "within"), ("pings", "beyond")])
def test_an_honest_player_goes_on_beside_a_hostile_one_and_the_server_ends_at_once(
    attack: str, how: str, tmp_path: Path
) -> None:
    with steady_server(tmp_path) as server:
        honest = Honest(server.port)
        quiet = p99(honest.gaps(0.5))
        with attacking(server.port, attack, how):
            honest.gaps(0.3)
            assert p99(honest.gaps(1.5)) < max(MOST, 4 * quiet)
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            assert server.wait() == 0
            assert time.monotonic() - began < 6
        honest.close()
