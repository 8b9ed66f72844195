"""What clients see of chess."""

import chess

from tickwire import Entity, Look, Owner, Table, text, u8, u16

PASSED, CHOSEN, GO, TAKE, DANGER = range(1, 6)  # marks, as Look.mark has them


class Square(Entity):
    """A square of the board."""

    x: u8
    y: u8
    dark: bool
    file: text
    rank: text
    look = Look.square(x="x", y="y", shade="dark", column="file", row="rank")


class Trace(Entity):
    """What all see on a square: the last move, a king in check."""

    x: u8
    y: u8
    mark: u8
    look = Look.mark(x="x", y="y", mark="mark")


class Hint(Entity):
    """What one player sees on a square: the piece in the hand, and where it may go."""

    player: u16
    x: u8
    y: u8
    mark: u8
    look = Look.mark(x="x", y="y", mark="mark")
    view = Owner("player")


class Piece(Entity):
    """A piece."""

    x: u8
    y: u8
    sign: text
    black: bool
    look = Look.piece(x="x", y="y", glyph="sign", side="black")


class Clock(Entity):
    """What time a player has left."""

    player: u16
    black: bool
    time: text = ""
    turn: bool = False
    look = Look.score(player="player", value="time", turn="turn", side="black")


class Seat(Entity):
    """From where a player sees the board."""

    player: u16
    black: bool
    look = Look.seat(player="player", turned="black")
    view = Owner("player")


class Caption(Entity):
    """How the game stands, in words."""

    words: text = ""
    look = Look.caption(text="words")


def place(square: chess.Square) -> tuple[int, int]:
    """Where a square is, as White sees it."""
    return chess.square_file(square), 7 - chess.square_rank(square)


def square_row(square: chess.Square) -> Square:
    """The row of a square."""
    x, y = place(square)
    return Square(x, y, (x + y) % 2 == 1, chess.FILE_NAMES[x], chess.RANK_NAMES[7 - y])


def show_pieces(pieces: Table[Piece], board: chess.Board, move: chess.Move | None) -> None:
    """Bring the rows to where the pieces are now. The rows of what moved move, so that it is seen moving.

    Args:
        pieces: as they were before the move.
        board: as it is after the move.
        move: the move; None if there was none.
    """
    rows = {(row.x, row.y): row for row in pieces}
    ways = [_castling_rook(board, move), (move.from_square, move.to_square)] if move else []
    for start, end in ways:
        if start != end:
            if (taken := rows.pop(place(end), None)) is not None:
                pieces.remove(taken)
            row = rows[place(end)] = rows.pop(place(start))
            row.x, row.y = place(end)
    for square in chess.SQUARES:
        there, piece, known = place(square), board.piece_at(square), rows.get(place(square))
        if piece is None:
            if known is not None:
                pieces.remove(known)  # taken in passing
            continue
        sign = chess.UNICODE_PIECE_SYMBOLS[piece.symbol().lower()]
        if known is None:
            pieces.add(Piece(*there, sign, not piece.color))
        elif known.sign != sign:
            known.sign = sign


def show_traces(traces: Table[Trace], board: chess.Board, move: chess.Move) -> None:
    """Show the last move, and a check."""
    traces.clear()
    for square in (move.from_square, move.to_square):
        traces.add(Trace(*place(square), PASSED))
    if board.is_check() and (king := board.king(board.turn)) is not None:
        traces.add(Trace(*place(king), DANGER))


def _castling_rook(board: chess.Board, move: chess.Move) -> tuple[chess.Square, chess.Square]:
    """The way of the rook, if this move, just made, was castling; else none: from here to here."""
    start, end = move.from_square, move.to_square
    if board.piece_type_at(end) != chess.KING or abs(start - end) != 2:
        return start, start
    return (end + 1, end - 1) if end > start else (end - 2, end + 1)
