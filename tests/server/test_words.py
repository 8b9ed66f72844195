"""Words of clients on a real server: what they may be, who reads them, and that none of them ends a room."""

from __future__ import annotations

import pytest
from helpers import Caller, Serving, run, serving

from tickwire import Game, Player
from tickwire.errors import RemoteProtocolError
from tickwire.ids import check_chat
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Chat, NewName

FAMILY = "👨\u200d👩\u200d👧"


class Teams(Game):
    """Puts a team before each line."""

    name, tick_rate, seats = "teams", 100, 50

    def hear(self, player: Player, text: str) -> str | None:
        if text.startswith("/name "):
            self.rename(player, text.removeprefix("/name "))
            return None
        return "[red] " + text


class Plain(Game):
    """Does not listen."""

    name, tick_rate = "plain", 100


@pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.NATIVE])
def test_a_prefix_before_a_long_line_makes_two_lines_and_ends_nothing(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Teams) as server:
            ada = await server.join("ada")
            bob = await server.join("bob", dialect=dialect)
            await bob.say(type="chat", text="x" * 295)
            for caller in (ada, bob):
                lines = [(await caller.expect(Chat)).text for _ in range(2)]
                assert lines == ["[red] " + "x" * 294, "x"]
            await ada.say(type="chat", text="still here")
            assert (await bob.expect(Chat)).text == "[red] still here"

    run(main())


async def _refused(server: Serving, name: str) -> str:
    caller = await server.call()
    await caller.say(type="hello", name=name)
    return await caller.refusal()


def test_names_are_nicknames_and_look_alikes_are_numbered() -> None:
    async def main() -> None:
        async with serving(Plain) as server:
            names = ["ada", "\u0430da", "ADA", FAMILY, "می\u200cروم", "🩷", "ａｄａ", " bob  x "]
            given = [(await _hello(server, name)) for name in names]
            assert given == ["ada", "\u0430da 2", "ADA 3", FAMILY, "می\u200cروم", "🩷", "ada 4", "bob x"]
            for name in (
                "\u3164",
                "\u2800",
                "ada\u3164",
                "\u200d",
                "a\u202eb",
                "x" * 25,
                "a" + "\u0301" * 9,
                " " * 190,
            ):
                assert await _refused(server, name) == "bad_name"

    run(main())


async def _hello(server: Serving, name: str) -> str:
    caller = await server.call()
    return (await caller.hello(name)).name


def test_who_watches_is_told_apart_and_may_not_tell_players_in_a_game_that_listens_to_them() -> None:
    async def main() -> None:
        async with serving(Teams) as server:
            ada = await server.join("ada")
            false_ada, kim = await _watch(server, "ada"), await _watch(server, "kim")
            assert [each.welcome.name for each in (false_ada, kim) if each.welcome] == ["ada 2", "kim"]
            await false_ada.say(type="chat", text="it is paris")
            for reader in (false_ada, kim):
                assert await reader.expect(Chat) == Chat(0, "ada 2", "it is paris")
            await ada.say(type="chat", text="/name kim")
            assert (await ada.expect(NewName)).name == "kim 2"
            await ada.say(type="chat", text="next")
            assert (await ada.expect(Chat)).text == "[red] next", "and nothing of the watchers' came before it"

    run(main())


async def _watch(server: Serving, name: str) -> Caller:
    return await server.join(name, watch=True)


def test_what_is_too_long_is_refused_and_what_is_not_seen_goes() -> None:
    async def main() -> None:
        async with serving(Plain) as server:
            ada, eve = await server.join("ada"), await server.join("eve", watch=True)
            for text in (
                "x" * 301,
                "x" * 65_000,
                " " * 65_000,
                "\u202e" * 20_000,
                FAMILY * 301,
                "\u3164",
                "\u200d",
                "",
            ):
                for caller in (ada, eve):
                    await caller.say(type="chat", text=text)
                    assert await caller.refusal() == "bad_chat"
            await ada.say(type="chat", text=f"hi\u202e {FAMILY}" + "!" * 290)
            assert (await eve.expect(Chat)).text == f"hi {FAMILY}" + "!" * 290

    run(main())


def test_the_server_and_the_rule_for_lines_say_the_same() -> None:
    with pytest.raises(RemoteProtocolError):
        check_chat(FAMILY * 301)
    assert check_chat(FAMILY * 300)
