from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire import Everyone, Grid, Owner
from tickwire.replication.interest import GridInterest, OwnerInterest, interest_of

BOARD = (60.0, 40.0)
GRID = Grid(cell=10, window=(20, 20))


@dataclass
class At:
    """What has a place, or an owner."""

    x: float = 0
    y: float = 0
    player: int = 0


def test_everyone_needs_no_rule() -> None:
    assert interest_of(Everyone(), BOARD) is None
    assert isinstance(interest_of(GRID, BOARD), GridInterest)
    assert isinstance(interest_of(Owner("player"), BOARD), OwnerInterest)


@pytest.mark.parametrize(
    ("place", "group"),
    [
        ((0, 0), 1),
        ((9.9, 9.9), 1),
        ((10, 0), 2),
        ((59, 0), 6),
        ((0, 10), 7),
        ((59, 39), 24),
        ((60, 40), 24),  # the far edge belongs to the last cell
        ((-5, -5), 1),  # what is off the board is in the nearest cell
        ((1000, 1000), 24),
        ((-5, 1000), 19),
    ],
)
def test_groups_are_the_cells_of_the_board_row_by_row_from_one(place: tuple[float, float], group: int) -> None:
    assert GridInterest(GRID, BOARD).groups_of([At(*place)]) == [group]


@pytest.mark.parametrize(
    ("focus", "groups"),
    [
        ((25, 25), (8, 9, 10, 14, 15, 16, 20, 21, 22)),
        ((0, 0), (1, 2, 7, 8)),
        ((60, 40), (24,)),  # from 50 to 70 there is one column
        ((55, 35), (17, 18, 23, 24)),
        ((5, 5), (1, 2, 7, 8)),
    ],
)
def test_a_window_shows_all_cells_that_it_touches(focus: tuple[float, float], groups: tuple[int, ...]) -> None:
    interest = GridInterest(GRID, BOARD)
    assert interest.groups[interest.sights([1], [focus])[0]] == groups


def test_a_cell_has_one_number_for_rows_and_sights() -> None:
    interest = GridInterest(Grid(cell=1, window=(2, 2)), (600.0, 10.0))
    (group,) = interest.groups_of([At(550, 5)])
    assert any(group is seen for seen in interest.groups[interest.sights([1], [(550, 5)])[0]])


def test_a_board_may_have_more_cells_than_can_be_counted_in_advance() -> None:
    interest = GridInterest(Grid(cell=1, window=(1, 1)), (1e6, 1e6))
    assert interest.groups_of([At(999_999, 999_999), At(1, 0)]) == [10**12, 2]
    assert interest.groups[interest.sights([1], [(999_999.2, 999_998.7)])[0]] == (
        *(10**12 - 10**6 - 1, 10**12 - 10**6),
        *(10**12 - 1, 10**12),
    )


places = st.tuples(st.floats(-200, 200), st.floats(-200, 200))
inside = st.tuples(st.floats(0, BOARD[0]), st.floats(0, BOARD[1]))
grids = st.builds(
    Grid,
    st.sampled_from([1, 3, 7.5, 10, 100]),
    st.tuples(st.floats(1, 80), st.floats(1, 80)),
)


@given(grids, inside, inside)
@settings(max_examples=200, deadline=None)
def test_what_is_in_the_window_is_seen_and_what_is_more_than_a_cell_off_is_not(
    grid: Grid, focus: tuple[float, float], place: tuple[float, float]
) -> None:
    interest = GridInterest(grid, BOARD)
    seen = interest.groups_of([At(*place)])[0] in interest.groups[interest.sights([1], [focus])[0]]
    off = max(abs(place[i] - focus[i]) - grid.window[i] / 2 for i in (0, 1))
    if off < 0:
        assert seen
    if off > grid.cell:
        assert not seen


@given(grids, places)
@settings(max_examples=200, deadline=None)
def test_one_sees_oneself_even_off_the_board(grid: Grid, place: tuple[float, float]) -> None:
    interest = GridInterest(grid, BOARD)
    assert interest.groups_of([At(*place)])[0] in interest.groups[interest.sights([1], [place])[0]]


@given(grids, places)
@settings(max_examples=100, deadline=None)
def test_the_groups_of_a_sight_ascend_and_are_on_the_board(grid: Grid, focus: tuple[float, float]) -> None:
    interest = GridInterest(grid, BOARD)
    groups = interest.groups[interest.sights([1], [focus])[0]]
    (last,) = interest.groups_of([At(*BOARD)])
    assert list(groups) == sorted(set(groups))
    assert all(1 <= g <= last for g in groups)


def test_an_owner_sees_their_rows_and_a_watcher_none() -> None:
    interest = OwnerInterest(Owner("player"))
    assert interest.groups_of([At(player=3), At(player=1)]) == [3, 1]
    assert interest.groups[interest.sights([3], [(0, 0)])[0]] == (3,)
    assert interest.groups[interest.sights([0], [(0, 0)])[0]] == ()
