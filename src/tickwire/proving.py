"""`tickwire verify` and `test-from`: what a data folder tells is played again, and compared, or made a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tickwire.errors import CannotRestore, ContractError, GameNotFound
from tickwire.failing import fail
from tickwire.loading import load, load_built_in

if TYPE_CHECKING:  # what the command needs is imported by it: this file is read at every start
    from tickwire.room.proof import Verdict

_DIFFERENT = 1  # exit code


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `serve --data DIR` kept.")],
    games: Annotated[
        list[str] | None,
        typer.Argument(metavar="[GAME]...", help="Files of your own games, besides the built-in ones."),
    ] = None,
) -> None:
    """Play kept rooms again, and say whether all is as it was."""
    from tickwire.room.journal import unpack_commit
    from tickwire.room.proof import Prover
    from tickwire.store.disk import RealDisk
    from tickwire.store.folder import LOG
    from tickwire.store.reading import Reading, read_log

    if not (folder / LOG).is_dir():
        fail(f"{folder} holds no log; give the folder that a server was given with --data")
    try:
        specs = [*load(games or ()), *load_built_in()]
    except (ContractError, GameNotFound) as error:
        fail(str(error))
    reading = Reading()
    prover = Prover({spec.name: spec for spec in reversed(specs)})
    for run, whole in read_log(RealDisk(folder / LOG), reading):
        if not whole:
            prover.gap()
        for number, payload in enumerate(run.payloads, run.first):
            try:
                prover.tell(unpack_commit(payload))
            except CannotRestore as error:
                print(f"  commit {number}: {error}")
                prover.gap()
    for finding in reading.findings:
        print(f"  {finding.file}: {finding.words}")
    verdicts = prover.verdicts
    for verdict in verdicts:
        print(f"  {verdict.code}  {verdict.game}  {sentence(verdict)}")
    if not verdicts:
        print("  no room is in it")
    raise typer.Exit(_DIFFERENT if any(verdict.problem for verdict in verdicts) else 0)


def write_test(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What a server kept of a room that broke.")],
    game: Annotated[
        str | None, typer.Argument(metavar="[GAME]", help="The file of the game, if it is your own.")
    ] = None,
    tick: Annotated[int | None, typer.Option(min=1, help="Stop there, to say what should hold then.")] = None,
) -> None:
    """Write a test into this folder that plays a room that broke again."""
    from tickwire.errors import TickwireError
    from tickwire.writing_tests import write_test_of

    try:
        written = write_test_of(file, game, tick)
    except (TickwireError, OSError) as error:
        fail(str(error))
    print(f"  {written.found}")
    print(f"  {written.path.name}   run it with: pytest {written.path.name}")


def sentence(verdict: Verdict) -> str:
    """A verdict in words.

    >>> from tickwire.room.proof import Verdict
    >>> sentence(Verdict("K7QX", "snake", ticks=5412, compared=9))
    'identical, 5,412 ticks, compared 9 times'
    """
    rules = "; the game's files are others than they were" if verdict.other_rules else ""
    if verdict.problem:
        return verdict.problem + rules
    times = "once" if verdict.compared == 1 else f"{verdict.compared:,} times"
    return f"identical, {verdict.ticks:,} ticks, compared {times}{rules}"
