"""The scenarios: what is run, and which figures of it are shown."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from . import build, columns, kept, servers, wire
from .machine import KIB, settled_memory
from .measure import Load, Settings, measure, median_of
from .processes import BenchmarkError, Result, running_server
from .table import Table

TICK_RATE = 20.0  # Hz, of the swarm
WORLD_TICK_RATE = 12.0  # Hz, of snake
WORLD_GAME = build.BENCH / "games" / "world_snake.py"
IDLE_CLIENTS = 20  # few enough to leave the server idle, enough for a 99th percentile
# None: bots play.
WIRE_ROOMS = (("swarm", 50, "tickwire"), ("snake", 8, "tickwire-turn"), ("arena", 8, None), ("chess", 2, None))
RECOVERED_GAME, RECOVERED_MINUTES = "snake", 10
STARTS = 5  # how often a start or an import is timed


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    settings: Settings
    clients: Sequence[int] | None = None
    peers: Sequence[str] = ()
    progress: Callable[[str], None] = lambda text: None

    def sizes(self, *usual: int) -> Sequence[int]:
        return self.clients or usual

    def repeated(self, what: str, run: Callable[[], list[Result]]) -> list[Result]:
        """The rows of `run`, each the median of as many runs as were asked for."""
        runs = []
        for number in range(1, self.settings.repeat + 1):
            self.progress(f"{what}, run {number} of {self.settings.repeat}")
            runs.append(run())
        return [median_of(rows) for rows in zip(*runs, strict=True)]

    def measured(self, what: str, command: servers.Command, load: Load) -> Result:
        (row,) = self.repeated(what, lambda: [measure(command, load, self.settings)])
        return row


def rooms(request: Request) -> Table:
    table = Table(
        "rooms",
        "Rooms of 50 at 20 Hz",
        "The game `swarm`: every player a dot that moves at each tick, five inputs a second from each. *CPU µs/frame* "
        "is the server's CPU time in the measured window by the frames that all clients received in it. The floor is a "
        "C program that only calls `send()`, with as many bytes at once as tickwire does. " + columns.ABOUT_CORES,
        columns.ROOMS,
    )
    peers = peers_at_hand(request, table)
    for clients in request.sizes(1000, 2000, 3000, 4000):
        command = f"rooms --clients {clients}" + (" --peers" if peers else "")
        try:
            rows = request.repeated(f"rooms, {clients} clients", partial(room_rows, clients, peers, request))
        except BenchmarkError as error:
            table.notes.append(f"{clients} clients: {error}")
            continue
        table.rows += [row | {"command": command} for row in rows]
    table.notes += [f"tickwire at {row['clients']} clients {note}." for row in table.rows if (note := peer_note(row))]
    return table


def peers_at_hand(request: Request, table: Table) -> list[servers.Peer]:
    """The peers asked for that can be installed here; a note says which cannot, and why."""
    at_hand = []
    for name in request.peers:
        try:
            servers.PEERS[name].prepare()
            at_hand.append(servers.PEERS[name])
        except BenchmarkError as error:
            table.notes.append(f"{name} was not measured: {error}.")
    return at_hand


def room_rows(clients: int, peers: Sequence[servers.Peer], request: Request) -> list[Result]:
    """Tickwire, the floor and the peers, one right after the other, so that what disturbs one disturbs all."""
    settings = request.settings
    rows = paired_with_floor(servers.tickwire("swarm"), Load("tickwire", clients), TICK_RATE, settings)
    ours, floor = rows
    for peer in peers:
        request.progress(f"rooms, {clients} clients, {peer.name}")
        row = measure(peer.command(), Load(peer.dialect, min(clients, peer.most_clients or clients)), settings)
        row |= {"server": peer.version(), "per_floor": row["us_per_frame"] / floor["us_per_frame"]}
        ours[f"cpu_by_{peer.name}"] = ours["us_per_frame"] / row["us_per_frame"]
        ours[f"bytes_by_{peer.name}"] = ours["bytes_per_client_s"] / row["bytes_per_client_s"]
        rows.append(row)
    return rows


def peer_note(row: Result) -> str:
    names = [key.removeprefix("cpu_by_") for key in row if key.startswith("cpu_by_")]
    parts = [
        f"{row[f'cpu_by_{name}']:.2f} × {name}'s CPU and {row[f'bytes_by_{name}']:.2f} × its bytes" for name in names
    ]
    return "takes " + "; ".join(parts) if parts else ""


def paired_with_floor(command: servers.Command, load: Load, tick_rate: float, settings: Settings) -> list[Result]:
    ours = measure(command, load, settings)
    # All that goes to a client in one write: its state, and the acks and events in front of it.
    written = ours["bytes_per_client_s"] / ours["frames_per_client_s_mean"]
    floor = measure(servers.floor(written, tick_rate), replace(load, dialect="tickwire"), settings)
    ours |= {"server": "tickwire", "per_floor": ours["us_per_frame"] / floor["us_per_frame"]}
    floor |= {"server": "floor (C)", "per_floor": 1.0}
    return [ours, floor]


def journal(request: Request) -> Table:
    table = Table(
        "journal",
        "Rooms that are kept",
        "The same rooms by a server that keeps nothing, and by one that keeps them (`--data DIR`): each wake's records "
        "are handed to the kernel before anything is sent. *log* is what is written, by the players.",
        columns.JOURNAL,
    )
    for clients in request.sizes(1000):
        run = partial(kept_rows, clients, request)
        rows = request.repeated(f"journal, {clients} clients", run)
        table.rows += [row | {"command": f"journal --clients {clients}"} for row in rows]
    return table


def kept_rows(clients: int, request: Request) -> list[Result]:
    """Without and with a data folder, one right after the other."""
    load = Load("tickwire", clients)
    plain = measure(servers.tickwire("swarm"), load, request.settings)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        kept = measure(servers.tickwire("swarm", "--data", folder), load, request.settings)
        minutes = (time.monotonic() - began) / 60
        size = sum(file.stat().st_size for file in Path(folder, "log").iterdir())
    plain |= {"server": "tickwire", "per_plain": 1.0, "log_bytes": 0.0}
    kept |= {"server": "tickwire --data", "per_plain": kept["us_per_frame"] / plain["us_per_frame"]}
    kept |= {"log_bytes": size / clients / minutes}
    return [plain, kept]


def world(request: Request) -> Table:
    table = Table(
        "world",
        "One world of snakes, each client a window of 60 × 40",
        "One room of snake at 12 Hz on a board for thousands. What a client sees is a `Grid` view: the cells near its "
        "snake. " + columns.ABOUT_CORES,
        columns.WORLD,
    )
    if not WORLD_GAME.exists():
        raise BenchmarkError(
            f"not possible yet: it needs `Grid` views, and {WORLD_GAME.relative_to(build.BENCH.parent)}"
        )
    for snakes in request.sizes(500, 1000, 2000):
        command = servers.tickwire(WORLD_GAME, "--seats", str(snakes))
        load = Load("tickwire-turn", snakes)
        run = partial(paired_with_floor, command, load, WORLD_TICK_RATE, request.settings)
        rows = request.repeated(f"world, {snakes} snakes", run)
        table.rows += [row | {"command": f"world --clients {snakes}"} for row in rows]
    return table


def join_storm(request: Request) -> Table:
    table = Table(
        "join-storm",
        "A join storm",
        "One client plays; then all the others connect at the same moment. *all joined* is from the first connect "
        "until the last has had its welcome and its first full state. The gaps are those of the client that was there "
        "before.",
        columns.STORM,
    )
    for joins in request.sizes(1000):
        for title, arguments in (("of 50", ()), ("one room", ("--seats", str(joins + 1)))):
            command = servers.tickwire("swarm", *arguments)
            row = request.measured(f"join storm, {title}", command, Load("tickwire", joins + 1, storm=True))
            table.rows.append(row | {"server": title, "clients": joins, "command": f"join-storm --clients {joins}"})
    return table


def latency(request: Request) -> Table:
    table = Table(
        "latency",
        "From an input to the state that has it",
        "The time from sending an input to receiving the `ack` that comes in one write with the state that includes "
        "it. Half a tick of it is waiting for the tick, on average.",
        columns.LATENCY,
    )
    for clients in request.sizes(IDLE_CLIENTS, 1000):
        row = request.measured(f"latency, {clients} clients", servers.tickwire("swarm"), Load("tickwire", clients))
        if row["latency_ms_p50"] is None:
            raise BenchmarkError("no input was acknowledged")
        ticks = {f"ticks_{part}": row[f"latency_ms_{part}"] / 1000 * TICK_RATE for part in ("p50", "p99")}
        table.rows.append(row | ticks | {"command": f"latency --clients {clients}"})
    return table


def wire_sizes(request: Request) -> Table:
    table = Table(
        "wire",
        "Bytes on the wire",
        "Two watchers of the same room, one by `native` (packed), one by `lines` (JSON). A *row* is an entity that a "
        "state changes, adds or removes; *bytes* are those of the state messages, all in all, without full states.",
        columns.WIRE,
    )
    for game, players, dialect in WIRE_ROOMS:
        request.progress(f"wire, {game}")
        try:
            row = wire.measure(game, players, dialect, request.settings)
        except BenchmarkError as error:
            table.notes.append(f"{game}: {error}")
            continue
        table.rows.append(row | {"command": "wire"})
    return table


def recovery(request: Request) -> Table:
    table = Table(
        "recovery",
        "Opening rooms again",
        f"A server that was killed with so many rooms of {kept.PLAYERS} players: from the first byte of its log that "
        "is read to the last room that is open. The log is written by driving rooms in virtual time.",
        columns.RECOVERY,
    )
    for rooms in request.sizes(1000):
        with tempfile.TemporaryDirectory() as folder:
            request.progress(f"recovery, writing the log of {rooms} rooms")
            kept.write_log(Path(folder, "log"), RECOVERED_GAME, rooms, RECOVERED_MINUTES * 60)
            again = partial(recovered_rows, Path(folder, "log"))
            (row,) = request.repeated(f"recovery, {rooms} rooms", again)
        table.rows.append(row | {"command": f"recovery --clients {rooms}"})
    return table


def recovered_rows(folder: Path) -> list[Result]:
    done = kept.recover_log(folder, RECOVERED_GAME)
    return [
        {
            "game": RECOVERED_GAME,
            "rooms": done.rooms,
            "minutes": RECOVERED_MINUTES,
            "log_bytes": done.log_bytes,
            "seconds": done.seconds,
            "cpu_seconds": done.cpu_seconds,
        }
    ]


def start(request: Request) -> Table:
    table = Table(
        "start",
        "Starting, and memory",
        f"Medians of {STARTS}. Memory is the proportional set size (PSS) of the server's process; sockets' buffers in "
        "the kernel are not in it. What a server loads right behind `listening` is part of an idle one.",
        columns.START,
    )
    request.progress("start")
    core = request.settings.cores.server
    starts, idles = [], []
    for _ in range(STARTS):
        with running_server(servers.tickwire("swarm"), core) as server:
            starts.append(server.start_seconds)
            idles.append(settled_memory(server.pid)["Pss"])
    (clients,) = request.sizes(1000)[:1]
    request.progress(f"start, memory with {clients} clients")
    full = measure(servers.tickwire("swarm"), Load("tickwire", clients), request.settings)
    for what, value, unit in (
        ("from the command to `listening`", statistics.median(starts), "s"),
        ("`import tickwire`", statistics.median(import_seconds() for _ in range(STARTS)), "s"),
        ("memory of an idle server", statistics.median(idles) / KIB / KIB, "MiB"),
        (f"memory per connection, at {clients}", full["client_kib"], "KiB"),
    ):
        table.rows.append({"what": what, "value": value, "unit": unit, "command": "start"})
    return table


def import_seconds() -> float:
    """How long `import tickwire` takes in a new interpreter, without the interpreter's own start."""
    code = "import time; t = time.perf_counter(); import tickwire; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path("/"))
    if done.returncode:
        raise BenchmarkError(f"`import tickwire` failed: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout)


SCENARIOS: dict[str, Callable[[Request], Table]] = {
    "rooms": rooms,
    "journal": journal,
    "recovery": recovery,
    "world": world,
    "join-storm": join_storm,
    "latency": latency,
    "wire": wire_sizes,
    "start": start,
}
