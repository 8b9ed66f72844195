"""A file of a room that broke (`server.crashes`), played again in virtual time."""

from __future__ import annotations

from pathlib import Path

from tickwire.errors import CannotRestore
from tickwire.game.contract import Game
from tickwire.game.loader import load_file, load_module
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.ids import CODE_ALPHABET, CODE_LENGTH
from tickwire.room.journal import Record, Ticked, unpack_commit
from tickwire.room.recovery import Stories, Story, begin, play_again
from tickwire.room.room import Room
from tickwire.store.segments import UnreadableSegment, read_segment


def replay(file: Path | str, game: type[Game] | Path | str, *, until: int | None = None) -> Room:
    """Play a file of a room that broke; returns the room as it is then.

    Args:
        file: that the server wrote.
        game: its class, its file, or the name of a built-in game.
        until: the last tick to be made; None for all that are in the file.

    Raises:
        CannotRestore: the file cannot be read, or does not fit the game.
        ContractError: the game breaks the contract.
        Exception: whatever the game raises.
    """
    story = read_story(Path(file))
    room = begin(story, {story.opened.game: spec_of(game)}, 0.0)
    play_records(room, story.records, until)
    return room


def read_story(file: Path) -> Story:
    """What a file says of its room.

    Raises:
        CannotRestore: it is no such file, or part of it is missing.
    """
    stories = Stories()
    try:
        contents = read_segment(file.read_bytes())
        for run in contents.runs:
            for number, payload in enumerate(run.payloads, run.first):
                stories.tell(number, unpack_commit(payload))
    except (OSError, UnreadableSegment) as error:
        raise CannotRestore(f"{file} cannot be read: {error}") from None
    if contents.damages or len(stories.open) != 1:
        raise CannotRestore(f"{file} is damaged, or was not written for a room that broke")
    [story] = stories.open.values()
    if len(story.opened.code) != CODE_LENGTH or not set(story.opened.code) <= set(CODE_ALPHABET):
        raise CannotRestore(f"{file} was written by no server")  # a test is written with this code in it
    return story


def spec_of(game: type[Game] | Path | str) -> GameSpec:
    """A game by its class, its file, or the name of a built-in one.

    Raises:
        ContractError, GameNotFound: there is no game.
    """
    if isinstance(game, type):
        return inspect_game(game)
    return load_file(game) if isinstance(game, Path) else load_module(f"tickwire.games.{game}")


def play_records(room: Room, records: list[Record], until: int | None = None) -> None:
    """Play what came after a room's checkpoint. Arguments and errors are those of `replay`."""
    for record in records:
        if not isinstance(record, Ticked):
            for _ in play_again(room, [record]):
                pass
            continue
        for _ in range(record.count):
            if room.tick == until:
                return
            room.make_tick()
    _deliver(room)


def _deliver(room: Room) -> None:
    """Ask the rules what a server asks when it sends the last tick's state: they may have broken there."""
    room.foci(room.seated)
    if room.spec.bytes_per_second is not None:
        for player in room.seated:
            for name in room.spec.tables:
                for row in getattr(room.game, name):
                    room.priority(player, row)
