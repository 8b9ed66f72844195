"""The log: nothing in it is a client's to shape, it cannot be flooded, and it holds nothing up."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from helpers import PATIENCE, Caller, command, dial, fetch, read_all, run, server_process, ws_request

from tickwire.server import logs as logs_module
from tickwire.server.log_writer import WAITING, LogWriter
from tickwire.server.logs import LINE, Log, escaped
from tickwire.server.repeats import BURST, SOURCES, WINDOW, Repeats
from tickwire.wire.framing import Dialect

FORGED = "x\n10:00:00 [warning  ] forged [tickwire.gateway]\r\x1b[2J\x1b]0;title\x07‮gnitirw​\u2028\x85\x00"
HOSTILE = FORGED + "A" * 60_000


@pytest.fixture
def put_back() -> Iterator[None]:
    """The loggers are as they were, for the tests that follow."""
    loggers = [logging.getLogger(name) for name in logs_module.LOGGERS]
    before = [(x.handlers[:], x.level, x.propagate) for x in loggers]
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def logged(monkeypatch: pytest.MonkeyPatch, do: Callable[[logging.Logger], object], log_format: str = "console") -> str:
    """What is written by a set up log."""
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    log = Log(log_format)
    do(logging.getLogger("tickwire.test"))
    log.close()
    return stream.getvalue()


# --- whatever a client sends -------------------------------------------------------------------------------


def harmless(text: str) -> None:
    """Nothing in a log moves a cursor, forges a line, or is long."""
    assert text
    for line in text.split("\n"):
        assert line.isprintable(), line[:300]
        assert "forged" not in line[:12], line
        assert not line.startswith("10:00:00"), line
        assert len(line) < 2 * LINE, len(line)


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_values_are_escaped_and_cut_wherever_they_stand(
    log_format: str, monkeypatch: pytest.MonkeyPatch, put_back: None
) -> None:
    def do(log: logging.Logger) -> None:
        log.info("drifted in table %s of %s", HOSTILE, "snake")
        log.info("%r", HOSTILE)
        log.info("%(name)s", {"name": HOSTILE})
        log.info(HOSTILE)  # no call site should, and one that does is no worse
        log.warning("%s", ValueError(HOSTILE), extra={"source": HOSTILE})
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            log.exception("it broke: %s", HOSTILE)
        log.info("a template that %s and %s do not fit", HOSTILE)

    text = logged(monkeypatch, do, log_format)
    harmless(text)
    assert "of snake" in text, "a long value leaves the others whole"
    assert "ValueError" in text
    if log_format == "json":
        entries = [json.loads(line) for line in text.splitlines()]
        assert all(isinstance(entry["event"], str) for entry in entries)


def test_what_is_escaped_can_still_be_read() -> None:
    assert escaped("Zoë 蛇 🐍") == "Zoë 蛇 🐍"
    assert escaped("a\nb\x1b\u202e") == r"a\nb\x1b\u202e"
    assert escaped("x" * 201) == "x" * 200 + "… (201 characters)"


MESSAGES: list[dict[str, Any]] = [
    {"type": HOSTILE},
    {"type": "hello", FORGED: FORGED},
    {"type": "hello", "name": HOSTILE},
    {"type": "hello", "name": FORGED},
    {"type": "hello", "name": "ada", "game": HOSTILE},
    {"type": "hello", "name": "ada", "game": FORGED},
    {"type": "hello", "name": "ada", "room": HOSTILE},
    {"type": "hello", "name": "ada", "token": HOSTILE},
    {"type": "hello", "name": "ada", "watch": HOSTILE},
    {"type": "ping", "sent": HOSTILE},
    {"type": "resync", "table": FORGED},
    {"type": "resync", "table": HOSTILE},
    {"type": "chat", "text": FORGED},
    {"type": "chat", "text": HOSTILE},
    {"type": "input", "seq": 1, "input": {"type": HOSTILE}},
    {"type": "input", "seq": 1, "input": {"type": "turn", "heading": HOSTILE}},
    {"type": "input", "seq": HOSTILE, "input": {}},
    {"type": "input", "seq": 1, "input": {"type": "turn", "heading": "up"}, "tick": HOSTILE},
    {"type": "input", "seq": 1, "input": {"type": "turn", "heading": "up"}, "seen": HOSTILE},
    {"type": "hello", "name": "ada", "seq": HOSTILE},
]
SEATED = {"resync", "chat", "input"}


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_hostile_text_in_every_field_of_every_message_leaves_the_log_in_order(log_format: str) -> None:
    async def talk(port: int) -> None:
        for dialect in Dialect:
            for message in MESSAGES:
                caller = await Caller.call(port, dialect)
                if message["type"] in SEATED:
                    await caller.hello("ada")
                await caller.say(**message)
                caller.sock.shutdown(socket.SHUT_WR)
                await read_all(caller.sock)
            caller = await Caller.call(port, dialect)
            await caller.send(HOSTILE.encode()[:2000] * 40)  # no message of any dialect
            caller.reset()
        for path in ("/" + FORGED, "/" + HOSTILE[:4000], "/ws?" + FORGED):
            await send_and_wait(port, f"GET {path} HTTP/1.1\r\nHost: {FORGED}\r\n\r\n")
        await send_and_wait(port, f"GET / HTTP/1.1\r\nHost: x\r\nX-{FORGED}: {FORGED}\r\n\r\n")
        await send_and_wait(port, ws_request(subprotocol=FORGED).decode())
        for first in (FORGED, "\x1b[2J", "\u202e", "\x00", "5    " + FORGED, "TW1" + FORGED, "T" + FORGED):
            await send_and_wait(port, first)

    async def send_and_wait(port: int, text: str) -> None:
        sock = await dial(port)
        sock.send(text.encode())
        sock.shutdown(socket.SHUT_WR)
        try:
            await read_all(sock)
        except ConnectionResetError:
            return

    with server_process("snake", "chat", "--log-format", log_format) as server:
        run(talk(server.port))
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        text = server.errors()
    assert "drifted" in text
    harmless(text.removesuffix("\n"))
    if log_format == "json":
        assert all(json.loads(line)["event"] for line in text.splitlines())


def test_ten_thousand_resyncs_are_a_few_lines_and_a_count() -> None:
    async def talk(port: int) -> None:
        for _ in range(3):  # it comes back, from another port
            caller = await Caller.call(port, Dialect.NATIVE)
            await caller.hello("eve")
            for _ in range(150):
                await caller.say(type="resync", table="Cell")
            await caller.say(type="leave")
            await caller.bye()

    with server_process("snake") as server:
        run(talk(server.port))
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        lines = [line for line in server.errors().splitlines() if "drifted" in line]
    assert len(lines) <= BURST + 1
    written = len(lines) - 1
    more = re.search(r"(\d+) more such lines in 10 s, the last: a mirror of room [A-Z0-9]+ drifted", lines[-1])
    assert more, lines[-1]
    assert 0 < written + int(more[1]) <= 450  # there may be a limit to resyncs themselves


# --- repeats ----------------------------------------------------------------------------------------------------


def record(
    template: str = "it is %s", source: str = "", name: str = "tickwire.x", value: str = "so"
) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, "x.py", 1, template, (value,), None)
    made.source = source
    return made


def told(repeats: Repeats, now: float) -> list[str]:
    return [r.getMessage() for r in repeats.counted(now)]


def test_lines_of_one_kind_from_one_source_are_counted_when_they_come_too_fast() -> None:
    repeats = Repeats()
    written = [repeats.passes(record(source="eve", value=f"so {i}"), 100.0 + i / 1000) for i in range(500)]
    assert sum(written) == BURST
    assert written[:BURST] == [True] * BURST
    assert repeats.passes(record(source="ada"), 101.0), "another source is not held up"
    assert repeats.passes(record("another %s", source="eve"), 101.0), "nor another kind"
    assert told(repeats, 100 + WINDOW - 0.1) == []
    assert told(repeats, 101 + WINDOW) == [f"{500 - BURST} more such lines in 10 s, the last: it is so 499"]
    assert told(repeats, 999) == []


def test_lines_that_come_slowly_are_all_written() -> None:
    repeats = Repeats()
    for second in range(100):
        assert repeats.passes(record(), float(second))
    assert told(repeats, 999) == []


def test_many_sources_are_counted_together_and_take_no_memory() -> None:
    repeats = Repeats()
    written = sum(repeats.passes(record(source=f"10.0.{i // 256}.{i % 256}"), 100.0) for i in range(10_000))
    assert written == SOURCES + BURST
    assert len(repeats._kinds) == SOURCES + 1
    assert told(repeats, 999) == [f"{10_000 - written} more, from many, in 10 s, the last: it is so"]
    assert repeats._kinds == {}
    assert repeats._sources == {}


def test_a_count_that_nobody_asked_for_yet_is_not_lost() -> None:
    repeats = Repeats()
    for _ in range(BURST + 3):
        repeats.passes(record(), 0.0)
    repeats.passes(record(), 50.0)  # the writer hung, and has not asked since
    assert told(repeats, 50.0) == ["4 more such lines in 10 s, the last: it is so"]


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_the_line_that_counts_is_escaped_and_shows_no_placeholder(
    log_format: str, monkeypatch: pytest.MonkeyPatch, put_back: None
) -> None:
    def do(log: logging.Logger) -> None:
        for _ in range(BURST + 2):
            log.info("%s is refused: %s", HOSTILE, "100% full")
            log.info("%(name)s came", {"name": HOSTILE})
            log.info("99% of nothing")
            log.info("a template that %s and %s do not fit", "x")

    text = logged(monkeypatch, do, log_format)
    harmless(text)
    counts = [line for line in text.splitlines() if "2 more such lines in 10 s, the last: " in line]
    assert len(counts) == 4, "the one that cannot be made, too"
    for line, end in zip(counts, (" is refused: 100% full", " came", "99% of nothing"), strict=False):
        assert end in line
        assert "%s" not in line
        assert "%(" not in line


# --- writing ----------------------------------------------------------------------------------------------------


class Unread:
    """A pipe that nobody reads, full."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.writing, False)
        try:
            while True:
                os.write(self.writing, b"x" * 1024)
        except BlockingIOError:
            pass
        os.set_blocking(self.writing, True)

    def read(self, until: bytes) -> bytes:
        """Read on until this comes."""
        data = b""
        os.set_blocking(self.reading, True)
        while until not in data:
            data += os.read(self.reading, 65_536)
        return data.lstrip(b"x")

    def close(self) -> None:
        os.close(self.reading)
        os.close(self.writing)


@pytest.fixture
def unread() -> Iterator[Unread]:
    pipe = Unread()
    yield pipe
    pipe.close()


def test_a_pipe_that_nobody_reads_holds_nobody_up_and_what_is_dropped_is_told(unread: Unread) -> None:
    with open(unread.writing, "w", closefd=False) as stream:
        writer = LogWriter(stream)
        writer.write("first")
        while writer._lines:  # the thread has it, and waits for a reader
            time.sleep(0.001)
        begun = time.monotonic()
        for i in range(3000):
            writer.write(f"{i:>1000}")
        assert time.monotonic() - begun < 5
        assert writer._dropped > 1000
        dropped = writer._dropped
        text = unread.read(b"in time\n").decode()
        assert text.startswith("first\n")
        assert f"{dropped} lines of the log were dropped here: nobody read them in time\n" in text
        assert writer._waiting < WAITING
        writer.write("last")
        assert b"last\n" in unread.read(b"last\n")
        writer.close()
        assert not writer._thread.is_alive()


def test_the_end_waits_for_a_reader_only_a_moment(unread: Unread) -> None:
    with open(unread.writing, "w", closefd=False) as stream:
        writer = LogWriter(stream)
        writer.write("last words")
        begun = time.monotonic()
        writer.close()
        assert time.monotonic() - begun < 5
        assert b"last words\n" in unread.read(b"last words\n"), "who reads late still gets them"
        writer._thread.join(PATIENCE)


def test_lines_keep_their_order_whoever_writes_them() -> None:
    stream = StringIO()
    writer = LogWriter(stream)

    def write(name: str) -> None:
        for i in range(500):
            writer.write(f"{name}{i}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    lines = stream.getvalue().splitlines()
    for name in "abc":
        assert [line for line in lines if line[0] == name] == [f"{name}{i}" for i in range(500)]


def test_without_a_standard_error_nothing_is_written_and_nothing_breaks() -> None:
    writer = LogWriter(None)
    writer.write("into the air")
    writer.close()
    assert not writer._thread.is_alive()


def test_a_server_whose_log_nobody_reads_plays_on_and_ends_when_it_is_told(unread: Unread) -> None:
    process = subprocess.Popen(
        command("serve", "snake", "--port", "0"), stdout=subprocess.PIPE, stderr=unread.writing, start_new_session=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(b":")[2])

        async def talk() -> None:
            for _ in range(20):  # each a line or two in the log
                ada = await Caller.call(port)
                await ada.hello("ada")
                tick = (await ada.state()).tick
                await ada.state(lambda s, tick=tick: s.tick > tick)  # type: ignore[misc]
                await ada.say(type="resync", table="Cell")
                await ada.say(type="leave")
                assert await ada.bye() == "left"
            assert fetch(port, "/healthz") == b"ok\n"
            ada = await Caller.call(port)
            await ada.hello("ada")
            process.send_signal(signal.SIGTERM)
            assert await ada.bye() == "shutdown"

        run(talk())
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
