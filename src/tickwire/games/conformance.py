"""Conformance: for those who write a client. Every field type, view, blend and look, and a hash in every state.

`tickwire serve conformance` serves it. It is no game: what moves goes by the tick and by the room's seed. An input
is answered by a row that says how it was read. docs/WIRE.md, section 8, says how to use it.
"""

from math import cos, pi, sin
from typing import TypeVar

from tickwire import Controls, Game, Player, Table
from tickwire.games._conformance_rows import (
    HEIGHT,
    WIDTH,
    Bird,
    Blend,
    Caption,
    Channel,
    Crowd,
    Fleeting,
    Heard,
    Keys,
    Mark,
    Member,
    Must,
    Number,
    Piece,
    Place,
    Point,
    Pointer,
    Probe,
    Score,
    Seat,
    Shape,
    Sign,
    Square,
    Step,
)

ROWS, CROWD, BIRDS = 12, 40, 30  # rows of some tables

TEXTS = ("", "ada", 'a "b" \\c', "1,2\n3", "\0", "é漢😀", "👩\u200d👧 می\u200cروم", "x" * 200)
FLOATS = (0.0, -0.0, 1.5, -2.25, 0.1, 1e-40, 3.4028234663852886e38, -3.4028234663852886e38)


class Conformance(Game):
    """For those who write a client."""

    tick_rate, send_rate, seats, board = 20, 10, 8, (WIDTH, HEIGHT)
    hash_every = 1
    inputs = Probe | Step | Keys | Point | Must
    controls = Controls(
        keys={
            "up": Step(dy=-1),
            "down": Step(dy=1),
            "right": Step(dx=1),
            "space enter tab": Step(),
            "x é": Probe(a=255, b=-1, c=0.5, flag=True, word="é漢😀", way="right", at=Place(2, 3), side="black"),
        },
        hold={"left a": "left", "f": "fire"},
        input=Keys,
        click=Point,
        text="a line that begins with /echo comes back to you alone",
    )
    squares: Table[Square]
    marks: Table[Mark]
    pieces: Table[Piece]
    shapes: Table[Shape]
    signs: Table[Sign]
    numbers: Table[Number]
    crowd: Table[Crowd]
    fleeting: Table[Fleeting]
    blends: Table[Blend]
    birds: Table[Bird]
    heard: Table[Heard]
    pointers: Table[Pointer]
    scores: Table[Score]
    captions: Table[Caption]
    turned: Table[Seat]
    channels: Table[Channel]
    members: Table[Member]

    def start(self) -> None:
        """All that is there without players."""
        for place in range(16):
            x, y = place % 4, place // 4
            names = ("abcd"[x] if y == 3 else "", "4321"[y] if x == 0 else "")
            self.squares.add(Square(x, y, (x + y) % 2 == 1, *names))
        for mark in range(6):
            self.marks.add(Mark(mark % 4, mark // 4, mark))
        self.pieces.add(Piece(0, 3, "♞", dark=False))
        self.pieces.add(Piece(3, 0, "●", dark=True))
        for i, color in enumerate((-1, 0, 1, 8)):
            self.shapes.add(Shape(8 + 8 * i, 1, color))
            self.signs.add(Sign(11 + 8 * i, 5, f"color {color}"))
        for i in range(ROWS):
            self.numbers.add(self._number(i))
        for i in range(CROWD):
            self.crowd.add(Crowd(1000, i, self.random.randrange(2**32), self.random.randrange(-128, 128)))
        self.blends.add(Blend(0, 0, 0, 0, 0))
        for _ in range(BIRDS):
            self.birds.add(Bird(self.random.randrange(WIDTH), self.random.randrange(HEIGHT)))
        self.captions.add(Caption("tick 0"))
        self.channels.add(Channel("#wire", "what bytes mean"))

    def join(self, player: Player) -> None:
        """A row of each kind."""
        self.heard.add(Heard(player.id))
        self.pointers.add(Pointer(WIDTH / 2, HEIGHT / 2, player.id))
        self.scores.add(Score(player.id))
        self.turned.add(Seat(player.id))
        self.members.add(Member(player.id, channel=1))

    def leave(self, player: Player) -> None:
        """They go."""
        self.heard.remove(_own(self.heard, player))
        self.pointers.remove(_own(self.pointers, player))
        self.scores.remove(_own(self.scores, player))
        self.turned.remove(_own(self.turned, player))
        self.members.remove(_own(self.members, player))

    def receive(self, player: Player, asked: Probe | Step | Keys | Point | Must) -> None:
        """Say how it was read."""
        heard, pointer, score = _own(self.heard, player), _own(self.pointers, player), _own(self.scores, player)
        heard.count += 1
        heard.kind = type(asked).__name__.lower()
        match asked:
            case Probe():
                heard.a, heard.b, heard.c, heard.flag, heard.word = asked.a, asked.b, asked.c, asked.flag, asked.word
                places = " ".join(f"{p.x},{p.y}" for p in (asked.at, *asked.path))
                heard.more = f"{asked.way} {places} {asked.pair[0]} {asked.pair[1]} {asked.side} {asked.either}"
            case Step():
                pointer.x = min(max(pointer.x + asked.dx, 0), WIDTH)
                pointer.y = min(max(pointer.y + asked.dy, 0), HEIGHT)
            case Keys():
                heard.flag, heard.more = asked.fire, "left" if asked.left else ""
            case Point():
                pointer.x, pointer.y = asked.x, min(asked.y, HEIGHT)
            case Must():
                heard.word, heard.more = asked.word, str(asked.n)
        score.value -= 1
        self.emit("heard", to=player, player=player.id, count=heard.count, nothing=None, list=[1, -1.5])

    def hear(self, player: Player, text: str) -> str | None:
        """A line that comes back to one, to all, or as a name."""
        if text.startswith("/echo "):
            self.say(text.removeprefix("/echo "), to=player)
        elif text.startswith("/name "):
            self.rename(player, text.removeprefix("/name "))
        else:
            return text
        return None

    def focus(self, player: Player) -> tuple[float, float] | None:
        """Everybody's eyes go around the board, each at a place of its own."""
        turn = 2 * pi * (self.tick / 200 + player.id / 8)
        return (round(WIDTH / 2 + 40 * cos(turn)), round(HEIGHT / 2 + 20 * sin(turn)))

    def step(self) -> None:
        """By the tick alone, and by the room's chance."""
        tick, chance = self.tick, self.random
        self._step_numbers()
        for row in self.crowd:
            if tick % 4 == 0:
                row.same = (row.same + 3) % 2**16
            if tick % 6 == 0 and chance.random() < 0.1:
                row.few = (row.few + 1) % 2**16
            if tick % 10 == 0:
                row.wild = chance.randrange(2**32)
            if tick % 3 == 0:
                row.small = max(-128, min(127, row.small + chance.randrange(-3, 4)))
        if chance.random() < 0.2:
            self.fleeting.add(Fleeting(tick, chance.choice(TEXTS)))
        for flown in [row for row in self.fleeting if chance.random() < 0.02]:
            self.fleeting.remove(flown)
        blend = self.blends[1]
        blend.x = WIDTH / 2 + WIDTH / 2 * cos(tick / 20)
        blend.y = tick * 0.25 % HEIGHT  # its way back is a jump
        blend.angle, blend.count, blend.slow = tick * 7 % 360, tick // 20 % 100, tick % 100
        blend.speed = sin(tick / 20)
        for bird in self.birds:
            bird.x, bird.y = (bird.x + chance.randrange(3)) % WIDTH, (bird.y + chance.randrange(2)) % HEIGHT
        if tick % 20 == 0:
            self.captions[1].words = f"tick {tick}"
            self.emit("beat", tick=tick, deep={"a": [True, None, "é漢😀"], "b": {"c": -(2**31)}})

    def _number(self, i: int) -> Number:
        low, high = i % 3 == 0, i % 3 == 1
        wide = [(0, 2**8), (0, 2**16), (0, 2**32), (-(2**7), 2**7), (-(2**15), 2**15), (-(2**31), 2**31)]
        numbers = [a if low else b - 1 if high else self.random.randrange(a, b) for a, b in wide]
        fraction = -5 if low else 5 if high else self.random.uniform(-5, 5)
        a, b, c, d, e, f = numbers
        return Number(a, b, c, d, e, f, low, FLOATS[i % len(FLOATS)], TEXTS[i % len(TEXTS)], fraction)

    def _step_numbers(self) -> None:
        chance = self.random
        for row in list(self.numbers):
            if chance.random() < 0.02:
                self.numbers.remove(row)
                self.numbers.add(self._number(chance.randrange(ROWS)))
            elif chance.random() < 0.2:
                row.h, row.i = chance.choice(FLOATS), chance.choice(TEXTS)
                row.j, row.g = chance.uniform(-5, 5), not row.g
            elif chance.random() < 0.1:
                # From one end to the other: the largest difference that there is.
                row.a, row.b, row.c = 255 - row.a, 2**16 - 1 - row.b, 2**32 - 1 - row.c
                row.d, row.e, row.f = -1 - row.d, -1 - row.e, -1 - row.f


OwnedT = TypeVar("OwnedT", Heard, Pointer, Score, Seat, Member)


def _own(table: Table[OwnedT], player: Player) -> OwnedT:
    """A player's row."""
    return next(row for row in table if row.player == player.id)
