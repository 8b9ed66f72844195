"""What `tickwire` exports is documented, each name with an example; pytest runs the examples as doctests."""

from __future__ import annotations

import re

import pytest

import tickwire
from tickwire.game import fields


@pytest.mark.parametrize("name", tickwire.__all__)
def test_each_public_name_has_a_docstring_with_an_example_that_uses_it(name: str) -> None:
    thing = getattr(tickwire, name)
    # The annotations are no classes of their own, so they have no docstring but their module's.
    words = thing.__doc__ if isinstance(thing, type) or (callable(thing) and name == "fixed") else fields.__doc__
    assert words is not None
    example = "\n".join(line for line in words.splitlines() if line.lstrip().startswith((">>>", "...")))
    assert re.search(rf"\b{name}\b", example), f"no example in {name}'s docstring uses it"
