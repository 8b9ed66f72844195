"""By which addresses friends on the network reach this machine, the most likely ones first."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

# Interfaces that lead to containers and virtual machines on this very machine, as Linux, macOS and Windows name them.
_INWARD = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxd", "cni", "podman", "bridge", "vethernet")
_INWARD_ANYWHERE = ("virtualbox", "vmware", "hyper-v", "wsl")
# Virtual private networks: friends in the same one reach it, the neighbour on the sofa does not.
_PRIVATE_NETWORK = ("tun", "tap", "utun", "wg", "zt", "tailscale", "ppp", "ipsec")


@dataclass(frozen=True, slots=True)
class LanAddress:
    """An address of this machine, and the name of the interface that has it."""

    host: str
    interface: str


def is_loopback(host: str) -> bool:
    """Whether only this machine gets to such a host.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "192.168.1.5", "ada.example")]
    [True, True, True, False, False, False]
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def every_address() -> str:
    """The host to listen on for all of this machine's addresses: "" for both kinds, if it has IPv6 at all."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
            return ""
    except OSError:
        return "0.0.0.0"


def answers(host: str, port: int) -> bool:
    """Whether some server listens there already; "" is any of this machine's addresses. Waits half a second at most."""
    try:
        socket.create_connection((host or "127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def lan_addresses(*, ipv6: bool = True) -> list[LanAddress]:
    """This machine's addresses for others, the useful ones first; those for its containers only if there is no other.

    Nothing is sent. Takes some milliseconds, most of them for importing ifaddr.
    """
    import ifaddr  # here, because a server that stays on loopback does without

    try:
        adapters = list(ifaddr.get_adapters())
    except OSError:
        return []
    found = [
        LanAddress(ip.ip if isinstance(ip.ip, str) else ip.ip[0], ip.nice_name)
        for adapter in adapters
        for ip in adapter.ips
    ]
    return ranked(found, _routed_address(), ipv6=ipv6)


def ranked(found: Iterable[LanAddress], routed: str | None, *, ipv6: bool = True) -> list[LanAddress]:
    """Those by which others can come in, the useful ones first.

    Args:
        found: every address of every interface.
        routed: the one from which this machine talks to the world, if it does.
        ipv6: whether IPv6 addresses count; of each interface the first, since the others are temporary ones.

    >>> ranked([LanAddress("172.17.0.1", "docker0"), LanAddress("192.168.1.5", "eth0")], None)
    [LanAddress(host='192.168.1.5', interface='eth0')]
    """
    usable: dict[LanAddress, tuple[int, int, int]] = {}
    with_ipv6: set[str] = set()
    for place, address in enumerate(found):
        ip = ipaddress.ip_address(address.host.partition("%")[0])
        if ip.is_loopback or ip.is_unspecified or ip.is_multicast:
            continue
        if ip.version == 6:
            # A link-local address needs the reader's own interface beside it: nothing to type off a screen.
            if not ipv6 or ip.is_link_local or address.interface in with_ipv6:
                continue
            with_ipv6.add(address.interface)
        usable[address] = (_remoteness(address, ip.is_link_local, routed), ip.version, place)
    best = sorted(usable, key=usable.__getitem__)
    outward = [address for address in best if usable[address][0] < _OWN_GUESTS]
    return outward or best


_OWN_GUESTS = 4


def _remoteness(address: LanAddress, link_local: bool, routed: str | None) -> int:
    interface = address.interface.lower()
    if interface.startswith(_INWARD) or any(word in interface for word in _INWARD_ANYWHERE):
        return _OWN_GUESTS
    if interface.startswith(_PRIVATE_NETWORK):
        return 2
    if link_local:
        return 3  # a cable between two machines, or an interface that found no network
    return 0 if address.host == routed else 1


def _routed_address() -> str | None:
    """From where this machine talks to the world. Connecting a datagram socket only looks a route up."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            host: str = probe.getsockname()[0]
            return host
    except OSError:
        return None
