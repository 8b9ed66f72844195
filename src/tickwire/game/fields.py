"""Field types: what an entity's field may hold, and the integer that stands for it on the wire.

Every value but text has a *wire value*, an integer; differences between wire values are what travels.
Types work on whole columns at once, because a call per value would cost more than the encoding.

`u8`, `u16`, `u32`, `i8`, `i16`, `i32`, `f32` and `text` are annotations, for fields of an Entity and of an
Input alike; `bool` is one too:

>>> from tickwire import Entity, f32, i8, i16, i32, text, u8, u16, u32
>>> class Monster(Entity):
...     kind: u8
...     owner: u16
...     born: u32
...     mood: i8
...     gold: i16
...     debt: i32
...     weight: f32
...     name: text = "Grue"
...     awake: bool = False
>>> Monster(1, 2, 3, -4, -5, -6, 7.5)
Monster(kind=1, owner=2, born=3, mood=-4, gold=-5, debt=-6, weight=7.5, name='Grue', awake=False)
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta

from tickwire.accelerator import accelerated
from tickwire.game.blend import Blend, Smooth

Wire = int | str

MAX_EVERY = 64  # states; a field that is sent more seldom than that is better not sent at all


class Unfit(Exception):
    """A value that its field cannot hold; the caller knows the field's name and makes a FieldError of it."""

    def __init__(self, value: object) -> None:
        self.value = value


@accelerated
def all_within(values: list[Any], lo: int, hi: int) -> bool:
    """Whether all are integers from `lo` to `hi`."""
    try:
        # One float among the values makes their sum one; a string makes it fail.
        # A bool is an int to Python, but not to the hash, which would have it as a word.
        whole = type(sum(values)) is int and bool not in set(map(type, values))
        return whole and (not values or (min(values) >= lo and max(values) <= hi))
    except TypeError:
        return False


@accelerated
def nearest_steps(values: list[Any], lo: float, per_unit: float, most: int) -> list[int] | None:
    """How many steps each number is above `lo`; None if one is no number, or not between 0 and `most` steps."""
    try:
        steps = [round((v - lo) * per_unit) for v in values]
    except (TypeError, ValueError, OverflowError):
        return None
    return None if steps and (min(steps) < 0 or max(steps) > most) else steps


@dataclass(frozen=True, slots=True)
class IntType:
    """An integer from `lo` to `hi`."""

    name: str
    lo: int
    hi: int
    kind: Literal["int"] = "int"

    @property
    def holds(self) -> str:
        """What fits, for an error's sentence."""
        return f"an integer from {self.lo} to {self.hi}"

    def to_wire(self, values: Sequence[Any]) -> list[int]:
        """The wire values of a column."""
        values = list(values)
        if all_within(values, self.lo, self.hi):
            return values
        raise Unfit(next(v for v in values if not self._fits(v)))

    def _fits(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.lo <= value <= self.hi

    def from_wire(self, wire: Wire) -> Any:
        """The value that a wire value stands for."""
        return wire

    def describe(self) -> dict[str, Any]:
        """The type as the schema has it."""
        return {"type": self.name}


@dataclass(frozen=True, slots=True)
class BoolType:
    """True or False; 1 or 0 on the wire."""

    name: str = "bool"
    kind: Literal["int"] = "int"
    holds: str = "True or False"

    def to_wire(self, values: Sequence[Any]) -> list[int]:
        """The wire values of a column."""
        for value in values:
            if value is not True and value is not False:
                raise Unfit(value)
        return [int(v) for v in values]

    def from_wire(self, wire: Wire) -> Any:
        """The value that a wire value stands for."""
        return bool(wire)

    def describe(self) -> dict[str, Any]:
        """The type as the schema has it."""
        return {"type": "bool"}


@dataclass(frozen=True, slots=True)
class FixedType:
    """A number from `lo` to `hi`, sent in steps of `step`: the wire value is how many steps it is above `lo`."""

    lo: float
    hi: float
    step: float
    kind: Literal["int"] = "int"

    @property
    def holds(self) -> str:
        """What fits, for an error's sentence."""
        return f"a number from {self.lo:g} to {self.hi:g}"

    def to_wire(self, values: Sequence[Any]) -> list[int]:
        """The wire values of a column: the nearest step to each value."""
        wires = nearest_steps(list(values), *self.scale)
        if wires is None:
            raise Unfit(next(v for v in values if not self._fits(v)))
        return wires

    def from_wire(self, wire: Wire) -> Any:
        """The value that a wire value stands for."""
        assert isinstance(wire, int)
        # Rounded, so that steps such as 0.1 give 0.3 and not 0.30000000000000004.
        return round(self.lo + wire * self.step, 9)

    def describe(self) -> dict[str, Any]:
        """The type as the schema has it."""
        return {"type": "fixed", "lo": self.lo, "hi": self.hi, "step": self.step}

    @property
    def scale(self) -> tuple[float, float, int]:
        """The lowest value, steps a unit, and how many steps there are."""
        return self.lo, 1 / self.step, self._steps

    @property
    def _steps(self) -> int:
        return round((self.hi - self.lo) / self.step)

    def _fits(self, value: object) -> bool:
        # In the words of `to_wire`, so that the two never disagree about the last half step.
        try:
            return isinstance(value, int | float) and 0 <= round((value - self.lo) * (1 / self.step)) <= self._steps
        except (ValueError, OverflowError):
            return False


@dataclass(frozen=True, slots=True)
class F32Type:
    """A 32-bit float; its bits as an unsigned integer on the wire. `fixed` is smaller wherever a range is known."""

    name: str = "f32"
    kind: Literal["f32"] = "f32"
    holds: str = "a number that fits 32 bits"

    def to_wire(self, values: Sequence[Any]) -> list[int]:
        """The wire values of a column."""
        n = len(values)
        try:
            # The sum is finite only if all are; JSON could not carry the others.
            if isfinite(sum(map(float, values))):
                return list(struct.unpack(f"<{n}I", struct.pack(f"<{n}f", *values)))
        except (struct.error, OverflowError, TypeError, ValueError):
            pass
        raise Unfit(next(v for v in values if not isinstance(v, int | float) or not abs(v) <= F32_MAX))

    def from_wire(self, wire: Wire) -> Any:
        """The value that a wire value stands for."""
        return struct.unpack("<f", struct.pack("<I", wire))[0]

    def describe(self) -> dict[str, Any]:
        """The type as the schema has it."""
        return {"type": "f32"}


@dataclass(frozen=True, slots=True)
class TextType:
    """Unicode text."""

    name: str = "text"
    kind: Literal["text"] = "text"
    holds: str = "text"

    def to_wire(self, values: Sequence[Any]) -> list[str]:
        """The wire values of a column: the texts themselves."""
        for value in values:
            if not isinstance(value, str) or not _encodable(value):
                raise Unfit(value)
        return list(values)

    def from_wire(self, wire: Wire) -> Any:
        """The value that a wire value stands for."""
        return wire

    def describe(self) -> dict[str, Any]:
        """The type as the schema has it."""
        return {"type": "text"}


FieldType = IntType | BoolType | FixedType | F32Type | TextType

F32_MAX = 3.4028234663852886e38

# Each carries its limits twice: for msgspec, which checks the same types in an Input as it decodes one, and for us.
# The limits of f32 also keep out NaN, which MessagePack can carry and no game expects.
u8 = Annotated[int, Meta(ge=0, le=2**8 - 1), IntType("u8", 0, 2**8 - 1)]
u16 = Annotated[int, Meta(ge=0, le=2**16 - 1), IntType("u16", 0, 2**16 - 1)]
u32 = Annotated[int, Meta(ge=0, le=2**32 - 1), IntType("u32", 0, 2**32 - 1)]
i8 = Annotated[int, Meta(ge=-(2**7), le=2**7 - 1), IntType("i8", -(2**7), 2**7 - 1)]
i16 = Annotated[int, Meta(ge=-(2**15), le=2**15 - 1), IntType("i16", -(2**15), 2**15 - 1)]
i32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1), IntType("i32", -(2**31), 2**31 - 1)]
f32 = Annotated[float, Meta(ge=-F32_MAX, le=F32_MAX), F32Type()]
text = Annotated[str, TextType()]

_NAMED: dict[str, FieldType] = {
    **{f"u{bits}": IntType(f"u{bits}", 0, 2**bits - 1) for bits in (8, 16, 32)},
    **{f"i{bits}": IntType(f"i{bits}", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32)},
    "bool": BoolType(),
    "f32": F32Type(),
    "text": TextType(),
}


@dataclass(frozen=True, slots=True)
class FixedDefault:
    """What `fixed()` leaves in a class body: the type, the default if there is one, and how it is sent and shown."""

    type: FixedType
    default: float | None
    smooth: Smooth
    every: int


def fixed(
    lo: float,
    hi: float,
    step: float,
    *,
    default: float | None = None,
    blend: Blend = "linear",
    jump: float = inf,
    every: int = 1,
) -> Any:
    """A position or another number that moves little by little, sent in steps.

    Args:
        lo: the smallest value.
        hi: the largest value.
        step: what the smallest difference is that clients see, in the same unit. The game itself keeps full floats.
        default: the value of a row that is made without one.
        blend: how it is shown between two states: "linear", "angle" (the shorter way around; `hi - lo` is the full
            circle) or "step" (not at all).
        jump: a change of more than this, in the same unit, is a teleport, and is shown at once.
        every: send it only in every so many states, for what need not be known at once.

    >>> from tickwire import Entity
    >>> class Dot(Entity):
    ...     x: float = fixed(0, 1000, step=0.5)
    ...     angle: float = fixed(0, 360, step=1, default=0, blend="angle")
    >>> Dot(x=1.25).x
    1.25
    """
    if not (step > 0 and hi > lo):
        raise ValueError(f"fixed({lo}, {hi}, {step}) needs lo < hi and step > 0")
    if not (hi - lo) / step < 2**32:
        raise ValueError(f"fixed({lo}, {hi}, {step}) has more than 2**32 steps; take a larger step")
    if blend not in get_args(Blend):
        raise ValueError(f"fixed(..., blend={blend!r}) is not one of {', '.join(get_args(Blend))}")
    if not jump > 0:
        raise ValueError(f"fixed(..., jump={jump!r}) must be above 0")
    if not (isinstance(every, int) and 1 <= every <= MAX_EVERY):
        raise ValueError(f"fixed(..., every={every!r}) must be a whole number from 1 to {MAX_EVERY}")
    return FixedDefault(FixedType(lo, hi, step), default, Smooth(blend, jump, turn=hi - lo), every)


def usual_smooth(type: FieldType) -> Smooth:
    """How a field is shown that says nothing about it: numbers with a fraction in a line, all others at once."""
    if isinstance(type, FixedType):
        return Smooth("linear", turn=type.hi - type.lo)
    return Smooth("linear" if isinstance(type, F32Type) else "step")


def type_of(described: dict[str, Any]) -> FieldType:
    """The inverse of `describe`: the field type that a schema's field speaks of.

    Raises:
        KeyError: there is no such type.
    """
    if described["type"] == "fixed":
        lo, hi, step = described["lo"], described["hi"], described["step"]
        if not (step > 0 and hi > lo):
            raise ValueError(f"fixed({lo}, {hi}, {step}) is no type")
        return FixedType(lo, hi, step)
    return _NAMED[described["type"]]


def annotated_type(annotation: object) -> FieldType | None:
    """The field type in an annotation such as `u16`, or None if there is none."""
    if annotation is bool:
        return BoolType()
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, FieldType):
            return extra
    return None


def _encodable(value: str) -> bool:
    """Whether UTF-8 can hold it; a lone surrogate cannot be sent."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
