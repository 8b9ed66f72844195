"""Finding a game: by a built-in name, or in somebody's file."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from tickwire.errors import ContractError, GameNotFound
from tickwire.game.contract import Game
from tickwire.game.spec import GameSpec, inspect_game


def load_file(path: Path) -> GameSpec:
    """The one game in a Python file. It may import files beside it, by their names.

    Raises:
        GameNotFound: there is no such file, no game in it, or more than one.
        ContractError: the file does not run, or its game breaks the contract.
    """
    if not path.is_file():
        raise GameNotFound(f"there is no file {path}; give a path to a Python file with a Game in it")
    # A name of its own: two files may have the same stem, and none may take a real module's place.
    name = f"{path.stem} in {path.absolute().parent}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise GameNotFound(f"{path} is no Python file; give a path that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # through which annotations are resolved
    if (beside := str(path.absolute().parent)) not in sys.path:
        sys.path.append(beside)  # at the end: a file beside it takes no real module's place either
    try:
        spec.loader.exec_module(module)
    except ContractError:
        raise
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        line = _line_in(path, error)
        raise ContractError(f"{path}{line}", f"does not run: {type(error).__name__}: {error}") from error
    return inspect_game(_only_game(module, str(path)))


def load_module(name: str) -> GameSpec:
    """The one game in an importable module, such as tickwire.games.snake.

    Raises:
        GameNotFound: it needs a package that is not installed; the extra of tickwire is called like the package.
    """
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "tickwire":
            raise
        game, package = name.rpartition(".")[2], error.name.split(".")[0]
        raise GameNotFound(
            f"{game} needs the package {package}; install it with: pip install 'tickwire[{package}]'"
        ) from error
    return inspect_game(_only_game(module, name))


def _only_game(module: object, where: str) -> type[Game]:
    own = getattr(module, "__name__", None)
    classes = [
        value
        for value in dict.fromkeys(v for v in vars(module).values() if isinstance(v, type))
        if issubclass(value, Game) and value is not Game and value.__module__ == own
    ]
    # What another game of the file is built on is a part of that, and no game to be served.
    games = [game for game in classes if not any(game in other.__mro__[1:] for other in classes)]
    if not games:
        raise GameNotFound(f"there is no game in {where}; it needs a class that derives from tickwire.Game")
    if len(games) > 1:
        names = ", ".join(g.__name__ for g in games)
        raise GameNotFound(f"there are several games in {where} ({names}); keep one in a file")
    return games[0]


def _line_in(path: Path, error: BaseException) -> str:
    """`:12`, the last line of `path` on the way to the error."""
    path = path.absolute()  # as the import system has it
    if isinstance(error, SyntaxError) and error.lineno and Path(error.filename or "") == path:
        return f":{error.lineno}"
    line = ""
    trace = error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = f":{trace.tb_lineno}"
        trace = trace.tb_next
    return line
