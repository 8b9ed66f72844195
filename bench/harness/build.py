"""What has to be there before anything runs: the two C programs, and the peers' packages.

All of it goes into folders that git ignores, and is made once.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from .processes import BenchmarkError

BENCH = Path(__file__).resolve().parent.parent
BUILD = BENCH / ".build"
LOAD = BUILD / "load"
FLOOR = BUILD / "floor"
VENV_PYTHON = BUILD / "venv" / "bin" / "python"
PEERS = BENCH / "peers"
COLYSEUS = PEERS / "colyseus"
BUNDLED_NODE = COLYSEUS / "node_modules" / ".bin" / "node"

CFLAGS = ("-O2", "-Wall", "-Wextra")


def programs() -> None:
    """Compile the load generator and the floor if their sources are newer."""
    BUILD.mkdir(exist_ok=True)
    compile_c(LOAD, "load.c", "client.c", "dialects.c", "load.h", "histogram.h")
    compile_c(FLOOR, "floor.c")


def compile_c(program: Path, *names: str) -> None:
    sources = [BENCH / name for name in names]
    if program.exists() and program.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return
    compiled = [source for source in sources if source.suffix == ".c"]
    run("cc", *CFLAGS, "-o", program, *compiled, "-lm", needs="a C compiler named cc")


def python_peers() -> None:
    """The venv of the peers written in Python, from bench/requirements.txt."""
    requirements = BENCH / "requirements.txt"
    if is_current(BUILD / "venv", requirements):
        return
    print("making the peers' virtual environment ...", file=sys.stderr, flush=True)
    run(sys.executable, "-m", "venv", "--clear", BUILD / "venv", needs="Python's venv module")
    run(VENV_PYTHON, "-m", "pip", "install", "--quiet", "--requirement", requirements, needs="pip")
    mark_current(BUILD / "venv", requirements)


def colyseus_peer() -> None:
    """Colyseus's packages, from bench/peers/colyseus/package-lock.json."""
    lock = COLYSEUS / "package-lock.json"
    if is_current(COLYSEUS / "node_modules", lock):
        return
    print("installing Colyseus ...", file=sys.stderr, flush=True)
    run("npm", "ci", "--silent", cwd=COLYSEUS, needs="npm")
    mark_current(COLYSEUS / "node_modules", lock)


def node() -> Path | str:
    """The Node.js that Colyseus asks for: the pinned one where the lock file has it, else the one on the path."""
    return BUNDLED_NODE if BUNDLED_NODE.exists() else shutil.which("node") or "node"


def is_current(folder: Path, source: Path) -> bool:
    mark = folder / ".made-from"
    return mark.exists() and mark.read_text() == digest(source)


def mark_current(folder: Path, source: Path) -> None:
    (folder / ".made-from").write_text(digest(source))


def digest(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()


def run(*command: str | Path, needs: str, cwd: Path | None = None) -> None:
    try:
        subprocess.run([str(part) for part in command], check=True, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise BenchmarkError(f"this needs {needs}") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip()
        raise BenchmarkError(f"{' '.join(str(part) for part in command)} failed: {said}") from error
