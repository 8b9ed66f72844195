"""A face sees of a replay what it would have seen of the room."""

from __future__ import annotations

from typing import Any

import pytest
from room.test_checkpoint import GAMES

from replay.rooms import played
from tickwire.replay.engine import Replay
from tickwire.replay.sight import Sight
from tickwire.replication.mirror import Mirror, MirrorTable
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState


def mirror_of(room: Room, player: int) -> Mirror:
    """What a client that joins right now has."""
    mirror, states = Mirror(Schema.read(room.described_schema)), room.states
    states.capture(room.tick)
    if states.shared:
        data = states.full(Encoding.MSGPACK)
    else:
        data = states.full_for(Viewer(player), states.look(player, room.focus(player)), Encoding.MSGPACK)
    state = ServerMessageDecoder().decode(data, Encoding.MSGPACK)
    assert isinstance(state, PackedState)
    mirror.apply(state)
    return mirror


def rows(table: MirrorTable) -> dict[int, list[Any]]:
    """All rows, but for fields that a client is not told in each state."""
    fields = [i for i, field in enumerate(table.table.fields) if field.every == 1]
    return {id: [wires[i] for i in fields] for id, wires in table.wire_rows().items()}


@pytest.mark.parametrize("game", GAMES)
def test_what_is_shown_is_what_a_client_had(game: str) -> None:
    spec, made, (room, _) = played(game, ticks=120)
    replay = Replay(made, {game: spec})
    for player in [0, *room.seated]:
        sight = Sight(replay.room, player)
        for tick in (1, 60, 30, made.last):
            replay.seek(tick)
            sight.show(replay.room)
            assert sight.tick == tick
        expected = mirror_of(room, player)
        assert {name: rows(t) for name, t in sight.tables.items()} == {
            name: rows(t) for name, t in expected.tables.items()
        }
        assert sight.players == {info.player: info for info in room.players()}
