"""`tickwire new NAME`: a small whole game, its test and its README, to begin from."""

from __future__ import annotations

import importlib.machinery
import keyword
import re
import string
import sys
from dataclasses import dataclass
from pathlib import Path

from tickwire.errors import TickwireError

_TEMPLATES = Path(__file__).parent
_LONGEST = 40  # characters of a name; it is a file's, a class's and a title


class CannotBegin(TickwireError):
    """There can be no game of this name here; the sentence says why, and what would do."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a game is called, in each place.

    >>> names("space race")
    Names(module='space_race', game='SpaceRace', title='Space race')
    """

    module: str
    game: str
    title: str


def names(wanted: str, folder: Path | None = None) -> Names:
    """How a game is called in each place that needs a name.

    Args:
        wanted: what the author typed; blanks and dashes separate words, and a .py at its end is no part of it.
        folder: where it is going to be; modules that are there are no rivals, since files are not overwritten anyway.

    Raises:
        CannotBegin: no file or class can be called that, or a module that tests need is.
    """
    words = re.split(r"[\s_-]+", wanted.strip().removesuffix(".py"))
    module = "_".join(filter(None, words))
    if not module.isidentifier() or not module[0].isalpha():
        raise CannotBegin(f"{wanted!r} cannot be a game's name; take letters, then digits and dashes if need be")
    if len(module) > _LONGEST:
        raise CannotBegin(f"a game's name has at most {_LONGEST} characters; this one has {len(module)}")
    if keyword.iskeyword(module) or module in sys.stdlib_module_names or _is_installed(module, folder):
        raise CannotBegin(f"{module!r} means something else to Python already; take another name, as my_{module}")
    game = "".join(word[:1].upper() + word[1:] for word in filter(None, words))
    # A word that the files use already: a class of that name would hide what they mean by it.
    if game in re.findall(r"\w+", _template("game.txt") + _template("checks.txt")):
        game = f"My{game}"
    title = " ".join(filter(None, words))
    return Names(module, game, title[0].upper() + title[1:])


def write_game(wanted: str, folder: Path) -> list[Path]:
    """Write a game, its test and its README; returns the files. Files that are there are never touched.

    Args:
        wanted: the game's name.
        folder: where to.

    Raises:
        CannotBegin: the name will not do, a file is there already, or it cannot be written.
    """
    called = names(wanted, folder)
    readme = folder / "README.md"
    if readme.exists():  # the folder has one of its own, or another game's
        readme = folder / f"README_{called.module}.md"
    templates = {
        folder / f"{called.module}.py": "game.txt",
        folder / f"test_{called.module}.py": "checks.txt",
        readme: "readme.txt",
    }
    for path in templates:
        if path.exists():
            raise CannotBegin(f"{path.name} is here already and stays as it is; take another name or another folder")
    values = {"module": called.module, "game": called.game, "title": called.title}
    for path, template in templates.items():
        text = string.Template(_template(template)).substitute(values)
        try:
            with path.open("x", encoding="utf-8") as file:  # "x": whatever came about meanwhile is not overwritten
                file.write(text)
        except OSError as error:
            raise CannotBegin(f"{path.name} cannot be written here: {error.strerror or error}") from error
    return list(templates)


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _is_installed(module: str, folder: Path | None) -> bool:
    """Whether an import of this name would find a library."""
    here = (folder or Path()).resolve()
    libraries = [place for place in sys.path if Path(place or ".").resolve() != here]
    return importlib.machinery.PathFinder.find_spec(module, libraries) is not None
