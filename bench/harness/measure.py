"""One measurement: a server on its core, the load on the other, the server's CPU clock read around the window."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import build
from .machine import KIB, Cores, busy_seconds, cpu_seconds, memory, settled_memory
from .processes import BenchmarkError, Result, load_events, running_server

JOIN_DEADLINE = 60.0  # seconds for all clients to join; the window starts then with those who have
LOAD_GRACE = 30.0  # seconds beyond all that was asked for, after which the load generator is ended
MICRO = 1e6


@dataclass(frozen=True)
class Settings:
    """How long and how often to measure, and where."""

    cores: Cores
    warmup: float = 2.0  # seconds
    seconds: float = 6.0
    repeat: int = 1

    def quick(self) -> Settings:
        return replace(self, warmup=1.0, seconds=3.0)


@dataclass(frozen=True)
class Load:
    """Who connects, and how."""

    dialect: str
    clients: int
    storm: bool = False

    def command(self, port: int, settings: Settings) -> list[str | Path]:
        arguments: dict[str, object] = {
            "port": port,
            "dialect": self.dialect,
            "clients": self.clients,
            "warmup": settings.warmup,
            "seconds": settings.seconds,
            "join-deadline": JOIN_DEADLINE,
        }
        words = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
        return [build.LOAD, *words, *(["--storm"] if self.storm else [])]


def measure(server_command: Sequence[str | Path], load: Load, settings: Settings) -> Result:
    """Figures of one run, by the names that the load generator gives them, and the server's beside them."""
    cores = settings.cores
    deadline = JOIN_DEADLINE + settings.warmup + settings.seconds + LOAD_GRACE
    with running_server(server_command, cores.server) as server:
        pid = server.pid
        idle = full = settled_memory(pid)
        cpu: list[float] = []
        busy: list[float] = []
        result: Result = {}
        for event in load_events(load.command(server.port, settings), cores.load, deadline):
            match event.pop("event"):
                case "joined":
                    full = memory(pid)
                case "begin" | "end":
                    cpu.append(cpu_seconds(pid))
                    busy.append(busy_seconds(cores.server))
                case "result":
                    result = event
        if not result["frames"]:
            raise BenchmarkError(f"no frame came in the measured window; the server said: {server.last_words()}")

    spent, worked = cpu[1] - cpu[0], busy[1] - busy[0]
    return result | {
        "us_per_frame": spent / result["frames"] * MICRO,
        "server_share": spent / result["window_s"],
        # Work on the server's core that was not the server's: interrupts, and whoever else uses this machine.
        "others_share": max(0.0, (worked - spent) / result["window_s"]),
        "idle_mib": idle["Pss"] / KIB / KIB,
        "client_kib": max(0, full["Pss"] - idle["Pss"]) / KIB / max(1, result["joined"]),
        "start_s": server.start_seconds,
    }


def median_of(results: Sequence[Result]) -> Result:
    """Figure by figure the median of some runs; what is no figure is the first run's."""
    return {key: median_figure([result.get(key) for result in results]) for key in results[0]}


def median_figure(values: Sequence[object]) -> object:
    figures = [value for value in values if isinstance(value, int | float)]
    return statistics.median(figures) if figures else values[0]
