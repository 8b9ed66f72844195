"""Chess in words: what a player types, what a clock shows, and the score at the end."""

import re

import chess

LINE = 280  # characters of a line of a score; a line of chat may have 300
TENTHS = 20  # seconds; from here on a clock shows tenths

_MOVE = re.compile(r"[KQRBNkqrn]?[a-h]?[1-8]?[-x:]?[a-h][1-8](=?[QRBNqrbn])?|[Oo0]-[Oo0](-[Oo0])?")


def looks_like_a_move(word: str) -> bool:
    """Whether a word is meant as a move, legal or not.

    >>> [w for w in ("e4", "Nf3!", "e2-e4", "0-0", "exd8=Q+", "well") if not looks_like_a_move(w)]
    ['well']
    """
    return _MOVE.fullmatch(word.rstrip("+#!?")) is not None


def typed_move(board: chess.Board, word: str) -> chess.Move | str:
    """The legal move that is meant, or a sentence if it is none.

    >>> typed_move(chess.Board(), "nf3").uci(), typed_move(chess.Board(), "e2e5")
    ('g1f3', 'e2e5 is not a legal move')
    """
    word = word.rstrip("+#!?")
    plain = re.sub("[-=]", "", word).lower()
    named = word.upper() if word[0] in "Oo" else word[0].upper() + word[1:]
    words = f"{word} is not a legal move"
    for parse, forms in ((board.parse_uci, (plain, f"{plain}q")), (board.parse_san, (word, named, f"{word}=Q"))):
        for form in forms:
            try:
                return parse(form)
            except chess.AmbiguousMoveError:
                words = f"{word} could be several moves; say from where, as in Nbd2 or b1d2"
            except ValueError:
                continue
    return words


def clock(seconds: float) -> str:
    """What a clock shows.

    >>> clock(300), clock(59.01), clock(9.84), clock(0)
    ('5:00', '1:00', '0:09.9', '0:00.0')
    """
    tenths = max(0, -int(-seconds * 10 // 1))
    if tenths < TENTHS * 10:
        return f"0:{tenths // 10:02}.{tenths % 10}"
    whole = -(-tenths // 10)
    return f"{whole // 60}:{whole % 60:02}"


def numbered(score: list[str]) -> list[str]:
    """Moves in pairs.

    >>> numbered(["e4", "e5", "Nf3"])
    ['1. e4 e5', '2. Nf3']
    """
    return [f"{i // 2 + 1}. {' '.join(score[i : i + 2])}" for i in range(0, len(score), 2)]


def pgn(white: str, black: str, score: list[str], result: str, control: str) -> str:
    """A game in Portable Game Notation. Rules know no date.

    Source: Steven J. Edwards, PGN Standard, 1994, https://www.saremba.de/chessgml/standards/pgn/pgn-complete.htm
    """
    tags = {"Event": "?", "Site": "?", "Date": "????.??.??", "Round": "?", "White": white, "Black": black}
    tags |= {"Result": result, "TimeControl": control}
    quoted = {name: value.replace("\\", r"\\").replace('"', r"\"") for name, value in tags.items()}
    head = "".join(f'[{name} "{value}"]\n' for name, value in quoted.items())
    return f"{head}\n{' '.join([*numbered(score), result])}\n"


def lines_of(text: str) -> list[str]:
    """A text as lines of chat."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
