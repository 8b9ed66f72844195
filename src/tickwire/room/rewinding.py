"""A room that outlives what breaks its rules: it goes back to before the tick, and makes it without what broke it.

For games that say `on_error = "rewind"`. After each tick the game is saved in memory, as for a checkpoint. When the
rules raise, the saved game is restored, and the tick is made again without the input, or the line of chat, that was
being played; if none was, then without any, and without bots. If that breaks too, the room ends as any other.

What is left out follows from the state and the inputs alone, so a journal needs no record of it: playing its records
again leaves out the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from tickwire.errors import FieldError, NotDeterministic
from tickwire.game.contract import Emitted, Game, Player, Renamed, Said
from tickwire.game.fields import Unfit
from tickwire.game.saved import SavedGame, restore_game, save_game
from tickwire.game.spec import GameSpec
from tickwire.room.inputs import InputQueue, InputStep, OverheardStep, SayStep, Step
from tickwire.room.output import RoomMessage, TickOutput
from tickwire.room.play import Play
from tickwire.room.rollback import Copied, Rollback
from tickwire.room.roster import Roster
from tickwire.room.wishes import Wishes
from tickwire.wire.messages import Chat

log = logging.getLogger("tickwire.room")

# Times that a tick is made again without one input more. Then it is made without any: who sends hundreds that break
# the rules is not to hold the server up.
MOST = 4
TOLD_EVERY = 5.0  # seconds between two lines of chat about it at least

_OPTIONAL = InputStep | SayStep | OverheardStep  # what a tick can do without


def play_of(
    spec: GameSpec, game: Game, queue: InputQueue, rollback: Rollback | None, roster: Roster, wishes: Wishes
) -> Play:
    """What plays the ticks of a game, as the game says what is to happen when it breaks."""
    remembers = any(entity.rewind for entity in spec.tables.values())
    if spec.game.on_error == "rewind":
        return RewindingPlay(spec, game, queue, rollback, roster, wishes, remembers=remembers)
    return Play(game, queue, rollback, roster.rename, wishes, remembers=remembers)


@dataclass(slots=True)
class _Before:
    """A game between two ticks, and what it knows of its players."""

    game: SavedGame
    rollback: Copied | None
    said: list[Emitted | Said | Renamed]


@dataclass(slots=True)
class _Around:
    """What a tick changes beside the game."""

    players: dict[int, Player]
    bots: dict[int, Player]
    fields: list[tuple[Player, str, float, bool]]  # of each player: name, lag, away
    messages: list[RoomMessage]
    private: dict[int, list[RoomMessage]]
    acks: dict[int, int]
    early: dict[int, int]


class RewindingPlay(Play):
    """A game, and what is played to it; see the top of this file.

    Args:
        spec: the game.
        game: of a room.
        queue: what waits for its tick.
        rollback: if inputs that came late count from their tick.
        roster: who has a seat.
        wishes: takes what a bot returned that is no input.
        remembers: whether the game can look back at its rows.
    """

    def __init__(
        self,
        spec: GameSpec,
        game: Game,
        queue: InputQueue,
        rollback: Rollback | None,
        roster: Roster,
        wishes: Wishes,
        *,
        remembers: bool,
    ) -> None:
        super().__init__(game, queue, rollback, roster.rename, wishes, remembers=remembers)
        self._spec = spec
        self._roster = roster
        self._before: _Before | None = None  # the game after the last tick, while that is over
        self._step: Step | None = None  # what is being played
        self._told_from = 0.0  # the tick from which on players may be told again

    def tick(self, output: TickOutput) -> None:
        """See `Play`.

        Raises:
            Exception: whatever the rules raise without what they can do without.
        """
        before = self._before or self._save()
        self._before = None
        around = self._look_around(output)
        tick, ask_bots = self.game.tick + 1, True
        steps, out = self._queue.take(tick), list[Step]()
        for again in count(1):
            try:
                self._play(self._noting(steps), output, ask_bots=ask_bots)
                self._before = self._save()
                break
            except Exception as error:
                if self._wishes.strict or isinstance(error, NotDeterministic):
                    raise  # in a trial room, or by a guard: the author is to hear of it
                culprit = self._step
                alone = isinstance(culprit, _OPTIONAL) and again <= MOST
                gone = [step for step in steps if (step is culprit if alone else isinstance(step, _OPTIONAL))]
                if not gone and not ask_bots:
                    raise
                ask_bots = ask_bots and alone
                steps = [step for step in steps if not any(step is each for each in gone)]
                out += gone
                self._restore(before, around, output)
                self._tell(error, tick, culprit)
        if out:
            self._tell_players(out, output)

    def _noting(self, steps: list[Step]) -> Callable[[int], Iterator[Step]]:
        """Steps as `Play` takes them, noted while each is played."""
        self._step = None

        def take(tick: int) -> Iterator[Step]:
            for step in steps:
                self._step = step
                yield step
            self._step = None

        return take

    def _save(self) -> _Before:
        """The game as it is.

        Raises:
            FieldError: a row holds what its field cannot hold. It would be found when the state is sent, too late.
        """
        saved = save_game(self._spec, self.game)
        for name, entity in self._spec.tables.items():
            for field, column in zip(entity.fields, saved.tables[name].columns, strict=True):
                try:
                    field.type.to_wire(column)
                except Unfit as unfit:
                    raise FieldError(f"{entity.__name__}.{field.name}", field.type.holds, unfit.value) from None
        return _Before(saved, self.rollback.copy() if self.rollback is not None else None, list(self.game._said))

    def _look_around(self, output: TickOutput) -> _Around:
        everybody = {**self.game.players, **self._roster.seated}.values()
        return _Around(
            dict(self.game.players),
            dict(self.bots),
            [(player, player.name, player.lag, player.away) for player in everybody],
            list(output.messages),
            {number: list(messages) for number, messages in output.private.items()},
            dict(output.acks),
            dict(output.early),
        )

    def _restore(self, before: _Before, around: _Around, output: TickOutput) -> None:
        game, _ = restore_game(self._spec, before.game, self.game.tick_rate)
        game._watching = self.game._watching
        game._said = list(before.said)
        game.players.update(around.players)
        for player, name, lag, away in around.fields:
            if player.name != name:
                player.name = name
                self._roster.rename(player.id, name)
            player.lag, player.away = lag, away
        self._late.clear()
        self.bots = dict(around.bots)
        self.game = game
        if before.rollback is not None:
            self.rollback = Rollback.of_game(self._spec, game)
            assert self.rollback is not None
            self.rollback.put_back(before.rollback)
        output.messages[:] = around.messages
        output.private = {number: list(messages) for number, messages in around.private.items()}
        output.acks, output.early = dict(around.acks), dict(around.early)

    def _tell(self, error: Exception, tick: int, step: Step | None) -> None:
        what = f"{step.player.name} asked for" if isinstance(step, InputStep) else "was asked for or said"
        words = "room %s: %s broke in tick %d; it goes on without what %s"
        log.error(words, self._wishes.code, self._spec.name, tick, what, exc_info=error)

    def _tell_players(self, out: list[Step], output: TickOutput) -> None:
        """Say so in the chat. What was left out is acknowledged: no client need send it again."""
        for step in out:
            if isinstance(step, InputStep) and step.seq:
                output.acks[step.player.id] = max(step.seq, output.acks.get(step.player.id, 0))
        if self.game.tick < self._told_from:
            return
        self._told_from = self.game.tick + TOLD_EVERY * self.game.tick_rate
        names = {step.name if isinstance(step, OverheardStep) else step.player.name: None for step in out}
        who = next(iter(names)) if len(names) == 1 else "somebody"
        output.messages.append(Chat(0, "", f"{self._spec.title} broke at what {who} did; it goes on without that"))
