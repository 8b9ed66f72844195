"""Connections that speak HTTP: requests are answered one after the other, until one becomes a WebSocket or the last.

Everything here ends by itself. A request must be whole within a deadline, a connection between two requests is kept for
a moment, and an answer that is not read is given up. Answers that wait count together, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

from tickwire.net.connection import LINGER, Handler
from tickwire.net.holdings import Holdings
from tickwire.net.http import HttpAnswers
from tickwire.net.request import Answer, BadRequest, Exchange, Request
from tickwire.net.sieve import Intake
from tickwire.net.upgrade import WS_PATH, Upgrades, begin

REQUEST_DEADLINE = 10.0  # seconds from the first byte of a request, or from connecting, to its last
KEEP_ALIVE = 5.0  # seconds between two requests: the page asks for the rooms every 2
AT_ONCE = 8  # requests that are answered, over all connections, before the rooms have their turn: some 2 ms
MAX_REQUESTS = 1000  # on one connection; then it has to wait its turn to connect like all others
STALLED = 10.0  # seconds in which the peer must have taken some of an answer that waits
SLOWEST = 4096  # bytes a second of an answer that the peer must take on the whole, beyond the first STALLED
MAX_WAITING = 32 * 1024 * 1024  # bytes of answers that wait, on all connections; past it the oldest of them is dropped

log = logging.getLogger("tickwire.listener")

_TIMEOUT = Answer.words(408, f"a request must be whole within {REQUEST_DEADLINE:g} s")


class Front:
    """What all HTTP connections of a server share.

    Args:
        answers: to what is no upgrade.
        handler: gets the messages of those that become WebSockets.
        plain: gets them instead from WebSockets that ask for no subprotocol. None: these speak JSON.
        intake: where the inputs of WebSockets are put, instead of being handed to `handler`; None if they are not.
        crowded: whether so many connections are open that none is kept for a next request.
    """

    def __init__(
        self,
        answers: HttpAnswers,
        handler: Handler,
        plain: Handler | None = None,
        intake: Intake | None = None,
        crowded: Callable[[], bool] = lambda: False,
    ) -> None:
        self.answers = answers
        self.upgrades = Upgrades(answers.origins, handler, plain, intake)
        self.crowded = crowded
        self.open: set[HttpProtocol] = set()
        self.waiting = Holdings(MAX_WAITING)
        self._turns: deque[HttpProtocol] = deque()  # those that may have a whole request, each once
        self._awake = False  # they are looked at soon

    def queue(self, protocol: HttpProtocol) -> None:
        """Let a connection look at its next request when its turn has come."""
        self._turns.append(protocol)
        self._wake()

    def _wake(self) -> None:
        if self._turns and not self._awake:
            self._awake = True
            asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        try:
            for _ in range(min(AT_ONCE, len(self._turns))):
                self._turns.popleft().turn()
        finally:
            self._awake = False
            self._wake()

    def stop(self) -> None:
        """Close all of them. What the kernel has taken of an answer is still sent."""
        for protocol in list(self.open):
            protocol.stop()


class HttpProtocol(asyncio.Protocol):
    """One connection that began with an HTTP request.

    Args:
        front: what it shares.
        sock: the accepted socket.
        opened_at: when it was accepted, in seconds of the loop's time.
    """

    def __init__(self, front: Front, sock: socket.socket, opened_at: float) -> None:
        self._front = front
        self._sock = sock
        self._began_at = opened_at  # when the request that is being read was begun
        self._loop = asyncio.get_running_loop()
        self._exchange = Exchange()
        self._timer: asyncio.TimerHandle | None = None
        self._blocked = False  # an answer waits for the peer
        self._due = False  # the next request is looked at as soon as others had their turn
        self._closing = False  # the last answer was written
        self._ended = False  # the peer sends no more
        self._answered = 0  # requests
        self._left = 0  # bytes of the answer that waited when it was last looked at
        self._give_up_at = 0.0  # when the whole of it must have been taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)  # so that the first byte that has to wait is told
        self._local = str((self._transport.get_extra_info("sockname") or ("",))[0])
        self._front.open.add(self)
        self._set_timer(max(0.001, self._began_at + REQUEST_DEADLINE - self._loop.time()), self._late)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        if self._closing:
            return
        if self._answered and self._exchange.idle:
            self._began_at = self._loop.time()
            self._set_timer(REQUEST_DEADLINE, self._late)
        self._exchange.feed(data)
        if self._blocked or self._due:
            self._transport.pause_reading()
        elif not self._exchange.in_body:
            self._queue()

    def eof_received(self) -> bool:
        """The peer sends no more, but may read: what it asked for is answered, and then it is over."""
        self._ended = True
        if self._closing and not self._blocked:
            return False
        return self._blocked or self._due

    def pause_writing(self) -> None:
        """The peer does not read as fast as it asks."""
        self._blocked = True
        self._left = self._transport.get_write_buffer_size()
        self._give_up_at = self._loop.time() + STALLED + self._left / SLOWEST
        self._front.waiting.hold(self, self._left, self.abort)
        self._set_timer(STALLED, self._check)

    def resume_writing(self) -> None:
        """The answer is on its way."""
        self._blocked = False
        self._front.waiting.hold(self, 0, self.abort)
        if self._closing:
            self._linger()
        elif not self._transport.is_closing():
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, one way or another."""
        self._forget()

    def stop(self) -> None:
        """Close. What the kernel has taken of an answer is still sent."""
        if self._blocked:
            self.abort()
        self._closing = True
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self._transport.abort()

    def turn(self) -> None:
        """Answer the next request, if it is whole."""
        self._due = False
        if self._blocked or self._closing or self._transport.is_closing():
            return
        self._transport.resume_reading()
        try:
            request = self._exchange.next()
        except BadRequest as error:
            self._send(Answer.words(error.status, str(error)), last=True)
            return
        if request is None:
            if self._ended:
                self._transport.close()
            return
        if request.path == WS_PATH and request.method in ("GET", "HEAD"):
            self._upgrade(request)
        else:
            self._send(self._answer(request))

    def _answer(self, request: Request) -> Answer:
        try:
            return self._front.answers(request, self._local)
        except Exception:  # a fault of ours, and no reason to leave the others waiting
            log.exception("a request could not be answered")
            return Answer.words(500, "the server could not answer; its log says why")

    def _send(self, answer: Answer, *, last: bool = False) -> None:
        self._answered += 1
        last = last or self._answered >= MAX_REQUESTS or self._front.crowded()
        self._transport.writelines(self._exchange.answer(answer, last=last))
        if not self._exchange.keeps:
            self._finish()
        elif not self._blocked:
            self._next()

    def _next(self) -> None:
        """What is next, when an answer is on its way."""
        if self._exchange.idle and not self._ended:
            self._transport.resume_reading()
            self._set_timer(KEEP_ALIVE, self._late)
            return
        self._began_at = self._loop.time()
        self._set_timer(REQUEST_DEADLINE, self._late)
        self._queue()

    def _queue(self) -> None:
        if not self._due:
            self._due = True
            self._front.queue(self)

    def _upgrade(self, request: Request) -> None:
        """Hand the connection over, with all that came behind the request."""
        protocol = self._front.upgrades.protocol(request, self._local, self._sock, self._began_at)
        if isinstance(protocol, Answer):
            self._send(protocol)
            return
        transport = self._transport
        self._forget()
        transport.pause_reading()  # uvloop looks at what kind of protocol it reads for when it begins to read
        transport.set_protocol(protocol)
        transport.resume_reading()
        begin(protocol, transport, request, self._exchange.rest)
        del self._exchange  # uvloop's transport keeps this protocol for as long as it lives, and h11's state with it
        if self._ended and not transport.is_closing():
            transport.close()

    def _finish(self) -> None:
        """Close behind the last answer. Half-closed, and still read from: see net.connection.Link.finish."""
        self._closing = True
        with contextlib.suppress(OSError, RuntimeError, NotImplementedError):
            self._transport.write_eof()
        if self._ended and not self._blocked:
            self._transport.close()
            return
        self._transport.resume_reading()
        if not self._blocked:
            self._linger()

    def _linger(self) -> None:
        self._set_timer(LINGER, self._transport.abort)

    def _late(self) -> None:
        """The deadline of a request is over, or the time that a connection is kept for the next one."""
        if self._due:  # it may be whole, and only wait for its turn
            self._set_timer(REQUEST_DEADLINE, self._late)
        elif self._exchange.idle:
            self._transport.close()
        else:
            self._send(_TIMEOUT, last=True)

    def _check(self) -> None:
        """Whether the peer takes the answer, and fast enough."""
        left, now = self._transport.get_write_buffer_size(), self._loop.time()
        if left >= self._left or now >= self._give_up_at:
            self.abort()
            return
        self._left = left
        self._front.waiting.hold(self, left, self.abort)
        self._set_timer(min(STALLED, self._give_up_at - now), self._check)

    def _set_timer(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._front.open.discard(self)
        self._front.waiting.hold(self, 0, self.abort)
