from __future__ import annotations

from itertools import count

import pytest

from tickwire.errors import BadToken
from tickwire.room.session import OVERLAP, Sessions

from .rules import SPEC, new_room

GRACE = SPEC.grace


def _sessions() -> Sessions:
    numbers = count(1)
    return Sessions(lambda: f"token {next(numbers)}")


def test_a_token_resumes_its_session_and_the_next_token_is_another() -> None:
    sessions, room = _sessions(), new_room()
    session, token = sessions.open(room, 1, "ada")
    resumed, second = sessions.resume(token, 0.0)
    assert resumed is session
    assert second != token
    assert sessions.resume(second, 0.0)[0] is session


def test_a_token_is_good_until_its_successor_was_used() -> None:
    sessions, room = _sessions(), new_room()
    session, first = sessions.open(room, 1, "ada")
    _, unread = sessions.resume(first, 0.0)
    # The answer was never read, as on a phone that changes its network: the same hello comes again.
    _, second = sessions.resume(first, 1e6)
    with pytest.raises(BadToken):
        sessions.resume(unread, 1e6)  # nobody can have it who did not have the first
    assert sessions.resume(second, 1e6)[0] is session
    with pytest.raises(BadToken):
        sessions.resume(first, 1e6)


def test_a_token_is_good_for_30_s_after_the_client_showed_that_it_has_the_successor() -> None:
    sessions, room = _sessions(), new_room()
    session, first = sessions.open(room, 1, "ada")
    _, second = sessions.resume(first, 0.0)
    sessions.shown(session, 100.0)
    sessions.shown(session, 110.0)  # only the first message counts
    assert sessions.resume(first, 100.0 + OVERLAP - 0.001)[0] is session
    _, third = sessions.resume(first, 100.0)
    sessions.shown(session, 200.0)
    with pytest.raises(BadToken):
        sessions.resume(first, 200.0 + OVERLAP)
    with pytest.raises(BadToken):
        sessions.resume(second, 200.0)
    # And trying it does no harm to the one that counts.
    assert sessions.resume(third, 300.0)[0] is session


def test_a_watcher_is_given_no_token() -> None:
    sessions = _sessions()
    session, token = sessions.open(new_room(), 0, "eve")
    assert token == ""
    sessions.close(session)
    with pytest.raises(BadToken):
        sessions.resume("", 0.0)


@pytest.mark.parametrize("token", ["", "token 99", "TOKEN 1", "token 1 ", "蛇", "\0"])
def test_a_token_that_nobody_was_given_is_refused(token: str) -> None:
    sessions = _sessions()
    sessions.open(new_room(), 1, "ada")
    with pytest.raises(BadToken):
        sessions.resume(token, 0.0)


def test_a_token_is_not_kept_in_the_clear() -> None:
    sessions = Sessions(lambda: "SECRET")
    session, token = sessions.open(new_room(), 1, "ada")
    assert token == "SECRET"
    assert b"SECRET" not in session.token_hash
    assert "SECRET" not in repr(session.token_hash)
    assert len(session.token_hash) == 32


def test_a_lost_session_is_kept_for_the_grace_time() -> None:
    sessions = _sessions()
    session, _ = sessions.open(new_room(), 1, "ada")
    assert sessions.expired(1e9) == []
    sessions.lose(session, now=100.0)
    assert sessions.expired(100.0 + GRACE - 0.001) == []
    assert sessions.expired(100.0 + GRACE) == [session]


def test_a_session_that_is_resumed_does_not_expire() -> None:
    sessions = _sessions()
    session, token = sessions.open(new_room(), 1, "ada")
    sessions.lose(session, now=100.0)
    sessions.resume(token, 0.0)
    assert session.lost_at is None
    assert sessions.expired(1e9) == []


def test_a_session_that_is_lost_again_has_its_whole_grace_time_again() -> None:
    sessions = _sessions()
    session, token = sessions.open(new_room(), 1, "ada")
    sessions.lose(session, now=100.0)
    sessions.resume(token, 0.0)
    sessions.lose(session, now=120.0)
    assert sessions.expired(100.0 + GRACE) == []
    assert sessions.expired(120.0 + GRACE) == [session]


def test_a_session_that_is_closed_is_gone_with_its_token() -> None:
    sessions, room = _sessions(), new_room()
    session, token = sessions.open(room, 1, "ada")
    sessions.lose(session, now=0.0)
    sessions.close(session)
    assert sessions.expired(1e9) == []
    assert sessions.of_room(room) == []
    with pytest.raises(BadToken):
        sessions.resume(token, 0.0)
    sessions.close(session)  # a second time does no harm


def test_the_sessions_of_a_room_are_those_and_no_others() -> None:
    sessions, here, there = _sessions(), new_room(), new_room()
    one, _ = sessions.open(here, 1, "ada")
    two, token = sessions.open(here, 2, "bob")
    sessions.open(there, 1, "eve")
    sessions.resume(token, 0.0)
    assert sessions.of_room(here) == [one, two]


def test_a_session_of_player_zero_watches() -> None:
    sessions = _sessions()
    assert sessions.open(new_room(), 0, "eve")[0].watching
    assert not sessions.open(new_room(), 1, "ada")[0].watching
