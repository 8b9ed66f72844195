"""Which rules a game has, by its files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tickwire import Game
from tickwire.game.fingerprint import fingerprint
from tickwire.game.loader import load_file, load_module

GAME = "from tickwire import Game\nfrom tuning import SPEED\n\n\nclass Own(Game):\n    speed: int = SPEED\n"


@pytest.fixture(autouse=True)
def _no_module_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})


def of_file(folder: Path, speed: int) -> str:
    """The fingerprint of a game in a folder, which imports a file beside it."""
    folder.mkdir()
    (folder / "tuning.py").write_text(f"SPEED = {speed}\n")
    (folder / "own.py").write_text(GAME)
    made = fingerprint(load_file(folder / "own.py").game)
    del sys.modules["tuning"]
    sys.path.remove(str(folder))
    return made


def test_the_same_files_have_the_same_fingerprint_wherever_they_are(tmp_path: Path) -> None:
    made = of_file(tmp_path / "a", 3)
    assert len(made) == 16
    assert of_file(tmp_path / "b", 3) == made


def test_a_file_beside_it_that_changed_makes_other_rules(tmp_path: Path) -> None:
    assert of_file(tmp_path / "a", 3) != of_file(tmp_path / "b", 4)


def test_built_in_games_have_fingerprints_of_their_own() -> None:
    prints = {fingerprint(load_module(f"tickwire.games.{name}").game) for name in ("snake", "arena", "chess")}
    assert len(prints) == 3


def test_a_class_without_a_file_has_none() -> None:
    made = type("Made", (Game,), {"__module__": "nowhere"})
    assert fingerprint(made) == ""
