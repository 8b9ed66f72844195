"""Where a server is, as people write it: `localhost`, `192.168.1.5:5050`, or the link to a room."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

DEFAULT_PORT = 5050
_WEB_PORT = 80  # what a browser takes for a link without a port
_LOCAL = "127.0.0.1"


class Place(NamedTuple):
    """What an address or a link says.

    Attributes:
        host: a name or an address, without brackets.
        port: from 1 to 65535.
        room: the code of the room that a link leads to, in capitals, or None.
    """

    host: str
    port: int
    room: str | None

    @property
    def address(self) -> str:
        """The server without the room, as `HOST:PORT`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def link(self) -> str:
        """What a friend opens in a browser, or gives to `tickwire join`.

        >>> Place("::1", 5050, "K7QX").link
        'http://[::1]:5050/#K7QX'
        """
        return f"http://{self.address}/" + (f"#{self.room}" if self.room else "")


def parse_link(text: str) -> Place:
    """Read `HOST`, `HOST:PORT`, `[V6]:PORT`, each with or without `http://` before it and `/#ROOM` or `#ROOM` behind.

    >>> parse_link("http://example.org:5050/#k7qx"), parse_link("[::1]:80")
    (Place(host='example.org', port=5050, room='K7QX'), Place(host='::1', port=80, room=None))

    Raises:
        ValueError: this is no address; the message says what to write instead.
    """
    rest, _, fragment = text.strip().partition("#")
    scheme, separator, behind = rest.partition("://")
    if separator:
        if scheme.lower() not in ("http", "ws"):
            raise ValueError(f"{text!r} begins with {scheme}://; write http://HOST:PORT/#ROOM, or HOST:PORT")
        rest = behind
    rest = rest.partition("/")[0].partition("?")[0]
    host, port = rest, ""
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port.removeprefix(":")
    elif rest.count(":") == 1:
        host, _, port = rest.partition(":")
    if port and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError(f"{text!r} has no valid port; write HOST:PORT, as in localhost:{DEFAULT_PORT}")
    number = int(port) if port else _WEB_PORT if separator else DEFAULT_PORT
    return Place(host or _LOCAL, number, unquote(fragment).strip().upper() or None)


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of an address or a link.

    >>> parse_address("localhost"), parse_address("[::1]:80"), parse_address("http://localhost:8000/#K7QX")
    (('localhost', 5050), ('::1', 80), ('localhost', 8000))

    Raises:
        ValueError: as `parse_link`.
    """
    place = parse_link(address)
    return place.host, place.port
