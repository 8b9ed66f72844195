from __future__ import annotations

from typing import Any

import pytest
from helpers import Caller, Library, Loud, Quiet, Serving, Stage, record_states, serving, until, without_limits
from virtual_time import run

from tickwire.net.connection import MAX_BACKLOG, Link
from tickwire.server import hall
from tickwire.server.gateway import Gateway
from tickwire.server.sending import Group, Outbox
from tickwire.server.watch import STUCK
from tickwire.wire.codec import encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Chat, PackedState, State

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
SMALL = 4096  # bytes of a receive buffer: a client on a narrow line


async def stalled(server: Serving, dialect: Dialect = Dialect.LINES, name: str = "slow") -> tuple[Caller, Link]:
    """A player who took a seat, and then stopped reading until bytes wait in the server."""
    before = server.links
    slow = await server.join(name, dialect, receive_buffer=SMALL)
    (link,) = [link for link in server.links if link not in before]
    await until(lambda: link.blocked, "a client that does not read makes bytes wait")
    room = server.lobby.rooms[slow.room]
    tick = room.tick
    await until(lambda: room.tick > tick + 3, "ticks in which it is behind")
    return slow, link


@EVERY_DIALECT
def test_a_slow_reader_gets_no_old_states_but_one_full_one_when_it_reads_again(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = record_states(monkeypatch)

    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good", dialect)
            slow, link = await stalled(server, dialect)
            room = server.lobby.rooms[good.room]
            tick = room.tick
            await until(lambda: room.tick > tick + 20)
            assert link.waiting <= MAX_BACKLOG
            await good.say(type="input", seq=1, input={"type": "do", "what": "hush"})
            await good.expect(Ack)
            last = (await good.state()).tick
            state = await slow.state(lambda s: s.tick >= last)
            ticks = [s.tick for s in slow.states]
            assert len(ticks) < last - ticks[0], "no state was dropped"
            # Every state either follows the one before, or begins anew.
            for before, after in zip(slow.states, slow.states[1:], strict=False):
                assert after.full or made.index(after.tick) == made.index(before.tick) + 1
            assert state.full
            assert slow.rows == good.rows

    run(main())


def test_a_slow_reader_gets_deltas_again_after_its_full_state() -> None:
    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good", Dialect.NATIVE)
            slow, _ = await stalled(server, Dialect.NATIVE)
            await good.say(type="input", seq=1, input={"type": "do", "what": "hush"})
            await good.expect(Ack)
            hushed = (await good.state()).tick
            await slow.state(lambda s: s.full and s.tick >= hushed)
            await good.say(type="input", seq=2, input={"type": "do", "what": "go on"})
            for _ in range(5):
                assert not (await slow.state()).full

    run(main())


@EVERY_DIALECT
def test_what_is_not_a_state_is_kept_for_a_slow_reader_in_order(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_limits(monkeypatch)

    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good")
            slow, _ = await stalled(server, dialect)
            said = [f"line {i}" for i in range(20)]
            for text in said:
                await good.say(type="chat", text=text)
            heard = [(await slow.expect(Chat)).text for _ in said]
            assert heard == said

    run(main())


def test_an_ack_that_was_dropped_with_its_state_comes_with_the_full_one() -> None:
    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good")
            slow, _ = await stalled(server)
            room = server.lobby.rooms[good.room]
            await slow.say(type="input", seq=3, input={"type": "do", "what": "hush"})
            await until(lambda: getattr(room.game, "hushed"))  # noqa: B009  # Loud's own
            ack = await slow.expect(Ack)
            state = await slow.next()
            assert isinstance(state, State | PackedState)
            assert state.full
            assert (ack.seq, ack.tick) == (3, state.tick)

    run(main())


def test_a_slow_reader_makes_nobody_else_wait() -> None:
    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good", Dialect.WS_MSGPACK)
            await stalled(server)
            tick = (await good.state()).tick
            for _ in range(30):  # each is the next that was made: ticks that are late are made, and told, together
                state = await good.state()
                assert not state.full
                assert state.tick > tick
                tick = state.tick

    run(main())


def test_a_client_that_stays_stuck_is_closed_and_its_seat_kept() -> None:
    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good")
            await stalled(server)
            server.sweep_in(0)
            server.sweep_in(STUCK - 1)
            assert server.gateway.connections == 2
            server.sweep_in(STUCK + 1)
            await until(lambda: server.gateway.connections == 1)
            assert [p.name for p in server.lobby.rooms[good.room].players()] == ["good", "slow"]
            await good.state()

    run(main())


def test_a_client_that_reads_again_is_not_stuck() -> None:
    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good")
            slow, link = await stalled(server)
            await good.say(type="input", seq=1, input={"type": "do", "what": "hush"})
            await good.expect(Ack)
            hushed = (await good.state()).tick
            await slow.state(lambda s: s.full and s.tick >= hushed)
            await until(lambda: not link.blocked)
            server.sweep_in(0)
            server.sweep_in(STUCK + 1)
            await slow.say(type="ping", sent=0)
            assert server.gateway.connections == 2

    run(main())


def test_the_backlog_of_a_slow_reader_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    without_limits(monkeypatch)
    monkeypatch.setattr(hall, "MAX_BACKLOG", 65_536)  # reached in a quarter of the time

    async def main() -> None:
        async with serving(Loud) as server:
            good = await server.join("good")
            _, link = await stalled(server)
            most = 0
            for i in range(600):  # 180 kB
                await good.say(type="chat", text=f"{i:3}" * 100)
                await good.expect(Chat)
                most = max(most, link.waiting)
            assert most <= 1.5 * 65_536  # what waits, and the rest of a state before it
            await until(lambda: server.gateway.connections == 1)

    run(main())


def test_who_asks_and_never_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are no states: they are not dropped, so they must not pile up."""
    without_limits(monkeypatch)
    most = 0
    received = Gateway.received

    def watched(self: Gateway, link: Link, payload: bytes) -> None:
        nonlocal most
        received(self, link, payload)
        most = max(most, link.waiting)

    monkeypatch.setattr(Gateway, "received", watched)

    async def main() -> None:
        async with serving(Quiet) as server:
            greedy = await server.join("greedy", receive_buffer=SMALL)
            room = server.lobby.rooms[greedy.room]
            question = greedy.framed(type="y" * 150)
            try:
                for _ in range(100):
                    tick = room.tick
                    await greedy.send(question * 100)
                    # A room that nobody is connected to stands still.
                    await until(lambda tick=tick: room.tick > tick or not server.gateway.connections)  # type: ignore[misc]
            except (ConnectionResetError, BrokenPipeError):
                pass
            await until(lambda: server.gateway.connections == 0, "it is closed")
            assert most <= 2 * MAX_BACKLOG

    run(main())


@EVERY_DIALECT
def test_a_large_world_may_take_a_while_to_arrive(dialect: Dialect) -> None:
    """A full state of 400 kB does not fit the kernel's buffers; that is no reason to close."""

    async def main() -> None:
        async with serving(Library) as server:
            slow, _ = await stalled(server, dialect)
            good = await server.join("good")
            await good.state()
            await good.say(type="chat", text="are you there?")
            await good.expect(Chat)
            room = server.lobby.rooms[good.room]
            tick = room.tick
            await until(lambda: room.tick > tick + 3)
            assert server.gateway.connections == 2
            assert (await slow.state()).full
            assert slow.rows == good.rows

    run(main())


def test_a_large_world_in_which_nothing_changes_is_sent_once() -> None:
    async def main() -> None:
        async with serving(Library) as server:
            slow, link = await stalled(server)
            assert (await slow.state()).full
            await until(lambda: not link.blocked)
            room = server.lobby.rooms[slow.room]
            tick = room.tick
            await until(lambda: room.tick > tick + 5)
            await slow.say(type="leave")
            await slow.bye()
            assert len(slow.states) == 1

    run(main())


def test_the_same_bytes_object_is_sent_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, list[Dialect]]] = []
    put = Group.put

    def watched(group: Group[Any], payloads: list[bytes], outbox: Outbox) -> None:
        sent.append((len(set(map(id, payloads))), [peer.link.dialect for peer in group]))
        put(group, payloads, outbox)

    monkeypatch.setattr(Group, "put", watched)

    async def main() -> None:
        async with serving(Stage, seats=2 * len(Dialect)) as server:
            callers = [await server.join("ada", d) for d in Dialect for _ in range(2)]
            for caller in callers:
                await caller.state()
            sent.clear()
            for caller in callers:
                for _ in range(3):
                    await caller.state()
        assert len(sent) >= 4
        assert all(objects == 1 for objects, _ in sent)
        assert any(len(to) == 2 for _, to in sent)

    run(main())


def test_an_encoding_is_made_once_a_tick_for_both_its_dialects(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[int, str]] = []

    def watched(message: Any, encoding: Any) -> bytes:
        if not message.full:
            made.append((message.tick, encoding.name))
        return encode(message, encoding)

    monkeypatch.setattr("tickwire.replication.states.encode", watched)

    async def main() -> None:
        async with serving(Stage, seats=2 * len(Dialect)) as server:
            callers = [await server.join("ada", d) for d in Dialect for _ in range(2)]
            for caller in callers:
                for _ in range(3):
                    await caller.state()
        assert made
        assert len(made) == len(set(made))

    run(main())


def test_a_newcomer_gets_a_full_state_and_the_others_only_what_changed() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada", Dialect.NATIVE)
            await ada.state()
            bob = await server.join("bob", Dialect.NATIVE)
            assert (await bob.state()).full
            for _ in range(3):
                assert not (await ada.state()).full
            assert bob.states[0].full

    run(main())
