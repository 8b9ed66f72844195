"""The command, as people run it: real processes."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from helpers import PATIENCE, Caller, ServerProcess, command, fetch, run, server_process

from tickwire.client import connect
from tickwire.errors import ConnectionLost
from tickwire.loading import BUILT_IN
from tickwire.net.addresses import lan_addresses
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import State

BUTTON = '''
"""A button that everybody may push."""

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16, u32


class Push(Input):
    """Push the button."""

    times: int = 1


class Button(Entity):
    x: u16
    y: u16
    pushed: u32 = 0
    look = Look.cell(x="x", y="y", color="pushed")


class Pushing(Game):
    """Everybody pushes one button."""

    tick_rate, seats, board = 30, 3, (8, 8)
    inputs = Push
    controls = Controls(keys={"space": Push()})
    buttons: Table[Button]

    def start(self) -> None:
        self.buttons.add(Button(4, 4))

    def receive(self, player: Player, push: Push) -> None:
        for button in self.buttons:
            button.pushed += push.times
'''


def tickwire(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, check=False
    )


def refused(*arguments: str) -> str:
    """The one line with which a command is refused, with exit code 2."""
    done = tickwire(*arguments)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("tickwire: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def game_file(folder: Path, text: str, name: str = "game.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


# --- serving -----------------------------------------------------------------------------------------------


def test_serve_says_where_it_listens_and_how_to_join() -> None:
    with server_process("snake") as server:
        assert server.printed[0] == f"listening on 127.0.0.1:{server.port}"
        server.wait_line("  stop")
        words = server.output()
        assert f"http://127.0.0.1:{server.port}/" in words
        assert f"tickwire join 127.0.0.1:{server.port}" in words
        assert f"nc 127.0.0.1 {server.port}" in words
        assert '{"type":"hello","name":"ada"}' in words
        assert "snake" in words
        assert "serve with --lan" in words
        assert "Ctrl+C" in words
        assert fetch(server.port, "/healthz") == b"ok\n"


def test_serve_without_a_game_serves_all_that_are_built_in_snake_first() -> None:
    with server_process() as server:
        assert [g["name"] for g in server.rooms()["games"]] == list(BUILT_IN)
    assert BUILT_IN[0] == "snake"


def test_the_words_for_ipv6_can_be_typed_as_they_stand() -> None:
    with server_process("snake", "--host", "::1") as server:
        server.wait_line("  stop")
        words = server.output()
        assert server.printed[0] == f"listening on [::1]:{server.port}"
        assert f"http://[::1]:{server.port}/" in words
        assert f"tickwire join [::1]:{server.port}" in words
        assert f"nc ::1 {server.port}" in words


def test_open_to_the_network_it_says_so() -> None:
    with server_process("snake", "--host", "0.0.0.0") as server:
        server.wait_line("  stop")
        words = server.output()
        assert f"http://127.0.0.1:{server.port}/" in words
        assert "--lan" not in words
        for address in lan_addresses(ipv6=False):
            assert f"http://{address.host}:{server.port}/" in words
        assert "announced" not in server.errors()


def test_a_users_file_is_served(tmp_path: Path) -> None:
    with server_process(game_file(tmp_path, BUTTON)) as server:
        (game,) = server.rooms()["games"]
        assert game == {"name": "pushing", "title": "Everybody pushes one button", "seats": 3, "tick_rate": 30}

        async def main() -> None:
            async with asyncio.timeout(PATIENCE), connect(server.address, name="ada") as client:
                client.send({"type": "push", "times": 7})
                while client.acked == 0:
                    await client.wait_state()
                (button,) = client.tables["Button"]
                assert button.pushed == 7

        run(main())


def test_the_grace_time_and_how_many_rooms_there_may_be_are_options() -> None:
    async def main(address: str) -> None:
        async with connect(address, name="ada", room="new") as ada:
            assert ada.welcome.grace == 7.5
            async with connect(address, name="bob", room="new"):
                with pytest.raises(ConnectionLost, match="has opened 2 rooms, as many as an address may") as refused:
                    async with connect(address, name="eve", room="new"):
                        pass
                assert refused.value.code == "too_many_rooms"

    with server_process("snake", "--grace", "7.5", "--max-rooms", "5", "--max-rooms-each", "2") as server:
        run(main(f"127.0.0.1:{server.port}"))


def test_a_file_and_a_built_in_game_are_served_side_by_side(tmp_path: Path) -> None:
    with server_process(game_file(tmp_path, BUTTON), "snake") as server:
        assert [g["name"] for g in server.rooms()["games"]] == ["pushing", "snake"]


def test_seats_tick_rate_and_bots_are_honoured() -> None:
    with server_process("snake", "--seats", "5", "--tick-rate", "2.5", "--bots", "2") as server:

        async def main() -> dict[str, Any]:
            async with connect(server.address, name="ada") as client:
                assert client.welcome.tick_rate == 2.5
                return await asyncio.to_thread(server.rooms)

        told = run(main())
        assert (told["games"][0]["seats"], told["games"][0]["tick_rate"]) == (5, 2.5)
        (room,) = told["rooms"]
        assert (room["players"], room["people"], room["seats"]) == (3, 1, 5)


def test_the_same_seed_gives_the_same_game() -> None:
    def first_state(seed: str) -> tuple[str, dict[str, Any]]:
        async def main() -> tuple[str, dict[str, Any]]:
            ada = await Caller.call(server.port)
            await ada.hello("ada")
            state = await ada.state()
            assert isinstance(state, State)
            assert state.full
            assert state.tick == 1
            return ada.room, dict(state.tables)

        with server_process("snake", "--bots", "2", "--seed", seed) as server:
            return run(main())

    assert first_state("7") == first_state("7") != first_state("8")


def test_json_logs_are_one_object_a_line_on_standard_error() -> None:
    with server_process("snake", "--log-format", "json") as server:

        async def main() -> None:
            ada = await Caller.call(server.port)
            await ada.hello("ada")
            await ada.say(type="leave")
            await ada.bye()

        run(main())
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        lines = server.errors().splitlines()
        assert lines
        for line in lines:
            entry = json.loads(line)
            assert {"event", "level", "timestamp", "logger"} <= entry.keys()
        assert server.output().splitlines() == [f"listening on 127.0.0.1:{server.port}"]


def test_a_broken_game_is_a_traceback_in_the_log_and_the_server_goes_on(tmp_path: Path) -> None:
    # With the 7, since what breaks by pressing a key is found before anybody comes.
    broken = BUTTON.replace("button.pushed += push.times", "button.pushed = 1 // (7 - push.times)")
    with server_process(game_file(tmp_path, broken), "snake") as server:

        async def main() -> None:
            ada = await Caller.call(server.port)
            await ada.hello("ada")
            await ada.say(type="input", seq=1, input={"type": "push", "times": 7})
            assert await ada.bye() == "game_error"
            await (await Caller.call(server.port)).hello("ada", game="snake")

        run(main())
        assert "ZeroDivisionError" in server.errors()
        assert "Traceback" in server.errors()


# --- the end -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_a_bye_for_everybody(number: signal.Signals) -> None:
    with server_process("snake", "--bots", "3") as server:

        async def main() -> None:
            callers = []
            for dialect in Dialect:
                caller = await Caller.call(server.port, dialect)
                await caller.hello("ada")
                callers.append(caller)
            await callers[-1].state()
            server.signal(number)
            for caller in callers:
                # Who keeps its end open and says nothing must not keep the server.
                assert await caller.bye() == "shutdown"
            assert await asyncio.to_thread(server.wait) == 0

        run(main())
        assert "Traceback" not in server.errors()


def test_ctrl_c_in_the_middle_of_a_game_without_players_is_no_error() -> None:
    with server_process("snake") as server:
        server.signal(signal.SIGINT)
        assert server.wait() == 0
        assert "Traceback" not in server.errors()


def test_a_second_ctrl_c_is_no_traceback() -> None:
    with server_process("snake") as server:

        async def main() -> None:
            ada = await Caller.call(server.port)
            await ada.hello("ada")
            server.signal(signal.SIGINT)
            await ada.bye()
            server.signal(signal.SIGINT)

        run(main())
        server.wait()
        assert "Traceback" not in server.errors()


# --- what cannot be served -----------------------------------------------------------------------------------


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = refused("serve", "snake", "--port", port)
        assert port in words
        assert "in use" in words
        assert "--port" in words


def test_an_address_that_is_not_ours_is_one_line() -> None:
    assert "192.0.2.1" in refused("serve", "snake", "--host", "192.0.2.1", "--port", "0")


def test_a_host_that_there_is_not_is_one_line() -> None:
    assert "no-such-host.invalid" in refused("serve", "snake", "--host", "no-such-host.invalid", "--port", "0")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", ["there is no game in", "tickwire.Game"]),
        ("def f(:\n", ["game.py:1", "SyntaxError"]),
        ("\n\nraise ValueError('a\\nb')\n", ["game.py:3", "ValueError"]),
        ("import no_such_module\n", ["game.py:1", "no_such_module"]),
        ("import sys\nsys.exit(3)\n", ["game.py"]),
        ("from tickwire import Game\nclass A(Game): pass\nclass B(Game): pass\n", ["A, B"]),
        ("from tickwire import Game\nclass A(Game):\n    tick_rate = 0\n", ["A.tick_rate", "1 to 240"]),
        ("from tickwire import Game\nclass A(Game):\n    def step(self, dt): pass\n", ["A.step", "(self)"]),
        ("from tickwire import Game\nclass A(Game):\n    async def step(self): pass\n", ["A.step", "async"]),
        ("from tickwire import Game, Table\nclass A(Game):\n    t: Table[int]\n", ["A.t", "Entity"]),
        ("from tickwire import Game\nclass A(Game):\n    def recieve(self, p, i): pass\n", ["A.recieve", "receive("]),
        ("from tickwire import Game\nclass A(Game):\n    def start(self): 1 // 0\n", ["A.start", "Zero", "line 3"]),
        ("from tickwire import Game\nclass A(Game):\n    def step(self): raise SystemExit\n", ["A.step", "SystemExit"]),
    ],
    ids=[
        *("no game", "syntax", "raises", "import", "exits", "two games", "tick rate", "signature", "async", "table"),
        *("hook", "start", "step"),
    ],
)
def test_a_file_that_cannot_be_served_is_one_line(tmp_path: Path, text: str, words: list[str]) -> None:
    said = refused("serve", game_file(tmp_path, text), "--port", "0")
    for word in words:
        assert word in said


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert "nothing.py" in refused("serve", str(tmp_path / "nothing.py"))
    assert str(tmp_path) in refused("serve", str(tmp_path))


def test_an_unknown_game_is_told_with_those_there_are() -> None:
    words = refused("serve", "tetris")
    assert "tetris" in words
    assert "snake" in words
    assert ".py" in words


def test_two_games_of_one_name_are_one_line(tmp_path: Path) -> None:
    path = game_file(tmp_path, BUTTON.replace("class Pushing", "class Snake"))
    assert "snake" in refused("serve", "snake", path)


def test_an_unknown_log_format_is_one_line() -> None:
    assert "xml" in refused("serve", "--log-format", "xml")


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--port", "70000"),
        ("serve", "--port", "http"),
        ("serve", "--tick-rate", "0"),
        ("serve", "--seats", "0"),
        ("serve", "--bots", "-1"),
        ("serve", "--seed", "x"),
        ("serve", "--no-such-option"),
        ("dance",),
        ("bots",),
    ],
    ids=" ".join,
)
def test_an_option_that_will_not_do_is_one_line_that_names_it_and_the_help(arguments: tuple[str, ...]) -> None:
    words = refused(*arguments)
    wrong = next((a for a in arguments if a.startswith("--")), "HOST:PORT" if arguments == ("bots",) else arguments[0])
    assert wrong in words
    command = "tickwire" if arguments == ("dance",) else f"tickwire {arguments[0]}"
    assert words.endswith(f"; see {command} --help\n")


def test_without_a_command_it_shows_its_help() -> None:
    done = tickwire()
    assert done.returncode == 2
    assert "serve" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_the_commands() -> None:
    done = tickwire("--help")
    assert done.returncode == 0
    for name in ("serve", "join", "play", "new", "bots", "proxy"):
        assert name in done.stdout


def test_python_m_tickwire_is_the_command() -> None:
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "tickwire", "serve", "tetris"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "tetris" in done.stderr


# --- the other commands ----------------------------------------------------------------------------------------


def test_join_with_a_broken_address_is_one_line() -> None:
    assert "HOST:PORT" in refused("join", "localhost:http")


def test_bots_join_and_play_until_ctrl_c() -> None:
    with server_process("snake", "--tick-rate", "30") as server:
        bots = ServerProcess("bots", server.address, "--count", "4")
        try:
            deadline = time.monotonic() + PATIENCE
            while [r["people"] for r in server.rooms()["rooms"]] != [4]:
                assert time.monotonic() < deadline, server.rooms()
                assert bots.process.poll() is None, bots.errors()
                time.sleep(0.02)
            bots.signal(signal.SIGINT)
            assert bots.wait() == 0
            assert "Traceback" not in bots.errors()
            while any(r["people"] for r in server.rooms()["rooms"]):
                assert time.monotonic() < deadline, "their seats are not freed"
                time.sleep(0.02)
        finally:
            bots.end()


def test_bots_without_a_server_are_one_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        words = refused("bots", address)
    assert f"nobody listens at {address}" in words


def test_bots_whose_server_ends_say_so() -> None:
    with server_process("snake") as server:
        bots = ServerProcess("bots", server.address, "--count", "2")
        try:
            deadline = time.monotonic() + PATIENCE
            while [r["people"] for r in server.rooms()["rooms"]] != [2]:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            server.signal(signal.SIGTERM)
            assert bots.wait() == 2
            assert bots.errors() == "tickwire: the server is shutting down\n"
        finally:
            bots.end()


def test_an_origin_that_is_none_is_refused_with_what_one_looks_like() -> None:
    assert "https://games.example" in refused("serve", "snake", "--allow-origin", "games.example")
