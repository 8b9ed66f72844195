"""Who holds which seat of a room, under which number and name."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterator
from itertools import chain

from tickwire.game.contract import Player
from tickwire.ids import distinct_name
from tickwire.room.saved import SavedPlayer, SavedRoster
from tickwire.wire.messages import PlayerInfo

BOT_NAMES = ("Ziggy", "Moss", "Pixel", "Juno", "Echo", "Fern", "Otto", "Nova", "Bolt", "Wren", "Dot", "Kip")

MAX_NUMBER = 65_535  # of a player: most games hold it in a `u16`
COLORS = 8  # of players: number n has the colour (n - 1) modulo 8, in every face
REST = 3600.0  # seconds of game time until the number of a player who left is given to another


class Numbers:
    """Player numbers: 1, 2, 3, and again the lowest that nobody has borne for so long that nothing is left of it.

    A number is a colour, too: as long as there are fewer players than colours, each gets one of its own.

    A shot that is still flying, a line of chat on a screen, a result on a board: what speaks of a player who left
    should not turn into another's. So a number rests first. Only where more than MAX_NUMBER players come and go within
    the time of one rest does a number come back earlier: then the one that has rested longest.

    Args:
        rest: ticks.
    """

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._next = list(range(1, COLORS + 1))  # of each colour the lowest that nobody ever had
        self._resting: deque[tuple[int, int]] = deque()  # the tick in which each was given back, and the number
        self._rested: list[list[int]] = [[] for _ in range(COLORS)]  # of each colour a heap

    def take(self, tick: int, others: Collection[int]) -> int:
        """A number for somebody new.

        Args:
            tick: now.
            others: the numbers of those who are here.
        """
        while self._resting and tick - self._resting[0][0] >= self._rest:
            self._free(self._resting.popleft()[1])
        taken = {_color(number) for number in others} if len(others) < COLORS else set()
        for colors in (set(range(COLORS)) - taken, taken):
            if lowest := min(filter(None, map(self._lowest, colors)), default=None):
                self._take(lowest)
                return lowest
        return self._resting.popleft()[1]

    def _lowest(self, color: int) -> int | None:
        """The lowest number of a colour that is free."""
        if self._rested[color]:
            return self._rested[color][0]
        return self._next[color] if self._next[color] <= MAX_NUMBER else None

    def _take(self, number: int) -> None:
        color = _color(number)
        if self._rested[color]:
            heapq.heappop(self._rested[color])
        else:
            self._next[color] += COLORS

    def _free(self, number: int) -> None:
        heapq.heappush(self._rested[_color(number)], number)

    def give_back(self, number: int, tick: int) -> None:
        """Whoever had it is gone."""
        self._resting.append((tick, number))

    def save(self) -> tuple[list[int], list[tuple[int, int]], list[int]]:
        """Of each colour the lowest that nobody ever had; those that rest with their ticks; those that have rested."""
        return list(self._next), list(self._resting), sorted(chain(*self._rested))

    def restore(self, next_numbers: list[int], resting: list[tuple[int, int]], rested: list[int]) -> None:
        """The inverse of `save`."""
        self._next, self._resting = list(next_numbers), deque(resting)
        for number in rested:
            self._free(number)


def _color(number: int) -> int:
    return (number - 1) % COLORS


class Roster:
    """Everyone who holds a seat; the game learns of them on the tick.

    Args:
        seats: how many there are.
        bots: how many of them bots fill while people leave them free.
        tick_rate: ticks a second.

    Attributes:
        seated: the players by number, in the order in which they came.
        bots: how many seats bots fill while people leave them free.
        people: how many of them are people; kept, since every one of a thousand joins asks for it.
        watching: the names of those who look on.
    """

    def __init__(self, seats: int, bots: int, tick_rate: float) -> None:
        self.seats = seats
        self.seated: dict[int, Player] = {}
        self.people = 0
        self.watching: list[str] = []
        self.bots = min(bots, seats)
        self._numbers = Numbers(REST * tick_rate)
        self._infos: dict[int, PlayerInfo] = {}

    def infos(self) -> list[PlayerInfo]:
        """Everyone, as clients are told."""
        return list(self._infos.values())

    @property
    def full(self) -> bool:
        """Whether no seat is free."""
        return len(self.seated) >= self.seats

    def seat(self, name: str, tick: int, *, bot: bool = False) -> Player:
        """Give a free seat away; the name is changed if somebody here has it."""
        name = distinct_name(name, self._names())
        player = Player(self._numbers.take(tick, self.seated), name, bot)
        self.seated[player.id] = player
        self._infos[player.id] = PlayerInfo(player.id, player.name, player.bot)
        self.people += not bot
        return player

    def watch(self, name: str) -> str:
        """Somebody looks on; returns the name, changed if somebody here has it."""
        name = distinct_name(name, self._names())
        self.watching.append(name)
        return name

    def _names(self) -> set[str]:
        return {p.name for p in self.seated.values()}.union(self.watching)

    def unseat(self, player_id: int, tick: int) -> Player:
        """Free a seat; KeyError if nobody has it."""
        player = self.seated.pop(player_id)
        del self._infos[player_id]
        self._numbers.give_back(player_id, tick)
        self.people -= not player.bot
        return player

    def save(self) -> SavedRoster:
        """Everyone, and the numbers that are not to be given to others."""
        players = [
            SavedPlayer(player.id, player.name, player.bot, self._infos[player.id].away, player.lag)
            for player in self.seated.values()
        ]
        return SavedRoster(players, *self._numbers.save(), list(self.watching))

    def restore(self, saved: SavedRoster) -> None:
        """The inverse of `save`, for a roster that nobody is in yet."""
        self._numbers.restore(saved.next_numbers, saved.resting, saved.rested)
        for each in saved.players:
            self.seated[each.id] = Player(each.id, each.name, each.bot, each.lag, each.away)
            self._infos[each.id] = PlayerInfo(each.id, each.name, each.bot, each.away)
            self.people += not each.bot
        self.watching += saved.watching

    def last_bot(self) -> int:
        """The number of the bot that came last."""
        return next(p.id for p in reversed(self.seated.values()) if p.bot)

    def bots_missing(self) -> Iterator[str]:
        """The names of the bots that are wanted in free seats, one after the other."""
        bots = sum(p.bot for p in self.seated.values())
        free = self.seats - len(self.seated)
        taken = {p.name for p in self.seated.values()}
        names = [n for n in BOT_NAMES if n not in taken] or ["Bot"]
        return (names[i % len(names)] for i in range(min(self.bots - bots, free)))

    def rename(self, player_id: int, name: str) -> None:
        """A player has another name from now on."""
        if info := self._infos.get(player_id):
            self._infos[player_id] = PlayerInfo(player_id, name, info.bot, info.away)

    def mark_away(self, player_id: int, away: bool) -> bool:
        """A player's connection was lost, or is back; returns whether that is news."""
        info = self._infos[player_id]
        self._infos[player_id] = PlayerInfo(player_id, info.name, info.bot, away)
        return info.away != away
