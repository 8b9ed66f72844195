"""The rooms of a server: finding one, making one, ending those that are empty."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tickwire.errors import NoSuchGame, NoSuchRoom, RoomFull, ServerBusy, TooManyRooms
from tickwire.game.spec import GameSpec
from tickwire.ids import room_code
from tickwire.room.journal import Ended
from tickwire.room.room import Room

NEW_ROOM = "new"  # what a hello says to have a room of its own
MAX_ROOMS = 5000  # of a server; as many as 10,000 connections need for games of two
MAX_ROOMS_EACH = 500  # opened from one address: a school or a proxy may be behind it


class Lobby:
    """All rooms.

    Args:
        games: what is served; the first is what a hello without a game gets.
        chance: of room codes and of the rooms' seeds.
        bots: how many seats bots fill in each room.
        seats: how many seats a room has, if not as many as its game says.
        tick_rate: ticks a second, if not as many as the game says.
        seed: of every room's chance; None for one of its own for each.
        grace: seconds for which the seat of a lost connection is kept, if not as many as the game says.
        max_rooms: how many rooms there may be.
        max_rooms_each: how many of them may have been opened from one address.
        make: takes what `Room` takes.

    Attributes:
        games: by name.
        rooms: by code.
        busy: whether there is no time for one more room.
    """

    def __init__(
        self,
        games: Sequence[GameSpec],
        chance: random.Random,
        *,
        bots: int = 0,
        seats: int | None = None,
        tick_rate: float | None = None,
        seed: int | None = None,
        grace: float | None = None,
        max_rooms: int = MAX_ROOMS,
        max_rooms_each: int = MAX_ROOMS_EACH,
        make: Callable[..., Room] = Room,
    ) -> None:
        self.games = {spec.name: spec for spec in games}
        self.rooms: dict[str, Room] = {}
        self._default = games[0]
        self._chance = chance
        self._bots = bots
        self._seats = seats
        self._tick_rate = tick_rate
        self._seed = seed
        self._grace = grace
        self._make_room = make
        self._max_rooms = max_rooms
        self._max_rooms_each = max_rooms_each
        self.busy: Callable[[], bool] = bool
        self._openers: dict[Room, str] = {}
        self._opened: Counter[str] = Counter()  # rooms that are there, by the address that they were opened from

    def find(self, game: str | None, room: str | None, now: float, *, watch: bool = False, opener: str = "") -> Room:
        """The room for somebody who comes: the one asked for, one with a free seat, or a new one.

        Args:
            game: its name; None for the first.
            room: a code, or NEW_ROOM; None for any.
            now: the time, in seconds.
            watch: no seat is needed.
            opener: the address of who asks.

        Raises:
            NoSuchGame, NoSuchRoom, RoomFull, TooManyRooms, ServerBusy: what is asked for is not to be had.
        """
        if room is not None and room != NEW_ROOM:
            return self._coded(room.upper(), watch=watch)  # whatever game it is of: who has a code was invited there
        spec = self._default if game is None else self.games.get(game)
        if spec is None:
            assert game is not None
            raise NoSuchGame(game, list(self.games))
        if room == NEW_ROOM:
            return self.make(spec, now, opener)
        return self._quick(spec, watch=watch) or self.make(spec, now, opener)

    def make(self, spec: GameSpec, now: float, opener: str = "") -> Room:
        """A new room of a game.

        Raises:
            TooManyRooms: there are as many as may be, or as the opener's address may have opened.
            ServerBusy: those that there are take nearly all of the time.
        """
        if len(self.rooms) >= self._max_rooms:
            raise TooManyRooms(self._max_rooms)
        if opener and self._opened[opener] >= self._max_rooms_each:
            raise TooManyRooms(self._max_rooms_each, opener)
        if self.busy():
            raise ServerBusy
        code = room_code(self._chance)
        while code in self.rooms:
            code = room_code(self._chance)
        seed = self._chance.getrandbits(64) if self._seed is None else self._seed
        room = self._make_room(
            spec,
            code,
            seed,
            now,
            bots=self._bots,
            seats=self._seats,
            tick_rate=self._tick_rate,
            grace=self._grace,
        )
        self.rooms[code] = room
        if opener:
            self._openers[room] = opener
            self._opened[opener] += 1
        return room

    def add(self, room: Room) -> None:
        """A room that was there before the server was started."""
        self.rooms[room.code] = room

    def end(self, room: Room) -> None:
        """Forget a room."""
        room.note(Ended)
        self.rooms.pop(room.code, None)
        if (opener := self._openers.pop(room, None)) is not None:
            self._opened[opener] -= 1
            if not self._opened[opener]:
                del self._opened[opener]

    def empty_rooms(self) -> list[Room]:
        """The rooms that nobody is in any more."""
        return [r for r in self.rooms.values() if r.empty]

    def describe(self) -> dict[str, Any]:
        """What is served, and what rooms there are."""
        return {
            "games": [self._describe_game(g) for g in self.games.values()],
            "rooms": [describe_room(r) for r in self.rooms.values()],
        }

    def _describe_game(self, spec: GameSpec) -> dict[str, Any]:
        return {
            "name": spec.name,
            "title": spec.title,
            "seats": self._seats or spec.seats,
            "tick_rate": self._tick_rate or spec.tick_rate,
        }

    def _coded(self, code: str, *, watch: bool) -> Room:
        room = self.rooms.get(code)
        if room is None:
            raise NoSuchRoom(code)
        if not watch and not room.has_seat:
            raise RoomFull(code, room.seats)
        return room

    def _quick(self, spec: GameSpec, *, watch: bool) -> Room | None:
        """The fullest room with a seat left, so that people meet; for a watcher the fullest of all."""
        rooms = [r for r in self.rooms.values() if r.spec is spec and (watch or r.has_seat)]
        return max(rooms, key=lambda r: r.people, default=None)


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
