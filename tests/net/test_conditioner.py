from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from helpers import run, until
from hypothesis import given
from hypothesis import strategies as st

from tickwire.net.conditioner import SEGMENT, Conditioner
from tickwire.net.proxy import Proxy, run_proxy

Arrivals = list[tuple[float, bytes]]


def arrivals(link: Conditioner, *, end: float = 1e9) -> Arrivals:
    """All that arrives until `end`, with its times, to the microsecond."""
    came: Arrivals = []
    while (at := link.next_at) <= end:
        came += [(round(at, 6), piece) for piece in link.pop(at)]
    return came


def when(link: Conditioner, sendings: Sequence[tuple[float, bytes]]) -> Arrivals:
    """What arrives when all this is sent, popped as late as can be."""
    for time, data in sendings:
        link.push(time, data)
    return arrivals(link)


conditions = st.fixed_dictionaries(
    {
        "delay": st.floats(0, 0.5),
        "jitter": st.floats(0, 0.2),
        "loss": st.floats(0, 0.6),
        "bandwidth": st.sampled_from([0.0, 2_000.0, 1e6]),
        "piece": st.sampled_from([0, 1, 7]),
        "holes": st.sampled_from([0.0, 3.0]),
        "hole_length": st.floats(0, 4),
        "seed": st.integers(0, 2**32),
    }
)
# Seconds since the sending before, and what is sent.
sendings = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4000)), max_size=15)


def timed(steps: Sequence[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    now, out = 100.0, []
    for wait, data in steps:
        now += wait
        out.append((now, data))
    return out


# --- nothing lost, nothing reordered ---


@given(conditions, sendings)
def test_every_byte_arrives_once_and_in_order_however_bad_the_link(
    how: dict[str, Any], steps: list[tuple[float, bytes]]
) -> None:
    link = Conditioner(**how)
    came = b""
    for time, data in timed(steps):
        came += b"".join(link.pop(time))
        link.push(time, data)
    came += b"".join(piece for _, piece in arrivals(link))
    assert came == b"".join(data for _, data in steps)
    assert link.waiting == 0


@given(conditions, sendings)
def test_nothing_arrives_before_the_delay_less_the_jitter(
    how: dict[str, Any], steps: list[tuple[float, bytes]]
) -> None:
    sent = timed(steps)
    arrived, taken = 0, 0
    for time, piece in when(Conditioner(**how), sent):
        while arrived >= taken and sent:
            first_sent, data = sent.pop(0)
            taken += len(data)
        arrived += len(piece)
        assert time >= first_sent + max(0, how["delay"] - how["jitter"]) - 1e-6


@given(conditions, sendings)
def test_the_same_seed_and_pushes_give_the_same_pops(how: dict[str, Any], steps: list[tuple[float, bytes]]) -> None:
    assert when(Conditioner(**how), timed(steps)) == when(Conditioner(**how), timed(steps))


def test_another_seed_gives_another_link() -> None:
    steps = timed([(0.01, b"x")] * 50)
    assert when(Conditioner(delay=0.1, jitter=0.05, seed=1), steps) != when(
        Conditioner(delay=0.1, jitter=0.05, seed=2), steps
    )


@given(conditions, sendings)
def test_no_piece_is_larger_than_asked_for_and_the_end_is_one_empty_piece(
    how: dict[str, Any], steps: list[tuple[float, bytes]]
) -> None:
    link = Conditioner(**how)
    came = [piece for _, piece in when(link, [*timed(steps), (200.0, b"")])]
    assert came[-1] == b""
    assert all(0 < len(piece) <= (how["piece"] or SEGMENT) for piece in came[:-1])


# --- when it arrives ---


def test_a_link_without_conditions_gives_at_once_what_it_got() -> None:
    link = Conditioner()
    link.push(5.0, b"hello")
    assert link.pop(5.0) == [b"hello"]
    assert link.next_at == math.inf


def test_bytes_come_after_the_delay_and_not_a_moment_sooner() -> None:
    link = Conditioner(delay=0.075)
    link.push(10.0, b"hello")
    assert link.pop(10.0749) == []
    assert link.next_at == 10.075
    assert link.pop(10.075) == [b"hello"]


def test_jitter_spreads_the_lateness_to_both_sides() -> None:
    came = when(Conditioner(delay=0.1, jitter=0.02, seed=3), [(float(i), b"x") for i in range(200)])
    lateness = [time - i for i, (time, _) in enumerate(came)]
    assert 0.08 <= min(lateness) < 0.085
    assert 0.115 < max(lateness) <= 0.12


def test_under_jitter_a_late_packet_holds_up_those_behind_it() -> None:
    came = when(Conditioner(delay=0.1, jitter=0.05, seed=3), [(i / 1000, bytes([i])) for i in range(100)])
    assert [piece[0] for _, piece in came] == list(range(100))
    assert len({time for time, _ in came}) < 100, "some came in bursts"


def test_a_thin_pipe_takes_its_time_for_every_byte() -> None:
    link = Conditioner(delay=0.1, bandwidth=1000)
    assert when(link, [(0.0, b"x" * 500), (0.0, b"y" * 500), (5.0, b"z" * 100)]) == [
        (0.6, b"x" * 500),
        (1.1, b"y" * 500),
        (5.2, b"z" * 100),
    ]


def test_without_a_limit_a_large_message_arrives_in_packets_all_at_once() -> None:
    came = when(Conditioner(delay=0.1), [(0.0, b"x" * (2 * SEGMENT + 1))])
    assert [(time, len(piece)) for time, piece in came] == [(0.1, SEGMENT), (0.1, SEGMENT), (0.1, 1)]


# --- loss ---


class Losing(Conditioner):
    """Loses the sendings that it is told to lose, and no others."""

    def lose(self, *sendings: bool) -> Losing:
        script = iter(sendings)

        class Script:
            def uniform(self, low: float, high: float) -> float:
                return 0.0

            def random(self) -> float:
                return 0.0 if next(script, False) else 1.0

        self._chance = Script()  # type: ignore[assignment]
        return self


def test_a_lost_packet_with_nothing_behind_it_waits_for_the_timeout() -> None:
    link = Losing(delay=0.02, loss=0.5).lose(True)
    assert when(link, [(0.0, b"a")]) == [(0.22, b"a")]


def test_on_a_long_way_the_timeout_is_one_and_a_half_round_trips() -> None:
    link = Losing(delay=0.15, loss=0.5).lose(True)
    assert when(link, [(0.0, b"a")]) == [(0.6, b"a")]


def test_a_packet_that_is_lost_twice_waits_for_twice_the_timeout_more() -> None:
    link = Losing(delay=0.02, loss=0.5).lose(True, True)
    assert when(link, [(0.0, b"a")]) == [(0.62, b"a")]


def test_data_behind_a_lost_packet_brings_it_back_after_a_round_trip() -> None:
    link = Losing(delay=0.05, loss=0.5).lose(True, False, False)
    link.push(0.0, b"a")
    assert link.next_at == pytest.approx(0.25)
    link.push(0.03, b"b")
    # b leaves at 0.03; the sender knows at 0.13; what it sends again is there at 0.18.
    assert link.next_at == pytest.approx(0.18)
    link.push(0.06, b"c")
    assert arrivals(link) == [(0.18, piece) for piece in (b"a", b"b", b"c")]


def test_a_packet_that_is_lost_itself_tells_nobody_of_a_loss() -> None:
    link = Losing(delay=0.05, loss=0.5).lose(True, False, True, False)
    link.push(0.0, b"a")
    link.push(0.03, b"b")
    assert link.next_at == pytest.approx(0.25)


def test_what_waits_behind_a_lost_packet_comes_in_one_burst() -> None:
    link = Losing(delay=0.05, loss=0.5).lose(True)
    for i in range(4):
        link.push(i * 0.03, bytes([i]))
    assert link.pop(0.17) == []
    assert link.pop(0.18) == [b"\0", b"\1", b"\2", b"\3"]


def test_the_chance_of_loss_is_the_one_that_was_asked_for() -> None:
    link = Conditioner(delay=0.01, loss=0.05, seed=7)
    stalls = 0
    for i in range(4000):
        link.push(float(i), b"x")
        stalls += link.pop(i + 0.01) == []
        link.pop(i + 0.99)
    assert 150 < stalls < 250  # 200, and 14 are one standard deviation


# --- black holes and resets ---


def test_in_a_black_hole_nothing_passes_and_nothing_is_told() -> None:
    link = Conditioner(delay=0.05)
    link.push(0.0, b"before")
    link.push(0.9, b"here already")
    link.push(0.98, b"under way")
    link.black_hole(1.0)
    link.push(2.0, b"inside")
    assert link.pop(1.0) == [b"before", b"here already"]
    assert link.pop(1e6) == []
    assert link.next_at == math.inf


def test_after_a_black_hole_the_next_retransmission_gets_through_in_order() -> None:
    link = Conditioner(delay=0.05)
    link.black_hole(1.0, until=4.0)
    link.push(2.0, b"a")
    link.push(2.1, b"b")
    # a is sent again at 2.2, 2.6, 3.4, 5.0: each wait is twice the one before.
    assert arrivals(link) == [(5.05, b"a"), (5.15, b"b")]


def test_a_black_hole_that_is_mended_is_over() -> None:
    link = Conditioner(delay=0.05)
    link.black_hole(1.0)
    link.push(2.0, b"a")
    link.mend(2.5)
    assert arrivals(link) == [(2.65, b"a")]
    link.push(9.0, b"b")
    assert arrivals(link) == [(9.05, b"b")]


def test_holes_come_by_themselves_as_often_as_asked_for() -> None:
    link = Conditioner(holes=10, hole_length=2, seed=1)
    held = 0
    for i in range(20_000):  # ten times a second
        link.push(i / 10, b"x")
        held += link.pop(i / 10) == []
    # 12 s from one to the next, of which 2 s and the wait for the retransmission are a hole.
    assert 0.15 < held / 20_000 < 0.35


def test_both_ways_of_a_cable_have_the_same_holes() -> None:
    def held(seed: int) -> list[int]:
        link = Conditioner(delay=0.01, holes=10, seed=seed)
        nothing_came = []
        for i in range(1000):
            link.push(i / 10, b"x")
            if link.pop(i / 10 + 0.02) == []:
                nothing_came.append(i)
        return nothing_came

    assert held(8) == held(9) != held(10)


def test_a_reset_drops_what_is_under_way_and_is_told_from_then_on() -> None:
    link = Conditioner(delay=0.05)
    link.push(0.0, b"a")
    link.push(0.96, b"b")
    link.reset(1.0)
    assert link.pop(0.99) == [b"a"]
    assert link.next_at == 1.0
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            link.pop(1.0)
    with pytest.raises(ConnectionResetError):
        link.push(1.5, b"c")
    assert link.waiting == 0


def test_resets_come_by_themselves_after_the_time_asked_for_on_average() -> None:
    times = []
    for seed in range(0, 400, 2):
        link = Conditioner(resets=60, seed=seed)
        link.pop(1000.0)
        times.append(link.next_at - 1000)
    assert 50 < sum(times) / len(times) < 70


# --- back-pressure ---


def test_a_link_is_full_while_as_much_is_under_way_as_two_sockets_hold() -> None:
    link = Conditioner(delay=1, buffer=1000)
    link.push(0.0, b"x" * 999)
    assert not link.full
    link.push(0.1, b"x")
    assert link.full
    link.pop(1.0)
    assert not link.full
    assert link.waiting == 1


@pytest.mark.parametrize(
    "how", [{"delay": -1}, {"jitter": math.nan}, {"loss": 1}, {"loss": -0.1}, {"piece": -1}, {"buffer": 0}]
)
def test_conditions_that_cannot_be_are_told_at_once(how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(how))):
        Conditioner(**how)


# --- the proxy, on loopback ---


@asynccontextmanager
async def echo_server() -> AsyncIterator[tuple[str, int]]:
    """Sends back what it gets, and ends when it gets an end."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[:2]


def test_the_proxy_forwards_both_ways_with_the_delay_and_ends_with_the_stream() -> None:
    async def main() -> None:
        async with (
            echo_server() as target,
            Proxy(("127.0.0.1", 0), target, Conditioner(delay=0.03, jitter=0.01, piece=5)) as proxy,
        ):
            time = asyncio.get_running_loop().time
            reader, writer = await asyncio.open_connection(*proxy.address)
            sent_at = time()
            writer.write(b"0123456789" * 20)
            assert await reader.readexactly(200) == b"0123456789" * 20
            assert time() - sent_at >= 2 * 0.02 - 0.005
            writer.write(b"last")
            writer.write_eof()
            assert await reader.read() == b"last"
            writer.close()
            await until(lambda: proxy.connections == 0, "the connection is forgotten")

    run(main())


def test_the_proxy_does_not_read_what_it_cannot_pass_on() -> None:
    async def main() -> None:
        async with (
            echo_server() as target,
            Proxy(("127.0.0.1", 0), target, Conditioner(bandwidth=1000, buffer=4096)) as proxy,
        ):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, proxy.address)
            with sock:
                sent = 0
                full = False
                while not full:
                    try:
                        async with asyncio.timeout(0.3):
                            await loop.sock_sendall(sock, b"x" * 4096)
                    except TimeoutError:
                        full = True
                    sent += 4096
                    assert sent < 4_000_000, "the proxy reads without end"

    run(main())


def test_a_reset_of_the_link_resets_both_sockets() -> None:
    async def main() -> None:
        ended = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.read()
            except ConnectionResetError:
                ended.set()
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        target = server.sockets[0].getsockname()[:2]
        async with server, Proxy(("127.0.0.1", 0), target, Conditioner(resets=0.01)) as proxy:
            reader, writer = await asyncio.open_connection(*proxy.address)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            await ended.wait()
            writer.close()

    run(main())


def test_with_nobody_at_the_target_the_client_is_hung_up_on() -> None:
    async def main() -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            async with Proxy(("127.0.0.1", 0), nobody.getsockname(), Conditioner()) as proxy:
                reader, writer = await asyncio.open_connection(*proxy.address)
                with pytest.raises(ConnectionResetError):
                    await reader.read()
                writer.close()

    run(main())


def test_run_proxy_says_where_it_listens_and_breaks_everything_when_cancelled() -> None:
    async def main() -> None:
        async with echo_server() as target:
            listening: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(run_proxy(("127.0.0.1", 0), target, Conditioner(), ready=listening.set_result))
            reader, writer = await asyncio.open_connection(*await listening)
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()

    run(main())
