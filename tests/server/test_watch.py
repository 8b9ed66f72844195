"""Who is still there: clients that vanish, that read slowly, that answer no ping; and the round trip."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from helpers import PONG, Caller, Library, Quiet, Serving, run, serving, until, ws_frame

from server.test_trays import Link as FakeLink
from server.test_trays import Table
from tickwire.net import listener, tcp
from tickwire.net.connection import Link
from tickwire.net.limits import MESSAGES
from tickwire.net.round_trip import RoundTrip
from tickwire.server import runner as runner_module
from tickwire.server.hall import Peer
from tickwire.server.watch import MEASURE_EVERY, SILENT, STUCK
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Hello, Pong

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
WEBSOCKETS = pytest.mark.parametrize("dialect", [Dialect.WS_MSGPACK, Dialect.WS_JSON])
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what TCP knows is asked of Linux alone")


@pytest.fixture(autouse=True)
def _no_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "SWEEP", 1000.0)  # the tests sweep by themselves, in their own time


def names(server: Serving, room: str) -> list[str]:
    return [p.name for p in server.lobby.rooms[room].players()]


async def answer_pings(caller: Caller, link: Link) -> None:
    """Read what came, and answer the ping that is under way, if one is."""
    pings = link._pings
    while pings is not None and pings._asked:
        with suppress(BlockingIOError):  # the answer is on its way already
            caller._take(caller.sock.recv(65_536))
        await asyncio.sleep(0.001)


# --- nothing is heard ---------------------------------------------------------------------------------------


@WEBSOCKETS
def test_a_websocket_of_which_nothing_is_heard_is_found_in_a_quiet_room_and_its_seat_is_kept(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            good = await server.join("good", dialect)
            (good_link,) = server.links
            dumb = await server.join("dumb", dialect)
            dumb.mute = True
            for second in range(1, 31):
                server.sweep_in(second)
                await answer_pings(good, good_link)
                if second < SILENT:
                    assert server.gateway.connections == 2
            assert await dumb.bye() == "stuck"
            dumb.close()
            await until(lambda: server.gateway.connections == 1)
            assert names(server, good.room) == ["good", "dumb"]

    run(main())


@WEBSOCKETS
def test_whoever_says_something_lives_though_it_answers_no_ping(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            dumb = await server.join("dumb", dialect)
            dumb.mute = True
            for second in range(1, 90):
                server.sweep_in(second)
                if second % 20 == 0:
                    await dumb.say(type="ping", sent=second)
                    await dumb.expect(Pong)
            assert server.gateway.connections == 1

    run(main())


@pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.NATIVE, Dialect.HEADER64])
def test_netcat_may_be_silent_for_as_long_as_it_likes(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            silent = await server.join("silent", dialect)
            for second in range(1, 3600, 10):
                server.sweep_in(second)
            await silent.say(type="ping", sent=0)
            await silent.expect(Pong)

    run(main())


def test_time_in_which_the_server_stood_still_counts_against_nobody() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            caller = await server.join("ada", Dialect.WS_MSGPACK)
            (link,) = server.links
            server.sweep_in(1)
            clock = server.gateway._clock
            server.gateway._clock = lambda: clock() + 3600
            server.gateway.sweep()  # an hour later, and nothing was read meanwhile
            server.gateway._clock = clock
            assert not link.closing
            await caller.say(type="ping", sent=0)
            await caller.expect(Pong)

    run(main())


def test_nor_against_those_whose_hello_lies_unread() -> None:
    table = Table()
    link: Any = FakeLink()
    table.gateway.opened(link)
    table.now = 1.0
    table.gateway.sweep()
    table.now = 600.0
    table.gateway.sweep()
    assert not link.closing
    for _ in range(round(listener.HELLO_DEADLINE)):
        table.now += 1
        table.gateway.sweep()
    assert link.closing


@EVERY_DIALECT
def test_tcp_is_told_to_find_out_who_is_gone(dialect: Dialect) -> None:
    """That it does so is seen in tests/deep, where a cable is pulled."""

    async def main() -> None:
        async with serving(Quiet) as server:
            await server.join("ada", dialect)
            sock = server.links[0].socket
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            if sys.platform == "linux":
                idle, every, count = (
                    sock.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
                )
                patience = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000
                assert idle + every * count <= 30
                assert STUCK < patience <= 30

    run(main())


# --- slow, and stuck ----------------------------------------------------------------------------------------


@EVERY_DIALECT
@pytest.mark.parametrize("kernel_tells", [pytest.param(True, marks=LINUX), False])
def test_who_reads_slowly_but_steadily_is_not_stuck_and_who_takes_nothing_is(
    dialect: Dialect, kernel_tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kernel_tells:
        monkeypatch.setattr(tcp, "acknowledged", lambda sock: None)

    async def main() -> None:
        async with serving(Library) as server:
            slow = await server.join("slow", dialect, receive_buffer=4096)
            (link,) = server.links
            await until(lambda: link.blocked)
            second = 0.0
            server.sweep_in(second)
            while second < 100 and link.blocked:
                before = link.taken
                while link.taken == before:
                    await asyncio.get_running_loop().sock_recv(slow.sock, 2048)
                    await asyncio.sleep(0)
                second += 10
                server.sweep_in(second)
                assert server.gateway.connections == 1
                assert not link.closing
            assert link.blocked, "it had read all before it could be called slow"
            server.sweep_in(second + STUCK - 1)
            assert not link.closing
            server.sweep_in(second + STUCK)
            await until(lambda: server.gateway.connections == 0)

    run(main())


# --- the round trip -----------------------------------------------------------------------------------------


@EVERY_DIALECT
@LINUX
def test_the_round_trip_is_known_when_the_seat_is_given(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            await server.join("ada", dialect)
            measured = server.links[0].round_trip
            assert measured is not None
            assert 0 < measured < 0.5

    run(main())


@WEBSOCKETS
def test_behind_a_proxy_the_round_trip_is_that_of_the_pings(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ping comes right behind the welcome, and a proxy's own line is short."""
    monkeypatch.setattr(tcp, "round_trip", lambda sock: 0.0001)

    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.call(dialect)
            ada.mute = True
            await ada.hello("ada")
            (link,) = server.links
            while not ada.pings:
                ada._take(await ada.receive())
            assert link.round_trip == 0.0001
            await asyncio.sleep(0.03)  # its way
            await ada.send(ws_frame(PONG, b"unasked") + ws_frame(PONG))
            await ada.send(ws_frame(PONG, ada.pings[0]))
            await until(lambda: link.round_trip != 0.0001)
            first = link.round_trip
            assert first is not None
            assert 0.02 <= first < 5
            await ada.send(ws_frame(PONG, ada.pings[0]))  # once more: nobody asked again
            await ada.say(type="ping", sent=1)
            await ada.expect(Pong)
            assert link.round_trip == first

    run(main())


@WEBSOCKETS
def test_it_is_measured_again_and_again_but_seldom(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            (link,) = server.links
            await answer_pings(ada, link)
            for second in range(1, 10 * MEASURE_EVERY + 1):
                server.sweep_in(second)
                await answer_pings(ada, link)
            assert 10 <= len(ada.pings) <= 15

    run(main())


@WEBSOCKETS
@LINUX
def test_what_tcp_knows_counts_if_it_is_more(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "round_trip", lambda sock: 7.0)

    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            (link,) = server.links
            await answer_pings(ada, link)
            assert link.round_trip == 7.0

    run(main())


def test_round_trips_follow_quickly_down_and_slowly_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0

    def clock() -> int:
        return now

    monkeypatch.setattr("tickwire.net.round_trip.time.monotonic_ns", clock)
    trip = RoundTrip()

    def measure(seconds: float) -> float:
        nonlocal now
        payload = trip.ask()
        now += round(seconds * 1e9)
        assert trip.answered(payload)
        assert not trip.answered(payload)
        assert trip.seconds is not None
        return trip.seconds

    assert measure(0.1) == pytest.approx(0.1)
    assert measure(0.5) == pytest.approx(0.2)  # one pong that came late says little
    assert measure(0.1) == pytest.approx(0.15)
    for _ in range(20):
        late = measure(0.3)
    assert late == pytest.approx(0.3, rel=0.01)
    old = trip.ask()
    now += 1
    trip.ask()
    assert not trip.answered(old)


@LINUX
def test_a_delayed_acknowledgement_is_no_longer_way() -> None:
    """A player who sends inputs has its acknowledgements held back for up to 40 ms, in which it sends its next."""

    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", Dialect.NATIVE)
            for seq in range(1, 30):
                await ada.do(seq)
                await ada.state()
                await asyncio.sleep(0.03)
            measured = tcp.round_trip(server.links[0].socket)
            assert measured is not None
            assert measured < 0.02

    run(main())


# --- what it costs ------------------------------------------------------------------------------------------


def test_a_sweep_looks_at_a_hundred_connections_at_once_and_at_the_others_through_the_second() -> None:
    table = Table(seats=250)
    links = [table.call(Hello(f"p{i}")) for i in range(250)]
    later: list[tuple[float, int]] = []

    def note(delay: float, look: Callable[[list[Peer]], None], peers: list[Peer]) -> None:
        later.append((delay, len(peers)))
        look(peers)

    table.gateway.later = note
    for link in links:
        link.meter.messages = 0
    table.now += 1
    table.gateway.sweep()
    assert later == [(0.4, 100), (0.8, 50)]
    assert all(link.meter.messages == MESSAGES.rate for link in links)
