"""One running match. It takes messages and the time, and gives messages; it does no I/O.

The order of a tick is documented with its reasons in docs/TICK.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tickwire.errors import RoomFull
from tickwire.game.contract import Emitted, Game, Input, Player, Renamed, Said
from tickwire.game.entity import Entity
from tickwire.game.history import believed_lag
from tickwire.game.spec import GameSpec
from tickwire.ids import WATCHER, chat_lines, check_chat
from tickwire.replication.schema import Schema
from tickwire.replication.states import RoomStates
from tickwire.room.clock import TickClock
from tickwire.room.inputs import InputQueue, InputStep, JoinStep, LeaveStep, OverheardStep, PresenceStep, SayStep
from tickwire.room.output import RoomMessage, TickOutput
from tickwire.room.rollback import Rollback
from tickwire.room.roster import Roster
from tickwire.room.wishes import Wishes
from tickwire.wire.messages import Away, Chat, Event, Joined, Left, NewName, PlayerInfo, Slip


class Room:
    """One running match of a game.

    Args:
        spec: the game.
        code: the room's code.
        seed: of the game's chance.
        now: the time at which it starts, in seconds.
        bots: how many seats bots fill while people leave them free.
        seats: how many seats there are, if not as many as the game says.
        tick_rate: ticks a second, if not as many as the game says.
        grace: seconds for which the seat of a lost connection is kept, if not as many as the game says.

    Raises:
        Exception: whatever the game's `start` raises.
    """

    def __init__(
        self,
        spec: GameSpec,
        code: str,
        seed: int,
        now: float,
        *,
        bots: int = 0,
        seats: int | None = None,
        tick_rate: float | None = None,
        grace: float | None = None,
    ) -> None:
        self.spec = spec
        self.code = code
        self.seed = seed
        self.seats = seats or spec.seats
        self.tick_rate = tick_rate or spec.tick_rate
        self.grace = spec.grace if grace is None else grace
        self.clock = TickClock(self.tick_rate, now)
        self.schema = Schema.of_game(spec)
        self.described_schema = self.schema.describe()
        self.game = spec.create(seed, self.tick_rate)
        self._remembers = any(e.rewind for e in spec.tables.values())
        self.states = RoomStates(self.schema, [getattr(self.game, name) for name in spec.tables], spec.hash_every)
        self._moves = False  # whether the last state had a change
        self._reach: dict[int, float] = {}  # ticks, by player: how far back what they say to have seen is believed
        self._roster = Roster(self.seats, bots, self.tick_rate)
        self.seated = self._roster.seated  # who holds a seat, by number; the game learns of it on the tick
        self._rollback = _rollback_of(spec, self.game)
        self._queue = InputQueue(self.tick_rate)
        self._bots: dict[int, Player] = {}  # those that the game knows of
        self.wishes = Wishes(spec, code)  # what bots return that is no input
        self._late: dict[Player, float] = {}  # whose input came late in this tick, and their lag without that
        self._output = TickOutput(0)  # of the ticks since the last state
        self.game._watching = self._roster.watching
        self.game.start()
        self._fill_with_bots()

    @property
    def tick(self) -> int:
        """The number of the last tick."""
        return self.game.tick

    @property
    def people(self) -> int:
        """How many seats are held by people."""
        return self._roster.people

    @property
    def watchers(self) -> int:
        """How many look on."""
        return len(self._roster.watching)

    @property
    def has_seat(self) -> bool:
        """Whether a person who comes now gets a seat. A bot gives way."""
        return self._roster.people < self.seats

    @property
    def empty(self) -> bool:
        """Whether nobody is here but bots."""
        return self._roster.people == 0 and self.watchers == 0

    def players(self) -> list[PlayerInfo]:
        """Everyone who holds a seat."""
        return self._roster.infos()

    def join(self, name: str) -> Player:
        """Give a person a seat; the game sees the player from the next tick on.

        Raises:
            RoomFull: every seat is held by a person.
        """
        if not self.has_seat:
            raise RoomFull(self.code, self.seats)
        if self._roster.full:
            self.leave(self._roster.last_bot())
        return self._seat(name, bot=False)

    def leave(self, player_id: int) -> None:
        """Free a seat; the game hears of it on the next tick."""
        player = self._roster.unseat(player_id, self.tick)
        self._reach.pop(player_id, None)
        self._queue.leave(player)
        if not player.bot:
            self._fill_with_bots()

    def lose(self, player_id: int) -> None:
        """A player's connection is lost, and the seat is kept; the game hears of it on the next tick."""
        if self._roster.mark_away(player_id, away=True):
            self._queue.presence(self.seated[player_id], away=True)

    def resume(self, player_id: int, sent: int | None = None) -> tuple[int, int]:
        """A client took a seat back.

        Args:
            player_id: whose.
            sent: the highest `seq` that this client has sent for the seat; it counts on from there. None: it counts
                its inputs from 1 again.

        Returns:
            Up to which `seq` its inputs were taken, and up to which they are part of a tick.
        """
        if self._roster.mark_away(player_id, away=False):
            self._queue.presence(self.seated[player_id], away=False)
        taken, played = self._queue.resume(player_id, sent)
        if self._output.acks.get(player_id, 0) > taken:  # counted by another client, in a tick that is not sent yet
            del self._output.acks[player_id]
            self._output.early.pop(player_id, None)
        return taken, played

    def wake(self, now: float) -> None:
        """Go on after standing still: the next tick is due in one period, and none was missed."""
        self.clock.restart(now)

    def watch(self, name: str) -> str:
        """Somebody looks on; returns what the room calls them, told apart from players and from others who watch."""
        return self._roster.watch(name)

    def unwatch(self, name: str) -> None:
        """Who looked on under that name does no more."""
        self._roster.watching.remove(name)

    def input(self, player_id: int, seq: int, input: Input, tick: int | None = None, seen: float | None = None) -> bool:
        """Queue an input for its tick; False if it was dropped as repeated or out of order.

        Args:
            player_id: whose.
            seq: its number, 1, 2, 3.
            input: what the game gets.
            tick: the one that it is meant for; None for the next.
            seen: the tick that was on the player's screen, with its fraction.

        Raises:
            RemoteProtocolError: too many of the player's inputs wait, or its number makes no sense.
        """
        if seen is not None and (reach := self._reach.get(player_id)) is not None:
            meant = self.game.tick + 1 if tick is None else tick
            if self._rollback is None:  # else what came late counts from its tick, and as far back from there
                meant = max(meant, self.game.tick + 1)
            seen = max(meant - reach, seen)
        return self._queue.add(player_id, seq, input, self.game.tick, tick, seen)

    def believe(self, player_id: int, round_trip: float | None) -> None:
        """From now on, believe what a player says to have seen no further back than its connection explains.

        Args:
            player_id: whose.
            round_trip: seconds, as the server measured it; None if it has not.
        """
        if self._remembers:
            every = self.spec.send_every / self.tick_rate
            self._reach[player_id] = believed_lag(round_trip, every) * self.tick_rate

    def say(self, player_id: int, name: str, text: str) -> bool:
        """Say something. The game hears it first, on the tick; False if it was one line too many.

        Raises:
            RemoteProtocolError: the line cannot be shown.
        """
        text = check_chat(text)
        if player := self.seated.get(player_id):
            return self._queue.say(player, text)
        return self._queue.overhear(name, text)

    def tick_at(self, now: float) -> float:
        """The tick that is due now, with the fraction of the next one that has passed: where the timeline is.

        If the server is late, that is more than the last tick that was made. Clients set their clocks by it, and those
        ticks are made up for, or a slip is announced.
        """
        return self.tick + max(1 - (self.clock.next_at - now) / self.clock.period, 0.0)

    def focus(self, player_id: int) -> tuple[float, float]:
        """Where a player looks, for tables that are seen by position. Watchers look where the first player does."""
        return self.foci([player_id])[0]

    def foci(self, player_ids: Iterable[int]) -> list[tuple[float, float]]:
        """The same of many players."""
        game, player = self.game, self.game.players.get
        middle = (self.spec.board[0] / 2, self.spec.board[1] / 2)
        first = next(iter(self.game.players.values()), None)
        if first is None:
            return [middle for _ in player_ids]
        return [game.focus(player(id, first)) or middle for id in player_ids]

    def priority(self, player_id: int, row: Entity) -> float:
        """How urgent a row is for a player; all rows are the same to watchers."""
        player = self.game.players.get(player_id)
        return self.game.priority(player, row) if player else 1.0

    def advance(self, now: float) -> TickOutput | None:
        """Make the ticks that are due; None if none is.

        What several of them have to say is said at once, with one state, that of the last: whoever is late already
        is not helped by states that are old when they come.

        Raises:
            Exception: whatever the game raises; the room is over then.
        """
        skipped = self.clock.skipped
        due = self.clock.take_due(now)
        if self.clock.skipped > skipped:
            self._output.messages.append(Slip(self.clock.skipped - skipped))
        if not due:
            return None
        sent = self.tick // self.spec.send_every
        output = self.make_ticks(due)
        return output if self.tick // self.spec.send_every > sent else None

    def make_tick(self) -> TickOutput:
        """Make one tick, due or not."""
        return self.make_ticks(1)

    def make_ticks(self, count: int) -> TickOutput:
        """Make ticks, due or not, and say what they have to say.

        Where a state is sent only every so many ticks, what those between have to say waits for it, and the output of
        such a tick is empty.
        """
        every, sent = self.spec.send_every, self.tick // self.spec.send_every
        for _ in range(count):
            self._make_tick(self._output)
        if self.tick // every == sent:
            return TickOutput(self.tick)
        output, self._output = self._output, TickOutput(self.tick)
        output.tick = self.tick
        output.changed = self.states.capture(self.tick)
        output.rests, self._moves = self._moves and not output.changed, output.changed
        self._place_said(output)
        return output

    def _make_tick(self, output: TickOutput) -> None:
        game = self.game
        game.tick += 1
        for player in list(self._bots.values()):
            if isinstance(wish := game.bot(player), Input):
                game.receive(player, wish)
            elif wish is not None:
                self.wishes.refuse(wish)
        players = game.players
        for step in self._queue.take(game.tick):
            match step:
                case InputStep():
                    player = step.player
                    if players.get(player.id) is not player:
                        continue  # who left before this tick has no say in it
                    if step.early is not None or step.seen is not None or self._rollback is not None:
                        self._play_timed(step, output)
                        continue
                    game.receive(player, step.input)
                    if step.seq:
                        output.acks[player.id] = step.seq
                case JoinStep(player):
                    output.messages.append(Joined(player.id, player.name, player.bot))
                    players[player.id] = player
                    if player.bot:
                        self._bots[player.id] = player
                    game.join(player)
                case LeaveStep(player):
                    output.messages.append(Left(player.id, player.name))
                    self._bots.pop(player.id, None)
                    if players.pop(player.id, None) is not None:
                        game.leave(player)
                    if self._rollback is not None:
                        self._rollback.left(player.id)
                case PresenceStep(player, away):
                    if players.get(player.id) is player:
                        player.away = away
                        output.messages.append(Away(player.id, player.name, away))
                        game.away_changed(player)
                case SayStep(player, text):
                    if players.get(player.id) is player and (heard := game.hear(player, text)) is not None:
                        output.messages += [Chat(player.id, player.name, line) for line in chat_lines(heard)]
                    self._place_said(output)  # before who said it is heard to have left
                case OverheardStep(name, text):
                    if (heard := game.overhear(name, text)) is not None:
                        output.messages += [Chat(WATCHER, name, line) for line in chat_lines(heard)]
                    self._place_said(output)
        if self._rollback is not None:
            for brought in self._rollback.replay(game.tick):
                game.belated(game.players[brought.player], brought.row, brought.ticks)
        game.step()
        while self._late:
            player, player.lag = self._late.popitem()
        if self._remembers:
            game._history.record()
        if self._rollback is not None:
            self._rollback.record(game.tick)

    def _play_timed(self, step: InputStep, output: TickOutput) -> None:
        """Play an input that may say which tick it was meant for, and which one its player saw."""
        player, late = step.player, 0 if step.early is None else max(0, -step.early)
        if step.seen is not None:
            clamp, lag = self.game._history.clamp, self.game.tick - step.seen
            player.lag = clamp(lag - late)  # of the screen, which is not later than before
            if late and self._rollback is None:  # only this input is, and counts from now on
                player.lag, self._late[player] = clamp(lag), player.lag
        if self._rollback is not None:
            self._rollback.heard(player.id, step.input, self.game.tick, late)
        self.game.receive(player, step.input)
        if step.seq:
            output.acks[player.id] = step.seq
            if step.early is not None:
                output.early[player.id] = min(step.early, output.early.get(player.id, step.early))

    def _place_said(self, output: TickOutput) -> None:
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
                    self._roster.rename(player_id, name)
            if to is None:
                output.messages.append(message)
            else:
                for number in (to,) if isinstance(to, int) else to:
                    output.private.setdefault(number, []).append(message)

    def _seat(self, name: str, *, bot: bool) -> Player:
        player = self._roster.seat(name, self.tick, bot=bot)
        self._queue.join(player)
        return player

    def _fill_with_bots(self) -> None:
        for name in self._roster.bots_missing():
            self._seat(name, bot=True)


def _rollback_of(spec: GameSpec, game: Game) -> Rollback | None:
    if not spec.game.rollback:
        return None
    name = next(name for name, entity in spec.tables.items() if entity is spec.game.predict)
    idle = spec.controls.input
    assert idle is not None  # a game that predicts has one
    return Rollback(getattr(game, name), game.players, idle(), game._history.reach)


def describe_room(room: Room) -> dict[str, Any]:
    """A line of the list of rooms."""
    return {
        "room": room.code,
        "game": room.spec.name,
        "players": len(room.seated),
        "people": room.people,
        "seats": room.seats,
        "watchers": room.watchers,
        "tick": room.tick,
    }
