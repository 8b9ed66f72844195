"""Whatever a test starts ends with it: if the test passes, if it fails, and if pytest itself is killed.

Each process that a test starts inherits two variables: MARK, which names this run, and pytest's own
PYTEST_CURRENT_TEST, which names the test. By these it is found wherever it went, into a session of its own, too:

- after each test, and after the whole run, what is left is ended, and fails the run (`tests/conftest.py`);
- a guard, which is this file run as a program, waits until the process that it guards is gone, however that ended,
  and then ends what carries its mark.

Needs Linux's /proc; elsewhere nothing is found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

MARK = "TICKWIRE_TESTS"
GRACE = 10.0  # seconds that a process which was told to end may take for it on a busy machine
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Left:
    """A process that is still there."""

    pid: int
    command: str
    test: str  # what started it, as pytest names it: "tests/test_cli.py::test_x (call)"

    def __str__(self) -> str:
        return f"{self.pid} ({self.command}), started by {self.test or 'no test'}"


def carrying(mark: str) -> list[Left]:
    """All the processes of this machine that carry a mark, or one made from it."""
    pids = [int(entry.name) for entry in _PROC.glob("[0-9]*")] if _PROC.is_dir() else []
    return [left for pid in pids if pid != os.getpid() and (left := _look(pid, mark))]


def children(mark: str) -> list[Left]:
    """The children of this process that carry a mark. Much quicker than looking at all processes."""
    pids: list[str] = []
    for lists in _PROC.glob("self/task/*/children"):
        with contextlib.suppress(OSError):  # the thread is over
            pids += lists.read_text().split()
    return [left for pid in pids if (left := _look(int(pid), mark))]


def end(processes: list[Left]) -> None:
    """Kill them."""
    for left in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(left.pid, signal.SIGKILL)


def guard(mark: str) -> subprocess.Popen[bytes]:
    """Start a guard of this process. It is over once this process is, or its standard input is closed."""
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    return subprocess.Popen(
        [sys.executable, "-S", "-E", __file__, mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # what is killed with its process group is pytest, not the guard
    )


def _look(pid: int, mark: str) -> Left | None:
    """The process, if it runs and carries the mark."""
    try:
        variables = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        if not any(v.startswith(f"{MARK}={mark}".encode()) for v in variables):
            return None
        command = (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:  # it is gone, or another user's
        return None
    if not command:  # it is over, and its parent has not asked for its exit code yet
        return None
    named = b"PYTEST_CURRENT_TEST="
    test = next((v.removeprefix(named).decode(errors="replace") for v in variables if v.startswith(named)), "")
    return Left(pid, command[:200], test)


def _main(mark: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    deadline = time.monotonic() + GRACE
    while (left := carrying(mark)) and time.monotonic() < deadline:  # what is being started now is found next time
        end(left)
        time.sleep(0.05)


if __name__ == "__main__":
    _main(sys.argv[1])
