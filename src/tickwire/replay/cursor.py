"""Plays a recording's records, from any of its checkpoints on. Pure.

A checkpoint of the log is the truth: what was played up to it is compared with it, and where the two differ, as with
other rules or behind a gap, the room goes on from the checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from tickwire.errors import CannotRestore
from tickwire.game.contract import Player
from tickwire.game.spec import GameSpec
from tickwire.replay.recording import BotInputs, Recording, tick_of
from tickwire.room.journal import Checkpointed, Record, Ticked
from tickwire.room.output import RoomMessage, TickOutput
from tickwire.room.proof import difference
from tickwire.room.recovery import Story, apply, begin
from tickwire.room.room import Room
from tickwire.room.saved import SavedRoom, pack_room, unpack_room
from tickwire.wire.codec import ClientMessageDecoder


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cursor can begin: between two records, or between two ticks of one.

    Attributes:
        tick: the last tick that was made.
        index: of the record that is next.
        left: how many ticks that record has left, if it is in its middle; else 0.
        saved: the room there; None at the room's own beginning.
    """

    tick: int
    index: int
    left: int = 0
    saved: bytes | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was told in a tick; `to` is a player's number if only this player was told, else None."""

    tick: int
    message: RoomMessage
    to: int | None = None


class Cursor:
    """A room somewhere in its recording.

    Args:
        recording: of the room.
        games: by name, as they are installed here.
        place: where to begin.
        prepare: called with each room that is made, before anything is played in it.

    Attributes:
        room: as it is at `tick`.
        differed: what was otherwise than in a checkpoint of the log, a sentence for each.
        at: what is to be known of the place of the cursor: index of the next record, and ticks left of it.

    Raises:
        CannotRestore: the game is not here, or does not fit what was saved.
    """

    def __init__(
        self,
        recording: Recording,
        games: Mapping[str, GameSpec],
        place: Place,
        prepare: Callable[[Room], None] | None = None,
    ) -> None:
        self._recording = recording
        self._games = games
        self._prepare = prepare
        self._index, self._left = place.index, place.left
        self._failed = False  # in the tick that it is at
        self.differed: list[tuple[int, str]] = []
        self.room = self._begin(place.saved)
        self._decoder = ClientMessageDecoder(self.room.spec.inputs)

    @property
    def tick(self) -> int:
        """The last tick that was made."""
        return self.room.tick

    @property
    def whole(self) -> int:
        """The last tick that was made whole: the one before `tick` if the rules broke in that."""
        return self.tick - self._failed

    def place(self) -> Place | None:
        """Where the cursor is, to begin there again; call right after a tick. None if the room cannot be saved then."""
        saved = self._save()
        return Place(self.tick, self._index, self._left, pack_room(saved)) if saved is not None else None

    def _save(self) -> SavedRoom | None:
        return self.room.save() if self.room.rests else None

    def advance(self, tick: int, heard: list[Moment] | None = None) -> None:
        """Play until a tick was made, or until the end, or up to a gap that it lies in.

        Args:
            tick: the last one to be made.
            heard: is given what was told on the way; without it the ticks cost less.

        Raises:
            CannotRestore: the records make no sense to the game, or its rules broke.
        """
        records = self._recording.records
        while self.tick < tick and self._index < len(records):
            record = records[self._index]
            match record:
                case Ticked(_, count):
                    self._make_ticks(count, tick, heard)
                case Checkpointed(_, saved):
                    if tick_of(saved) > tick:
                        return  # behind a gap
                    self._index += 1
                    self._compare(saved)
                case _:
                    self._apply(record)
                    self._index += 1

    def _make_ticks(self, count: int, tick: int, heard: list[Moment] | None) -> None:
        left = self._left or count
        due = min(left, tick - self.tick)
        room, before = self.room, self.tick
        try:
            if heard is None:
                room.make_ticks(due)
            else:
                _play(room, due, heard)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever rules raise, and whoever ends rules that do not come back
            self._index, self._failed = len(self._recording.records), True
            words = f"the game broke in tick {room.tick}: {type(error).__name__}: {error}"
            raise CannotRestore(words) from error
        self._left = left - (self.tick - before)
        if not self._left:
            self._index += 1

    def _apply(self, record: Record) -> None:
        try:
            apply(self.room, record, self._decoder)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a record of a file from elsewhere may ask for anything
            self._index = len(self._recording.records)
            raise CannotRestore(f"in tick {self.tick}: {error or type(error).__name__}") from error

    def _compare(self, saved: bytes) -> None:
        """Go on from a checkpoint if it is not what the room has come to.

        Raises:
            CannotRestore: it does not fit the game, and what lies before it is missing, so that nothing is known.
        """
        again = self._save()
        if again is not None and pack_room(again) == saved:
            return
        try:
            words = self._difference(unpack_room(saved), again)
            room = self._begin(saved) if words else self.room
        except CannotRestore as error:
            if tick_of(saved) > self.tick:
                raise
            words, room = str(error), self.room
        if words:
            self.differed.append((tick_of(saved), words))
        self.room = room

    def _difference(self, then: SavedRoom, again: SavedRoom | None) -> str:
        if then.game.tick != self.tick:
            return f"nothing is known of the ticks before {then.game.tick}"
        try:
            return difference(self.room.spec, then, again) if again is not None else "something was going on"
        except Exception:  # a checkpoint of a file from elsewhere may hold anything
            return "it is another state than when it is played again"

    def _begin(self, saved: bytes | None) -> Room:
        room = begin(Story(self._recording.opened, saved), self._games, 0.0)
        if self._recording.bot_inputs is not None:
            _spare_bots(room, self._recording.bot_inputs)
        if self._prepare is not None:
            self._prepare(room)
        return room


def beginning(recording: Recording) -> Place:
    """Where a recording begins: with the room's opening, or with a checkpoint."""
    first = recording.records[0] if recording.records else None
    if isinstance(first, Checkpointed):
        return Place(recording.first, 1, saved=first.saved)
    return Place(recording.first, 0)


def _spare_bots(room: Room, inputs: BotInputs) -> None:
    """Have the bots of a room ask for what they asked for, as far as that is known."""
    game, think = room.game, room.game.bot
    decode = msgspec.msgpack.Decoder(room.spec.inputs).decode
    by_tick, last = inputs.by_tick, inputs.last

    def ask(player: Player) -> object:
        tick = game.tick
        if tick > last:
            return think(player)
        asked = by_tick.get(tick)
        input = asked.get(player.id) if asked is not None else None
        return decode(input) if input is not None else None

    game.bot = ask  # type: ignore[method-assign, assignment]


def _play(room: Room, count: int, heard: list[Moment]) -> None:
    """Make ticks without making states of them, which would cost as much again."""
    play, output = room.play, TickOutput(0)
    for _ in range(count):
        play.tick(output)
        if play.game is not room.game:
            room.go_on()
        play.place_said(output)
        if output.messages or output.private:
            tick = room.tick
            heard += [Moment(tick, message) for message in output.messages]
            for player, messages in output.private.items():
                heard += [Moment(tick, message, player) for message in messages]
            output = TickOutput(0)
