"""From a room that broke to a test: writes a file for pytest that needs nothing but the game and the room's file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tickwire.crash_files import play_records, read_story, spec_of
from tickwire.errors import CannotRestore, GameNotFound
from tickwire.loading import BUILT_IN, NOT_PLAYED
from tickwire.room.recovery import begin

_BROKEN = '''"""Room {code} of {game} as it was until it broke in tick {tick}, played again.

It fails as long as the game breaks there.
"""

from pathlib import Path

from tickwire.testing import replay

HERE = Path(__file__).parent


def test_{name}_does_not_break_in_tick_{tick}() -> None:
    replay(HERE / {file!r}, {of})
'''

_STOPPED = '''"""Room {code} of {game} as it was in tick {tick}, played again."""

from pathlib import Path

import pytest

from tickwire.testing import replay

HERE = Path(__file__).parent


def test_{name}_in_tick_{tick}() -> None:
    room = replay(HERE / {file!r}, {of}, until={tick})
    pytest.fail(f"say here what should hold in tick {{room.tick}}, by room.game and room.seated")
'''


@dataclass(frozen=True, slots=True)
class Written:
    """A test that was written.

    Attributes:
        path: of it.
        found: what came of playing the file, as a sentence.
    """

    path: Path
    found: str


def write_test_of(file: Path, game: str | None, tick: int | None, folder: Path | None = None) -> Written:
    """Play a room that broke, and write a test that does so; nothing that is there is overwritten.

    Args:
        file: of the room; it is copied beside the test.
        game: the file of its game; None if it is built in.
        tick: where to stop; None for where it breaks.
        folder: where the test is to be; None for the working directory.

    Raises:
        CannotRestore: the file cannot be read, does not fit the game, or a test of it is there already.
        ContractError, GameNotFound: the game cannot be loaded.
        OSError: the test cannot be written.
    """
    folder = folder or Path()
    story = read_story(file)
    code, name = story.opened.code, story.opened.game
    built_in = (game or name) in (*BUILT_IN, *NOT_PLAYED)
    if game is None and not built_in:
        raise GameNotFound(f"{name} is no built-in game; give its file, too: tickwire test-from {file} {name}.py")
    spec = spec_of((game or name) if built_in else Path(game or ""))
    if spec.name != name:
        raise CannotRestore(f"{file} is of a room of {name}, not of {spec.name}")
    found, stopped = f"it does not break{'' if tick is None else f' up to tick {tick}'}", tick
    room = begin(story, {name: spec}, 0.0)
    try:
        play_records(room, story.records, tick)
    except CannotRestore:
        raise
    except BaseException as error:  # whatever rules raise
        found, stopped = f"it breaks in tick {room.tick}: {type(error).__name__}: {error}", None
    at = room.tick
    beside = folder / file.name
    if not beside.exists():
        _write(beside, file.read_bytes())
    elif beside.read_bytes() != file.read_bytes():
        raise CannotRestore(f"another {file.name} is here already; move it away")
    of = repr(name) if built_in else f"HERE / {os.path.relpath(game or '', folder).replace(os.sep, '/')!r}"
    test = folder / f"test_{re.sub(r'[^a-z0-9]', '', code.lower())}_{at}.py"
    template = _BROKEN if stopped is None else _STOPPED
    text = template.format(code=code, game=name, tick=at, name=re.sub(r"\W", "_", name), file=file.name, of=of)
    _write(test, text.encode())
    return Written(test, found)


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read: players' words may be in it.

    Raises:
        CannotRestore: it is there already.
    """
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            out.write(data)
    except FileExistsError:
        raise CannotRestore(f"{path.name} is here already, and stays as it is") from None
