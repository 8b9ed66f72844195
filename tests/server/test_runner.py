from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from math import ceil
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import Caller, Do, Quiet, Stage, broken_in, serving, until
from helpers import run as run_really
from virtual_time import run

from tickwire.errors import CloseCode
from tickwire.game.contract import Game
from tickwire.game.spec import inspect_game
from tickwire.room.output import TickOutput
from tickwire.room.room import Room
from tickwire.server import runner as runner_module
from tickwire.server.hall import Hall
from tickwire.server.overruns import Overruns, Second
from tickwire.server.runner import FULL_ROOMS, SLOTS, Runner
from tickwire.server.sending import Outbox
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Bye, Error


async def on_stage(server_callers: Caller, ticks: int) -> list[int]:
    """The ticks of so many states."""
    return [(await server_callers.state()).tick for _ in range(ticks)]


@pytest.mark.parametrize("method", ["join", "receive", "step", "bot"])
@pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.WS_MSGPACK])
def test_a_game_that_raises_ends_its_room_and_no_other(
    method: str, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(Stage, broken_in(method), bots=1) as server:
            ada = await server.join("ada", game="stage")
            first = (await ada.state()).tick
            victim = await server.join("victim", dialect, game="broken")
            if method == "receive":
                await victim.do(1)
            assert await victim.bye() == "game_error"
            bye = victim.heard[-1]
            assert isinstance(bye, Bye)
            assert "Traceback" not in bye.message
            assert "RuntimeError" not in bye.message
            assert list(server.lobby.rooms) == [ada.room]
            assert await on_stage(ada, 20) == list(range(first + 1, first + 21)), "the other room missed a tick"

    run(main())
    assert f"broken in {method}" in caplog.text
    assert "Traceback" in caplog.text


# What is no Exception, and so passes through handlers that mean to catch everything.
UNCOMMON = [SystemExit, KeyboardInterrupt, asyncio.CancelledError, GeneratorExit, RecursionError, MemoryError]


def raising(error: type[BaseException], method: str) -> type[Game]:
    """A game that raises this in one of its methods; named after it."""

    def breaks(*_: object) -> None:
        raise error(f"broken in {method}")

    body = {
        method: breaks,
        "__module__": __name__,
        "bytes_per_second": 5000 if method in ("focus", "priority") else None,
    }
    return type("Broken", (Stage,), body)


@pytest.mark.parametrize("method", ["join", "leave", "receive", "hear", "step", "bot", "focus", "priority"])
@pytest.mark.parametrize("error", UNCOMMON)
def test_whatever_rules_raise_ends_their_room_and_no_other(error: type[BaseException], method: str) -> None:
    async def main() -> None:
        games = Stage, raising(error, method)
        # At one rate, so that both rooms may tick in one wake.
        async with serving(*games, bots=1) as server:
            ada = await server.join("ada", game="stage")
            victim = await server.join("victim", game="broken")
            other = await server.join("other", game="broken")
            if method == "leave":
                await other.say(type="leave")
            elif method == "receive":
                await victim.do(1)
            elif method == "hear":
                await victim.say(type="chat", text="hello")
            assert await victim.bye() == "game_error"
            tick = (await ada.state()).tick
            await ada.state(lambda s: s.tick >= tick + 20)
            await ada.do(1)
            await ada.expect(Ack)
            assert list(server.lobby.rooms) == [ada.room]

    run(main())


@pytest.mark.parametrize("error", UNCOMMON)
def test_whatever_rules_raise_in_start_is_told_to_who_wanted_to_play(error: type[BaseException]) -> None:
    async def main() -> None:
        async with serving(Stage, raising(error, "start")) as server:
            ada = await server.join("ada", game="stage")
            victim = await server.call()
            await victim.say(type="hello", name="victim", game="broken")
            assert await victim.bye() == "game_error"
            tick = (await ada.state()).tick
            await ada.state(lambda s: s.tick >= tick + 5)
            assert list(server.lobby.rooms) == [ada.room]

    run(main())


def test_a_game_that_raises_in_start_harms_only_who_wanted_to_play_it(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage, broken_in("start")) as server:
            ada = await server.join("ada", game="stage")
            victim = await server.call()
            await victim.say(type="hello", name="victim", game="broken")
            assert await victim.bye() == "game_error"
            await ada.do(1)
            await ada.expect(Ack)
            assert list(server.lobby.rooms) == [ada.room]

    run(main())
    assert "broken in start" in caplog.text


def test_a_game_that_raises_in_leave_ends_its_room() -> None:
    async def main() -> None:
        async with serving(Stage, broken_in("leave")) as server:
            ada = await server.join("ada", game="broken")
            bob = await server.join("bob", game="broken")
            await bob.say(type="leave")
            assert await bob.bye() == "left"
            assert await ada.bye() == "game_error"

    run(main())


def test_a_field_that_cannot_hold_its_value_ends_the_room() -> None:
    class Overflowing(Stage):
        """Breaks the promise of a field."""

        def step(self) -> None:
            for mark in self.marks:
                mark.count = 2**32

    async def main() -> None:
        async with serving(Overflowing) as server:
            ada = await server.join("ada")
            assert await ada.bye() == "game_error"
            assert server.lobby.rooms == {}

    run(main())


def test_after_its_room_broke_a_player_joins_anew_and_the_old_token_is_void() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            await ada.do(1, "raise")
            assert await ada.bye() == "game_error"
            again = await server.call()
            await again.say(type="hello", name="ada", token=ada.welcome.token)
            assert (await again.expect(Error)).code == "bad_token"
            assert (await again.hello("ada")).room != ada.room

    run(main())


def test_a_broken_room_says_bye_to_players_and_watchers_of_every_dialect() -> None:
    async def main() -> None:
        async with serving(Quiet, seats=8) as server:
            callers = [await server.join("ada", d) for d in Dialect]
            callers += [await server.join("eve", d, watch=True) for d in Dialect]
            await callers[0].do(1, "raise")
            for caller in callers:
                assert await caller.bye() == str(CloseCode.GAME_ERROR)
            await until(lambda: not server.server._runner._timers)

    run(main())


def test_ticks_come_at_their_rate() -> None:
    async def main() -> None:
        async with serving(Stage, tick_rate=200) as server:
            ada = await server.join("ada")
            loop = asyncio.get_running_loop()
            start, first = loop.time(), (await ada.state()).tick
            last = (await ada.state(lambda s: s.tick >= first + 50)).tick
            assert (last - first) / (loop.time() - start) == pytest.approx(200, rel=0.05)

    run(main())


def test_a_late_loop_skips_ticks_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada")
            await ada.state()
            await ada.do(1, "block")  # 30 ticks
            ack = await ada.expect(Ack)
            ticks = await on_stage(ada, 5)
            assert ticks == list(range(ack.tick, ack.tick + 5)), "ticks are numbered without gaps"
            room = server.lobby.rooms[ada.room]
            assert room.clock.skipped >= 20
            await until(lambda: "ticks are late" in caplog.text)

    with caplog.at_level(logging.WARNING):
        run(main())
    (warning,) = [r for r in caplog.records if "ticks are late" in r.getMessage()]
    assert warning.name == "tickwire.runner"
    assert re.search(r"\d+ skipped", warning.getMessage())


class Slow(Stage):
    """Its step takes longer than its tick."""

    tick_rate = 50

    def step(self) -> None:
        time.sleep(0.2)


def test_a_slow_step_is_reported_with_its_game_its_room_and_what_it_took(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage, Slow) as server:
            ada = await server.join("ada", game="stage")
            eve = await server.join("eve", game="slow")
            await until(lambda: "ticks are late" in caplog.text)
            assert f"slow in room {eve.room} took " in caplog.text
            await ada.state()

    with caplog.at_level(logging.WARNING):
        run_really(main())  # a step that takes real time
    warning = next(r.getMessage() for r in caplog.records if "ticks are late" in r.getMessage())
    assert re.search(
        r"\d+ skipped; slow in room \w+ took \d+ ms for a tick and has 20 ms: make its rules faster", warning
    )
    assert "this core" not in warning


def test_a_slow_start_is_reported_with_its_game_and_what_it_took(caplog: pytest.LogCaptureFixture) -> None:
    class Heavy(Quiet):
        """It builds a large board."""

        def start(self) -> None:
            time.sleep(0.15)

    async def main() -> None:
        async with serving(Heavy) as server:
            await server.join("ada")

    with caplog.at_level(logging.WARNING):
        run(main())
    assert re.search(r"starting heavy took \d+ ms, and every room waited for it", caplog.text)


def late(seconds: list[Second]) -> str:
    """What is said of a room whose ticks of 10 ms were skipped, after seconds that rooms spent like this."""
    overruns = Overruns()
    for second in seconds:
        overruns.next()
        overruns.now = second
    room = Room(inspect_game(Stage), "LATE", 1, 0.0)
    return overruns._reason(room, 30, 12)


def test_what_made_ticks_late_is_told_apart() -> None:
    slow = Room(inspect_game(Slow), "SLOW", 1, 0.0, tick_rate=1)
    # Not much of its own second, but most of what the others had to wait.
    assert late([Second(0.31, 0.3, slow)]).startswith("slow in room SLOW took 300 ms for a tick and has 1000 ms")
    assert late([Second(0.31, 0.3, slow), Second()]).startswith("slow in room SLOW"), "the second before counts, too"
    assert (
        late([Second(0.9, 0.01, slow)]) == "12 rooms took 900 ms of a second: too many rooms or players for this core"
    )
    assert late([Second(0.1, 0.01, slow)]).startswith(
        "12 rooms took 100 ms of a second: something else held the server up"
    )
    five = Room(inspect_game(Stage), "FIVE", 1, 0.0, tick_rate=20)
    assert late([Second(0.15, 0.15, five, 5)]).startswith("stage in room FIVE took 30 ms for a tick and has 50 ms")


def test_a_late_loop_reports_at_most_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            callers = [await server.join("ada", room="new") for _ in range(3)]
            for caller in callers:
                await caller.state()
            await callers[0].do(1, "block")  # all three rooms are late together
            for caller in callers:
                first = (await caller.state()).tick
                await caller.state(lambda s, first=first: s.tick >= first + 10)  # type: ignore[misc]

    with caplog.at_level(logging.WARNING):
        run(main())
    assert len([r for r in caplog.records if "ticks are late" in r.getMessage()]) == 1


def test_rooms_tick_apart_from_each_other() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada", room="new")
            await ada.state(lambda s: s.tick >= 10)
            bob = await server.join("bob", room="new")
            assert (await bob.state()).tick < 10

    run(main())


def test_inputs_reach_the_game_as_the_types_it_declared() -> None:
    seen: list[object] = []

    class Listening(Quiet):
        """Writes down what it receives."""

        def receive(self, player: object, do: Do) -> None:
            seen.append(do)

    async def main() -> None:
        async with serving(Listening) as server:
            for dialect in Dialect:
                caller = await server.join("ada", dialect)
                await caller.do(1, "hello")
                await caller.expect(Ack)

    run(main())
    assert seen == [Do("hello")] * len(Dialect)


class MillisecondLoop:
    """A loop that counts in whole milliseconds, as uvloop does, in virtual time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., None], *args: Any) -> Any:
        self.timers.append((self.now + max(0.0, round(when - self.now, 3)), callback, args))

    call_later = call_at

    def fire(self) -> None:
        self.timers.sort(key=lambda timer: timer[0])
        self.now, callback, args = self.timers.pop(0)
        callback(*args)


@pytest.mark.parametrize("rate", [7, 12, 20, 30, 60])
def test_rooms_of_one_rate_share_their_wakes_and_every_wake_makes_a_tick(rate: float) -> None:
    loop: Any = MillisecondLoop()
    gateway: Any = SimpleNamespace(take_inputs=lambda hall: None, is_open=lambda room: True)
    runner = Runner(loop)
    runner._gateway = gateway
    halls = []
    for i in range(40):
        halls.append(Hall(Room(inspect_game(Stage), "AAAA", 1, loop.now + i * 0.0071 % (1 / rate), tick_rate=rate)))
        runner.run(halls[-1])
    slots = ceil(40 / FULL_ROOMS)
    assert slots < SLOTS
    while not all(hall.room.tick for hall in halls):  # until the last one has begun
        loop.fire()
    for hall in halls:
        hall.room.game.tick = 0
    for _ in range(slots * 10):
        assert runner.next_tick() == pytest.approx(min(hall.room.clock.next_at for hall in halls), abs=1e-6)
        made = sum(hall.room.tick for hall in halls)
        loop.fire()
        assert sum(hall.room.tick for hall in halls) > made, "a wake for nothing"
        assert len(loop.timers) == slots
    assert {hall.room.tick for hall in halls} == {10}


class Wakes:
    """A runner in virtual time, and how many rooms share its wakes."""

    def __init__(self) -> None:
        loop: Any = MillisecondLoop()
        self.loop = loop
        self.ended: set[Room] = set()
        gateway: Any = SimpleNamespace(take_inputs=lambda hall: None, is_open=lambda room: room not in self.ended)
        self.runner = Runner(self.loop)
        self.runner._gateway = gateway
        self.rooms: list[Room] = []

    def open(self, rooms: int, seats: int = 4, tick_rate: float = 20) -> None:
        for _ in range(rooms):
            self.loop.now += 0.00017
            self.rooms.append(Room(inspect_game(Stage), "AAAA", 1, self.loop.now, seats=seats, tick_rate=tick_rate))
            self.runner.run(Hall(self.rooms[-1]))

    def shares(self) -> list[int]:
        return sorted(len(halls) for halls in self.runner._due.values())


@pytest.mark.parametrize(
    ("rooms", "seats", "shares"),
    [
        (1, 4, [1]),
        (16, 4, [16]),
        (17, 4, [1, 16]),
        (10, 50, [10]),
        (20, 50, [10, 10]),
        (80, 50, [20, 20, 20, 20]),
        (100, 4, [25, 25, 25, 25]),
        (3, 2000, [1, 1, 1]),
        (6, 2000, [1, 1, 2, 2]),
    ],
)
def test_a_wake_is_filled_up_before_the_next_is_begun(rooms: int, seats: int, shares: list[int]) -> None:
    wakes = Wakes()
    wakes.open(rooms, seats)
    for _ in range(8 * len(shares)):  # as late as the first of them are by now, all tick as one
        wakes.loop.fire()
    assert wakes.shares() == shares


def test_what_an_ended_room_leaves_free_is_filled_again() -> None:
    wakes = Wakes()
    wakes.open(FULL_ROOMS + 1)
    wakes.ended.update(wakes.rooms[3:8])
    for _ in range(10):
        wakes.loop.fire()
    assert wakes.shares() == [1, FULL_ROOMS - 5]
    wakes.open(5)
    for _ in range(10):
        wakes.loop.fire()
    assert wakes.shares() == [1, FULL_ROOMS]


def test_rooms_of_another_rate_have_wakes_of_their_own() -> None:
    wakes = Wakes()
    wakes.open(3)
    wakes.open(2, tick_rate=7)
    assert sorted(wakes.runner._full.values()) == [2 / FULL_ROOMS, 3 / FULL_ROOMS]


def run_rooms(codes: list[str], broken: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[list[bytes]], list[str]]:
    """One tick of rooms that are due together; what was sent, and which of them were ended."""
    sent: list[list[bytes]] = []
    ended: list[str] = []

    def deliver(hall: Hall, output: TickOutput, now: float, outbox: Outbox) -> None:
        outbox.payloads.append(hall.room.code.encode())
        if hall.room.code == broken:
            raise RuntimeError("it says who looks where, and broke")

    def send(outbox: Outbox) -> None:
        sent.append(outbox.payloads[:])
        outbox.cut(0)

    monkeypatch.setattr(Hall, "deliver", deliver)
    monkeypatch.setattr(Outbox, "send", send)
    loop: Any = MillisecondLoop()
    runner = Runner(loop)
    gateway: Any = SimpleNamespace(
        take_inputs=lambda hall: None,
        is_open=lambda room: room.code not in ended,
        end_room=lambda room, *_: ended.append(room.code),
    )
    runner._gateway = gateway
    for code in codes:
        runner.run(Hall(Room(inspect_game(Stage), code, 1, loop.now)))
    loop.fire()
    return sent, ended


def test_a_room_that_breaks_while_its_state_is_made_sends_none_of_it_and_the_others_send_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent, ended = run_rooms(["AAAA", "BBBB", "CCCC"], "BBBB", monkeypatch)
    assert sent == [[b"AAAA", b"CCCC"]]
    assert ended == ["BBBB"]


def test_rooms_that_are_due_together_are_sent_together_but_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "TOGETHER", 2)
    sent, _ = run_rooms(["AAAA", "BBBB", "CCCC"], "", monkeypatch)
    assert sent == [[b"AAAA", b"BBBB"], [b"CCCC"]]
