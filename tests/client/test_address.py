from __future__ import annotations

import pytest

from tickwire.client.address import Place, parse_address, parse_link


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("localhost", Place("localhost", 5050, None)),
        ("localhost:8000", Place("localhost", 8000, None)),
        ("[::1]", Place("::1", 5050, None)),
        ("[::1]:80", Place("::1", 80, None)),
        ("::1", Place("::1", 5050, None)),
        ("fe80::1%eth0", Place("fe80::1%eth0", 5050, None)),
        (":81", Place("127.0.0.1", 81, None)),
        ("localhost:", Place("localhost", 5050, None)),
        ("http://localhost:8000/#k7qx", Place("localhost", 8000, "K7QX")),
        ("HTTP://localhost:8000", Place("localhost", 8000, None)),
        ("http://[::1]:8000/#K7QX", Place("::1", 8000, "K7QX")),
        ("http://example.org/#K7QX", Place("example.org", 80, "K7QX")),
        ("http://localhost:8000/index.html?a=b#K7QX", Place("localhost", 8000, "K7QX")),
        ("localhost:8000/#K7QX", Place("localhost", 8000, "K7QX")),
        ("localhost:8000#K7QX", Place("localhost", 8000, "K7QX")),
        ("localhost#K7QX", Place("localhost", 5050, "K7QX")),
        (" localhost:8000/# \n", Place("localhost", 8000, None)),
        ("http://localhost:8000/#K7%51X", Place("localhost", 8000, "K7QX")),
        ("", Place("127.0.0.1", 5050, None)),
    ],
)
def test_an_address_is_read_with_or_without_a_link_around_it(text: str, place: Place) -> None:
    assert parse_link(text) == place
    assert parse_address(text) == (place.host, place.port)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("localhost:http", "HOST:PORT"),
        ("localhost:0", "no valid port"),
        ("localhost:-1", "no valid port"),
        ("[::1]x:80", "no valid port"),
        ("http://localhost:65536/#K7QX", "no valid port"),
        ("localhost:٣", "no valid port"),
        ("https://localhost:8000/#K7QX", "begins with https://"),
        ("ftp://localhost", "begins with ftp://"),
    ],
)
def test_what_is_no_address_is_told_with_what_to_write_instead(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_link(text)


@pytest.mark.parametrize(
    "place", [Place("localhost", 8000, "K7QX"), Place("::1", 5050, None), Place("a.b", 80, "AAAA")]
)
def test_a_link_that_is_made_is_read_again(place: Place) -> None:
    assert parse_link(place.link) == place
    assert parse_link(place.address) == place._replace(room=None)
