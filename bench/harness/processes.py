"""Starting servers and load, and ending every one of them, whatever happens.

Each process leads a group of its own. A group is ended by its own id, when its `with` block is left: also by Ctrl+C
and by a failure.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .machine import pinned_to

START_DEADLINE = 30.0  # seconds until a server must say that it listens
END_GRACE = 3.0  # seconds between asking a process to end and ending it
LISTENING = re.compile(rb"listening on \S*:(\d+)")
LOOK_INTERVAL = 0.001  # seconds between two looks at what a starting server has said
TAIL = 2000  # bytes of a server's last words that a failure shows
PIPE_READ = 1 << 16  # bytes

Result = dict[str, Any]


class BenchmarkError(Exception):
    """A run that gives no figures; the message says why."""


@dataclass
class Server:
    """A server that listens."""

    pid: int
    port: int
    start_seconds: float
    words: IO[bytes] = field(repr=False)

    def all_words(self) -> bytes:
        return os.pread(self.words.fileno(), os.fstat(self.words.fileno()).st_size, 0)

    def last_words(self) -> str:
        return self.all_words()[-TAIL:].decode(errors="replace").strip()


@contextmanager
def process_group(command: Sequence[str | Path], core: int, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with pinned_to(core):
        process = subprocess.Popen(
            [str(part) for part in command], start_new_session=True, stdin=subprocess.DEVNULL, **options
        )
    try:
        yield process
    finally:
        end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_GRACE)


@contextmanager
def running_server(command: Sequence[str | Path], core: int, cwd: Path | None = None) -> Iterator[Server]:
    """Start a server and wait until it says `listening on HOST:PORT`.

    What it says goes to a file and not to a pipe, which would stop a talkative server once it is full.
    """
    with tempfile.TemporaryFile() as words:
        started = time.perf_counter()
        with process_group(command, core, cwd=cwd, stdout=words, stderr=subprocess.STDOUT) as process:
            server = Server(process.pid, 0, 0.0, words)
            server.port = wait_for_port(server, process)
            server.start_seconds = time.perf_counter() - started
            yield server


def wait_for_port(server: Server, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + START_DEADLINE
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        if found := LISTENING.search(server.all_words()):
            return int(found[1])
        if ended:
            break
        time.sleep(LOOK_INTERVAL)
    raise BenchmarkError(f"the server did not start: {server.last_words() or 'it said nothing'}")


def load_events(command: Sequence[str | Path], core: int, deadline: float) -> Iterator[Result]:
    """Run the load generator and hand out its events as they come; the last one is its result."""
    with process_group(command, core, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with process.stdout:
            for line in lines_until(process.stdout.fileno(), time.monotonic() + deadline):
                yield json.loads(line)
        if process.wait(END_GRACE):
            raise BenchmarkError("not one client of the load generator could join")


def lines_until(fd: int, deadline: float) -> Iterator[bytes]:
    """The lines that come from a pipe until it is closed; each as soon as it is there."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(fd, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            part = os.read(fd, PIPE_READ)
            if not part:
                return
            *lines, rest = (rest + part).split(b"\n")
            yield from lines
    raise BenchmarkError("the load generator did not end in its time")
