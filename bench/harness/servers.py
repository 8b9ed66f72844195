"""The servers that can be measured: tickwire, the floor, and the peers; how to start each and how to talk to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import build
from .machine import first_line
from .processes import BenchmarkError

Command = list[str | Path]


@dataclass(frozen=True)
class Peer:
    """Somebody else's server with the same game."""

    name: str
    dialect: str  # one of bench/dialects.c
    prepare: Callable[[], None]
    command: Callable[[], Command]
    version: Callable[[], str]
    most_clients: int | None = None  # above this it is full long before; measured at this many instead


def tickwire(*arguments: str | Path) -> Command:
    """`tickwire serve ...`, of the environment that runs the benchmark."""
    script = Path(sys.executable).with_name("tickwire")
    if not script.exists():
        raise BenchmarkError(f"there is no tickwire command beside {sys.executable}; `make bench` installs it")
    return [script, "serve", *arguments, "--port", "0"]


def floor(frame_bytes: float, tick_rate: float) -> Command:
    return [build.FLOOR, str(round(frame_bytes)), f"{tick_rate:g}"]


def python_version(package: str) -> Callable[[], str]:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return lambda: f"{package} {first_line(str(build.VENV_PYTHON), '-c', code)}"


def colyseus_version() -> str:
    package = build.COLYSEUS / "node_modules" / "@colyseus" / "core" / "package.json"
    version = json.loads(package.read_text())["version"]
    return f"Colyseus {version} on Node.js {first_line(str(build.node()), '--version')}"


def threads_version() -> str:
    return f"threads on {first_line(str(build.VENV_PYTHON), '--version')}"


def colyseus() -> Command:
    return [build.node(), build.COLYSEUS / "server.js"]


def python_peer(name: str, dialect: str, version: Callable[[], str], most_clients: int | None = None) -> Peer:
    script = build.PEERS / f"{name}_server.py"
    return Peer(name, dialect, build.python_peers, lambda: [build.VENV_PYTHON, script], version, most_clients)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("colyseus", "colyseus", build.colyseus_peer, colyseus, colyseus_version),
        python_peer("websockets", "plain", python_version("websockets")),
        python_peer("threads", "header64", threads_version),
        python_peer("socketio", "socketio", python_version("python-socketio"), most_clients=300),
    )
}
