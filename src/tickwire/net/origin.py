"""Whose web pages may talk to this server: what is held against other people's pages in a player's browser.

A page may open a WebSocket to any address, also to one that only the visitor's machine reaches, and the browser says in
`Origin` where the page came from (RFC 6455, section 10.2). And a page may have its own name resolve to such an address
(DNS rebinding); then page and server look like one origin, but the request's `Host` is a name that is not the server's.
Programs that are no browsers send no `Origin`, and are not held up.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

ANY = "*"
# scheme "://" host [ ":" port ], and nothing else: RFC 6454, section 6.1.
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?\Z")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_LOOPBACK_NAME = "localhost"  # RFC 6761, section 6.3: it and all names below it
# Names that nobody can register, which routers and mDNS give to machines of a network: RFC 6762, 8375, and by habit.
_LOCAL_NAMES = (".local", ".home.arpa", ".internal", ".lan")


class BadOrigin(ValueError):
    """Text that is no origin."""


class Origins:
    """The origins that are let in, and the names that this server goes by.

    Args:
        allowed: origins besides the server's own and the loopback's, as `https://games.example`, and `*` for all. The
            host of each is also a name of this server: a proxy in front may hand on the name that it was asked for.
        names: further names of this server, such as the one it listens by.

    Raises:
        BadOrigin: one of `allowed` is none.
    """

    def __init__(self, allowed: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        own = socket.gethostname().lower().rstrip(".")
        self._names = {own, own.partition(".")[0], f"{own.partition('.')[0]}.local", *(n.lower() for n in names if n)}
        self._allowed: set[str] = set()
        self.any = False
        for text in allowed:
            if text == ANY:
                self.any = True
            elif text == "null":  # files, and sandboxed frames of any page: only if it is asked for
                self._allowed.add(text)
            elif (origin := _normal(text)) is not None:
                self._allowed.add(origin)
                self._names.add(_host_of(origin))
            else:
                raise BadOrigin(f"{text!r} is no origin")

    def serves(self, host: str | None, local: str) -> bool:
        """Whether a request is meant for this server, and not for a page whose name was pointed at it.

        Args:
            host: of the request, without a port; None without a Host, which no browser leaves out.
            local: the address that the connection came in by.

        An address is always right: a page that has one as its own came from there. A name is right if it is ours, or
        one that only the network's own machines have. On a public address every name is: who can rebind a name to it
        can just as well connect to it.
        """
        if host is None or self.any:
            return True
        if _address(host) is not None:
            return True
        name = host.lower().removesuffix(".")
        if not all(name.split(".")) or _address(name) is not None:  # neither a name nor an address
            return False
        if _is_loopback(name) or name in self._names:
            return True
        at = _address(local)
        if at is None or at.is_loopback:
            return False
        return at.is_global or "." not in name or name.endswith(_LOCAL_NAMES)

    def admits(self, origins: list[str], host: str | None) -> bool:
        """Whether a page may talk to the server.

        Args:
            origins: the `Origin` lines of the request: none from programs that are no browsers.
            host: of the request, which `serves` has found right.
        """
        if not origins or self.any:
            return True
        if len(origins) > 1:
            return False
        if origins[0] in self._allowed:
            return True
        origin = _normal(origins[0])
        if origin is None:
            return False
        if origin in self._allowed:
            return True
        if not origin.startswith(("http://", "https://")):
            return False
        page = _host_of(origin)
        return _is_loopback(page) or (host is not None and page == host.lower().rstrip("."))


def origin_of(text: str) -> str:
    """What `--allow-origin` was given, in the one form that an origin has.

    Raises:
        BadOrigin: it is none.

    >>> origin_of("HTTPS://Games.Example:443")
    'https://games.example'
    """
    if text in (ANY, "null"):
        return text
    origin = _normal(text.removesuffix("/"))
    if origin is None:
        raise BadOrigin(f"{text!r} is no origin; give scheme and host, as in https://games.example, or *")
    return origin


def _normal(text: str) -> str | None:
    """An origin in the one form that all its spellings have; None if it is none."""
    found = _ORIGIN.match(text.lower())
    if found is None:
        return None
    scheme, host, port = found.groups()
    host = host.rstrip(".")
    if not host or (port is not None and not 0 < int(port) < 65_536) or (host[0] == "[" and _address(host) is None):
        return None
    return f"{scheme}://{host}" + (f":{int(port)}" if port and port != _DEFAULT_PORTS.get(scheme) else "")


def _host_of(origin: str) -> str:
    found = _ORIGIN.match(origin)
    assert found is not None
    return found[2]


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, if it is one; an IPv4 address that an IPv6 socket sees is one of IPv4."""
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    address = _address(host)
    if address is not None:
        return address.is_loopback
    return host == _LOOPBACK_NAME or (host.endswith(f".{_LOOPBACK_NAME}") and all(host.split(".")))
