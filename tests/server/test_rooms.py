"""Rooms that come and go: those in which nobody is connected cost nothing, and there are only so many."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from helpers import Caller, Quiet, Serving, Stage, run, serving, until

from tickwire import Player
from tickwire.room.room import Room
from tickwire.server.seats import address_of
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Away, Chat, Error, Event, Left

EVERY_DIALECT = pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.NATIVE, Dialect.WS_MSGPACK])


async def lost(server: Serving, caller: Caller) -> str:
    """The caller's connection is gone; the token of its seat."""
    assert caller.welcome is not None
    others = server.gateway.connections - 1
    caller.reset()
    await until(lambda: server.gateway.connections == others)
    return caller.welcome.token


def room_of(server: Serving, caller: Caller) -> Room:
    return server.lobby.rooms[caller.room]


# --- standing still ---


def test_a_room_in_which_nobody_is_connected_stands_still_and_goes_on_where_it_was() -> None:
    async def main() -> None:
        async with serving(Stage, bots=1) as server:
            ada = await server.join("ada")
            await ada.state(lambda s: s.tick >= 5)
            room = room_of(server, ada)
            token = await lost(server, ada)
            runner = server.server._runner
            await until(lambda: not runner._timers, "its timer is gone")
            stood_at = room.tick
            bob = await server.join("bob", room="new")  # while another room ticks on
            await bob.state(lambda s: s.tick >= 20)
            assert room.tick == stood_at
            again = await server.join("ada", token=token)
            first = await again.state()
            assert first.full
            assert stood_at < first.tick <= stood_at + 5  # as many as a late loop makes at once
            await again.state(lambda s: s.tick >= stood_at + 10)

    run(main())


def test_a_seat_runs_out_while_the_room_stands_still_and_the_room_ends_then() -> None:
    async def main() -> None:
        async with serving(Stage, bots=1) as server:
            ada = await server.join("ada")
            await ada.state()
            await lost(server, ada)
            server.sweep_in(29)
            assert len(server.lobby.rooms) == 1
            server.sweep_in(31)
            assert server.lobby.rooms == {}

    run(main())


def test_one_that_opens_rooms_and_is_gone_again_and_again_leaves_rooms_that_do_not_tick_and_not_too_many() -> None:
    async def main() -> None:
        async with serving(Stage, max_rooms_each=20) as server:
            codes = set()
            for _ in range(20):
                ada = await server.join("ada", room="new")
                codes.add(ada.room)
                await lost(server, ada)
            await until(lambda: not server.server._runner._timers, "none of them ticks")
            assert set(server.lobby.rooms) == codes
            late = await server.call()
            await late.say(type="hello", name="ada", room="new")
            error = await late.expect(Error)
            assert error.code == "too_many_rooms"
            assert "127.0.0.1 has opened 20 rooms" in error.message
            assert "join one of them" in error.message
            await late.hello("ada")  # one that is there is to be had
            assert late.room in codes
            server.sweep_in(31)
            assert set(server.lobby.rooms) == {late.room}
            await server.join("ada", room="new")

    run(main())


def test_while_the_rooms_take_all_of_the_time_no_new_one_is_made_but_those_that_are_there_are_to_be_had() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada")
            overruns = server.server._runner._overruns
            overruns.now.busy = 0.9  # of the second that ends here
            overruns.next()
            late = await server.call()
            await late.say(type="hello", name="bob", room="new")
            error = await late.expect(Error)
            assert error.code == "too_many_rooms"
            assert error.message.startswith("this server is too busy for one more room; join one that is there")
            assert (await late.hello("bob")).room == ada.room
            overruns.next()  # a second later there is time again
            assert (await server.join("eve", room="new")).room != ada.room

    run(main())


def test_a_room_that_was_left_does_not_count_any_more() -> None:
    async def main() -> None:
        async with serving(Stage, max_rooms=1) as server:
            for _ in range(10):
                ada = await server.join("ada", room="new")
                await ada.say(type="leave")
                assert await ada.bye() == "left"
            ada = await server.join("ada", room="new")
            late = await server.call()
            await late.say(type="hello", name="bob", room="new")
            error = await late.expect(Error)
            assert error.code == "too_many_rooms"
            assert "this server has 1 rooms" in error.message
            assert (await late.hello("bob")).room == ada.room

    run(main())


@pytest.mark.parametrize(
    ("peername", "address"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
        (None, ""),
        ("", ""),
        (("/run/socket",), ""),
    ],
)
def test_rooms_are_counted_for_an_address_and_in_ipv6_for_a_network(peername: object, address: str) -> None:
    assert address_of(peername) == address


# --- the grace time ---


def test_the_grace_time_is_the_servers_or_the_games_and_is_told() -> None:
    class Patient(Stage):
        """Waits for two minutes."""

        grace: ClassVar[float] = 120

    async def main() -> None:
        async with serving(Stage, Patient) as server:
            ada, bob = await server.join("ada"), await server.join("bob", game="patient")
            assert ada.welcome is not None
            assert bob.welcome is not None
            assert (ada.welcome.grace, bob.welcome.grace) == (30, 120)
            await lost(server, ada)
            await lost(server, bob)
            server.sweep_in(119)
            assert list(server.lobby.rooms) == [bob.room]
            server.sweep_in(121)
            assert server.lobby.rooms == {}
        async with serving(Patient, grace=5) as server:
            ada = await server.join("ada")
            assert ada.welcome is not None
            assert ada.welcome.grace == 5

    run(main())


def test_without_a_grace_time_a_lost_seat_is_free_at_once() -> None:
    async def main() -> None:
        async with serving(Stage, grace=0, seats=2) as server:
            bob, ada = await server.join("bob"), await server.join("ada")
            token = await lost(server, ada)
            assert (await bob.expect(Left)).name == "ada"
            late = await server.call()
            await late.say(type="hello", name="ada", token=token)
            assert await late.refusal() == "bad_token"

    run(main())


# --- coming back ---


@EVERY_DIALECT
def test_away_and_back_are_told_to_others_and_to_the_game(dialect: Dialect) -> None:
    calls: list[tuple[str, bool]] = []

    class Watchful(Stage):
        """Writes down who is away."""

        def away_changed(self, player: Player) -> None:
            calls.append((player.name, player.away))

    async def main() -> None:
        async with serving(Watchful) as server:
            bob, ada = await server.join("bob", dialect), await server.join("ada")
            token = await lost(server, ada)
            assert await bob.expect(Away) == Away(ada.player, "ada", True)
            assert [(p.name, p.away) for p in room_of(server, bob).players()] == [("bob", False), ("ada", True)]
            await server.join("ada", token=token)
            assert await bob.expect(Away) == Away(ada.player, "ada", False)
            assert calls == [("ada", True), ("ada", False)]

    run(main())


@EVERY_DIALECT
def test_a_resume_says_what_was_taken_and_each_input_counts_once(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            bob, ada = await server.join("bob"), await server.join("ada", dialect)
            await ada.state()
            for seq in (1, 2, 3):
                await ada.do(seq)
            await ada.expect(Ack, lambda ack: ack.seq == 3)
            token = await lost(server, ada)
            # It sent two more, of which the server heard nothing.
            again = await server.call(dialect)
            welcome = await again.hello("ada", token=token, seq=5, heard=0)
            assert welcome.acked == 3
            assert (await again.expect(Ack)).seq == 3  # with the first state, which has them
            await again.do(3)
            await again.do(4)
            await again.do(5)
            await again.expect(Ack, lambda ack: ack.seq == 5)
            await again.state()
            assert again.rows["Mark"][ada.player][1] == 5
            assert bob.player != ada.player

    run(main())


def test_a_client_that_says_nothing_of_seqs_counts_from_one_as_ever() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            await ada.do(40)
            await ada.expect(Ack)
            again = await server.join("ada", token=await lost(server, ada))
            assert again.welcome is not None
            assert again.welcome.acked == 0
            await again.do(1)
            assert (await again.expect(Ack)).seq == 1

    run(main())


@EVERY_DIALECT
def test_lines_that_were_missed_come_with_the_welcome_exactly_once(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            bob, ada = await server.join("bob"), await server.join("ada", dialect)
            await bob.say(type="chat", text="one")
            await ada.expect(Chat)
            await bob.say(type="chat", text="two")  # on its way to a line that is dead, though nobody knows
            await bob.expect(Chat, lambda chat: chat.text == "two")
            assert ada.welcome is not None
            token = ada.welcome.token
            for _ in range(2):  # the answer to these is never read
                dying = await server.call(dialect)
                await dying.say(type="hello", name="ada", token=token, seq=0, heard=1)
                await dying.expect(Chat)
                dying.reset()
            await bob.say(type="chat", text="three")
            await bob.expect(Chat, lambda chat: chat.text == "three")
            again = await server.call(dialect)
            await again.hello("ada", token=token, seq=0, heard=1)
            event = await again.expect(Event)
            assert event.name == "history"
            assert len(event.data["ago"]) == 2
            assert [(await again.expect(Chat)).text for _ in range(2)] == ["two", "three"]
            await bob.say(type="chat", text="four")
            assert (await again.expect(Chat)).text == "four"
            assert again.welcome is not None
            last = await server.call(dialect)
            await last.hello("ada", token=again.welcome.token, seq=0, heard=3)
            await bob.say(type="chat", text="five")
            assert (await last.expect(Chat)).text == "five"

    run(main())


def test_a_client_that_does_not_count_lines_gets_those_since_its_loss_was_seen() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            bob, ada = await server.join("bob"), await server.join("ada")
            await bob.say(type="chat", text="before")
            await ada.expect(Chat)
            token = await lost(server, ada)
            await bob.say(type="chat", text="meanwhile")
            await bob.expect(Chat, lambda chat: chat.text == "meanwhile")
            again = await server.join("ada", token=token)
            assert (await again.expect(Chat)).text == "meanwhile"

    run(main())


def test_a_welcome_has_the_name_of_now() -> None:
    class Renaming(Quiet):
        """Has a command."""

        def hear(self, player: Player, text: str) -> str | None:
            self.rename(player, text.removeprefix("/name "))
            return None

    async def main() -> None:
        async with serving(Renaming) as server:
            bob, ada = await server.join("bob"), await server.join("ada")
            await ada.say(type="chat", text="/name lovelace")
            await until(lambda: "lovelace" in {p.name for p in room_of(server, bob).players()})
            again = await server.join("whoever", token=await lost(server, ada))
            assert again.welcome is not None
            assert again.welcome.name == "lovelace"
            assert [p.name for p in again.welcome.players] == ["bob", "lovelace"]

    run(main())


# --- watchers ---


def test_a_watcher_has_no_token_and_an_empty_one_is_none() -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada")
            eve = await server.join("eve", watch=True, room=ada.room)
            assert eve.welcome is not None
            assert eve.welcome.token == ""
            # With what its welcome had, while the old connection is open, and once more when it is not.
            again = await server.join("eve", watch=True, room=ada.room, token=eve.welcome.token)
            assert again.player == 0
            assert room_of(server, ada).watchers == 2
            await lost(server, eve)
            await lost(server, again)
            await until(lambda: room_of(server, ada).watchers == 0)
            await ada.do(1)
            await ada.expect(Ack)

    run(main())


def test_a_room_that_is_only_watched_ticks() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            ada = await server.join("ada")
            eve = await server.join("eve", watch=True, room=ada.room)
            await lost(server, ada)
            tick = room_of(server, eve).tick
            await eve.state(lambda s: s.tick > tick + 5)
            await lost(server, eve)
            await until(lambda: not server.server._runner._timers)
            await asyncio.sleep(0)

    run(main())
