"""What is said in a room, and what the game makes of it."""

from __future__ import annotations

import pytest

from tickwire import Game, Player
from tickwire.errors import RemoteProtocolError
from tickwire.game.spec import inspect_game
from tickwire.room.inputs import MAX_LINES
from tickwire.room.room import Room
from tickwire.wire.messages import Chat, Joined, Left, NewName, PlayerInfo


class Parrot(Game):
    """Listens to what is said."""

    seats = 4
    heard: list[str]

    def hear(self, player: Player, text: str) -> str | None:
        self.heard.append(f"{player.name}@{self.tick}: {text}")
        match text.split():
            case ["/name", name]:
                self.heard.append(f"is {self.rename(player, name)}")
            case ["/all", *words]:
                self.say(" ".join(words))
            case ["/me", *words]:
                self.say(" ".join(words), by=player)
            case ["/psst", *words]:
                self.say(" ".join(words), to=player)
            case ["/loud"]:
                return text.upper()
            case ["/long"]:
                return "x" * 400
            case _:
                return text
        return None


def _room() -> tuple[Room, Player, Player, Parrot]:
    room = Room(inspect_game(Parrot), "K7QX", 1, 0.0)
    ada, bob = room.join("ada"), room.join("bob")
    room.make_tick()
    assert isinstance(room.game, Parrot)
    return room, ada, bob, room.game


def test_a_game_hears_a_line_on_the_tick_before_anybody_reads_it() -> None:
    room, ada, _, game = _room()
    assert room.say(ada.id, "ada", "  hi\tthere ")
    assert game.heard == []
    assert room.make_tick().messages == [Chat(ada.id, "ada", "hi there")]
    assert game.heard == ["ada@2: hi there"]


def test_a_game_may_change_a_line_or_keep_it() -> None:
    room, ada, bob, _ = _room()
    room.say(ada.id, "ada", "/loud")
    room.say(bob.id, "bob", "/psst only you")
    output = room.make_tick()
    assert output.messages == [Chat(ada.id, "ada", "/LOUD")]
    assert output.private == {bob.id: [Chat(0, "", "only you")]}


def test_a_game_may_write_lines_of_its_own_and_in_a_players_name() -> None:
    room, ada, _, _ = _room()
    room.say(ada.id, "ada", "/all it rains")
    room.say(ada.id, "ada", "/me waves")
    assert room.make_tick().messages == [Chat(0, "", "it rains"), Chat(ada.id, "ada", "waves")]


def test_lines_joins_and_leaves_come_in_the_order_in_which_they_came_about() -> None:
    room, ada, bob, _ = _room()
    room.say(bob.id, "bob", "bye")
    room.say(bob.id, "bob", "/me waves")
    room.leave(bob.id)
    room.say(ada.id, "ada", "so long")
    eve = room.join("eve")
    assert room.make_tick().messages == [
        Chat(bob.id, "bob", "bye"),
        Chat(bob.id, "bob", "waves"),
        Left(bob.id, "bob"),
        Chat(ada.id, "ada", "so long"),
        Joined(eve.id, "eve", False),
    ]


def test_those_who_watch_are_not_heard_by_the_game() -> None:
    room, _, _, game = _room()
    assert room.say(0, "eve", "go ada")
    assert room.make_tick().messages == [Chat(0, "eve", "go ada")]
    assert game.heard == []


def test_a_player_who_is_renamed_is_so_for_everybody() -> None:
    room, ada, _, game = _room()
    room.say(ada.id, "ada", "/name lady")
    room.say(ada.id, "ada", "hi")
    output = room.make_tick()
    assert game.heard[1] == "is lady"
    assert output.messages == [NewName(ada.id, "lady"), Chat(ada.id, "lady", "hi")]
    assert room.players()[0] == PlayerInfo(ada.id, "lady", False)
    assert room.join("lady").name == "lady 2"
    assert room.join("ada").name == "ada"


@pytest.mark.parametrize(("wanted", "given"), [("bob", "bob 2"), ("ada", "ada"), ("n" * 60, None), ("\u200b", None)])
def test_a_new_name_is_one_that_a_newcomer_could_have(wanted: str, given: str | None) -> None:
    room, ada, _, game = _room()
    assert game.rename(ada, wanted) == given
    output = room.make_tick()
    assert output.messages == ([NewName(ada.id, given)] if given else [])
    assert ada.name == (given or "ada")


def test_a_game_that_writes_what_cannot_be_shown_hears_so_where_it_did() -> None:
    _, ada, _, game = _room()
    with pytest.raises(RemoteProtocolError, match="at least one character"):
        game.say("  ", to=ada)
    with pytest.raises(RemoteProtocolError, match="at most 300"):
        game.say("x" * 301)


def test_a_line_that_is_too_long_is_the_senders_error_and_nobody_elses() -> None:
    room, ada, _, _ = _room()
    with pytest.raises(RemoteProtocolError, match="at most 300"):
        room.say(ada.id, "ada", "x" * 301)
    assert room.make_tick().messages == []


def test_lines_beyond_a_number_that_nobody_types_in_a_tick_are_dropped() -> None:
    room, ada, bob, _ = _room()
    assert [room.say(ada.id, "ada", "hi") for _ in range(MAX_LINES + 3)] == [True] * MAX_LINES + [False] * 3
    assert room.say(bob.id, "bob", "hi")
    assert len(room.make_tick().messages) == MAX_LINES + 1
    assert room.say(ada.id, "ada", "hi")
