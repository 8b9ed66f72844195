from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickwire.errors import BadName, ErrorCode, RemoteProtocolError
from tickwire.ids import (
    CHAT_CHARACTERS,
    CODE_ALPHABET,
    NAME_CELLS,
    NAME_CHARACTERS,
    check_chat,
    check_name,
    distinct_name,
    room_code,
)
from tickwire.ids.characters import cell_width, clusters, likenesses, printable

any_text = st.text(st.characters())  # with lone surrogates, which MessagePack libraries of others may let through


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "蛇", "🐍", "é", "O'Brien-Smith", "x" * NAME_CELLS, "蛇" * 12])
def test_a_name_that_can_be_shown_is_kept(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "\t",
        "a\nb",
        "\x1b[2J",
        "a\x00b",
        "a\u202eb",
        "a\u200bb",
        "\ud800",
        "\u0301\u0301",
        "\ue000",
        "a\u2028b",
        "x" * 25,
        "蛇" * 13,
    ],
)
def test_a_name_that_is_empty_too_wide_or_moves_the_cursor_is_refused(name: str) -> None:
    with pytest.raises(BadName, match="choose"):
        check_name(name)


def test_a_name_is_trimmed_and_put_into_normal_form() -> None:
    assert check_name("  ada  ") == "ada"
    assert check_name("e\u0301") == "é"


def test_a_name_of_one_cell_may_not_hold_a_hundred_combining_marks() -> None:
    with pytest.raises(BadName):
        check_name("a" + "\u0334" * NAME_CHARACTERS)


@given(any_text)
@example("\u0301")  # a mark without a letter under it
@settings(max_examples=200, deadline=None)
def test_a_name_is_either_refused_or_fit_to_be_shown(name: str) -> None:
    try:
        checked = check_name(name)
    except BadName:
        return
    assert 0 < cell_width(checked) <= NAME_CELLS
    assert printable(checked)
    assert check_name(checked) == checked


@pytest.mark.parametrize(("text", "width"), [("", 0), ("ada", 3), ("蛇", 2), ("e\u0301", 1), ("ｗ", 2), ("ä", 1)])
def test_the_width_of_text_is_counted_in_terminal_cells(text: str, width: int) -> None:
    assert cell_width(text) == width


def test_a_chat_line_is_trimmed_and_its_control_characters_become_spaces() -> None:
    assert check_chat("  hi\x1b[2J\nyou\u202e! ") == "hi [2J you!"


@pytest.mark.parametrize("text", ["", "  ", "\n\x00\x1b", "x" * (CHAT_CHARACTERS + 1)])
def test_a_chat_line_that_is_empty_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        check_chat(text)
    assert caught.value.code is ErrorCode.BAD_CHAT


def test_a_chat_line_may_be_as_long_as_the_limit() -> None:
    assert check_chat("x" * CHAT_CHARACTERS) == "x" * CHAT_CHARACTERS


@given(any_text)
@settings(max_examples=200, deadline=None)
def test_a_chat_line_is_either_refused_or_fit_to_be_shown(text: str) -> None:
    try:
        checked = check_chat(text)
    except RemoteProtocolError:
        return
    assert printable(checked)
    assert 0 < len(clusters(checked)) <= CHAT_CHARACTERS
    assert check_chat(checked) == checked


def test_a_name_that_nobody_has_stays_as_it_is() -> None:
    assert distinct_name("ada", {"bob"}) == "ada"


def test_the_second_and_third_of_a_name_are_numbered() -> None:
    assert distinct_name("ada", {"ada"}) == "ada 2"
    assert distinct_name("ada", {"ada", "ada 2"}) == "ada 3"


def test_a_number_that_became_free_is_given_again() -> None:
    assert distinct_name("ada", {"ada", "ada 3"}) == "ada 2"


@given(st.text(min_size=1), st.integers(1, 120))
@example("x" * NAME_CELLS, 120)
@example("蛇" * 12, 12)
@settings(max_examples=100, deadline=None)
def test_distinct_names_are_distinct_and_fit_to_be_shown(name: str, people: int) -> None:
    try:
        name = check_name(name)
    except BadName:
        return
    taken: set[str] = set()
    for _ in range(people):
        given = distinct_name(name, taken)
        assert not any(set(likenesses(given)) & set(likenesses(each)) for each in taken)
        assert cell_width(given) <= NAME_CELLS
        taken.add(given)


def test_a_room_code_is_four_characters_that_cannot_be_misread() -> None:
    codes = [room_code(random.Random(seed)) for seed in range(200)]
    assert all(len(code) == 4 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert not set("0O1IL") & set(CODE_ALPHABET)
    assert len(set(codes)) > 190


def test_a_room_code_follows_from_its_chance() -> None:
    assert room_code(random.Random(5)) == room_code(random.Random(5))
