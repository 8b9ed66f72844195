"""Conformance's tables and inputs."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tickwire import Entity, Everyone, Grid, Input, Look, Owner, f32, fixed, i8, i16, i32, text, u8, u16, u32

WIDTH, HEIGHT = 96, 54  # of the board


class Number(Entity):
    """Each field type; the extremes of each are among the rows."""

    a: u8
    b: u16
    c: u32
    d: i8
    e: i16
    f: i32
    g: bool
    h: f32
    i: text
    j: float = fixed(-5, 5, step=0.1)
    view = Everyone()


class Crowd(Entity):
    """Many rows, of which sometimes all change alike, sometimes few, sometimes all by much: each mode of ints."""

    same: u16
    few: u16
    wild: u32
    small: i8


class Fleeting(Entity):
    """Rows that come and go, with gaps between their ids."""

    born: u32
    word: text


class Blend(Entity):
    """Each way in which a value goes over into another."""

    x: float = fixed(0, WIDTH, step=0.125)
    y: float = fixed(0, HEIGHT, step=0.125, jump=8)
    angle: float = fixed(0, 360, step=1, blend="angle")
    count: float = fixed(0, 100, step=1, blend="step")
    slow: float = fixed(0, 100, step=1, every=3)
    speed: f32 = 0.0
    look = Look.arrow(x="x", y="y", angle="angle", size=3, color=2)


class Bird(Entity):
    """Seen by position: birds fly from one group to the next, and groups come into sight and go."""

    x: u16
    y: u16
    look = Look.cell(x="x", y="y", color=0)
    view = Grid(cell=8, window=(32, 18))


class Heard(Entity):
    """Seen by its owner: how the last input was read; one row for each player."""

    player: u16
    count: u32 = 0  # inputs
    kind: text = ""
    a: u8 = 0
    b: i32 = 0
    c: f32 = 0.0
    flag: bool = False
    word: text = ""
    more: text = ""
    view = Owner("player")


class Square(Entity):
    """A field of the little board in the corner."""

    x: u8
    y: u8
    dark: bool
    column: text = ""
    row: text = ""
    look = Look.square(x="x", y="y", shade="dark", column="column", row="row")


class Mark(Entity):
    """What may be marked on it."""

    x: u8
    y: u8
    mark: u8
    look = Look.mark(x="x", y="y", mark="mark")


class Piece(Entity):
    """What stands on it."""

    x: u8
    y: u8
    sign: text
    dark: bool
    look = Look.piece(x="x", y="y", glyph="sign", side="dark")


class Shape(Entity):
    """A rectangle and its words."""

    x: u8
    y: u8
    color: i8
    words: text = ""
    look = Look.box(x="x", y="y", width=6, height=3, color="color")


class Sign(Entity):
    """Words at a place."""

    x: u8
    y: u8
    words: text
    look = Look.text(x="x", y="y", text="words", color=-1)


class Pointer(Entity):
    """Where each player clicked last; moved by the keys."""

    x: float = fixed(0, WIDTH, step=0.25)
    y: float = fixed(0, HEIGHT, step=0.25)
    player: u16
    look = Look.dot(x="x", y="y", radius=1, color="player", player="player")


class Score(Entity):
    """A line of the scoreboard."""

    player: u16
    value: i32 = 0
    turn: bool = False
    side: i8 = -1
    look = Look.score(player="player", value="value", turn="turn", side="side")


class Caption(Entity):
    """How it stands."""

    words: text
    look = Look.caption(text="words")


class Seat(Entity):
    """Nobody sits across here."""

    player: u16
    turned: bool = False
    look = Look.seat(player="player", turned="turned")


class Channel(Entity):
    """A channel of talk."""

    name: text
    topic: text
    look = Look("channel", {"name": "name", "topic": "topic"})


class Member(Entity):
    """Who is in it."""

    player: u16
    channel: u32
    look = Look("member", {"player": "player", "channel": "channel"})


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of an input."""

    x: u8
    y: i8 = -1


class Probe(Input):
    """Each type that an input's field may have."""

    a: u8 = 0
    b: i32 = 0
    c: f32 = 0.0
    flag: bool = False
    word: Annotated[text, Meta(max_length=40)] = ""
    way: Literal["up", "down", "left", "right"] = "up"
    at: Place = Place(1)
    path: Annotated[list[Place], Meta(max_length=3)] = []
    pair: tuple[u8, bool] = (0, False)
    side: Literal["white", "black"] | None = None
    either: int | Annotated[str, Meta(max_length=40)] = 0


class Step(Input):
    """For keys that are pressed."""

    dx: i8 = 0
    dy: i8 = 0


class Keys(Input):
    """For keys that are held."""

    left: bool = False
    fire: bool = False


class Point(Input):
    """For clicks."""

    x: Annotated[float, Meta(ge=0, le=WIDTH)]
    y: u8


class Must(Input):
    """What has no default has to be sent."""

    word: Annotated[text, Meta(min_length=1, max_length=40, pattern="^[a-z]+$")]
    n: u32
