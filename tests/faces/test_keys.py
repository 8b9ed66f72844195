from __future__ import annotations

from typing import Any

import pytest

from tickwire.faces.keys import face_keys, key_table, pressed

TURN = {"type": "turn", "heading": "up"}
FIRE = {"type": "fire"}
CONTROLS = {"keys": {"up": TURN, "w": TURN, "space": FIRE, "A": FIRE, "?": FIRE, "enter": FIRE}}


@pytest.mark.parametrize(
    ("key", "character", "input"),
    [
        ("up", None, TURN),
        ("w", "w", TURN),
        ("W", "W", TURN),  # caps lock
        ("A", "A", FIRE),
        ("a", "a", None),
        ("space", " ", FIRE),
        ("question_mark", "?", FIRE),
        ("enter", "\r", FIRE),
        ("f1", None, None),
    ],
)
def test_a_key_sends_what_the_controls_say(key: str, character: str | None, input: Any) -> None:
    assert pressed(key, character, CONTROLS) == input


@pytest.mark.parametrize("controls", [{}, {"keys": None}, {"keys": []}, {"keys": {"w": "turn"}}])
def test_controls_that_make_no_sense_steer_nothing(controls: dict[str, Any]) -> None:
    assert pressed("w", "w", controls) is None
    assert key_table(controls) == []


def test_keys_that_the_game_uses_are_not_the_faces() -> None:
    assert face_keys(CONTROLS) == [("/", "chat"), ("F1", "help"), ("Esc", "leave"), ("q", "quit")]


def test_the_help_has_one_line_for_each_input() -> None:
    steer = {"type": "steer", "heading": 64, "fast": True, "far": False}
    table = key_table({"keys": {"up": TURN, "w": TURN, "x": steer}})
    assert table == [("↑ w", "turn up"), ("x", "steer heading 64 fast")]


def test_of_mere_numbers_a_player_reads_where_the_arrow_points_and_that_none_of_them_is_a_stop() -> None:
    def go(dx: int, dy: int) -> dict[str, Any]:
        return {"type": "go", "dx": dx, "dy": dy}

    keys = {"w": go(0, -1), "up": go(0, -1), "right": go(1, 0), "space": go(0, 0), "y": go(-1, -1)}
    assert key_table({"keys": {**keys, "z": {"type": "zoom", "by": 0}}}) == [
        ("w ↑", "go up"),
        ("→", "go right"),
        ("space", "stop"),
        ("y", "go dx -1 dy -1"),
        ("z", "zoom by 0"),
    ]


def test_what_a_server_calls_its_keys_and_inputs_moves_no_cursor() -> None:
    table = key_table({"keys": {"\x1b[2J": {"type": "\x1b[2J", "by": "\x07"}}, "hold": {"\x9b": "\x1b]0;"}})
    assert all(text.isprintable() for row in table for text in row)


def test_the_help_tells_of_clicks_the_cursor_and_words() -> None:
    controls = {"keys": {}, "click": {"type": "pick"}, "text": "a move"}
    assert key_table(controls) == [
        ("a click", "points at the board"),
        ("↑ ↓ ← → Enter", "the same by keys"),
        ("letters", "a move"),
    ]
    assert key_table({"keys": {"x": {"type": "fire"}}, "click": {"type": "pick"}})[1:] == [
        ("a click", "points at the board")
    ]
