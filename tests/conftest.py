"""What every test has."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def same_path() -> Iterator[None]:
    """Loading a game adds its folder to the path, since it may import files beside it. The next test has none of it."""
    before = list(sys.path)
    yield
    sys.path[:] = before
