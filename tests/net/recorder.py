"""The floor above a connection, as small as can be: it writes down what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from helpers import until

from tickwire.errors import RemoteProtocolError
from tickwire.net.connection import Link
from tickwire.net.http import HttpAnswers, Page
from tickwire.net.listener import Listener
from tickwire.net.origin import Origins
from tickwire.net.sieve import Intake
from tickwire.wire.codec import encode
from tickwire.wire.messages import Bye


class Recorder:
    """Writes down what connections tell; answers nothing, but says bye where a handler has to.

    Args:
        sieved: inputs are laid into a tray, which is emptied before anything else is written down.
    """

    def __init__(self, *, sieved: bool = False) -> None:
        self.tray: list[Any] | None = [] if sieved else None
        self.sieved = 0  # messages that lay in it
        self.open: list[Link] = []
        self.messages: list[bytes] = []
        self.errors: list[RemoteProtocolError] = []
        self.stalled: list[Link] = []
        self.gone: list[Link] = []
        self.on_message: Callable[[Link, bytes], None] = lambda link, payload: None

    @property
    def connections(self) -> int:
        return len(self.open)

    def all_messages(self) -> list[bytes]:
        """Those in the tray, too."""
        if self.tray:
            self.sieved += len(self.tray) // 2
            self.messages += self.tray[1::2]
            self.tray.clear()
        return self.messages

    def opened(self, link: Link) -> None:
        self.open.append(link)
        link.tray = self.tray

    def received(self, link: Link, payload: bytes) -> None:
        self.all_messages().append(payload)
        self.on_message(link, payload)

    def broke(self, link: Link, error: RemoteProtocolError) -> None:
        self.errors.append(error)
        link.write(link.dialect.frame(encode(Bye(str(error.code), str(error)), link.dialect.encoding)))
        link.finish()

    def blocked(self, link: Link) -> None:
        self.stalled.append(link)

    def closed(self, link: Link) -> None:
        self.open.remove(link)
        self.gone.append(link)

    @property
    def codes(self) -> list[str]:
        return [str(e.code) for e in self.errors]


PAGES = {
    "/": Page("text/html; charset=utf-8", b"<!doctype html><title>the page</title>"),
    "/tickwire.js": Page("text/javascript; charset=utf-8", b"export const version = 1;"),
}


class Listening:
    """A listener, what it heard, and where it is."""

    def __init__(self, listener: Listener, addresses: list[tuple[str, int]], heard: Recorder) -> None:
        self.listener = listener
        self.addresses = addresses
        self.port = addresses[0][1]
        self.heard = heard


@asynccontextmanager
async def listening(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    max_connections: int = 100,
    pages: Mapping[str, Page] = PAGES,
    live: Mapping[str, Callable[[], Page]] | None = None,
    sieved: bool = False,
    origins: Origins | None = None,
) -> AsyncIterator[Listening]:
    """A listener on a free port, with a recorder above it."""
    heard = Recorder(sieved=sieved)
    intake = Intake() if sieved else None
    listener = Listener(heard, HttpAnswers(pages, live or {}, origins), max_connections, intake=intake)
    addresses = await listener.start(host, port)
    try:
        yield Listening(listener, addresses, heard)
    finally:
        listener.stop_accepting()
        for link in list(heard.open):
            link.abort()
        await until(lambda: not heard.open)
        await listener.wait_closed()
