"""A replay in the terminal: what keys do, and what is on the screen then."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest
from helpers import run, until
from replay.rooms import COUNTERS, counted, played, recording
from textual.pilot import Pilot

from terminal.screens import lines, strips, text
from tickwire import Game, loading
from tickwire.faces.terminal import replay_screen
from tickwire.faces.terminal.replay_screen import ReplayFace
from tickwire.faces.terminal.time_line import Marks, bar
from tickwire.game.spec import inspect_game
from tickwire.replay.cursor import Moment
from tickwire.replay.engine import Replay
from tickwire.room.journal import Journal
from tickwire.room.room import Room
from tickwire.wire.messages import Chat, Event, Joined, Left

Scene = Callable[[ReplayFace, Replay, Pilot[None]], Awaitable[None]]


def watched(replay: Replay, scene: Scene, size: tuple[int, int] = (80, 24)) -> None:
    """Show a replay, paused at its first tick and read to its end, and play a scene."""

    async def main() -> None:
        face = ReplayFace(replay)
        async with face.run_test(size=size) as pilot:
            await pilot.press("space", "home")
            await until(lambda: replay.read_whole)
            await scene(face, replay, pilot)

    run(main())


def counted_replay(ticks: int = 3000) -> Replay:
    return Replay(counted(ticks, every=200), COUNTERS)  # ten ticks a second


@pytest.mark.parametrize(
    ("keys", "tick"),
    [
        (["full_stop"], 1),
        (["full_stop", "full_stop", "comma"], 1),
        (["right"], 50),
        (["right", "right", "left"], 50),
        (["pagedown"], 600),
        (["shift+right", "shift+left"], 0),
        (["end"], 3000),
        (["end", "pageup"], 2400),
        (["end", "home"], 0),
        (["left"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_keys_go_to_a_tick(keys: list[str], tick: int) -> None:
    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        assert replay.tick == tick
        await pilot.pause()
        assert f"tick {tick} " in lines(face)[0]

    watched(counted_replay(), scene)


def test_it_plays_by_itself_and_stops_at_the_end() -> None:
    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press("space", *["plus"] * 9)
        await until(lambda: replay.tick > 5)
        await pilot.press("end")
        await until(lambda: "‖ 16×" in lines(face)[0])
        assert replay.tick == replay.end

    watched(counted_replay(600), scene)


def test_at_a_higher_speed_more_ticks_pass() -> None:
    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press(*["plus"] * 9, "space")
        began = time.monotonic()
        await until(lambda: replay.tick > 80)
        assert time.monotonic() - began < 8, "80 ticks at 10 Hz take eight seconds at speed 1"

    watched(counted_replay(), scene)


def test_what_was_said_is_shown_up_to_the_tick_and_taken_back() -> None:
    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press("right")
        await pilot.pause()
        assert "ada  tick 50" in text(face)
        await pilot.press("left", "right", "comma")
        await pilot.pause()
        assert "ada  tick 50" not in text(face)
        assert "ada  tick 40" in text(face)

    watched(counted_replay(), scene)


def test_it_can_be_seen_through_each_players_eyes() -> None:
    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press("right")
        assert "as a watcher sees it" in lines(face)[0]
        await pilot.press("e")
        await pilot.pause()
        assert "as ada sees it" in lines(face)[0]
        assert "▸ ■ ada" in text(face)
        await pilot.press("e")
        await pilot.pause()
        assert "as a watcher sees it" in lines(face)[0]

    watched(counted_replay(), scene)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (50, 14)])
@pytest.mark.parametrize("game", ["snake", "arena", "chess", "chat", "swarm", "echo", "conformance"])
def test_every_game_is_shown_with_a_time_line_below(game: str, size: tuple[int, int]) -> None:
    spec, made, _ = played(game)

    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press("end", "e")
        await pilot.pause()
        rows = lines(face)
        assert game in rows[0]
        assert rows[-2].rstrip().endswith("●")
        assert "Space play" in rows[-1]

    watched(Replay(made, {game: spec}), scene, size)


def test_notes_about_the_replay_are_shown_until_a_key_is_pressed() -> None:
    made = counted(60)
    made.note = "the file can be played up to tick 60"

    async def main() -> None:
        replay = Replay(made, COUNTERS)
        face = ReplayFace(replay)
        async with face.run_test(size=(80, 24)) as pilot:
            await until(lambda: "the file can be played up to tick 60" in lines(face)[-1])
            await pilot.press("space")
            await until(lambda: "Space play" in lines(face)[-1])

    run(main())


def test_a_leap_shows_no_more_new_cells_than_a_step() -> None:
    """What has just come is lit on the board: after a leap that is what came in the last tick."""
    spec, made, _ = played("snake", ticks=300)
    screens = {}

    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        for way in (["end", "comma", "full_stop"], ["home", "end"], ["end", "left", "right"]):
            await pilot.press(*way)
            await pilot.pause()
            assert replay.tick == replay.end
            board = [[(s.text, s.style and s.style.color) for s in strip][:-9] for strip in strips(face)[1:-3]]
            screens[tuple(way)] = board

    watched(Replay(made, {"snake": spec}), scene)
    first, *others = screens.values()
    assert all(other == first for other in others)


def test_rules_that_do_not_come_back_are_ended_and_the_keys_live_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fine(Game):
        name = "waiting"

    class Waiting(Game):
        name = "waiting"

        def step(self) -> None:
            while self.tick == 30:
                pass

    monkeypatch.setattr(loading, "NEVER", 0.3)
    room, journal = Room(inspect_game(Fine), "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    room.make_ticks(50)
    replay = Replay(recording(journal.take()), {"waiting": inspect_game(Waiting)})

    async def main() -> None:
        face = ReplayFace(replay, loading.watched)
        async with face.run_test(size=(100, 24)) as pilot:
            await until(lambda: replay.problem)
            assert "the game broke in tick 30: TookTooLong" in replay.problem
            await pilot.press("space", "home", "full_stop")
            assert replay.tick == 1
            await pilot.press("end")
            assert replay.tick == replay.end == 29

    run(main())


def test_q_ends_it() -> None:
    async def main() -> None:
        face = ReplayFace(counted_replay(60))
        async with face.run_test() as pilot:
            await pilot.press("q")
        assert face.return_code == 0

    run(main())


def test_a_game_that_takes_long_leaves_the_keys_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playing has a share of each frame, however far behind it is."""
    monkeypatch.setattr(replay_screen, "_BUSY", 0.0)

    async def scene(face: ReplayFace, replay: Replay, pilot: Pilot[None]) -> None:
        await pilot.press(*["plus"] * 9, "space")
        await until(lambda: replay.tick > 20)
        await pilot.press("space")
        at = replay.tick
        await pilot.press("full_stop")
        assert replay.tick == at + 1

    watched(counted_replay(), scene)


def test_marks_show_the_most_telling_of_each_column() -> None:
    told = [
        Moment(0, Joined(1, "ada")),
        Moment(0, Joined(2, "Moss", bot=True)),
        Moment(12, Event("died", {})),
        Moment(13, Chat(1, "ada", "hello")),
        Moment(14, Event("died", {})),
        Moment(25, Left(1, "ada")),
        Moment(35, Chat(0, "", "for bob alone"), to=2),
        Moment(99, Event("over", {})),
    ]
    row = Marks(0, 99, 10, 1)
    row.add(told[:3])
    row.add(told[3:])
    assert row.text().plain == '+"-      ·'


def test_the_bar_shows_where_it_is_and_what_is_not_read_yet() -> None:
    assert bar(50, 0, 99, 99, 10).plain == "━━━━━●────"
    assert bar(0, 0, 99, 45, 10).plain == "●────╌╌╌╌╌"
    assert bar(99, 0, 99, 0, 10).plain == "━━━━━━━━━●"
