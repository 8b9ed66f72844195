"""`tickwire replay`: the rooms of a data folder, or of a file that was cut out of one, played again."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from tickwire.errors import CannotRestore, ContractError, GameNotFound
from tickwire.failing import fail
from tickwire.loading import BUILT_IN, NOT_PLAYED, load, watched

if TYPE_CHECKING:  # what the command needs is imported by it: this file is read at every start
    from tickwire.game.spec import GameSpec
    from tickwire.replay.cut import Contents, Cutter, Entry
    from tickwire.replay.engine import Replay
    from tickwire.replay.recording import Recording
    from tickwire.room.room import Room

_PRIVATE = 0o600  # what players said and did is nobody else's business
_NAMES = 40  # characters of the names in a line of the list
_PROGRESS = 0.2  # seconds between two words about how far it is
_SLICE = 2000  # ticks that are read between two looks at what is to be told


def replay(
    source: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="What `serve --data DIR` kept, or a .twreplay file.")
    ],
    games: Annotated[
        list[str] | None,
        typer.Argument(metavar="[GAME]...", help="Files of your own games, besides the built-in ones."),
    ] = None,
    room: Annotated[str | None, typer.Option(metavar="CODE", help="Which room of DIR; none: list them.")] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the room into one file, to keep or to give away.")
    ] = None,
    eyes: Annotated[str | None, typer.Option(metavar="NAME", help="Through whose eyes; none: a watcher's.")] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="OUT.cast", help="Write it as a terminal recording for asciinema.")
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Columns and rows of the terminal recording.")] = "80x24",
    speed: Annotated[float, typer.Option(min=0.25, max=16, help="Of the terminal recording.")] = 1.0,
    tick: Annotated[int | None, typer.Option(metavar="N", help="Where to begin, or with --pdb to stop.")] = None,
    pdb: Annotated[bool, typer.Option("--pdb", help="Stop in the debugger, in front of the step of tick N.")] = False,
    timed: Annotated[bool, typer.Option("--time", help="Play all of it at once, and say how fast that was.")] = False,
) -> None:
    """Look at games that were played: list them, watch one, or write one into a file."""
    recording = _of_folder(source, room) if source.is_dir() else _of_file(source, room)
    if recording is None:
        return
    if save is not None:
        if save.exists():
            fail(f"{save} is there already; give another name")
        _spare_bots(recording, games or [])
        _write(recording, save)
        return
    if pdb and tick is None:
        fail("--pdb stops at a tick: say which one with --tick N")
    opened = _open(recording, games or [], _debugged(tick) if pdb and tick is not None else None)
    player = _player(recording, eyes)
    if timed:
        _time(opened)
    elif export is not None:
        _export(opened, export, _size(size), player, speed)
    elif pdb and tick is not None:
        _debug(opened, tick)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        opened.seek(tick or 0)
        _watch(opened, player)
    else:
        _describe(opened)


# --- where it comes from ---


def _of_folder(folder: Path, room: str | None) -> Recording | None:
    """One room of a data folder; None if its rooms were listed."""
    from tickwire.replay.cut import Contents, Cutter
    from tickwire.store.folder import LOG

    if not (folder / LOG).is_dir():
        fail(f"{folder} holds no log; give the folder that a server was given with --data")
    contents = Contents()
    _read(folder / LOG, contents)
    if room is None:
        for line in listing(contents):
            print(line)
        if contents.rooms:
            print(f"\n  watch one  tickwire replay {folder} --room CODE")
        return None
    number = contents.find(room)
    if number is None:
        fail(f"no room {room} is in {folder}; without --room all are listed")
    cutter = Cutter(number)
    _read(folder / LOG, cutter)
    if cutter.recording is None:
        fail(f"room {room} is not in {folder} any more")
    return cutter.recording


def _read(log: Path, told: Contents | Cutter) -> None:
    """Hand all commits of a log on; what makes no sense is a gap, as when a server reads it."""
    from tickwire.room.journal import unpack_commit
    from tickwire.store.disk import RealDisk
    from tickwire.store.reading import Reading, read_log

    try:
        for run, whole in read_log(RealDisk(log), Reading()):
            if not whole:
                told.gap()
            for payload in run.payloads:
                try:
                    told.tell(unpack_commit(payload))
                except CannotRestore:
                    told.gap()
    except OSError as error:
        fail(f"{log} cannot be read: {error.strerror or error}")


def _of_file(file: Path, room: str | None) -> Recording:
    from tickwire.replay.file import MAX_FILE, UnreadableReplay, unpack_replay

    if room is not None:
        fail(f"--room is for a data folder, and {file} is one room's replay")
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
        return unpack_replay(data)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror or error}")
    except UnreadableReplay as error:
        fail(f"{file}: {error}")


def listing(contents: Contents) -> list[str]:
    """The rooms of a log, a line for each: code, game, when it was opened, how long it was played, who played."""
    from tickwire.replay.playhead import clock

    if not contents.rooms:
        return ["  no room is in it"]
    rows = [
        (contents.name(number), entry.opened.game, _when(entry), clock(entry.seconds), _who(entry))
        for number, entry in contents.rooms.items()
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return ["  " + "  ".join([*map(str.ljust, row[:4], widths), row[4]]).rstrip() for row in rows]


def _when(entry: Entry) -> str:
    opened_at = entry.opened.opened_at
    return f"{datetime.fromtimestamp(opened_at / 1000):%Y-%m-%d %H:%M}" if opened_at else "-"


def _who(entry: Entry) -> str:
    from tickwire.faces.clean import clean

    shown = ""
    names = [clean(name) for name in entry.people]
    for i, name in enumerate(names):
        more = f"{shown}, {name}" if shown else name
        if len(more) > _NAMES and shown:
            return f"{shown} and {len(names) - i} more"
        shown = more
    return shown or ("bots" if entry.opened.bots else "nobody")


# --- what is done with it ---


def _open(recording: Recording, games: list[str], prepare: Callable[[Room], None] | None) -> Replay:
    from tickwire.replay.engine import Replay

    try:
        return Replay(recording, _rules(recording, games), prepare)
    except CannotRestore as error:
        fail(f"this replay cannot be played: {error}")


def _rules(recording: Recording, games: list[str]) -> dict[str, GameSpec]:
    """The games that were named, and the built-in one of a recording."""
    name = recording.opened.game
    try:
        specs = load(games)
        if name not in [spec.name for spec in specs] and name in (*BUILT_IN, *NOT_PLAYED):
            specs += load([name])
    except (ContractError, GameNotFound) as error:
        fail(str(error))
    if name not in [spec.name for spec in specs]:
        fail(f"this is a replay of {name}, which does not come with tickwire; name its file behind the replay")
    return {spec.name: spec for spec in specs}


def _spare_bots(recording: Recording, games: list[str]) -> None:
    """Play it once, so that its built-in bots need not think again when the file is opened."""
    from tickwire.replay.bot_inputs import gather

    if not recording.opened.bots or recording.bot_inputs is not None:
        return
    told = 0.0

    def tell(tick: int) -> None:
        nonlocal told
        if sys.stderr.isatty() and time.monotonic() > told + _PROGRESS:
            told = time.monotonic()
            print(f"\r  its bots play again: tick {tick:,} of {recording.last:,}", end="", file=sys.stderr, flush=True)

    with contextlib.suppress(CannotRestore):  # whoever opens it is told
        recording.bot_inputs = gather(recording, _rules(recording, games), tell)
    if told:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _write(recording: Recording, file: Path) -> None:
    """Write a replay file."""
    from tickwire.replay.file import UnreadableReplay, pack_replay
    from tickwire.replay.playhead import clock

    try:
        data = pack_replay(recording)
    except UnreadableReplay as error:
        fail(str(error))
    with _writing(file) as opened:
        opened.write(data)
    if recording.note:
        print(f"  {recording.note}")
    print(f"  {file}  {clock(recording.seconds)} of {recording.opened.game}, {len(data):,} bytes")
    print("  whoever has this file sees what every player saw, and reads what was said")


@contextlib.contextmanager
def _writing(file: Path) -> Iterator[BinaryIO]:
    """A new file that nobody else may read; one that is there already is left as it is, and half a file is removed."""
    binary: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, _PRIVATE)
    except FileExistsError:
        fail(f"{file} is there already; give another name")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror or error}")
    try:
        with open(descriptor, "wb") as opened:
            yield opened
    except BaseException as error:
        file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            fail(f"{file} cannot be written: {error.strerror or error}")
        raise


def _export(opened: Replay, file: Path, size: tuple[int, int], player: int, speed: float) -> None:
    """Write a terminal recording, with a line that says how far it is."""
    from tickwire.faces.terminal.cast import Cast
    from tickwire.replay.playhead import clock

    shows, told, count = sys.stderr.isatty(), 0.0, 0
    try:
        with _writing(file) as out:
            for line in Cast(opened, *size, player, speed).lines():
                out.write(line.encode() + b"\n")
                count += 1
                if shows and time.monotonic() > told + _PROGRESS:
                    told = time.monotonic()
                    share = (opened.tick - opened.first) / max(1, opened.end - opened.first)
                    print(f"\r  {share:4.0%} of {clock(opened.recording.seconds)}", end="", file=sys.stderr, flush=True)
    except CannotRestore as error:
        fail(str(error))
    finally:
        if shows:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    for note in opened.notes:
        print(f"  {note}")
    print(f"  {file}  {count - 1:,} frames; play it with: asciinema play {file}")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 20 <= int(width) <= 400 and 8 <= int(height) <= 200):
        fail(f"--size is columns x rows, 20x8 to 400x200, as in 120x40, not {text}")
    return int(width), int(height)


def _player(recording: Recording, name: str | None) -> int:
    if name is None:
        return 0
    number = recording.number_of(name)
    if number is None:
        fail(f"nobody called {name} played; there was {', '.join(recording.people) or 'nobody'}")
    return number


def _debugged(tick: int) -> Callable[[Room], None]:
    """Has the debugger stop in the game's `step` of one tick, whichever room comes to it."""
    import pdb

    def prepare(room: Room) -> None:
        game, step = room.game, room.game.step

        def stepped() -> None:
            if game.tick == tick:
                pdb.Pdb().runcall(step)
            else:
                step()

        game.step = stepped  # type: ignore[method-assign]

    return prepare


def _debug(opened: Replay, tick: int) -> None:
    if not opened.first < tick <= opened.end:
        fail(f"tick {tick} is not in it; it has those from {opened.first + 1} to {opened.end}")
    for note in opened.notes:
        print(f"  {note}")
    opened.seek(tick - 1)
    if opened.tick != tick - 1:
        fail(f"tick {tick} cannot be come to: {opened.problem or opened.recording.note or 'it is behind a gap'}")
    print(f"  tick {tick}: its joins, leaves and inputs are in, and `step` is next; q ends it")
    opened.step(1)


def _watch(opened: Replay, player: int) -> None:
    from tickwire.faces.terminal import watch

    try:
        watch(opened, watched, player)
    except CannotRestore as error:
        fail(str(error))
    for note in opened.notes:
        print(f"  {note}")


def _describe(opened: Replay) -> None:
    """What there is to be seen, where it cannot be shown."""
    from tickwire.faces.clean import clean
    from tickwire.replay.playhead import clock

    began = opened.recording.opened
    people = ", ".join(map(clean, opened.recording.people)) or "nobody"
    print(f"  {clean(began.game)}, room {began.code}, {clock(opened.recording.seconds)}; played by {people}")
    for note in opened.notes:
        print(f"  {note}")


def _time(opened: Replay) -> None:
    from tickwire.replay.playhead import clock

    began = time.perf_counter()
    while opened.read(_SLICE):
        pass
    spent = time.perf_counter() - began
    for note in opened.notes:
        print(f"  {note}")
    ticks = opened.read_up_to - opened.first
    seconds = ticks / opened.tick_rate
    print(f"  {clock(seconds)} of game, {ticks:,} ticks, in {spent:.2f} s: {seconds / spent:,.0f} times as fast")
