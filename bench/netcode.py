"""What the netcode makes of a bad network: arena with eight players through the conditioner, in virtual time.

    python bench/netcode.py                       the whole table, into docs/NETCODE.md and docs/netcode.svg
    python bench/netcode.py --quick               a few networks, printed
    python bench/netcode.py --seconds 120         longer matches

Seeds are fixed: the same code gives the same table, on any machine. Takes about a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from lag.measures import Figures, measure
from lag.report import drawing, table, written
from lag.world import Network

RTTS = (0.0, 0.05, 0.15, 0.3)  # seconds
LOSSES = (0.0, 0.02, 0.05)
JITTERS = (0.0, 0.02)  # seconds
TARGET = Network(0.15, 0.02, 0.02)
QUICK = (Network(0.0, 0.0, 0.0), TARGET)
TARGET_SEEDS = 4  # the network that has to reach something is measured longer
DOCS = Path(__file__).parent.parent / "docs"

Job = tuple[Network, int, float, bool]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few networks, printed and not written")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each match")
    options = parser.parse_args()
    networks = QUICK if options.quick else [Network(r, x, j) for r in RTTS for j in JITTERS for x in LOSSES]
    jobs: list[Job] = [
        (network, seed, options.seconds, netcode)
        for network in networks
        for netcode in (True, False)
        for seed in range(1, 1 + (TARGET_SEEDS if network == TARGET else 1))
    ]
    played: dict[tuple[Network, bool], list[Figures]] = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for (network, seed, _, netcode), figures in zip(jobs, pool.map(play, jobs), strict=True):
            played.setdefault((network, netcode), []).append(figures)
            print(f"{network}, seed {seed}, {'with' if netcode else 'without'}: {figures}", file=sys.stderr)
    rows = {which: Figures.mean(figures) for which, figures in played.items()}
    if options.quick:
        print(table(rows, netcode=True), table(rows, netcode=False), sep="\n\n")
        return 0
    document = DOCS / "NETCODE.md"
    document.write_text(written(document.read_text("utf-8"), rows, options.seconds), "utf-8")
    (DOCS / "netcode.svg").write_text(drawing(rows), "utf-8")
    return 0


def play(job: Job) -> Figures:
    network, seed, seconds, netcode = job
    return measure(network, seed, seconds, netcode=netcode)


if __name__ == "__main__":
    sys.exit(main())
