"""The figures as a table and as a drawing."""

from __future__ import annotations

from collections.abc import Mapping

from harness.plotting import Line, document, lines

from lag.measures import Figures
from lag.world import Network

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEAD = (
    "| round trip | jitter | loss | own key shows | own shot shows | corrections | mean size | others' jump | off"
    " | seen late | hits as seen | up, down |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)
Rows = Mapping[tuple[Network, bool], Figures]


def table(rows: Rows, *, netcode: bool) -> str:
    """A line for each network."""
    return "\n".join([HEAD, *(_line(n, f) for (n, with_it), f in rows.items() if with_it == netcode)])


def written(text: str, rows: Rows, seconds: float) -> str:
    """The document with new tables between its marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    shots = sum(f.judged for (_, netcode), f in rows.items() if netcode)
    measured = (
        f"Eight players, {seconds:g} s for each network after 6 s of warming up, {shots:,} hits in all."
        f"\n\nWith the netcode:\n\n{table(rows, netcode=True)}"
        f"\n\nWithout: what came last is painted, inputs count when they come, shots are judged by where ships are.\n\n"
        f"{table(rows, netcode=False)}"
    )
    return f"{before}{BEGIN}\n{measured}\n{END}{after}"


def drawing(rows: Rows) -> str:
    """What changes with the round trip, at 20 ms of jitter and 2 % of loss."""

    def series(pick: str, scale: float) -> list[Line]:
        return [
            Line(
                "with" if netcode else "without",
                [
                    (network.rtt * 1000, getattr(figures, pick) * scale)
                    for (network, with_it), figures in rows.items()
                    if with_it == netcode and (network.loss, network.jitter) == (0.02, 0.02)
                ],
                accent=netcode,
            )
            for netcode in (True, False)
        ]

    x = "round trip in ms; 20 ms of jitter, 2 % of loss"
    return document(
        [
            lines("From a key to the screen", "frames of a sixtieth of a second", x, series("answer", 1)),
            lines("Hits as the shooter saw them", "per cent", x, series("hits", 100)),
            lines("The others' largest jump in a frame", "ships' lengths", x, series("jump_worst", 1)),
        ]
    )


def _line(network: Network, f: Figures) -> str:
    cells = [
        f"{network.rtt * 1000:.0f} ms",
        f"{network.jitter * 1000:.0f} ms",
        f"{network.loss * 100:.0f} %",
        f"{f.answer:.0f} ({f.answer_worst:.0f})",
        f"{f.shot:.0f} ({f.shot_worst:.0f})",
        f"{f.corrections:.1f}",
        f"{f.correction:.2f}",
        f"{f.jump:.2f} ({f.jump_worst:.2f})",
        f"{f.off_then:.2f} ({f.off:.2f})",
        f"{f.age * 1000:.0f} ({f.age_worst * 1000:.0f}) ms",
        f"{f.hits * 100:.0f} % of {f.judged}",
        f"{f.sent / 1000:.1f}, {f.received / 1000:.1f} kB/s",
    ]
    return "| " + " | ".join(cells) + " |"
