"""One running match. It takes messages and the time, and gives messages; it does no I/O.

The order of a tick is documented with its reasons in docs/TICK.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tickwire.errors import CannotRestore, RoomFull
from tickwire.game.contract import Input, Player
from tickwire.game.entity import Entity
from tickwire.game.fingerprint import fingerprint
from tickwire.game.history import believed_lag
from tickwire.game.saved import hash_game, restore_game, save_game
from tickwire.game.spec import GameSpec
from tickwire.ids import check_chat
from tickwire.replication.schema import Schema
from tickwire.replication.states import RoomStates
from tickwire.room.clock import TickClock
from tickwire.room.inputs import InputQueue
from tickwire.room.journal import (
    Checkpointed,
    Hashed,
    Heard,
    Joined,
    Journal,
    Kept,
    Left,
    Lost,
    Opened,
    Resumed,
    Said,
    Ticked,
    Watched,
)
from tickwire.room.output import TickOutput
from tickwire.room.rewinding import play_of
from tickwire.room.rollback import Rollback
from tickwire.room.roster import Roster
from tickwire.room.saved import VERSION, SavedRoom, pack_room
from tickwire.room.wishes import Wishes
from tickwire.wire.messages import InputMessage, PlayerInfo, Slip


class Room(Kept):
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
        saved: a checkpoint that it is to go on from; the game is not started then.

    Attributes:
        differences: how the game differs from the one that was saved, a sentence for each difference.
        play: makes ticks without making states of them, for replays.

    Raises:
        CannotRestore: the checkpoint does not fit the game as it is today.
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
        saved: SavedRoom | None = None,
    ) -> None:
        super().__init__()
        self.spec = spec
        self.code = code
        self.seed = seed
        self.seats = seats or spec.seats
        self.tick_rate = tick_rate or spec.tick_rate
        self.grace = spec.grace if grace is None else grace
        self.schema = Schema.of_game(spec)
        self.described_schema = self.schema.describe()
        self.differences: list[str] = []
        if saved is None:
            self.game = spec.create(seed, self.tick_rate)
        else:
            self.game, self.differences = restore_game(spec, saved.game, self.tick_rate)
        self.clock = TickClock(self.tick_rate, now, self.game.tick)
        self._remembers = any(e.rewind for e in spec.tables.values())
        self.states = RoomStates(self.schema, spec.tables_of(self.game), spec.hash_every)
        self._moves = False  # whether the last state had a change
        self._reach: dict[int, float] = {}  # ticks, by player: how far back what they say to have seen is believed
        self._roster = Roster(self.seats, bots, self.tick_rate)
        self.seated = self._roster.seated  # who holds a seat, by number; the game learns of it on the tick
        self._rollback = Rollback.of_game(spec, self.game)
        self._queue = InputQueue(self.tick_rate)
        self.wishes = Wishes(spec, code)  # what bots return that is no input
        self.play = play_of(spec, self.game, self._queue, self._rollback, self._roster, self.wishes)
        self._output = TickOutput(self.tick)  # of the ticks since the last state
        self.game._watching = self._roster.watching
        if saved is None:
            self.game.start()
            self._fill_with_bots()
        else:
            self._restore(saved)

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
    def watching(self) -> list[str]:
        """The names of those who look on."""
        return list(self._roster.watching)

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
            self._leave(self._roster.last_bot())
        player = self._seat(name, bot=False)
        self.note(Joined, name, player.id)
        return player

    def leave(self, player_id: int) -> None:
        """Free a seat; the game hears of it on the next tick."""
        self._leave(player_id)
        self.note(Left, player_id)

    def _leave(self, player_id: int) -> None:
        player = self._roster.unseat(player_id, self.tick)
        self._reach.pop(player_id, None)
        self._queue.leave(player)
        if not player.bot:
            self._fill_with_bots()

    def lose(self, player_id: int) -> None:
        """A player's connection is lost, and the seat is kept; the game hears of it on the next tick."""
        if self._roster.mark_away(player_id, away=True):
            self._queue.presence(self.seated[player_id], away=True)
            self.note(Lost, player_id)

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
        self.note(Resumed, player_id, sent)
        return taken, played

    def wake(self, now: float) -> None:
        """Go on after standing still: the next tick is due in one period, and none was missed."""
        self.clock.restart(now)

    def watch(self, name: str) -> str:
        """Somebody looks on; returns what the room calls them, told apart from players and from others who watch."""
        self.note(Watched, name, True)
        return self._roster.watch(name)

    def unwatch(self, name: str) -> None:
        """Who looked on under that name does no more."""
        self._roster.watching.remove(name)
        self.note(Watched, name, False)

    def input(
        self,
        player_id: int,
        seq: int,
        input: Input,
        tick: int | None = None,
        seen: float | None = None,
        message: bytes = b"",
    ) -> bool:
        """Queue an input for its tick; False if it was dropped as repeated or out of order.

        Args:
            player_id: whose.
            seq: its number, 1, 2, 3.
            input: what the game gets.
            tick: the one that it is meant for; None for the next.
            seen: the tick that was on the player's screen, with its fraction.
            message: all of this as it came, for the journal.

        Raises:
            RemoteProtocolError: too many of the player's inputs wait, or its number makes no sense.
        """
        believed = seen
        if seen is not None and (reach := self._reach.get(player_id)) is not None:
            meant = self.game.tick + 1 if tick is None else tick
            if self._rollback is None:  # else what came late counts from its tick, and as far back from there
                meant = max(meant, self.game.tick + 1)
            believed = max(meant - reach, seen)
        taken = self._queue.add(player_id, seq, input, self.game.tick, tick, believed)
        if taken and self._journal is not None:
            message = message or msgspec.msgpack.encode(InputMessage(seq, input, tick, seen))
            self._journal.records.append(Heard(self.number, player_id, message, None if believed == seen else believed))
        return taken

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
        player = self.seated.get(player_id)
        taken = self._queue.say(player, text) if player else self._queue.overhear(name, text)
        if taken:
            self.note(Said, player_id, name, text)
        return taken

    def tick_at(self, now: float) -> float:
        """The tick that is due now, with its fraction; if the server is late, that is more than the last one made."""
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

        The output of a tick whose state is not sent (`send_rate`) is empty: what it has to say waits for the next one.
        """
        self.note(Ticked, count)
        every, sent = self.spec.send_every, self.tick // self.spec.send_every
        for _ in range(count):
            self.play.tick(self._output)
        if self.play.game is not self.game:  # the rules broke, and it went back to before that
            self.go_on()
        if self._journal is not None and (self.tick + self.number) % round(self.tick_rate) < count:
            self.note(Hashed, hash_game(self.spec, self.game))
        if self.tick // every == sent:
            return TickOutput(self.tick)
        output, self._output = self._output, TickOutput(self.tick)
        output.tick = self.tick
        output.changed = not self.replaying and self.states.capture(self.tick)
        output.rests, self._moves = self._moves and not output.changed, output.changed
        self.play.place_said(output)
        return output

    def keep(self, journal: Journal, opened: Opened | None = None) -> None:
        """Have a record made of all that changes this room from now on.

        Args:
            journal: gathers them.
            opened: how the room began, as the journal has it; None for a room that is new to it.
        """
        self._journal = journal
        if opened is None:
            settings = self.seats, self._roster.bots, self.tick_rate, self.grace, journal.wall_time()
            begun = journal.number(), self.code, self.spec.name, fingerprint(self.spec.game), self.seed
            journal.records.append(opened := Opened(*begun, *settings))
        self.number, self.opened = opened.room, opened

    def checkpoint(self, tokens: Sequence[tuple[int, bytes, bytes]] = ()) -> bool:
        """Put a checkpoint into the journal, with the tokens of `Checkpointed`; False if the room does not rest."""
        if (saved := self.save() if self.rests else None) is not None:
            self.note(Checkpointed, pack_room(saved), self.opened, list(tokens))
        return saved is not None

    @property
    def rests(self) -> bool:
        """Whether a checkpoint can be taken: nothing waits for the next tick, and nothing to be said with a state."""
        return self._queue.empty and self.tick % self.spec.send_every == 0

    def save(self) -> SavedRoom | None:
        """A checkpoint, right after a tick was made; None if what that tick said waits for a later state."""
        if self.tick % self.spec.send_every:
            return None
        rollback = self._rollback.save() if self._rollback is not None else None
        game = save_game(self.spec, self.game)
        return SavedRoom(VERSION, game, self._roster.save(), self._queue.save(), rollback)

    def _restore(self, saved: SavedRoom) -> None:
        """The inverse of `save`, but for the game, which is restored already."""
        decode = msgspec.msgpack.Decoder(self.spec.inputs).decode
        self._roster.restore(saved.roster)
        self.game.players.update(self.seated)
        self.play.bots.update({id: player for id, player in self.seated.items() if player.bot})
        try:
            self._queue.restore(saved.queue, self.seated, decode)
            if self._rollback is not None and saved.rollback is not None and not self.differences:
                self._rollback.restore(saved.rollback, decode)
        except msgspec.DecodeError as error:
            raise CannotRestore(f"{self.spec.game.__name__}.inputs are others than they were: {error}") from None

    def go_on(self) -> None:
        """Take the game over that `play` went back to when the rules broke."""
        self.game, self._rollback = self.play.game, self.play.rollback
        self.states = RoomStates(self.schema, self.spec.tables_of(self.game), self.spec.hash_every)

    def _seat(self, name: str, *, bot: bool) -> Player:
        player = self._roster.seat(name, self.tick, bot=bot)
        self._queue.join(player)
        return player

    def _fill_with_bots(self) -> None:
        for name in self._roster.bots_missing():
            self._seat(name, bot=True)
