"""What `tickwire serve` says once it listens: every way in, for oneself and for friends."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

from tickwire.net.addresses import LanAddress, is_loopback, lan_addresses

_EVERY_ADDRESS = ("0.0.0.0", "::")
_QUIET_ZONE = 2  # modules of light around the code; the standard's four are more than phones need on a screen
_URL_WIDTH = 28  # characters, the longest of IPv4; one of IPv6 stands out rather than move the others
_INK = "\x1b[38;5;16;48;5;231m"  # black on white whatever the terminal's theme: phones want dark on light
_PLAIN = "\x1b[0m"
_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def reachable(listening: Sequence[tuple[str, int]]) -> list[LanAddress]:
    """The addresses by which others on the network get to a server that listens here; none if it is only loopback."""
    hosts = [host for host, _ in listening]
    if any(host in _EVERY_ADDRESS for host in hosts):
        return lan_addresses(ipv6="::" in hosts)
    return [LanAddress(host, "") for host in hosts if not is_loopback(host)]


def invitation(
    listening: Sequence[tuple[str, int]],
    games: Sequence[str],
    lan: Sequence[LanAddress],
    *,
    announced: bool,
    kept: str = "not kept",
) -> str:
    """Every way in.

    Args:
        listening: where the server listens.
        games: what it serves.
        lan: the addresses for others, the best first; none if nobody else gets in.
        announced: whether `tickwire join` finds the server by itself.
        kept: where rooms are kept, in words.
    """
    host, port = listening[0]
    here = f"{shown('127.0.0.1' if host in _EVERY_ADDRESS else host)}:{port}"
    lines = [
        "",
        f"  games      {', '.join(games)}",
        f"  rooms      {kept}",
        f"  browser    http://{here}/",
        f"  terminal   tickwire join {here}",
        f'  netcat     nc {_netcat(here)}, then type {{"type":"hello","name":"ada"}}',
        *_for_friends(listening, lan, announced=announced),
        "  stop       Ctrl+C",
        "",
    ]
    return "\n".join(lines)


def _for_friends(listening: Sequence[tuple[str, int]], lan: Sequence[LanAddress], *, announced: bool) -> list[str]:
    port = listening[0][1]
    if not lan and not any(host in _EVERY_ADDRESS for host, _ in listening):
        return ["  network    only this machine gets in; serve with --lan for friends on your network"]
    if not lan:
        return ["  network    this machine is on no network; nobody else gets in for now"]
    urls = [url_of(address.host, port) for address in lan]
    notes = [f"({a.interface})" if a.interface else "" for a in lan]
    notes[0] = f"for friends on your network {notes[0]}"
    width = min(max(map(len, urls)), _URL_WIDTH)
    ways = [f"{url:{width}}   {note}".rstrip() for url, note in zip(urls, notes, strict=True)]
    typed = "tickwire join" if announced else f"tickwire join {shown(lan[0].host)}:{port}"
    ways.append(f"{typed:{width}}   in their terminal")
    labels = ["network", *[""] * (len(ways) - 1)]
    needs = f"must let in TCP port {port}" + (", and UDP port 5353 to be found" if announced else "")
    return [
        *(f"  {label:8}   {way}" for label, way in zip(labels, ways, strict=True)),
        f"  firewall   {needs}",
    ]


def qr_code(url: str) -> str:
    """An address as a QR code in half blocks, black on white, for a phone's camera.

    >>> print(len(qr_code("http://192.168.1.5:5050/").splitlines()))
    15
    """
    import segno  # here, because most servers show none

    code = segno.make(url, error="l", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=_QUIET_ZONE)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    return "\n".join(
        f"  {_INK}{''.join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))}{_PLAIN}"
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def shows_qr_codes(stream: TextIO) -> bool:
    """Whether a camera could read one here: it is a terminal, one that knows colours and blocks, and wide enough."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    try:
        "".join(_BLOCKS.values()).encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return shutil.get_terminal_size().columns >= 40


def print_invitation(
    listening: Sequence[tuple[str, int]],
    games: Sequence[str],
    lan: Sequence[LanAddress],
    *,
    announced: bool,
    kept: str = "not kept",
) -> None:
    """Say every way in on standard output, with a QR code if it is a terminal and a phone could get in."""
    print(invitation(listening, games, lan, announced=announced, kept=kept))
    if lan and shows_qr_codes(sys.stdout):
        url = url_of(lan[0].host, listening[0][1])
        print(f"{qr_code(url)}\n  a phone's camera opens {url}\n")
    sys.stdout.flush()


def url_of(host: str, port: int) -> str:
    """The address of the page."""
    return f"http://{shown(host)}:{port}/"


def shown(host: str) -> str:
    """A host as it stands before a colon and a port."""
    return f"[{host}]" if ":" in host else host


def _netcat(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{host.strip('[]')} {port}"
