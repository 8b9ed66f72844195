from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tickwire import Table
from tickwire.client.client import ClientEvent
from tickwire.faces import talk
from tickwire.faces.talk import COMMANDS, Completer, Kind, Line, Listener, Recall, channel_names, is_talk, place_of
from tickwire.game.loader import load_module
from tickwire.games import chat as game
from tickwire.games.chat import Channel, Member
from tickwire.replication.schema import Schema
from tickwire.wire.messages import Chat, Error, Event, Joined, Left, NewName, PlayerInfo, Welcome

SCHEMA = Schema.of_game(load_module("tickwire.games.chat"))
NOW = 1_000_000.0


def listening(name: str = "ada", *others: str) -> Listener:
    players = [PlayerInfo(i, n) for i, n in enumerate((name, *others), 1)]
    listener = Listener()
    listener.joined(Welcome(1, name, "K7QX", "token", "chat", 20, 0, players, {}))
    return listener


def heard(listener: Listener, event: ClientEvent) -> Line:
    line = listener.hear(event, NOW)
    assert line is not None
    return line


def test_a_line_says_who_said_it_and_whether_it_was_us() -> None:
    listener = listening("ada", "bob")
    assert heard(listener, Chat(2, "bob", "hi")) == Line(Kind.SAID, "hi", NOW, 2, "bob")
    assert heard(listener, Chat(1, "ada", "hi")).own
    assert heard(listener, Chat(0, "", "you are in #lobby")) == Line(Kind.NOTE, "you are in #lobby", NOW)
    assert heard(listener, Error("bad_chat", "too long")).kind is Kind.ALERT


def test_what_a_stranger_writes_moves_no_cursor() -> None:
    line = heard(listening(), Chat(2, "b\x1b[2Job", "hi\x1b[2J\u202e\nthere"))
    assert (line.name, line.text) == ("b [2Job", "hi [2J there")


def test_a_deed_is_told_apart() -> None:
    line = heard(listening(), Chat(2, "bob", "*waves*"))
    assert (line.kind, line.text) == (Kind.DID, "waves")


@pytest.mark.parametrize("text", ["*", "**", "***", "* *", "2*3", "*a", "a*", "**bold**", "* a*"])
def test_what_only_looks_like_a_deed_is_a_line(text: str) -> None:
    assert heard(listening(), Chat(2, "bob", text)).kind is Kind.SAID


def test_our_name_is_noticed_as_a_word_and_after_we_changed_it() -> None:
    listener = listening("ada", "bob")
    assert heard(listener, Chat(2, "bob", "ADA: hi")).mention
    assert not heard(listener, Chat(2, "bob", "adamant")).mention
    assert not heard(listener, Chat(1, "ada", "I am ada")).mention
    assert heard(listener, NewName(1, "c++")).text == "is called c++ now"
    assert heard(listener, Chat(2, "bob", "hi c++!")).mention
    assert not heard(listener, Chat(2, "bob", "hi ada")).mention


def test_a_new_name_is_told_with_the_old_one() -> None:
    listener = listening("ada", "bob")
    assert heard(listener, NewName(2, "robert")) == Line(Kind.NOTE, "is called robert now", NOW, 2, "bob")
    assert heard(listener, NewName(2, "rob")).name == "robert"


def test_history_is_old_and_as_old_as_it_says() -> None:
    listener = listening("ada", "bob")
    assert listener.hear(Event("history", {"channel": "#lobby", "ago": [1200, 20]}), NOW) is None
    assert not heard(listener, Chat(0, "", "--- #lobby, said before ---")).old
    first, second, third = (heard(listener, Chat(9, "old", text)) for text in "abc")
    assert (first.old, first.at) == (True, NOW - 60)
    assert (second.old, second.at) == (True, NOW - 1)
    assert (third.old, third.at) == (False, NOW)


@pytest.mark.parametrize("ago", [1e300, float("inf"), 2**64])
def test_history_that_is_older_than_time_can_be_shown_all_the_same(ago: float) -> None:
    listener = listening("ada")
    listener.hear(Event("history", {"ago": [ago]}), NOW)
    assert heard(listener, Chat(2, "bob", "hi")).at == 0.0


@pytest.mark.parametrize("data", [{}, {"ago": 3}, {"ago": ["x", None, -5]}, {"ago": None}])
def test_a_history_that_makes_no_sense_is_none(data: dict[str, Any]) -> None:
    listener = listening()
    assert listener.hear(Event("history", data), NOW) is None
    assert not heard(listener, Chat(2, "bob", "hi")).old


def test_who_comes_and_goes_is_told_once() -> None:
    listener = listening("ada", "bob")
    assert listener.hear(Joined(1, "ada"), NOW) is None  # the welcome said so
    assert listener.hear(Joined(2, "bob"), NOW) is None
    assert heard(listener, Joined(3, "cyd")).text == "joined"
    assert heard(listener, Left(3, "cyd")).text == "left"
    assert listener.hear(Joined(4, "Moss", bot=True), NOW) is None


def test_the_chat_is_talk_and_snake_is_not() -> None:
    assert is_talk(SCHEMA)
    assert is_talk(Schema.of_game(load_module("tickwire.games.echo")))
    for name in ("snake", "arena", "swarm"):
        assert not is_talk(Schema.of_game(load_module(f"tickwire.games.{name}")))


def _tables() -> dict[str, Iterable[Any]]:
    channels, members = Table(Channel), Table(Member)
    channels.add(Channel("#lobby", "hello"))
    channels.add(Channel("#cats"))
    for player, channel in ((1, 2), (2, 1), (3, 2)):
        members.add(Member(player, channel))
    return {"Channel": channels, "Member": members}


def test_the_place_is_the_channel_that_one_is_in() -> None:
    place = place_of(SCHEMA, _tables(), 1)
    assert place is not None
    assert (place.name, place.topic, place.players) == ("#cats", "", frozenset({1, 3}))
    watched = place_of(SCHEMA, _tables(), 0)
    assert watched is not None
    assert (watched.name, watched.topic) == ("#lobby", "hello")
    assert channel_names(SCHEMA, _tables()) == ["#lobby", "#cats"]


def test_a_game_without_channels_has_no_place() -> None:
    assert place_of(Schema.of_game(load_module("tickwire.games.echo")), {}, 1) is None


def test_the_commands_completed_are_those_that_the_chat_has() -> None:
    known = {usage.split()[0] for usage in game.COMMANDS if not usage.startswith("//")} | {"/help"}
    assert set(COMMANDS) == known


def test_recall_goes_back_through_what_was_said_and_forward_to_what_was_being_typed() -> None:
    recall = Recall()
    assert recall.up("draft") == "draft"
    recall.add("one")
    recall.add("two")
    recall.add("two")
    assert [recall.up("draft"), recall.up(""), recall.up("")] == ["two", "one", "one"]
    assert [recall.down(""), recall.down(""), recall.down("x")] == ["two", "draft", "x"]


def test_only_so_many_lines_are_recalled() -> None:
    recall = Recall()
    for i in range(talk._LINES_RECALLED + 5):
        recall.add(str(i))
    assert [recall.up("") for _ in range(500)][-1] == "5"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("a", "ada: "),
        ("hi A", "hi ada "),
        ("/na", "/name "),
        ("/join #c", "/join #cats "),
        ("/join c", "/join cats "),
        ("see #l", "see #lobby "),
        ("zz", "zz"),
        ("", ""),
        ("hi ", "hi "),
    ],
)
def test_tab_completes_names_channels_and_commands(typed: str, completed: str) -> None:
    done = Completer().complete(typed, len(typed), ["ada", "bob"], ["#lobby", "#cats"], COMMANDS)
    assert done == (completed, len(completed))


def test_tab_again_gives_the_next_and_leaves_what_stands_behind() -> None:
    completer, names = Completer(), ["anna", "ada"]
    text, caret = completer.complete("hi a!", 4, names, [], [])
    assert (text, caret) == ("hi ada !", 7)
    text, caret = completer.complete(text, caret, names, [], [])
    assert (text, caret) == ("hi anna !", 8)
    assert completer.complete(text, caret, names, [], []) == ("hi ada !", 7)
