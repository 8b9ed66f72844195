"""The hash by which a mirror finds out that it has drifted; docs/WIRE.md, section 4.3. Both ends call this one."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32


def hash_rows(rows: Iterable[tuple[object, ...]]) -> int:
    """CRC-32 of rows given as (id, wire value, wire value, ...), ascending by id."""
    return crc32("".join([",".join(map(str, row)) + "\n" for row in rows]).encode())
