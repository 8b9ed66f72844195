"""Plays a tick: what waited for it, in its order, then the rules. docs/TICK.md has the order, with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tickwire.game.contract import Emitted, Game, Input, Player, Renamed, Said
from tickwire.ids import WATCHER, chat_lines
from tickwire.room.inputs import InputQueue, InputStep, JoinStep, LeaveStep, OverheardStep, PresenceStep, SayStep, Step
from tickwire.room.output import RoomMessage, TickOutput
from tickwire.room.rollback import Rollback
from tickwire.room.wishes import Wishes
from tickwire.wire.messages import Away, Chat, Event, Joined, Left, NewName


class Play:
    """A game, and what is played to it.

    Args:
        game: of a room.
        queue: what waits for its tick.
        rollback: if inputs that came late count from their tick.
        renamed: called when the game gave a player another name.
        wishes: takes what a bot returned that is no input.
        remembers: whether the game can look back at its rows.

    Attributes:
        bots: those that the game knows of, by number.
        game: the one of the arguments, or what took its place (`room.rewinding`).
        rollback: of that game.
    """

    def __init__(
        self,
        game: Game,
        queue: InputQueue,
        rollback: Rollback | None,
        renamed: Callable[[int, str], None],
        wishes: Wishes,
        *,
        remembers: bool,
    ) -> None:
        self.bots: dict[int, Player] = {}
        self.game = game
        self.rollback = rollback
        self._queue = queue
        self._renamed = renamed
        self._wishes = wishes
        self._remembers = remembers
        self._late: dict[Player, float] = {}  # whose input came late in this tick, and their lag without that

    def tick(self, output: TickOutput) -> None:
        """Play one tick, and add what it has to say to `output`."""
        self._play(self._queue.take, output)

    def _play(self, take: Callable[[int], Iterable[Step]], output: TickOutput, *, ask_bots: bool = True) -> None:
        """Play one tick with the steps that `take` gives for it."""
        game = self.game
        game.tick += 1
        for player in list(self.bots.values()) if ask_bots else ():
            if isinstance(wish := game.bot(player), Input):
                game.receive(player, wish)
            elif wish is not None:
                self._wishes.refuse(wish)
        players = game.players
        for step in take(game.tick):
            match step:
                case InputStep():
                    player = step.player
                    if players.get(player.id) is not player:
                        continue  # who left before this tick has no say in it
                    if step.early is not None or step.seen is not None or self.rollback is not None:
                        self._play_timed(step, output)
                        continue
                    game.receive(player, step.input)
                    if step.seq:
                        output.acks[player.id] = step.seq
                case JoinStep(player):
                    output.messages.append(Joined(player.id, player.name, player.bot))
                    players[player.id] = player
                    if player.bot:
                        self.bots[player.id] = player
                    game.join(player)
                case LeaveStep(player):
                    output.messages.append(Left(player.id, player.name))
                    self.bots.pop(player.id, None)
                    if players.pop(player.id, None) is not None:
                        game.leave(player)
                    if self.rollback is not None:
                        self.rollback.left(player.id)
                case PresenceStep(player, away):
                    if players.get(player.id) is player:
                        player.away = away
                        output.messages.append(Away(player.id, player.name, away))
                        game.away_changed(player)
                case SayStep(player, text):
                    if players.get(player.id) is player:
                        lines = _lines("hear", game.hear(player, text))
                        output.messages += [Chat(player.id, player.name, line) for line in lines]
                    self.place_said(output)  # before who said it is heard to have left
                case OverheardStep(name, text):
                    lines = _lines("overhear", game.overhear(name, text))
                    output.messages += [Chat(WATCHER, name, line) for line in lines]
                    self.place_said(output)
        if self.rollback is not None:
            for brought in self.rollback.replay(game.tick):
                game.belated(game.players[brought.player], brought.row, brought.ticks)
        game.step()
        while self._late:
            player, player.lag = self._late.popitem()
        if self._remembers:
            game._history.record()
        if self.rollback is not None:
            self.rollback.record(game.tick)

    def _play_timed(self, step: InputStep, output: TickOutput) -> None:
        """Play an input that may say which tick it was meant for, and which one its player saw."""
        player, late = step.player, 0 if step.early is None else max(0, -step.early)
        if step.seen is not None:
            clamp, lag = self.game._history.clamp, self.game.tick - step.seen
            player.lag = clamp(lag - late)  # of the screen, which is not later than before
            if late and self.rollback is None:  # only this input is, and counts from now on
                player.lag, self._late[player] = clamp(lag), player.lag
        if self.rollback is not None:
            self.rollback.heard(player.id, step.input, self.game.tick, late)
        self.game.receive(player, step.input)
        if step.seq:
            output.acks[player.id] = step.seq
            if step.early is not None:
                output.early[player.id] = min(step.early, output.early.get(player.id, step.early))

    def place_said(self, output: TickOutput) -> None:
        """Put what the game has said since this was last called where it belongs."""
        for said in self.game.take_said():
            message: RoomMessage
            match said:
                case Emitted(name, data, to):
                    message = Event(name, data)
                case Said(text, player_id, name, to):
                    message = Chat(player_id, name, text)
                case Renamed(player_id, name):
                    message, to = NewName(player_id, name), None
                    self._renamed(player_id, name)
            if to is None:
                output.messages.append(message)
            else:
                for number in (to,) if isinstance(to, int) else to:
                    output.private.setdefault(number, []).append(message)


def _lines(hook: str, heard: object) -> tuple[str, ...]:
    """The lines of chat that a hook of the game's lets pass."""
    if heard is None:
        return ()
    if not isinstance(heard, str):
        raise TypeError(f"{hook}() returns the text that everybody reads, or None for nothing; it returned {heard!r}")
    return chat_lines(heard)
