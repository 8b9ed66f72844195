from __future__ import annotations

from itertools import pairwise

import pytest

from tickwire.errors import CloseCode, ErrorCode
from tickwire.faces.seat import BACKOFF, Rejoining, Then, Wish
from tickwire.game.contract import Game


def seated(backoff: tuple[float, ...] = (1.0, 2.0)) -> Rejoining:
    rules = Rejoining(Wish("here", "ada"), backoff)
    rules.seated("snake", "K7QX", "token")
    return rules


def test_the_seat_that_was_held_is_asked_for() -> None:
    assert seated().wish == Wish("here", "ada", game="snake", room="K7QX", token="token")


def test_a_watcher_has_no_token() -> None:
    rules = Rejoining(Wish("here", "ada", watch=True))
    rules.seated("snake", "K7QX", "")
    assert rules.wish.token is None
    assert rules.wish.watch


def test_a_broken_connection_is_tried_again_later_and_later_until_the_player_is_asked() -> None:
    rules = seated()
    assert [rules.lost("") for _ in range(4)] == [
        (Then.WAIT, 1.0),
        (Then.WAIT, 2.0),
        (Then.ASK, None),
        (Then.ASK, None),
    ]
    rules.seated("snake", "K7QX", "other")
    assert rules.lost("shutdown") == (Then.WAIT, 1.0)


@pytest.mark.parametrize(
    "code",
    [CloseCode.REPLACED, CloseCode.GAME_ERROR, CloseCode.TOO_LONG, CloseCode.BAD_FRAMING, *ErrorCode],
)
def test_what_trying_again_would_not_mend_is_asked_about(code: str) -> None:
    rules = Rejoining(Wish("here", "ada"))
    assert rules.lost(code) == (Then.ASK, None)


def test_who_sent_too_much_comes_back_after_a_wait_that_is_not_too_short() -> None:
    rules = seated((0.5, 4.0))
    assert [rules.lost(CloseCode.FLOOD) for _ in range(3)] == [(Then.WAIT, 2.0), (Then.WAIT, 4.0), (Then.ASK, None)]


def test_a_seat_that_is_gone_gives_way_to_its_room_and_that_to_any_of_its_game() -> None:
    rules = seated()
    assert rules.lost("bad_token") == (Then.AT_ONCE, None)
    assert (rules.wish.room, rules.wish.token) == ("K7QX", None)
    assert rules.lost("no_such_room") == (Then.AT_ONCE, None)
    assert (rules.wish.game, rules.wish.room, rules.wish.token) == ("snake", None, None)
    assert rules.lost("no_such_game") == (Then.ASK, None)


def test_who_left_is_done() -> None:
    assert seated().lost("left") == (Then.OVER, None)


def test_the_tries_go_on_for_as_long_as_the_server_keeps_the_seat() -> None:
    assert Game.grace <= sum(BACKOFF) < 2 * Game.grace
    assert all(a <= b for a, b in pairwise(BACKOFF))
