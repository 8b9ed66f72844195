from __future__ import annotations

import io

import chess
import chess.pgn
import pytest

from tickwire.games._chess_text import LINE, clock, lines_of, looks_like_a_move, pgn, typed_move


@pytest.mark.parametrize("move", [m.uci() for m in chess.Board().legal_moves])
def test_every_legal_move_is_known_in_each_of_its_forms(move: str) -> None:
    board = chess.Board()
    legal = chess.Move.from_uci(move)
    san = board.san(legal)
    for form in (move, f"{move[:2]}-{move[2:]}", san, f"{san}!?", san.lower()):
        assert looks_like_a_move(form)
        assert typed_move(board, form) == legal


@pytest.mark.parametrize(
    ("word", "uci"),
    [("e8", "e7e8q"), ("e8=N", "e7e8n"), ("e8n", "e7e8n"), ("e7e8", "e7e8q"), ("e7e8r", "e7e8r"), ("exd8=Q+", "e7d8q")],
)
def test_a_pawn_becomes_what_is_said_and_else_a_queen(word: str, uci: str) -> None:
    assert looks_like_a_move(word)
    assert typed_move(chess.Board("3r3k/4P3/8/8/8/8/8/K7 w - - 0 1"), word) == chess.Move.from_uci(uci)


@pytest.mark.parametrize("word", ["O-O", "0-0", "o-o", "e1g1"])
def test_castling_has_many_names(word: str) -> None:
    assert typed_move(chess.Board("4k3/8/8/8/8/8/8/4K2R w K - 0 1"), word) == chess.Move.from_uci("e1g1")


@pytest.mark.parametrize("word", ["hello", "e9", "i4", "", "x", "draw", "Nf", "e4e5e6", "0000", "--", "O-O-O-O"])
def test_other_words_are_no_moves(word: str) -> None:
    assert not looks_like_a_move(word)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (300, "5:00"),
        (299.9, "5:00"),
        (299, "4:59"),
        (20, "0:20"),
        (19.95, "0:20"),
        (19.9, "0:19.9"),
        (0.01, "0:00.1"),
        (-1, "0:00.0"),
    ],
)
def test_a_clock_shows_no_less_than_there_is(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_a_score_can_be_read_by_others() -> None:
    read = chess.pgn.read_game(io.StringIO(pgn("ada", "bob", ["e4", "e5", "Ke2"], "1/2-1/2", "300+3")))
    assert read is not None
    assert read.errors == []
    assert [m.uci() for m in read.mainline_moves()] == ["e2e4", "e7e5", "e1e2"]
    assert read.headers["Result"] == "1/2-1/2"


def test_a_long_text_is_cut_between_words() -> None:
    words = [f"{i}. Nf3" for i in range(200)]
    lines = lines_of(" ".join(words))
    assert max(map(len, lines)) <= LINE
    assert " ".join(lines) == " ".join(words)
    assert lines_of("") == []
