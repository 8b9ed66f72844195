"""A canvas as lines of a terminal: `▀` shows the upper pixel as ink and the lower as ground."""

from __future__ import annotations

from rich.cells import cell_len

from tickwire.faces.terminal.canvas import Canvas, Word
from tickwire.ids.characters import clusters

HALF_BLOCK = "▀"

Run = tuple[str, int, int]  # characters, ink, ground


def line(canvas: Canvas, row: int) -> list[Run]:
    """The runs of one terminal row, together `canvas.width` cells wide."""
    upper, lower = canvas.row(row)
    words = [w for w in canvas.words if w.row == row]
    if words:
        return _with_words(upper, lower, words)
    runs: list[Run] = []
    start, ink, ground = 0, upper[0], lower[0]
    for i in range(1, canvas.width):
        if upper[i] != ink or lower[i] != ground:
            runs.append(_run(i - start, ink, ground))
            start, ink, ground = i, upper[i], lower[i]
    runs.append(_run(canvas.width - start, ink, ground))
    return runs


def _run(cells: int, ink: int, ground: int) -> Run:
    return ((" " if ink == ground else HALF_BLOCK) * cells, ink, ground)


def _with_words(upper: list[int], lower: list[int], words: list[Word]) -> list[Run]:
    """One run a cell: slower, for the few rows that have words. A later word covers an earlier one."""
    cells: list[Run | None] = [_run(1, ink, ground) for ink, ground in zip(upper, lower, strict=True)]
    for word in words:
        column = word.column
        for character in clusters(word.text):
            width = cell_len(character)
            if column + width > len(cells):
                break
            if width == 0:  # a combining mark belongs to the letter before
                if column > word.column and (before := cells[column - 1]) is not None:
                    cells[column - 1] = (before[0] + character, before[1], before[2])
                continue
            _uncover(cells, column, width, upper, lower)
            cells[column] = (character, word.color, upper[column])
            for i in range(column + 1, column + width):
                cells[i] = None  # the second half of a wide character
            column += width
    return [run for run in cells if run is not None]


def _uncover(cells: list[Run | None], column: int, width: int, upper: list[int], lower: list[int]) -> None:
    """Half of a wide character cannot stay: show what is beneath it."""
    if cells[column] is None:
        cells[column - 1] = _run(1, upper[column - 1], lower[column - 1])
    end = column + width
    if end < len(cells) and cells[end] is None:
        cells[end] = _run(1, upper[end], lower[end])
