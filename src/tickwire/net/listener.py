"""The one port: accept, look at the first byte without taking it, and hand the socket to the right dialect."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import errno
import logging
import socket
from collections.abc import Coroutine
from typing import Any

from tickwire.errors import CloseCode
from tickwire.net.connection import Handler, prepare_socket
from tickwire.net.front import Front, HttpProtocol
from tickwire.net.http import HttpAnswers
from tickwire.net.sieve import Intake
from tickwire.net.stream import RawProtocol, StreamProtocol
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.framing import Dialect, frame_line
from tickwire.wire.messages import Bye
from tickwire.wire.sniff import Greeting, sniff

HELLO_DEADLINE = 10.0  # seconds from accept to an accepted hello, in total: a byte now and then does not extend it
BACKLOG = 4096  # connections that may wait for accept: a whole server's players come back at once after a restart
_ACCEPTS_AT_ONCE = 16  # then the rooms get their turn
_SWEEP = 10e-6  # seconds, times those open, between two looks for closed ones: a flood of refused ones costs little
_OUT_OF_FILES = 0.1  # seconds until accept is tried again when there are no file descriptors left

_DIALECTS = {
    Greeting.LINES: Dialect.LINES,
    Greeting.NATIVE: Dialect.NATIVE,
    Greeting.HEADER64: Dialect.HEADER64,
}

_HOW_TO_START = 'start with {"type":"hello","name":"..."} on a line, or open this address in a browser'

_SHOWN = 12  # bytes of a beginning that no dialect has

log = logging.getLogger("tickwire.listener")


class Listener:
    """Listens on all addresses of a host.

    Args:
        handler: gets the connections.
        answers: to plain HTTP requests; its origins are also those whose pages may open WebSockets.
        max_connections: what comes beyond that is told so and closed.
        plain: gets, instead of `handler`, the connections whose messages are none of ours: the WebSockets that ask for
            no subprotocol. None: these speak JSON.
        raw: all connections are such, of unframed text; nobody looks at their first byte.
        intake: where the inputs of WebSockets are put, instead of being handed to `handler`; None if they are not.
    """

    def __init__(
        self,
        handler: Handler,
        answers: HttpAnswers,
        max_connections: int,
        *,
        plain: Handler | None = None,
        raw: bool = False,
        intake: Intake | None = None,
    ) -> None:
        self._handler = handler
        self._max = max_connections
        self._raw = plain if raw else None
        self._front = Front(answers, handler, plain, intake, self._crowded)
        self._loop = asyncio.get_running_loop()
        self._listening: list[socket.socket] = []
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}  # accepted, and nothing came yet
        self._handing_over: set[asyncio.Task[Any]] = set()
        self._accepted: set[socket.socket] = set()  # open ones, and closed ones that nobody has swept out yet
        self._swept_at = float("-inf")

    async def start(self, host: str, port: int) -> list[tuple[str, int]]:
        """Listen; returns the addresses, all with the same port.

        Raises:
            OSError: the port is in use, or the host is not one of this machine's.
        """
        found = await self._loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, kind, protocol, _, address in dict.fromkeys(found):
                sock = socket.socket(family, kind, protocol)
                self._listening.append(sock)
                sock.setblocking(False)
                _take_alone(sock)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
                sock.bind((address[0], port, *address[2:]))
                sock.listen(BACKLOG)
                port = sock.getsockname()[1]
        except OSError:
            self.stop_accepting()
            raise
        for sock in self._listening:
            self._loop.add_reader(sock, self._accept, sock)
        return [sock.getsockname()[:2] for sock in self._listening]

    def stop_accepting(self) -> None:
        """Close the listening sockets, and the connections that never said anything or speak plain HTTP."""
        for sock in self._listening:
            self._loop.remove_reader(sock)
            sock.close()
        self._listening.clear()
        for sock in list(self._silent):
            self._forget_silent(sock)
            sock.close()
        self._front.stop()

    async def wait_closed(self) -> None:
        """Wait until those that `stop_accepting` closed are gone, which takes no longer than the loop's next turns."""
        while self._front.open or self._handing_over:  # noqa: ASYNC110  # once, when the server ends
            await asyncio.sleep(0.001)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_ACCEPTS_AT_ONCE):
            try:
                sock, _ = listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    raise
                log.warning("out of file descriptors: raise the limit (ulimit -n) to let more players in")
                self._loop.remove_reader(listening)
                self._loop.call_later(_OUT_OF_FILES, self._accept_again, listening)
                return
            prepare_socket(sock)
            if self._full():
                self._refuse(sock, CloseCode.FULL, "the server is full; try again later")
                continue
            self._accepted.add(sock)
            if self._raw is not None:
                self._connect(sock, RawProtocol(self._raw, sock, self._loop.time()))
            else:
                self._peek(sock, self._loop.time())

    def _full(self) -> bool:
        """Whether as many are open as may be, whatever they have said yet."""
        return self._at_least(self._max)

    def _crowded(self) -> bool:
        """Whether places are short: then none is kept for an HTTP client that may or may not ask again."""
        return self._at_least(self._max / 2)

    def _at_least(self, count: float) -> bool:
        """Whether so many connections are open."""
        if len(self._accepted) >= count and self._loop.time() - self._swept_at >= _SWEEP * self._max:
            self._swept_at = self._loop.time()
            self._accepted = {sock for sock in self._accepted if sock.fileno() != -1}
        return len(self._accepted) >= count

    def _accept_again(self, listening: socket.socket) -> None:
        if listening in self._listening:
            self._loop.add_reader(listening, self._accept, listening)

    def _peek(self, sock: socket.socket, opened_at: float) -> None:
        """Look at the first byte, now or when it comes."""
        try:
            first = sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            if sock not in self._silent:
                left = opened_at + HELLO_DEADLINE - self._loop.time()
                self._silent[sock] = self._loop.call_later(max(left, 0), self._give_up, sock)
                self._loop.add_reader(sock, self._peek, sock, opened_at)
            return
        except OSError:
            first = b""
        self._forget_silent(sock)
        if not first:
            sock.close()
            return
        self._hand_over(sock, sniff(first), opened_at)

    def _hand_over(self, sock: socket.socket, greeting: Greeting, opened_at: float) -> None:
        protocol: asyncio.BaseProtocol
        if greeting is Greeting.HTTP:
            protocol = HttpProtocol(self._front, sock, opened_at)
        elif greeting in _DIALECTS:
            protocol = StreamProtocol(self._handler, sock, _DIALECTS[greeting], opened_at)
        else:
            self._refuse(sock, CloseCode.UNKNOWN_DIALECT, _how_to_start(sock))
            return
        self._connect(sock, protocol)

    def _connect(self, sock: socket.socket, protocol: asyncio.BaseProtocol) -> None:
        self._keep(self._loop.connect_accepted_socket(lambda: protocol, sock))

    def _keep(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run it to its end; the loop itself holds tasks only weakly."""
        task = self._loop.create_task(coroutine)
        self._handing_over.add(task)
        task.add_done_callback(self._handed_over)

    def _handed_over(self, task: asyncio.Task[Any]) -> None:
        self._handing_over.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The peer went away between accept and now; there is nobody to tell.
            log.debug("a connection was lost while it was handed over: %s", error)

    def _give_up(self, sock: socket.socket) -> None:
        """The deadline passed and nothing came."""
        self._forget_silent(sock)
        self._refuse(sock, CloseCode.NO_HELLO, f"no hello came within {HELLO_DEADLINE:g} s")

    def _forget_silent(self, sock: socket.socket) -> None:
        timer = self._silent.pop(sock, None)
        if timer is not None:
            timer.cancel()
            self._loop.remove_reader(sock)

    def _refuse(self, sock: socket.socket, code: CloseCode, words: str) -> None:
        """One line to whoever it is, and close. It fits the empty send buffer, so nobody has to wait for it."""
        line = f"{words}\n".encode() if self._raw else frame_line(encode(Bye(code, words), Encoding.JSON))
        with contextlib.suppress(OSError):
            peer = sock.getpeername()
            log.info("%s is refused: %s", peer, words, extra={"source": peer[0]})
        with contextlib.suppress(OSError):
            # What the peer sent is taken off first: closing over unread input would reset the connection.
            sock.recv(65_536)
        with contextlib.suppress(OSError):
            sock.send(line)
            sock.shutdown(socket.SHUT_WR)
        sock.close()


def _how_to_start(sock: socket.socket) -> str:
    """What is wrong with how a connection began, and how it should begin."""
    with contextlib.suppress(OSError):
        began = sock.recv(_SHOWN, socket.MSG_PEEK)
        if began[:1] == b"\x16":
            return f"this port speaks no TLS; connect without it, by http:// or ws://, or {_HOW_TO_START}"
        if began.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return f"this is UTF-16; send UTF-8, and {_HOW_TO_START}"
        return f"{repr(began)[1:]} is no beginning; {_HOW_TO_START}"
    return _HOW_TO_START


def _take_alone(sock: socket.socket) -> None:
    """Let a server have its port again at once after its end, and nobody else have it meanwhile."""
    # On Windows SO_REUSEADDR means that two servers may listen on one port, and this one that they may not. Untried
    # there; a port is free at once after its server's end on Windows anyway.
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)
