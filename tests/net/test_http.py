"""What plain HTTP requests are answered with, as a stranger's client sends them."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import struct
from dataclasses import dataclass, replace
from typing import Any

import pytest
from helpers import PATIENCE, Caller, read_all, run, until, ws_request

from net.recorder import PAGES, Listening, listening
from tickwire.net import front as front_module
from tickwire.net.http import Page
from tickwire.net.origin import Origins
from tickwire.net.request import MAX_BODY, MAX_HEAD

LONG = Page("text/javascript; charset=utf-8", b"// the same line again\n" * 100, lasting=True)
LARGE = {"/": Page("application/octet-stream", struct.pack("<65536I", *range(65_536)) * 4)}
LIVE = {"/api/rooms": lambda: Page("application/json", json.dumps({"rooms": []}).encode())}
HOST = b"Host: localhost\r\n"
CLOSE = HOST + b"Connection: close\r\n"


@dataclass
class Answer:
    """An answer as it came.

    Attributes:
        headers: names in small letters; of those that stand there twice, joined.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def parse(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(": ") for line in lines):
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    assert first.startswith("HTTP/1.1 ")
    return Answer(int(first.split()[1]), headers, body)


def ask(data: bytes, *, origins: Origins | None = None) -> Answer:
    """The one answer to these bytes, behind which the server closes."""

    async def main() -> Answer:
        async with listening(pages={**PAGES, "/v/1/long.js": LONG}, live=LIVE, origins=origins) as here:
            caller = await Caller.call(here.port)
            await caller.send(data)
            return parse(await read_all(caller.sock))

    return run(main())


def get(path: str, *lines: str, method: str = "GET") -> Answer:
    more = "".join(f"{line}\r\n" for line in lines).encode()
    return ask(f"{method} {path} HTTP/1.1\r\n".encode() + CLOSE + more + b"\r\n")


async def one(caller: Caller) -> Answer:
    """The next answer of a connection that is kept."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = await caller.receive()
        assert more, f"closed after {data!r}"
        data += more
    answer = parse(data)
    while len(answer.body) < int(answer.headers.get("content-length", "0")):
        answer = replace(answer, body=answer.body + await caller.receive())
    return answer


# --- pages ---


def test_a_page_comes_as_it_is_with_its_type_length_and_date() -> None:
    answer = get("/")
    assert answer.status == 200
    assert answer.body == PAGES["/"].body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["date"].endswith(" GMT")


def test_a_query_does_not_change_the_page() -> None:
    assert get("/?room=K7QX").body == PAGES["/"].body


def test_pages_are_asked_for_anew_and_not_guessed_at() -> None:
    headers = get("/").headers
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_what_a_browser_has_is_not_sent_again() -> None:
    tag = get("/").headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = get("/", f"If-None-Match: {known}")
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == tag
    assert get("/", 'If-None-Match: "other"').status == 200


def test_a_file_whose_path_says_its_content_is_kept_for_good() -> None:
    assert get("/v/1/long.js").headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "x-gzip", "*", "GZIP ; q=1.0"])
def test_a_file_is_compressed_for_who_takes_it(accepted: str) -> None:
    answer = get("/v/1/long.js", f"Accept-Encoding: {accepted}")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == LONG.body
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] != get("/v/1/long.js").headers["etag"]


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000", "identity", "*;q=0"])
def test_a_file_comes_as_it_is_for_who_does_not_take_it_compressed(accepted: str) -> None:
    answer = get("/v/1/long.js", f"Accept-Encoding: {accepted}")
    assert "content-encoding" not in answer.headers
    assert answer.body == LONG.body
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_page_may_load_only_what_is_served_here_and_is_framed_by_nobody() -> None:
    headers = get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "ws:" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


def test_a_live_answer_is_made_anew_for_each_request() -> None:
    answer = get("/api/rooms")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.body) == {"rooms": []}


@pytest.mark.parametrize("path", ["/nothing", "/../etc/passwd", "//", "/%2e%2e/", "/index.html", "/favicon.ico"])
def test_what_is_not_there_is_404_with_words(path: str) -> None:
    answer = get(path)
    assert answer.status == 404
    assert b"nothing here" in answer.body
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- whose pages may read what ---


def test_the_sdk_is_for_everybodys_pages_and_the_page_for_nobodys() -> None:
    assert get("/tickwire.js", "Origin: https://any.example").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in get("/", "Origin: https://any.example").headers


@pytest.mark.parametrize("origin", ["http://localhost", "http://127.0.0.1:8000", "https://friend.example"])
def test_the_list_of_rooms_is_for_the_pages_of_allowed_origins(origin: str) -> None:
    request = b"GET /api/rooms HTTP/1.1\r\n" + CLOSE + f"Origin: {origin}\r\n\r\n".encode()
    answer = ask(request, origins=Origins(["https://friend.example"]))
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_the_list_of_rooms_is_not_for_other_pages(origin: str) -> None:
    headers = get("/api/rooms", f"Origin: {origin}").headers
    assert "access-control-allow-origin" not in headers
    assert headers["vary"] == "Origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_preflight_says_whether_a_page_may_ask() -> None:
    lines = ("Access-Control-Request-Method: GET",)
    allowed = get("/api/rooms", "Origin: http://localhost:3000", *lines, method="OPTIONS")
    assert allowed.status == 204
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    refused = get("/api/rooms", "Origin: https://evil.example", *lines, method="OPTIONS")
    assert "access-control-allow-origin" not in refused.headers


def test_a_page_whose_name_was_pointed_here_gets_nothing() -> None:
    for path in ("/", "/api/rooms", "/tickwire.js", "/ws"):
        answer = ask(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
        assert answer.status == 421
        assert b"--allow-origin http://evil.example" in answer.body
    health = ask(b"GET /healthz HTTP/1.1\r\nHost: monitor.example\r\nConnection: close\r\n\r\n")
    assert health.status == 404  # there is none on this listener, but its name is not asked for


# --- methods and forms of requests ---


def test_http_1_0_gets_the_page_and_the_connection_ends() -> None:
    answer = ask(b"GET / HTTP/1.0\r\n\r\n")
    assert (answer.status, answer.body) == (200, PAGES["/"].body)
    assert answer.headers["connection"] == "close"


def test_head_is_get_without_the_body() -> None:
    head, whole = get("/", method="HEAD"), get("/")
    head.headers.pop("date"), whole.headers.pop("date")
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


@pytest.mark.parametrize("target", ["*", "/", "/api/rooms"])
def test_options_says_what_may_be_asked(target: str) -> None:
    answer = get(target, method="OPTIONS")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS", b"")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/ws", "/api/rooms", "/nothing"])
def test_other_methods_are_405_with_those_that_may_be_used(method: str, path: str) -> None:
    answer = ask(f"{method} {path} HTTP/1.1\r\n".encode() + CLOSE + b"Content-Length: 5\r\n\r\nhello")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_method_that_nobody_knows_is_501_and_connect_is_405() -> None:
    assert get("/", method="PROPFIND").status == 501
    assert ask(b"CONNECT a.example:80 HTTP/1.1\r\n" + CLOSE + b"\r\n").status == 405


def test_an_absolute_target_is_a_path_and_its_host_counts() -> None:
    assert get("http://localhost:5050/?x").body == PAGES["/"].body
    assert get("http://localhost").body == PAGES["/"].body
    assert get("http://evil.example/").status == 421


@pytest.mark.parametrize("host", ["", ".localhost", "..localhost:5050", "1.2.3.4.", "evil.example"])
def test_a_host_that_is_not_the_servers_is_421_but_for_its_health(host: str) -> None:
    for path, status in (("/", 421), ("/healthz", 404)):  # the server of this test has no health to tell
        answer = ask(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert answer.status == status
        assert b"allow-origin http://\n" not in answer.body


def test_a_percent_encoded_path_is_the_same_path() -> None:
    assert get("/%74ickwire.js").body == PAGES["/tickwire.js"].body


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"no colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X : blank before the colon\r\n\r\n", 400),
        (b"GET \xff\xfe HTTP/1.1\r\n\r\n", 400),
        (b"GET nowhere HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n", 411),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 60_000, 411),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 65_000, 411),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 70000\r\n\r\n", 413),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 70000\r\n\r\n", 413),
    ],
)
def test_a_broken_request_is_told_so_and_harms_nobody_else(request_bytes: bytes, status: int) -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(request_bytes)
            answer = parse(await read_all(caller.sock))
            assert (answer.status, answer.headers["connection"]) == (status, "close")
            another = await Caller.call(here.port)
            await another.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert (await one(another)).body == PAGES["/"].body

    run(main())


@pytest.mark.parametrize("size", [MAX_HEAD, 60_000, 10_000_000])
def test_a_head_that_is_too_large_is_431_and_a_target_that_is_is_414(size: int) -> None:
    filler = b"x" * size
    assert ask_in_pieces(b"GET / HTTP/1.1\r\n" + HOST + b"X: " + filler + b"\r\n\r\n") == 431
    assert ask_in_pieces(b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * (size // 4) + b"\r\n") == 431
    assert ask_in_pieces(b"GET /" + filler + b" HTTP/1.1\r\n" + HOST + b"\r\n") == 414


def ask_in_pieces(data: bytes) -> int:
    """The status of the answer to a request, of which as much is sent as the server takes."""

    async def main() -> int:
        async with listening() as here:
            caller = await Caller.call(here.port)
            sending = asyncio.create_task(caller.send(data))
            status = (await one(caller)).status
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            return status

    return run(main())


@pytest.mark.parametrize("path", ["/", "/healthz"])
@pytest.mark.parametrize("size", [0, 5, MAX_BODY])
def test_a_body_that_nobody_asked_for_is_passed_over(path: str, size: int) -> None:
    async def main() -> None:
        async with listening(live={"/healthz": lambda: PAGES["/"]}) as here:
            caller = await Caller.call(here.port)
            length = f"Content-Length: {size}\r\n\r\n".encode()
            for _ in range(2):  # the second request begins where the body ends
                await caller.send(f"GET {path} HTTP/1.1\r\n".encode() + HOST + length + b"x" * size)
                assert (await one(caller)).body == PAGES["/"].body

    run(main())


def test_a_body_in_tiny_pieces_is_passed_over_without_a_look_at_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    turn = front_module.HttpProtocol.turn

    def look(protocol: front_module.HttpProtocol) -> None:
        looks.append(protocol)
        turn(protocol)

    monkeypatch.setattr(front_module.HttpProtocol, "turn", look)

    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: 1000\r\n\r\n")
            await until(lambda: looks)
            before = len(looks)
            for _ in range(1000):
                await caller.send(b"x")
            assert parse(await read_all(caller.sock)).status == 405
            assert len(looks) == before + 1

    run(main())


def test_a_body_that_is_too_large_is_refused_and_who_waits_for_leave_to_send_one_is_answered() -> None:
    length = f"Content-Length: {MAX_BODY + 1}\r\n".encode()
    body = b"x" * (MAX_BODY + 1)
    for method in (b"GET", b"POST"):
        assert ask_in_pieces(method + b" / HTTP/1.1\r\n" + HOST + length + b"\r\n" + body) == 413
        assert ask(method + b" / HTTP/1.1\r\n" + HOST + length + b"Expect: 100-continue\r\n\r\n").status == 413
    waits = ask(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert (waits.status, waits.headers["connection"]) == (405, "close")


# --- connections that are kept ---


def test_a_connection_is_kept_for_the_next_request() -> None:
    async def main() -> None:
        async with listening(live=LIVE) as here:
            caller = await Caller.call(here.port)
            for path in ("/", "/api/rooms", "/nothing", "/"):
                await caller.send(f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
                assert (await one(caller)).headers.get("connection") is None
            await caller.send(b"\r\n\r\nHEAD / HTTP/1.1\r\n" + HOST + b"Connection: Keep-Alive, Close\r\n\r\n")
            assert parse(await read_all(caller.sock)).headers["connection"] == "close"

    run(main())


def test_pipelined_requests_are_answered_in_order() -> None:
    async def main() -> None:
        async with listening(live=LIVE) as here:
            caller = await Caller.call(here.port)
            paths = ["/", "/tickwire.js", "/api/rooms", "/nothing"] * 10
            requests = b"".join(f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"\r\n" for path in paths)
            await caller.send(requests + b"GET / HTTP/1.0\r\n\r\n")
            data = await read_all(caller.sock)
            assert data.count(b"HTTP/1.1 200 OK") == 31
            assert data.count(b"HTTP/1.1 404 Not Found") == 10
            assert data.index(PAGES["/"].body) < data.index(PAGES["/tickwire.js"].body) < data.index(b'{"rooms"')

    run(main())


def test_an_upgrade_may_follow_requests_on_the_same_connection() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n" + ws_request())
            await until(lambda: here.heard.open)
            data = b""
            while b"HTTP/1.1 101 " not in data:
                data += await caller.receive()
            assert data.index(PAGES["/"].body) < data.index(b"HTTP/1.1 101 ")

    run(main())


def test_who_sends_no_more_gets_an_answer_all_the_same() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\nGET /tickwire.js HTTP/1.1\r\n" + HOST + b"\r\n")
            caller.sock.shutdown(1)
            data = await read_all(caller.sock)
            assert PAGES["/"].body in data
            assert PAGES["/tickwire.js"].body in data

    run(main())


def test_an_idle_connection_is_closed_after_a_short_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "KEEP_ALIVE", 0.05)

    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert parse(await read_all(caller.sock)).status == 200

    run(main())


def test_a_slow_sender_does_not_extend_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "REQUEST_DEADLINE", 0.3)

    async def drip(caller: Caller, data: bytes) -> None:
        for byte in data * 1000:
            await caller.send(bytes([byte]))
            await asyncio.sleep(0.01)

    async def main() -> None:
        async with listening() as here:
            for opening in (b"", b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"):  # the first request, and a later one
                caller = await Caller.call(here.port)
                await caller.send(opening)
                if opening:
                    await one(caller)
                await caller.send(b"GET / HTTP/1.1\r\n")
                dripping = asyncio.create_task(drip(caller, b"X: y\r\n"))
                assert (await one(caller)).status == 408
                dripping.cancel()
                await asyncio.gather(dripping, return_exceptions=True)

    run(main())


def test_no_connection_is_kept_where_places_are_short() -> None:
    async def main() -> None:
        async with listening(max_connections=2) as here:
            caller = await Caller.call(here.port)
            await caller.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert parse(await read_all(caller.sock)).headers["connection"] == "close"

    run(main())


# --- answers that are not read ---


async def unread(here: Listening) -> Caller:
    """Somebody who asks for a large page, and reads none of it."""
    caller = await Caller.call(here.port, receive_buffer=4096)
    await caller.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    return caller


def test_who_reads_nothing_of_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "STALLED", 0.2)

    async def main() -> None:
        async with listening(pages=LARGE) as here:
            front = here.listener._front
            for _ in range(20):
                await unread(here)
            await until(lambda: front.waiting.total > 10 * 900_000)
            await until(lambda: not front.open, "they are all ended")
            assert front.waiting.total == 0

    run(main())


def test_who_reads_an_answer_too_slowly_is_given_up_and_who_reads_steadily_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front_module, "STALLED", 0.2)

    async def main(slowest: int) -> int:
        monkeypatch.setattr(front_module, "SLOWEST", slowest)
        async with listening(pages=LARGE) as here:
            caller = await unread(here)
            loop, got = asyncio.get_running_loop(), 0
            while got < len(LARGE["/"].body):
                try:
                    data = await loop.sock_recv(caller.sock, 20_000)
                except ConnectionResetError:
                    return got
                if not data:
                    return got
                got += len(data)
                await asyncio.sleep(0.005)
            return got

    assert run(main(10_000_000)) < len(LARGE["/"].body)
    assert run(main(10_000)) >= len(LARGE["/"].body)


def test_answers_that_wait_are_bounded_in_all_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "MAX_WAITING", 3_000_000)

    async def main() -> None:
        async with listening(pages=LARGE) as here:
            front = here.listener._front
            callers = [await unread(here)]
            await until(lambda: front.waiting.total > 900_000)
            callers += [await unread(here) for _ in range(9)]
            await until(lambda: len(front.open) < 5)
            assert front.waiting.total <= 3_000_000
            assert len(await read_all(callers[0].sock)) < len(LARGE["/"].body), "the oldest was cut off"

    run(main())


def test_a_pipeline_is_not_read_on_while_its_answers_are_not_read() -> None:
    async def main() -> None:
        async with listening(pages=LARGE) as here:
            front = here.listener._front
            caller = await unread(here)
            await until(lambda: front.waiting.total)
            try:
                async with asyncio.timeout(2):
                    await asyncio.get_running_loop().sock_sendall(
                        caller.sock, (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 500_000
                    )
                raise AssertionError("18 MB of requests were taken")
            except TimeoutError:
                pass
            assert front.waiting.total < 2 * len(LARGE["/"].body)

    run(main())


def test_a_browser_like_client_reads_the_answer() -> None:
    async def main() -> tuple[int, bytes]:
        async with listening() as here:

            def talk() -> tuple[int, bytes]:
                connection = http.client.HTTPConnection("127.0.0.1", here.port, timeout=PATIENCE)
                try:
                    for _ in range(2):
                        connection.request("GET", "/tickwire.js", headers={"Accept": "*/*"})
                        answer = connection.getresponse()
                        found = answer.status, answer.read()
                    return found
                finally:
                    connection.close()

            return await asyncio.to_thread(talk)

    assert run(main()) == (200, PAGES["/tickwire.js"].body)


def test_many_requests_at_once_leave_others_their_turn() -> None:
    async def main() -> None:
        async with listening(max_connections=1000) as here:
            callers = await asyncio.gather(*(Caller.call(here.port) for _ in range(100)))
            await until(lambda: len(here.listener._silent) == 100)
            for caller in callers:
                await caller.send((b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 10)
            front = here.listener._front
            most, answered = 0, 0
            send = front_module.HttpProtocol._send

            def counted(protocol: front_module.HttpProtocol, *args: Any, **more: Any) -> None:
                nonlocal answered
                answered += 1
                send(protocol, *args, **more)

            front_module.HttpProtocol._send = counted  # type: ignore[assignment, method-assign]
            try:
                while answered < 900:
                    before = answered
                    await asyncio.sleep(0)
                    most = max(most, answered - before)
            finally:
                front_module.HttpProtocol._send = send  # type: ignore[method-assign]
            assert 0 < most <= front_module.AT_ONCE
            assert not front.waiting.total

    run(main())


def test_an_answer_that_cannot_be_made_is_500_and_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Page:
        raise RuntimeError("broken")

    async def main() -> None:
        async with listening(live={"/api/rooms": broken}) as here:
            caller = await Caller.call(here.port)
            await caller.send(b"GET /api/rooms HTTP/1.1\r\n" + HOST + b"\r\n")
            assert (await one(caller)).status == 500
            await caller.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert (await one(caller)).status == 200

    run(main())
    assert "broken" in caplog.text
