"""Tables that are seen by groups: each viewer's mirror holds what that viewer may see, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickwire import Entity, Game, Grid, Owner, Table, i16, text, u8, u16
from tickwire.game.spec import inspect_game
from tickwire.replication import states as states_module
from tickwire.replication.delta import pack
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer
from tickwire.replication.states import RoomStates
from tickwire.wire.codec import Encoding
from tickwire.wire.messages import State

from .histories import read

CELL, WINDOW, BOARD = 10, 20, (60, 40)


class Post(Entity):
    """What everyone sees."""

    n: u8


class Ship(Entity):
    """What is seen by position."""

    x: i16
    y: i16
    name: text = ""
    view = Grid(cell=CELL, window=(WINDOW, WINDOW))


class Card(Entity):
    """What its owner sees; with owner 0 nobody does."""

    player: u16
    face: text
    view = Owner("player")


class World(Game):
    board = BOARD
    posts: Table[Post]
    ships: Table[Ship]
    cards: Table[Card]


SPEC = inspect_game(World)
SCHEMA = Schema.of_game(SPEC)
Place = tuple[int, int]

# Few places, so that ships meet in a cell and go from there together.
places = st.tuples(st.sampled_from([0, 5, 15, 16, 35, 59, 60]), st.sampled_from([0, 5, 15, 25, 39, 40]))
actions = st.tuples(
    st.sampled_from(["ship", "ship", "move", "move", "name", "sink", "card", "pass", "drop", "post", "count"]),
    st.integers(0, 20),
    places,
)
ticks = st.tuples(
    st.lists(actions, max_size=8),
    # For each viewer where it looks in this tick; None if its state is dropped because it reads slowly.
    st.tuples(*[st.none() | places | st.just((30, 20))] * 3),
)


def _new() -> tuple[World, RoomStates]:
    game = SPEC.create(0)
    assert isinstance(game, World)
    return game, RoomStates(SCHEMA, [game.posts, game.ships, game.cards])


def _act(game: World, what: str, n: int, place: Place) -> None:
    posts, ships, cards = list(game.posts), list(game.ships), list(game.cards)
    match what:
        case "ship":
            game.ships.add(Ship(*place, f"ship {n}"))
        case "move" if ships:
            ship = ships[n % len(ships)]
            ship.x, ship.y = place
        case "name" if ships:
            ships[n % len(ships)].name = f"named {n}"
        case "sink" if ships:
            game.ships.remove(ships[n % len(ships)])
        case "card":
            game.cards.add(Card(place[0] % 3, f"card {n}"))
        case "pass" if cards:
            cards[n % len(cards)].player = place[0] % 3
        case "drop" if cards:
            game.cards.remove(cards[n % len(cards)])
        case "post":
            game.posts.add(Post(n))
        case "count" if posts:
            posts[n % len(posts)].n = place[0]


def _cell(n: int, of: int) -> int:
    return min(n // CELL, of // CELL - 1)


def _visible(game: World, player: int, focus: Place) -> dict[str, dict[int, tuple[Any, ...]]]:
    """What a player is to see: worked out from the rules of the views and not from groups."""

    def sees(n: int, middle: int, of: int) -> bool:
        first, last = (middle - WINDOW // 2) // CELL, (middle + WINDOW // 2) // CELL
        return first <= _cell(n, of) <= last

    return {
        "Post": {p.id: (p.n,) for p in game.posts},
        "Ship": {
            s.id: (s.x, s.y, s.name)
            for s in game.ships
            if sees(s.x, focus[0], BOARD[0]) and sees(s.y, focus[1], BOARD[1])
        },
        "Card": {c.id: (c.player, c.face) for c in game.cards if player and c.player == player},
    }


def play(history: list[Any]) -> Iterator[list[bytes]]:
    """The messages of each tick for six viewers, each of whom looks wherever the history says."""
    game, states = _new()
    viewers = [Viewer(player) for player in (0, 1, 2, 0, 1, 2)]
    for tick, (tick_actions, focuses) in enumerate(history, start=1):
        for action in tick_actions:
            _act(game, *action)
        states.capture(tick)
        looking = [(viewer, focus) for viewer, focus in zip(viewers, focuses * 2, strict=True) if focus]
        players, foci = [viewer.player for viewer, _ in looking], [focus for _, focus in looking]
        sights = states.look_all(players, foci)
        yield states.deltas_for([viewer for viewer, _ in looking], sights, Encoding.MSGPACK)
        for (viewer, _), seen in zip(looking, sights, strict=True):
            if viewer.sights is None:
                yield [states.full_for(viewer, seen, Encoding.MSGPACK)]


@given(st.lists(ticks, max_size=12))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_viewers_mirror_holds_what_that_viewer_may_see_at_every_tick(history: list[Any]) -> None:
    with patch.object(states_module, "HASH_EVERY", 2):
        game, states = _new()
        views = [(player, encoding, Viewer(player), Mirror(SCHEMA)) for player in (0, 1, 2) for encoding in Encoding]
        for tick, (tick_actions, focuses) in enumerate(history, start=1):
            for action in tick_actions:
                _act(game, *action)
            states.capture(tick)
            for player, encoding, viewer, mirror in views:
                focus = focuses[player]
                if focus is None:
                    viewer.sights = None
                    continue
                sights = states.look(player, focus)
                objects = {(name, row.id): row for name, table in mirror.tables.items() for row in table}
                if viewer.sights is None:
                    message = states.full_for(viewer, sights, encoding)
                    assert read(message, encoding).full
                else:
                    message = states.delta_for(viewer, sights, encoding)
                if message:
                    assert mirror.apply(read(message, encoding)) == []
                held = {name: table.wire_rows() for name, table in mirror.tables.items()}
                assert held == _visible(game, player, focus)
                # A row that was seen before and still is stays the same object, so that a face can move it smoothly.
                for (name, id), row in objects.items():
                    assert mirror.tables[name].get(id) in (None, row)
            for tracker, _ in states.grouped:
                # What is packed by the short ways, of which the messages took one, is what the delta says.
                for group in range(1, 30):
                    delta = tracker.delta(group)
                    assert tracker.sections[group] == (pack(delta) if delta else b"")
                    assert tracker.full_sections[group] == (pack(full) if (full := tracker.full_group(group)) else b"")


def test_viewers_with_the_same_sight_share_the_same_bytes() -> None:
    game, states = _new()
    ship = game.ships.add(Ship(30, 20))
    states.capture(1)
    one, two, other = Viewer(0), Viewer(0), Viewer(0)
    here, there = states.look(0, (30, 20)), states.look(0, (0, 0))
    for encoding in Encoding:
        assert states.full_for(one, here, encoding) is states.full_for(two, here, encoding)
        states.full_for(other, there, encoding)
    ship.x = 31
    states.capture(2)
    for encoding in Encoding:
        delta = states.delta_for(one, here, encoding)
        assert delta
        assert states.delta_for(two, here, encoding) is delta
        assert states.delta_for(other, there, encoding) == b""


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_a_player_may_not_see_is_not_in_the_bytes(encoding: Encoding) -> None:
    game, states = _new()
    card = game.cards.add(Card(1, "ace of spades"))
    ship = game.ships.add(Ship(55, 35, "submarine"))
    mine, yours, watching = Viewer(1), Viewer(2), Viewer(0)
    messages: dict[int, list[bytes]] = {0: [], 1: [], 2: []}

    def tell() -> None:
        for viewer in (mine, yours, watching):
            sights = states.look(viewer.player, (5, 5))
            send = states.full_for if viewer.sights is None else states.delta_for
            messages[viewer.player].append(send(viewer, sights, encoding))

    states.capture(1)
    tell()
    card.face, ship.name = "queen of spades", "destroyer"
    states.capture(2)
    tell()
    game.cards.remove(card)
    game.ships.remove(ship)
    states.capture(3)
    tell()
    said = {player: b"".join(parts) for player, parts in messages.items()}
    assert b"ace of spades" in said[1]
    assert b"queen of spades" in said[1]
    for player in (0, 2):
        assert b"spades" not in said[player]
    assert not any(b"submarine" in s or b"destroyer" in s for s in said.values())


def test_rows_that_leave_a_cell_in_any_order_are_removed_from_it() -> None:
    game, states = _new()
    ships = [game.ships.add(Ship(30, 20)) for _ in range(4)]
    viewer, mirror = Viewer(0), Mirror(SCHEMA)
    states.capture(1)
    sights = states.look(0, (30, 20))
    mirror.apply(read(states.full_for(viewer, sights, Encoding.MSGPACK), Encoding.MSGPACK))
    game.ships.remove(ships[3])
    game.ships.remove(ships[1])
    ships[0].x = 15
    states.capture(2)
    assert mirror.apply(read(states.delta_for(viewer, sights, Encoding.MSGPACK), Encoding.MSGPACK)) == []
    assert mirror.tables["Ship"].wire_rows() == {3: (30, 20, "")}


def test_a_row_that_moves_within_sight_is_not_said_to_be_removed_in_json() -> None:
    game, states = _new()
    ship = game.ships.add(Ship(30, 20))
    viewer = Viewer(0)
    states.capture(1)
    sights = states.look(0, (30, 20))
    states.full_for(viewer, sights, Encoding.JSON)
    ship.x = 29
    states.capture(2)
    assert read(states.delta_for(viewer, sights, Encoding.JSON), Encoding.JSON) == State(
        2, tables={"Ship": {1: {"x": 29, "y": 20, "name": ""}}}
    )
    ship.x = 5
    states.capture(3)
    assert read(states.delta_for(viewer, sights, Encoding.JSON), Encoding.JSON) == State(3, removed={"Ship": [1]})


def test_a_room_says_whether_everyone_sees_everything() -> None:
    class Plain(Game):
        posts: Table[Post]

    spec = inspect_game(Plain)
    game = spec.create(0)
    assert isinstance(game, Plain)
    assert RoomStates(Schema.of_game(spec), [game.posts]).shared
    assert not _new()[1].shared


@pytest.mark.parametrize("encoding", list(Encoding))
def test_nothing_that_changed_in_sight_is_an_empty_message_of_that_tick(encoding: Encoding) -> None:
    _, states = _new()
    states.capture(7)
    state = read(states.empty(encoding), encoding)
    assert (state.tick, state.full) == (7, False)
    assert Mirror(SCHEMA).apply(state) == []
    assert states.empty(encoding) is states.empty(encoding)


def test_the_hash_of_a_group_names_the_table_in_which_a_mirror_drifted() -> None:
    with patch.object(states_module, "HASH_EVERY", 3):
        game, states = _new()
        viewer, mirror, drifted = Viewer(0), Mirror(SCHEMA), Mirror(SCHEMA)
        moving, _ = game.ships.add(Ship(30, 20)), game.ships.add(Ship(31, 20))
        states.capture(1)
        sights = states.look(0, (30, 20))
        full = read(states.full_for(viewer, sights, Encoding.MSGPACK), Encoding.MSGPACK)
        assert mirror.apply(full) == []
        assert drifted.apply(full) == []
        drifted.tables["Ship"].put_values(2, {"name": "drifted"})
        named: list[str] = []
        for tick in range(2, 6):
            moving.x += 1
            states.capture(tick)
            delta = read(states.delta_for(viewer, sights, Encoding.MSGPACK), Encoding.MSGPACK)
            assert mirror.apply(delta) == []
            named += drifted.apply(delta)
        assert set(named) == {"Ship"}
