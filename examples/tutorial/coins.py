# coins.py
"""Squares that walk, and coins to walk to."""

from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16

WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Go(Input):
    way: Literal["up", "down", "left", "right"]


class Walker(Entity):
    x: u16
    y: u16
    player: u16  # 0 is a coin
    look = Look.cell(x="x", y="y", color="player", player="player")


class Score(Entity):
    player: u16
    points: u16 = 0
    look = Look.score(player="player", value="points")


class Coins(Game):
    tick_rate, seats, board = 10, 8, (20, 10)
    inputs = Go
    controls = Controls(keys={"up": Go("up"), "down": Go("down"), "left": Go("left"), "right": Go("right")})
    walkers: Table[Walker]
    scores: Table[Score]
    rows: dict[int, tuple[int, int]]  # of each player: the walker and the score
    wishes: dict[int, str]

    def start(self) -> None:
        for _ in range(3):
            self.walkers.add(Walker(self.random.randrange(20), self.random.randrange(10), player=0))

    def join(self, player: Player) -> None:
        walker, score = self.walkers.add(Walker(10, 5, player.id)), self.scores.add(Score(player.id))
        self.rows[player.id] = (walker.id, score.id)

    def leave(self, player: Player) -> None:
        walker, score = self.rows.pop(player.id)
        self.walkers.remove(walker)
        self.scores.remove(score)
        self.wishes.pop(player.id, None)

    def receive(self, player: Player, go: Go) -> None:
        self.wishes[player.id] = go.way

    def step(self) -> None:
        for player, way in self.wishes.items():
            walker, score = self.walkers[self.rows[player][0]], self.scores[self.rows[player][1]]
            walker.x = min(max(walker.x + WAYS[way][0], 0), 19)
            walker.y = min(max(walker.y + WAYS[way][1], 0), 9)
            for coin in self.walkers:
                if coin.player == 0 and (coin.x, coin.y) == (walker.x, walker.y):
                    coin.x, coin.y = self.random.randrange(20), self.random.randrange(10)
                    score.points += 1
        self.wishes.clear()

    def bot(self, player: Player) -> Go:
        me = self.walkers[self.rows[player.id][0]]
        coins = [walker for walker in self.walkers if walker.player == 0]
        coin = coins[player.id % len(coins)]  # not all of them after the same one
        if coin.x != me.x:
            return Go("right" if coin.x > me.x else "left")
        return Go("down" if coin.y > me.y else "up")
