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

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import msgspec

from tickwire.client import client as asynchronous
from tickwire.client.client import ClientEvent
from tickwire.errors import CloseCode, ConnectionLost, LocalProtocolError, RemoteProtocolError
from tickwire.game.contract import Input
from tickwire.ids import WATCHER
from tickwire.replication.mirror import Mirror, MirrorTable
from tickwire.replication.schema import Schema
from tickwire.wire.messages import PackedState, PlayerInfo, State, Welcome

STATES_WAITING = 600  # for a loop that does not poll; past that they are dropped, and a full one is asked for
_EVENTS_KEPT = 1000  # events that nobody asked for; the oldest go first
_GOODBYE = 2.0  # seconds that closing may take: the server's answer to our leave, and the thread's end
_OVER = (OSError, ValueError, ConnectionLost, RemoteProtocolError)  # what ends a connection without being our fault


class Client:
    """A seat in a room, and a mirror of the room's state. Made by `connect`; a context manager that closes itself.

    Everything but `close` belongs to one thread, the game loop's.

    Attributes:
        welcome: what the server said when it gave the seat.
        schema: the game's tables, look and controls.
        players: everyone in the room, by number.
        acked: the highest `seq` of our inputs that the tables include.
        ended: why the connection is over, or None while it lives.
    """

    def __init__(self, line: _Line, welcome: Welcome) -> None:
        self.welcome = welcome
        self.schema = Schema.read(welcome.schema)
        self.players: dict[int, PlayerInfo] = {p.player: p for p in welcome.players}
        self.acked = 0
        self.ended: Exception | None = None
        self._line = line
        self._mirror = Mirror(self.schema)
        self._seq = 0
        self._events: deque[ClientEvent] = deque(maxlen=_EVENTS_KEPT)
        # Called by close, when nobody holds this client any more, or at the interpreter's exit: whatever is first.
        self._closing = weakref.finalize(self, line.close)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def player(self) -> int:
        """Our number; 0 for a watcher."""
        return self.welcome.player

    @property
    def watching(self) -> bool:
        """Whether we only look on."""
        return self.welcome.player == WATCHER

    @property
    def room(self) -> str:
        """The room's code."""
        return self.welcome.room

    @property
    def token(self) -> str:
        """Takes this seat back after a lost connection."""
        return self.welcome.token

    @property
    def tables(self) -> dict[str, MirrorTable]:
        """The tables by name, as they were at the last `poll`."""
        return self._mirror.tables

    @property
    def tick(self) -> int:
        """The tick of the tables."""
        return self._mirror.tick

    @property
    def ping(self) -> float | None:
        """The round trip in seconds, or None until it was measured."""
        return self._line.ping

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
        for state in taken.states:
            # A state that makes no sense made none to the thread's client either, which has asked for a full one.
            with contextlib.suppress(RemoteProtocolError):
                self._mirror.apply(state)
        if self.ended is not None:
            raise self.ended.with_traceback(None)
        return bool(taken.states)

    def events(self) -> list[ClientEvent]:
        """What `poll` took in since the last call, but for states: who joined and left, chat, events, errors, bye."""
        events = list(self._events)
        self._events.clear()
        return events

    def send(self, input: Input | dict[str, Any]) -> int:
        """Ask the game for something; returns the input's `seq`. Does not wait.

        Args:
            input: one of the game's inputs, or the same as a dict with its `type`.

        Raises:
            LocalProtocolError: we are watching, or the game has no such input.
            ConnectionLost: the connection is over.
        """
        if self.watching:
            raise LocalProtocolError("a watcher sends no inputs; connect without watch=True to play")
        # A copy, which the caller cannot change any more before the thread has sent it.
        copied: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(input))
        _check_input(copied, self.schema.inputs)
        self._line.call("send", copied)
        self._seq += 1
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
        asynchronous.parse_address(address)  # a mistyped one is told here and now
        self._line = _Line(address, hello)
        self._client: Client | None = None

    def poll(self) -> Client | None:
        """The client if it is connected by now, None if that takes longer.

        Raises:
            ConnectionLost: as `connect` does.
        """
        welcome = self._line.welcome(0)
        if welcome is not None and self._client is None:
            self._client = Client(self._line, welcome)
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
) -> Client:
    """Take a seat on a server; waits until it is given. Close the client, or use it in a `with`, to leave it.

    Args:
        address: `host`, `host:port` or `[v6]:port`.
        name: what others see.
        game: which game, if not the server's first.
        room: a room's code, or "new"; None for any room with a free seat.
        token: of a seat to take back.
        watch: look on without a seat.

    Raises:
        ConnectionLost: nobody listens there, no answer came in time, or the server refused: then with its code.
        RemoteProtocolError: what answers there is no tickwire server.
        ValueError: the address has no valid port.
    """
    return Dialling(address, name=name, game=game, room=room, token=token, watch=watch).wait()


@dataclass(frozen=True, slots=True)
class _Taken:
    """What the thread hands over: all of one moment."""

    states: list[State | PackedState]
    others: list[ClientEvent]
    acked: int
    players: dict[int, PlayerInfo]
    ended: Exception | None


class _Line:
    """The thread and what passes between it and the game loop. Holds no `Client`, so that a forgotten one can go."""

    def __init__(self, address: str, hello: dict[str, Any]) -> None:
        self._news = threading.Condition()  # guards all of these:
        self._client: asynchronous.Client | None = None
        self._states: list[State | PackedState] = []
        self._others: deque[ClientEvent] = deque(maxlen=_EVENTS_KEPT)
        self._skipping = False  # states, until a full one comes
        self._acked = 0
        self._players: dict[int, PlayerInfo] = {}
        self._ended: Exception | None = None
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._talk(address, hello))
        # A daemon, so that a program which forgets to close can end; `weakref.finalize` still closes in time.
        self._thread = threading.Thread(target=self._run, name=f"tickwire {address}", daemon=True)
        self._thread.start()

    # --- on the game loop's thread ---

    @property
    def ping(self) -> float | None:
        return self._client.ping if self._client else None

    def welcome(self, wait: float | None) -> Welcome | None:
        """What the server said, or None if it has not by now. Raises why there will be none."""
        with self._news:
            self._news.wait_for(lambda: self._client or self._ended, wait)
            if self._client:
                return self._client.welcome
            if self._ended:
                raise self._ended.with_traceback(None)
            return None

    def take(self, wait: float) -> _Taken:
        """What has come since the last call."""
        with self._news:
            if wait > 0:
                self._news.wait_for(lambda: self._states or self._others or self._ended, wait)
            taken = _Taken(self._states, list(self._others), self._acked, self._players, self._ended)
            self._states = []
            self._others.clear()
            return taken

    def call(self, method: str, argument: Any) -> None:
        """Have the client's method called, soon. Raises if the connection is over."""
        if self._ended:
            raise self._ended.with_traceback(None)
        with contextlib.suppress(RuntimeError):  # the thread has just ended: the next poll says why
            self._loop.call_soon_threadsafe(self._call, method, argument)

    def close(self) -> None:
        """Leave, and wait for the thread; from any thread, even its own (where a collector may call it)."""
        self._end(ConnectionLost("this client is closed", CloseCode.LEFT))
        with contextlib.suppress(RuntimeError):  # its loop is closed already
            self._loop.call_soon_threadsafe(self._task.cancel)
        if threading.current_thread() is not self._thread:
            self._thread.join(_GOODBYE)

    # --- on the background thread ---

    def _run(self) -> None:
        ended: Exception = ConnectionLost("this client is closed", CloseCode.LEFT)
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except _OVER as error:
            ended = error if isinstance(error, ConnectionLost | RemoteProtocolError) else ConnectionLost(str(error))
        except Exception as error:  # a fault of ours: the game loop is where somebody sees it
            ended = error
        finally:
            with contextlib.suppress(Exception):
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._end(ended)

    async def _talk(self, address: str, hello: dict[str, Any]) -> None:
        async with asynchronous.connect(address, **hello) as client:
            with self._news:
                self._client, self._players = client, dict(client.players)
                self._news.notify_all()
            try:
                async for event in client.events():
                    # All that is there at once, so that `acked` belongs to the last state in it.
                    self._hand_over(client, [event, *client.take_events()])
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.uncancel()  # somebody closes: out of the block in the ordinary way, which tells the server
                return
            if client.ended is not None:
                self._end(client.ended)

    def _hand_over(self, client: asynchronous.Client, events: list[ClientEvent]) -> None:
        with self._news:
            for event in events:
                if isinstance(event, State | PackedState):
                    self._hand_over_state(client, event)
                else:
                    self._others.append(event)
            self._acked, self._players = client.acked, dict(client.players)
            self._news.notify_all()

    def _hand_over_state(self, client: asynchronous.Client, state: State | PackedState) -> None:
        if state.full:
            self._skipping = False
            self._states.clear()  # it says all that they say
        elif len(self._states) >= STATES_WAITING and not self._skipping:
            self._skipping = True
            self._states.clear()
            client.resync()
        if not self._skipping:
            self._states.append(state)

    def _call(self, method: str, argument: Any) -> None:
        if self._client is not None:
            with contextlib.suppress(ConnectionLost):  # it ended meanwhile: the next poll says so
                getattr(self._client, method)(argument)

    def _end(self, reason: Exception) -> None:
        with self._news:
            self._ended = self._ended or reason
            self._news.notify_all()


def _check_input(input: Any, inputs: dict[str, Any]) -> None:
    """The server checks it too, but its answer comes when the line that sent it is long past."""
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
