"""Who comes and goes, or comes back, too often: everybody in the room would be told each time."""

from __future__ import annotations

from server.test_trays import Table
from tickwire.net.limits import RETURNS, SHORT_VISIT, VISITS
from tickwire.wire.messages import Bye, Hello, Leave, Welcome


def _back(table: Table, token: str) -> str | None:
    """Take a seat back; its next token, or None if that was too often."""
    match table.call(Hello("ada", token=token)).got:
        case [Welcome(token=next), *_]:
            return next
        case [Bye(code="flood", message=words)]:
            assert words == "your seat was taken back too often; wait for 2 s before the next time"
            return None
        case other:
            raise AssertionError(other)


def test_a_seat_is_taken_back_once_a_second_and_no_oftener() -> None:
    table = Table()
    bob = table.call(Hello("bob"))
    token = table.call(Hello("ada")).got[0].token
    for _ in range(int(RETURNS.saved)):
        token = _back(table, token)
    assert _back(table, token) is None
    assert _back(table, token) is None
    for _ in range(20):
        table.now += 1 / RETURNS.rate
        token = _back(table, token)
        assert token is not None, "the refusals cost it neither its seat nor its token"
    assert not bob.closing


def test_returns_are_counted_for_each_seat() -> None:
    table = Table()
    tokens = [table.call(Hello(name)).got[0].token for name in ("ada", "bob")]
    while (again := _back(table, tokens[0])) is not None:
        tokens[0] = again
    assert _back(table, tokens[1]) is not None


def test_short_visits_are_counted_by_room_and_long_ones_are_not() -> None:
    table = Table(seats=2)
    bob = table.call(Hello("bob"))
    code = bob.got[0].room

    def visit(seconds: float, room: str) -> object:
        link = table.call(Hello("eve", room=room))
        first = link.got[0]
        table.now += seconds
        table.hears(link, Leave())
        return first

    for _ in range(int(VISITS.saved) + 5):
        assert isinstance(visit(SHORT_VISIT, code), Welcome)
    answers = [visit(0, code) for _ in range(2 * int(VISITS.saved))]
    assert [type(answer) for answer in answers[: int(VISITS.saved)]] == [Welcome] * int(VISITS.saved)
    for refused in answers[int(VISITS.saved) :]:
        assert refused == Bye(
            "flood", "too many short visits to this room from your address; wait some seconds, then join and stay"
        )
    assert isinstance(visit(0, "new"), Welcome), "other rooms are open"
    table.now += 1 / VISITS.rate
    assert isinstance(visit(0, code), Welcome)
    assert not bob.closing
