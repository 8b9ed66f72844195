"""Tables: to be read in a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .processes import Result


@dataclass(frozen=True)
class Column:
    """`show` is a format specification; `scale` turns the measured unit into the one that is shown."""

    key: str
    heading: str
    show: str = ""
    scale: float = 1.0

    def text(self, row: Result) -> str:
        value = row.get(self.key)
        if value is None:
            return "–"
        if isinstance(value, int | float) and not isinstance(value, bool):
            return format(value * self.scale, self.show) if self.show else str(value)
        return str(value)

    @property
    def right(self) -> bool:
        return bool(self.show)


@dataclass
class Table:
    """One scenario's figures. Each row has `command`, which gives this row again."""

    name: str
    title: str
    about: str
    columns: Sequence[Column]
    rows: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cells(self) -> list[list[str]]:
        return [[column.text(row) for column in self.columns] for row in self.rows]

    def plain(self) -> str:
        head = [column.heading for column in self.columns]
        widths = [max(map(len, texts)) for texts in zip(head, *self.cells(), strict=True)]
        lines = ["  ".join(self.aligned(cells, widths)).rstrip() for cells in (head, *self.cells())]
        rule = "  ".join("─" * width for width in widths)
        return "\n".join([self.title, "", lines[0], rule, *lines[1:], *[f"  {note}" for note in self.notes], ""])

    def aligned(self, cells: Sequence[str], widths: Sequence[int]) -> list[str]:
        return [
            cell.rjust(width) if column.right else cell.ljust(width)
            for column, cell, width in zip(self.columns, cells, widths, strict=True)
        ]

    def markdown(self) -> str:
        head = [*(column.heading for column in self.columns), "`python bench/run.py …`"]
        rule = [*("---:" if column.right else "---" for column in self.columns), "---"]
        body = [[*cells, f"`{row['command']}`"] for cells, row in zip(self.cells(), self.rows, strict=True)]
        lines = ["| " + " | ".join(cells) + " |" for cells in (head, rule, *body)]
        return "\n".join([f"## {self.title}", "", self.about, "", *lines, "", *[f"{note}\n" for note in self.notes]])
