"""The optional accelerator: a few hot functions a second time, in C (`speed_c/`), built where a C compiler is at hand.

The Python function is the reference, and what runs where there is no accelerator or `TICKWIRE_PURE=1` is set.
tests/test_accelerator*.py hold the two equal, and `make pure` runs the tests of all that uses them without it.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

pure: dict[str, Any] = {}  # by name the Python twin of everything that may be accelerated; for the tests


def _load() -> ModuleType | None:
    if os.environ.get("TICKWIRE_PURE", "") not in ("", "0"):
        return None
    try:
        return importlib.import_module("tickwire._speed")
    except ImportError:
        return None


_speed = _load()

in_use = _speed is not None  # whether the hot functions run in C


def accelerated(reference: T, name: str = "") -> T:
    """Decorates a function or class: gives its namesake in C where there is an accelerator, and else itself."""
    name = name or reference.__name__  # type: ignore[attr-defined]
    pure[name] = reference
    # One that was built from an older source may lack what is new.
    made: T = getattr(_speed, name, reference)
    return made
