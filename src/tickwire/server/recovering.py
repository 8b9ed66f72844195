"""At the start: the rooms that were open when the server ended, as the log has them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tickwire.errors import CannotRestore
from tickwire.game.spec import GameSpec
from tickwire.room.journal import Standing, begins_with_standing, unpack_commit
from tickwire.room.recovery import Stories, Story, rebuild
from tickwire.room.room import Room
from tickwire.store.disk import Disk
from tickwire.store.reading import Reading, read_log, reversed_runs

log = logging.getLogger("tickwire.journal")


@dataclass(slots=True)
class Recovered:
    """What a log came to.

    Attributes:
        reading: where it is written on.
        next_room: a number that no room of it has.
        rooms: those that were rebuilt, with what was known of each.
        unopened: those that were not, and another server may be able to rebuild.
    """

    reading: Reading
    next_room: int
    rooms: list[tuple[Room, Story]] = field(default_factory=list)
    unopened: list[Story] = field(default_factory=list)


def recover(disk: Disk, games: Mapping[str, GameSpec], now: float, make: Callable[..., Room] = Room) -> Recovered:
    """Rebuild what was open. What cannot be read or rebuilt is named in the log, and left where it is.

    Args:
        disk: of the segments.
        games: that are served, by name.
        now: seconds of the loop's time.
        make: takes what `Room` takes.

    Raises:
        OSError: the disk does not let us read.
    """
    reading, stories = Reading(), Stories()
    since = _first_needed(disk)
    for run, whole in read_log(disk, reading, since):
        if not whole:
            stories.gap()
        for commit, payload in enumerate(run.payloads, run.first):
            if commit < since:
                continue
            try:
                stories.tell(commit, unpack_commit(payload))
            except CannotRestore as error:
                log.error("commit %d: %s", commit, error)
                stories.gap()
    for finding in reading.findings:
        (log.info if finding.crash else log.error)("%s: %s", finding.file, finding.words)
    recovered = Recovered(reading, stories.next_room)
    codes: set[str] = set()
    for story in stories.open.values():
        code, game = story.opened.code, story.opened.game
        try:
            if code in codes:
                raise CannotRestore("another room has its code now")
            room = rebuild(story, games, now, make)
        except CannotRestore as error:
            log.error("room %s of %s cannot be opened again: %s", code, game, error)
            recovered.unopened.append(story)
            continue
        codes.add(code)
        if not story.known:
            log.error(
                "room %s of %s: the log has a gap behind tick %d, and what happened later is lost",
                code,
                game,
                room.tick,
            )
        for difference in room.differences:
            log.warning("room %s of %s: %s", code, game, difference)
        recovered.rooms.append((room, story))
    if recovered.rooms:
        log.info("%d rooms are open again", len(recovered.rooms))
    return recovered


def _first_needed(disk: Disk) -> int:
    """The first commit that recovery needs, as the last `Standing` of the log has it; 0 if there is none.

    Raises:
        OSError: the disk does not let us read.
    """
    for run in reversed_runs(disk):
        for payload in reversed(run.payloads):
            if begins_with_standing(payload):
                with contextlib.suppress(CannotRestore):
                    match unpack_commit(payload):
                        case [Standing(since=since), *_]:
                            return since
    return 0
