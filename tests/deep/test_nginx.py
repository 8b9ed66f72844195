"""The real nginx in front of a real server, as its documentation has it: https://nginx.org/en/docs/http/websocket.html"""

from __future__ import annotations

import asyncio
import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import PATIENCE, Caller, need, run, server_process

from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Pong

PLAIN = "proxy_pass http://127.0.0.1:{server};"  # HTTP/1.0 to the server, with its own address as Host
UPGRADING = """
    proxy_pass http://127.0.0.1:{server};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Host $host;
"""
CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ {location} }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def nginx(folder: Path, location: str, server: int) -> Iterator[int]:
    """nginx before a server; its port."""
    program, port = need("nginx"), free_port()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, location=location.format(server=server)))
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")], stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.01)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("location", [PLAIN, UPGRADING], ids=["plain", "upgrading"])
def test_the_page_comes_through(tmp_path: Path, location: str) -> None:
    with server_process("snake") as server, nginx(tmp_path, location, server.port) as port:
        direct, through = get(server.port, "/"), get(port, "/")
        assert through[0] == 200
        assert through[2] == direct[2]
        assert through[1]["etag"] == direct[1]["etag"]
        assert get(port, "/", **{"If-None-Match": direct[1]["etag"]})[0] == 304
        assert get(port, "/api/rooms")[0] == 200
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("HEAD", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()


@pytest.mark.parametrize("dialect", [Dialect.WS_MSGPACK, Dialect.WS_JSON])
def test_a_websocket_comes_through(tmp_path: Path, dialect: Dialect) -> None:
    async def main(port: int) -> None:
        caller = await Caller.call(port, dialect)
        welcome = await caller.hello("ada")
        assert welcome.game == "snake"
        await caller.state()
        await caller.say(type="ping", sent=7)
        assert (await caller.expect(Pong)).sent == 7
        caller.close()

    with server_process("snake") as server, nginx(tmp_path, UPGRADING, server.port) as port:
        run(main(port))


def test_a_public_name_is_one_that_the_server_has_to_be_told(tmp_path: Path) -> None:
    async def refused(port: int, host: str, origin: str) -> int:
        sock = Caller(await _dial(port), Dialect.LINES)
        await sock.send(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: {origin}\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        status = int((await sock.receive()).split()[1])
        sock.close()
        return status

    async def _dial(port: int) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        sock.setblocking(False)
        await asyncio.sleep(0)
        return sock

    ours = ("games.example", "https://games.example")
    with server_process("snake") as server, nginx(tmp_path, UPGRADING, server.port) as port:
        assert run(refused(port, *ours)) == 421
    allowed = ("--allow-origin", "https://games.example")
    with server_process("snake", *allowed) as server, nginx(tmp_path, UPGRADING, server.port) as port:
        assert run(refused(port, *ours)) == 101
        assert run(refused(port, "games.example", "https://evil.example")) == 403
