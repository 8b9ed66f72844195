"""What every test has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import lifetime
import pytest
from helpers import PATIENCE
from hypothesis import HealthCheck, settings

from tickwire.net import listener
from tickwire.server import gateway

DEEP = Path(__file__).parent / "deep"

_guards: list[subprocess.Popen[bytes]] = []


# How long an example takes is up to what else the machine does.
settings.register_profile("tickwire", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tickwire")


def pytest_configure(config: pytest.Config) -> None:
    # A program that a shell starts in the background ignores SIGINT and SIGQUIT, one behind `nohup` SIGHUP, and so do
    # all that it starts. A signal that is handled is back at its default in a program that is started: there it then
    # works as in a terminal.
    for name in ("SIGINT", "SIGQUIT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    # Where servers would keep rooms by default, there is a file: no test writes into the user's data folder.
    os.environ["XDG_DATA_HOME"] = __file__
    # A worker of pytest-xdist starts with the mark of the process that started it, and adds to it.
    os.environ[lifetime.MARK] = mark = f"{os.environ.get(lifetime.MARK, '')}/{os.getpid()}-{time.monotonic_ns()}/"
    _guards.append(lifetime.guard(mark))


def pytest_unconfigure(config: pytest.Config) -> None:
    for guard in _guards:
        guard.communicate()
    _guards.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than cores: many tests wait for another process, and leave the core to others."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what only `make deep` runs, unless it is asked for."""
    if collection_path != DEEP:
        return None
    asked = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    return None if any(path == DEEP or DEEP in path.parents for path in asked) else True


def _assert_none_left(processes: Callable[[], list[lifetime.Left]]) -> None:
    """Fail for processes that go on, after ending them."""
    deadline = time.monotonic() + lifetime.GRACE
    while left := processes():
        if time.monotonic() > deadline:
            lifetime.end(left)
            pytest.fail("left running: " + "; ".join(map(str, left)))
        time.sleep(0.02)


@pytest.fixture(autouse=True, scope="session")
def none_left() -> Iterator[None]:
    """Whatever the tests of this run started is over at its end, fixtures of modules included."""
    yield
    mark = os.environ[lifetime.MARK]
    _assert_none_left(lambda: lifetime.carrying(mark))


@pytest.fixture(autouse=True)
def none_left_by_this_test(request: pytest.FixtureRequest, none_left: None) -> Iterator[None]:
    """What a test itself started is over at its end. (What a fixture started may serve other tests, too.)"""
    yield
    mark, test = os.environ[lifetime.MARK], f"{request.node.nodeid} (call)"
    _assert_none_left(lambda: [left for left in lifetime.children(mark) if left.test == test])


@pytest.fixture(autouse=True)
def same_path() -> Iterator[None]:
    """Loading a game adds its folder to the path, since it may import files beside it. The next test has none of it."""
    before = list(sys.path)
    yield
    sys.path[:] = before


@pytest.fixture(autouse=True)
def time_to_say_hello(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers in this process wait longer for a hello than tests wait for anything.

    Else a test on a busy machine may be taken for a silent client; and where a connection has to end for another
    reason, the end at this deadline would pass for it.
    """
    for module in (listener, gateway):
        monkeypatch.setattr(module, "HELLO_DEADLINE", 10 * PATIENCE)
