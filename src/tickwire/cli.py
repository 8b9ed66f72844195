"""The command `tickwire`."""

from __future__ import annotations

import asyncio
import contextlib
import io
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from tickwire.errors import ContractError, DataUnusable, GameNotFound
from tickwire.failing import fail
from tickwire.game.spec import GameSpec
from tickwire.invitation import shown
from tickwire.keeping import Data, Keep, KeepSize, keeping
from tickwire.loading import BUILT_IN, load, load_built_in, rehearse
from tickwire.net.loops import fast_loop
from tickwire.proving import verify, write_test
from tickwire.proxying import proxy
from tickwire.replaying import replay
from tickwire.store.fsync import Fsync

if TYPE_CHECKING:  # what a command needs is imported by that command
    from tickwire.server.config import Config

# For tests, and for machines whose networks are not all meant: the address of an interface to announce or ask on.
_LAN_INTERFACE = typer.Option(hidden=True, metavar="ADDRESS")

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
    lan: Annotated[bool, typer.Option("--lan", help="Let friends on your network in, and be found by them.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on, if not 127.0.0.1; 0.0.0.0 for all.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 5050,
    bots: Annotated[int, typer.Option(min=0, help="Seats that bots fill in each room.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Of every room's chance: the same seed, the same game.")] = None,
    tick_rate: Annotated[float | None, typer.Option(min=1, max=240, help="Hz, if not the game's own.")] = None,
    seats: Annotated[int | None, typer.Option(min=1, max=32767, help="Of each room, if not the game's own.")] = None,
    grace: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=86_400,
            metavar="SECONDS",
            help="How long the seat of a lost connection is kept, if not as the game says.",
        ),
    ] = None,
    max_rooms: Annotated[int, typer.Option(min=1, help="How many rooms there may be.")] = 5000,
    max_rooms_each: Annotated[
        int, typer.Option(min=1, help="How many of them one address may open; raise it behind a proxy.")
    ] = 500,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="A web page that may talk to it, as https://games.example; * for all."),
    ] = None,
    data: Data = None,
    keep: Keep = "30d",
    keep_size: KeepSize = "10G",
    fsync: Annotated[Fsync, typer.Option(help="When what is kept is forced onto the disk.")] = Fsync.SECOND,
    strict: Annotated[bool, typer.Option("--strict", help="Rules that do not come out the same twice end.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Plain text in, the same text out; for echo alone.")] = False,
    log_format: Annotated[str, typer.Option(help="console or json")] = "console",
    lan_interface: Annotated[list[str] | None, _LAN_INTERFACE] = None,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="End when standard input does.")] = False,
) -> None:
    """Serve games: to terminals, browsers, programs and netcat, on one port."""
    if log_format not in ("console", "json"):
        fail(f"--log-format is console or json, not {log_format}")
    from tickwire.server.config import ECHO, Config

    specs = _load(games or (), bots=bots > 0, seats=seats, tick_rate=tick_rate, strict=strict)
    if raw and [spec.name for spec in specs] != [ECHO]:
        fail("only echo has a raw form; start it with: tickwire serve echo --raw")
    if raw and lan:
        fail("--lan is for clients that look for games, which raw text is none of; give --host 0.0.0.0 instead")
    kept = keeping(data, port, keep, keep_size, private=raw or with_parent)
    config = Config(
        games=specs,
        host=_host(host, lan=lan),
        port=port,
        bots=bots,
        seed=seed,
        tick_rate=tick_rate,
        seats=seats,
        grace=grace,
        max_rooms=max_rooms,
        max_rooms_each=max_rooms_each,
        log_format=log_format,
        allow_origins=_origins(allow_origin or []),
        data=kept.folder,
        fsync=fsync,
        keep_seconds=kept.seconds,
        keep_bytes=kept.bytes,
        strict=strict,
        raw=raw,
    )
    _serve(config, kept.words, lan=lan, interfaces=lan_interface, parent=0 if with_parent else None)


def _serve(config: Config, kept: str, *, lan: bool, interfaces: Sequence[str] | None, parent: int | None) -> None:
    from tickwire import __version__
    from tickwire.faces.web import pages
    from tickwire.invitation import print_invitation, reachable
    from tickwire.net.addresses import LanAddress, answers
    from tickwire.net.discovery import announce
    from tickwire.server.app import serve as run_server
    from tickwire.server.logs import set_up_logging

    log = set_up_logging(config.log_format)
    games = [game.name for game in config.games]
    announcing: list[asyncio.Task[None]] = []

    def ready(addresses: list[tuple[str, int]]) -> None:
        for host, port in addresses:
            print(f"listening on {shown(host)}:{port}")
        sys.stdout.flush()  # what follows takes its time to find out
        others = [LanAddress(i, "") for i in interfaces] if lan and interfaces else reachable(addresses)
        if lan and not config.raw:  # what it serves raw, no `tickwire join` can play
            hosts = [address.host for address in others]
            task = announce(addresses[0][1], games, __version__, hosts, interfaces=interfaces)
            announcing.append(asyncio.create_task(task))
        if config.log_format == "console" and config.raw:
            host, port = addresses[0]
            print(f"\n  echo       what is sent comes back: nc {host} {port}\n  stop       Ctrl+C\n", flush=True)
        elif config.log_format == "console":
            print_invitation(addresses, games, others, announced=lan, kept=kept)

    async def run() -> None:
        try:
            await run_server(config, pages(), ready, parent=parent)
        finally:
            for task in announcing:
                task.cancel()  # it says goodbye, so that nobody is sent to where nobody listens
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    try:
        with asyncio.Runner(loop_factory=fast_loop()) as runner:
            runner.run(run())
    except DataUnusable as error:
        if config.port and answers(config.host, config.port):  # most likely by the server that has the folder
            fail(f"port {config.port} is in use; end the other program, or choose another with --port")
        fail(str(error))
    except OSError as error:
        if error.errno in (98, 48, 10048):  # EADDRINUSE of Linux, macOS, Windows
            fail(f"port {config.port} is in use; end the other program, or choose another with --port")
        fail(f"cannot listen on {config.host}:{config.port}: {error.strerror or error}")
    except KeyboardInterrupt:
        pass
    finally:
        log.close()


app.command()(verify)
app.command()(replay)
app.command("test-from")(write_test)


@app.command()
def join(
    address: Annotated[
        str | None, typer.Argument(metavar="[HOST[:PORT]|LINK]", help="None: shows who is on your network, and asks.")
    ] = None,
    name: Annotated[str, typer.Option(help="What others see; asked for if not given.")] = "",
    game: Annotated[str | None, typer.Option(help="Which game, if not the server's first.")] = None,
    room: Annotated[str | None, typer.Option(help="A room's code, or 'new'.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look on without a seat.")] = False,
    window: Annotated[bool, typer.Option("--window", help="Play in a window (extra: window).")] = False,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The game's file, to see your own moves at once.")
    ] = None,
    lan_interface: Annotated[list[str] | None, _LAN_INTERFACE] = None,
) -> None:
    """Play in this terminal, or in a window."""
    from tickwire.client.address import parse_address
    from tickwire.faces.seat import Wish

    if address is None:
        address = _pick(lan_interface)
    try:
        parse_address(address)
    except ValueError as error:
        fail(str(error))
    if window:
        from tickwire.faces.window import play as play_here
    else:
        from tickwire.faces.terminal import play as play_here

    spec = _load([str(rules)])[0] if rules is not None else None
    sys.exit(play_here(Wish(address, name, game=game, room=room, watch=watch), spec))


@app.command()
def play(
    game: Annotated[str, typer.Argument(metavar="[GAME]", help="A built-in name or a .py file.")] = BUILT_IN[0],
    bots: Annotated[int, typer.Option(min=0, help="Seats that bots fill.")] = 3,
    name: Annotated[str, typer.Option(help="What others see.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 5050,
    lan: Annotated[bool, typer.Option("--lan", help="Let friends on your network in, and be found by them.")] = False,
    lan_interface: Annotated[list[str] | None, _LAN_INTERFACE] = None,
) -> None:
    """Serve a game and play it in this terminal; friends may join while it lasts."""
    [spec] = _load([game])  # a broken game is better told before the screen is taken over
    command = [sys.executable, "-m", "tickwire", "serve", game, "--bots", str(bots), "--port", str(port)]
    command += ["--lan", *(f"--lan-interface={address}" for address in lan_interface or ())] if lan else []
    with tempfile.TemporaryFile("w+") as words:
        # A process of its own, so that a busy terminal never makes a tick late. Ctrl+C here is not meant for it. It
        # ends with this one even if this one is killed, or its terminal closed: then its standard input ends.
        server = subprocess.Popen(
            [*command, "--with-parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            start_new_session=True,
        )
        try:
            assert server.stdout is not None
            line = next((line for line in server.stdout if line.startswith("listening on ")), None)
            if line is None:
                server.wait()
                words.seek(0)
                fail(words.read().strip().removeprefix("tickwire: ") or "the server did not start")
            from tickwire.faces.seat import Wish
            from tickwire.faces.terminal import play as play_here

            address = f"127.0.0.1:{line.rpartition(':')[2].strip()}"
            sys.exit(play_here(Wish(address, name), spec))
        finally:
            server.terminate()
            server.wait()


app.command()(proxy)


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
        with asyncio.Runner(loop_factory=fast_loop()) as runner:
            runner.run(run_bots(address, count, game=game, room=room))
    except KeyboardInterrupt:
        pass
    except (ConnectionLost, ValueError) as error:
        fail(str(error))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the game is to be called.")],
) -> None:
    """Write a small whole game into this folder, with its test and a README, to begin from."""
    from tickwire.scaffold import CannotBegin, write_game

    try:
        game, test, readme = (path.name for path in write_game(name, Path()))
    except CannotBegin as error:
        fail(str(error))
    width = max(map(len, (game, test, readme)))
    print(
        f"""
  {game:{width}}   the game
  {test:{width}}   its test
  {readme:{width}}   how to go on

  serve it   tickwire serve {game}, then open http://127.0.0.1:5050/
  test it    pytest {test}
"""
    )


def _pick(interfaces: Sequence[str] | None) -> str:
    """The address of a server nearby, as the person at the terminal chooses."""
    from tickwire.nearby import ask, at_a_terminal, listing, look_around

    if at_a_terminal():
        print("  looking for games on your network ...", flush=True)
    try:
        choices, silent = asyncio.run(look_around(interfaces))
        if choices or silent:
            print(listing(choices, silent), flush=True)
        if not choices:
            nobody = "none of them answers" if silent else "no server found on your network or on this machine"
            fail(f"{nobody}; start one with: tickwire serve --lan, or name one: tickwire join HOST:PORT")
        if not at_a_terminal():
            print(f"  join with  tickwire join {choices[0].address}\n")
            raise typer.Exit(0)
        chosen = ask(choices)
    except (EOFError, KeyboardInterrupt):
        print()
        raise typer.Exit(130) from None
    if chosen is None:
        raise typer.Exit(0)
    return chosen.address


def _host(host: str | None, *, lan: bool) -> str:
    """Where to listen: nowhere but here, unless told otherwise."""
    from tickwire.net.addresses import every_address, is_loopback

    if lan and host is not None and is_loopback(host):
        fail(f"--lan and --host {host} exclude each other: nobody else gets in there; leave --host out")
    return host if host is not None else (every_address() if lan else "127.0.0.1")


def _origins(given: Sequence[str]) -> list[str]:
    """What `--allow-origin` says, each in its one form."""
    from tickwire.net.origin import BadOrigin, origin_of

    try:
        return [origin_of(text) for text in given]
    except BadOrigin as error:
        fail(f"--allow-origin: {error}")


def _load(games: Sequence[str], **rooms: Any) -> list[GameSpec]:
    """The games of these names, or all that are built in; each tried out in such rooms as `rehearse` is told of."""
    try:
        specs = load(games) if games else load_built_in()
        rehearse(specs, **rooms)
    except (ContractError, GameNotFound) as error:
        fail(str(error))
    return specs


def main() -> None:
    """The entry point of the command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what a console cannot show is no reason to break, as on stderr
    try:
        sys.exit(app(standalone_mode=False))
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _tell_usage(error)


def _tell_usage(error: Any) -> NoReturn:
    """What was wrong with the command line, in one sentence instead of the several lines that typer would print."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else "tickwire"
    words = " ".join(error.format_message().split()).rstrip(".")
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        print(f"tickwire: {words[:1].lower()}{words[1:]}; see {command} --help", file=sys.stderr)
    sys.exit(error.exit_code)
