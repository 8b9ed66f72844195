"""A rule that does not return is named, and the server can be ended all the same."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from helpers import PATIENCE, Caller, ServerProcess, run, server_process

from tickwire.game.spec import inspect_game
from tickwire.room.room import Room
from tickwire.server import hangs as hangs_module
from tickwire.server.hangs import LEAVE, TELL, Hangs, Place, place_of

HANGING = """
from tickwire import Game

def wait_for(game):
    print("hangs", flush=True)
    while game.tick:
        pass

class Hanging(Game):
    tick_rate = 20

    def hear(self, player, text):
        if text == "hang":  # in the trial before the server starts nobody says so
            wait_for(self)
"""
LINES = (6, 7)  # of the loop


class Loop:
    """A loop that turns when it is told to."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], object]] = []

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        self.ready.append(callback)

    def turn(self) -> None:
        ready, self.ready = self.ready, []
        for callback in ready:
            callback()


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    places: list[Place] = []
    monkeypatch.setattr(hangs_module, "leave", places.append)
    return places


def in_a_rule(tmp_path: Path, then: Callable[[], object]) -> None:
    """Call something from a rule that is being run by a room."""
    path = tmp_path / "rules.py"
    path.write_text("from tickwire import Game\nclass Rules(Game):\n    def step(self):\n        Rules.then()\n")
    names: dict[str, Any] = {"__name__": "rules"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    rules = names["Rules"]
    spec = inspect_game(rules)
    rules.then = staticmethod(then)
    room = Room(spec, "K7QX", 1, 0.0)
    room.wake(0.0)
    room.advance(10.0)


def test_a_loop_that_turns_is_no_hang(left: list[Place], caplog: pytest.LogCaptureFixture) -> None:
    loop = Loop()
    hangs = Hangs(loop, lambda: None)  # type: ignore[arg-type]
    for _ in range(3 * TELL):
        hangs.look()
        loop.turn()
    assert not caplog.records
    assert not left


def test_a_rule_that_hangs_is_named_once_with_its_line(
    left: list[Place], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    hangs = Hangs(Loop(), lambda: None)  # type: ignore[arg-type]

    def look() -> None:
        for _ in range(TELL):
            hangs.look()
        assert not caplog.records, "not too early"
        for _ in range(TELL):
            hangs.look()

    in_a_rule(tmp_path, look)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "room K7QX: rules has been in tick" in record.getMessage()
    assert f"{tmp_path / 'rules.py'}:4 in step" in record.getMessage()
    assert not left, "nobody asked for the end"


def test_a_signal_in_a_hang_leaves_and_one_before_it_does_so_later(left: list[Place], tmp_path: Path) -> None:
    stops: list[str] = []

    def signalled(looks: int, more: int) -> int:
        loop = Loop()
        hangs = Hangs(loop, lambda: stops.append("asked"))  # type: ignore[arg-type]
        for _ in range(looks + 1):
            hangs.look()
        frame: FrameType = sys._getframe()
        hangs.on_signal(signal.SIGTERM, frame)
        for _ in range(more):
            hangs.look()
        count = len(left)
        left.clear()
        loop.turn()
        return count

    def both() -> None:
        assert signalled(LEAVE, 0) == 1
        assert signalled(LEAVE - 1, 0) == 0
        assert signalled(0, TELL - 1) == 0
        assert signalled(0, TELL) == 1

    in_a_rule(tmp_path, both)
    assert signalled(TELL, TELL) == 0, "what is no rule is waited for"
    assert stops == ["asked"] * 5


def test_a_stack_without_a_room_has_no_place() -> None:
    assert place_of(sys._getframe()) is None
    assert place_of(None) is None


def test_the_last_line_is_flushed_before_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    exits: list[int] = []
    told = threading.Event()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert "hung in tick 7 at rules.py:3 in step" in record.getMessage()

        def flush(self) -> None:
            told.set()

    class FakeRoom:
        code, tick = "K7QX", 7
        spec = type("Spec", (), {"name": "rules"})

    handler = Handler()
    logger = logging.getLogger("tickwire")
    logger.addHandler(handler)
    try:
        monkeypatch.setattr("os._exit", exits.append)
        hangs_module.leave(Place(FakeRoom(), "rules.py", 3, "step"))  # type: ignore[arg-type]
    finally:
        logger.removeHandler(handler)
    assert told.is_set()
    assert exits == [1]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_server_whose_rule_hangs_says_where_and_ends_by_a_signal(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hanging.py"
    path.write_text(HANGING)
    with server_process(str(path)) as server:
        run(hang(server))
        wait_until(lambda: "has been in tick" in server.errors())
        server.signal(signal.Signals[name])
        assert server.wait() == 1
        said = server.errors()
    told, last = [line for line in said.splitlines() if str(path) in line]
    assert "[error" in told
    assert "[critical" in last
    for line in (told, last):
        assert any(f"{path}:{number} in wait_for" in line for number in LINES), line
        assert "hanging" in line
    assert "Traceback" not in said


def test_one_signal_before_the_hang_is_noticed_ends_the_server_too(tmp_path: Path) -> None:
    path = tmp_path / "hanging.py"
    path.write_text(HANGING)
    with server_process(str(path)) as server:
        run(hang(server))
        server.signal(signal.SIGTERM)
        assert server.wait() == 1
        assert "hung in tick" in server.errors()


async def hang(server: ServerProcess) -> None:
    ada = await Caller.call(server.port)
    await ada.hello("ada")
    await ada.say(type="chat", text="hang")
    await asyncio.to_thread(server.wait_line, "hangs")
    ada.close()


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
