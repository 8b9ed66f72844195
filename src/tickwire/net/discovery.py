"""Finding each other: a server announces itself by multicast DNS (RFC 6762, 6763), a client asks who is there.

What is announced is where a server is and what it serves. How many play there and how far it is, whoever looks asks
the server itself. Whatever comes from the network was written by strangers: it is bounded here, and cleaned by whoever
shows it.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # zeroconf is imported where it is used: a server that stays on loopback does without
    from zeroconf import Zeroconf
    from zeroconf.asyncio import AsyncZeroconf

SERVICE_TYPE = "_tickwire._tcp.local."
SEARCH_TIME = 2.0  # seconds: clients ask at once and after a second; on Wi-Fi the first question is lost now and then
_DETAILS_TIMEOUT = 1000  # milliseconds for what an announcement leaves out; most bring everything along
_QUERY_AFTER = 1000  # milliseconds between the first and the second question
_MOST_SERVERS = 100  # that are looked at; more is no party but an attack
_MOST_ADDRESSES = 8  # of one server
_MOST_PROPERTY = 200  # bytes; with its name it must stay below 255 (RFC 6763, 6.1)
_MOST_NAME = 50  # bytes; a label holds 63, and what makes it unique comes behind
_UNIQUE = 4  # random bytes behind the name: two of 100 servers are alike in one of a million networks

log = logging.getLogger("tickwire.discovery")


@dataclass(frozen=True, slots=True)
class Announced:
    """A server as it announced itself.

    Attributes:
        name: of the server, as people read it; with a number if there are several of that name.
        addresses: its addresses, as it gave them.
        port: its one port.
        games: what it serves.
        version: of its tickwire.
    """

    name: str
    addresses: tuple[str, ...]
    port: int
    games: tuple[str, ...]
    version: str


async def announce(
    port: int,
    games: Sequence[str],
    version: str,
    addresses: Sequence[str],
    *,
    name: str | None = None,
    interfaces: Sequence[str] | None = None,
) -> None:
    """Announce a server until cancelled; then the announcement is withdrawn.

    Servers of one name, on one machine or on several, are announced apart. Where there is no network to announce on,
    that is logged and this returns.

    Args:
        port: where it listens.
        games: what it serves.
        version: of tickwire.
        addresses: by which others reach it.
        name: of the server as people read it, if not the machine's. It need not be unique.
        interfaces: addresses of the interfaces to announce on; None for all.
    """
    # In a thread: it takes a tenth of a second, in which rooms want their ticks.
    await asyncio.to_thread(importlib.import_module, "zeroconf.asyncio")
    from zeroconf import Error, ServiceInfo

    label, unique = _label(name or socket.gethostname().partition(".")[0]), secrets.token_hex(_UNIQUE)
    service = ServiceInfo(
        SERVICE_TYPE,
        f"{label}-{unique}.{SERVICE_TYPE}",
        port=port,
        parsed_addresses=list(addresses),
        properties={"name": label, "games": _joined(games), "version": version},
        # Not the machine's own name: another program may answer for that, with other addresses.
        server=f"tickwire-{unique}.local.",
    )
    try:
        zeroconf = _multicast(interfaces)
        try:
            # Both names are unique by themselves, so nobody is asked whether they are free (RFC 6762, 8.1). The answer
            # would be sent to one address and port; the programs that share them on a machine (avahi, a second server)
            # get it by the kernel's choice, and a server that does not hear it takes a name that is taken.
            await (await zeroconf.async_register_service(service, cooperating_responders=True))
            log.info("announced on the network as %s", label)
            await asyncio.get_running_loop().create_future()  # until cancelled
        finally:
            await zeroconf.async_close()  # which says goodbye
    except (OSError, Error) as error:
        log.warning("cannot announce this server (%s); friends join by its address", error or type(error).__name__)


async def find(*, seconds: float = SEARCH_TIME, interfaces: Sequence[str] | None = None) -> list[Announced]:
    """The servers that are announced on the network. Cancelling is safe.

    Args:
        seconds: how long to listen. Servers answer within a tenth of a second if the question reaches them.
        interfaces: addresses of the interfaces to ask on; None for all.

    Raises:
        OSError: there is no network to ask on.
    """
    from zeroconf import DNSQuestionType, ServiceStateChange
    from zeroconf.asyncio import AsyncServiceBrowser

    network = _multicast(interfaces)
    looks: dict[str, asyncio.Task[Announced | None]] = {}

    # zeroconf calls this by keywords.
    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change is ServiceStateChange.Removed:
            if look := looks.pop(name, None):
                look.cancel()
        elif name not in looks and len(looks) < _MOST_SERVERS:
            looks[name] = asyncio.ensure_future(_look(zeroconf, name))

    browser = AsyncServiceBrowser(
        network.zeroconf,
        SERVICE_TYPE,
        handlers=[changed],
        delay=_QUERY_AFTER,
        # Never to us alone: such an answer goes to one of the programs of this machine that share the port.
        question_type=DNSQuestionType.QM,
    )
    try:
        await asyncio.sleep(seconds)
        await browser.async_cancel()
        done = await asyncio.gather(*looks.values(), return_exceptions=True)
        found = {label: server for label, server in zip(looks, done, strict=True) if isinstance(server, Announced)}
        return _numbered(found[label] for label in sorted(found, key=lambda label: (found[label].port, label)))
    finally:
        for look in looks.values():
            look.cancel()
        await network.async_close()


async def _look(zeroconf: Zeroconf, name: str) -> Announced | None:
    """What a server announced of itself."""
    from zeroconf import DNSQuestionType, IPVersion
    from zeroconf.asyncio import AsyncServiceInfo

    info = AsyncServiceInfo(SERVICE_TYPE, name)
    if not await info.async_request(zeroconf, _DETAILS_TIMEOUT, DNSQuestionType.QM) or not info.port:
        return None
    properties = info.decoded_properties
    return Announced(
        properties.get("name") or name.removesuffix(f".{SERVICE_TYPE}"),
        tuple(info.parsed_scoped_addresses(IPVersion.All)[:_MOST_ADDRESSES]),
        info.port,
        tuple(filter(None, (properties.get("games") or "").split(","))),
        properties.get("version") or "",
    )


def _numbered(servers: Iterable[Announced]) -> list[Announced]:
    """The servers, in this order; those after the first of a name get a number behind it."""
    named: dict[str, Announced] = {}
    counts: dict[str, int] = {}
    for server in servers:
        name = server.name
        while name in named:
            counts[server.name] = counts.get(server.name, 1) + 1
            name = f"{server.name}-{counts[server.name]}"
        named[name] = replace(server, name=name)
    return list(named.values())


def _label(name: str) -> str:
    """A name that fits into a label of DNS; a dot would be read as the end of it."""
    name = "".join(c if c.isprintable() and c != "." else "-" for c in name) or "tickwire"
    return name.encode()[:_MOST_NAME].decode(errors="ignore")


def _joined(games: Sequence[str]) -> str:
    """As many of the games as fit into a property."""
    kept = list(games)
    while len(",".join(kept).encode()) > _MOST_PROPERTY:
        kept.pop()
    return ",".join(kept)


def _multicast(interfaces: Sequence[str] | None) -> AsyncZeroconf:
    """Multicast DNS over IPv4, which every home network has; addresses of both kinds travel in it.

    Raises:
        OSError: there is no network.
    """
    from zeroconf import Error, InterfaceChoice, IPVersion
    from zeroconf.asyncio import AsyncZeroconf

    for host in interfaces or ():  # zeroconf would find a wrong one out too, but leave a socket open
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((host, 0))
    chosen = list(interfaces) if interfaces else InterfaceChoice.All
    try:
        return AsyncZeroconf(interfaces=chosen, ip_version=IPVersion.V4Only)
    except (RuntimeError, Error) as error:
        raise OSError(str(error) or "no network") from error
