from __future__ import annotations

from itertools import combinations

import pytest

from tickwire.faces.window.layout import Box, Layout, arrange


def boxes(layout: Layout) -> list[Box]:
    return [b for b in (layout.header, layout.board, layout.scores, layout.chat) if b is not None]


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@pytest.mark.parametrize("size", [(360, 300), (640, 480), (960, 600), (480, 900), (1920, 1080), (2560, 600)])
@pytest.mark.parametrize("board", [(60, 40), (500, 500), (20, 200), None])
@pytest.mark.parametrize("lines", [1, 8, 50])
@pytest.mark.parametrize("scale", [1, 1.5])
def test_nothing_overlaps_or_leaves_the_window(
    size: tuple[int, int], board: tuple[float, float] | None, lines: int, scale: float
) -> None:
    size = (round(size[0] * scale), round(size[1] * scale))
    layout = arrange(size, scale, board, lines, cells=True)
    for box in boxes(layout):
        assert 0 <= box.x <= box.x + box.width <= size[0]
        assert 0 <= box.y <= box.y + box.height <= size[1]
    assert all(apart(one, other) for one, other in combinations(boxes(layout), 2))


def test_a_wide_window_has_a_column_and_a_high_one_a_strip() -> None:
    wide, high = arrange((960, 600), 1, (60, 40), 4), arrange((480, 900), 1, (60, 40), 4)
    assert wide.board is not None
    assert high.board is not None
    assert wide.chat.x > wide.board.x + wide.board.width
    assert high.chat.y > high.board.y + high.board.height
    assert high.board.width == 460


def test_the_scoreboard_leaves_room_for_the_chat() -> None:
    layout = arrange((960, 600), 1, (60, 40), 50)
    assert layout.scores.height > 8 * layout.row
    assert layout.chat.height > 200


def test_a_game_without_a_picture_is_all_chat() -> None:
    layout = arrange((960, 600), 1, None, 4)
    assert layout.board is None
    assert layout.chat.width > 600
