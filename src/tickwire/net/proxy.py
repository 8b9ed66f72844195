"""A proxy that makes a good network bad: it forwards TCP through a conditioner each way. For trying by hand."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from tickwire.net.conditioner import Conditioner

READ = 65_536  # bytes taken from a socket at once
SOCKET_BUFFER = 32_768  # bytes; the kernel's own would hide megabytes behind the conditioner, and no link does that
_RST_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, of 0 s: closing sends a reset and drops what waits

log = logging.getLogger("tickwire.proxy")

Address = tuple[str, int]


class Proxy:
    """Listens, and forwards each connection to a target through two conditioners. An async context manager.

    Args:
        listen: host and port; port 0 takes a free one.
        target: host and port.
        conditioner: how each direction shall be; each connection gets two of its own, with seeds that follow from
            this one's.

    Attributes:
        address: where it listens, once it was entered.
        connections: how many are open.
    """

    def __init__(self, listen: Address, target: Address, conditioner: Conditioner) -> None:
        self.address = listen
        self.connections = 0
        self._target = target
        self._template = conditioner
        self._accepted = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Proxy:
        """Listen.

        Raises:
            OSError: the address cannot be listened on.
        """
        host, port = self.address
        self._server = await asyncio.start_server(self._accept, host, port)
        self.address = self._server.sockets[0].getsockname()[:2]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and break all connections."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._forward(reader, writer, self._accepted))
        self._accepted += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        """One connection, until both ways have ended or one broke."""
        writers = [writer]
        self.connections += 1
        try:
            there, back = await asyncio.open_connection(*self._target)
            writers.append(back)
            for each in writers:
                _keep_buffers_small(each)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(Way(self._conditioner(2 * number), reader, back).run())
                ways.create_task(Way(self._conditioner(2 * number + 1), there, writer).run())
            for each in writers:
                each.close()  # after what is still to be sent
        except* OSError as errors:  # a reset by the conditioner, or nobody at the target
            log.info("connection %d broke: %s", number, errors.exceptions)
            for each in writers:
                _abort(each)
        except* asyncio.CancelledError:
            for each in writers:
                _abort(each)
            raise
        finally:
            self.connections -= 1

    def _conditioner(self, number: int) -> Conditioner:
        return replace(self._template, seed=self._template.seed * 1_000_000 + number)


class Way:
    """One direction of one connection: what is read goes into the conditioner, what it gives is written."""

    def __init__(self, conditioner: Conditioner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conditioner = conditioner
        self._reader = reader
        self._writer = writer
        self._time = asyncio.get_running_loop().time
        self._pushed = asyncio.Event()
        self._popped = asyncio.Event()

    async def run(self) -> None:
        """Forward until the stream has ended.

        A socket that breaks is an end of its stream here, which travels like any other: the far side of a link learns
        of nothing but through the link.

        Raises:
            ConnectionResetError: the conditioner reset the connection.
        """
        async with asyncio.TaskGroup() as halves:
            halves.create_task(self._read())
            halves.create_task(self._write())

    async def _read(self) -> None:
        while True:
            while self._conditioner.full:  # not read: so the kernel's buffers fill, and the sender has to wait
                self._popped.clear()
                await self._popped.wait()
            try:
                data = await self._reader.read(READ)
            except OSError:
                data = b""
            self._conditioner.push(self._time(), data)
            self._pushed.set()
            if not data:
                return

    async def _write(self) -> None:
        while True:
            self._pushed.clear()
            for piece in self._conditioner.pop(self._time()):
                with contextlib.suppress(OSError):  # nobody there any more: what comes for them falls on the floor
                    await self._give(piece)
                if not piece:
                    return
            self._popped.set()
            await self._until(self._conditioner.next_at)

    async def _give(self, piece: bytes) -> None:
        if self._writer.is_closing():
            return
        if not piece:
            self._writer.write_eof()
            return
        self._writer.write(piece)
        # Each piece in a write of its own and the loop in between, so that small ones leave as such.
        await self._writer.drain()
        await asyncio.sleep(0)

    async def _until(self, time: float) -> None:
        """Wait for a time or for more to be pushed, which may bring the time nearer."""
        wait = None if time == math.inf else max(0.0, time - self._time())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._pushed.wait()


async def run_proxy(
    listen: Address,
    target: Address,
    conditioner: Conditioner,
    ready: Callable[[Address], None] = lambda address: None,
) -> None:
    """Run a proxy until cancelled: `tickwire proxy`.

    Args:
        listen: host and port; port 0 takes a free one.
        target: host and port.
        conditioner: how each direction shall be; its times are in seconds.
        ready: told where the proxy listens, once it does.

    Raises:
        OSError: the address cannot be listened on.
    """
    async with Proxy(listen, target, conditioner) as proxy:
        ready(proxy.address)
        await asyncio.Event().wait()


def _keep_buffers_small(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
    writer.transport.set_write_buffer_limits(high=SOCKET_BUFFER)


def _abort(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
    writer.transport.abort()
