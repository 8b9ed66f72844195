"""For the tests of games: rooms in virtual time, without a server, a socket or a wait.

`room_of` gives a room, with all that a server calls. `PlayedRoom` stands before one as a server and its clients do:
inputs are numbered and acknowledged, lines are lost, and the room is recovered from its journal. The pytest fixture
`play` (`testing_plugin`) opens those. `replay` plays a file of a room that broke.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

from tickwire.crash_files import replay
from tickwire.errors import LocalProtocolError, NotDeterministic
from tickwire.game.contract import Game, Input, Player
from tickwire.game.saved import save_game
from tickwire.game.spec import inspect_game
from tickwire.room.journal import Journal, pack_commit, unpack_commit
from tickwire.room.output import RoomMessage, TickOutput
from tickwire.room.proof import difference, game_difference
from tickwire.room.recovery import Stories, rebuild
from tickwire.room.room import Room
from tickwire.room.strict import StrictRoom
from tickwire.wire.messages import Chat

__all__ = ["PlayedRoom", "Room", "Seat", "replay", "room_of"]

GameT = TypeVar("GameT", bound=Game)

_CODE = "TEST"
_CHECKPOINTS = 0.02  # chance of one after each tick: one in 50


def room_of(game: type[Game], *, seed: int = 1, bots: int = 0, seats: int | None = None) -> Room:
    """A room of a game that has made no tick yet; `make_tick` makes one, and `make_ticks(100)` a hundred.

    Args:
        game: its class.
        seed: of its chance.
        bots: how many seats bots fill.
        seats: how many there are, if not as many as the game says.

    Raises:
        ContractError: the game breaks the contract.

    >>> from tickwire import Game, Player
    >>> class Greeter(Game):
    ...     greeted: int
    ...     def join(self, player: Player) -> None:
    ...         self.greeted += 1
    ...         self.say(f"welcome, {player.name}")
    >>> room = room_of(Greeter)
    >>> ada = room.join("ada")
    >>> output = room.make_tick()
    >>> room.game.greeted, output.messages[-1].text
    (1, 'welcome, ada')
    """
    return Room(inspect_game(game), _CODE, seed, 0.0, bots=bots, seats=seats)


@dataclass(slots=True, eq=False)
class _Sent:
    """Something that a client sent."""

    seat: Seat
    seq: int  # of an input; 0 for a line of chat
    input: Input | None = None
    tick: int | None = None
    seen: float | None = None
    text: str = ""


class Seat:
    """Somebody in a room, as a client with a seat sees it. `PlayedRoom.join` makes them.

    Attributes:
        id: the player's number.
        acked: the highest `seq` that was acknowledged: this input and all before it are part of the game.
        messages: what this client was told, in order: chat, events, who came and went. Not while it was away.
        away: whether its line is lost.
    """

    def __init__(self, room: PlayedRoom[Any], player: Player) -> None:
        self.id = player.id
        self.acked = 0
        self.messages: list[RoomMessage] = []
        self.away = False
        self._room = room
        self._seq = 0
        self._unacked: dict[int, _Sent] = {}

    @property
    def name(self) -> str:
        """What the room calls it."""
        return self.player.name

    @property
    def player(self) -> Player:
        """The `Player` that the rules see; another object after `PlayedRoom.kill`."""
        return self._room.room.seated[self.id]

    @property
    def lines(self) -> list[str]:
        """The lines of chat among `messages`."""
        return [message.text for message in self.messages if isinstance(message, Chat)]

    def send(self, input: Input, *, tick: int | None = None, seen: float | None = None) -> int:
        """Send an input. It is under way until the next tick; without a line it waits for `resume`.

        Args:
            input: of the game's.
            tick: the one that it is meant for; None for the next.
            seen: the tick that was on the screen, with its fraction.

        Returns:
            Its `seq`; `acked` gets there when it counts.
        """
        self._seq += 1
        sent = self._unacked[self._seq] = _Sent(self, self._seq, input, tick, seen)
        if not self.away:
            self._room._under_way.append(sent)
        return self._seq

    def say(self, text: str) -> None:
        """Say a line. It is under way until the next tick.

        Raises:
            LocalProtocolError: the line is lost.
        """
        if self.away:
            raise LocalProtocolError(f"{self.name} is away and can say nothing; call resume() first")
        self._room._under_way.append(_Sent(self, 0, text=text))

    def drop(self) -> None:
        """The line is lost. How much of what is under way still arrives is up to the seed of the room's faults."""
        if not self.away:
            self._room._drop(self)

    def resume(self) -> None:
        """Take the seat back. Inputs that did not arrive are sent again, and count once; chat is not."""
        if self.away:
            self._room._resume(self)

    def leave(self) -> None:
        """Give the seat up; what is under way arrives before."""
        self._room._leave(self)


class PlayedRoom(Generic[GameT]):
    """A room with people in it, in virtual time, that keeps a journal.

    Args:
        game: its class.
        seed: of its chance, and of the faults.
        bots: how many seats bots fill.
        seats: how many there are, if not as many as the game says.
        strict: whether rules that go by the clock, by other chance or by files raise NotDeterministic, with their line.
        twice: whether the room is played twice, so that what comes out differently raises NotDeterministic.

    Attributes:
        room: the room itself; another one after `kill`.
        messages: what everybody was told, in order.

    Raises:
        ContractError: the game breaks the contract.

    >>> from tickwire import Game, Input, Player
    >>> class Push(Input):
    ...     pass
    >>> class Button(Game):
    ...     inputs = Push
    ...     pushed: int
    ...     def receive(self, player: Player, push: Push) -> None:
    ...         self.pushed += 1
    >>> room = PlayedRoom(Button)
    >>> ada = room.join("ada")
    >>> seq = ada.send(Push())
    >>> ada.drop()
    >>> ada.resume()
    >>> room.kill()
    >>> room.ticks(2)
    >>> room.game.pushed, ada.acked
    (1, 1)
    """

    def __init__(
        self,
        game: type[GameT],
        *,
        seed: int = 1,
        bots: int = 0,
        seats: int | None = None,
        strict: bool = True,
        twice: bool = False,
    ) -> None:
        spec = inspect_game(game)
        make = partial(StrictRoom, guarded=strict, twice=twice) if strict or twice else Room
        self._make = cast("Callable[..., Room]", make)
        self.room = self._make(spec, _CODE, seed, 0.0, bots=bots, seats=seats)
        self.messages: list[RoomMessage] = []
        self._faults = random.Random(f"faults {seed}")  # not the game's: a test without faults plays the same game
        self._seats: list[Seat] = []
        self._under_way: list[_Sent] = []
        self._journal = Journal()
        self._commits: list[bytes] = []
        self.room.keep(self._journal)
        self._commit()

    @property
    def game(self) -> GameT:
        """The game; another object after `kill`."""
        return cast(GameT, self.room.game)

    @property
    def tick(self) -> int:
        """The number of the last tick."""
        return self.room.tick

    def join(self, name: str) -> Seat:
        """Somebody takes a seat; the game sees the player from the next tick on.

        Raises:
            RoomFull: every seat is held by a person.
        """
        seat = Seat(self, self.room.join(name))
        self._seats.append(seat)
        self._commit()  # as before a welcome
        return seat

    def ticks(self, count: int = 1) -> None:
        """Let what is under way arrive, and make ticks.

        Raises:
            NotDeterministic: see the class.
            Exception: whatever the game raises.
        """
        self._arrive(self._under_way)
        for _ in range(count):
            output = self.room.make_tick()
            if self._faults.random() < _CHECKPOINTS and self.room.rests:
                self.room.checkpoint()
            self._commit()  # before anybody hears of the tick
            self._tell(output)

    def kill(self) -> None:
        """Throw the room away, and recover it from its journal, as when a server is killed and started again.

        What is under way is lost; those who had a line come back and send it again. All that was acknowledged counts.

        Raises:
            NotDeterministic: the recovered room is not the one that was thrown away.
            CannotRestore: it cannot be recovered.
        """
        before, number = self.room, self.room.number
        self._under_way.clear()
        self._journal.take()
        stories = Stories()
        for commit, payload in enumerate(self._commits, 1):
            stories.tell(commit, unpack_commit(payload))
        spec = before.spec
        self.room = rebuild(stories.open[number], {spec.name: spec}, 0.0, self._make)
        if words := _difference(before, self.room):
            raise NotDeterministic(spec.game.__name__, f"is another after it was recovered: {words}")
        self.room.keep(self._journal, before.opened)
        for seat in self._seats:
            if not seat.away:
                self.room.lose(seat.id)
                self._resume(seat)

    def _arrive(self, sent: list[_Sent]) -> None:
        arriving, self._under_way = sent, [each for each in self._under_way if each not in sent]
        for each in arriving:
            if each.input is None:
                self.room.say(each.seat.id, each.seat.name, each.text)
            else:
                self.room.input(each.seat.id, each.seq, each.input, each.tick, each.seen)

    def _commit(self) -> None:
        self._commits.append(pack_commit(self._journal.take()))

    def _tell(self, output: TickOutput) -> None:
        self.messages += output.messages
        for seat in self._seats:
            if seat.away:
                continue
            seat.messages += [*output.messages, *output.private.get(seat.id, [])]
            if (acked := output.acks.get(seat.id, 0)) > seat.acked:
                seat.acked = acked
                seat._unacked = {seq: sent for seq, sent in seat._unacked.items() if seq > acked}

    def _drop(self, seat: Seat) -> None:
        own = [sent for sent in self._under_way if sent.seat is seat]
        self._arrive(own[: self._faults.randint(0, len(own))])
        self._under_way = [sent for sent in self._under_way if sent.seat is not seat]
        seat.away = True
        self.room.lose(seat.id)
        self._commit()

    def _resume(self, seat: Seat) -> None:
        taken, played = self.room.resume(seat.id, seat._seq)
        self._commit()
        seat.away = False
        seat.acked = max(seat.acked, min(played, taken))
        self._under_way += [sent for seq, sent in seat._unacked.items() if seq > taken]

    def _leave(self, seat: Seat) -> None:
        self._arrive([sent for sent in self._under_way if sent.seat is seat])
        self._seats.remove(seat)
        self.room.leave(seat.id)
        self._commit()


def _difference(before: Room, after: Room) -> str:
    if before.rests and after.rests and (then := before.save()) and (now := after.save()):
        return difference(before.spec, then, now)
    return game_difference(before.spec, save_game(before.spec, before.game), save_game(after.spec, after.game))
