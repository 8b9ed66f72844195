"""Which of a machine's addresses friends are told, and in which order."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from tickwire.net.addresses import LanAddress, every_address, is_loopback, lan_addresses, ranked

A_LAPTOP = [
    LanAddress("127.0.0.1", "lo"),
    LanAddress("::1", "lo"),
    LanAddress("172.17.0.1", "docker0"),
    LanAddress("172.18.0.1", "br-5f1c"),
    LanAddress("100.101.102.103", "tailscale0"),
    LanAddress("169.254.7.7", "eth1"),
    LanAddress("10.0.0.7", "eth0"),
    LanAddress("192.168.1.5", "wlan0"),
    LanAddress("fe80::1", "wlan0"),
    LanAddress("2001:db8::5", "wlan0"),
    LanAddress("2001:db8::a1b2", "wlan0"),
]


def _hosts(found: list[LanAddress], routed: str | None = None, *, ipv6: bool = True) -> list[str]:
    return [address.host for address in ranked(found, routed, ipv6=ipv6)]


def test_the_networks_that_people_share_come_first_and_containers_not_at_all() -> None:
    assert _hosts(A_LAPTOP, "192.168.1.5") == [
        "192.168.1.5",
        "10.0.0.7",
        "2001:db8::5",
        "100.101.102.103",
        "169.254.7.7",
    ]


def test_without_a_route_the_order_is_the_systems() -> None:
    assert _hosts(A_LAPTOP, ipv6=False) == ["10.0.0.7", "192.168.1.5", "100.101.102.103", "169.254.7.7"]


def test_containers_are_told_if_there_is_nobody_else() -> None:
    assert _hosts(A_LAPTOP[:4]) == ["172.17.0.1", "172.18.0.1"]


@pytest.mark.parametrize("name", ["vEthernet (WSL)", "VirtualBox Host-Only Network", "VMware Network Adapter VMnet8"])
def test_virtual_machines_of_windows_are_known_by_their_long_names(name: str) -> None:
    assert _hosts([LanAddress("172.20.0.1", name), LanAddress("192.168.1.5", "Wi-Fi")]) == ["192.168.1.5"]


def test_loopback_alone_lets_nobody_in() -> None:
    assert _hosts(A_LAPTOP[:2]) == []


def test_what_this_machine_really_has_can_be_bound_and_is_no_loopback() -> None:
    for address in lan_addresses():
        assert not ipaddress.ip_address(address.host).is_loopback
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind((address.host, 0))


def test_every_address_is_one_that_can_be_listened_on() -> None:
    host = every_address()
    assert host in ("", "0.0.0.0")
    family = socket.AF_INET6 if host == "" else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((host or "::", 0))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "::1%lo", "localhost"])
def test_loopback_is_known_in_all_its_spellings(host: str) -> None:
    assert is_loopback(host)
