"""HTTP requests off bytes, however they are cut, and whatever they are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickwire.net.request import MAX_BODY, MAX_HEAD, Answer, BadRequest, Exchange

REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\nHEAD /x?y HTTP/1.1\r\nHost: a:1\r\nAccept: */*\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 200-ok\r\n\r\n\r\n\r",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://b:80/y HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%41%ff HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nAccept-Encoding: br\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
]
NOISE = [b"", b"\0", b"\r", b"\n", b":", b" ", b"\xff", b"HTTP/1.0"]
LAST = b"GET /end HTTP/1.0\r\n\r\n"


def talk(pieces: list[bytes]) -> tuple[list[object], bytes]:
    """The requests that were taken, the last perhaps the status of one that was bad, and all answers."""
    exchange, out = Exchange(), b""
    taken: list[object] = []
    for piece in pieces:
        exchange.feed(piece)
        while exchange.keeps:
            try:
                request = exchange.next()
            except BadRequest as error:
                taken.append(error.status)
                out += b"".join(exchange.answer(Answer.words(error.status, str(error)), last=True))
                break
            if request is None:
                break
            taken.append(request)
            out += b"".join(exchange.answer(Answer.words(200 if request.method != "CONNECT" else 405, "well")))
    return taken, out


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    places = sorted(chance.sample(range(len(data) + 1), chance.randrange(min(12, len(data)))))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@given(st.lists(st.sampled_from(REQUESTS)), st.randoms(use_true_random=False))
def test_however_requests_are_cut_they_are_the_same(requests: list[bytes], chance: random.Random) -> None:
    data = b"".join(requests) + LAST
    whole, _ = talk([data])
    assert len(whole) == len(requests) + 1
    assert talk(cut(data, chance))[0] == whole
    assert talk([data[i : i + 1] for i in range(len(data))])[0] == whole


@given(st.lists(st.sampled_from(REQUESTS), min_size=1), st.randoms(use_true_random=False))
def test_whatever_comes_is_answered_or_refused_and_nothing_else_is_raised(
    requests: list[bytes], chance: random.Random
) -> None:
    data = bytearray(b"".join(requests))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(3)] = chance.choice(
            [b"", b"\0", b"\r", b"\n", b":", b" ", b"\xff", b"HTTP/1.0"]
        )
    taken, out = talk(cut(bytes(data), chance))
    assert out.count(b"HTTP/1.1 ") == len(taken)


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    taken, _ = talk([data, b"\r\n\r\n"])
    assert len(taken) <= 1


def test_a_list_may_stand_on_several_lines() -> None:
    (request, *_), _ = talk([REQUESTS[6]])
    assert request.elements("accept-encoding") == ["gzip", "br"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("pieces", [1, 100])
def test_a_head_may_be_as_long_as_it_may_be(pieces: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
    for size, whole in ((MAX_HEAD, True), (MAX_HEAD + 1, False)):
        data = head + b"x" * (size - len(head) - 4) + b"\r\n\r\n"
        assert len(data) == size
        taken, _ = talk([data[i : i + size // pieces] for i in range(0, size, size // pieces)])
        assert taken == [431] if not whole else taken != [431]


def test_nothing_of_a_body_is_kept_or_given_to_the_parser() -> None:
    exchange = Exchange()
    exchange.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\nx" % MAX_BODY)
    assert exchange.next() is None
    for _ in range(MAX_BODY - 2):
        exchange.feed(b"x")
    assert exchange.in_body
    assert exchange.rest == b""
    exchange.feed(b"xGET")
    assert not exchange.in_body
    request = exchange.next()
    assert request is not None
    assert (request.method, exchange.rest) == ("POST", b"GET")


@pytest.mark.parametrize("method", ["GET", "POST", "PROPFIND"])
def test_a_body_in_chunks_is_refused_before_any_of_it_is_parsed(method: str) -> None:
    head = f"{method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert talk([head])[0] == [411]
    assert talk([head + b"1\r\nx\r\n" * 65_000])[0] == [411]
    assert talk([head + b"1;" + b"a" * 60_000 + b"\r\n"])[0] == [411]
    assert talk([head + b"no size\r\n"])[0] == [411]
