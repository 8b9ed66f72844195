from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickwire.faces.window.entry import Entry, wrap
from tickwire.faces.window.words import Part
from tickwire.ids.characters import clusters

KEYS = ["left", "right", "home", "end", "backspace", "delete", "pageup"]


def measure(text: str, bold: bool) -> int:
    return len(text) * (2 if bold else 1)


def test_text_goes_in_at_the_caret() -> None:
    entry = Entry("helo")
    entry.press("left")
    entry.insert("l")
    assert (entry.text, entry.caret) == ("hello", 4)
    entry.press("home")
    entry.press("delete")
    entry.insert("J")
    assert entry.text == "Jello"


def test_what_cannot_be_said_does_not_go_in() -> None:
    entry = Entry()
    entry.insert("a\x1b[2J\u202eb\u200bc\nd")
    assert entry.text == "a[2Jbc d"


def test_keys_go_by_what_a_reader_takes_for_one_character() -> None:
    entry = Entry("a👨\u200d👩\u200d👧é", most=4)
    entry.press("left")
    entry.press("backspace")
    assert (entry.text, entry.caret) == ("aé", 1)
    entry.insert("🇫🇷👍🏽🐍")
    assert entry.text == "a🇫🇷👍🏽é"
    entry.press("home")
    entry.press("right")
    entry.press("delete")
    assert entry.text == "a👍🏽é"


def test_a_joiner_may_be_typed_before_what_it_joins() -> None:
    entry = Entry()
    for typed in ("می", "\u200c", "روم"):
        entry.insert(typed)
    assert entry.text == "می\u200cروم"


def test_there_is_an_end_to_it() -> None:
    entry = Entry("abc", most=5)
    entry.insert("defg")
    assert entry.text == "abcde"


def test_what_an_input_method_decided_takes_the_place_of_what_it_showed() -> None:
    entry = Entry("a")
    entry.composing = "ni"
    entry.insert("你")
    assert (entry.text, entry.composing) == ("a你", "")


@given(st.lists(st.one_of(st.sampled_from(KEYS), st.text(max_size=5).map(lambda t: "+" + t))))
def test_the_caret_is_always_in_the_text(steps: list[str]) -> None:
    entry = Entry("start", most=20)
    for step in steps:
        if step.startswith("+"):
            entry.insert(step[1:])
        else:
            entry.press(step)
        assert 0 <= entry.caret <= len(entry.text)
        assert len(clusters(entry.text)) <= 20


@given(st.lists(st.tuples(st.text("ab ", max_size=30), st.booleans()), max_size=4), st.integers(2, 20))
def test_no_row_is_too_wide_and_no_word_is_lost(parts: list[tuple[str, bool]], width: int) -> None:
    line = [Part(text, 0, bold) for text, bold in parts]
    rows = wrap(line, width, measure)
    assert all(sum(measure(p.text.strip(" "), p.bold) for p in row) <= width for row in rows)
    assert "".join(p.text for row in rows for p in row).replace(" ", "") == "".join(p.text for p in line).replace(
        " ", ""
    )


def test_a_colour_goes_on_in_the_next_row() -> None:
    rows = wrap([Part("ada", 1, bold=True), Part("  hello world", 2)], 13, measure)
    assert rows == [[Part("ada", 1, bold=True), Part("  hello", 2)], [Part("world", 2)]]
