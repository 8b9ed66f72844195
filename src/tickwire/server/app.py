"""The server, put together: start, run, stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import random
import secrets
import signal
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tickwire.errors import DataUnusable
from tickwire.ids import warm_up
from tickwire.net.connection import LINGER
from tickwire.net.http import HttpAnswers, Page
from tickwire.net.listener import Listener
from tickwire.net.origin import Origins
from tickwire.net.sieve import Intake
from tickwire.room.lobby import Lobby
from tickwire.room.room import Room
from tickwire.room.session import Sessions
from tickwire.server.config import Config
from tickwire.server.connections import Connections
from tickwire.server.echo import Echo
from tickwire.server.gateway import Gateway
from tickwire.server.hangs import Hangs
from tickwire.server.moderation import Moderation
from tickwire.server.runner import Runner

if TYPE_CHECKING:  # only a server that keeps rooms loads what writes a journal
    from tickwire.server.journaling import Journaling
    from tickwire.server.recovering import Recovered
    from tickwire.store.folder import DataFolder

GC_THRESHOLDS = (50_000, 20, 100)  # container objects made, and collections of each younger generation
TOKEN_BYTES = 16  # 128 random bits
_GOODBYES = 0.5 + LINGER  # seconds that clients get to read their bye when the server ends


class Server:
    """A running server. `async with` starts and stops it.

    Args:
        config: how it is to run.
        pages: the files that its web page consists of, by path.
    """

    def __init__(self, config: Config, pages: Mapping[str, Page] | None = None) -> None:
        self._config = config
        self._pages = pages or {}
        self.addresses: list[tuple[str, int]] = []

    async def __aenter__(self) -> Server:
        config = self._config
        loop = asyncio.get_running_loop()
        make = _room_class(config)
        recovered = self._open_data(loop, make)
        self._runner = Runner(loop, self._journaling)
        chance = random.Random(config.seed) if config.seed is not None else random.SystemRandom()
        self._lobby = Lobby(
            config.games,
            chance,
            bots=config.bots,
            seats=config.seats,
            tick_rate=config.tick_rate,
            seed=config.seed,
            grace=config.grace,
            max_rooms=config.max_rooms,
            max_rooms_each=config.max_rooms_each,
            make=make,
        )
        self._lobby.busy = lambda: self._runner.busy
        sessions = Sessions(lambda: secrets.token_urlsafe(TOKEN_BYTES))
        self._connections = Connections()
        intake = Intake()
        self._gateway = Gateway(
            self._lobby, sessions, loop.time, self._runner.run, self._connections, intake, self._journaling
        )
        self._gateway.input_came = Moderation(loop, self._runner.next_tick, intake).input_came
        self._gateway.later = loop.call_later
        self._echo = Echo(self._connections, raw=config.raw) if config.echoes else None
        self._listener = Listener(
            self._gateway,
            HttpAnswers(self._pages, self._live_pages(), Origins(config.allow_origins, [config.host])),
            config.max_connections,
            plain=self._echo,
            raw=config.raw,
            intake=intake,
        )
        try:
            self.addresses = await self._listener.start(config.host, config.port)
        except OSError:
            self._close_data()
            raise
        if recovered is not None:
            self._gateway.recover(recovered)
        self._runner.start(self._gateway)
        if self._journaling is not None:
            self._journaling.bring_to_rest = self._runner.bring_to_rest
            self._journaling.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """In this order: nobody new comes in, no tick is made, everybody is told, and given time to hear it."""
        self._listener.stop_accepting()
        self._runner.stop()
        self._gateway.shutdown()
        if self._echo is not None:
            self._echo.shutdown()
        with contextlib.suppress(TimeoutError):  # by then LINGER has aborted the last of them
            await asyncio.wait_for(self._connections.all_gone.wait(), _GOODBYES)
        await self._listener.wait_closed()
        self._close_data()

    def _open_data(self, loop: asyncio.AbstractEventLoop, make: type[Room]) -> Recovered | None:
        """Read what is kept, if anything is; nobody is let in meanwhile.

        Raises:
            DataUnusable: the folder is another server's, or cannot be read or written.
        """
        config = self._config
        self._folder: DataFolder | None = None
        self._journaling: Journaling | None = None
        if config.data is None:
            return None
        from tickwire.server.crashes import Crashes
        from tickwire.server.journaling import Journaling
        from tickwire.server.recovering import recover
        from tickwire.store.folder import CRASHES, DataFolder

        self._folder = DataFolder(config.data)
        try:
            recovered = recover(self._folder.log, {spec.name: spec for spec in config.games}, loop.time(), make)
        except OSError as error:
            self._folder.close()
            raise DataUnusable(f"{config.data} cannot be read: {error.strerror or error}") from None
        self._journaling = Journaling(
            loop,
            self._folder.log,
            recovered.reading,
            recovered.next_room,
            config.fsync,
            config.keep_seconds,
            config.keep_bytes,
            Crashes(config.data / CRASHES, self._folder.log),
        )
        return recovered

    def _close_data(self) -> None:
        if self._journaling is not None:
            self._journaling.stop()
        if self._folder is not None:
            self._folder.close()

    def _live_pages(self) -> dict[str, Callable[[], Page]]:
        return {
            "/healthz": lambda: Page("text/plain; charset=utf-8", b"ok\n"),
            "/api/rooms": lambda: Page("application/json", json.dumps(self._lobby.describe()).encode()),
        }


def _room_class(config: Config) -> type[Room]:
    if not config.strict:
        return Room
    from tickwire.room.strict import StrictRoom

    return StrictRoom


async def serve(
    config: Config,
    pages: Mapping[str, Page],
    ready: Callable[[list[tuple[str, int]]], None],
    *,
    parent: int | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM, SIGHUP or SIGQUIT; all of them say bye to everybody.

    Call it in the main thread. The handlers of these signals stay: what comes while the process ends changes nothing.
    A signal that comes while a rule hangs ends the process at once, with exit code 1 and no bye (`server.hangs`).

    Args:
        config: how.
        pages: the files of the web page.
        ready: called with the addresses once the server listens.
        parent: a file descriptor, the reading end of a pipe of which another process alone has the writing end: when
            that process ends, however it does, so does the server.

    Raises:
        OSError: the address cannot be listened on.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    hangs = Hangs(loop, stop.set)
    for number in _signals_to_end():
        signal.signal(number, hangs.on_signal)  # not the loop's own handlers, which wait for a rule that hangs
    if parent is not None:
        # A thread, since not every system can wait for a pipe among its sockets. A daemon: it may wait for ever.
        threading.Thread(target=_wait_for_end, args=(parent, hangs.ask), daemon=True).start()
    async with Server(config, pages) as server:
        hangs.start()
        ready(server.addresses)
        warm = loop.run_in_executor(None, warm_up)  # in a thread: clients may come already
        # What exists by now lives as long as the server: the collector need not look at it again. Rooms and
        # connections make few cycles, so it may look seldom: a collection in the middle of a tick is a late tick.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        await stop.wait()
        await warm
    hangs.close()


def _signals_to_end() -> list[signal.Signals]:
    """The signals that end the server, as far as the system has them.

    SIGHUP and SIGQUIT stay ignored where whoever started the server had them ignored: that is what `nohup` is for.
    SIGINT ends it even then. Shells ignore it for what a script starts in the background, but a server that does not
    heed `kill -INT` would only be killed, without a bye.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    found = [signal.Signals[name] for name in names if hasattr(signal, name)]
    kept = {n for n in found if n.name in ("SIGHUP", "SIGQUIT") and signal.getsignal(n) is signal.SIG_IGN}
    return [number for number in found if number not in kept]


def _wait_for_end(parent: int, ask: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        while os.read(parent, 1024):
            pass
    ask()
