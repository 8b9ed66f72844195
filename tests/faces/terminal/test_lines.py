from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tickwire.faces.terminal.canvas import Canvas, Word
from tickwire.faces.terminal.lines import line

RED, BLUE = 0xFF0000, 0x0000FF


def test_two_pixels_share_a_cell_the_upper_as_ink_the_lower_as_ground() -> None:
    canvas = Canvas(4, 2, 0)
    canvas.fill(1, 0, 3, 1, RED)
    canvas.fill(2, 1, 3, 2, BLUE)
    assert line(canvas, 0) == [(" ", 0, 0), ("▀", RED, 0), ("▀", RED, BLUE), (" ", 0, 0)]


def test_equal_neighbours_are_one_run() -> None:
    canvas = Canvas(80, 2, 0)
    canvas.fill(0, 0, 80, 1, RED)
    assert line(canvas, 0) == [("▀" * 80, RED, 0)]


def test_a_word_stands_on_the_colour_beneath_it() -> None:
    canvas = Canvas(4, 2, 0)
    canvas.fill(0, 0, 4, 2, BLUE)
    canvas.words.append(Word(1, 0, "hi", RED))
    assert line(canvas, 0) == [(" ", BLUE, BLUE), ("h", RED, BLUE), ("i", RED, BLUE), (" ", BLUE, BLUE)]


def test_a_character_of_many_code_points_takes_the_cells_of_one() -> None:
    canvas = Canvas(5, 2, 0)
    canvas.words.append(Word(0, 0, "👨\u200d👩\u200d👧ab", RED))
    assert [text for text, _, _ in line(canvas, 0)] == ["👨\u200d👩\u200d👧", "a", "b", " "]


def test_half_of_a_wide_character_that_is_covered_goes_too() -> None:
    canvas = Canvas(5, 2, 0)
    canvas.words += [Word(0, 0, "蛇蛇", RED), Word(1, 0, "xy", BLUE)]
    assert "".join(text for text, _, _ in line(canvas, 0)) == " xy  "


@given(st.lists(st.tuples(st.integers(-3, 12), st.text(st.sampled_from("aé蛇\u0301🐍\u200d\ufe0f❤🇫"), max_size=6))))
def test_a_line_is_as_wide_as_its_canvas_whatever_stands_on_it(words: list[tuple[int, str]]) -> None:
    canvas = Canvas(10, 2, 0)
    canvas.words = [Word(max(0, column), 0, text, RED) for column, text in words]
    assert sum(cell_len(text) for text, _, _ in line(canvas, 0)) == 10


def test_a_faded_canvas_keeps_its_shapes() -> None:
    canvas = Canvas(2, 2, 0)
    canvas.fill(0, 0, 1, 1, 0xFFFFFF)
    canvas.fade(0, 0.5)
    assert canvas.pixels == [0x808080, 0, 0, 0]
