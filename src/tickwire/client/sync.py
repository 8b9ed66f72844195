"""The Python client for a loop without async, as pygame's.

One background thread runs the asyncio client; there is no second protocol. What comes is handed over and taken in by
`poll`, on the loop's own thread: between two polls nothing that the loop sees ever changes.

>>> from tickwire.sync import connect
>>> def main() -> None:
...     with connect("localhost:5050", name="ada", game="snake") as client:
...         while True:  # once a frame
...             client.poll()
...             client.send({"type": "turn", "heading": "up"})
...             for cell in client.tables["Cell"]:
...                 print(cell.x, cell.y, cell.owner)
"""

from __future__ import annotations

import contextlib
import heapq
import weakref
from collections import deque
from operator import itemgetter
from types import TracebackType
from typing import Any

import msgspec

from tickwire.client.address import parse_address
from tickwire.client.client import ClientEvent
from tickwire.client.line import EVENTS_KEPT, Line
from tickwire.client.seated import Claim, Seated, is_empty, show
from tickwire.client.stage import Stage
from tickwire.errors import LocalProtocolError, RemoteProtocolError
from tickwire.game.contract import Input
from tickwire.replication.schema import Schema
from tickwire.wire.messages import PackedState, ServerMessage, State, Welcome


class Client(Seated):
    """A seat in a room, and a mirror of the room's state. Made by `connect`; a context manager that closes itself.

    Everything but `close` belongs to one thread, the game loop's; the tables change in `poll`, and only then.

    Attributes:
        ended: why the connection is over, or None while it lives.
    """

    def __init__(self, line: Line, welcome: Welcome, seq: int = 0) -> None:
        super().__init__(welcome)
        self._seq = seq
        self.ended: Exception | None = None
        self._line = line
        self._events: deque[ClientEvent] = deque(maxlen=EVENTS_KEPT)
        # Called by close, when nobody holds this client any more, or at the interpreter's exit: whatever is first.
        self._closing = weakref.finalize(self, line.close)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def ping(self) -> float | None:
        """The round trip in seconds, or None until it was measured."""
        return self._line.ping

    def silence(self, now: float) -> float:
        """Seconds since the server said anything; where all is well less than 2, because each ping is answered.

        Args:
            now: seconds, on `time.perf_counter`.
        """
        return self._line.silence(now)

    @property
    def traffic(self) -> tuple[int, int]:
        """Bytes received, and sent."""
        return self._line.traffic

    @property
    def claim(self) -> Claim:
        """Takes this seat back, by `connect(..., resume=client.claim)`, after the connection was lost.

        Inputs that the server did not take are sent again then, each of them counts once, and lines of chat that were
        missed are heard.
        """
        return self._line.claim

    def poll(self, wait: float = 0) -> bool:
        """Take in what has come; returns whether the tables may have changed. Once a frame.

        Args:
            wait: seconds to wait for something to come; 0, as a game loop wants it, does not wait.

        Raises:
            ConnectionLost: the connection is over. What came before that was taken in first.
        """
        taken = self._line.take(wait)
        self._events += taken.others
        self.acked, self.players, self.ended = taken.acked, taken.players, taken.ended
        for came, message in heapq.merge(taken.heard, taken.states, key=itemgetter(0)):
            self._follow(came, message, self.stage)
        if self.ended is not None:
            raise self.ended.with_traceback(None)
        return bool(taken.states)

    def _follow(self, came: float, message: ServerMessage, stage: Stage | None) -> None:
        match message:
            case PackedState(tick, full) | State(tick, full):
                # One that makes no sense made none to the thread's client either, which has asked for a full one.
                with contextlib.suppress(RemoteProtocolError):
                    self._mirror.apply(message)
                    if stage is not None:
                        stage.state(came, tick, self._mirror.tables, full=full, empty=is_empty(message))
            case _ if stage is not None:
                show(stage, came, message)

    def events(self) -> list[ClientEvent]:
        """What `poll` took in since the last call, but for states: who joined and left, chat, events, errors, bye."""
        events = list(self._events)
        self._events.clear()
        return events

    def send(self, input: Input | dict[str, Any], tick: int | None = None, seen: float | None = None) -> int:
        """Ask the game for something; returns the input's `seq`. Does not wait.

        Args:
            input: one of the game's inputs, or the same as a dict with its `type`.
            tick: the one that it is meant for; None for the next.
            seen: the tick that is on the screen, with its fraction, for games that judge by it.

        Raises:
            LocalProtocolError: we are watching, or the game has no such input.
            ConnectionLost: the connection is over.
        """
        if self.watching:
            raise LocalProtocolError("a watcher sends no inputs; connect without watch=True to play")
        # A copy, which the caller cannot change any more before the thread has sent it.
        copied: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(input))
        _check_input(copied, self.schema)
        self._line.call("send", copied, tick, seen)
        self._seq += 1
        if self.stage is not None and tick is not None:
            self.stage.sent(self._seq, tick)
        return self._seq

    def chat(self, text: str) -> None:
        """Say something to the room. Does not wait.

        Raises:
            ConnectionLost: the connection is over.
        """
        self._line.call("chat", text)

    def close(self) -> None:
        """Give the seat up. From any thread, at any time, and any number of times; waits up to 2 s."""
        self._closing()


class Dialling:
    """A connection that is being made in the background, for loops that go on painting meanwhile. As `connect`."""

    def __init__(self, address: str, **hello: Any) -> None:
        parse_address(address)  # a mistyped one is told here and now
        self._line = Line(address, hello)
        self._seq = hello["resume"].seq if hello.get("resume") is not None else 0
        self._client: Client | None = None

    def poll(self) -> Client | None:
        """The client if it is connected by now, None if that takes longer.

        Raises:
            ConnectionLost: as `connect` does.
        """
        welcome = self._line.welcome(0)
        if welcome is not None and self._client is None:
            self._client = Client(self._line, welcome, self._seq)
        return self._client

    def wait(self) -> Client:
        """The client, once it is connected.

        Raises:
            ConnectionLost: as `connect` does.
        """
        try:
            self._line.welcome(None)
            client = self.poll()
            assert client is not None
            return client
        except BaseException:  # Ctrl+C, say: the thread shall not take a seat that nobody wants any more
            self._line.close()
            raise

    def cancel(self) -> None:
        """Leave it."""
        self._line.close()


def connect(
    address: str,
    *,
    name: str,
    game: str | None = None,
    room: str | None = None,
    token: str | None = None,
    watch: bool = False,
    resume: Claim | None = None,
) -> Client:
    """Take a seat on a server; waits until it is given. Close the client, or use it in a `with`, to leave it.

    Args:
        address: `host`, `host:port` or `[v6]:port`.
        name: what others see.
        game: which game, if not the server's first.
        room: a room's code, or "new"; None for any room with a free seat.
        token: of a seat to take back; its inputs are counted from 1 again then.
        watch: look on without a seat.
        resume: the `claim` of a client that lost its connection, in place of a token: to go on where it stopped.

    Raises:
        ConnectionLost: nobody listens there, no answer came in time, or the server refused: then with its code.
        RemoteProtocolError: what answers there is no tickwire server.
        ValueError: the address has no valid port.
    """
    return Dialling(address, name=name, game=game, room=room, token=token, watch=watch, resume=resume).wait()


def _check_input(input: Any, schema: Schema) -> None:
    """The server checks it too, but its answer comes when the line that sent it is long past."""
    inputs = schema.inputs
    kind = input.get("type") if isinstance(input, dict) else None
    fields = inputs.get(kind) if isinstance(kind, str) else None
    if not isinstance(fields, dict):
        raise LocalProtocolError(f"the game has no input {kind or input!r}; it has {', '.join(inputs)}")
    for name, value in input.items():
        if name == "type":
            continue
        if name not in fields:
            raise LocalProtocolError(f"the input {kind!r} has no {name!r}; it has {', '.join(fields) or 'no fields'}")
        allowed = fields[name].get("enum") if isinstance(fields[name], dict) else None
        if allowed is not None and value not in allowed:
            raise LocalProtocolError(f"{name} of {kind!r} is one of {', '.join(map(repr, allowed))}, not {value!r}")
    if missing := [name for name in schema.required.get(str(kind), ()) if name not in input]:
        raise LocalProtocolError(f"the input {kind!r} needs {', '.join(missing)}, too")
