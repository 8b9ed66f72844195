"""The thread of `tickwire.sync`: it runs the asyncio client, and hands over what came to the game loop's thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from tickwire.client import client as asynchronous
from tickwire.client.client import ClientEvent
from tickwire.client.seated import Claim
from tickwire.errors import CloseCode, ConnectionLost, RemoteProtocolError
from tickwire.wire.messages import PackedState, PlayerInfo, Pong, ServerMessage, State, Welcome

STATES_WAITING = 600  # for a loop that does not poll; past that they are dropped, and a full one is asked for
EVENTS_KEPT = 1000  # events that nobody asked for; the oldest go first
_GOODBYE = 2.0  # seconds that closing may take: the server's answer to our leave, and the thread's end
_OVER = (OSError, ValueError, ConnectionLost, RemoteProtocolError)  # what ends a connection without being our fault


@dataclass(frozen=True, slots=True)
class Taken:
    """What the thread hands over: all of one moment."""

    states: list[tuple[float, State | PackedState]]  # each with when it came
    heard: list[tuple[float, ServerMessage]]  # what else a stage wants to know
    others: list[ClientEvent]
    acked: int
    players: dict[int, PlayerInfo]
    ended: Exception | None


class Line:
    """The thread and what passes between it and the game loop. Holds no `Client`, so that a forgotten one can go."""

    def __init__(self, address: str, hello: dict[str, Any]) -> None:
        self._news = threading.Condition()  # guards all of these:
        self._client: asynchronous.Client | None = None
        self._states: list[tuple[float, State | PackedState]] = []
        self._heard: deque[tuple[float, ServerMessage]] = deque(maxlen=EVENTS_KEPT)
        self._others: deque[ClientEvent] = deque(maxlen=EVENTS_KEPT)
        self._skipping = False  # states, until a full one comes
        self._acked = 0
        self._players: dict[int, PlayerInfo] = {}
        self._ended: Exception | None = None
        self._calls: deque[tuple[str, tuple[Any, ...]]] = deque()  # that the thread has not made yet, in order
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._talk(address, hello))
        # A daemon, so that a program which forgets to close can end; `weakref.finalize` still closes in time.
        self._thread = threading.Thread(target=self._run, name=f"tickwire {address}", daemon=True)
        self._thread.start()

    # --- on the game loop's thread ---

    @property
    def ping(self) -> float | None:
        """The round trip in seconds."""
        return self._client.ping if self._client else None

    def silence(self, now: float) -> float:
        """Seconds since the server said anything."""
        return self._client.silence(now) if self._client else 0.0

    @property
    def traffic(self) -> tuple[int, int]:
        """Bytes received, and sent."""
        received, sent = self._client.traffic if self._client else (0, 0)
        return received, sent

    @property
    def claim(self) -> Claim:
        """What it takes to come back to the seat, once there was one."""
        assert self._client is not None
        if self._ended is not None and threading.current_thread() is not self._thread:
            self._thread.join(_GOODBYE)  # what was asked of it before is part of the claim
        return self._client.claim

    def welcome(self, wait: float | None) -> Welcome | None:
        """What the server said, or None if it has not by now. Raises why there will be none."""
        with self._news:
            self._news.wait_for(lambda: self._client or self._ended, wait)
            if self._client:
                return self._client.welcome
            if self._ended:
                raise self._ended.with_traceback(None)
            return None

    def take(self, wait: float) -> Taken:
        """What has come since the last call."""
        with self._news:
            if wait > 0:
                self._news.wait_for(lambda: self._states or self._others or self._ended, wait)
            # In a room that rests nothing else comes, with which pongs would be handed over.
            record = self._client.record if self._client else None
            while record and isinstance(record[0][1], Pong):
                self._heard.append(record.popleft())
            heard, others = list(self._heard), list(self._others)
            taken = Taken(self._states, heard, others, self._acked, self._players, self._ended)
            self._states = []
            self._heard.clear()
            self._others.clear()
            return taken

    def call(self, method: str, *arguments: Any) -> None:
        """Have the client's method called, soon. Raises if the connection is over."""
        if self._ended:
            raise self._ended.with_traceback(None)
        self._calls.append((method, arguments))
        try:
            self._loop.call_soon_threadsafe(self._call)
        except RuntimeError:  # the thread has just ended: the next poll says why
            self._keep_unsent()

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
            self._keep_unsent()
            self._end(ended)

    async def _talk(self, address: str, hello: dict[str, Any]) -> None:
        async with asynchronous.connect(address, **hello) as client:
            client.record = deque()
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
            self._others += [event for event in events if not isinstance(event, State | PackedState)]
            record = client.record
            while record:
                came, message = record.popleft()
                if isinstance(message, State | PackedState):
                    self._hand_over_state(client, came, message)
                else:
                    self._heard.append((came, message))
            self._acked, self._players = client.acked, dict(client.players)
            self._news.notify_all()

    def _hand_over_state(self, client: asynchronous.Client, came: float, state: State | PackedState) -> None:
        if state.full:
            self._skipping = False
            self._states.clear()  # it says all that they say
        elif len(self._states) >= STATES_WAITING and not self._skipping:
            self._skipping = True
            self._states.clear()
            client.resync()
        if not self._skipping:
            self._states.append((came, state))

    def _call(self) -> None:
        if self._client is None or not self._calls:
            return
        method, arguments = self._calls.popleft()
        try:
            getattr(self._client, method)(*arguments)
        except ConnectionLost:  # it ended meanwhile: the next poll says so
            self._calls.appendleft((method, arguments))
            self._keep_unsent()

    def _keep_unsent(self) -> None:
        """Inputs have their `seq` already, and the game loop was not told that they were not sent."""
        with self._news:
            while self._calls:
                method, arguments = self._calls.popleft()
                if method == "send" and self._client is not None:
                    self._client.keep_unsent(arguments[0])

    def _end(self, reason: Exception) -> None:
        with self._news:
            self._ended = self._ended or reason
            self._news.notify_all()
