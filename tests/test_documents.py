"""The documents tell the truth: their listings run, their links lead somewhere, and they leave nothing out."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers import server_process

import tickwire
from tickwire.game.contract import Game
from tickwire.game.loader import load_file
from tickwire.room.room import Room

ROOT = Path(__file__).parents[1]
WRITTEN = (
    "README.md",
    "docs/TUTORIAL.md",
    "docs/GAMES.md",
    "docs/NETCODE.md",
    "docs/TICK.md",
    "docs/DESIGN.md",
    "docs/CHANGELOG.md",
)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LISTED = ("README.md", "docs/GAMES.md", "docs/NETCODE.md")

TICKS = 20
ADDRESS = "127.0.0.1:5050"  # what a listing that needs a server says; it gets one of its own

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"")
_RULES = 30  # lines that the README promises, more or less
_SCREENSHOT_BYTES = 150_000


@dataclass(frozen=True)
class Listing:
    """A Python listing of a document."""

    document: str
    line: int
    code: str

    @property
    def file_name(self) -> str:
        """What it calls itself in a comment in its first line, as other listings of the document know it."""
        named = re.match(r"# (\w+\.py)\n", self.code)
        return named[1] if named else f"listing_{self.line}.py"


def listings(document: str) -> list[Listing]:
    text = (ROOT / document).read_text("utf-8")
    return [Listing(document, text.count("\n", 0, m.start()) + 2, m[1]) for m in _BLOCK.finditer(text)]


LISTINGS = [listing for document in LISTED for listing in listings(document)]


def _name(value: Any) -> str:
    if isinstance(value, Listing):
        return f"{value.document}:{value.line}"
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


def play(room: Room) -> None:
    """Somebody comes, presses every key, and goes."""
    ada = room.join("ada")
    bob = room.join("bob") if room.has_seat else None
    pressed = list(room.spec.controls.keys.values())
    for seq in range(1, TICKS + 1):
        if pressed:
            room.input(ada.id, seq, pressed[seq % len(pressed)])
        room.make_tick()
    if bob is not None:
        room.leave(bob.id)
    room.make_tick()
    assert room.tick == TICKS + 1


def only_game(module: types.ModuleType) -> bool:
    """Whether a file could be served: it has one game in it."""
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    return sum(issubclass(v, Game) for v in own) == 1


def test_there_are_listings() -> None:
    assert {listing.document for listing in LISTINGS} == set(LISTED)
    assert sum("(Game)" in listing.code for listing in LISTINGS) >= 5


@pytest.mark.parametrize("listing", LISTINGS, ids=_name)
def test_a_listing_runs(
    listing: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for other in listings(listing.document):
        monkeypatch.delitem(sys.modules, other.file_name.removesuffix(".py"), raising=False)
        (tmp_path / other.file_name).write_text(other.code, "utf-8")
    with contextlib.ExitStack() as stack:
        code = listing.code
        if ADDRESS in code:
            code = code.replace(ADDRESS, stack.enter_context(server_process("snake", "--seed", "1")).address)
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        module = types.ModuleType(f"{_name(listing)} as a module")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(code, f"{_name(listing)}", "exec"), vars(module))
        for name, value in list(vars(module).items()):
            if name.startswith("test_"):
                # A test of a reader's gets its fixtures as from their own pytest.
                value(**{each: request.getfixturevalue(each) for each in inspect.signature(value).parameters})
        if only_game(module):
            play(Room(load_file(tmp_path / listing.file_name), "TEST", 1, 0.0))


def test_the_game_in_the_readme_is_the_one_in_the_examples() -> None:
    example = (ROOT / "examples" / "little_snake.py").read_text("utf-8")
    assert example in [listing.code for listing in listings("README.md")]


def test_the_rules_in_the_readme_are_about_thirty_lines() -> None:
    source = (ROOT / "examples" / "little_snake.py").read_text("utf-8")
    (game,) = (n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == "LittleSnake")
    lines = source.splitlines()[game.lineno - 1 : game.end_lineno]
    rules = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    assert abs(len(rules) - _RULES) <= 4, f"{len(rules)} lines"


def test_the_readme_opens_with_the_two_commands() -> None:
    opening = (ROOT / "README.md").read_text("utf-8").partition("\n## ")[0]
    commands = [line.split("#")[0].strip() for line in opening.splitlines() if line.startswith("    ")]
    assert commands == ["make serve", "make test"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_a_link_to_a_file_leads_to_one(document: Path) -> None:
    prose = _FENCED.sub("", document.read_text("utf-8"))
    targets = [(m[1] or m[2]).partition("#")[0] for m in _LINK.finditer(prose)]
    relative = [t for t in targets if t and ":" not in t]
    assert [t for t in relative if not (document.parent / t).exists()] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_every_document_is_there_and_has_a_title(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").startswith("# ")


@pytest.mark.parametrize("name", WRITTEN[1:])
def test_the_readme_leads_to_every_document(name: str) -> None:
    assert f"]({name})" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", tickwire.__all__)
def test_the_guide_mentions_everything_that_a_game_imports(name: str) -> None:
    prose = _FENCED.sub("", (ROOT / "docs" / "GAMES.md").read_text("utf-8"))
    assert re.search(rf"`[^`]*\b{name}\b[^`]*`", prose), f"docs/GAMES.md says nothing of {name}"


def test_screenshots_are_small_enough_for_a_page() -> None:
    pictures = sorted((ROOT / "docs" / "screenshots").glob("*.png"))
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > _SCREENSHOT_BYTES] == []
