from __future__ import annotations

from tickwire.faces.arrival import Arrival
from tickwire.wire.messages import Event, Joined, Left

OVER, DIED, GREETED = Event("game_over", {}), Event("died", {"player": 2}), Event("greeted", {"player": 7})


def seated(own: int = 7) -> Arrival:
    arrival = Arrival()
    arrival.seated(own)
    return arrival


def test_what_ends_in_the_tick_that_seats_a_player_is_no_news_to_them() -> None:
    arrival = seated()
    for came in (Left(1, "Moss"), Joined(7, "eva"), OVER, DIED, GREETED):
        arrival.came(came)
    arrival.arrived()
    assert [arrival.is_news(e) for e in (OVER, DIED, GREETED)] == [False, False, True]
    again = Event("game_over", {})
    arrival.came(again)
    assert arrival.is_news(again), "the same words, later"


def test_what_comes_with_the_welcome_and_when_others_join_is_news() -> None:
    arrival = seated()
    arrival.came(OVER)
    assert arrival.is_news(OVER)
    arrival.came(Joined(8, "bob"))
    arrival.came(DIED)
    assert arrival.is_news(DIED)


def test_where_all_is_taken_between_two_frames_the_tick_ends_with_the_poll_that_has_a_state() -> None:
    arrival = seated()
    arrival.polled([Joined(7, "eva"), OVER], 0)
    arrival.polled([DIED], 1)
    assert not arrival.is_news(OVER)
    assert not arrival.is_news(DIED)
    later = Event("died", {"player": 2})
    arrival.polled([later], 2)
    assert arrival.is_news(later)
