"""What a server says when it listens: true addresses, and a code that a camera reads."""

from __future__ import annotations

import io
import re

import pytest
import segno

from tickwire.invitation import invitation, qr_code, reachable, shows_qr_codes
from tickwire.net.addresses import LanAddress, lan_addresses

HERE = [("127.0.0.1", 5050)]
EVERYWHERE = [("0.0.0.0", 5050), ("::", 5050)]
LAN = [LanAddress("192.168.1.5", "wlan0"), LanAddress("2001:db8::5", "wlan0")]


class _Screen(io.TextIOWrapper):
    """A stream that is a terminal, or not."""

    def __init__(self, encoding: str, *, terminal: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def _modules(code: str) -> list[list[int]]:
    """A printed code as a camera sees it: 1 where it is dark."""
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).removeprefix("  ") for line in code.splitlines()]
    return [[halves[c][half] for c in line] for line in lines for half in (0, 1)]


def test_on_loopback_it_says_how_to_let_friends_in() -> None:
    words = invitation(HERE, ["snake"], [], announced=False)
    assert "only this machine gets in; serve with --lan" in words
    assert "firewall" not in words


def test_on_the_network_every_address_is_told_the_best_first() -> None:
    words = invitation(EVERYWHERE, ["snake", "arena"], LAN, announced=True)
    assert words.index("http://192.168.1.5:5050/") < words.index("http://[2001:db8::5]:5050/")
    assert "snake, arena" in words
    assert "tickwire join 127.0.0.1:5050" in words
    assert re.search(r"^ +tickwire join +in their terminal$", words, re.MULTILINE)
    assert "must let in TCP port 5050, and UDP port 5353" in words
    assert len([line for line in words.splitlines() if line.startswith("  firewall")]) == 1


def test_a_server_that_is_not_announced_is_joined_by_its_address() -> None:
    words = invitation(EVERYWHERE, ["snake"], LAN, announced=False)
    assert "tickwire join 192.168.1.5:5050" in words
    assert "5353" not in words


def test_without_a_network_it_says_so() -> None:
    assert "on no network" in invitation(EVERYWHERE, ["snake"], [], announced=True)


def test_no_line_is_wider_than_a_small_terminal() -> None:
    long = [LanAddress("192.168.100.105", "wlan0"), LanAddress("2001:db8:aaaa:bbbb:cccc:dddd:eeee:5", "wlan0")]
    for lan, announced in ((long, True), (LAN, False), ([], True)):
        words = invitation([("0.0.0.0", 65535)], ["snake", "arena", "swarm", "chat"], lan, announced=announced)
        assert max(map(len, words.splitlines())) <= 80


def test_who_is_reached_where() -> None:
    assert reachable([("127.0.0.1", 1), ("::1", 1)]) == []
    assert reachable([("192.168.1.5", 1)]) == [LanAddress("192.168.1.5", "")]
    assert reachable([("0.0.0.0", 1)]) == lan_addresses(ipv6=False)
    assert reachable([("0.0.0.0", 1), ("::", 1)]) == lan_addresses()


@pytest.mark.parametrize("url", ["http://192.168.1.5:5050/", "http://[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535/"])
def test_the_code_is_the_address_dark_on_light_with_a_quiet_zone(url: str) -> None:
    seen = _modules(qr_code(url))
    matrix = [list(row) for row in segno.make(url, error="l", micro=False).matrix]
    side = len(matrix)
    assert [row[2:-2] for row in seen[2 : 2 + side]] == matrix
    around = [*seen[:2], *seen[2 + side :], *(row[:2] + row[-2:] for row in seen)]
    assert not any(map(any, around))
    assert side + 4 <= 40  # fits beside nothing else on a small terminal
    for line in qr_code(url).splitlines():
        assert line.startswith("  \x1b[38;5;16;48;5;231m")  # black on white, whatever the theme
        assert line.endswith("\x1b[0m")


def test_a_code_is_shown_only_where_a_camera_could_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    assert shows_qr_codes(_Screen("utf-8"))
    assert not shows_qr_codes(_Screen("utf-8", terminal=False))
    assert not shows_qr_codes(_Screen("ascii"))
    monkeypatch.setenv("COLUMNS", "30")
    assert not shows_qr_codes(_Screen("utf-8"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    assert not shows_qr_codes(_Screen("utf-8"))
