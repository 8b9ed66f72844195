"""A room that finds rules which would come out differently when they are played again: guarded, and played twice.

A second room, the twin, gets the records of the first, as after a crash, and both are compared after each tick. That
finds the clock, chance, `id()`, and what rules keep in globals or classes. It does not find the order of a set of
texts, as texts are hashed alike within one process. `tickwire verify` in another process does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from tickwire.errors import NotDeterministic
from tickwire.game.entity import Entity
from tickwire.game.sandbox import Guard
from tickwire.game.saved import hash_game, save_game
from tickwire.game.spec import GameSpec
from tickwire.room.journal import Journal, Opened, Record, Ticked
from tickwire.room.output import TickOutput
from tickwire.room.proof import game_difference
from tickwire.room.recovery import play_again
from tickwire.room.room import Room
from tickwire.room.saved import SavedRoom, pack_room, unpack_room

_NO_GUARD = contextlib.nullcontext()


class StrictRoom(Room):
    """A room whose rules are guarded (`game.sandbox`), and played twice.

    Rules take several times as long in it. All of `Room` holds for it; what is not the same twice raises where a broken
    game does, in `advance` and `make_ticks`, and in the constructor for `start`.

    Args:
        spec: the game.
        code: the room's code.
        seed: of the game's chance.
        now: the time at which it starts, in seconds.
        guarded: whether forbidden calls raise.
        twice: whether it is played twice.
        saved: a checkpoint that it is to go on from.
        settings: the others of `Room`.

    Raises:
        NotDeterministic: the rules called what differs each time, or came out differently.
    """

    def __init__(
        self,
        spec: GameSpec,
        code: str,
        seed: int,
        now: float,
        *,
        guarded: bool = True,
        twice: bool = True,
        saved: SavedRoom | None = None,
        **settings: Any,
    ) -> None:
        self._guard = Guard(spec) if guarded else None
        self._twin: Room | None = None
        copy = unpack_room(pack_room(saved)) if saved is not None and twice else None
        with self._guard or _NO_GUARD:
            super().__init__(spec, code, seed, now, saved=saved, **settings)
        if twice:
            self._journal = self._tee = _Tee(None)
            self._twin = Room(spec, code, seed, now, saved=copy, **settings)
            self._compare()

    def keep(self, journal: Journal, opened: Opened | None = None) -> None:
        """See `Room`."""
        super().keep(journal, opened)
        if self._twin is not None:
            self._tee.records.onward = journal
            self._journal = self._tee

    def make_ticks(self, count: int) -> TickOutput:
        """See `Room`.

        Raises:
            NotDeterministic: as the class says.
        """
        with self._guard or _NO_GUARD:
            output = super().make_ticks(count)
        if self._twin is not None:
            same = self._play_twin(self._twin, self._tee.take(), count)
            self._compare()
            if (output.messages, output.private) != (same.messages, same.private):
                raise self._fault(f"tick {self.tick}: what it says is something else")
        return output

    def foci(self, player_ids: Iterable[int]) -> list[tuple[float, float]]:
        """See `Room`."""
        with self._guard or _NO_GUARD:
            return super().foci(player_ids)

    def priority(self, player_id: int, row: Entity) -> float:
        """See `Room`."""
        with self._guard or _NO_GUARD:
            return super().priority(player_id, row)

    def _play_twin(self, twin: Room, records: list[Record], count: int) -> TickOutput:
        try:
            for _ in play_again(twin, [record for record in records if not isinstance(record, Ticked)]):
                pass
            return twin.make_ticks(count)
        except Exception as error:
            raise self._fault(f"tick {twin.tick}: it breaks, by {type(error).__name__}: {error}") from error

    def _compare(self) -> None:
        assert self._twin is not None
        game, twin = self.game, self._twin.game
        if hash_game(self.spec, game) != hash_game(self.spec, twin):
            words = game_difference(self.spec, save_game(self.spec, game), save_game(self.spec, twin))
            raise self._fault(words or f"tick {self.tick}: a dict within an attribute is in another order")

    def _fault(self, words: str) -> NotDeterministic:
        again = "" if words.endswith("when it is played again") else " when it is played again"
        return NotDeterministic(self.spec.game.__name__, f"is not the same twice: {words}{again}")


class _Records(list[Record]):
    """A room's records for its twin; they go to the journal that the room is kept in, too."""

    onward: Journal | None = None

    def append(self, record: Record) -> None:
        super().append(record)
        if self.onward is not None:
            self.onward.records.append(record)


class _Tee(Journal):
    def __init__(self, onward: Journal | None) -> None:
        super().__init__()
        self.records: _Records = _Records()
        self.records.onward = onward

    def take(self) -> list[Record]:
        taken = list(self.records)
        self.records.clear()
        return taken
