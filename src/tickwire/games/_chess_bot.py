"""How a bot finds a move in chess: a little thought, a bounded piece of it at a time, and the same each time."""

from collections.abc import Iterable, Iterator

import chess

VALUES = {chess.PAWN: 100, chess.KNIGHT: 320, chess.BISHOP: 330, chess.ROOK: 500, chess.QUEEN: 900}
MATE = 100_000
POSITIONS = 40  # that are looked at in one piece of thought: 1 to 2 ms
DEEPEST = 4  # captures in a row that are followed

_MIDDLE = chess.BB_CENTER
_AROUND = (chess.BB_RANK_3 | chess.BB_RANK_4 | chess.BB_RANK_5 | chess.BB_RANK_6) & (
    chess.BB_FILE_C | chess.BB_FILE_D | chess.BB_FILE_E | chess.BB_FILE_F
)
_CASTLED = (
    chess.BB_FILE_A | chess.BB_FILE_B | chess.BB_FILE_C | chess.BB_FILE_G | chess.BB_FILE_H
) & chess.BB_BACKRANKS
_BARE = 1400  # a king with less than this beside it is driven to the edge
_RANKS = {chess.WHITE: chess.BB_RANKS, chess.BLACK: chess.BB_RANKS[::-1]}


class Thinker:
    """Thinks about one position after the other, so many pieces of thought about each.

    It may be lost: a new one, asked for the same, thinks it all again and finds the same.
    """

    def __init__(self) -> None:
        self._key: tuple[int, int] | None = None
        self._thoughts: Iterator[chess.Move | None] = iter(())
        self._done = 0

    def thought(self, board: chess.Board, moves: int, mood: int, pieces: int) -> chess.Move | None:
        """What there is after so many pieces of thought: the move, or None as long as it is not found.

        Args:
            board: the position.
            moves: how many led to it.
            mood: as `think` has it.
            pieces: one more than the last time.
        """
        if self._key != (moves, mood):
            self._key, self._thoughts, self._done = (moves, mood), think(board.copy(stack=8), mood), 0
        found: chess.Move | None = None
        while self._done < pieces:
            found, self._done = next(self._thoughts), self._done + 1
        return found


def think(board: chess.Board, mood: int) -> Iterator[chess.Move | None]:
    """Find a move: None after every POSITIONS positions, and then the move, for ever.

    Alpha-beta over one's move and the answer, then captures until it is quiet. Source: Claude E. Shannon, Programming a
    Computer for Playing Chess, 1950; "Quiescence Search" at chessprogramming.org.

    Args:
        board: the position, which is played on.
        mood: among moves that are worth about the same, another mood takes another.
    """
    best: chess.Move | None = None
    most, seen = -10 * MATE, [0]
    for i, move in enumerate(_ordered(board, board.legal_moves)):
        whim = (mood >> i % 13) % 16  # hundredths of a pawn
        board.push(move)
        if not any(board.legal_moves):
            worth = MATE if board.is_check() else 0
        elif board.is_repetition(2) or board.halfmove_clock >= 99:
            worth = 0  # on the way to a draw
        else:
            worth = 10 * MATE
            for answer in _ordered(board, board.legal_moves):
                board.push(answer)
                worth = min(worth, whim + _quiet(board, most - whim, worth - whim, DEEPEST, seen))
                board.pop()
                if seen[0] >= POSITIONS:
                    seen[0] = 0
                    yield None
                if worth <= most:
                    break
        board.pop()
        if worth > most:
            best, most = move, worth
    while True:
        yield best


def evaluate(board: chess.Board) -> int:
    """What a position is worth to who is to move, in hundredths of a pawn: the pieces, and where they stand."""
    return _stand(board, board.turn) - _stand(board, not board.turn)


def _quiet(board: chess.Board, alpha: int, beta: int, deeper: int, seen: list[int]) -> int:
    """What a position is worth to who is to move, once all captures that pay are made. `seen` counts positions."""
    seen[0] += 1
    if board.is_check() and not any(board.legal_moves):
        return -MATE
    worth = evaluate(board)
    alpha = max(alpha, worth)
    if deeper == 0 or alpha >= beta:
        return worth
    for move in _ordered(board, board.generate_legal_captures()):
        board.push(move)
        worth = max(worth, -_quiet(board, -beta, -alpha, deeper - 1, seen))
        board.pop()
        alpha = max(alpha, worth)
        if alpha >= beta:
            break
    return worth


def _ordered(board: chess.Board, moves: Iterable[chess.Move]) -> list[chess.Move]:
    """The most valuable victim first, taken by the least valuable piece; of promotions only the queen's."""

    def promise(move: chess.Move) -> int:
        victim, by = board.piece_type_at(move.to_square), board.piece_type_at(move.from_square)
        return (10 * VALUES.get(victim, 0) - VALUES.get(by or 0, 0) if victim else 0) + (900 if move.promotion else 0)

    return sorted((m for m in moves if m.promotion in (None, chess.QUEEN)), key=promise, reverse=True)


def _stand(board: chess.Board, side: chess.Color) -> int:
    own, other = board.occupied_co[side], board.occupied_co[not side]
    ranks = _RANKS[side]
    worth = _weight(board, own)
    worth += 12 * (own & (board.pawns | board.knights) & _MIDDLE).bit_count()
    worth += 6 * (own & (board.knights | board.bishops | board.queens) & _AROUND).bit_count()
    worth -= 14 * (own & (board.knights | board.bishops) & ranks[0]).bit_count()
    worth += 25 * (own & board.kings & _CASTLED & ranks[0]).bit_count()
    for rank in range(3, 7):
        worth += (4, 10, 30, 60)[rank - 3] * (own & board.pawns & ranks[rank]).bit_count()
    if _weight(board, other) < _BARE:
        worth += _drive(board, side)
    return worth


def _drive(board: chess.Board, side: chess.Color) -> int:
    """The more, the nearer the other king is to the edge, and one's own king to it."""
    king, prey = board.king(side), board.king(not side)
    if king is None or prey is None:
        return 0
    file, rank = chess.square_file(prey), chess.square_rank(prey)
    edge = min(file, 7 - file) + min(rank, 7 - rank)
    return 12 * (6 - edge) - 5 * chess.square_manhattan_distance(king, prey)


def _weight(board: chess.Board, own: int) -> int:
    return (
        VALUES[chess.PAWN] * (own & board.pawns).bit_count()
        + VALUES[chess.KNIGHT] * (own & board.knights).bit_count()
        + VALUES[chess.BISHOP] * (own & board.bishops).bit_count()
        + VALUES[chess.ROOK] * (own & board.rooks).bit_count()
        + VALUES[chess.QUEEN] * (own & board.queens).bit_count()
    )
