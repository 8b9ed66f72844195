"""Which rules a game has: a hash of the files that its class is written in, by which a replay knows its game again."""

from __future__ import annotations

import ast
import hashlib
import sys
from pathlib import Path
from types import ModuleType

from tickwire.game.contract import Game

_known: dict[type[Game], str] = {}


def fingerprint(game: type[Game]) -> str:
    """The fingerprint of a game's rules, 16 hexadecimal digits.

    It covers the game's file, and the files beside it that it imports, directly or through others of them. It does not
    cover packages from elsewhere. A class without a file, as in a console, has none: "".
    """
    if game not in _known:
        module = sys.modules.get(game.__module__)
        _known[game] = _hash(_files(module, set()) if module is not None else set())
    return _known[game]


def _hash(files: set[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16] if files else ""


def _files(module: ModuleType, seen: set[Path]) -> set[Path]:
    """The file of a module, and those in the same folder that it imports."""
    file = _file(module)
    if file is None or file in seen:
        return seen
    seen.add(file)
    for name in _imported(file):
        other = sys.modules.get(name)
        if other is not None and (beside := _file(other)) is not None and beside.parent == file.parent:
            _files(other, seen)
    return seen


def _imported(file: Path) -> set[str]:
    """The modules that a file imports. Games name them in full: a game's file is in no package, or in tickwire's."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _file(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file and Path(file).is_file() else None
