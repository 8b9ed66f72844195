"""A window shows the conformance game, which has every look, and steers it."""

from __future__ import annotations

import pygame
from helpers import server_process

from window.driving import click, client_of, playing, press, until


def test_a_window_shows_and_steers_it() -> None:
    with server_process("conformance") as server, playing(server.address, game="conformance") as face:
        client = client_of(face)
        press(pygame.K_x, "x")
        until(face, lambda: any(row.word == "é漢😀" for row in client.tables["Heard"]), "a key's input")
        assert face.board is not None
        click(200, 200)
        until(face, lambda: any(row.kind == "point" for row in client.tables["Heard"]), "a click's input")
        until(face, lambda: client.tick > 60)
        assert client.ended is None
