"""The licence is where people and tools look for it: in the repository, and in what is built of it."""

from __future__ import annotations

import sysconfig
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_license_is_mit_and_is_named_in_pyproject() -> None:
    words = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert words.startswith("MIT License\n\nCopyright (c) 2026 tickwire contributors\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("MIT", ["LICENSE"])


def test_what_is_installed_has_it() -> None:
    """What `make` installs is built of this folder as the wheel is."""
    [installed] = distributions(name="tickwire", path=[sysconfig.get_path("purelib")])
    assert installed.metadata["License-Expression"] == "MIT"
    assert installed.metadata.get_all("License-File") == ["LICENSE"]
    [path] = [file for file in installed.files or () if file.name == "LICENSE"]
    assert path.read_text(encoding="utf-8") == (ROOT / "LICENSE").read_text(encoding="utf-8")
