from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tickwire.faces.clean import _terminal, clean, default_name, fit
from tickwire.ids import check_name
from tickwire.ids.characters import printable


@pytest.fixture(autouse=True)
def _an_unknown_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _is_in(monkeypatch, "dumb")
    yield
    _terminal.cache_clear()


def _is_in(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TERM_PROGRAM", name)
    _terminal.cache_clear()


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧", "❤\ufe0f", "👍🏽", "🇩🇪", "1\ufe0f\u20e3"])
def test_joined_emoji_stay_whole_where_it_is_known_how_wide_they_are_drawn(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clean(text) != text
    _is_in(monkeypatch, "kitty")
    assert clean(text) == text
    assert fit(clean(f"ada{text}bob"), 4) == "ada…"


def test_letters_that_a_joiner_keeps_apart_stay_so() -> None:
    assert clean("می\u200cروم") == "می\u200cروم"
    assert cell_len(clean("می\u200cروم")) == 5


@given(st.text())
def test_nothing_that_moves_hides_or_turns_is_left(text: str) -> None:
    cleaned = clean(text)
    assert printable(cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b]0;title\x07ada", " ]0;title ada"),
        ("\x9b31mada", " 31mada"),
        ("ada\r\nbob\tx", "ada  bob x"),
        ("\u202eada\u2066\u200b\ufeff", "ada"),
        ("❤\ufe0f", "❤"),
        ("👍🏻", "👍"),
        ("🇩🇪", "DE"),
        ("\u0301ada", "ada"),
        ("蛇使い", "蛇使い"),
        ("[bold red]ada[/]", "[bold red]ada[/]"),
    ],
)
def test_hostile_text_loses_its_teeth_only(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


def test_a_tower_of_marks_is_cut() -> None:
    assert sum(unicodedata.combining(c) > 0 for c in clean("z" + "\u0335\u0321" * 20)) == 2


@given(st.text(), st.integers(0, 40))
def test_what_is_fitted_has_exactly_its_cells(text: str, cells: int) -> None:
    assert cell_len(fit(clean(text), cells)) == cells


@pytest.mark.parametrize("user", ["ada", "", "\x1b[2J", "x" * 99, "\u202e"])
def test_the_default_name_is_always_one_that_the_server_takes(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", user)
    assert check_name(default_name()) == default_name()


def test_the_default_name_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada")
    assert default_name() == "ada"
