"""What clients see of chess."""

from typing import TypeVar

import chess

from tickwire import Entity, Look, Owner, Table, i8, text, u8, u16

PASSED, CHOSEN, GO, TAKE, DANGER = range(1, 6)  # marks, as Look.mark has them
SCENERY, NEUTRAL = -1, 0  # colours, as Look has them
PROMOTIONS = (chess.QUEEN, chess.KNIGHT, chess.ROOK, chess.BISHOP)  # as they stand, from the last rank on


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


class Shelf(Entity):
    """What covers the board beneath the pieces that a player's pawn may become."""

    player: u16
    x: u8
    y: u8
    color: i8
    look = Look.box(x="x", y="y", width=1, height=len(PROMOTIONS), color="color")
    view = Owner("player")


class Choice(Entity):
    """A piece that a player's pawn may become."""

    player: u16
    x: u8
    y: u8
    sign: text
    black: bool
    look = Look.piece(x="x", y="y", glyph="sign", side="black")
    view = Owner("player")


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


_OneSees = TypeVar("_OneSees", Hint, Shelf, Choice)


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
        sign = _sign(piece.piece_type)
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


def promotions(end: chess.Square) -> dict[chess.Square, chess.PieceType]:
    """Where the pieces stand that a pawn on its way to a square of the last rank may become: there, and before it."""
    back = -8 if chess.square_rank(end) == 7 else 8
    return {end + i * back: piece for i, piece in enumerate(PROMOTIONS)}


def show_promotions(shelves: Table[Shelf], choices: Table[Choice], player: int, end: chess.Square) -> None:
    """Show a player what the pawn may become that goes to a square."""
    black = chess.square_rank(end) == 0
    squares = promotions(end)
    x, y = place(max(squares))  # the one that White sees at the top
    shelves.add(Shelf(player, x, y, NEUTRAL if black else SCENERY))  # a piece stands out from it
    for square, piece in squares.items():
        choices.add(Choice(player, *place(square), _sign(piece), black))


def next_click(move: chess.Move, held: chess.Square | None, goal: chess.Square | None) -> chess.Square:
    """Where to click next for a move, with a piece in the hand, or where a pawn was clicked to be promoted."""
    if held != move.from_square:
        return move.from_square
    if goal != move.to_square:
        return move.to_square
    return next(square for square, piece in promotions(goal).items() if piece == move.promotion)


def forget(table: Table[_OneSees], player: int) -> None:
    """Take out what only this player sees."""
    for row in table:
        if row.player == player:
            table.remove(row)


def _sign(piece: chess.PieceType) -> str:
    return chess.UNICODE_PIECE_SYMBOLS[chess.piece_symbol(piece)]


def _castling_rook(board: chess.Board, move: chess.Move) -> tuple[chess.Square, chess.Square]:
    """The way of the rook, if this move, just made, was castling; else none: from here to here."""
    start, end = move.from_square, move.to_square
    if board.piece_type_at(end) != chess.KING or abs(start - end) != 2:
        return start, start
    return (end + 1, end - 1) if end > start else (end - 2, end + 1)
