"""A client that takes a seat, answers pings, and says nothing: `client_in_namespace.py HOST PORT DIALECT GAME`."""

from __future__ import annotations

import asyncio
import sys

from helpers import Caller

from tickwire.wire.framing import Dialect


async def main(host: str, port: int, dialect: Dialect, game: str) -> None:
    caller = await Caller.call(port, dialect, host=host)
    await caller.hello(dialect.name.lower(), game=game)
    print("joined", flush=True)
    while data := await asyncio.get_running_loop().sock_recv(caller.sock, 65_536):
        caller._take(data)


if __name__ == "__main__":
    host, port, dialect, game = sys.argv[1:]
    asyncio.run(main(host, int(port), Dialect[dialect], game))
