"""Whose pages may talk to a server, and by which names it goes."""

from __future__ import annotations

import socket

import pytest
from helpers import Caller, run, until, ws_request

from net.recorder import listening
from tickwire.net.origin import BadOrigin, Origins, origin_of

HERE = "127.0.0.1"


def admitted(origin: str, host: str | None = "games.lan", *allowed: str) -> bool:
    return Origins(allowed).admits([origin], host)


def test_programs_that_are_no_browsers_send_none_and_are_let_in() -> None:
    assert Origins().admits([], "localhost")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:8443",
        "http://127.0.0.1:8000",
        "http://127.8.9.1",
        "http://[::1]:5050",
        "http://mine.localhost:5173",
        "HTTP://LOCALHOST",
    ],
)
def test_pages_of_this_machine_are_let_in_whatever_their_port(origin: str) -> None:
    assert admitted(origin)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://games.lan:5050", "games.lan"),
        ("http://GAMES.lan", "games.LAN."),
        ("https://games.lan", "games.lan"),
        ("http://192.168.1.5:5050", "192.168.1.5"),
        ("http://[fd00::5]:5050", "[fd00::5]"),
    ],
)
def test_the_servers_own_pages_are_let_in(origin: str, host: str) -> None:
    assert admitted(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://games.lan.evil.example",
        "http://evilgames.lan",
        "http://localhost.evil.example",
        "http://.localhost",
        "http://..localhost",
        "http://127.0.0.1.evil.example",
        "http://notlocalhost",
        "http://games.lan@evil.example",
        "http://games.lan:5050@evil.example",
        "http://games.lan:5050.evil.example",
        "http://games.lan:x",
        "http://games.lan:0",
        "http://games.lan:99999",
        "http://games.lan:",
        "http://games.lan/",
        "http://games.lan\n",
        "http://games.lan http://evil.example",
        "//games.lan",
        "games.lan",
        "file://games.lan",
        "ftp://localhost",
        "http://[::1].evil.example",
        "http://[::1",
        "http://[1:2]",
        "http://0.0.0.0:5050",
        "http://128.0.0.1",
        "http://",
        "*",
    ],
)
def test_pages_of_others_are_not_nor_what_only_looks_like_ours(origin: str) -> None:
    assert not admitted(origin)


def test_two_origins_are_none() -> None:
    assert not Origins().admits(["http://localhost", "http://localhost"], "localhost")


def test_an_allowed_origin_is_exactly_that() -> None:
    allowed = "https://friend.example"
    assert admitted("https://friend.example", "games.lan", allowed)
    assert admitted("https://FRIEND.example:443", "games.lan", allowed)
    for other in ("http://friend.example", "https://friend.example:8443", "https://sub.friend.example"):
        assert not admitted(other, "games.lan", allowed), other
    assert admitted("capacitor://localhost", "games.lan", "capacitor://localhost")
    assert not admitted("capacitor://localhost")


def test_all_may_be_allowed_and_files_too() -> None:
    assert admitted("https://any.example", "games.lan", "*")
    assert admitted("null", "games.lan", "*")
    assert admitted("null", "games.lan", "null")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "a.localhost", "10.0.0.7", None])
def test_a_server_on_loopback_goes_by_its_names_and_by_every_address(host: str | None) -> None:
    assert Origins().serves(host, HERE)
    assert Origins().serves(host, "::ffff:127.0.0.1")


@pytest.mark.parametrize("host", ["", ".", ".localhost", "..localhost", "a..localhost", "localhost..", "1.2.3.4."])
@pytest.mark.parametrize("local", [HERE, "192.168.1.5", "93.184.216.34"])
def test_what_is_neither_a_name_nor_an_address_is_no_servers_name(host: str, local: str) -> None:
    assert not Origins().serves(host, local)
    assert Origins().serves("localhost.", local)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "x.local", "x"])
def test_a_server_on_loopback_goes_by_no_other_name(host: str) -> None:
    assert not Origins().serves(host, HERE)
    assert not Origins().serves(host, "::1")


def test_a_server_goes_by_its_machines_name_and_by_those_that_it_was_given() -> None:
    own = socket.gethostname().partition(".")[0]
    assert Origins().serves(own, HERE)
    assert Origins().serves(f"{own}.local", HERE)
    assert Origins(names=["games.example"]).serves("games.example", HERE)
    assert Origins(["https://games.example"]).serves("games.example", HERE)
    assert Origins(["*"]).serves("any.example", HERE)


@pytest.mark.parametrize("host", ["mybox.local", "mybox", "mybox.lan", "mybox.home.arpa", "games.internal", "10.0.0.7"])
def test_a_server_on_a_network_goes_by_the_names_that_only_networks_give(host: str) -> None:
    for local in ("192.168.1.5", "10.0.0.7", "fd00::5", "169.254.3.4"):
        assert Origins().serves(host, local)
        assert not Origins().serves("evil.example", local)


def test_a_server_with_a_public_address_goes_by_every_name() -> None:
    for local in ("93.184.216.34", "2606:2800:220:1::1"):
        assert Origins().serves("games.example", local)


@pytest.mark.parametrize("text", ["games.example", "https://", "https://a.example/path", "https://a b", "http://*"])
def test_what_is_no_origin_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadOrigin, match=r"https://games\.example"):
        origin_of(text)


def test_an_origin_may_be_written_as_an_address_of_a_page() -> None:
    assert origin_of("https://games.example/") == "https://games.example"
    assert origin_of("http://Games.Example:80") == "http://games.example"


# --- on the wire ---


def status_of_upgrade(*lines: str, host: str = "localhost", allowed: tuple[str, ...] = ()) -> int:
    async def main() -> int:
        async with listening(origins=Origins(allowed)) as here:
            caller = await Caller.call(here.port)
            request = ws_request().replace(b"Host: localhost", f"Host: {host}".encode())
            await caller.send(request.replace(b"\r\n\r\n", "".join(f"\r\n{x}" for x in lines).encode() + b"\r\n\r\n"))
            data = b""
            while b"\r\n\r\n" not in data:
                data += await caller.receive()
            status = int(data.split()[1])
            if status == 101:
                await until(lambda: here.heard.open)
            else:
                assert here.heard.open == []
            return status

    return run(main())


def test_a_websocket_of_another_origin_is_refused_with_403() -> None:
    assert status_of_upgrade("Origin: https://evil.example") == 403
    assert status_of_upgrade("Origin: null") == 403
    assert status_of_upgrade("Origin: http://localhost", "Origin: http://localhost") == 403
    assert status_of_upgrade("Origin: http://evil.example", host="evil.example") == 421


def test_a_websocket_of_ones_own_or_of_an_allowed_origin_is_let_in() -> None:
    assert status_of_upgrade() == 101
    assert status_of_upgrade("Origin: http://localhost:3000") == 101
    assert status_of_upgrade("Origin: https://friend.example", allowed=("https://friend.example",)) == 101
    assert status_of_upgrade("Origin: https://friend.example", host="friend.example", allowed=("*",)) == 101


def test_the_log_says_once_that_a_page_was_refused(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with listening() as here:
            for number in [*range(30)] * 2:
                caller = await Caller.call(here.port)
                await caller.send(ws_request()[:-2] + f"Origin: http://evil{number}.example\r\n\r\n".encode())
                assert b" 403 " in await caller.receive()
                caller.close()

    run(main())
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 20
    assert "http://evil0.example" in lines[0]
    assert "--allow-origin" in lines[0]
