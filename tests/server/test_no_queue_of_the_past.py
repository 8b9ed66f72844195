"""A link that stalls: what waits for it in the server, in user space and in the kernel, is bounded."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import sys

import pytest
from helpers import Loud, run, serving, until

from tickwire.net.connection import UNSENT
from tickwire.wire.codec import encode
from tickwire.wire.framing import Dialect

SIOCOUTQNSD = 0x894B  # of linux/sockios.h: bytes in the send queue that were never sent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is in a send queue")


def _unsent(sock: socket.socket) -> int:
    queued: int = struct.unpack("i", fcntl.ioctl(sock, SIOCOUTQNSD, b"\0" * 4))[0]
    return queued


@pytest.mark.parametrize("dialect", [Dialect.NATIVE, Dialect.LINES, Dialect.WS_MSGPACK])
def test_when_a_link_stalls_no_more_than_a_few_states_wait_for_it(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Loud) as server:
            slow = await server.join("slow", dialect, receive_buffer=2048)
            first = await slow.state()
            # A state says its tick again and again, and so is longer when that has more digits.
            longest = len(encode(first, dialect.encoding)) * (len("1000") + 1) // (len(str(first.tick)) + 1)
            (link,) = server.links
            sock: socket.socket = link.raw_send.__self__  # type: ignore[attr-defined]
            most = UNSENT + 2 * longest  # the kernel takes the write that reaches the mark
            await until(lambda: link.blocked, "a client that does not read makes bytes wait")
            tick = server.lobby.rooms[slow.room].tick
            while server.lobby.rooms[slow.room].tick < tick + 20:  # and it stays so, though states go on being made
                assert 0 < _unsent(sock) <= most
                assert link.waiting <= longest
                await asyncio.sleep(0.005)

    run(main())
