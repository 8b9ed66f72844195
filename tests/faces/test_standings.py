from __future__ import annotations

from types import SimpleNamespace as Row

from boards import CHESS, after, tables
from terminal.screens import SNAKE

from tickwire.faces.looks import known_looks
from tickwire.faces.standings import Standing, shortened, standings
from tickwire.replication.schema import Schema
from tickwire.wire.messages import PlayerInfo

LOOKS = known_looks(Schema.read(SNAKE).tables)
PLAYERS = {1: PlayerInfo(1, "ada"), 2: PlayerInfo(2, "Moss", bot=True), 3: PlayerInfo(3, "b\x1bob")}


def test_the_best_comes_first_and_who_has_no_points_last() -> None:
    lines = standings(LOOKS, {"Score": [Row(player=1, points=3), Row(player=2, points=7)]}, PLAYERS, own=1)
    assert lines == [
        Standing(2, "Moss", 7, bot=True, own=False),
        Standing(1, "ada", 3, bot=False, own=True),
        Standing(3, "b ob", None, bot=False, own=False),
    ]


def test_who_lost_the_line_is_marked() -> None:
    players = {1: PlayerInfo(1, "ada", away=True), 2: PlayerInfo(2, "bob")}
    assert [(s.name, s.away) for s in standings([], {}, players, own=2)] == [("ada", True), ("bob", False)]


def test_a_game_without_points_lists_its_players_by_number() -> None:
    assert [s.player for s in standings([], {}, PLAYERS, own=0)] == [1, 2, 3]


def test_ones_own_line_is_shown_however_short_the_list_must_be() -> None:
    everyone = [Standing(n, f"p{n}", 100 - n, bot=False, own=n == 40) for n in range(50)]
    for room in range(1, 60):
        short = shortened(everyone, room)
        assert len(short) == min(room, 50)
        assert any(s is not None and s.own for s in short)
    assert shortened(everyone, 0) == []
    assert shortened([], -1) == []
    assert shortened(everyone[:3], 5) == everyone[:3]


def test_whose_turn_it_is_and_who_has_which_side_is_told() -> None:
    lines = standings(known_looks(CHESS.tables), tables(after("e4")), {n: PlayerInfo(n, "") for n in (1, 2, 3)}, own=2)
    assert [(s.player, s.points, s.turn, s.side) for s in lines] == [
        (1, "5:00", False, 0),
        (2, "5:00", True, 1),
        (3, None, False, None),
    ]
