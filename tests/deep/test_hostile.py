"""One hostile client does each of many things, and an honest player at 20 Hz hardly notices."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from server.attacker import ATTACKS
from server.hostile import Honest, attacking, p99, steady_server

QUIET, ATTACKED = 3.0, 6.0  # seconds
# Seconds that the 99th percentile of gaps of 50 ms may have. Beyond the limits the other one keeps a core busy with
# connecting anew: the machine's two are then shared by three programs.
MOST = {"within": 0.060, "beyond": 0.100}
SLACK = 0.015  # seconds: that, and twice what the quiet phase has, is what the machine may add on a busy day


@pytest.mark.parametrize("how", ["within", "beyond"])
@pytest.mark.parametrize("attack", list(ATTACKS))
def test_an_honest_player_hardly_notices_a_hostile_one(attack: str, how: str, tmp_path: Path) -> None:
    with steady_server(tmp_path) as server:
        honest = Honest(server.port)
        tries = []
        for _ in range(3):  # other programs run here, too: one good run shows that the server is not to blame
            quiet = p99(honest.gaps(QUIET))
            with attacking(server.port, attack, how):
                honest.gaps(0.5)
                attacked = p99(honest.gaps(ATTACKED))
            tries.append((quiet, attacked))
            print(f"{attack}, {how}: p99 of gaps {quiet * 1e3:.1f} ms alone, {attacked * 1e3:.1f} ms under attack")
            if attacked < max(MOST[how], 2 * quiet - 0.050) + SLACK:
                break
        else:
            pytest.fail(f"p99 of gaps, alone and under attack: {tries}")
        with attacking(server.port, attack, how):
            honest.gaps(0.5)
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            assert server.wait() == 0
            assert time.monotonic() - began < 4
        honest.close()
