from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tickwire import Everyone, Grid, Owner


@pytest.mark.parametrize(
    ("view", "described"),
    [
        (Everyone(), {"kind": "everyone"}),
        (Grid(cell=20, window=(60, 40)), {"kind": "grid", "cell": 20, "window": [60, 40], "x": "x", "y": "y"}),
        (
            Grid(cell=2.5, window=(6, 4), x="left", y="top"),
            {"kind": "grid", "cell": 2.5, "window": [6, 4], "x": "left", "y": "top"},
        ),
        (Owner("player"), {"kind": "owner", "field": "player"}),
    ],
)
def test_a_view_is_described_by_its_kind_and_the_fields_it_goes_by(view: Any, described: dict[str, object]) -> None:
    assert view.describe() == described
    assert msgspec.json.decode(msgspec.json.encode(view.describe())) == described
