"""Rules that call what differs each time are told so, with their line; nobody else is."""

from __future__ import annotations

import contextlib
import cProfile
import datetime
import gc
import logging
import os
import random
import secrets
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import choice
from time import monotonic
from types import FunctionType
from typing import Any

import pytest

from tickwire import Entity, Game, Player, Table, u32
from tickwire.errors import NotDeterministic
from tickwire.game.sandbox import Guard
from tickwire.game.spec import inspect_game
from tickwire.room.room import Room

RULES: list[Callable[[Game], object]] = []  # what `step` does, once


class Doing(Game):
    """Does in its step what a test wants."""

    calls: int

    def step(self) -> None:
        self.calls += 1
        for rule in RULES:
            rule(self)


SPEC = inspect_game(Doing)


def told(rule: Callable[[Doing], object]) -> str:
    """What is told of rules that do this in a tick; empty if nothing is."""
    RULES[:] = [rule]  # type: ignore[list-item]
    room = Room(SPEC, "K7QX", 1, 0.0)
    try:
        with Guard(SPEC):
            room.make_tick()
    except NotDeterministic as error:
        return str(error)
    finally:
        RULES.clear()
        assert sys.getprofile() is None
    return ""


FORBIDDEN: dict[str, Callable[[Doing], object]] = {
    "time.time()": lambda game: time.time(),
    "time.monotonic()": lambda game: monotonic(),
    "time.perf_counter()": lambda game: time.perf_counter(),
    "time.monotonic_ns()": lambda game: time.monotonic_ns(),
    "time.sleep()": lambda game: time.sleep(0),
    "datetime.now()": lambda game: datetime.datetime.now(),
    "datetime.utcnow()": lambda game: datetime.datetime.utcnow(),
    "date.today()": lambda game: date.today(),
    "random.random()": lambda game: random.random(),
    "random.getrandbits()": lambda game: random.getrandbits(3),
    "random.randint()": lambda game: random.randint(1, 6),
    "random.choice()": lambda game: choice([1, 2]),
    "random.shuffle()": lambda game: random.shuffle([1, 2]),
    "random.Random()": lambda game: random.Random(),
    "os.urandom()": lambda game: os.urandom(4),
    "secrets.token_hex()": lambda game: secrets.token_hex(),
    "uuid.uuid4()": lambda game: uuid.uuid4(),
    "uuid.uuid1()": lambda game: uuid.uuid1(),
    "open()": lambda game: open(__file__),  # noqa: SIM115
    "pathlib.Path.read_text()": lambda game: Path(__file__).read_text(),
    "socket.socket()": lambda game: socket.socket(),
    "socket.create_connection()": lambda game: socket.create_connection(("127.0.0.1", 9)),
    "threading.Thread.start()": lambda game: threading.Thread(target=print).start(),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_differs_each_time_is_told_by_the_name_that_the_rules_called(name: str) -> None:
    rule = FORBIDDEN[name]
    words = told(rule)
    line = rule.__code__.co_firstlineno
    assert f" calls {name} (line {line} of test_sandbox.py); " in words


@pytest.mark.parametrize(
    ("name", "instead"),
    [("time.time()", "self.tick"), ("random.choice()", "use self.random"), ("open()", "where the file is loaded")],
)
def test_what_to_do_instead_is_said(name: str, instead: str) -> None:
    assert instead in told(FORBIDDEN[name])


def test_the_method_is_named() -> None:
    class Hurried(Game):
        at: float

        def step(self) -> None:
            self.at = monotonic()

    spec = inspect_game(Hurried)
    room = Room(spec, "K7QX", 1, 0.0)
    with pytest.raises(NotDeterministic, match=r"^Hurried\.step calls time\.monotonic\(\)"), Guard(spec):
        room.make_tick()


ALLOWED: list[Callable[[Doing], object]] = [
    lambda game: game.random.choice([1, 2]),
    lambda game: game.random.shuffle([1, 2]),
    lambda game: random.Random(4).random(),
    lambda game: datetime.datetime(2026, 1, 1).isoformat(),
    lambda game: game.say("hello, ädä"),
    lambda game: logging.getLogger("a.game").warning("at %d", game.tick),
    lambda game: __import__("colorsys"),
    lambda game: sorted({3, 1}),
]


@pytest.mark.parametrize("rule", ALLOWED)
def test_what_is_the_same_each_time_is_allowed(rule: Callable[[Doing], object]) -> None:
    sys.modules.pop("colorsys", None)
    assert told(rule) == ""


def test_what_rules_catch_is_told_all_the_same() -> None:
    def careful(game: Game) -> None:
        with contextlib.suppress(Exception):
            time.time()

    assert "careful calls time.time()" in told(careful)


def test_the_room_s_own_calls_are_not_the_rules_own(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Game):
        def bot(self, player: Player) -> Any:
            return "no input"  # which the room writes into the log, with the time

    spec = inspect_game(Odd)
    room = Room(spec, "K7QX", 1, 0.0, bots=1)
    with Guard(spec):
        room.make_ticks(2)  # a bot is asked from its second tick on
    assert "which is no input" in caplog.text


def test_what_tickwire_does_for_the_rules_is_not_theirs() -> None:
    def look() -> float:
        return time.time()

    ours = FunctionType(look.__code__, {"time": time, "__name__": "tickwire.room.some_file"})
    theirs = FunctionType(look.__code__, {"time": time, "__name__": "some_library"})
    assert told(lambda game: ours()) == ""
    assert "some_library." in told(lambda game: theirs())


@pytest.fixture
def collected() -> Iterator[list[float]]:
    """When garbage was collected, as a library notes it."""
    seen: list[float] = []

    def note(phase: str, info: dict[str, int]) -> None:
        seen.append(time.perf_counter())

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_what_happens_when_garbage_is_collected_is_not_the_rules_own(collected: list[float]) -> None:
    collected.clear()
    assert told(lambda game: gc.collect()) == ""
    assert collected


def test_the_end_of_an_object_is_not_the_rules_own() -> None:
    ended: list[float] = []

    class Timed:
        def __del__(self) -> None:
            ended.append(time.monotonic())

    assert told(lambda game: Timed()) == ""
    assert ended


@pytest.mark.skipif(not hasattr(signal, "raise_signal") or sys.platform == "win32", reason="no SIGUSR1")
def test_a_handler_of_a_signal_is_not_the_rules_own() -> None:
    handled: list[float] = []

    def handle(number: int, frame: object) -> None:
        handled.append(time.monotonic())

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        assert told(lambda game: signal.raise_signal(signal.SIGUSR1)) == ""
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert handled


def test_other_threads_are_left_alone() -> None:
    begun, go_on = threading.Event(), threading.Event()
    seen: list[float] = []

    def other() -> None:
        begun.wait()
        seen.append(time.time())
        go_on.set()

    thread = threading.Thread(target=other)
    thread.start()

    def wait(game: Game) -> None:
        begun.set()
        go_on.wait()

    words = told(wait)
    thread.join()
    assert (words, len(seen)) == ("", 1)


class Clock(Entity):
    now: u32 = 0

    def turn(self) -> None:
        self.now = time.monotonic_ns() % 1000


class Clocks(Game):
    clocks: Table[Clock]

    def start(self) -> None:
        self.clocks.add(Clock())

    def step(self) -> None:
        for clock in self.clocks:
            clock.turn()


def test_a_row_s_own_methods_are_rules() -> None:
    spec = inspect_game(Clocks)
    room = Room(spec, "K7QX", 1, 0.0)
    with pytest.raises(NotDeterministic, match=r"^Clock\.turn calls time\.monotonic_ns\(\)"), Guard(spec):
        room.make_tick()


def test_a_profiler_that_is_on_stays_on() -> None:
    profile = cProfile.Profile()
    profile.enable()
    try:
        before = sys.getprofile()
        with Guard(SPEC):
            assert sys.getprofile() is before
    finally:
        profile.disable()
