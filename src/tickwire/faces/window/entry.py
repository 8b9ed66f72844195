"""One line of text being typed, and lines of text being wrapped. Knows no pygame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tickwire.faces.window.words import Part
from tickwire.ids.characters import begin, clusters, typeable

Measure = Callable[[str, bool], int]  # text and whether it is bold, to pixels


class Entry:
    """A line that is being typed.

    Args:
        text: what stands there at first.
        most: characters, as a reader counts them.

    Attributes:
        composing: what an input method shows before it is decided; it stands at the caret.
    """

    def __init__(self, text: str = "", most: int = 300) -> None:
        self.text = begin(text, most)
        self.caret = len(self.text)
        self.composing = ""
        self._most = most

    def insert(self, typed: str) -> None:
        """Put text in at the caret; what cannot be said is left out."""
        self.composing = ""
        fit = "".join(c if typeable(c) else " " if c in "\r\n\t" else "" for c in typed)
        fit = begin(fit, max(0, self._most - len(clusters(self.text))))
        self.text = self.text[: self.caret] + fit + self.text[self.caret :]
        self.caret += len(fit)

    def press(self, key: str) -> None:
        """`left`, `right`, `home`, `end`, `backspace` or `delete`; others do nothing.

        >>> entry = Entry("ada")
        >>> for key in ("left", "backspace", "home", "delete"):
        ...     entry.press(key)
        >>> entry.text, entry.caret
        ('a', 0)
        """
        match key:
            case "left":
                self.caret -= self._before()
            case "right":
                self.caret += self._after()
            case "home":
                self.caret = 0
            case "end":
                self.caret = len(self.text)
            case "backspace":
                start = self.caret - self._before()
                self.text, self.caret = self.text[:start] + self.text[self.caret :], start
            case "delete":
                self.text = self.text[: self.caret] + self.text[self.caret + self._after() :]

    def _before(self) -> int:
        """How long the character before the caret is."""
        return len(clusters(self.text[: self.caret])[-1]) if self.caret else 0

    def _after(self) -> int:
        return len(begin(self.text[self.caret :], 1))


def wrap(line: Sequence[Part], width: int, measure: Measure) -> list[list[Part]]:
    """The rows that a line takes: broken between words, and within a word that is wider than a row.

    >>> [[p.text for p in row] for row in wrap([Part("to be or", 0)], 5, lambda text, bold: len(text))]
    [['to be'], ['or']]
    """
    rows: list[list[Part]] = [[]]
    used = 0
    for part in line:
        for piece in _pieces(part.text):
            size = measure(piece, part.bold)
            if used and used + size > width:
                rows.append([])
                used = 0
                piece = piece.lstrip(" ")
                size = measure(piece, part.bold)
            while size > width and len(begin(piece, 1)) < len(piece):
                head = _fitting(piece, width, part.bold, measure)
                rows[-1].append(part._replace(text=head))
                rows.append([])
                piece = piece[len(head) :]
                size = measure(piece, part.bold)
            if piece:
                rows[-1].append(part._replace(text=piece))
                used += size
    return [_joined(row) for row in rows if row]


def _pieces(text: str) -> list[str]:
    """Words, each with the blanks before it."""
    pieces: list[str] = []
    for c in text:
        if not pieces or (c == " " and not pieces[-1].endswith(" ")):
            pieces.append(c)
        else:
            pieces[-1] += c
    return pieces


def _fitting(text: str, width: int, bold: bool, measure: Measure) -> str:
    """As much of a word as fits, but at least one character."""
    parts = clusters(text)
    low, high = 1, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure("".join(parts[:middle]), bold) <= width else (low, middle - 1)
    return "".join(parts[:low])


def _joined(row: list[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in row:
        if joined and joined[-1][1:] == part[1:]:
            joined[-1] = part._replace(text=joined[-1].text + part.text)
        else:
            joined.append(part)
    return joined
