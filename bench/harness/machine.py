"""The machine that is measured on: its cores, what it calls itself, and what /proc says of a process."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

JIFFIES = os.sysconf("SC_CLK_TCK")  # a second; the unit of CPU time in /proc/stat
CPUCLOCK_SCHED = 2  # Linux, posix-timers.h: user and system time, to the nanosecond
KIB = 1024
SETTLED = 0.5  # seconds
HOT_FUNCTIONS = "from tickwire import accelerator; print('in C' if accelerator.in_use else 'in Python')"


@dataclass(frozen=True)
class Cores:
    """Which core the server has to itself, and which the load."""

    server: int
    load: int

    @property
    def shared(self) -> bool:
        return self.server == self.load


def choose_cores() -> Cores:
    cores = sorted(os.sched_getaffinity(0))
    return Cores(server=cores[0], load=cores[1] if len(cores) > 1 else cores[0])


@contextmanager
def pinned_to(core: int) -> Iterator[None]:
    """What is started in here runs on this core only; a child inherits its parent's cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process since it started, in seconds.

    It is the sum of fields 14 and 15 of /proc/PID/stat, in nanoseconds instead of hundredths: the clock that
    clock_getcpuclockid(3) gives, whose number Linux makes of the process' id in this way.
    """
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


def memory(pid: int) -> dict[str, int]:
    """Bytes that a process holds: `Rss` all, `Pss` with shared pages split among those who share them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    pairs = (line.split(":") for line in lines)
    return {name: int(value.split()[0]) * KIB for name, value in pairs if name in ("Rss", "Pss")}


def settled_memory(pid: int) -> dict[str, int]:
    """The memory of a server that was just started, once it is idle: what it loads behind `listening` belongs to it.

    It is idle when it used less than a tenth of SETTLED for as long as that.
    """
    while True:
        before = cpu_seconds(pid)
        time.sleep(SETTLED)
        if cpu_seconds(pid) - before < SETTLED / 10:
            return memory(pid)


def busy_seconds(core: int) -> float:
    """How long a core has worked for anybody, in seconds since the machine started."""
    line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(word) for word in line.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / JIFFIES


def describe() -> dict[str, str]:
    """What a reader needs to know to compare these figures with others'."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return {
        "CPU": f"{model}, {len(os.sched_getaffinity(0))} cores",
        "Kernel": platform.release(),
        "Python": platform.python_version(),
        "C compiler": first_line("cc", "--version"),
        "tickwire's hot functions": first_line(sys.executable, "-c", HOT_FUNCTIONS),
    }


def first_line(*command: str) -> str:
    """The first line that a command prints; empty if there is no such command."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return ""
    return done.stdout.partition("\n")[0].strip()
