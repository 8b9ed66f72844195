"""`serve --strict`: rules that are not deterministic end their room, with the reason in the log; others play on."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from helpers import Do, Stage, command, run, serving

from tickwire import Player
from tickwire.room.room import Room
from tickwire.room.strict import StrictRoom
from tickwire.wire.messages import Ack


class Timed(Stage):
    """Looks at the clock when it is asked to."""

    def receive(self, player: Player, input: Do) -> None:
        time.monotonic()


def test_a_room_whose_rules_look_at_the_clock_ends_and_the_log_says_where(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage, Timed, strict=True) as server:
            ada = await server.join("ada", game="stage")
            first = (await ada.state()).tick
            bob = await server.join("bob", game="timed")
            await bob.do(1)
            assert await bob.bye() == "game_error"
            assert (await ada.state()).tick > first
            assert (await ada.state()).tick > first + 1
            [room] = server.lobby.rooms.values()
            assert isinstance(room, StrictRoom)

    run(main())
    assert "Timed.receive calls time.monotonic() (line" in caplog.text


def test_a_server_that_is_not_strict_makes_plain_rooms() -> None:
    async def main() -> None:
        async with serving(Stage, Timed) as server:
            bob = await server.join("bob", game="timed")
            await bob.do(1)
            first = (await bob.state()).tick
            assert (await bob.state()).tick > first
            assert {type(room) for room in server.lobby.rooms.values()} == {Room}

    run(main())


def test_strict_rooms_are_kept_and_opened_again_as_strict_rooms(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(Stage, data=tmp_path, strict=True) as server:
            ada = await server.join("ada")
            for seq in range(1, 4):
                await ada.do(seq)
            await ada.expect(Ack, lambda ack: ack.seq == 3)
            code = ada.room
        async with serving(Stage, data=tmp_path, strict=True) as server:
            room = server.lobby.rooms[code]
            assert isinstance(room, StrictRoom)
            assert [mark.count for mark in room.game.marks] == [3]  # type: ignore[attr-defined]
            assert room.differences == []

    run(main())


CLOCK = """
import time

from tickwire import Game


class Clock(Game):
    at: float

    def step(self) -> None:
        self.at = time.time()
"""


def test_the_command_refuses_a_game_whose_trial_shows_it(tmp_path: Path) -> None:
    (tmp_path / "clock.py").write_text(CLOCK)
    done = subprocess.run(
        command("serve", str(tmp_path / "clock.py"), "--strict", "--port", "0"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tickwire: Clock.step calls time.time() (line 11 of clock.py); count ticks")
