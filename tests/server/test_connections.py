from __future__ import annotations

import logging
from typing import Any

import pytest
from helpers import run

from tickwire.server.connections import Connections


def test_each_coming_and_going_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tickwire.gateway")

    async def main() -> None:
        connections = Connections()
        assert connections.all_gone.is_set()
        ada: Any = object()
        bob: Any = object()
        connections.came(ada)
        connections.came(bob)
        assert (len(connections), connections.all_gone.is_set()) == (2, False)
        connections.went(ada)
        connections.went(bob)
        assert (len(connections), connections.all_gone.is_set()) == (0, True)

    run(main())
    assert [r.getMessage() for r in caplog.records] == [f"active connections: {n}" for n in (1, 2, 1, 0)]
