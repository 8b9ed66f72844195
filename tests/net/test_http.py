from __future__ import annotations

import http.client
import json

import pytest
from helpers import PATIENCE, Caller, read_all, run

from net.recorder import PAGES, listening
from tickwire.net.http import Page

Answer = tuple[int, dict[str, str], bytes]


def get(path: str, *, request: bytes | None = None) -> Answer:
    """Status, headers (small letters) and body of a GET."""

    async def main() -> Answer:
        live = {"/api/rooms": lambda: Page("application/json", json.dumps({"rooms": []}).encode())}
        async with listening(live=live) as here:
            caller = await Caller.call(here.port)
            await caller.send(request or f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            data = await read_all(caller.sock)
            caller.close()
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(first.split()[1]), headers, body

    return run(main())


def test_a_page_comes_as_it_is_with_its_type_and_length() -> None:
    status, headers, body = get("/")
    assert status == 200
    assert body == PAGES["/"].body
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert int(headers["content-length"]) == len(body)


def test_a_query_does_not_change_the_page() -> None:
    assert get("/?room=K7QX")[2] == PAGES["/"].body


def test_pages_are_asked_for_anew_and_not_guessed_at() -> None:
    _, headers, _ = get("/")
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_page_may_load_only_what_is_served_here() -> None:
    _, headers, _ = get("/")
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "ws:" in headers["content-security-policy"]


def test_the_sdk_and_the_list_of_rooms_are_for_everybodys_pages() -> None:
    assert get("/tickwire.js")[1]["access-control-allow-origin"] == "*"
    assert get("/api/rooms")[1]["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in get("/")[1]


def test_a_live_answer_is_made_anew_for_each_request() -> None:
    status, headers, body = get("/api/rooms")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"rooms": []}


@pytest.mark.parametrize("path", ["/nothing", "/../etc/passwd", "//", "/%2e%2e/", "/index.html\x7f", "/favicon.ico"])
def test_what_is_not_there_is_404_with_words(path: str) -> None:
    status, headers, body = get(path)
    assert status == 404
    assert b"nothing here" in body
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_get_an_http_answer_and_never_a_page(method: str) -> None:
    status, _, body = get("", request=f"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
    assert status in (200, 400, 405, 501)
    assert body != PAGES["/"].body


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET \xff\xfe HTTP/1.1\r\n\r\n", b"G" * 200 + b"\r\n\r\n"],
)
def test_a_broken_request_ends_the_connection_and_nothing_else(request_bytes: bytes) -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            await caller.send(request_bytes)
            assert b"200" not in (await read_all(caller.sock)).split(b"\r\n")[0]
            caller.close()
            another = await Caller.call(here.port)
            await another.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert PAGES["/"].body in await read_all(another.sock)
            another.close()

    run(main())


def test_an_endless_request_head_is_cut_off() -> None:
    async def main() -> None:
        async with listening() as here:
            caller = await Caller.call(here.port)
            try:
                for _ in range(100):
                    await caller.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 65_536)
                answer = await read_all(caller.sock)
            except (ConnectionResetError, BrokenPipeError):
                answer = b""
            assert b"200" not in answer
            caller.close()

    run(main())


def test_a_browser_like_client_reads_the_answer() -> None:
    import threading

    async def main() -> tuple[int, bytes]:
        import asyncio

        async with listening() as here:

            def ask() -> tuple[int, bytes]:
                connection = http.client.HTTPConnection("127.0.0.1", here.port, timeout=PATIENCE)
                try:
                    connection.request("GET", "/tickwire.js", headers={"Accept": "*/*"})
                    answer = connection.getresponse()
                    return answer.status, answer.read()
                finally:
                    connection.close()

            assert threading.current_thread() is threading.main_thread()
            return await asyncio.to_thread(ask)

    assert run(main()) == (200, PAGES["/tickwire.js"].body)
