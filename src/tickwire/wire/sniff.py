"""Which dialect a new connection speaks, told by its first byte.

One byte tells all dialects apart, so a peek never has to wait for a second one: a client that sends half a greeting
and stops meets the deadline of its own dialect.
"""

from __future__ import annotations

from enum import Enum


class Greeting(Enum):
    """What the first byte promises."""

    HTTP = "HTTP"
    LINES = "lines"
    NATIVE = "native"
    HEADER64 = "header64"
    TLS = "TLS"
    UNKNOWN = "unknown"


_BY_FIRST_BYTE = {
    ord("{"): Greeting.LINES,
    0xEF: Greeting.LINES,  # the first byte of a byte order mark of UTF-8, which some systems put in front of any text
    ord("T"): Greeting.NATIVE,
    0x16: Greeting.TLS,  # a handshake record, RFC 8446 section 5.1
    **dict.fromkeys(b"GHPODC", Greeting.HTTP),  # GET, HEAD, POST, PUT, PATCH, OPTIONS, DELETE, CONNECT
    **dict.fromkeys(b"0123456789", Greeting.HEADER64),
}


def sniff(first: bytes) -> Greeting:
    """What speaks here, by the first byte of `first`, which must not be empty.

    >>> sniff(b"{")
    <Greeting.LINES: 'lines'>
    """
    return _BY_FIRST_BYTE.get(first[0], Greeting.UNKNOWN)
