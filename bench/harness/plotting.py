"""Plots as SVG, drawn by hand: two kinds of chart, in colours for a light page and for a dark one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760  # units of the drawing, as are all lengths below
MARGIN = 24
LABELS = 270  # the column of names left of the bars
BAR, BAR_STEP = 22, 34
HEAD = 64  # a chart's title and subtitle
LINES_HEIGHT = 220
AXIS = 64  # left of and below the lines
NAME_STEP = 18  # between the names of two lines
TICKS = 5  # about so many lines across a chart

STYLE = """
  :root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --dim: #667085; --grid: #e4e7ec;
          --accent: #2f6fed; --other: #b8c1d1; --floor: #7a8699; }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #12161d; --ink: #e8ecf3; --dim: #98a2b3; --grid: #2a313c;
            --accent: #6ea0ff; --other: #465266; --floor: #8692a6; } }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink) }
  .paper { fill: var(--paper) } .title { font-size: 17px; font-weight: 600 } .dim { fill: var(--dim) }
  .value { font-weight: 600; font-variant-numeric: tabular-nums }
  .right { text-anchor: end } .middle { text-anchor: middle } .grid { stroke: var(--grid) }
  .accent { fill: var(--accent) } .other { fill: var(--other) } .floor { fill: var(--floor) }
  polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
  .accent-line { stroke: var(--accent) } .floor-line { stroke: var(--floor); stroke-dasharray: 2 6 }
"""


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    accent: bool = False
    quiet: bool = False  # a yardstick, not a contender


@dataclass(frozen=True)
class Line:
    label: str
    points: Sequence[tuple[float, float]]
    accent: bool = False


@dataclass(frozen=True)
class Chart:
    height: float
    marks: Sequence[str]


def document(charts: Sequence[Chart]) -> str:
    """The charts, one below the other."""
    parts, top = [], float(MARGIN)
    for chart in charts:
        parts.append(f'<g transform="translate(0 {top:g})">{"".join(chart.marks)}</g>')
        top += chart.height + MARGIN
    box = f"0 0 {WIDTH} {top:g}"
    paper = f'<rect class="paper" width="{WIDTH}" height="{top:g}" rx="12"/>'
    body = "\n".join(parts)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img">'
    return f"{svg}\n<style>{STYLE}</style>\n{paper}\n{body}\n</svg>\n"


def bars(title: str, subtitle: str, rows: Sequence[Bar]) -> Chart:
    room = WIDTH - LABELS - 2 * MARGIN - 70  # 70: the value after the longest bar
    longest = max((row.value for row in rows), default=1.0)
    marks = headings(title, subtitle)
    for number, row in enumerate(rows):
        y = HEAD + number * BAR_STEP
        length = max(2.0, row.value / longest * room)
        kind = "accent" if row.accent else "floor" if row.quiet else "other"
        marks += [
            text(LABELS + MARGIN - 10, y + 16, row.label, "right" + (" value" if row.accent else "")),
            f'<rect class="{kind}" x="{LABELS + MARGIN}" y="{y}" width="{length:.1f}" height="{BAR}" rx="4"/>',
            text(LABELS + MARGIN + length + 8, y + 16, f"{row.value:.1f}", "value"),
        ]
    return Chart(HEAD + len(rows) * BAR_STEP, marks)


def lines(title: str, y_name: str, x_name: str, series: Sequence[Line]) -> Chart:
    points = [point for line in series for point in line.points]
    right, top = max(x for x, _ in points), max(y for _, y in points) * 1.1
    left, bottom = MARGIN + AXIS, HEAD + LINES_HEIGHT
    span = WIDTH - left - 3 * MARGIN - 60  # 60: the name after the end of a line

    def place(x: float, y: float) -> tuple[float, float]:
        return left + x / right * span, bottom - y / top * LINES_HEIGHT

    marks = headings(title, y_name)
    for value in round_steps(top):
        _, y = place(0, value)
        marks.append(f'<line class="grid" x1="{left}" x2="{left + span}" y1="{y:.1f}" y2="{y:.1f}"/>')
        marks.append(text(left - 10, y + 4, f"{value:g}", "dim right"))
    for value in sorted({x for x, _ in points}):
        marks.append(text(place(value, 0)[0], bottom + 22, f"{value:,.0f}", "dim middle"))
    marks.append(text(left + span / 2, bottom + 44, x_name, "dim middle"))
    name_y = float(bottom)
    for line in sorted(series, key=lambda line: line.points[-1][1]):
        places = [place(x, y) for x, y in line.points]
        end_x, end_y = places[-1]
        name_y = min(end_y + 4, name_y - NAME_STEP)  # names of lines that end close together do not overlap
        marks += [*drawn(line, places), text(end_x + 12, name_y, line.label, "value" if line.accent else "")]
    return Chart(bottom + AXIS - MARGIN, marks)


def drawn(line: Line, places: Sequence[tuple[float, float]]) -> list[str]:
    kind = "accent" if line.accent else "floor"
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in places]
    return [f'<polyline class="{kind}-line" points="{path}"/>', *dots]


def headings(title: str, subtitle: str) -> list[str]:
    return [text(MARGIN, 18, title, "title"), text(MARGIN, 40, subtitle, "dim")]


def text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def round_steps(top: float) -> list[float]:
    """From 0 up to `top` in steps of 1, 2 or 5 times a power of ten."""
    rough = top / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [number * step for number in range(int(top / step) + 1)]
