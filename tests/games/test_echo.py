from __future__ import annotations

from tickwire.game.spec import inspect_game
from tickwire.games.echo import Echo
from tickwire.room.room import Room
from tickwire.wire.messages import Chat


def test_what_is_said_comes_back_to_the_one_who_said_it() -> None:
    room = Room(inspect_game(Echo), "ECHO", seed=1, now=0.0)
    ada = room.join("ada")
    room.make_tick()
    room.say(ada.id, "ada", "hello")
    assert room.make_tick().messages == [Chat(1, "ada", "hello")]


def test_each_has_a_room_to_oneself() -> None:
    room = Room(inspect_game(Echo), "ECHO", seed=1, now=0.0)
    room.join("ada")
    assert not room.has_seat


def test_no_state_is_ever_sent_for_a_game_without_a_board() -> None:
    room = Room(inspect_game(Echo), "ECHO", seed=1, now=0.0)
    room.join("ada")
    assert not any(room.make_tick().changed for _ in range(20))
