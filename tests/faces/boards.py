"""A game of chess as faces see it, without a server."""

from __future__ import annotations

from types import SimpleNamespace as Row
from typing import Any

from tickwire.game.loader import load_module
from tickwire.games.chess import Chess
from tickwire.replication.schema import Schema
from tickwire.room.room import Room

SPEC = load_module("tickwire.games.chess")
CHESS = Schema.of_game(SPEC)


def after(*moves: str) -> Chess:
    """A game between players 1, who has White, and 2, after these moves."""
    room = Room(SPEC, "TEST", 1, now=0.0)
    ids = [room.join(name).id for name in ("ada", "bob")]
    room.make_tick()
    for i, move in enumerate(moves):
        room.say(ids[i % 2], "", move)
        room.make_tick()
    assert isinstance(room.game, Chess)
    assert len(room.game.moves) == len(moves)
    return room.game


def tables(game: Chess, player: int = 1) -> dict[str, list[Any]]:
    """What a player's mirror holds."""
    everything = {entity.__name__: list(getattr(game, name)) for name, entity in SPEC.tables.items()}
    for name in ("Hint", "Seat"):
        everything[name] = [row for row in everything[name] if row.player == player]
    return everything


__all__ = ["CHESS", "SPEC", "Row", "after", "tables"]
