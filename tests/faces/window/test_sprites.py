from __future__ import annotations

import math

from tickwire.faces.window.motion import Place
from tickwire.faces.window.sprites import GHOST_TIME, Layer, Sprites
from window.driving import World, schema_of, table

CELL = schema_of(table("Cell", {"kind": "cell", "x": "x", "y": "y", "color": "owner", "player": "owner"}))
DOT = schema_of(table("Dot", {"kind": "dot", "x": "x", "y": "y", "color": "owner"}))
SEA = schema_of(table("Dot", {"kind": "dot", "x": "x", "y": "y"}, type="f32"))


def layer(sprites: Sprites) -> Layer:
    (only,) = sprites.layers
    return only


def test_a_thing_moves_from_where_it_was_to_where_it_is_within_a_tick() -> None:
    world, sprites = World(DOT), Sprites(DOT, player=1, tick_rate=10)
    world.put("Dot", 1, 10, 20)
    sprites.follow(world.mirror.tables, now=5.0)
    world.put("Dot", 1, 20, 20)
    sprites.follow(world.mirror.tables, now=6.0)
    sprite = layer(sprites).sprites[1]
    places = [sprites.place(sprite, 6.0 + t) for t in (0, 0.05, 0.1, 1)]
    assert [round(p.x, 6) for p in places] == [10, 15, 20, 20]


def test_a_state_that_comes_early_goes_on_from_where_the_thing_is_seen() -> None:
    world, sprites = World(DOT), Sprites(DOT, player=1, tick_rate=10)
    world.put("Dot", 1, 10, 0)
    sprites.follow(world.mirror.tables, now=1.0)
    world.put("Dot", 1, 20, 0)
    sprites.follow(world.mirror.tables, now=2.0)
    world.put("Dot", 1, 30, 0)
    sprites.follow(world.mirror.tables, now=2.05)
    assert round(sprites.place(layer(sprites).sprites[1], 2.05).x, 6) == 15


def test_a_jump_of_more_than_a_quarter_of_the_board_is_not_travelled() -> None:
    world, sprites = World(DOT), Sprites(DOT, player=1, tick_rate=10)
    for id, x in ((1, 0), (2, 0)):
        world.put("Dot", id, x, 0)
    sprites.follow(world.mirror.tables, now=1.0)
    world.put("Dot", 1, 25, 0)
    world.put("Dot", 2, 26, 0)
    sprites.follow(world.mirror.tables, now=2.0)
    assert sprites.place(layer(sprites).sprites[1], 2.0).x == 0
    assert sprites.place(layer(sprites).sprites[2], 2.0).x == 26
    assert not sprites.ghosts


def test_a_head_comes_out_of_its_neck_and_a_tail_is_drawn_in() -> None:
    world, sprites = World(CELL), Sprites(CELL, player=1, tick_rate=10)
    for id in (1, 2, 3):
        world.put("Cell", id, id, 5, owner=1)
    sprites.follow(world.mirror.tables, now=1.0)
    world.put("Cell", 4, 4, 5, owner=1)
    world.remove("Cell", 1)
    sprites.follow(world.mirror.tables, now=2.0)
    head = layer(sprites).sprites[4]
    assert head.sprouted
    assert sprites.place(head, 2.0) == Place(3, 5)
    assert round(sprites.place(head, 2.05).x, 6) == 3.5
    (ghost,) = sprites.ghosts
    assert ghost.way == "slip"
    assert round(sprites.place(ghost.sprite, 2.05).x, 6) == 1.5


def test_food_that_is_eaten_and_a_snake_that_dies_puff_and_fade() -> None:
    world, sprites = World(CELL), Sprites(CELL, player=1, tick_rate=10)
    world.put("Cell", 1, 50, 50)
    for id in (2, 3, 4):
        world.put("Cell", id, id, 5, owner=2)
    sprites.follow(world.mirror.tables, now=1.0)
    world.remove("Cell", 1, 2, 3, 4)
    sprites.follow(world.mirror.tables, now=2.0)
    assert [g.way for g in sprites.ghosts] == ["puff"] * 4
    assert sprites.faded(sprites.ghosts[0], 2.0) == 0
    sprites.sweep(2.0 + GHOST_TIME / 2)
    assert len(sprites.ghosts) == 4
    sprites.sweep(2.0 + GHOST_TIME)
    assert len(sprites.ghosts) == 0


def test_what_was_there_before_we_came_is_simply_there() -> None:
    world, sprites = World(CELL), Sprites(CELL, player=1, tick_rate=10)
    world.put("Cell", 1, 1, 1, owner=1)
    sprites.follow(world.mirror.tables, now=1.0)
    assert layer(sprites).sprites[1].born_at == -math.inf
    world.put("Cell", 2, 9, 9, owner=1)
    sprites.follow(world.mirror.tables, now=2.0)
    assert layer(sprites).sprites[2].born_at == 2.0


def test_ones_own_is_known_by_player_or_else_by_colour_and_a_watcher_has_none() -> None:
    for schema, name in ((CELL, "Cell"), (DOT, "Dot")):
        for player, own in ((2, True), (1, False), (0, False)):
            world, sprites = World(schema), Sprites(schema, player=player, tick_rate=10)
            world.put(name, 1, 1, 1, owner=2)
            sprites.follow(world.mirror.tables, now=1.0)
            assert layer(sprites).sprites[1].own is own


def test_the_youngest_leads_for_each_player() -> None:
    world, sprites = World(CELL), Sprites(CELL, player=1, tick_rate=10)
    for id, owner in ((1, 1), (2, 2), (5, 1), (6, 0)):
        world.put("Cell", id, id, 1, owner=owner)
    sprites.follow(world.mirror.tables, now=1.0)
    assert {owner: s.end.x for owner, s in sprites.leads().items()} == {1: 5, 2: 2}


def test_what_is_at_no_place_is_not_on_the_board() -> None:
    world, sprites = World(SEA), Sprites(SEA, player=1, tick_rate=10)
    rows = world.mirror.tables["Dot"]
    for id, x in ((1, math.inf), (2, math.nan), (3, 1.5)):
        world.put("Dot", id, 0, 0)
        setattr(rows[id], "x", x)  # noqa: B010  # as the bits of a packed state could have it; JSON cannot say it
    sprites.follow(world.mirror.tables, now=1.0)
    assert set(layer(sprites).sprites) == {3}
    setattr(rows[3], "x", math.inf)  # noqa: B010
    sprites.follow(world.mirror.tables, now=2.0)
    assert not layer(sprites).sprites
