"""Which figures each scenario's table shows, by the names that a measurement gives them."""

from __future__ import annotations

from .table import Column

PERCENT = 100.0

SERVER = Column("server", "server")
CLIENTS = Column("clients", "clients", ".0f")
JOIN = Column("join_s", "all joined s", ".2f")

FRAME_RATE = (
    Column("frames_per_client_s_median", "frames/s", ".1f"),
    Column("frames_per_client_s_min", "least", ".1f"),
)
GAPS = (
    Column("gap_ms_p50", "gap p50 ms", ".1f"),
    Column("gap_ms_p99", "p99", ".1f"),
    Column("gap_ms_max", "max", ".0f"),
)
CPU = (
    Column("us_per_frame", "CPU µs/frame", ".1f"),
    Column("per_floor", "× floor", ".2f"),
)
TRAFFIC = (
    Column("bytes_per_client_s", "kB/s a client", ".2f", 1e-3),
    Column("client_kib", "KiB a client", ".1f"),
)
LOAD_CORE = Column("cpu_share", "load core %", ".0f", PERCENT)
CORES = (
    Column("server_share", "server core %", ".0f", PERCENT),
    LOAD_CORE,
    Column("others_share", "others %", ".0f", PERCENT),
)
ABOUT_CORES = (
    "*server core %* and *load core %* are what the server and the load generator took of a core each; *others %* is "
    "work on the server's core that was not the server's: where it is not near 0, the row was disturbed."
)

ROOMS = (SERVER, CLIENTS, *FRAME_RATE, *GAPS, *CPU, *TRAFFIC, JOIN, *CORES)
JOURNAL = (
    SERVER,
    CLIENTS,
    *FRAME_RATE,
    *GAPS,
    Column("us_per_frame", "CPU µs/frame", ".1f"),
    Column("per_plain", "× not kept", ".2f"),
    Column("log_bytes", "log kB a player and minute", ".1f", 1e-3),
    *CORES,
)
RECOVERY = (
    Column("game", "game"),
    Column("rooms", "rooms", ",.0f"),
    Column("minutes", "minutes", ".0f"),
    Column("log_bytes", "log MB", ".0f", 1e-6),
    Column("seconds", "recovered in s", ".2f"),
    Column("cpu_seconds", "of CPU s", ".2f"),
)
WORLD = (SERVER, CLIENTS, *FRAME_RATE, *GAPS, *CPU, *TRAFFIC, *CORES)
STORM = (
    Column("server", "rooms"),
    Column("clients", "joins", ".0f"),
    JOIN,
    Column("lost", "lost", ".0f"),
    *GAPS,
    LOAD_CORE,
)
LATENCY = (
    CLIENTS,
    Column("latency_ms_p50", "p50 ms", ".1f"),
    Column("latency_ms_p99", "p99 ms", ".1f"),
    Column("latency_ms_max", "max ms", ".1f"),
    Column("ticks_p50", "p50 ticks", ".2f"),
    Column("ticks_p99", "p99 ticks", ".2f"),
    Column("latency_count", "inputs", ".0f"),
    *CORES,
)
WIRE = (
    Column("game", "game"),
    Column("states", "states", ".0f"),
    Column("rows_per_state", "rows a state", ".1f"),
    Column("bytes_per_state", "bytes a state", ".1f"),
    Column("bytes_per_row", "bytes a row", ".2f"),
    Column("json_per_row", "as JSON", ".1f"),
)
START = (Column("what", "what"), Column("value", "value", ".2f"), Column("unit", "unit"))
