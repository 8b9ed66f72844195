"""`tickwire new`: what it writes runs at once, whatever the name, and nothing that is there is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import run, server_process
from test_cli import refused

from tickwire.client import connect
from tickwire.game.loader import load_file
from tickwire.room.room import Room
from tickwire.scaffold import CannotBegin, Names, names, write_game

A_MINUTE = 60.0  # seconds that another program may take on a busy machine


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program that was installed with this Python, in a folder."""
    program = str(Path(sys.executable).with_name(arguments[0]))
    environment = {k: v for k, v in os.environ.items() if k not in ("MYPYPATH", "PYTHONPATH")}
    return subprocess.run(
        [program, *arguments[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=A_MINUTE,
        check=False,
    )


@pytest.fixture(scope="module")
def pong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `tickwire new pong` was run."""
    folder = tmp_path_factory.mktemp("pong")
    done = _run(folder, "tickwire", "new", "pong")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "tickwire serve pong.py" in done.stdout
    assert "pytest test_pong.py" in done.stdout
    return folder


@pytest.fixture(autouse=True)
def no_tests_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be imported here only because this is a test is no rival of a game's name."""
    tests = Path(__file__).parent
    others = [place for place in sys.path if Path(place or ".").resolve() not in (tests, tests.parent)]
    monkeypatch.setattr(sys, "path", others)


# --- what is written ---


def test_it_writes_a_game_its_test_and_a_readme(pong: Path) -> None:
    assert sorted(path.name for path in pong.iterdir() if path.is_file()) == ["README.md", "pong.py", "test_pong.py"]
    for path in pong.glob("*.*"):
        text = path.read_text("utf-8")
        assert "$" not in text
        assert max(map(len, text.splitlines())) <= 120


def test_the_rules_are_about_thirty_lines(pong: Path) -> None:
    rules = (pong / "pong.py").read_text("utf-8").partition("class Pong(Game):")[2]
    methods = rules.partition("    def bot")[0]
    assert 25 <= sum(bool(line.strip()) for line in methods.splitlines()) <= 35


def test_its_own_tests_pass(pong: Path) -> None:
    done = _run(pong, "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_ruff_and_mypy_find_nothing(pong: Path) -> None:
    for arguments in (["check", "."], ["format", "--check", "."]):
        done = _run(pong, "ruff", arguments[0], "--no-cache", "--isolated", *arguments[1:])
        assert done.returncode == 0, done.stdout + done.stderr
    done = _run(pong, "mypy", "--strict", "--config-file=", f"--cache-dir={os.devnull}", "pong.py", "test_pong.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_served_and_two_clients_play_it(pong: Path) -> None:
    with server_process(str(pong / "pong.py"), "--seed", "1") as server:
        assert server.rooms()["games"][0]["title"] == "Pong"

        async def main() -> None:
            async with connect(server.address, name="ada") as ada, connect(server.address, name="bob") as bob:
                assert ada.room == bob.room
                while len(ada.tables["Disc"]) < 2:
                    await ada.wait_state()
                before = {disc.player: disc.y for disc in ada.tables["Disc"]}
                bob.send({"type": "push", "way": "down"})
                while bob.acked == 0:
                    await bob.wait_state()
                for _ in range(5):
                    await ada.wait_state()
                after = {disc.player: disc.y for disc in ada.tables["Disc"]}
                assert after[bob.player] > before[bob.player]
                assert after[ada.player] == before[ada.player]

        run(main())


def test_bots_play_it_for_long_and_nothing_breaks(pong: Path) -> None:
    room = Room(load_file(pong / "pong.py"), "TEST", seed=3, now=0.0, bots=8)
    for _ in range(3_000):
        room.make_tick()
    points = [score.points for score in room.game.scores]  # type: ignore[attr-defined]
    assert min(points) > 10


def test_what_the_readme_says_to_type_is_there(pong: Path) -> None:
    text = (pong / "README.md").read_text("utf-8")
    typed = [line.split("#")[0].strip() for line in text.splitlines() if line.startswith("    ")]
    assert typed[0] == "tickwire serve pong.py"
    for line in typed:
        if line.startswith("tickwire "):
            done = _run(pong, "tickwire", line.split()[1], "--help")
            for option in (word for word in line.split() if word.startswith("--")):
                assert option in done.stdout
    for name in ("tick_rate", "COINS", "Push", "Disc", "Coin", "Score", "speed", "rows"):
        assert f"`{name}`" in text
        assert name in (pong / "pong.py").read_text("utf-8")


# --- names ---


@pytest.mark.parametrize(
    ("wanted", "called"),
    [
        ("pong", Names("pong", "Pong", "Pong")),
        ("pong.py", Names("pong", "Pong", "Pong")),
        ("PingPong", Names("PingPong", "PingPong", "PingPong")),
        ("space race", Names("space_race", "SpaceRace", "Space race")),
        ("space-race-2", Names("space_race_2", "SpaceRace2", "Space race 2")),
        ("  tanks  ", Names("tanks", "Tanks", "Tanks")),
        ("größe", Names("größe", "Größe", "Größe")),
        ("player", Names("player", "MyPlayer", "Player")),
        ("disc", Names("disc", "MyDisc", "Disc")),
        ("game", Names("game", "MyGame", "Game")),
        ("_x", Names("x", "X", "X")),
        ("WIDTH", Names("WIDTH", "MyWIDTH", "WIDTH")),
        ("snake", Names("snake", "Snake", "Snake")),
    ],
    ids=str,
)
def test_a_name_is_made_a_file_a_class_and_a_title(wanted: str, called: Names) -> None:
    assert names(wanted) == called


@pytest.mark.parametrize("wanted", ["space-race", "player", "WIDTH", "game", "Push", "größe", "match", "_x", "Room"])
def test_a_game_of_any_name_runs_and_passes_its_tests(wanted: str, tmp_path: Path) -> None:
    title = names(wanted).title
    game, *_ = write_game(wanted, tmp_path)
    assert load_file(game).title == title
    done = _run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr


NO_NAMES = ("", " ", "-", "3d", "a/b", "../pong", "pong!", "ping.pong", "🐍", "a" * 41)
OTHERS_NAMES = ("class", "None", "random", "json", "test", "tickwire", "pytest", "msgspec")


@pytest.mark.parametrize("wanted", NO_NAMES + OTHERS_NAMES)
def test_a_name_that_will_not_do_is_one_sentence(wanted: str, tmp_path: Path) -> None:
    with pytest.raises(CannotBegin) as told:
        write_game(wanted, tmp_path)
    assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_it_in_one_line() -> None:
    assert "'random' means something else to Python already" in refused("new", "random")
    assert "cannot be a game's name" in refused("new", "3d")


# --- what is there already ---


@pytest.mark.parametrize("there", ["pong.py", "test_pong.py"])
def test_nothing_that_is_there_is_overwritten(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(CannotBegin, match=f"^{there} is here already"):
        write_game("pong", tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_a_readme_that_is_there_stays_and_the_games_gets_another_name(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    assert [path.name for path in write_game("pong", tmp_path)] == ["pong.py", "test_pong.py", "README_pong.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_two_games_in_one_folder_get_along(tmp_path: Path) -> None:
    write_game("pong", tmp_path)
    write_game("tanks", tmp_path)
    done = _run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert "10 passed" in done.stdout
    with server_process(str(tmp_path / "pong.py"), str(tmp_path / "tanks.py")) as server:
        assert [game["name"] for game in server.rooms()["games"]] == ["pong", "tanks"]


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match="cannot be written here"):
        write_game("pong", tmp_path / "nowhere")


def test_the_templates_are_in_what_is_installed() -> None:
    import tickwire.scaffold

    here = Path(tickwire.scaffold.__file__).parent
    assert {path.name for path in here.glob("*.txt")} == {"game.txt", "checks.txt", "readme.txt"}
