from __future__ import annotations

import pytest

from tickwire import Game
from tickwire.errors import NoSuchGame, NoSuchRoom, RoomFull
from tickwire.game.spec import inspect_game
from tickwire.room.lobby import Lobby
from tickwire.room.room import Room

from .rules import SPEC, chance


class Other(Game):
    """Another game."""

    seats = 2


OTHER = inspect_game(Other)


def _lobby() -> Lobby:
    return Lobby([SPEC, OTHER], chance())


def _with_people(lobby: Lobby, *people: int) -> list[Room]:
    """New rooms with so many people in each."""
    rooms = [lobby.make(SPEC, 0.0) for _ in people]
    for room, n in zip(rooms, people, strict=True):
        for _ in range(n):
            room.join("ada")
    return rooms


def test_who_asks_for_no_game_gets_the_first() -> None:
    assert _lobby().find(None, None, 0.0).spec is SPEC


def test_who_asks_for_a_game_gets_a_room_of_it() -> None:
    lobby = _lobby()
    counters = lobby.find("counters", None, 0.0)
    other = lobby.find("other", None, 0.0)
    assert (counters.spec, other.spec) == (SPEC, OTHER)
    assert lobby.find("other", None, 0.0) is other


def test_a_game_that_is_not_served_is_refused_with_those_that_are() -> None:
    with pytest.raises(NoSuchGame, match="there is counters, other"):
        _lobby().find("chess", None, 0.0)


def test_who_does_not_mind_gets_the_fullest_room_with_a_free_seat() -> None:
    lobby = _lobby()
    _, fullest, full, _ = _with_people(lobby, 1, 2, 3, 0)
    assert lobby.find(None, None, 0.0) is fullest
    fullest.join("bob")
    assert not fullest.has_seat
    assert lobby.find(None, None, 0.0) not in (fullest, full)


def test_who_does_not_mind_gets_a_new_room_when_all_are_full() -> None:
    lobby = _lobby()
    (full,) = _with_people(lobby, 3)
    found = lobby.find(None, None, 0.0)
    assert found is not full
    assert lobby.rooms[found.code] is found


def test_bots_do_not_count_as_people_who_meet() -> None:
    lobby = Lobby([SPEC], chance(), bots=2)
    _, fuller = _with_people(lobby, 0, 1)
    assert lobby.find(None, None, 0.0) is fuller


def test_a_room_of_ones_own_is_new() -> None:
    lobby = _lobby()
    (there,) = _with_people(lobby, 1)
    assert lobby.find(None, "new", 0.0) is not there
    assert len(lobby.rooms) == 2


def test_a_room_is_found_by_its_code_in_small_letters_too() -> None:
    lobby = _lobby()
    one, two = _with_people(lobby, 0, 1)
    assert lobby.find(None, one.code, 0.0) is one
    assert lobby.find(None, one.code.lower(), 0.0) is one
    assert lobby.find(None, two.code.swapcase(), 0.0) is two


@pytest.mark.parametrize("code", ["ZZZZ", "", "x" * 200, "ß", "../.."])
def test_a_code_that_no_room_has_is_refused(code: str) -> None:
    lobby = _lobby()
    with pytest.raises(NoSuchRoom):
        lobby.find(None, code, 0.0)
    assert lobby.rooms == {}


def test_a_full_room_is_refused_by_its_code_but_may_be_watched() -> None:
    lobby = _lobby()
    (full,) = _with_people(lobby, 3)
    with pytest.raises(RoomFull):
        lobby.find(None, full.code, 0.0)
    assert lobby.find(None, full.code, 0.0, watch=True) is full


def test_a_watcher_who_does_not_mind_gets_the_fullest_room_of_all() -> None:
    lobby = _lobby()
    _, full = _with_people(lobby, 2, 3)
    assert lobby.find(None, None, 0.0, watch=True) is full


def test_a_room_that_ended_is_not_found() -> None:
    lobby = _lobby()
    (room,) = _with_people(lobby, 1)
    lobby.end(room)
    with pytest.raises(NoSuchRoom):
        lobby.find(None, room.code, 0.0)
    lobby.end(room)  # a second time does no harm


def test_rooms_that_nobody_is_in_are_listed_as_empty() -> None:
    lobby = Lobby([SPEC], chance(), bots=2)
    empty, watched, played = _with_people(lobby, 0, 0, 1)
    watched.watch("eve")
    assert lobby.empty_rooms() == [empty]
    played.leave(next(p.player for p in played.players() if not p.bot))
    watched.unwatch("eve")
    assert lobby.empty_rooms() == [empty, watched, played]


def test_no_two_rooms_have_the_same_code() -> None:
    lobby = _lobby()
    _with_people(lobby, *[0] * 300)
    assert len(lobby.rooms) == 300
    # A chance that gives a code which is taken is asked again.
    again = Lobby([SPEC], chance(1))
    again.rooms.update(lobby.rooms)
    assert again.make(SPEC, 0.0).code not in lobby.rooms


def test_rooms_have_seeds_of_their_own_unless_one_is_given() -> None:
    one, two = _with_people(_lobby(), 0, 0)
    assert one.seed != two.seed
    one, two = _with_people(Lobby([SPEC], chance(), seed=7), 0, 0)
    assert (one.seed, two.seed) == (7, 7)


def test_a_lobby_describes_its_games_and_rooms() -> None:
    lobby = Lobby([SPEC, OTHER], chance(), seats=5, tick_rate=30)
    (room,) = _with_people(lobby, 2)
    assert lobby.describe() == {
        "games": [
            {"name": "counters", "title": "Everyone counts", "seats": 5, "tick_rate": 30},
            {"name": "other", "title": "Another game", "seats": 5, "tick_rate": 30},
        ],
        "rooms": [
            {
                "room": room.code,
                "game": "counters",
                "players": 2,
                "people": 2,
                "seats": 5,
                "watchers": 0,
                "tick": 0,
            }
        ],
    }
    assert (room.seats, room.tick_rate) == (5, 30)
    assert {g["seats"] for g in _lobby().describe()["games"]} == {3, 2}
