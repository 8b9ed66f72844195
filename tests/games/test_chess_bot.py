from __future__ import annotations

import chess
import pytest

from tickwire.games import _chess_bot
from tickwire.games._chess_bot import POSITIONS, Thinker, evaluate, think


def _found(fen: str, mood: int = 0) -> str:
    board = chess.Board(fen)
    move = next(move for move in think(board, mood) if move is not None)
    assert move in board.legal_moves, "and the board is as it was"
    assert board.fen() == fen
    return board.san(move)


@pytest.mark.parametrize("mood", [0, 0x5555, 0xFFFF])
@pytest.mark.parametrize(
    ("fen", "move"),
    [
        ("rnb1kbnr/pppp1ppp/8/4p1q1/4P3/3P4/PPP2PPP/RNBQKBNR w KQkq - 1 3", "Bxg5"),  # a queen for nothing
        ("6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1", "Ra8#"),  # mate in one
        ("8/8/8/8/8/5k2/4p3/6K1 b - - 0 1", "e1=Q+"),  # a pawn to be promoted
        ("k7/8/8/8/8/8/1q6/K7 w - - 0 1", "Kxb2"),  # the only move
    ],
)
def test_a_bot_sees_what_is_plain_to_see(fen: str, move: str, mood: int) -> None:
    assert _found(fen, mood) == move


@pytest.mark.parametrize("mood", range(0, 1 << 16, 4099))
def test_a_bot_does_not_leave_its_queen_where_a_pawn_takes_it(mood: int) -> None:
    board = chess.Board("rnbqkbnr/ppp1pppp/8/3p4/4Q3/8/PPPPPPPP/RNB1KBNR w KQkq - 0 1")
    move = next(move for move in think(board, mood) if move is not None)
    board.push(move)
    assert not any(board.piece_type_at(m.to_square) == chess.QUEEN for m in board.generate_legal_captures())


def test_a_bot_that_is_ahead_does_not_repeat_itself() -> None:
    board = chess.Board("7k/8/8/8/8/8/Q7/K7 w - - 0 1")
    for san in ("Qb2+", "Kg8", "Qa2+", "Kh8"):
        board.push_san(san)
    for san in ("Qb2+", "Kg8"):
        board.push_san(san)
    move = next(move for move in think(board, 0) if move is not None)
    assert board.san(move) != "Qa2+"


def test_a_piece_of_thought_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    board = chess.Board("r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10")
    seen = 0

    def counted(board: chess.Board) -> int:
        nonlocal seen
        seen += 1
        return evaluate(board)

    monkeypatch.setattr(_chess_bot, "evaluate", counted)
    pieces: list[int] = []
    for move in think(board, 0):
        pieces.append(seen)
        seen = 0
        if move is not None:
            break
    assert len(pieces) > 5
    assert max(pieces) < 4 * POSITIONS


def test_another_mood_begins_a_game_in_another_way() -> None:
    assert len({_found(chess.STARTING_FEN, mood) for mood in range(0, 1 << 16, 4099)}) > 1


def test_a_thinker_that_was_lost_thinks_the_same_again() -> None:
    board = chess.Board()
    one = Thinker()
    thoughts = [one.thought(board, 0, 5, pieces) for pieces in range(1, 60)]
    assert thoughts[0] is None
    assert thoughts[-1] is not None
    assert [Thinker().thought(board, 0, 5, pieces) for pieces in range(1, 60)] == thoughts


def test_a_position_is_worth_the_same_to_one_as_it_costs_the_other() -> None:
    board = chess.Board("rnb1kbnr/pppp1ppp/8/4p1q1/4P3/3P4/PPP2PPP/RNBQKBNR w KQkq - 1 3")
    worth = evaluate(board)
    board.turn = chess.BLACK
    assert evaluate(board) == -worth
    assert evaluate(chess.Board()) == 0
