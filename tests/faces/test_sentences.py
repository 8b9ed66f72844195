from __future__ import annotations

import pytest

from tickwire.errors import CloseCode, ConnectionLost
from tickwire.faces.sentences import lost, news, sentence
from tickwire.wire.messages import Event, PlayerInfo


@pytest.mark.parametrize("code", [*CloseCode, "", "a code that is not invented yet"])
def test_why_a_connection_is_lost_is_one_sentence_whatever_the_code(code: str) -> None:
    words = lost(ConnectionLost("the room is over", code))
    assert words[0].isupper()
    assert words.endswith(".")


def test_what_the_server_says_is_cleaned_and_made_a_sentence() -> None:
    assert lost(ConnectionLost("\x1b[2J", "left")) == "[2J."
    assert sentence("") == "Something went wrong."
    assert sentence("Really?") == "Really?"


@pytest.mark.parametrize(
    ("data", "words"),
    [({"player": 2}, "bob was hit"), ({"player": 9}, "was hit"), ({"player": "bob"}, "was hit"), ({}, "was hit")],
)
def test_an_event_is_told_with_whom_it_is_about(data: dict[str, object], words: str) -> None:
    assert news(Event("was_hit", data), {2: PlayerInfo(2, "bob")}) == words


@pytest.mark.parametrize(
    ("name", "other", "own"),
    [
        ("died", "bob died", "you died"),
        ("hit", "bob was hit", "you were hit"),
        ("was_hit", "bob was hit", "you were hit"),
        ("went_home", "bob went home", "you went home"),
    ],
)
def test_what_happens_to_oneself_is_told_as_you(name: str, other: str, own: str) -> None:
    event, players = Event(name, {"player": 2}), {2: PlayerInfo(2, "bob")}
    assert [news(event, players), news(event, players, 1), news(event, players, 2)] == [other, other, own]
