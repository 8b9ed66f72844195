from __future__ import annotations

import pytest

from tickwire.wire.sniff import Greeting, sniff


@pytest.mark.parametrize(
    ("first", "greeting"),
    [
        (b'{"type":"hello"}', Greeting.LINES),
        (b'\xef\xbb\xbf{"type":"hello"}', Greeting.LINES),
        (b"TW1", Greeting.NATIVE),
        (b"GET /ws HTTP/1.1", Greeting.HTTP),
        (b"HEAD / HTTP/1.1", Greeting.HTTP),
        (b"POST / HTTP/1.1", Greeting.HTTP),
        (b"OPTIONS / HTTP/1.1", Greeting.HTTP),
        (b"DELETE / HTTP/1.1", Greeting.HTTP),
        (b"CONNECT x:1 HTTP/1.1", Greeting.HTTP),
        (b"5" + b" " * 63, Greeting.HEADER64),
        (b"0", Greeting.HEADER64),
        (b"9", Greeting.HEADER64),
        (b"\x16\x03\x01", Greeting.TLS),
        (b"\x00", Greeting.UNKNOWN),
        (b" {", Greeting.UNKNOWN),
        (b"\n", Greeting.UNKNOWN),
        (b"[", Greeting.UNKNOWN),
        (b"t", Greeting.UNKNOWN),
        (b"\xff", Greeting.UNKNOWN),
    ],
)
def test_the_first_byte_tells_the_dialect(first: bytes, greeting: Greeting) -> None:
    assert sniff(first) is greeting
    assert sniff(first[:1]) is greeting


def test_each_byte_is_some_greeting_and_most_are_unknown() -> None:
    greetings = [sniff(bytes([byte])) for byte in range(256)]
    assert {g: greetings.count(g) for g in Greeting} == {
        Greeting.HTTP: 6,
        Greeting.LINES: 2,
        Greeting.NATIVE: 1,
        Greeting.HEADER64: 10,
        Greeting.TLS: 1,
        Greeting.UNKNOWN: 236,
    }
