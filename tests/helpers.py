"""What several tests share: servers in this process and in their own, callers of every dialect, and waiting.

Nothing here sleeps for a fixed time: everything waits for a condition, and gives up after PATIENCE.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
import pytest
import uvloop

from tickwire import Entity, Game, Input, Player, Table, text, u16, u32
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.net import limits
from tickwire.net.connection import Link
from tickwire.net.http import Page
from tickwire.net.limits import Limit
from tickwire.net.stream import Reader
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.replication.states import RoomStates
from tickwire.room.lobby import Lobby
from tickwire.server import gateway, visits
from tickwire.server.app import Server
from tickwire.server.config import Config
from tickwire.server.gateway import Gateway
from tickwire.server.watch import SWEEP
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.framing import NATIVE_GREETING, Dialect, Header64Reader, LineReader, NativeReader
from tickwire.wire.messages import Bye, Error, PackedState, ServerMessage, State, Welcome

# Seconds that something which should come at once may take. No test passes by waiting so long: it is what a failure
# costs, and a machine on which others work may need most of it.
PATIENCE = 60.0
_A_TEST = 2 * PATIENCE  # that one whole asyncio test may take
_MOST = 64 * 1024 * 1024  # bytes of one message to a caller

_dialled: list[socket.socket] = []

T = TypeVar("T")
M = TypeVar("M")


def need(program: str) -> str:
    """The path of a program that not every machine has. Without it a test is skipped, but fails where CI=true."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found:
        return found
    words = f"{program} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)


def run(main: Coroutine[Any, Any, T], *, loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop) -> T:
    """Run an asyncio test: on uvloop, as the server does, unless it wants another loop."""

    async def guarded() -> T:
        async with asyncio.timeout(_A_TEST):
            return await main

    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(guarded())
    finally:
        while _dialled:  # a test that fails leaves its sockets open, which would fail the next one too
            _dialled.pop().close()


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait until a condition holds."""
    now = asyncio.get_running_loop().time
    deadline = now() + PATIENCE
    while not condition():
        if now() > deadline:
            raise AssertionError(f"this did not come about within {PATIENCE:g} s: {what or condition}")
        await asyncio.sleep(0.002)


def hold_up(seconds: float) -> None:
    """Hold the running loop up, as a slow game does. A loop in virtual time (`virtual_time.py`) has time pass."""
    getattr(asyncio.get_running_loop(), "advance", time.sleep)(seconds)


# --- games that do what they are told -------------------------------------------------------------------


class Do(Input):
    """Tell the game what to do."""

    what: str = "count"


class Mark(Entity):
    """What a player did."""

    player: u16
    count: u32 = 0
    at: u32 = 0


class Stage(Game):
    """A game that does what it is told; in every tick each mark changes."""

    tick_rate, seats = 100, 4
    inputs = Do
    marks: Table[Mark]
    mark_of: dict[int, int]

    def join(self, player: Player) -> None:
        self.mark_of[player.id] = self.marks.add(Mark(player.id)).id

    def leave(self, player: Player) -> None:
        self.marks.remove(self.mark_of.pop(player.id))

    def receive(self, player: Player, do: Do) -> None:
        match do.what:
            case "count":
                self.marks[self.mark_of[player.id]].count += 1
            case "raise":
                raise RuntimeError("the game was told to break")
            case "whisper":
                self.emit("whisper", to=player, by=player.id)
            case "shout":
                self.emit("shout", by=player.id)
            case "whisper, shout":
                self.emit("whisper", to=player, by=player.id)
                self.emit("shout", by=player.id)
            case "block":
                hold_up(0.3)

    def step(self) -> None:
        for mark in self.marks:
            mark.at = self.tick


class Quiet(Stage):
    """The same, but nothing changes by itself."""

    def step(self) -> None:
        pass


class Note(Entity):
    """A long text."""

    words: text


class Loud(Game):
    """States so large that a client that does not read is soon behind; `hush` ends it."""

    tick_rate, seats = 200, 4
    inputs = Do
    notes: Table[Note]
    hushed: bool

    def start(self) -> None:
        self.notes.add(Note(""))

    def receive(self, player: Player, do: Do) -> None:
        self.hushed = do.what == "hush"

    def step(self) -> None:
        if not self.hushed:
            for note in self.notes:
                note.words = f"{self.tick} " * 1000


class Library(Game):
    """A full state of 400 kB, in which nothing changes."""

    tick_rate, seats = 100, 4
    notes: Table[Note]

    def start(self) -> None:
        for i in range(100):
            self.notes.add(Note(f"{i:04}" * 1000))


def broken_in(method: str) -> type[Game]:
    """A game that raises in one of its methods; named after it."""

    def breaks(*_: object) -> None:
        raise RuntimeError(f"broken in {method}")

    return type("Broken", (Stage,), {method: breaks, "__module__": __name__})


# --- a server in this process ---------------------------------------------------------------------------


class Serving:
    """A whole server in this process, on real sockets, and the callers that came to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port = server.addresses[0][1]
        self.callers: list[Caller] = []

    @property
    def gateway(self) -> Gateway:
        return self.server._gateway

    @property
    def lobby(self) -> Lobby:
        return self.server._lobby

    @property
    def links(self) -> list[Link]:
        """The open connections, oldest first."""
        return list(self.gateway._peers)

    async def call(self, dialect: Dialect = Dialect.LINES, *, receive_buffer: int = 0) -> Caller:
        """Somebody connects."""
        caller = await Caller.call(self.port, dialect, receive_buffer=receive_buffer)
        self.callers.append(caller)
        return caller

    async def join(
        self, name: str, dialect: Dialect = Dialect.LINES, *, receive_buffer: int = 0, **more: Any
    ) -> Caller:
        """Somebody connects and takes a seat."""
        caller = await self.call(dialect, receive_buffer=receive_buffer)
        await caller.hello(name, **more)
        return caller

    def clock_ahead(self, seconds: float) -> None:
        """From now on the gateway's clock is so far ahead."""
        clock = self.gateway._clock
        self.gateway._clock = lambda: clock() + seconds

    def sweep_in(self, seconds: float) -> None:
        """What the gateway does about deadlines so many seconds from now; the server was not held up meanwhile."""
        clock = self.gateway._clock
        self.gateway._clock = lambda: clock() + seconds
        self.gateway._watch._last = clock() + seconds - SWEEP
        self.gateway.sweep()
        self.gateway._clock = clock


@asynccontextmanager
async def serving(*games: type[Game], pages: Mapping[str, Page] | None = None, **config: Any) -> AsyncIterator[Serving]:
    """A server of these games, on a free port. At the end the callers hang up first, so that nobody lingers."""
    specs: list[GameSpec] = [inspect_game(g) for g in games or (Stage,)]
    async with Server(Config(games=specs, port=0, **config), pages) as server:
        here = Serving(server)
        try:
            yield here
        finally:
            for caller in here.callers:
                caller.reset()


def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients send as much as they like, for a test of something else."""
    most = Limit(rate=1e9, first=1e9, saved=1e9, unit="")
    of_connections = (limits, ("MESSAGES", "FRAMES", "BYTES")), (gateway, ("CHAT", "CHAT_BYTES", "RESYNCS"))
    for module, names in (*of_connections, (visits, ("RETURNS", "VISITS"))):
        for name in names:
            monkeypatch.setattr(module, name, most)


def record_states(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ticks of the states that rooms make from now on. On a busy machine several ticks may share one."""
    ticks: list[int] = []
    capture = RoomStates.capture

    def recorded(states: RoomStates, tick: int) -> bool:
        ticks.append(tick)
        return capture(states, tick)

    monkeypatch.setattr(RoomStates, "capture", recorded)
    return ticks


# --- a caller of any dialect ----------------------------------------------------------------------------


def ws_frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, mask: bytes = b"\x5a\xa5\x0f\xf0"
) -> bytes:
    """One masked WebSocket frame, as a client sends it."""
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65_536:
        head += struct.pack(">BH", 0x80 | 126, len(payload))
    else:
        head += struct.pack(">BQ", 0x80 | 127, len(payload))
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
_WS_OPCODE = {Dialect.WS_JSON: TEXT, Dialect.WS_MSGPACK: BINARY}


def ws_request(*, path: str = "/ws", subprotocol: str | None = None) -> bytes:
    """The request of a WebSocket upgrade."""
    wanted = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{wanted}\r\n"
    ).encode()


class WsReader:
    """Bytes to WebSocket frames, as (opcode, payload)."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        self._buffer += data
        frames = []
        while (frame := self._take()) is not None:
            frames.append(frame)
        return frames

    def _take(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        assert buffer[0] & 0xF0 == 0x80, "a server sends whole frames without reserved bits"
        length, start = buffer[1], 2
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 15, buffer[start : start + length]


class Caller:
    """A client that reads only when a test asks it to, and so can be as slow as it likes.

    Attributes:
        heard: every message so far, in order.
        mirror: of the room's tables, since the welcome.
        close_frame: the payload of the WebSocket close frame, if one came.
        pongs: the payloads of WebSocket pongs.
        pings: the payloads of WebSocket pings; they are answered, unless `mute`.
    """

    def __init__(self, sock: socket.socket, dialect: Dialect) -> None:
        self.sock = sock
        self.dialect = dialect
        self.heard: list[ServerMessage] = []
        self.mirror: Mirror | None = None
        self.close_frame: bytes | None = None
        self.pongs: list[bytes] = []
        self.pings: list[bytes] = []
        self.mute = False
        self.welcome: Welcome | None = None
        self._waiting: deque[ServerMessage] = deque()
        self._readers: dict[Dialect, Reader] = {
            Dialect.LINES: LineReader(_MOST),
            Dialect.NATIVE: NativeReader(b"", _MOST),
            Dialect.HEADER64: Header64Reader(_MOST),
        }
        self._ws = WsReader()
        self._decoder = ServerMessageDecoder()
        self._encode: Callable[[Any], bytes] = (
            msgspec.json.encode if dialect.encoding is Encoding.JSON else msgspec.msgpack.encode
        )

    @classmethod
    async def call(
        cls, port: int, dialect: Dialect = Dialect.LINES, *, host: str = "127.0.0.1", receive_buffer: int = 0
    ) -> Caller:
        """Connect, and say what the dialect says first."""
        sock = await dial(port, host, receive_buffer=receive_buffer)
        caller = cls(sock, dialect)
        if dialect is Dialect.NATIVE:
            await caller.send(NATIVE_GREETING)
        elif dialect in _WS_OPCODE:
            await caller.send(ws_request(subprotocol=dialect.label))
            await caller._upgraded()
        return caller

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.get_running_loop().sock_sendall(self.sock, data)

    def framed(self, **message: Any) -> bytes:
        """A message as this dialect has it."""
        payload = self._encode(message)
        if self.dialect in self._readers:
            return self.dialect.frame(payload)
        return ws_frame(_WS_OPCODE[self.dialect], payload)

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.send(self.framed(**message))

    async def do(self, seq: int, what: str = "count") -> None:
        """Send an input of the games of this file."""
        await self.say(type="input", seq=seq, input={"type": "do", "what": what})

    async def hello(self, name: str, **more: Any) -> Welcome:
        """Take a seat."""
        await self.say(type="hello", name=name, **more)
        self.welcome = await self.expect(Welcome)
        return self.welcome

    @property
    def room(self) -> str:
        assert self.welcome is not None
        return self.welcome.room

    @property
    def player(self) -> int:
        assert self.welcome is not None
        return self.welcome.player

    @property
    def rows(self) -> dict[str, dict[int, tuple[Any, ...]]]:
        """All the rows of the mirror, by table."""
        assert self.mirror is not None
        return {name: dict(table.wire_rows()) for name, table in self.mirror.tables.items()}

    @property
    def states(self) -> list[State | PackedState]:
        """The states heard so far."""
        return [m for m in self.heard if isinstance(m, State | PackedState)]

    async def next(self) -> ServerMessage:
        """The next message.

        Raises:
            EOFError: the server closed the connection.
        """
        while not self._waiting:
            if not (data := await self.receive()):
                raise EOFError("the server closed the connection")
            self._take(data)
        message = self._waiting.popleft()
        self.heard.append(message)
        if isinstance(message, Welcome):
            self.mirror = Mirror(Schema.read(message.schema))
        elif isinstance(message, State | PackedState):
            assert self.mirror is not None
            assert self.mirror.apply(message) == []
        return message

    async def expect(self, kind: type[M], where: Callable[[M], object] = lambda _: True) -> M:
        """The next message of a kind; what comes before it is heard and passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.next()
                if isinstance(message, kind) and where(message):
                    return message
                if isinstance(message, Bye):
                    raise AssertionError(f"bye instead of {kind.__name__}: {message}")

    async def state(self, where: Callable[[State | PackedState], object] = lambda _: True) -> State | PackedState:
        """The next state."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.next()
                if isinstance(message, State | PackedState) and where(message):
                    return message

    async def refusal(self) -> str:
        """The code of the next error."""
        return (await self.expect(Error)).code

    async def bye(self) -> str:
        """The code of the bye, after which the connection ends."""
        code = (await self.expect(Bye)).code
        await self.ended()
        return code

    async def ended(self) -> None:
        """Wait for the end of the connection; whatever still comes is heard."""
        with suppress(EOFError, ConnectionResetError):
            while True:
                await self.next()

    async def receive(self) -> bytes:
        """What bytes come next; none at the end."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.get_running_loop().sock_recv(self.sock, 65_536)

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """Go without a word, as a client that is killed: the server sees a reset."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    async def _upgraded(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = await self.receive()
            assert data, f"the upgrade was refused: {head!r}"
            head += data
        head, _, rest = head.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        self._take(rest)

    def _take(self, data: bytes) -> None:
        payloads: list[bytes] = []
        if reader := self._readers.get(self.dialect):
            payloads += reader.feed(data)
        else:
            for opcode, payload in self._ws.feed(data):
                if self.close_frame is not None:
                    break  # nothing counts behind a close frame
                if opcode == CLOSE:
                    self.close_frame = payload
                elif opcode == PONG:
                    self.pongs.append(payload)
                elif opcode == PING:
                    self.pings.append(payload)
                    if not self.mute:
                        with suppress(OSError):  # the server may be gone by now
                            self.sock.send(ws_frame(PONG, payload))
                else:
                    assert opcode == _WS_OPCODE[self.dialect]
                    payloads.append(payload)
        self._waiting.extend(self._decoder.decode(p, self.dialect.encoding) for p in payloads)


async def dial(port: int, host: str = "127.0.0.1", *, receive_buffer: int = 0) -> socket.socket:
    """A connected socket that does not block."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    _dialled.append(sock)
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.get_running_loop().sock_connect(sock, (host, port))
    except BaseException:
        sock.close()  # who tries again and again would run out of files
        raise
    return sock


async def read_all(sock: socket.socket) -> bytes:
    """Everything that comes until the other side closes."""
    loop, data = asyncio.get_running_loop(), b""
    async with asyncio.timeout(PATIENCE):
        while chunk := await loop.sock_recv(sock, 65_536):
            data += chunk
    return data


# --- real processes -------------------------------------------------------------------------------------


def command(*arguments: str) -> list[str]:
    """The command `tickwire`, as it was installed with this Python."""
    return [str(Path(sys.executable).with_name("tickwire")), *arguments]


class ServerProcess:
    """A `tickwire` process in a session of its own.

    Attributes:
        port: where it listens, once `wait_listening` returned.
        printed: the lines of its standard output that were read.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._errors: IO[bytes] = tempfile.NamedTemporaryFile()  # noqa: SIM115  # closed in end()
        self.port = 0
        self.printed: list[str] = []
        self.process = subprocess.Popen(
            command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._rest = b""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_listening(self) -> None:
        """Wait until it is ready."""
        line = self.wait_line("listening on ")
        self.port = int(line.rpartition(":")[2])

    def wait_line(self, start: str) -> str:
        """The first line of its output that begins so."""
        deadline = time.monotonic() + PATIENCE
        while not (found := [p for p in self.printed if p.startswith(start)]):
            if not self._read() and (time.monotonic() > deadline or self.process.poll() is not None):
                self._read()
                if not any(p.startswith(start) for p in self.printed):
                    raise AssertionError(f"no line {start!r} in {self.printed}; it says: {self.errors()}")
            time.sleep(0.005)
        return found[0]

    def errors(self) -> str:
        """Its standard error so far."""
        # Opened anew: a seek on our own would move the place where the process writes.
        return Path(self._errors.name).read_text(errors="replace")

    def output(self) -> str:
        """Its standard output so far."""
        self._read()
        return "\n".join(self.printed)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit code, once it is over."""
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """End it, whatever it is doing."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE / 4)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()

    def rooms(self) -> dict[str, Any]:
        """What it tells at /api/rooms."""
        answer: dict[str, Any] = json.loads(fetch(self.port, "/api/rooms"))
        return answer

    def _read(self) -> bool:
        assert self.process.stdout is not None
        data = self.process.stdout.read() or b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.printed += [line.decode() for line in lines]
        return bool(data)


@contextmanager
def server_process(
    *arguments: str, port: int = 0, environment: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """`tickwire serve` with these arguments, ready; ended at the end of the block."""
    process = ServerProcess("serve", *arguments, "--port", str(port), environment=environment)
    try:
        process.wait_listening()
        yield process
    finally:
        process.end()


def fetch(port: int, path: str) -> bytes:
    """The body of a GET."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
        body: bytes = answer.read()
        return body
