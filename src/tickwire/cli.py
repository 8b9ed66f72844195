"""The command `tickwire`."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tickwire.errors import ContractError, GameNotFound
from tickwire.game.loader import load_file, load_module
from tickwire.game.spec import GameSpec

BUILT_IN = ("snake", "arena", "swarm")  # the first is what a client gets that names none

app = typer.Typer(
    help="Online multiplayer games from one file of Python rules.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    games: Annotated[
        list[str] | None,
        typer.Argument(metavar="[GAME]...", help="Built-in names or .py files; none: all built-in."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets the network in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 5050,
    bots: Annotated[int, typer.Option(min=0, help="Seats that bots fill in each room.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Of every room's chance: the same seed, the same game.")] = None,
    tick_rate: Annotated[float | None, typer.Option(min=1, max=240, help="Hz, if not the game's own.")] = None,
    seats: Annotated[int | None, typer.Option(min=1, max=65535, help="Of each room, if not the game's own.")] = None,
    log_format: Annotated[str, typer.Option(help="console or json")] = "console",
) -> None:
    """Serve games: to terminals, browsers, programs and netcat, on one port."""
    if log_format not in ("console", "json"):
        _fail(f"--log-format is console or json, not {log_format}")
    from tickwire.server.config import Config

    specs = _load(games or list(BUILT_IN))
    config = Config(
        games=specs,
        host=host,
        port=port,
        bots=bots,
        seed=seed,
        tick_rate=tick_rate,
        seats=seats,
        log_format=log_format,
    )
    _serve(config)


def _serve(config: object) -> None:
    from tickwire.faces.web import pages
    from tickwire.server.app import serve as run_server
    from tickwire.server.config import Config
    from tickwire.server.logs import set_up_logging

    assert isinstance(config, Config)
    set_up_logging(config.log_format)

    def ready(addresses: list[tuple[str, int]]) -> None:
        for host, port in addresses:
            print(f"listening on {_shown(host)}:{port}")
        if config.log_format == "console":
            print(_how_to_join(config.host, addresses[0][1], [g.name for g in config.games]))
        sys.stdout.flush()

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run_server(config, pages(), ready))
    except OSError as error:
        if error.errno in (98, 48, 10048):  # EADDRINUSE of Linux, macOS, Windows
            _fail(f"port {config.port} is in use; end the other program, or choose another with --port")
        _fail(f"cannot listen on {config.host}:{config.port}: {error.strerror or error}")
    except KeyboardInterrupt:
        pass


@app.command()
def join(
    address: Annotated[str, typer.Argument(metavar="[HOST[:PORT]]")] = "127.0.0.1:5050",
    name: Annotated[str, typer.Option(help="What others see; asked for if not given.")] = "",
    game: Annotated[str | None, typer.Option(help="Which game, if not the server's first.")] = None,
    room: Annotated[str | None, typer.Option(help="A room's code, or 'new'.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look on without a seat.")] = False,
    window: Annotated[bool, typer.Option("--window", help="Play in a window (extra: window).")] = False,
) -> None:
    """Play in this terminal, or in a window."""
    from tickwire.client.client import parse_address

    try:
        parse_address(address)
    except ValueError as error:
        _fail(str(error))
    if window:
        from tickwire.faces.window import play as play_here
    else:
        from tickwire.faces.terminal import play as play_here

    sys.exit(play_here(address, name=name, game=game, room=room, watch=watch))


@app.command()
def play(
    game: Annotated[str, typer.Argument(metavar="[GAME]", help="A built-in name or a .py file.")] = BUILT_IN[0],
    bots: Annotated[int, typer.Option(min=0, help="Seats that bots fill.")] = 3,
    name: Annotated[str, typer.Option(help="What others see.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 5050,
) -> None:
    """Serve a game and play it in this terminal; friends may join while it lasts."""
    _load([game])  # a broken game is better told before the screen is taken over
    command = [sys.executable, "-m", "tickwire", "serve", game, "--bots", str(bots), "--port", str(port)]
    with tempfile.TemporaryFile("w+") as words:
        # A process of its own, so that a busy terminal never makes a tick late. Ctrl+C here is not meant for it.
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True, start_new_session=True)
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line.startswith("listening on "):
                server.wait()
                words.seek(0)
                _fail(words.read().strip().removeprefix("tickwire: ") or "the server did not start")
            from tickwire.faces.terminal import play as play_here

            sys.exit(
                play_here(line.removeprefix("listening on ").strip(), name=name, game=None, room=None, watch=False)
            )
        finally:
            server.terminate()
            server.wait()


@app.command()
def proxy(
    listen: Annotated[str, typer.Argument(metavar="LISTEN", help="HOST:PORT to listen on.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="HOST:PORT of the server.")],
    delay: Annotated[float, typer.Option(min=0, help="Milliseconds each way.")] = 0,
    jitter: Annotated[float, typer.Option(min=0, help="Milliseconds more or less.")] = 0,
    loss: Annotated[float, typer.Option(min=0, max=0.9, help="Share of segments lost; TCP sends them again.")] = 0,
) -> None:
    """Stand between clients and a server as a bad network would, until Ctrl+C."""
    from tickwire.client.client import parse_address
    from tickwire.net.conditioner import Conditioner
    from tickwire.net.proxy import run_proxy

    try:
        here, there = parse_address(listen), parse_address(target)
    except ValueError as error:
        _fail(str(error))
    conditioner = Conditioner(delay=delay / 1000, jitter=jitter / 1000, loss=loss)

    def ready(address: tuple[str, int]) -> None:
        print(f"listening on {_shown(address[0])}:{address[1]}", flush=True)

    try:
        asyncio.run(run_proxy(here, there, conditioner, ready=ready))
    except OSError as error:
        _fail(f"cannot listen on {listen}: {error.strerror or error}")
    except KeyboardInterrupt:
        pass


@app.command()
def bots(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT")],
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 3,
    game: Annotated[str | None, typer.Option(help="Which game, if not the server's first.")] = None,
    room: Annotated[str | None, typer.Option(help="A room's code.")] = None,
) -> None:
    """Send players who press keys at random, until Ctrl+C."""
    from tickwire.bots import run_bots
    from tickwire.errors import ConnectionLost

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run_bots(address, count, game=game, room=room))
    except KeyboardInterrupt:
        pass
    except (ConnectionLost, ValueError) as error:
        _fail(str(error))


def _load(games: list[str]) -> list[GameSpec]:
    specs: list[GameSpec] = []
    for game in games:
        try:
            if game in BUILT_IN:
                spec = load_module(f"tickwire.games.{game}")
            elif game.endswith(".py") or "/" in game or Path(game).exists():
                spec = load_file(Path(game))
            else:
                _fail(f"there is no built-in game {game!r}; there is {', '.join(BUILT_IN)}, or give a .py file")
        except (ContractError, GameNotFound) as error:
            _fail(str(error))
        if any(s.name == spec.name for s in specs):
            _fail(f'two games are called {spec.name!r}; give one of them another name = "..."')
        specs.append(spec)
    return specs


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        import winloop as fast_loop  # type: ignore[import-not-found, unused-ignore]
    else:
        import uvloop as fast_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = fast_loop.new_event_loop
    return factory


def _how_to_join(host: str, port: int, games: list[str]) -> str:
    here = f"127.0.0.1:{port}"
    network = _network_address()
    open_to_all = host in ("0.0.0.0", "::", "")
    if open_to_all and network:
        lan = f"http://{network}:{port}/   for friends on your network"
    elif network:
        lan = f"{network}:{port}, once you serve with --host 0.0.0.0"
    else:
        lan = "none found"
    if not open_to_all:
        here = f"{_shown(host)}:{port}"
    return "\n".join(
        [
            "",
            f"  games      {', '.join(games)}",
            f"  browser    http://{here}/",
            f"  terminal   tickwire join {here}",
            f'  netcat     nc {_netcat(here)}, then type {{"type":"hello","name":"ada"}}',
            f"  network    {lan}",
            "  stop       Ctrl+C",
            "",
        ]
    )


def _network_address() -> str | None:
    """This machine's address on its network. Nothing is sent: connecting a datagram socket only looks a route up."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            address: str = probe.getsockname()[0]
            return address
    except OSError:
        return None


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _netcat(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{host.strip('[]')} {port}"


def _fail(words: str) -> NoReturn:
    print(f"tickwire: {' '.join(words.split())}", file=sys.stderr)
    raise typer.Exit(2)


def main() -> None:
    """The entry point of the command."""
    app()
