from __future__ import annotations

import pytest

from tickwire.client.rooms import Offer, OpenRoom, ServedGame
from tickwire.errors import BadName
from tickwire.faces.lobby import MOST_ROOMS, Act, Kind, Lobby
from tickwire.faces.seat import Wish

SNAKE, ARENA = ServedGame("snake", "Snake for everyone", 8, 12), ServedGame("arena", "Ships", 16, 30)
FREE = OpenRoom("K7QX", "snake", players=5, people=3, seats=8, watchers=2)
FULL = OpenRoom("AAAA", "arena", players=16, people=16, seats=16)
OFFER = Offer([SNAKE, ARENA], [FREE, FULL])


def lobby(offer: Offer | None = OFFER, **wish: object) -> Lobby:
    made = Lobby(Wish(**{"address": "localhost:5050", "name": "ada", **wish}))  # type: ignore[arg-type]
    if offer is not None:
        made.told(offer)
    return made


def _asked(lobby: Lobby) -> Wish:
    wish = lobby.wish()
    assert wish is not None
    return wish


def test_the_first_row_is_there_before_the_server_has_answered_and_joins_anything() -> None:
    made = lobby(None)
    assert [r.kind for r in made.rows()] == [Kind.QUICK]
    assert made.wish() == Wish("localhost:5050", "ada")


def test_games_and_rooms_stand_below_it_with_their_numbers() -> None:
    rows = lobby().rows()
    assert [(r.kind, r.name, r.says, r.facts) for r in rows] == [
        (Kind.QUICK, "Quick join", "snake, with whoever is there", ()),
        (Kind.GAME, "snake", "Snake for everyone", ("3 playing",)),
        (Kind.GAME, "arena", "Ships", ("16 playing",)),
        (Kind.ROOM, "K7QX", "snake", ("3 of 8", "2 bots", "2 watching")),
        (Kind.ROOM, "AAAA", "arena", ("full (16)",)),
    ]


@pytest.mark.parametrize(
    ("key", "act", "asked"),
    [
        ("first", Act.PLAY, {}),
        ("first", Act.NEW, {"room": "new"}),
        ("first", Act.WATCH, {"watch": True}),
        ("game arena", Act.PLAY, {"game": "arena"}),
        ("game arena", Act.NEW, {"game": "arena", "room": "new"}),
        ("room K7QX", Act.PLAY, {"game": "snake", "room": "K7QX"}),
        ("room AAAA", Act.WATCH, {"game": "arena", "room": "AAAA", "watch": True}),
    ],
)
def test_each_row_asks_for_what_it_says(key: str, act: Act, asked: dict[str, object]) -> None:
    made = lobby()
    made.choose(key)
    assert act in dict(made.acts(made.row()))
    assert made.wish(act) == Wish("localhost:5050", "ada", **asked)  # type: ignore[arg-type]


def test_enter_watches_where_no_seat_is_left() -> None:
    made = lobby()
    made.choose("room AAAA")
    assert made.acts(made.row()) == [(Act.WATCH, "watch")]
    assert made.wish(Act.PLAY) is None
    assert made.wish(Act.NEW) is None
    assert _asked(made).watch
    made.choose("room K7QX")
    assert made.acts(made.row()) == [(Act.PLAY, "join"), (Act.WATCH, "watch")]


def test_what_is_chosen_stays_chosen_while_rooms_come_and_go() -> None:
    made = lobby()
    made.step(3)
    assert made.row().room == "K7QX"
    made.told(Offer([SNAKE, ARENA], [OpenRoom("BBBB", "snake"), FREE]))
    assert made.row().room == "K7QX"
    made.told(Offer([SNAKE, ARENA], [FULL]))
    assert made.row().kind is Kind.QUICK  # never a room beside the one that was meant
    made.told(OFFER)
    assert made.row().room == "K7QX"


def test_steps_end_at_the_ends() -> None:
    made = lobby()
    made.step(-5)
    assert made.chosen == "first"
    made.step(99)
    assert made.row().room == "AAAA"


def test_a_typed_code_is_the_first_row_and_chosen() -> None:
    made = lobby()
    made.step(2)
    made.code = "b"
    assert (made.row().kind, made.row().name) == (Kind.CODE, "B")
    assert _asked(made).room == "B"
    made.step(3)
    made.code = "b "  # nothing new
    assert made.row().room == "K7QX"


@pytest.mark.parametrize("field", ["code", "address"])
@pytest.mark.parametrize("link", ["http://10.0.0.7:6000/#k7qx", "10.0.0.7:6000#K7QX", " 10.0.0.7:6000/#K7QX\n"])
def test_a_link_in_any_line_is_taken_apart(field: str, link: str) -> None:
    made = lobby()
    assert not made.linked
    setattr(made, field, link)
    assert made.linked  # even before Enter
    assert made.wish() == Wish("10.0.0.7:6000", "ada", room="K7QX")
    assert (made.address, made.code) == ("10.0.0.7:6000", "K7QX")


def test_a_link_that_is_still_being_typed_is_left_alone() -> None:
    made = lobby()
    for typed in ("http://10.0.0.7:6000", "10.0.0.7:6000#K7", "10.0.0.7:6000/#"):
        made.address = typed
        assert not made.linked


def test_a_code_with_its_mark_is_a_code() -> None:
    made = lobby()
    made.code = "#k7qx"
    made.settle()
    assert (made.address, _asked(made).room) == ("localhost:5050", "K7QX")


def test_a_link_on_the_command_line_is_taken_apart_too() -> None:
    made = lobby(None, address="http://10.0.0.7:6000/#K7QX")
    assert made.straight() == Wish("10.0.0.7:6000", "ada", room="K7QX")


@pytest.mark.parametrize("link", ["https://10.0.0.7/#K7QX", "http://10.0.0.7:x/#K7QX"])
def test_a_link_that_is_none_is_told(link: str) -> None:
    made = lobby()
    made.code = link
    with pytest.raises(ValueError, match="write"):
        made.wish()


def test_a_name_that_is_none_is_told_and_kept() -> None:
    made = lobby()
    made.name = "x" * 40
    with pytest.raises(BadName):
        made.wish()
    assert made.name == "x" * 40


def test_who_said_enough_goes_straight_in_once() -> None:
    for wish in ({"game": "arena"}, {"room": "K7QX"}, {"room": "new"}, {"watch": True}):
        made = lobby(None, **wish)
        assert made.straight() == Wish(**{"address": "localhost:5050", "name": "ada", **wish})  # type: ignore[arg-type]
        assert made.straight() is None


def test_who_said_no_name_is_asked() -> None:
    made = lobby(name="", game="arena", watch=True)
    assert made.straight() is None
    assert made.name
    assert made.row().game == "arena"
    assert made.acts(made.row())[0] == (Act.WATCH, "watch")


@pytest.mark.parametrize(
    ("offer", "straight"),
    [
        (Offer([SNAKE], []), True),
        (Offer([SNAKE], [FREE]), True),
        (Offer([SNAKE], [FREE, FREE]), False),
        (Offer([SNAKE], [FULL]), False),
        (Offer([SNAKE, ARENA], []), False),
    ],
)
def test_where_there_is_nothing_to_choose_a_name_is_enough(offer: Offer, straight: bool) -> None:
    made = lobby(None)
    assert made.straight() is None  # the server has not answered yet
    made.told(offer)
    assert (made.straight() is not None) is straight
    assert made.straight() is None


def test_back_from_a_game_one_plays_and_chooses_anew() -> None:
    made = lobby(watch=True)
    made.code = "K7QX"
    made.entered()
    assert (made.code, made.watch, made.row().kind) == ("", False, Kind.QUICK)


def test_a_server_that_is_gone_leaves_no_rooms_but_a_way_to_try() -> None:
    made = lobby()
    made.failed("nobody listens")
    assert [r.kind for r in made.rows()] == [Kind.QUICK]
    assert made.trouble == "nobody listens"
    made.told(OFFER)
    assert made.trouble == ""


def test_what_strangers_wrote_is_cleaned_and_bounded() -> None:
    hostile = "a\x1b[2J\u202eb"
    rooms = [OpenRoom(f"R{i}", hostile) for i in range(1000)]
    made = lobby(Offer([ServedGame(hostile, hostile)], rooms))
    rows = made.rows()
    assert len(rows) == 2 + MOST_ROOMS
    assert not any("\x1b" in part or "\u202e" in part for r in rows for part in (r.name, r.says, *r.facts))
