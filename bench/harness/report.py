"""docs/BENCHMARKS.md and its plot, from the tables of a run."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from . import machine, plotting
from .processes import Result
from .table import Table

FLOOR = "floor (C)"
OURS = "tickwire"


def markdown(tables: Sequence[Table], options: Namespace) -> str:
    parts = ["# Benchmarks", "", introduction(options), "", "## The machine", "", *machine_lines(), ""]
    if options.plot:
        parts += [f"![CPU time per frame]({relative(options.plot, options.write)})", ""]
    parts += [table.markdown() for table in tables]
    return "\n".join(parts).rstrip() + "\n"


def introduction(options: Namespace) -> str:
    runs = f"each figure is the median of {options.repeat} runs" if options.repeat > 1 else "each figure is of one run"
    return (
        f"Made by `python bench/run.py {options.scenario}`; {runs}. The server has one core to itself and the load "
        "generator another; all traffic goes over 127.0.0.1. bench/README.md says how it is measured. Compare ratios "
        "within one table rather than figures between machines."
    )


def machine_lines() -> list[str]:
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.describe().items() if value)]


def relative(target: Path, source: Path) -> str:
    return os.path.relpath(target, source.parent)


def plot(tables: Sequence[Table]) -> str:
    """Bars of CPU time per frame where there are peers, else of tickwire and the floor by the number of clients."""
    rooms = [table for table in tables if table.name == "rooms"]
    rows = max((table.rows for table in rooms), key=variety, default=[])
    by_size = max((table.rows for table in rooms), key=sizes, default=[])
    charts = [plotting.bars(bar_title(rows), "µs of the server's CPU for each frame sent to a client", bars_of(rows))]
    if sizes(by_size) > 1:
        charts.append(plotting.lines("tickwire and the floor", "CPU µs/frame", "clients", lines_of(by_size)))
    return plotting.document(charts)


def variety(rows: Sequence[Result]) -> int:
    return len({row["server"] for row in rows})


def sizes(rows: Sequence[Result]) -> int:
    return len({row["clients"] for row in rows if row["server"] == OURS})


def bar_title(rows: Sequence[Result]) -> str:
    return f"Rooms of 50 at 20 Hz, {rows[0]['clients']:,} clients" if rows else "Rooms of 50 at 20 Hz"


def bars_of(rows: Sequence[Result]) -> list[plotting.Bar]:
    if not rows:
        return []
    ours = next(row["clients"] for row in rows if row["server"] == OURS)
    shown = [row for row in rows if row["clients"] == ours or row["server"] not in (OURS, FLOOR)]
    return [
        plotting.Bar(label(row, ours), row["us_per_frame"], accent=row["server"] == OURS, quiet=row["server"] == FLOOR)
        for row in sorted(shown, key=lambda row: row["us_per_frame"])
    ]


def label(row: Result, usual: int) -> str:
    return str(row["server"]) + (f" ({row['clients']} clients)" if row["clients"] != usual else "")


def lines_of(rows: Sequence[Result]) -> list[plotting.Line]:
    return [
        plotting.Line(
            label=name,
            points=[(row["clients"], row["us_per_frame"]) for row in rows if row["server"] == name],
            accent=name == OURS,
        )
        for name in (OURS, FLOOR)
    ]
