"""`tickwire join` without an address: who is there, and which one shall it be?"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tickwire.client.address import DEFAULT_PORT
from tickwire.client.rooms import fetch_rooms
from tickwire.errors import ConnectionLost
from tickwire.faces.clean import clean, fit
from tickwire.invitation import shown
from tickwire.net.discovery import Announced, find

LOOPBACK = "127.0.0.1"
PROBE_TIMEOUT = 2.0  # seconds until a server counts as one that does not answer
_WIDTHS = (20, 24)  # cells of a server's name and of its games


@dataclass(frozen=True, slots=True)
class Choice:
    """A server that can be joined.

    Attributes:
        name: of the machine.
        address: what `tickwire join` takes.
        ping: the time that a connection took, in seconds: one round trip.
        games: what it serves; first the one that a client gets who names none.
        people: how many play there, bots not counted.
    """

    name: str
    address: str
    ping: float
    games: tuple[str, ...]
    people: int


async def look_around(
    interfaces: Sequence[str] | None, port: int = DEFAULT_PORT
) -> tuple[list[Choice], list[Announced]]:
    """Who can be joined, the nearest first; and who is announced, but does not answer.

    Args:
        interfaces: addresses of the interfaces to ask on; None for all.
        port: where a server on this very machine is looked for too, announced or not.
    """
    here = probe("this machine", LOOPBACK, port)
    announced, own = await asyncio.gather(_announced(interfaces), here)
    answers = await asyncio.gather(*(_quickest(server) for server in announced))
    choices = [choice for choice in answers if choice]
    # A server of this machine that announces itself is there twice; its address for others is worth more.
    twice = any(c and s.port == port and _is_ours(s.addresses) for s, c in zip(announced, answers, strict=True))
    if own and not twice:
        choices.append(own)
    choices.sort(key=lambda choice: choice.ping)
    return choices, [server for server, choice in zip(announced, answers, strict=True) if choice is None]


async def probe(name: str, host: str, port: int) -> Choice | None:
    """Ask a server what it serves and how many play there; None if no tickwire answers in time."""
    address = f"{shown(host)}:{port}"
    try:
        async with asyncio.timeout(PROBE_TIMEOUT):
            asked_at = time.perf_counter()
            _, writer = await asyncio.open_connection(host, port)
            ping = time.perf_counter() - asked_at
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        offer = await fetch_rooms(address, timeout=PROBE_TIMEOUT)
    except (OSError, ValueError, ConnectionLost):
        return None
    games = tuple(game.name for game in offer.games)
    return Choice(name, address, ping, games, sum(room.people for room in offer.rooms))


def listing(choices: Sequence[Choice], silent: Sequence[Announced]) -> str:
    """What was found, a line for each, numbered from 1."""
    lines = [""]
    for number, choice in enumerate(choices, 1):
        games = ", ".join(map(clean, choice.games))
        people = "1 player" if choice.people == 1 else f"{choice.people} players"
        name, games = fit(clean(choice.name), _WIDTHS[0]), fit(games, _WIDTHS[1])
        lines.append(f"  {number:2}  {name}  {games}  {people:>10}  {_milliseconds(choice.ping):>7}  {choice.address}")
    for server in silent:
        at = f"{shown(clean(server.addresses[0]))}:{server.port}" if server.addresses else "no address"
        name = fit(clean(server.name), _WIDTHS[0])
        lines.append(f"   -  {name}  does not answer at {at}; its firewall may be shut")
    return "\n".join([*lines, ""])


def ask(choices: Sequence[Choice]) -> Choice | None:
    """Let the person at the terminal pick one; None if they would rather not.

    Raises:
        EOFError, KeyboardInterrupt: as `input` does.
    """
    prompt = "  join which? [1] " if len(choices) > 1 else "  join it? [1] "
    while True:
        said = input(prompt).strip().lower()
        if said in ("q", "quit", "n", "no"):
            return None
        if said in ("", "y", "yes"):
            return choices[0]
        if said.isdecimal() and 1 <= int(said) <= len(choices):
            return choices[int(said) - 1]
        print(f"  a number from 1 to {len(choices)}, or q to leave")


def at_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


async def _announced(interfaces: Sequence[str] | None) -> list[Announced]:
    try:
        return await find(interfaces=interfaces)
    except OSError:
        return []  # no network; there may be a server on this machine all the same


async def _quickest(server: Announced) -> Choice | None:
    """What the server answers at the quickest of its addresses."""
    answers = await asyncio.gather(*(probe(server.name, host, server.port) for host in server.addresses))
    return min(filter(None, answers), key=lambda choice: choice.ping, default=None)


def _is_ours(hosts: Sequence[str]) -> bool:
    """Whether one of these is an address of this machine: only such a one can be bound."""
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.bind((host.partition("%")[0], 0))
                return True
        except OSError:
            continue
    return False


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.00095 else "<1 ms"
