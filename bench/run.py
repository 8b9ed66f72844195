"""The benchmark: tickwire beside its peers and the floor, on one machine, in one run.

    python bench/run.py rooms --clients 1000          one scenario
    python bench/run.py peers                         rooms of 50 at 1,000 clients, with every peer
    python bench/run.py all --repeat 5 --write docs/BENCHMARKS.md --plot docs/benchmarks.svg

bench/README.md says what is measured, and how.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from harness import build, report, servers
from harness.machine import choose_cores
from harness.measure import Settings
from harness.processes import BenchmarkError
from harness.scenarios import SCENARIOS, Request
from harness.table import Table

PEER_CLIENTS = 1000


def main() -> int:
    signal.signal(signal.SIGTERM, end_by_signal)
    options = parse()
    request = Request(settings_of(options), options.clients, options.peers or (), progress)
    try:
        build.programs()
        tables = [table for name, wanted in plan(options.scenario, request) if (table := run(name, wanted))]
    except KeyboardInterrupt:
        print("\nended", file=sys.stderr)
        return 130
    if not tables:
        return 1
    publish(tables, options)
    return 0


def end_by_signal(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="tickwire beside its peers and the floor")
    parser.add_argument("scenario", choices=[*SCENARIOS, "peers", "all"])
    parser.add_argument("--clients", type=positive, nargs="+", metavar="N", help="how many; several: a row each")
    names = ", ".join(servers.PEERS)
    parser.add_argument(
        "--peers", nargs="*", choices=[*servers.PEERS], metavar="PEER", help=f"{names}; none named: all"
    )
    parser.add_argument("--seconds", type=float, help="of the measured window")
    parser.add_argument("--repeat", type=positive, default=1, metavar="N", help="medians of so many runs")
    parser.add_argument("--quick", action="store_true", help="shorter windows, coarser figures")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="write the tables as Markdown")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the rooms' figures")
    parser.add_argument("--json", type=Path, metavar="FILE.json", help="write every figure measured")
    options = parser.parse_args()
    if options.peers == []:
        options.peers = [*servers.PEERS]
    return options


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def settings_of(options: argparse.Namespace) -> Settings:
    cores = choose_cores()
    if cores.shared:
        print("one core only: the server and the load share it, and every figure suffers from it", file=sys.stderr)
    settings = Settings(cores, repeat=options.repeat)
    if options.quick:
        settings = settings.quick()
    return replace(settings, seconds=options.seconds) if options.seconds else settings


def plan(scenario: str, request: Request) -> list[tuple[str, Request]]:
    with_peers = replace(request, clients=request.clients or [PEER_CLIENTS], peers=request.peers or [*servers.PEERS])
    match scenario:
        case "peers":
            return [("rooms", with_peers)]
        case "all":
            alone = replace(request, peers=())
            return [("rooms", with_peers), *((name, alone) for name in SCENARIOS)]
        case _:
            return [(scenario, request)]


def run(name: str, request: Request) -> Table | None:
    try:
        table = SCENARIOS[name](request)
    except BenchmarkError as error:
        print(f"{name}: {error}\n", file=sys.stderr)
        return None
    if sys.stderr.isatty():
        progress("")
    print(table.plain(), flush=True)
    return table


def progress(text: str) -> None:
    """Say what is being measured, on one line that the table then takes the place of."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def publish(tables: list[Table], options: argparse.Namespace) -> None:
    if options.plot:
        options.plot.write_text(report.plot(tables), encoding="utf-8")
    if options.write:
        options.write.write_text(report.markdown(tables, options), encoding="utf-8")
    if options.json:
        figures = [{"scenario": table.name, "rows": table.rows} for table in tables]
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
