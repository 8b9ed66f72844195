"""What the tests promise of themselves: nothing that they start outlives them, and they run in the background, too."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import PATIENCE

ROOT = Path(__file__).parents[2]

# A test that starts a process in a session of its own, which no signal but SIGKILL ends, and then does something.
SPAWNING = """
import signal, subprocess, sys, time

STUBBORN = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; print('up'); time.sleep(3600)"
PATIENT = "import time; print('up'); time.sleep(3600)"
IN_BETWEEN = "import subprocess, sys; subprocess.Popen([sys.executable, '-uc', sys.argv[1]], start_new_session=True)"


def spawn(*command):
    child = subprocess.Popen([sys.executable, "-uc", *command], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout.readline() == b"up\\n"
    return child


def test_it():
"""


def command(folder: Path, body: str, *options: str) -> list[str]:
    """How pytest is run on a test that does this."""
    for name in ("conftest.py", "lifetime.py", "helpers.py"):
        (folder / name).symlink_to(ROOT / "tests" / name)
    tests = folder / "test_spawning.py"
    tests.write_text(SPAWNING + "".join(f"    {line}\n" for line in body.splitlines()), encoding="utf-8")
    plain = ["-q", "-s", "-p", "no:cacheprovider", "-W", "ignore", "-c", str(ROOT / "pyproject.toml")]
    return [sys.executable, "-m", "pytest", *plain, "--rootdir", str(folder), *options, str(tests)]


def is_gone(pid: int) -> bool:
    """Whether a process is over, be it that nobody asked for its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(condition: object, run: subprocess.Popen[str] | None = None) -> None:
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        assert run is None or run.poll() is None, run.stdout and run.stdout.read()
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("body", "blamed"),
    [
        ("spawn(STUBBORN)", "test_spawning.py::test_it (call)"),
        ("spawn(STUBBORN)\nassert False", "test_spawning.py::test_it (call)"),
        ("spawn(IN_BETWEEN, PATIENT).wait()", "test_spawning.py::test_it (call)"),
    ],
    ids=["a child", "a child of a test that fails", "an orphan"],
)
def test_what_a_test_leaves_running_is_ended_and_fails_the_run(tmp_path: Path, body: str, blamed: str) -> None:
    run = subprocess.run(
        command(tmp_path, body), stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=False, cwd=tmp_path
    )
    assert run.returncode == 1
    assert blamed in run.stdout
    left = re.search(r"left running: (\d+) \(", run.stdout)
    assert left, run.stdout
    wait_until(lambda: is_gone(int(left[1])))


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "with workers"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_test_started_ends_when_pytest_is_killed(
    tmp_path: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    told = tmp_path / "told.txt"
    body = f"open({str(told)!r}, 'w').write(f'{{spawn(STUBBORN).pid}};')\ntime.sleep(3600)"
    with subprocess.Popen(command(tmp_path, body, *options), stdout=subprocess.PIPE, text=True, cwd=tmp_path) as run:
        wait_until(lambda: told.exists() and told.read_text().endswith(";"), run)
        child = int(told.read_text().removesuffix(";"))
        assert not is_gone(child)
        run.send_signal(number)
        run.wait(PATIENCE)
        wait_until(lambda: is_gone(child))


def test_ctrl_c_works_in_what_tests_start_when_they_run_in_the_background(tmp_path: Path) -> None:
    body = "child = spawn(PATIENT)\nchild.send_signal(signal.SIGINT)\nassert child.wait(60) == -signal.SIGINT"
    # As a shell does for a command with & behind it.
    background = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", background, *command(tmp_path, body)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
