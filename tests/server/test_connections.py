from __future__ import annotations

import logging
from typing import Any

import pytest
from helpers import run

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


@pytest.fixture
def clock(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as a list of one number."""
    caplog.set_level(logging.INFO, "tickwire.gateway")
    time = [100.0]
    monkeypatch.setattr("tickwire.server.connections.monotonic", lambda: time[0])
    return time


def test_a_thousand_joins_at_once_are_two_lines(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connections = Connections()
        links: list[Any] = [object() for _ in range(1000)]
        for link in links:
            connections.came(link)
        connections.sweep()
        assert counts(caplog) == ["1"]
        clock[0] += 1
        connections.sweep()
        assert counts(caplog) == ["1", "1000"]
        clock[0] += 1
        connections.sweep()
        connections.went(links.pop())
        assert counts(caplog) == ["1", "1000", "999"], "after a rest the next is told at once"

    run(main())


def test_who_comes_and_goes_within_a_rest_is_told_once(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connections = Connections()
        link: Any = object()
        connections.came(link)
        for _ in range(100):
            connections.went(link)
            connections.came(link)
        clock[0] += 1
        connections.sweep()
        assert counts(caplog) == ["1"]

    run(main())
