from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from helpers import PATIENCE, dial, run, serving
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire import ids
from tickwire.client.client import Client, connect
from tickwire.errors import RemoteProtocolError
from tickwire.game.loader import load_module
from tickwire.games.chat import (
    COMMANDS,
    HISTORY,
    LINE_COST,
    MOST_CHANNELS,
    MOST_OWED,
    TOPIC_LENGTH,
    Chat,
    channel_name,
)
from tickwire.ids.characters import tidy
from tickwire.replication.mirror import Mirror
from tickwire.room.room import Room
from tickwire.wire import messages
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import Event, NewName, PackedState, State

SPEC = load_module("tickwire.games.chat")


class Table:
    """A room of the chat, in virtual time, and what everybody in it read."""

    def __init__(self, *names: str) -> None:
        self.room = Room(SPEC, "K7QX", 1, 0.0)
        self.ids: dict[str, int] = {}
        self.heard: dict[int, list[Any]] = {0: []}  # by player; 0 looks on
        for name in names:
            self.come(name)
        self.tick(600)  # nobody owes anything any more
        self.clear()

    @property
    def game(self) -> Chat:
        assert isinstance(self.room.game, Chat)
        return self.room.game

    def come(self, name: str) -> None:
        self.ids[name] = self.room.join(name).id
        self.heard[self.ids[name]] = []
        self.tick()

    def go(self, name: str) -> None:
        self.room.leave(self.ids.pop(name))
        self.tick()

    def say(self, name: str, text: str, *, later: int = LINE_COST) -> None:
        """Said at a pace that nobody minds."""
        assert self.room.say(self.ids[name], name, text)
        self.tick()
        self.tick(later - 1)

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            output = self.room.make_tick()
            for player, heard in self.heard.items():
                heard += [*output.messages, *output.private.get(player, [])]

    def clear(self) -> None:
        for heard in self.heard.values():
            heard.clear()

    def read(self, name: str) -> list[str]:
        """The lines of the chat that somebody has read since the last call, as a classic client shows them."""
        heard = self.heard[self.ids[name] if name else 0]
        lines = [f"[{m.name}] {m.text}" if m.name else m.text for m in heard if isinstance(m, messages.Chat)]
        heard.clear()
        return lines

    def where(self, name: str) -> str:
        game = self.game
        return game.channels[game.members[game.member_of[self.ids[name]]].channel].name


def test_who_comes_is_in_the_lobby_and_told_so() -> None:
    table = Table()
    table.come("ada")
    assert table.read("ada") == ["you are in #lobby, alone; /help says what you can do"]
    table.come("bob")
    assert table.read("bob") == ["you are in #lobby, with 1 other; /help says what you can do"]
    assert table.read("ada") == []


def test_what_is_said_is_read_by_all_in_the_same_room_and_by_those_who_look_on() -> None:
    table = Table("ada", "bob")
    table.say("ada", "hi all")
    assert [table.read(name) for name in ("ada", "bob", "")] == [["[ada] hi all"]] * 3


def test_a_line_in_a_room_is_read_in_no_other() -> None:
    table = Table("ada", "bob", "cyd")
    table.say("ada", "/join Cats")
    table.say("bob", "/join #cats")
    assert table.where("ada") == table.where("bob") == "#cats"
    table.clear()
    table.say("ada", "meow")
    table.say("cyd", "anybody?")
    assert table.read("ada") == table.read("bob") == ["[ada] meow"]
    assert table.read("cyd") == table.read("") == ["[cyd] anybody?"]


def test_who_watches_is_read_in_the_lobby_alone_and_later_too() -> None:
    table = Table("ada", "bob")
    table.say("bob", "/join cats")
    table.clear()
    eve = table.room.watch("eve")
    table.room.say(0, eve, "hi all")
    table.room.say(0, eve, "//me waves")
    table.tick()
    assert table.read("ada") == table.read("") == ["[eve] hi all", "[eve] /me waves"]
    assert table.read("bob") == []
    table.room.say(0, eve, "/name ada")
    table.tick()
    assert table.read("") == ["who watches can only talk; join to do more"]
    assert table.read("ada") == []
    table.say("bob", "/join lobby")
    assert "[eve] hi all" in table.read("bob")


def test_a_line_is_cleaned_once_however_many_hear_it(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(*(f"player {i} x" for i in range(60)))
    table.say("player 0 x", "/join cats")  # so that not all are in one channel, and none is spoken to by `say` to all
    cleaned: list[str] = []

    def counted(text: str) -> str:
        cleaned.append(text)
        return tidy(text)

    monkeypatch.setattr(ids, "tidy", counted)
    table.clear()
    table.say("player 1 x", "привет, " * 30)
    assert len(cleaned) <= 2, "as it comes in, and once for all"
    heard = [[m for m in heard if isinstance(m, messages.Chat)] for heard in table.heard.values()]
    told = [lines[0] for lines in heard if lines]
    assert len(told) == 60, "59 in the lobby, and those who look on"
    assert all(line is told[0] for line in told), "one message, so that it is encoded once"


@pytest.mark.parametrize(("wish", "name"), [("हिन्दी", "#हिन्दी"), ("Straße", "#strasse"), ("a b", None), ("🐍", None)])
def test_a_channel_is_called_by_letters_of_any_script(wish: str, name: str | None) -> None:
    assert channel_name(wish) == name


def test_going_elsewhere_is_told_on_both_sides() -> None:
    table = Table("ada", "bob", "cyd")
    table.say("bob", "/join cats")
    assert table.read("ada") == ["bob went to #cats"]
    table.say("cyd", "/join cats")
    table.clear()
    table.say("ada", "/join cats")
    assert table.read("bob") == table.read("cyd") == ["ada came from #lobby"]
    assert table.read("ada") == ["you are in #cats, with 2 others; /help says what you can do"]
    table.say("ada", "/join CATS")
    assert table.read("ada") == ["you are in #cats already"]


def test_a_newcomer_reads_the_last_fifty_lines_told_apart_from_what_comes() -> None:
    table = Table("ada")
    for i in range(HISTORY + 7):
        table.say("ada", f"line {i}")
    table.come("bob")
    heard = table.heard[table.ids["bob"]]
    (event,) = [m for m in heard if isinstance(m, Event)]
    assert event.name == "history"
    assert event.data["channel"] == "#lobby"
    assert event.data["ago"] == [LINE_COST * (HISTORY - i) for i in range(HISTORY)]
    assert heard.index(event) < min(i for i, m in enumerate(heard) if isinstance(m, messages.Chat))
    lines = table.read("bob")
    assert lines[0] == "--- #lobby, said before ---"
    assert lines[1:-2] == [f"[ada] line {i}" for i in range(7, HISTORY + 7)]
    assert lines[-2:] == ["--- now ---", "you are in #lobby, with 1 other; /help says what you can do"]


def test_the_history_says_who_spoke_then_by_the_name_of_then() -> None:
    table = Table("ada", "bob")
    table.say("ada", "first")
    table.say("ada", "/name lovelace")
    table.say("ada", "second")
    speaker = table.ids["ada"]
    table.go("ada")
    table.come("cyd")
    said = [m for m in table.heard[table.ids["cyd"]] if isinstance(m, messages.Chat) and m.name]
    assert [(m.player, m.name, m.text) for m in said] == [(speaker, "ada", "first"), (speaker, "lovelace", "second")]


def test_a_line_said_in_the_tick_of_a_newcomer_comes_after_the_history() -> None:
    table = Table("ada")
    table.say("ada", "before")
    table.ids["bob"] = table.room.join("bob").id
    table.heard[table.ids["bob"]] = []
    table.room.say(table.ids["ada"], "ada", "after")
    table.tick()
    lines = table.read("bob")
    assert lines.index("[ada] before") < lines.index("--- now ---") < lines.index("[ada] after")
    assert lines.count("[ada] after") == 1
    assert table.read("ada")[-1] == "[ada] after"


def test_each_room_has_a_history_of_its_own_that_ends_with_it() -> None:
    table = Table("ada", "bob")
    table.say("ada", "/join cats")
    table.say("ada", "meow")
    table.clear()
    table.say("bob", "/join cats")
    assert "[ada] meow" in table.read("bob")
    table.say("ada", "/join lobby")
    table.say("bob", "/join lobby")
    assert [c.name for c in table.game.channels] == ["#lobby"]
    assert list(table.game.history) == [c.id for c in table.game.channels]
    table.clear()
    table.say("bob", "/join cats")
    assert table.read("bob") == ["you are in #cats, alone; /help says what you can do"]


def test_history_can_be_asked_for_once_more() -> None:
    table = Table("ada")
    table.say("ada", "/history")
    assert table.read("ada") == ["nothing was said in #lobby so far"]
    table.say("ada", "hi")
    table.clear()
    table.say("ada", "/history")
    assert table.read("ada") == ["--- #lobby, said before ---", "[ada] hi", "--- now ---"]


def test_a_new_name_is_told_to_all_and_kept_distinct() -> None:
    table = Table("ada", "bob")
    table.say("bob", "/name ada")
    assert [m for m in table.heard[table.ids["ada"]] if isinstance(m, NewName)] == [NewName(table.ids["bob"], "ada 2")]
    assert {p.name for p in table.room.players()} == {"ada", "ada 2"}
    table.clear()
    table.say("bob", "hi")
    assert table.read("ada") == ["[ada 2] hi"]


@pytest.mark.parametrize("name", ["", " ", "x" * 25])
def test_what_is_no_name_is_refused_in_words(name: str) -> None:
    table = Table("ada")
    table.say("ada", f"/name {name}")
    assert table.read("ada") == ["that cannot be a name; one is up to 24 cells wide, and can be seen: /name ada"]
    table.say("ada", "/nick ada")
    assert table.read("ada") == ["that is your name already"]


def test_me_says_what_one_does() -> None:
    table = Table("ada", "bob")
    table.say("ada", "/me waves")
    assert table.read("bob") == ["[ada] *waves*"]
    table.say("ada", "/me")
    assert table.read("bob") == []


def test_two_slashes_say_one() -> None:
    table = Table("ada", "bob")
    table.say("ada", "//join is a command")
    assert table.read("bob") == ["[ada] /join is a command"]


def test_who_lists_those_here_or_there() -> None:
    table = Table("ada", "bob", "cyd")
    table.say("cyd", "/join cats")
    table.clear()
    table.say("ada", "/who")
    table.say("ada", "/who cats")
    table.say("ada", "/who dogs")
    assert table.read("ada") == [
        "#lobby, 2 here: ada, bob",
        "#cats, 1 here: cyd",
        "there is no such room; /rooms lists them",
    ]
    assert table.read("bob") == []


def test_a_crowd_is_listed_in_lines_that_can_be_said() -> None:
    table = Table(*(f"somebody number {i}" for i in range(150)))
    table.say("somebody number 1", "/who")
    lines = table.read("somebody number 1")
    assert len(lines) > 5
    assert max(map(len, lines)) <= 300
    assert lines[0].startswith("#lobby, 150 here: somebody number 0, somebody number 1, ")
    assert lines[-1].endswith("somebody number 99, and 50 more")
    assert sum(line.count("somebody") for line in lines) == 100


def test_rooms_lists_them_with_how_many_are_in() -> None:
    table = Table("ada", "bob", "cyd")
    table.say("cyd", "/join cats")
    table.clear()
    table.say("ada", "/rooms")
    assert table.read("ada") == ["rooms: #lobby 2, #cats 1"]


def test_a_topic_is_told_kept_and_taken_away() -> None:
    table = Table("ada", "bob")
    table.say("ada", "/topic")
    assert table.read("ada") == ["no topic yet"]
    table.say("ada", "/topic all about cats")
    assert table.read("bob") == ["ada set the topic: all about cats"]
    table.come("cyd")
    assert table.read("cyd") == ["you are in #lobby, with 2 others; topic: all about cats; /help says what you can do"]
    table.clear()
    table.say("bob", "/topic")
    assert table.read("bob") == ["topic of #lobby: all about cats"]
    table.say("bob", "/topic " + "x" * (TOPIC_LENGTH + 1))
    assert table.read("bob") == ["a topic is at most 120 characters long"]
    table.say("bob", "/topic -")
    assert table.read("ada") == ["bob took the topic away"]
    assert next(iter(table.game.channels)).topic == ""


def test_help_names_every_command_and_every_command_named_exists() -> None:
    table = Table("ada")
    table.say("ada", "/help")
    assert len(table.read("ada")) == len(COMMANDS)
    for usage in COMMANDS:
        if not usage.startswith("//"):
            table.say("ada", usage.split()[0])
            assert not any(line.startswith("there is no /") for line in table.read("ada")), usage
    table.say("ada", "/dance")
    assert table.read("ada") == ["there is no /dance; /help says what there is"]


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("cats", "#cats"),
        ("#CATS", "#cats"),
        ("蛇", "#蛇"),
        ("a-b_1", "#a-b_1"),
        ("x" * 20, "#" + "x" * 20),
        ("x" * 21, None),
        ("", None),
        ("#", None),
        ("two words", None),
        ("<b>", None),
        ("a\u202eb", None),
    ],
)
def test_names_of_rooms_are_checked(wish: str, name: str | None) -> None:
    assert channel_name(wish) == name


def test_there_are_only_so_many_rooms() -> None:
    table = Table(*(f"p{i}" for i in range(MOST_CHANNELS + 1)))
    for i in range(MOST_CHANNELS - 1):
        table.say(f"p{i}", f"/join room{i}")
    assert len(table.game.channels) == MOST_CHANNELS
    table.clear()
    table.say("p50", "/join another")
    assert table.read("p50") == ["there are 50 rooms already; /rooms lists them"]
    table.say("p0", "/join another")  # whose own ends by that
    assert table.where("p0") == "#another"
    table.say("p50", "/join room1")
    assert table.where("p50") == "#room1"


def test_who_talks_too_fast_is_told_once_and_may_go_on_later() -> None:
    table = Table("ada", "bob")
    at_once = MOST_OWED // LINE_COST
    for i in range(at_once + 10):
        table.room.say(table.ids["ada"], "ada", str(i))
        if i % 5 == 4:
            table.room._queue._taken += 1  # as if a tick had come; but none made the room forget
    table.tick()
    assert table.read("bob") == [f"[ada] {i}" for i in range(at_once)]
    assert sum("not so fast" in line for line in table.read("ada")) == 1
    table.tick(LINE_COST)
    table.say("ada", "calm now")
    assert table.read("bob") == ["[ada] calm now"]


def test_who_leaves_leaves_nothing_behind() -> None:
    table = Table("ada", "bob")
    table.say("bob", "/join cats")
    table.say("bob", "meow")
    table.go("bob")
    game = table.game
    assert [c.name for c in game.channels] == ["#lobby"]
    assert [m.player for m in game.members] == [table.ids["ada"]]
    assert set(game.member_of) == set(game.paid_until) | {table.ids["ada"]} == {table.ids["ada"]}
    assert next(iter(game.channels)).people == 1


def test_bots_are_not_in() -> None:
    room = Room(SPEC, "K7QX", 1, 0.0, bots=3)
    ada = room.join("ada").id
    room.make_tick()
    room.say(ada, "ada", "/who")
    output = room.make_tick()
    assert [m.text for m in output.private[ada] if isinstance(m, messages.Chat)] == ["#lobby, 1 here: ada"]


_NAMES = st.sampled_from(["cats", "#dogs", "lobby", "x" * 30, "", "two words", "蛇", "#"])
_WORDS = st.sampled_from([usage.split()[0] for usage in COMMANDS] + ["/help", "/nick", "/dance", "//", "/", "*"])
_TEXTS = st.one_of(
    st.tuples(_WORDS, st.one_of(_NAMES, st.text(max_size=290))).map(" ".join), st.text(min_size=1, max_size=300)
)
_DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.text(min_size=1, max_size=5)),
        st.tuples(st.just("go"), st.integers(0, 9)),
        st.tuples(st.just("say"), st.integers(0, 9), _TEXTS),
        st.tuples(st.just("tick"), st.integers(1, 3)),
    ),
    max_size=60,
)


def _consistent(game: Chat) -> Iterator[bool]:
    members = [(m.player, m.channel) for m in game.members]
    yield sorted(player for player, _ in members) == sorted(game.players) == sorted(game.member_of)
    yield all(c.people == sum(channel == c.id for _, channel in members) for c in game.channels)
    yield all(c.people or c.name == "#lobby" for c in game.channels)
    yield list(game.history) == [c.id for c in game.channels]
    yield len({c.name for c in game.channels}) == len(game.channels) <= MOST_CHANNELS
    yield max(map(len, game.history.values())) <= HISTORY
    yield set(game.paid_until) | game.warned <= set(game.players)


@settings(deadline=None)
@given(_DEEDS)
def test_whatever_people_type_the_chat_goes_on(deeds: list[Any]) -> None:
    room = Room(SPEC, "K7QX", 1, 0.0, seats=6)
    decoder, mirror = ServerMessageDecoder(), Mirror(room.schema)
    room.join("ada")
    for deed in deeds:
        here = list(room.seated.values())
        match deed:
            case "come", name if room.has_seat:
                room.join(name.strip() or "ada")
            case "go", which if here:
                room.leave(here[which % len(here)].id)
            case "say", which, text if here:
                speaker = here[which % len(here)]
                with suppress(RemoteProtocolError):  # nothing to be shown is left of it
                    room.say(speaker.id, speaker.name, text)
            case "tick", count:
                for _ in range(count):
                    room.make_tick()
                    if not mirror.tick:
                        state = decoder.decode(room.states.full(Encoding.MSGPACK), Encoding.MSGPACK)
                    else:
                        state = decoder.decode(room.states.delta(Encoding.MSGPACK), Encoding.MSGPACK)
                    assert isinstance(state, State | PackedState)
                    assert mirror.apply(state) == []
                game = room.game
                assert isinstance(game, Chat)
                assert all(_consistent(game)), list(_consistent(game))


# --- over real sockets ---


async def _read(client: Client, words: str) -> list[str]:
    """The lines up to the one that holds these words."""
    lines: list[str] = []
    async for event in client.events():
        if isinstance(event, messages.Chat):
            lines.append(f"[{event.name}] {event.text}" if event.name else event.text)
            if words in lines[-1]:
                return lines
    raise AssertionError(f"{words!r} was not said")


class _Netcat:
    """What somebody with netcat types and reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def type(self, **message: object) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def read(self, type: str, **fields: object) -> dict[str, Any]:
        """The next message of that type with these fields."""
        async with asyncio.timeout(PATIENCE):
            while line := await self.reader.readline():
                message: dict[str, Any] = json.loads(line)
                if message["type"] == type and fields.items() <= message.items():
                    return message
        raise AssertionError(f"no {type} came")


def test_python_netcat_and_a_watcher_chat_through_a_real_server() -> None:
    async def main() -> None:
        async with serving(Chat) as server:
            address = f"127.0.0.1:{server.port}"
            reader, writer = await asyncio.open_connection(sock=await dial(server.port))
            nc = _Netcat(reader, writer)
            try:
                nc.type(type="hello", name="nc")
                room = (await nc.read("welcome"))["room"]
                async with (
                    connect(address, name="ada", room=room) as ada,
                    connect(address, name="eve", room=room, watch=True) as eve,
                ):
                    await _read(ada, "you are in #lobby")
                    nc.type(type="chat", text="hello from netcat")
                    await _read(ada, "[nc] hello from netcat")
                    await _read(eve, "[nc] hello from netcat")
                    ada.chat("/me waves")
                    assert (await nc.read("chat", name="ada"))["text"] == "*waves*"
                    nc.type(type="chat", text="/name netcat")
                    assert (await nc.read("renamed"))["name"] == "netcat"
                    ada.chat("/join cats")
                    await nc.read("chat", name="", text="ada went to #cats")
                    nc.type(type="chat", text="only the lobby reads this")
                    await _read(eve, "[netcat] only the lobby reads this")
                    assert ada.players[1].name == "netcat"
                    nc.type(type="chat", text="/join cats")
                    assert await _read(ada, "came from") == [
                        "[ada] *waves*",
                        "you are in #cats, alone; /help says what you can do",
                        "netcat came from #lobby",
                    ]
                    async with connect(address, name="bob", room=room) as bob:
                        lines = await _read(bob, "you are in #lobby")
                        assert lines == [
                            "--- #lobby, said before ---",
                            "[nc] hello from netcat",
                            "[ada] *waves*",
                            "[netcat] only the lobby reads this",
                            "--- now ---",
                            "you are in #lobby, alone; /help says what you can do",
                        ]
                        assert bob.players[1].name == "netcat"
            finally:
                writer.close()
                await writer.wait_closed()

    run(main())
