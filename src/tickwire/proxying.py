"""`tickwire proxy`: a bad network between clients and a server, to try a game in."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from tickwire.failing import fail
from tickwire.invitation import shown


def proxy(
    listen: Annotated[str, typer.Argument(metavar="LISTEN", help="HOST:PORT to listen on.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="HOST:PORT of the server.")],
    delay: Annotated[float, typer.Option(min=0, help="Milliseconds each way.")] = 0,
    jitter: Annotated[float, typer.Option(min=0, help="Milliseconds more or less.")] = 0,
    loss: Annotated[float, typer.Option(min=0, max=0.9, help="Share of segments lost; TCP sends them again.")] = 0,
) -> None:
    """Stand between clients and a server as a bad network would, until Ctrl+C."""
    from tickwire.client.address import parse_address
    from tickwire.net.conditioner import Conditioner
    from tickwire.net.proxy import run_proxy

    try:
        here, there = parse_address(listen), parse_address(target)
    except ValueError as error:
        fail(str(error))
    conditioner = Conditioner(delay=delay / 1000, jitter=jitter / 1000, loss=loss)

    def ready(address: tuple[str, int]) -> None:
        print(f"listening on {shown(address[0])}:{address[1]}", flush=True)

    try:
        asyncio.run(run_proxy(here, there, conditioner, ready=ready))
    except OSError as error:
        fail(f"cannot listen on {listen}: {error.strerror or error}")
    except KeyboardInterrupt:
        pass
