"""The house stands: who may import whom, as DESIGN.md has it, and what no file may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "tickwire"
FILES = sorted(SRC.rglob("*.py"))
C_FILES = sorted([*SRC.rglob("*.c"), *SRC.rglob("*.h")])

_GROUND = {"accelerator", "errors", "ids", "wire", "game"}
_CORE = _GROUND | {"replication", "room"}

# What each package or file may import of tickwire, besides itself. On one floor only what stands to its left in
# DESIGN.md, and not even that where the two are to know nothing of each other.
MAY_IMPORT: dict[str, set[str]] = {
    # floor 0
    "accelerator": set(),
    "errors": set(),
    "ids": {"errors"},
    "wire": {"accelerator", "errors", "ids"},
    "game": {"accelerator", "errors", "ids"},
    "__init__": {"game"},
    # floor 1
    "replication": _GROUND,
    # floor 2
    "room": _GROUND | {"replication"},
    "testing": _CORE | {"crash_files"},  # a door in the side wall: what a test of a game imports
    "testing_plugin": {"testing"},
    # floor 3; "sockets; knows no rooms"
    "net": _GROUND | {"replication"},
    "store": _CORE,
    "replay": _CORE | {"store"},
    # floor 4: beside each other
    "server": _CORE | {"net", "store"},
    "client": _CORE | {"net", "store"},
    "sync": {"client"},  # a door in the front wall: what a pygame program imports
    # floor 5; what a game's author imports is what a built-in game imports
    "faces": _CORE | {"net", "store", "server", "client", "replay"},
    "games": {"__init__"},
    # floor 6
    "bots": _CORE | {"net", "store", "server", "client", "faces", "games"},
    "invitation": _CORE | {"net"},
    "failing": set(),
    "keeping": {"failing"},
    "loading": _CORE,
    "nearby": _CORE | {"net", "client", "faces", "invitation"},
    "scaffold": {"errors"},
    "crash_files": _CORE | {"store"},
    "writing_tests": _CORE | {"loading", "crash_files"},
    "proving": _CORE | {"failing", "store", "loading", "writing_tests"},
    "replaying": _CORE | {"failing", "store", "loading", "replay", "faces"},
    "proxying": {"failing", "net", "client", "invitation"},
    "cli": _CORE
    | {"net", "store", "server", "client", "faces", "games", "bots", "invitation"}
    | {"failing", "keeping", "loading", "nearby", "scaffold", "proving", "proxying", "replaying", "__init__"},
    "__main__": {"cli"},
}

MAX_LINES = 400  # past that a file has more than one thing to say


def _name(path: Path) -> str:
    return str(path.relative_to(SRC))


def _package(path: Path) -> str:
    """The package below tickwire that a file is in, or the file's own name on the ground."""
    first = path.relative_to(SRC).parts[0]
    return first.removesuffix(".py")


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, in whatever place, with the line."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = ["tickwire", *path.relative_to(SRC).parts[:-1]]
                module = ".".join([*package[: len(package) - node.level + 1], *filter(None, [module])])
            yield node.lineno, module
            # `from tickwire import room` imports tickwire.room.
            for alias in node.names:
                part = module.split(".")[1:]
                if module.split(".")[0] == "tickwire" and SRC.joinpath(*part, alias.name).is_dir():
                    yield node.lineno, f"{module}.{alias.name}"


def _house_imports(path: Path) -> Iterator[tuple[int, str]]:
    """The packages of tickwire that a file imports from; `__init__` is `tickwire` itself."""
    for line, module in _imports(path):
        parts = module.split(".")
        if parts[0] == "tickwire":
            yield line, parts[1] if len(parts) > 1 else "__init__"


def test_there_is_a_house() -> None:
    assert {_package(f) for f in FILES} >= {"errors", "ids", "wire", "game", "replication", "room", "games", "__init__"}


def test_every_package_has_a_floor() -> None:
    assert {_package(f) for f in FILES} <= MAY_IMPORT.keys()


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_imports_only_from_its_own_package_and_from_floors_below(path: Path) -> None:
    package = _package(path)
    allowed = MAY_IMPORT.get(package, set()) | {package}
    wrong = [f"line {line}: {module}" for line, module in _house_imports(path) if module not in allowed]
    assert wrong == [], f"{_name(path)} may import {sorted(allowed)}"


@pytest.mark.parametrize("path", [f for f in FILES if _package(f) == "games"], ids=_name)
def test_a_game_imports_only_tickwire_and_the_standard_library(path: Path) -> None:
    own = f"tickwire.games._{path.stem}_"  # a game's further files are called by its name
    # The rules of chess are a package's; what an input may hold can be limited by msgspec's Meta.
    own_package = {"chess": "chess", "_conformance": "msgspec"}
    allowed = {"tickwire"} | {package for name, package in own_package.items() if name in path.stem}
    wrong = [
        f"line {line}: {module}"
        for line, module in _imports(path)
        if module not in allowed and not module.startswith(own) and module.split(".")[0] not in sys.stdlib_module_names
    ]
    assert wrong == []


@pytest.mark.parametrize("path", [f for f in FILES if _package(f) in _CORE | {"replay"}], ids=_name)
def test_no_file_below_the_sockets_knows_sockets_clocks_or_tasks(path: Path) -> None:
    forbidden = {"asyncio", "socket", "select", "ssl", "threading", "time", "datetime", "uvloop", "picows"}
    assert [m for _, m in _imports(path) if m.split(".")[0] in forbidden] == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_pickles(path: Path) -> None:
    forbidden = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    assert [f"line {line}: {m}" for line, m in _imports(path) if m.split(".")[0] in forbidden] == []


def test_no_file_is_too_long_to_have_one_thing_to_say() -> None:
    lengths = {_name(f): len(f.read_text().splitlines()) for f in FILES + C_FILES}
    assert lengths.keys() >= {"accelerator.py", "speed_c/module.c", "speed_c/ints.h"}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_importing_tickwire_imports_nothing_that_a_game_does_not_need() -> None:
    heavy = ["asyncio", "textual", "typer", "picows", "structlog", "uvloop", "pygame", "sqlalchemy"]
    heavy += ["zeroconf", "ifaddr", "segno"]
    code = f"import sys, tickwire; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("game", [f.stem for f in FILES if _package(f) == "games" and f.stem != "__init__"])
def test_the_rules_of_a_game_need_no_server(game: str) -> None:
    code = f"import sys, tickwire.games.{game}; print([m for m in sys.modules if m.startswith('tickwire.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.split(".")[1] for name in ast.literal_eval(done.stdout)}
    assert loaded <= {"accelerator", "_speed", "errors", "ids", "game", "games"}
