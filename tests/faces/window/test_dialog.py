from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from tickwire.faces.seat import Wish
from tickwire.faces.window.dialog import dialog_for, title_of
from tickwire.faces.window.seat import Phase, Seat
from tickwire.sync import Client


def seated() -> Seat:
    seat = Seat(Wish("localhost", "ada"))
    seat.phase, seat.client = Phase.PLAYING, cast(Client, SimpleNamespace(welcome=SimpleNamespace(game="small_chess")))
    return seat


def test_nothing_is_open_over_a_game_that_is_played() -> None:
    assert dialog_for(seated(), None, now=0.0) is None


def test_the_help_tells_of_each_key_and_of_clicks_once() -> None:
    controls: dict[str, Any] = {"keys": {"x": {"type": "fire"}}, "click": {"type": "pick"}, "text": "a move"}
    dialog = dialog_for(seated(), controls, now=0.0)
    assert dialog is not None
    assert dialog.title == "Small chess"
    keys = [line[0] for line in dialog.lines if isinstance(line, tuple)]
    assert keys[:3] == ["x", "a click", "letters"]
    assert sum("click" in key for key in keys) == 1
    assert len(keys) == len(set(keys))


def test_a_lost_connection_says_when_it_is_tried_again() -> None:
    seat = seated()
    seat.phase, seat.reason, seat.next_try = Phase.LOST, ConnectionError("gone"), 12.5
    dialog = dialog_for(seat, None, now=10.0)
    assert dialog is not None
    assert dialog.lines[-1] == "Trying again in 3 s."
    seat.next_try = None
    dialog = dialog_for(seat, None, now=10.0)
    assert dialog is not None
    assert dialog.lines[-1] == "Press r to join again."


def test_a_title_is_fit_to_be_shown() -> None:
    assert title_of("tag\x1b[2J") == "Tag [2J"
