from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from helpers import PATIENCE, ServerProcess, server_process

from tickwire.errors import ConnectionLost
from tickwire.faces.seat import Wish
from tickwire.faces.window.seat import Phase, Seat

SOON = (0.0,) * 2000


@contextmanager
def seat_at(wish: Wish, backoff: tuple[float, ...] = SOON) -> Iterator[Seat]:
    seat = Seat(wish, backoff)
    seat.join()
    try:
        yield seat
    finally:
        seat.close()


def until(seat: Seat, condition: Callable[[], object], now: float = 0) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, (seat.phase, seat.reason)
        seat.poll(now)
        time.sleep(0.001)


def cut(seat: Seat) -> None:
    """Break the connection, as a network does."""
    assert seat.client is not None
    line = seat.client._line
    assert line._client is not None
    line._loop.call_soon_threadsafe(line._client._writer.transport.abort)


def test_a_broken_connection_is_taken_up_again_in_the_same_seat(server: ServerProcess) -> None:
    with seat_at(Wish(server.address, "ada", room="new")) as seat:
        until(seat, lambda: seat.phase == Phase.PLAYING)
        before = seat.client
        assert before is not None
        for joins in (2, 3):
            cut(seat)
            until(seat, lambda n=joins: seat.joins == n)  # type: ignore[misc]
            assert seat.client is not None
            assert (seat.client.room, seat.client.player) == (before.room, before.player)
            assert seat.reason is None


def test_the_tables_stand_while_the_connection_is_lost(server: ServerProcess) -> None:
    with seat_at(Wish(server.address, "ada", room="new"), backoff=(5.0,)) as seat:
        until(seat, lambda: seat.client is not None and len(seat.client.tables["Cell"]))
        cut(seat)
        until(seat, lambda: seat.phase == Phase.LOST, now=100.0)
        assert seat.next_try == 105.0
        assert seat.client is not None
        assert len(seat.client.tables["Cell"])
        seat.poll(104.9)
        assert seat._dialling is None
        until(seat, lambda: seat.joins == 2, now=105.0)


def test_a_refusal_waits_for_the_player(server: ServerProcess) -> None:
    with seat_at(Wish(server.address, "x" * 40)) as seat:
        until(seat, lambda: seat.phase == Phase.OUT)
        assert isinstance(seat.reason, ConnectionLost)
        assert seat.reason.code == "bad_name"
        for _ in range(3):
            seat.poll(1e9)
        assert seat._dialling is None


def test_a_mistyped_address_is_told(server: ServerProcess) -> None:
    with seat_at(Wish("localhost:x", "ada")) as seat:
        assert seat.phase == Phase.OUT
        assert "no valid port" in str(seat.reason)


def test_a_server_that_comes_back_empty_gives_a_new_seat() -> None:
    with server_process("snake") as first, seat_at(Wish(first.address, "ada")) as seat:
        until(seat, lambda: seat.phase == Phase.PLAYING)
        first.end()
        until(seat, lambda: seat.phase == Phase.LOST)
        assert isinstance(seat.reason, ConnectionLost)
        assert seat.reason.code == "shutdown"
        with server_process("snake", port=first.port):
            until(seat, lambda: seat.joins == 2)


def test_two_windows_do_not_take_a_seat_from_each_other_for_ever(server: ServerProcess) -> None:
    with seat_at(Wish(server.address, "ada", room="new")) as one:
        until(one, lambda: one.phase == Phase.PLAYING)
        with seat_at(one.wish) as other:
            until(other, lambda: other.phase == Phase.PLAYING)
            until(one, lambda: one.phase == Phase.LOST)
            assert isinstance(one.reason, ConnectionLost)
            assert one.reason.code == "replaced"
            assert one.next_try is None


@pytest.mark.parametrize("tries", [0, 3])
def test_trying_has_an_end(tries: int) -> None:
    with server_process("snake") as server, seat_at(Wish(server.address, "ada"), (0.0,) * tries) as seat:
        until(seat, lambda: seat.phase == Phase.PLAYING)
        server.end()
        until(seat, lambda: seat.phase == Phase.LOST and seat.next_try is None and seat._dialling is None)
        assert seat._rules._tries == tries + 1
