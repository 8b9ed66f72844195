from __future__ import annotations

import asyncio
from typing import Any

import pytest
from helpers import Quiet, Stage, record_states, serving, until
from virtual_time import run

from tickwire.errors import CloseCode
from tickwire.net import limits
from tickwire.net import listener as listener_module
from tickwire.net.limits import Limit
from tickwire.room.session import OVERLAP
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Bye, Chat, Error, Event, Joined, Left, PackedState, Pong, State, Welcome

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))


@EVERY_DIALECT
def test_a_hello_is_answered_with_a_welcome_and_then_a_full_state(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.call(dialect)
            welcome = await ada.hello("ada")
            assert (welcome.player, welcome.name, welcome.game, welcome.tick_rate) == (1, "ada", "stage", 100)
            assert [(p.player, p.name, p.bot) for p in welcome.players] == [(1, "ada", False)]
            assert (await ada.state()).full
            assert not (await ada.state()).full
            assert list(ada.rows["Mark"]) == [1]

    run(main())


# --- hellos that are refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "a\x00b",
        "\x1b[2Jada",
        "ada\nbob",
        "ada\x7f",
        "ada\x9bK",  # CSI in one byte of Latin-1
        "ada\u202egro",  # turns the writing direction
        "\u2066ada",
        "a\u200bda",  # zero width
        "ada\u2028bob",
        "x" * 25,
        "蛇" * 13,
        "e" + "\u0301" * 60,
        "\u0301\u0301",  # no cell wide
    ],
)
def test_a_name_that_nobody_should_have_to_look_at_is_refused(name: str) -> None:
    async def main() -> None:
        async with serving() as server:
            caller = await server.call()
            await caller.say(type="hello", name=name)
            assert await caller.refusal() == "bad_name"
            assert server.lobby.rooms == {}
            await caller.hello("ada")  # and may try again

    run(main())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 24, "x" * 24),
        ("蛇" * 12, "蛇" * 12),
        ("  ada  ", "ada"),
        ("Zoe\u0308", "Zoë"),
        ("O'Neil <b>", "O'Neil <b>"),
        ("Анна 安娜", "Анна 安娜"),
    ],
)
def test_a_name_of_24_cells_in_any_script_is_taken(name: str, shown: str) -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join(name)
            assert ada.welcome is not None
            assert ada.welcome.name == shown

    run(main())


@pytest.mark.parametrize(
    ("hello", "code", "words"),
    [
        ({"name": "ada", "game": "chess"}, "no_such_game", "stage"),
        ({"name": "ada", "room": "ZZZZ"}, "no_such_room", "ZZZZ"),
        ({"name": "ada", "room": ""}, "no_such_room", ""),
        ({"name": "ada", "token": "forged"}, "bad_token", "token"),
        ({"name": 7}, "bad_message", "name"),
        ({}, "bad_message", "name"),
        ({"name": "ada", "watch": "yes"}, "bad_message", "watch"),
    ],
)
def test_a_hello_that_cannot_be_granted_says_why(hello: dict[str, Any], code: str, words: str) -> None:
    async def main() -> None:
        async with serving() as server:
            caller = await server.call()
            await caller.say(type="hello", **hello)
            error = await caller.expect(Error)
            assert error.code == code
            assert words in error.message
            assert "$" not in error.message
            await caller.hello("ada")

    run(main())


def test_a_full_room_refuses_by_code_and_a_quick_join_gets_another_room() -> None:
    async def main() -> None:
        async with serving(Stage, seats=2) as server:
            ada = await server.join("ada")
            await server.join("bob")
            late = await server.call()
            await late.say(type="hello", name="eve", room=ada.room)
            assert await late.refusal() == "room_full"
            assert (await late.hello("eve")).room != ada.room

    run(main())


def test_a_room_is_found_by_its_code_in_small_letters_too() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada", room="new")
            other = await server.join("eve", room="new")
            bob = await server.join("bob", room=ada.room.lower())
            assert bob.room == ada.room != other.room

    run(main())


def test_two_players_may_bear_the_same_name() -> None:
    async def main() -> None:
        async with serving() as server:
            names = [(await server.join("ada")).welcome for _ in range(3)]
            assert [w.name for w in names if w] == ["ada", "ada 2", "ada 3"]

    run(main())


# --- what may come when --------------------------------------------------------------------------------


@EVERY_DIALECT
def test_a_second_hello_is_refused_and_the_seat_stays(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada", dialect)
            await ada.say(type="hello", name="bob")
            assert await ada.refusal() == "already_joined"
            assert [p.name for p in server.lobby.rooms[ada.room].players()] == ["ada"]

    run(main())


@pytest.mark.parametrize(
    "message",
    [
        {"type": "input", "seq": 1, "input": {"type": "do"}},
        {"type": "input", "seq": 1, "input": 7},
        {"type": "chat", "text": "hi"},
        {"type": "resync"},
    ],
)
def test_before_hello_nothing_but_hello_ping_and_leave_is_taken(message: dict[str, Any]) -> None:
    async def main() -> None:
        async with serving() as server:
            caller = await server.call()
            await caller.say(**message)
            assert await caller.refusal() == "not_joined"
            await caller.say(type="ping", sent=1.5)
            assert await caller.expect(Pong) == Pong(1.5, 0)
            await caller.say(type="leave")
            assert await caller.bye() == "left"

    run(main())


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "dance"}, "bad_message"),
        ({"type": "state", "tick": 1}, "bad_message"),
        ({}, "bad_message"),
        ({"type": "input"}, "bad_message"),
        ({"type": "input", "seq": -1, "input": {"type": "do"}}, "bad_message"),
        ({"type": "input", "seq": 2**32, "input": {"type": "do"}}, "bad_message"),
        ({"type": "input", "seq": 1, "input": {"type": "fly"}}, "bad_input"),
        ({"type": "input", "seq": 1, "input": {"type": "do", "what": 5}}, "bad_input"),
        ({"type": "input", "seq": 1, "input": {"type": "do", "more": 5}}, "bad_input"),
        ({"type": "input", "seq": 1, "input": None}, "bad_input"),
        ({"type": "chat", "text": ""}, "bad_chat"),
        ({"type": "chat", "text": " \n "}, "bad_chat"),
        ({"type": "chat", "text": "x" * 301}, "bad_chat"),
        ({"type": "chat", "text": 5}, "bad_message"),
        ({"type": "ping"}, "bad_message"),
    ],
)
@pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.NATIVE])
def test_what_does_not_fit_is_an_error_and_the_connection_lives(
    dialect: Dialect, message: dict[str, Any], code: str
) -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada", dialect)
            await ada.say(**message)
            assert await ada.refusal() == code
            await ada.do(1)
            assert (await ada.expect(Ack)).seq == 1

    run(main())


@pytest.mark.parametrize(
    "line", [b"{\n", b"{}\n", b"[]\n", b"7\n", b"{'name': 1}\n", b'{"type":"hello"}x\n', b"{" * 9999 + b"\n"]
)
def test_a_line_that_is_no_message_is_an_error_and_the_connection_lives(line: bytes) -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            await ada.send(line)
            assert await ada.refusal() == "bad_message"
            await ada.say(type="ping", sent=1)
            await ada.expect(Pong)

    run(main())


def test_an_error_does_not_echo_a_whole_message_back() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            await ada.say(type="x" * 60_000)
            assert len((await ada.expect(Error)).message) < 1000

    run(main())


@EVERY_DIALECT
def test_bytes_that_break_the_framing_end_one_connection_and_no_other(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada", dialect)
            bob = await server.join("bob")
            broken = {
                Dialect.LINES: b'{"\xff"}\n',
                Dialect.NATIVE: b"\xff\xff\xff\xff",
                Dialect.HEADER64: b"-1".ljust(64),
                Dialect.WS_JSON: b"\xf1\x80\x00\x00\x00\x00",
                Dialect.WS_MSGPACK: b"\x80\x80\x00\x00\x00\x00",
            }
            await ada.send(broken[dialect])
            assert await ada.bye() == ("too_long" if dialect is Dialect.NATIVE else "bad_framing")
            await bob.do(1)
            await bob.expect(Ack)

    run(main())


def test_no_hello_in_time_is_bye_no_hello_however_much_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with serving() as server:
            talker = await server.call()
            await talker.say(type="ping", sent=1)
            await talker.expect(Pong)
            ada = await server.join("ada")
            server.sweep_in(listener_module.HELLO_DEADLINE - 1)
            await talker.say(type="ping", sent=2)
            await talker.expect(Pong)
            server.sweep_in(listener_module.HELLO_DEADLINE)
            assert await talker.bye() == "no_hello"
            await ada.do(1)
            await ada.expect(Ack)

    run(main())


# --- flood ---------------------------------------------------------------------------------------------


@EVERY_DIALECT
def test_a_flood_ends_with_bye_and_others_miss_nothing(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    made = record_states(monkeypatch)

    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada", dialect)
            bob = await server.join("bob")
            start = (await bob.state()).tick
            await ada.send(ada.framed(type="ping", sent=1.0) * 1000)
            assert await ada.bye() == "flood"
            await until(lambda: server.gateway.connections == 1)
            await bob.do(1)
            await bob.expect(Ack)
            last = await bob.state()
            ticks = [s.tick for s in bob.states]
            assert ticks == made[made.index(ticks[0]) : made.index(last.tick) + 1]
            assert start in ticks

    run(main())


def test_a_burst_within_the_limit_is_no_flood_and_its_budget_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MESSAGES", Limit(rate=1e-9, first=20, saved=20, unit="messages"))

    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")  # one message of the 20
            for sent in range(19):
                await ada.say(type="ping", sent=sent)
            await ada.expect(Pong, lambda pong: pong.sent == 18)
            monkeypatch.setattr(limits, "MESSAGES", Limit(rate=10, first=20, saved=20, unit="messages"))
            server.sweep_in(1)
            monkeypatch.setattr(limits, "MESSAGES", Limit(rate=1e-9, first=20, saved=20, unit="messages"))
            for sent in range(10):
                await ada.say(type="ping", sent=100 + sent)
            await ada.expect(Pong, lambda pong: pong.sent == 109)
            for _ in range(11):  # at most ten came by themselves, while the sweep was near
                await ada.say(type="ping", sent=0)
            assert await ada.bye() == "flood"

    run(main())


# --- inputs, acks, states --------------------------------------------------------------------------


@EVERY_DIALECT
def test_an_ack_comes_just_before_the_state_that_includes_its_input(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            await ada.state()
            for seq in (1, 2, 7):
                await ada.do(seq)
                ack = await ada.expect(Ack)
                state = await ada.next()
                assert isinstance(state, State | PackedState)
                assert (ack.seq, ack.tick) == (seq, state.tick)
            assert ada.rows["Mark"][1][1] == 3

    run(main())


def test_a_repeated_input_and_one_out_of_order_change_nothing() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.state()
            for seq in (5, 5, 3, 4, 6):
                await ada.do(seq)
            await ada.expect(Ack, lambda ack: ack.seq == 6)
            await ada.state()
            assert ada.rows["Mark"][1][1] == 2
            acks = [m.seq for m in ada.heard if isinstance(m, Ack)]
            assert acks in ([6], [5, 6])

    run(main())


def test_an_ack_of_a_tick_that_changed_nothing_is_followed_by_an_empty_state() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.state()
            await ada.do(1, "nothing")
            await ada.expect(Ack)
            state = await ada.state()
            assert isinstance(state, State)
            assert (state.full, state.tables, state.removed) == (False, {}, {})

    run(main())


def test_a_quiet_room_sends_nothing_by_itself() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.state()
            room = server.lobby.rooms[ada.room]
            tick = room.tick
            await until(lambda: room.tick > tick + 5)
            await ada.say(type="ping", sent=1)
            assert isinstance(await ada.next(), Pong)

    run(main())


def test_a_watcher_sees_everything_and_has_no_say() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            eve = await server.join("eve", watch=True)
            assert eve.player == 0
            assert eve.room == ada.room
            await eve.do(1)
            assert await eve.refusal() == "watching"
            await eve.state()
            await ada.do(1)
            await eve.state()
            assert eve.rows["Mark"] == {1: (1, 1, 0)}
            assert [p.name for p in server.lobby.rooms[ada.room].players()] == ["ada"]
            await eve.say(type="chat", text="nice")
            assert await ada.expect(Chat) == Chat(0, "eve", "nice")

    run(main())


def test_all_the_rows_are_the_same_in_every_dialect() -> None:
    async def main() -> None:
        async with serving(Quiet, seats=len(Dialect)) as server:
            callers = [await server.join(d.label, d) for d in Dialect]
            for seq, caller in enumerate(callers, 1):
                await caller.do(seq)
                await caller.expect(Ack)
                await caller.state()
            last = server.lobby.rooms[callers[0].room]
            for caller in callers:
                await caller.say(type="resync")
                await caller.state(lambda s: s.full and s.tick >= last.tick - 1)
            assert all(c.rows == callers[0].rows for c in callers)
            assert len(callers[0].rows["Mark"]) == len(Dialect)

    run(main())


def test_a_resync_is_answered_with_one_full_state() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.state()
            await ada.say(type="resync", table="Mark")
            assert (await ada.state()).full
            await ada.do(1)
            assert not (await ada.state()).full

    run(main())


# --- what is not a state -----------------------------------------------------------------------------


def test_chat_reaches_everybody_in_the_room_and_nobody_else() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            bob = await server.join("bob", Dialect.NATIVE)
            eve = await server.join("eve", room="new")
            await ada.say(type="chat", text="  hi \x1b[31m all ")
            said = Chat(1, "ada", "hi  [31m all")
            assert await ada.expect(Chat) == said
            assert await bob.expect(Chat) == said
            await eve.say(type="chat", text="alone")
            assert await eve.expect(Chat) == Chat(1, "eve", "alone")

    run(main())


def test_a_whisper_reaches_one_and_a_shout_reaches_all() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            bob = await server.join("bob", Dialect.WS_JSON)
            await ada.do(1, "whisper")
            assert await ada.expect(Event) == Event("whisper", {"by": 1})
            await ada.do(2, "shout")
            assert await ada.expect(Event) == Event("shout", {"by": 1})
            assert await bob.expect(Event) == Event("shout", {"by": 1})

    run(main())


def test_what_is_for_all_comes_before_what_is_for_one() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.do(1, "whisper, shout")
            assert (await ada.expect(Event)).name == "shout"
            assert (await ada.expect(Event)).name == "whisper"

    run(main())


def test_who_comes_and_goes_is_told() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            assert await ada.expect(Joined) == Joined(1, "ada")
            bob = await server.join("bob")
            assert await ada.expect(Joined) == Joined(2, "bob")
            await bob.say(type="leave")
            assert await bob.bye() == "left"
            assert await ada.expect(Left) == Left(2, "bob")
            await ada.state()
            assert list(ada.rows["Mark"]) == [1]

    run(main())


def test_a_bot_gives_its_seat_to_a_person_and_takes_it_back() -> None:
    async def main() -> None:
        async with serving(Quiet, seats=2, bots=2) as server:
            ada = await server.join("ada")
            bob = await server.join("bob")
            room = server.lobby.rooms[ada.room]
            assert [p.bot for p in room.players()] == [False, False]
            await bob.say(type="leave")
            await bob.bye()
            assert [p.bot for p in room.players()] == [False, True]
            assert (await ada.expect(Joined, lambda m: m.player > bob.player)).bot

    run(main())


# --- sessions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [(Dialect.LINES, Dialect.WS_MSGPACK), (Dialect.NATIVE, Dialect.LINES), (Dialect.WS_JSON, Dialect.NATIVE)],
)
def test_a_seat_is_taken_back_by_its_token_from_another_dialect(first: Dialect, second: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", first)
            bob = await server.join("bob")
            await ada.do(1)
            await ada.expect(Ack)
            assert ada.welcome is not None
            ada.reset()
            await until(lambda: server.gateway.connections == 1)
            again = await server.call(second)
            welcome = await again.hello("whoever", token=ada.welcome.token)
            assert (welcome.player, welcome.name, welcome.room) == (1, "ada", ada.room)
            assert welcome.token != ada.welcome.token
            assert (await again.state()).full
            assert again.rows["Mark"][1][1] == 1
            await again.do(1)  # counted from 1 again
            assert (await again.expect(Ack)).seq == 1
            await bob.say(type="ping", sent=0)
            await bob.expect(Pong)
            assert not [m for m in bob.heard if isinstance(m, Left)]

    run(main())


def test_a_token_is_good_until_its_successor_was_used() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            ada.reset()
            await until(lambda: server.gateway.connections == 0)
            # As phones do: the hello is sent, and the connection is gone before the answer could be read.
            for _ in range(3):
                dying = await server.call()
                await dying.say(type="hello", name="ada", token=ada.welcome.token)
                dying.reset()
                await until(lambda: server.gateway.connections == 0)
            again = await server.join("ada", token=ada.welcome.token)
            assert again.welcome is not None
            assert again.player == ada.player
            third = await server.join("ada", token=again.welcome.token)
            assert await again.bye() == "replaced"
            thief = await server.call()
            await thief.say(type="hello", name="ada", token=ada.welcome.token)
            assert await thief.refusal() == "bad_token"
            await third.do(1)
            await third.expect(Ack)

    run(main())


def test_a_token_is_void_30_s_after_its_client_showed_that_it_has_the_next_one() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            again = await server.join("ada", token=ada.welcome.token)
            await again.do(1)  # any message
            await again.expect(Ack)
            server.clock_ahead(OVERLAP)
            late = await server.call()
            await late.say(type="hello", name="ada", token=ada.welcome.token)
            assert await late.refusal() == "bad_token"
            await again.do(2)
            await again.expect(Ack, lambda ack: ack.seq == 2)

    run(main())


def test_a_hello_that_the_network_held_up_until_the_next_one_was_answered_does_not_take_the_seat_back() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            ada.reset()
            given_up = await server.call()
            await until(lambda: server.server._listener._silent, "it is accepted")
            loop = asyncio.get_running_loop()
            accepted_by = loop.time()
            await until(lambda: loop.time() > accepted_by, "the next one is accepted later")
            again = await server.join("ada", token=ada.welcome.token)
            assert again.welcome is not None
            await given_up.say(type="hello", name="ada", token=ada.welcome.token)
            assert await given_up.bye() == "replaced"
            await again.do(1)
            await again.expect(Ack)
            third = await server.join("ada", token=again.welcome.token)
            assert third.player == ada.player

    run(main())


def test_two_with_the_same_token_cannot_both_hold_the_seat() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            one = await server.join("ada", token=ada.welcome.token)
            two = await server.join("ada", token=ada.welcome.token)
            assert await one.bye() == "replaced"
            assert one.welcome is not None
            thief = await server.call()
            await thief.say(type="hello", name="ada", token=one.welcome.token)
            assert await thief.refusal() == "bad_token"
            await two.do(1)
            await two.expect(Ack)

    run(main())


def test_inputs_of_the_old_connection_are_not_acked_to_the_new_one() -> None:
    async def main() -> None:
        async with serving(Quiet, tick_rate=2) as server:
            ada = await server.join("ada")
            await ada.state()
            assert ada.welcome is not None
            # All within one tick of half a second: the old connection's input still waits when the seat is taken back.
            await ada.do(50)
            again = await server.join("ada", token=ada.welcome.token)
            await again.state()
            assert not [m for m in again.heard if isinstance(m, Ack)]
            await again.do(1)
            assert (await again.expect(Ack)).seq == 1

    run(main())


def test_a_seat_taken_back_while_the_old_connection_lives_replaces_it() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            again = await server.join("ada", token=ada.welcome.token)
            assert await ada.bye() == "replaced"
            server.sweep_in(100)  # the end of the old connection does not start the grace time
            await again.do(1)
            await again.expect(Ack)

    run(main())


def test_a_lost_seat_is_kept_for_the_grace_time_and_then_freed() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            bob = await server.join("bob")
            await bob.state()
            ada.reset()
            await until(lambda: server.gateway.connections == 1)
            server.sweep_in(29)
            room = server.lobby.rooms[bob.room]
            assert [p.name for p in room.players()] == ["ada", "bob"]
            server.sweep_in(31)
            assert [p.name for p in room.players()] == ["bob"]
            assert await bob.expect(Left) == Left(1, "ada")
            late = await server.call()
            assert ada.welcome is not None
            await late.say(type="hello", name="ada", token=ada.welcome.token)
            assert await late.refusal() == "bad_token"

    run(main())


def test_leaving_frees_the_seat_at_once_and_ends_its_token() -> None:
    async def main() -> None:
        async with serving(Stage, seats=1) as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            await ada.say(type="leave")
            assert await ada.bye() == "left"
            bob = await server.call()
            await bob.say(type="hello", name="bob", token=ada.welcome.token)
            assert await bob.refusal() == "bad_token"
            assert (await bob.hello("bob", room=ada.room)).player == 2

    run(main())


def test_an_empty_room_ends_and_its_code_is_forgotten() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            watcher = await server.join("eve", watch=True)
            await ada.say(type="leave")
            await ada.bye()
            server.sweep_in(0)
            assert list(server.lobby.rooms) == [ada.room]  # somebody looks on
            watcher.reset()
            await until(lambda: server.gateway.connections == 0)
            server.sweep_in(0)
            assert server.lobby.rooms == {}
            await until(lambda: not server.server._runner._timers)
            late = await server.call()
            await late.say(type="hello", name="bob", room=ada.room)
            assert await late.refusal() == "no_such_room"

    run(main())


def test_a_room_ends_when_the_last_lost_seat_is_freed() -> None:
    async def main() -> None:
        async with serving(Stage, bots=2) as server:
            ada = await server.join("ada")
            ada.reset()
            await until(lambda: server.gateway.connections == 0)
            server.sweep_in(29)
            assert list(server.lobby.rooms) == [ada.room]
            server.sweep_in(31)
            assert server.lobby.rooms == {}

    run(main())


def test_a_watcher_who_goes_leaves_no_trace() -> None:
    async def main() -> None:
        async with serving() as server:
            ada = await server.join("ada")
            room = server.lobby.rooms[ada.room]
            for end in ("leave", "reset"):
                eve = await server.join("eve", watch=True)
                assert room.watchers == 1
                if end == "leave":
                    await eve.say(type="leave")
                    await eve.bye()
                else:
                    eve.reset()
                await until(lambda: room.watchers == 0)

    run(main())


# --- the end -----------------------------------------------------------------------------------------------


def test_shutdown_says_bye_to_everybody_in_every_dialect() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            callers = [await server.join(d.label, d) for d in Dialect]
            callers.append(await server.call())  # who has not said hello yet
            await callers[-1].say(type="ping", sent=0)
            await callers[-1].expect(Pong)
            server.gateway.shutdown()
            for caller in callers:
                assert await caller.bye() == "shutdown"
                assert [m for m in caller.heard if isinstance(m, Bye)] == caller.heard[-1:]

    run(main())


def test_the_table_of_close_codes_is_the_documents() -> None:
    from pathlib import Path

    document = (Path(__file__).parents[2] / "docs" / "WIRE.md").read_text()
    said = document.partition("`bye` codes:")[2].partition("\n\n")[0]
    assert all(f"`{code}`" in said for code in CloseCode)


def test_a_hello_in_the_same_packet_as_what_follows_is_answered_in_order() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            eager = await server.call()
            hello = eager.framed(type="hello", name="ada")
            await eager.send(
                hello + eager.framed(type="input", seq=1, input={"type": "do"}) + eager.framed(type="leave")
            )
            assert isinstance(await eager.next(), Welcome)
            assert await eager.bye() == "left"

    run(main())
