"""Budgets of what a client may send, in virtual time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tickwire.net.limits import BYTES, CHAT, FRAMES, MESSAGES, RESYNCS, Bucket, Limit, Meter

EVERY_BUDGET = pytest.mark.parametrize(
    ("name", "limit"), [("messages", MESSAGES), ("frames", FRAMES), ("bytes", BYTES)]
)


def spend(meter: Meter, name: str, amount: float, now: float) -> Limit | None:
    """The limit that this is past, as those who read see it: they ask only when a budget is below 0."""
    setattr(meter, name, getattr(meter, name) - amount)
    return meter.overdrawn(now) if getattr(meter, name) < 0 else None


@EVERY_BUDGET
def test_who_keeps_to_the_rate_is_never_past_it(name: str, limit: Limit) -> None:
    meter = Meter(0.0)
    for hundredth in range(1, 100 * 60):
        assert spend(meter, name, limit.rate / 100, hundredth / 100) is None


@EVERY_BUDGET
def test_a_new_connection_may_send_so_much_at_once_and_no_more(name: str, limit: Limit) -> None:
    assert spend(Meter(0.0), name, limit.first, 0.0) is None
    assert spend(Meter(0.0), name, limit.first + 1, 0.0) is limit


@EVERY_BUDGET
@pytest.mark.parametrize("hung", [0.5, 1.0, 2.0, 4.0])
def test_what_piled_up_while_the_line_hung_is_not_held_against_it(name: str, limit: Limit, hung: float) -> None:
    meter = Meter(0.0)
    assert spend(meter, name, limit.first, 0.0) is None  # it has nothing left
    assert spend(meter, name, limit.rate * hung, hung) is None
    assert spend(meter, name, 1, hung) is limit


def test_at_most_ten_seconds_worth_of_messages_is_saved() -> None:
    meter = Meter(0.0)
    meter.refill(3600.0)
    assert spend(meter, "messages", 2000, 3600.0) is None
    assert spend(meter, "messages", 1, 3600.0) is MESSAGES


def test_it_does_not_matter_how_often_a_budget_is_brought_up_to_date() -> None:
    seldom, often = Meter(0.0), Meter(0.0)
    for meter in (seldom, often):
        meter.messages = 0
    for hundredth in range(1, 301):
        often.refill(hundredth / 100)
    seldom.refill(3.0)
    assert often.messages == pytest.approx(seldom.messages) == pytest.approx(600)


def test_a_clock_that_goes_back_costs_nobody_anything() -> None:
    meter = Meter(10.0)
    meter.refill(5.0)
    assert meter.messages == MESSAGES.first
    meter.refill(11.0)
    assert meter.messages == MESSAGES.first + MESSAGES.rate


def test_a_closed_meter_never_fills_again() -> None:
    meter = Meter(0.0)
    meter.close()
    assert meter.overdrawn(1e9) is not None


def test_a_bucket_gives_what_it_has_and_then_what_time_brings() -> None:
    bucket = Bucket(CHAT, 0.0)
    assert [bucket.take(0.0) for _ in range(21)] == [True] * 20 + [False]
    assert [bucket.take(0.25), bucket.take(0.25)] == [True, False]
    assert sum(bucket.take(3600.0) for _ in range(100)) == CHAT.saved


def test_the_longest_message_and_one_of_the_most_fragments_fit_a_new_connection() -> None:
    assert BYTES.first >= 65_536 * 2
    assert FRAMES.first > 1024
    assert all(limit.first <= limit.saved for limit in (MESSAGES, FRAMES, BYTES, CHAT, RESYNCS))


def test_who_is_past_a_limit_is_told_which() -> None:
    assert MESSAGES.words == "more than 200 messages a second; send fewer"
    assert "131072 bytes a second" in BYTES.words


def test_the_document_says_the_same() -> None:
    wire = (Path(__file__).parents[2] / "docs" / "WIRE.md").read_text()
    section = wire[wire.index("### 1.4 Too much") : wire.index("## 2. Messages")]
    rows = re.findall(r"^\| ([a-z ,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", section, re.MULTILINE)
    said = {what: tuple(int(n.replace(",", "")) for n in numbers) for what, *numbers in rows}
    names = {
        "messages": MESSAGES,
        "frames, lines, pieces": FRAMES,
        "bytes": BYTES,
        "chat lines": CHAT,
        "full states": RESYNCS,
    }
    assert said == {what: (limit.rate, limit.first, limit.saved) for what, limit in names.items()}
