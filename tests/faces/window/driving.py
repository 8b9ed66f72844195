"""What the tests of the window share: pressing keys, and letting frames go by until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pygame
from helpers import PATIENCE

from tickwire.client.sync import Client
from tickwire.faces.seat import Wish
from tickwire.faces.window.app import WindowFace
from tickwire.game.loader import load_module
from tickwire.game.spec import GameSpec
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.wire.messages import State

SNAKE = Schema.of_game(load_module("tickwire.games.snake"))
SOON = (0.01,) * 500


def schema_of(*tables: dict[str, Any], board: tuple[float, float] = (100, 100), **more: Any) -> Schema:
    """A schema of tables that are given as a `welcome` has them."""
    return Schema.read({"board": list(board), "tables": list(tables), **more})


def table(name: str, look: dict[str, Any], view: dict[str, Any] | None = None, type: str = "i32") -> dict[str, Any]:
    """A table with fields x, y and owner."""
    fields = [{"name": n, "type": type} for n in ("x", "y", "owner")]
    return {"name": name, "view": view or {"kind": "everyone"}, "fields": fields, "look": look}


class World:
    """Tables whose rows a test sets."""

    def __init__(self, schema: Schema) -> None:
        self.mirror = Mirror(schema)

    def put(self, name: str, id: int, x: float, y: float, owner: int = 0) -> None:
        self.mirror.apply(State(tick=1, tables={name: {id: {"x": x, "y": y, "owner": owner}}}))

    def remove(self, name: str, *ids: int) -> None:
        self.mirror.apply(State(tick=1, removed={name: list(ids)}))


def press(key: int, unicode: str = "", mod: int = 0) -> None:
    pygame.event.post(pygame.Event(pygame.KEYDOWN, key=key, unicode=unicode, mod=mod, scancode=0))


def type_text(text: str) -> None:
    pygame.event.post(pygame.Event(pygame.TEXTINPUT, text=text))


def click(x: float, y: float) -> None:
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(round(x), round(y)), touch=False))


def until(face: WindowFace, condition: Callable[[], object], what: str = "") -> None:
    """Let frames go by until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"this did not come about: {what or condition}; {state_of(face)}"
        face.frame(time.perf_counter())
        time.sleep(0.001)


def state_of(face: WindowFace) -> str:
    """What may be the matter with it."""
    client = face.seat.client
    ended = client.ended if client else "no client"
    return f"over {face.over}, ended {ended}, ping {client and client.ping}, it says {said(face)}"


def frames(face: WindowFace, count: int) -> None:
    for _ in range(count):
        face.frame(time.perf_counter())


@contextmanager
def window(
    address: str, name: str = "ada", *, size: tuple[int, int] = (640, 480), rules: GameSpec | None = None, **wish: Any
) -> Iterator[WindowFace]:
    """A window that joins."""
    face = WindowFace(Wish(address, name, **wish), size=size, backoff=SOON, rules=rules)
    try:
        yield face
    finally:
        face.close()


@contextmanager
def playing(address: str, name: str = "ada", **more: Any) -> Iterator[WindowFace]:
    """A window that shows a game: snake, if nothing else is said, so that the lobby has nothing to ask."""
    if not more.get("room"):
        more.setdefault("game", "snake")
    with window(address, name, **more) as face:
        until(face, lambda: face.board is not None and client_of(face).tick > 0, "the game")
        yield face


def client_of(face: WindowFace) -> Client:
    assert face.seat.client is not None
    return face.seat.client


def said(face: WindowFace) -> list[str]:
    """The lines of the chat."""
    return ["".join(part.text for part in line) for line in face.talk._lines]
