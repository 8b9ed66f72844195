"""Who sends too much, who only seems to, and what is counted: every byte, frame and message has its price."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from helpers import BINARY, CONTINUATION, PING, PONG, TEXT, Quiet, Stage, run, serving, until, ws_frame

from server.test_trays import Note, Table
from tickwire.net import limits
from tickwire.net.limits import CHAT, MESSAGES, RESYNCS
from tickwire.server import runner as runner_module
from tickwire.server.gateway import Gateway
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Bye, Chat, Error, Hello, InputMessage, Ping, Pong, Resync, Say

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
A_SECOND = 60  # inputs of an honest client that sends its controls in every frame
HUNG = 8  # seconds


# --- honest players are no flood --------------------------------------------------------------------------


@pytest.mark.parametrize("by_tray", [True, False])
@pytest.mark.parametrize("played", [0, 1, 30])  # seconds before
def test_what_piled_up_while_a_line_hung_or_the_server_stood_still_is_no_flood(by_tray: bool, played: int) -> None:
    table = Table()
    ada = table.call(Hello("ada"))
    seq = 0
    for frame in range(played * A_SECOND):
        table.now = frame / A_SECOND
        seq += 1
        table.lay(ada, "go", seq=seq)
    table.now += HUNG  # without a sweep: the server did nothing either
    for _ in range(HUNG * A_SECOND):
        seq += 1
        if by_tray:
            table.lay(ada, "go", seq=seq)
        else:
            table.hears(ada, InputMessage(seq, Note("go")))
    table.tick()
    assert not any(isinstance(m, Bye) for m in ada.got)
    table.hears(ada, Ping(1.0))
    assert isinstance(ada.last, Pong)


@pytest.mark.parametrize("sweeping", [True, False])
def test_ten_thousand_a_second_are_a_flood_within_half_a_second(sweeping: bool) -> None:
    table = Table()
    ada, bob = table.call(Hello("ada")), table.call(Hello("bob"))
    table.now = 60.0  # it has saved up what it may
    table.gateway.sweep()
    for seq in range(1, 10_001):
        table.now += 1e-4
        if sweeping and seq % 1000 == 0:
            table.gateway.sweep()
        table.hears(ada, InputMessage(seq, Note("go")))
        if ada.closing:
            break
    assert isinstance(ada.last, Bye)
    assert ada.last.code == "flood"
    assert table.now - 60 < 0.5
    table.hears(bob, Ping(1.0))
    assert isinstance(bob.last, Pong)


def test_nothing_is_parsed_behind_the_bye_whatever_lies_in_the_tray(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    ada, bob = table.call(Hello("ada")), table.call(Hello("bob"))
    tray, decode, decoded = ada.tray, ada.owner.decode, []

    def counting(payload: bytes) -> Any:
        decoded.append(payload)
        return decode(payload)

    ada.owner.decode = counting
    payload = encode(InputMessage(1, Note("go")), Encoding.MSGPACK)
    tray += (ada, payload) * 5000
    table.lay(bob, "fine")
    assert table.tick()[0] == ["ada go", "bob fine"]
    assert len(decoded) == MESSAGES.first - 1  # and the hello
    table.now += 100  # nor when its budget would have grown again
    tray += (ada, payload) * 10
    table.tick()
    assert len(decoded) == MESSAGES.first - 1


@EVERY_DIALECT
def test_nothing_is_parsed_behind_the_bye_whatever_lies_in_a_buffer(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    received = Gateway.received

    def counting(self: Gateway, link: Any, payload: bytes) -> None:
        heard.append(payload)
        received(self, link, payload)

    monkeypatch.setattr(Gateway, "received", counting)

    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            many = ada.framed(type="ping", sent=1.0) * 10_000
            sending = asyncio.create_task(ada.send(many))
            assert await ada.bye() == "flood"
            sending.cancel()
            ada.close()
            await until(lambda: server.gateway.connections == 0)
            # What it had, and what came to it while it was read; lines that are too many for a read none.
            assert 1 <= len(heard) <= 2 * MESSAGES.first

    run(main())


# --- what is counted --------------------------------------------------------------------------------------

_EMPTY = ws_frame(CONTINUATION, b"", fin=False)

# By name: the dialect, what comes first, and what comes again and again; a million bytes or so in all.
TRICKS: dict[str, tuple[Dialect, bytes, bytes]] = {
    "empty lines": (Dialect.LINES, b"", b"\n"),
    "blank lines": (Dialect.LINES, b"", b"  \r\n"),
    "lines of blanks": (Dialect.LINES, b"", b" " * 60_000 + b"\n"),
    "no messages": (Dialect.LINES, b"", b"?\n"),
    "empty native messages": (Dialect.NATIVE, b"", b"\0\0\0\0"),
    "empty header64 messages": (Dialect.HEADER64, b"", b"0".ljust(64)),
    "long native messages": (Dialect.NATIVE, b"", b"\0\0\xea\x60" + b"\xc0" * 60_000),
    "pings": (Dialect.WS_JSON, b"", ws_frame(PING)),
    "pings between inputs": (Dialect.WS_MSGPACK, b"", ws_frame(PING, b"x" * 125)),
    "pongs": (Dialect.WS_MSGPACK, b"", ws_frame(PONG, b"nobody asked")),
    "empty fragments": (Dialect.WS_JSON, ws_frame(TEXT, b"", fin=False), _EMPTY),
    "messages of empty fragments": (
        Dialect.WS_MSGPACK,
        b"",
        ws_frame(BINARY, b"\xc0", fin=False) + _EMPTY * 500 + ws_frame(CONTINUATION, b"\xc0"),
    ),
    "long messages": (Dialect.WS_JSON, b"", ws_frame(TEXT, b'"' + b"x" * 60_000 + b'"')),
    "long binary messages": (Dialect.WS_MSGPACK, b"", ws_frame(BINARY, b"\xc0" * 60_000)),
    "long inputs": (
        Dialect.WS_MSGPACK,
        b"",
        ws_frame(BINARY, encode(InputMessage(1, {"type": "do", "what": "x" * 9_000}), Encoding.MSGPACK)),
    ),
}


@pytest.mark.parametrize("trick", list(TRICKS))
def test_whatever_comes_without_end_is_a_flood(trick: str) -> None:
    dialect, first, again = TRICKS[trick]

    async def main() -> None:
        async with serving(Quiet) as server:
            bob = await server.join("bob")
            ada = await server.join("ada", dialect)
            await ada.send(first)
            sending = asyncio.create_task(ada.send(again * (4_000_000 // len(again))))
            code = await ada.bye()
            sending.cancel()
            # The message of too many fragments is refused as such before they are too many for a second.
            assert code in (("too_long", "flood") if trick == "empty fragments" else ("flood",))
            await bob.do(1)
            await bob.state()
            assert [p.name for p in server.lobby.rooms[bob.room].players()] == ["bob", "ada"]  # its seat is kept

    run(main())


def test_single_bytes_have_a_price_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FRAMES", limits.Limit(rate=1e-9, first=80, saved=80, unit="pieces"))

    async def main() -> None:
        async with serving(Quiet) as server:
            for dialect in (Dialect.LINES, Dialect.NATIVE, Dialect.WS_JSON, Dialect.WS_MSGPACK):
                ada = await server.join("ada", dialect)
                (link,) = server.links
                meter = link.meter
                assert meter is not None
                pieces = ada.framed(type="chat", text="x" * 300)
                for byte in pieces[:160]:
                    left = meter.frames, link.source and link.source.reads
                    await ada.send(bytes([byte]))
                    await until(
                        lambda left=left, link=link, meter=meter: (  # type: ignore[misc]
                            link.closing or left != (meter.frames, link.source and link.source.reads)
                        )
                    )
                    if link.closing:
                        break
                assert await ada.bye() == "flood"
                ada.close()
                await until(lambda: server.gateway.connections == 0)

    run(main())


@EVERY_DIALECT
def test_a_client_that_pings_and_plays_within_the_limits_is_never_bothered(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada", dialect)
            for seq in range(1, 180):  # two messages each, and some pongs: at most MESSAGES.first
                await ada.do(seq)
                if dialect in (Dialect.WS_JSON, Dialect.WS_MSGPACK):
                    await ada.send(ws_frame(PING, b"?"))
                if dialect is Dialect.LINES:
                    await ada.send(b"\n" * 5)
            await ada.say(type="ping", sent=7)
            await ada.expect(Pong)

    run(main())


# --- chat ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("watch", [False, True])
def test_chat_has_a_limit_of_its_own_in_every_game(watch: bool) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            bob = await server.join("bob")
            ada = await server.join("ada", watch=watch)
            for i in range(40):
                await ada.say(type="chat", text=f"line {i}")
            await ada.say(type="ping", sent=1)
            await ada.expect(Pong)
            refused = [m for m in ada.heard if isinstance(m, Error)]
            assert {m.code for m in refused} == {"too_much_chat"}
            taken = 40 - len(refused)
            assert CHAT.first <= taken <= CHAT.first + CHAT.rate * 2
            said = [(await bob.expect(Chat)).text for _ in range(taken)]
            assert said[: int(CHAT.first)] == [f"line {i}" for i in range(int(CHAT.first))]

    run(main())


def test_a_second_of_silence_brings_four_more_lines() -> None:
    table = Table()
    ada = table.call(Hello("ada"))

    def say(lines: int) -> int:
        """How many of them are taken."""
        before = len(ada.got)
        for i in range(lines):
            table.gateway.received(ada, b"\x82\xa4type\xa4chat\xa4text\xa1" + bytes([ord("a") + i % 26]))
        refused = [m for m in ada.got[before:] if isinstance(m, Error)]
        assert {m.code for m in refused} <= {"too_much_chat"}
        return lines - len(refused)

    assert say(30) == CHAT.first
    table.now += 1.0
    assert say(30) == CHAT.rate
    table.now += 3600.0
    assert say(30) == CHAT.saved
    assert not ada.closing


def test_lines_without_end_are_a_flood_beyond_the_limit_of_chat() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.send(ada.framed(type="chat", text="x") * 3000)
            assert await ada.bye() == "flood"

    run(main())


# --- resyncs ------------------------------------------------------------------------------------------------


def test_a_full_state_is_given_so_often_and_the_last_one_comes_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tickwire")
    monkeypatch.setattr(runner_module, "SWEEP", 1000.0)  # the test sweeps by itself
    table = Table()
    ada = table.call(Hello("ada"))

    def ask(times: int) -> int:
        """How many full states it gets, one a tick."""
        full = 0
        for _ in range(times):
            table.hears(ada, Resync("x\n10:00 forged\x1b[2J"))
            full += owed()
        return full

    def owed() -> int:
        wants, ada.owner.wants_full = ada.owner.wants_full, False
        return bool(wants)

    owed()  # that of the welcome
    assert ask(150) == RESYNCS.first
    table.now += 1.0
    table.gateway.sweep()
    assert owed() == 1  # whoever asked gets it, later
    table.gateway.sweep()
    assert owed() == 0
    lines = [r.getMessage() for r in caplog.records if "drifted" in r.getMessage()]
    assert len(lines) == 5, "one for each full state that was given, and none for the others"
    assert not ada.closing


def test_a_resync_is_answered_with_the_next_tick() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada")
            await ada.state()
            await ada.state(lambda s: not s.full)
            await ada.say(type="resync")
            await ada.state(lambda s: s.full)

    run(main())


# --- coming back --------------------------------------------------------------------------------------------


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one character of 18 bytes
LONG_LINE = FAMILY * 298


def test_who_missed_long_lines_is_sent_the_last_of_them_and_then_the_state() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada, eve = await server.join("ada"), await server.join("eve")
            assert ada.welcome is not None
            await ada.state()
            ada.reset()
            await until(lambda: server.gateway.connections == 1)
            for _ in range(30):  # 160 kB, as fast as she may
                await eve.say(type="chat", text=LONG_LINE)
                assert (await eve.expect(Chat)).text == LONG_LINE
                server.clock_ahead(3)
            again = await server.call()
            await again.hello("ada", token=ada.welcome.token)
            assert (await again.expect(Chat)).text == LONG_LINE
            assert (await again.state()).full

    run(main())


@EVERY_DIALECT
def test_what_several_say_at_once_closes_nobody_who_reads(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            loud = [await server.join(f"eve{i}") for i in range(3)]
            for eve in loud:
                await eve.send(eve.framed(type="chat", text=LONG_LINE) * int(CHAT.saved))
            for eve in loud:
                assert (await eve.expect(Error)).code == "too_much_chat"
            heard = [await ada.expect(Chat) for _ in range(2 * len(loud))]
            assert {line.text for line in heard} == {LONG_LINE}
            await ada.say(type="ping", sent=7)
            assert (await ada.expect(Pong)).sent == 7

    run(main())


def test_a_line_of_chat_costs_what_its_bytes_are() -> None:
    table = Table()
    ada = table.call(Hello("ada"))

    def said() -> int:
        table.halls[0].room.make_tick()
        for _ in range(int(CHAT.saved)):
            table.hears(ada, Say(LONG_LINE))
        return len(table.halls[0].room.make_tick().messages)

    assert said() == 2  # the second is begun while there is something left
    assert said() == 0
    table.now += 60
    assert said() == 2
    table.now += 60
    refused = len(ada.got)
    for _ in range(int(CHAT.saved)):
        table.hears(ada, Say("x" * 300))
    assert len(ada.got) == refused, "who writes in plain letters does not meet it"


def test_who_was_closed_for_a_flood_comes_back_to_its_seat() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.send(ada.framed(type="ping", sent=1.0) * 3000)
            assert await ada.bye() == "flood"
            assert ada.welcome is not None
            again = await server.call()
            assert (await again.hello("ada", token=ada.welcome.token)).player == ada.player
            await again.do(1)
            await again.state()

    run(main())
