"""What the tests of the terminal face share: reading a screen, and clients that talk to nobody."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from textual.app import App
from textual.strip import Strip

from tickwire.client.client import Client
from tickwire.game.loader import load_module
from tickwire.replication.schema import Schema
from tickwire.wire.messages import PlayerInfo, State, Welcome

SNAKE = Schema.of_game(load_module("tickwire.games.snake")).describe()


class NoWriter:
    """Takes what a client sends, and keeps it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)


def silent_client(
    players: list[PlayerInfo], *, player: int = 1, schema: dict[str, Any] = SNAKE, state: State | None = None
) -> Client:
    """A client as it is after a welcome and one state, without a connection."""
    name = next((p.name for p in players if p.player == player), "nobody")
    welcome = Welcome(player, name, "K7QX", "token", "snake", 12, 0, players, schema)
    client = Client(welcome, cast(asyncio.StreamWriter, NoWriter()))
    if state is not None:
        client._receive(state)
    return client


def strips(app: App[Any]) -> list[Strip]:
    """The lines of the screen, as they go to the terminal."""
    return list(app.screen._compositor.render_strips())


def lines(app: App[Any]) -> list[str]:
    """The text of the screen."""
    return [strip.text for strip in strips(app)]


def text(app: App[Any]) -> str:
    """The text of the screen, as one."""
    return "\n".join(lines(app))
