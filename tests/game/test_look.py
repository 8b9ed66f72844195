from __future__ import annotations

import msgspec
import pytest

from tickwire import Controls, Input, Look


class Turn(Input):
    heading: str


class Fire(Input):
    pass


@pytest.mark.parametrize(
    ("look", "described"),
    [
        (Look.none(), {"kind": "none"}),
        (Look.cell(x="x", y="y"), {"kind": "cell", "x": "x", "y": "y", "color": 0}),
        (Look.cell(x="x", y="y", player="owner"), {"kind": "cell", "x": "x", "y": "y", "color": 0, "player": "owner"}),
        (Look.dot(x="x", y=3, radius=6), {"kind": "dot", "x": "x", "y": 3, "color": 0, "radius": 6}),
        (
            Look.arrow(x="x", y="y", angle="a", color="team"),
            {"kind": "arrow", "x": "x", "y": "y", "angle": "a", "color": "team", "size": 2},
        ),
        (Look.box(x="x", y="y", width="w"), {"kind": "box", "x": "x", "y": "y", "width": "w", "height": 1, "color": 0}),
        (Look.text(x=1, y=2, text="words"), {"kind": "text", "x": 1, "y": 2, "text": "words", "color": 0}),
        (Look.score(player="p", value="points"), {"kind": "score", "player": "p", "value": "points"}),
    ],
)
def test_a_look_is_described_by_its_kind_and_the_fields_it_paints_by(look: Look, described: dict[str, object]) -> None:
    assert look.describe() == described
    assert msgspec.json.decode(msgspec.json.encode(look.describe())) == described


def test_each_of_several_keys_sends_the_same_input() -> None:
    controls = Controls(keys={"up w": Turn("up"), "space": Fire()})
    up = {"type": "turn", "heading": "up"}
    assert controls.describe() == {"keys": {"up": up, "w": up, "space": {"type": "fire"}}}


def test_no_controls_are_no_keys() -> None:
    assert Controls().describe() == {"keys": {}}


def test_two_controls_do_not_share_their_keys() -> None:
    assert Controls().keys is not Controls().keys


def test_a_look_says_only_what_it_was_given() -> None:
    assert Look.square(x="x", y="y").describe() == {"kind": "square", "x": "x", "y": "y", "shade": 0}
    named = Look.square(x="x", y="y", shade="dark", column="file", row="rank").describe()
    assert (named["column"], named["row"]) == ("file", "rank")
    assert Look.score(player="p", value="v").describe() == {"kind": "score", "player": "p", "value": "v"}
    assert Look.score(player="p", value="v", turn="t", side="s").describe()["turn"] == "t"
    assert Look.mark(x="x", y="y", mark=2).describe() == {"kind": "mark", "x": "x", "y": "y", "mark": 2}
    assert Look.caption(text="t").describe() == {"kind": "caption", "text": "t"}
    assert Look.seat(player="p").describe() == {"kind": "seat", "player": "p", "turned": 1}
