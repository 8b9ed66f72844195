from __future__ import annotations

import logging
from typing import Any

import pytest
from helpers import run, until

from tickwire.server.connections import Connections


def counts(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage().removeprefix("active connections: ") for r in caplog.records]


def test_each_coming_and_going_is_counted() -> None:
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


def test_a_thousand_joins_at_once_are_two_lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "tickwire.gateway")
    monkeypatch.setattr("tickwire.server.connections.REST", 0.05)

    async def main() -> None:
        connections = Connections()
        links: list[Any] = [object() for _ in range(1000)]
        for link in links:
            connections.came(link)
        assert counts(caplog) == ["1"]
        await until(lambda: len(counts(caplog)) > 1)
        assert counts(caplog) == ["1", "1000"]
        await until(lambda: connections._resting is None)
        connections.went(links.pop())
        assert counts(caplog) == ["1", "1000", "999"], "after a rest the next is told at once"

    run(main())


def test_who_comes_and_goes_within_a_rest_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "tickwire.gateway")
    monkeypatch.setattr("tickwire.server.connections.REST", 0.05)

    async def main() -> None:
        connections = Connections()
        link: Any = object()
        connections.came(link)
        for _ in range(100):
            connections.went(link)
            connections.came(link)
        await until(lambda: connections._resting is None)
        assert counts(caplog) == ["1"]

    run(main())
