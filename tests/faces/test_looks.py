from __future__ import annotations

from types import SimpleNamespace as Row
from typing import Any

import pytest
from boards import CHESS, after, tables

from tickwire.faces.looks import captions, is_turned, known_looks, turned
from tickwire.replication.schema import Schema

LOOKS = known_looks(CHESS.tables)


def _look(**look: Any) -> Any:
    names = ("x", "y", "angle", "width", "height", "n")
    fields = [{"name": n, "type": "f32"} for n in names] + [{"name": "says", "type": "text"}]
    return known_looks(
        Schema.read({"board": [10, 8], "tables": [{"name": "T", "fields": fields, "look": look}]}).tables
    )


def test_all_looks_of_chess_are_known() -> None:
    assert [look.kind for look in LOOKS] == [
        "square",
        "mark",
        "mark",
        "piece",
        "box",
        "piece",
        "score",
        "seat",
        "caption",
    ]


def test_black_sits_on_the_other_side_and_watchers_on_whites() -> None:
    game = after()
    assert [is_turned(LOOKS, tables(game, player), player) for player in (0, 1, 2, 3)] == [False, False, True, False]


@pytest.mark.parametrize(
    ("look", "row", "place"),
    [
        ({"kind": "piece", "glyph": "says"}, {}, (7, 4)),
        ({"kind": "square"}, {}, (7, 4)),
        ({"kind": "mark", "mark": "n"}, {}, (7, 4)),
        ({"kind": "cell"}, {}, (7, 4)),
        ({"kind": "dot"}, {}, (8, 5)),
        ({"kind": "text", "text": "says"}, {}, (8, 5)),
        ({"kind": "box", "width": "width", "height": "height"}, {"width": 4, "height": 1}, (4, 4)),
    ],
)
def test_from_the_other_side_a_thing_is_on_the_other_side(
    look: dict[str, Any], row: dict[str, Any], place: tuple[float, float]
) -> None:
    (known,) = _look(x="x", y="y", **look)
    there, thing = turned(known, (10, 8)), Row(x=2, y=3, says="", n=0, **row)
    assert (there.read["x"](thing), there.read["y"](thing)) == place
    back = turned(there, (10, 8))
    assert (back.read["x"](thing), back.read["y"](thing)) == (2, 3)


def test_from_the_other_side_an_arrow_points_the_other_way() -> None:
    (known,) = _look(kind="arrow", x="x", y="y", angle="angle")
    assert turned(known, (10, 8)).read["angle"](Row(angle=30)) % 360 == 210


def test_what_is_no_place_stays_none_from_the_other_side() -> None:
    (known,) = _look(kind="dot", x="x", y="y")
    assert turned(known, (10, 8)).read["x"](Row(x="nowhere")) == "nowhere"


def test_captions_are_the_lines_that_say_something() -> None:
    assert captions(LOOKS, tables(after("e4"))) == ["Black to move", "1. e4"]
    assert captions(LOOKS, {"Caption": [Row(words="a\x1bb" + "x" * 200), Row(words="  ")]}) == ["a b" + "x" * 77]


def test_a_look_that_lacks_what_it_needs_is_not_painted() -> None:
    assert _look(kind="piece", x="x", y="y") == []
    assert _look(kind="mark", x="x", y="y") == []
    assert _look(kind="square", x="x") == []
    assert _look(kind="caption", text="nobody's") == []
