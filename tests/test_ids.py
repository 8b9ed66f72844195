from __future__ import annotations

import random
import subprocess
import sys
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickwire import ids
from tickwire.errors import BadName, ErrorCode, RemoteProtocolError
from tickwire.ids import (
    CHAT_CHARACTERS,
    CODE_ALPHABET,
    NAME_CELLS,
    NAME_CHARACTERS,
    chat_lines,
    check_chat,
    check_name,
    distinct_name,
    room_code,
    unicode_rules,
)
from tickwire.ids.characters import cell_width, clusters, likenesses, printable, tidy

JOINED = [
    "👨\u200d👩\u200d👧",
    "👩🏽\u200d❤\ufe0f\u200d💋\u200d👩🏽",
    "👍🏽",
    "🇫🇷",
    "1\ufe0f\u20e3",
    "❤\ufe0f",
    "🏴\u200d☠\ufe0f",
]
JOINED += ["🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"]  # England
UNSEEN = ["\u3164", "\u2800", "\u115f", "\u1160", "\uffa0", "\u200d", "\u200b", "\u034f", "\u202e", "\u2066", "\ufe0f"]
UNSEEN += ["\U000e0067", "\ufeff", "\u00ad", "\u061c", "\ufffc", "\U0001d159", "\U000e0100", "\u200c"]

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


@pytest.mark.parametrize("name", [*JOINED, "می\u200cروم", "🩷", "葛\U000e0100", "शक्\u200dति", "★ada★", "𠮷野家"])
def test_a_name_keeps_what_its_script_or_its_emoji_need(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("code", [0x1FBFF, 0x1FADF, 0x35555, 0x0378])
def test_what_unicode_has_not_assigned_yet_is_not_forbidden(code: int) -> None:
    assert check_name(f"a{chr(code)}") == f"a{chr(code)}"
    assert check_chat(chr(code)) == chr(code)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_nobody_sees_is_no_name_and_in_none(unseen: str) -> None:
    for name in (unseen, f"ada{unseen}", f"a{unseen}da", f"{unseen}ada"):
        with pytest.raises(BadName, match="choose"):
            check_name(name)
    with pytest.raises(RemoteProtocolError):
        check_chat(unseen)
    assert check_chat(f"ada{unseen}bob") in ("adabob", "ada bob")


def test_names_have_the_form_of_rfc_8266() -> None:
    assert check_name(" ada  \u3000 lovelace\u00a0") == "ada lovelace"
    assert check_name("ａｄａ") == check_name("ad\u00aa") == "ada"
    assert check_name("ﬁ²") == "fi2"
    assert check_name("paral·lel") == "paral·lel"
    with pytest.raises(BadName, match="a name cannot hold · there; choose another"):
        check_name("a·b")


def test_a_name_is_as_long_as_its_characters_and_their_cells() -> None:
    assert check_name("👨\u200d👩\u200d👧" * 12)
    for name in ("👨\u200d👩\u200d👧" * 13, "न" * 25, "漢" * 13, "x" * 65_000, "\u202e" * 65_000):
        with pytest.raises(BadName, match="24 cells wide"):
            check_name(name)


@pytest.mark.parametrize("name", ["a" + "\u0301" * 6, "\u0301ada", "a" + "\u0334\u0321" * 3, "क" + "ा" * 12])
def test_a_name_has_no_towers_of_marks(name: str) -> None:
    with pytest.raises(BadName, match="marks"):
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


@pytest.mark.parametrize("text", [*JOINED, "می\u200cروم", "ශ්\u200dරී", "র\u200d্যা", "🩷", "葛\U000e0100", "e\u0323"])
def test_a_chat_line_keeps_what_its_script_or_its_emoji_need(text: str) -> None:
    assert check_chat(text) == unicodedata.normalize("NFC", text)
    assert printable(text)


def test_a_chat_line_is_counted_in_characters_as_a_reader_counts_them() -> None:
    family = "👨\u200d👩\u200d👧"
    assert check_chat(family * CHAT_CHARACTERS) == family * CHAT_CHARACTERS
    with pytest.raises(RemoteProtocolError, match="at most 300"):
        check_chat(family * (CHAT_CHARACTERS + 1))


def test_a_tower_of_marks_in_a_chat_line_is_cut() -> None:
    assert check_chat("a" + "\u0334" * 100 + "b") == "a" + "\u0334" * 4 + "b"
    assert len(check_chat("क" + "्क" * 200)) <= 20


@pytest.mark.parametrize("text", [" " * 65_000, "x" * 65_000, "й" * 30_000, "\u202e" * 20_000, "a" + "\u0301" * 30_000])
def test_what_is_too_long_is_refused_before_it_is_cleaned(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "tidy", lambda text: pytest.fail("cleaned"))
    with pytest.raises(RemoteProtocolError, match="at most 300"):
        check_chat(text)


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


# What is judged by what stands beside it, and what that may be.
DELICATE = "aا​रीక్ේ 👩👍🏽🏴🇫🇷❤1葛ᠠ\u200c\u200d\ufe0f\ufe0e\u0301\u0334\u064b\u20e3\u180b\u180e\u0600\u0e33\u1112"
DELICATE += "\u094d\u3164\u1160\u202e\u2800\n\t\ufffd\ue000\U000e0067\U000e0062\U000e007f\U000e0100\u0378\U0001fadf™ﬁİ·"


@given(st.text(st.sampled_from(DELICATE), max_size=40), st.integers(1, 40))
@example("\u2800\u0334\u200d", 1)
@example("a \u094da\u200c", 40)
@settings(max_examples=300, deadline=None)
def test_what_was_judged_once_stays_as_it_is(text: str, times: int) -> None:
    tidied = tidy(text)
    assert tidy(tidied) == tidied
    assert printable(tidied)
    for line in chat_lines(text * times):
        assert check_chat(line) == line
    with suppress(RemoteProtocolError):
        assert check_chat(check_chat(text)) == check_chat(text)
    with suppress(BadName):
        name = check_name(text)
        assert check_name(name) == name
        again = distinct_name(name, {name})
        assert again != name
        assert check_name(again) == again


def test_a_name_that_nobody_has_stays_as_it_is() -> None:
    assert distinct_name("ada", {"bob"}) == "ada"


def test_the_second_and_third_of_a_name_are_numbered() -> None:
    assert distinct_name("ada", {"ada"}) == "ada 2"
    assert distinct_name("ada", {"ada", "ada 2"}) == "ada 3"


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("аda", "ada"),
        ("Ada", "ada"),
        ("paypaI", "paypal"),
        ("ѕсоре", "scope"),
        ("rnax", "max"),
        ("ΑDΑ", "ada"),
        ("0", "O"),
    ],
)
def test_a_name_that_looks_like_anothers_is_numbered(name: str, like: str) -> None:
    assert distinct_name(check_name(name), {like}) == f"{name} 2"
    assert distinct_name(like, {name}) == f"{like} 2"


def test_names_that_differ_to_the_eye_stay_as_they_are() -> None:
    taken = {"ada", "bob", "蛇", "👨\u200d👩\u200d👧"}
    assert [distinct_name(n, taken) for n in ("adam", "адам", "龙", "👩\u200d👧")] == [
        "adam",
        "адам",
        "龙",
        "👩\u200d👧",
    ]


def test_the_look_alikes_of_ascii_are_those_of_the_table() -> None:
    for c in map(chr, range(0x20, 0x7F)):
        assert likenesses(c)[0] == unicode_rules.skeleton(c)


def test_what_is_not_needed_for_ascii_is_not_imported() -> None:
    code = (
        "import sys, tickwire; from tickwire.ids import *"
        "; check_name('ada 2'); check_chat('hi\tyou'); chat_lines('x' * 900)"
        "; distinct_name('ada', {'Ada'}); print([m for m in ('regex', 'wcwidth', 'precis_i18n') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


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
