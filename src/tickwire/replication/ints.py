"""Columns of integers <-> bytes. Each `pack_*` stands beside its inverse.

This file does not know what the integers mean. The forms are in docs/WIRE.md, section 4.2. Packing runs at C speed
where it can: nibbles are made by writing hexadecimal digits and reading them back as bytes.
"""

from __future__ import annotations

import struct
from binascii import hexlify, unhexlify
from collections.abc import Sequence
from itertools import accumulate
from operator import sub

from tickwire.accelerator import accelerated
from tickwire.errors import ErrorCode, RemoteProtocolError

NIBBLES, VARINTS, SPARSE, CONSTANT = range(4)

_ESCAPE = 15  # a nibble that says: the value is this much or more, and follows
_MAX_VARINT = 8  # bytes; 56 bits hold any count below 2**53
_MAX_COUNT = 1 << 20  # rows; a count over this is an attack, not a table

_HEX_OF = bytes(b"0123456789abcdef"[i] if i < 16 else 0x20 for i in range(256))
_OF_HEX = bytes(int(chr(i), 16) if chr(i) in "0123456789abcdef" else 0 for i in range(256))


class _Varints(dict[int, bytes]):
    """Varints by value. Small ones are kept: nearly all that travel are small."""

    def __missing__(self, value: int) -> bytes:
        if 1 << 14 <= value < 1 << 21:  # most row ids of a room that has run for a while
            return bytes((value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14))
        made = bytearray()
        rest = value
        while rest > 0x7F:
            made.append(rest & 0x7F | 0x80)
            rest >>= 7
        made.append(rest)
        if value < 1 << 14:
            self[value] = bytes(made)
        return bytes(made)


class _Constants(dict[int, bytes]):
    """Ints in mode 3, by the value that all of them have."""

    def __missing__(self, value: int) -> bytes:
        made = bytes((CONSTANT,)) + _VARINT[value]
        if value < 1 << 14:
            self[value] = made
        return made


_VARINT = _Varints()
_CONSTANT = _Constants()


def pack_varint(value: int) -> bytes:
    """One unsigned integer, seven bits to a byte, the lowest first."""
    return _VARINT[value]


def zigzag(values: Sequence[int]) -> list[int]:
    """Signed to unsigned: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return [v + v if v >= 0 else -v - v - 1 for v in values]


def unzigzag(values: Sequence[int]) -> list[int]:
    """The inverse of `zigzag`."""
    return [-((v + 1) >> 1) if v & 1 else v >> 1 for v in values]


def steps(values: Sequence[int]) -> list[int]:
    """Differences to the value before, with 0 before the first."""
    return list(map(sub, values, [0, *values[:-1]]))


def unsteps(differences: Sequence[int]) -> list[int]:
    """The inverse of `steps`."""
    return list(accumulate(differences))


@accelerated
def pack_changes(differences: Sequence[int]) -> bytes:
    """At least one signed integer: of rows that changed."""
    return pack_ints(zigzag(differences))


@accelerated
def pack_steps(values: Sequence[int]) -> bytes:
    """At least one signed integer, by the differences to the one before: of rows that are new."""
    return pack_ints(zigzag(steps(values)))


@accelerated
def pack_ints(values: Sequence[int]) -> bytes:
    """At least one unsigned integer, in the shortest of the four modes (of those worth trying)."""
    n = len(values)
    if n == 1:
        return _CONSTANT[values[0]]  # a cell of a grid has few rows, and most ticks change one of them
    top, zeros = max(values), values.count(0)
    if top == min(values):
        return _CONSTANT[top]
    halves = (n + 1) // 2
    if top < _ESCAPE:
        if (n + 7) // 8 + n - zeros < halves:
            return _pack_sparse(values)
        return bytes((NIBBLES,)) + _pack_nibbles(values)
    large = [_VARINT[v - _ESCAPE] for v in values if v >= _ESCAPE]
    varints = b"".join([_VARINT[v] for v in values])
    nibbled = halves + sum(map(len, large))
    sparse = (n + 7) // 8 + len(varints) - zeros
    if sparse < nibbled and sparse < len(varints):
        return _pack_sparse(values)
    if nibbled < len(varints):
        low = [v if v < _ESCAPE else _ESCAPE for v in values]
        return b"".join((bytes((NIBBLES,)), _pack_nibbles(low), *large))
    return bytes((VARINTS,)) + varints


def _pack_nibbles(values: Sequence[int]) -> bytes:
    digits = bytes(values).translate(_HEX_OF)
    return unhexlify(digits if len(digits) % 2 == 0 else digits + b"0")


def _pack_sparse(values: Sequence[int]) -> bytes:
    bitmap = 0
    for i, v in enumerate(values):
        if v:
            bitmap |= 1 << i
    head = bitmap.to_bytes((len(values) + 7) // 8, "little")
    return b"".join((bytes((SPARSE,)), head, *[_VARINT[v] for v in values if v]))


@accelerated
def pack_ids(ids: Sequence[int]) -> bytes:
    """Ascending row ids, at least one."""
    if len(ids) == 1:
        return _VARINT[1] + _CONSTANT[ids[0]]
    gaps = [v - 1 for v in steps(ids)]
    gaps[0] = ids[0]
    return _VARINT[len(ids)] + pack_ints(gaps)


def pack_floats(bits: Sequence[int]) -> bytes:
    """32-bit floats, given as their bits."""
    return struct.pack(f"<{len(bits)}I", *bits)


def pack_texts(texts: Sequence[str]) -> bytes:
    """Each text behind its length in bytes."""
    return b"".join([_VARINT[len(raw)] + raw for raw in map(str.encode, texts)])


class Reader:
    """Reads what the functions above wrote, from a byte string that may be hostile.

    Raises:
        RemoteProtocolError: from every method, if the bytes end early or make no sense.
    """

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """Whether there is something left."""
        return self._at < len(self._data)

    def take(self, n: int) -> bytes:
        """The next `n` bytes."""
        taken = self._data[self._at : self._at + n]
        if len(taken) != n:
            raise broken("it ends early")
        self._at += n
        return taken

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def u32(self) -> int:
        """Four bytes, little-endian."""
        return int.from_bytes(self.take(4), "little")

    def varint(self) -> int:
        """The inverse of `pack_varint`."""
        value = 0
        for place in range(_MAX_VARINT):
            byte = self.byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise broken("a varint is too long")

    def count(self) -> int:
        """How many rows follow."""
        n = self.varint()
        if not 0 < n <= _MAX_COUNT:
            raise broken(f"it speaks of {n} rows")
        return n

    def ints(self, n: int) -> list[int]:
        """The inverse of `pack_ints`."""
        mode = self.byte()
        if mode == NIBBLES:
            values = list(hexlify(self.take((n + 1) // 2)).translate(_OF_HEX)[:n])
            return [v if v < _ESCAPE else v + self.varint() for v in values] if _ESCAPE in values else values
        if mode == VARINTS:
            return [self.varint() for _ in range(n)]
        if mode == SPARSE:
            bitmap = int.from_bytes(self.take((n + 7) // 8), "little")
            return [self.varint() if bitmap >> i & 1 else 0 for i in range(n)]
        if mode == CONSTANT:
            return [self.varint()] * n
        raise broken(f"there is no mode {mode} of ints")

    def ids(self) -> list[int]:
        """The inverse of `pack_ids`."""
        first, *gaps = self.ints(self.count())
        return list(accumulate((g + 1 for g in gaps), initial=first))

    def floats(self, n: int) -> list[int]:
        """The inverse of `pack_floats`."""
        return list(struct.unpack(f"<{n}I", self.take(4 * n)))

    def texts(self, n: int) -> list[str]:
        """The inverse of `pack_texts`."""
        try:
            return [self.take(self.varint()).decode() for _ in range(n)]
        except UnicodeDecodeError:
            raise broken("a text is not UTF-8") from None


def broken(why: str) -> RemoteProtocolError:
    """The error of a packed state that cannot be read."""
    return RemoteProtocolError(ErrorCode.BAD_MESSAGE, f"a packed state cannot be read: {why}")
