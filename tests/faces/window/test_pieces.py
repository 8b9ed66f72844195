"""Boards with pieces, as the window shows them."""

from __future__ import annotations

import json
import socket
from types import SimpleNamespace

import pygame
import pytest
from boards import CHESS, after, tables
from helpers import server_process

from tickwire.faces.palette import CHOSEN, FIELDS, PIECES, mix
from tickwire.faces.window.board import Board
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.fonts import Fonts
from tickwire.faces.window.layout import Box
from tickwire.faces.window.shapes import Shapes, rgb
from tickwire.faces.window.sprites import Layer, Sprites
from tickwire.games._chess_rows import Hint
from tickwire.games.chess import Chess
from window.driving import click, client_of, playing, press, type_text, until

AREA = Box(0, 0, 400, 400)


@pytest.fixture
def brush() -> Brush:
    pygame.font.init()
    return Brush(pygame.Surface((400, 400)), Shapes(), Fonts(), px=1, now=10.0)


def _board(game: Chess, brush: Brush, player: int = 1, hints: tuple[Hint, ...] = ()) -> Board:
    client = SimpleNamespace(schema=CHESS, player=player, welcome=SimpleNamespace(tick_rate=10.0))
    board = Board(client, 1, 0.0)  # type: ignore[arg-type]
    rows = tables(game, player)
    rows["Hint"] = list(hints)
    board.sprites.follow(rows, brush.now)
    board.paint(brush, AREA, {})
    return board


def _near(brush: Brush, at: tuple[int, int], color: int, by: int = 6) -> bool:
    seen = tuple(brush.onto.get_at(at))[:3]
    return all(abs(a - b) <= by for a, b in zip(seen, rgb(color), strict=True))


def _layer(sprites: Sprites, table: str) -> Layer:
    return next(layer for layer in sprites.layers if layer.look.table == table)


def test_fields_are_light_and_dark_and_pieces_have_an_edge_of_the_other_colour(brush: Brush) -> None:
    _board(after(), brush)
    assert _near(brush, (25, 225), FIELDS[1]) is False
    assert _near(brush, (25, 175), FIELDS[1])
    assert _near(brush, (25, 225), FIELDS[0])
    pawn = [tuple(brush.onto.get_at((x, 325)))[:3] for x in range(50)]
    assert rgb(PIECES[0]) in pawn
    assert any(sum(p) < 200 for p in pawn), "its edge is dark"
    dark = [tuple(brush.onto.get_at((x, 75)))[:3] for x in range(50)]
    assert rgb(PIECES[1]) in dark
    assert any(sum(p) > 680 for p in dark), "its edge is light"


def test_the_names_of_columns_and_rows_stand_at_ones_own_edge(brush: Brush) -> None:
    for player in (1, 2):
        board = _board(after(), brush, player)
        named = {
            sprite.value("column") + sprite.value("row"): sprite.named
            for sprite in _layer(board.sprites, "Square").sprites.values()
        }
        low, left = ("1", "a") if player == 1 else ("8", "h")
        assert {name for name, (column, _) in named.items() if column} == {f"{c}{low}" for c in "abcdefgh"}
        assert {name for name, (_, row) in named.items() if row} == {f"{left}{n}" for n in range(1, 9)}


def test_a_piece_slides_however_far_it_goes(brush: Brush) -> None:
    game = after("e4", "e5")
    sprites = Sprites(CHESS, 1, 10)
    sprites.follow(tables(game), 1.0)
    queen = next(p for p in game.pieces if (p.x, p.y) == (3, 7))
    queen.x, queen.y = 7, 3
    sprites.follow(tables(game), 2.0)
    sprite = _layer(sprites, "Piece").sprites[queen.id]
    places = [sprites.place(sprite, 2.0 + t) for t in (0, 0.1, 0.2)]
    assert [(round(p.x, 6), round(p.y, 6)) for p in places] == [(3, 7), (5, 5), (7, 3)]


def test_fields_and_marks_come_and_go_at_once_and_a_taken_piece_leaves_a_puff(brush: Brush) -> None:
    game = after("e4", "d5")
    sprites = Sprites(CHESS, 1, 10)
    rows = tables(game)
    rows["Hint"] = [Hint(1, 4, 4, 2)]
    rows["Hint"][0].id = 1
    sprites.follow(rows, 1.0)
    rows["Hint"] = []
    sprites.follow(rows, 2.0)
    assert list(sprites.ghosts) == []
    rows["Piece"] = rows["Piece"][1:]
    sprites.follow(rows, 3.0)
    assert [ghost.way for ghost in sprites.ghosts] == ["puff"]
    brush.now = 3.1


def test_a_rematch_turns_the_board_without_anything_flying_across(brush: Brush) -> None:
    game = after("e4", "e5")
    sprites = Sprites(CHESS, 1, 10)
    sprites.follow(tables(game), 1.0)
    for seat in game.seated:
        seat.black = not seat.black
    sprites.follow(tables(game), 2.0)
    assert sprites.turned
    assert list(sprites.ghosts) == []
    king = next(s for s in _layer(sprites, "Piece").sprites.values() if s.value("glyph") == "♚" and not s.value("side"))
    assert (king.start, king.end) == (king.end, king.start)
    assert (king.end.x, king.end.y) == (3, 0)


@pytest.mark.parametrize("player", [1, 2])
def test_a_click_is_where_it_is_seen(brush: Brush, player: int) -> None:
    board = _board(after(), brush, player)
    x, y = board.point(25, 375) or (-1, -1)
    assert (int(x), int(y)) == ((0, 7) if player == 1 else (7, 0))
    assert board.point(401, 5) is None


def test_marks_are_washes_dots_and_rings(brush: Brush) -> None:
    game = after("e4", "d5")
    hints = (Hint(1, 4, 4, 2), Hint(1, 4, 3, 3), Hint(1, 3, 3, 4))
    for i, hint in enumerate(hints, 1):
        hint.id = i
    _board(game, brush, hints=hints)
    assert _near(brush, (202, 202), mix(FIELDS[0], CHOSEN, 0.75))
    middle, corner = tuple(brush.onto.get_at((225, 175)))[:3], tuple(brush.onto.get_at((203, 153)))[:3]
    assert sum(middle) < sum(corner), "a dot in the middle"
    assert _near(brush, (203, 153), FIELDS[1])


def test_the_cursor_is_seen_and_moved_by_keys_of_games_that_have_none(brush: Brush) -> None:
    board = _board(after(), brush, player=2)
    controls = CHESS.controls
    assert board.press("x", controls) is None
    assert board.press("enter", controls) is None, "without a cursor that is the chat's"
    assert board.press("up", controls) == ()
    assert board.press("up", controls) == ()
    assert board.press("enter", controls) == (4.5, 5.5), "up is towards White"
    assert board.press("up", {"keys": {"up": {"type": "go"}}, "click": {"type": "go"}}) is None
    board.paint(brush, AREA, {})
    assert tuple(brush.onto.get_at((155, 105)))[:3] == (255, 255, 255)
    assert board.press("escape", controls) == ()
    assert board.press("escape", controls) is None


def test_a_window_plays_by_clicks_keys_and_words() -> None:
    with (
        server_process("chess") as server,
        playing(server.address, "ada", game="chess", room="new") as face,
        socket.create_connection(("127.0.0.1", server.port)) as bob,
    ):
        assert face.board is not None
        board = face.board
        lines = bob.makefile("r")

        def type_line(**message: object) -> None:
            bob.sendall(json.dumps(message).encode() + b"\n")

        def moves() -> list[str]:
            return [c.words for c in client_of(face).tables["Caption"]]

        type_line(type="hello", name="bob", room=client_of(face).room)
        until(face, lambda: "White to move" in moves(), "bob")
        for x, y in ((4, 6), (4, 4)):
            assert board.view is not None
            click(*board.view.pixel(x + 0.5, y + 0.5))
        until(face, lambda: "1. e4" in moves(), "a move by clicks")
        type_line(type="chat", text="e5")
        until(face, lambda: "1. e4 e5" in moves(), "an answer")
        press(pygame.K_n, "N")
        until(face, lambda: face.talk.entry is not None, "the line")
        type_text("f3")
        press(pygame.K_RETURN)
        until(face, lambda: "1. e4 e5 2. Nf3" in moves(), "a move by words")
        lines.close()
