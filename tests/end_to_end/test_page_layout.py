"""Where things are on the page: that what is needed is wholly on the screen, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers import ServerProcess, server_process
from playwright.async_api import Locator, expect

from end_to_end.test_browser import DESKTOP, PHONE, Browsing, Screen, chromium

__all__ = ["chromium"]  # the fixture

TYPING = [(390, 844), (390, 450), (360, 310), (844, 390), (844, 190), (740, 190)]  # the low ones as with a keyboard
SIDEWAYS = [(844, 390), (740, 360), (932, 430), (568, 320)]

COMMON = """
from tickwire import Controls, Entity, Game, Input, Look, Player, Table, text, u16


class Spot(Entity):
    x: u16 = 1
    y: u16 = 1
    look = Look.cell(x="x", y="y", color=1)


class Score(Entity):
    player: u16
    points: u16 = 7
    look = Look.score(player="player", value="points")


class Question(Entity):
    words: text = "Which river is the longest of all?"
    look = Look.caption(text="words")


class Clock(Entity):
    words: text = "18 s left"
    look = Look.caption(text="words")
"""

HOLD = (
    COMMON
    + '''

class Keys(Input):
    up: bool = False
    down: bool = False
    left: bool = False
    right: bool = False
    fire: bool = False


class Thumbs(Game):
    """A pad and a button, held; no scores."""

    tick_rate, seats, board = 10, 8, (80, 48)
    inputs = Keys
    controls = Controls(
        hold={"up": "up", "down": "down", "left": "left", "right": "right", "space": "fire"}, input=Keys
    )
    spots: Table[Spot]

    def start(self) -> None:
        self.spots.add(Spot())

    def receive(self, player: Player, keys: Keys) -> None:
        pass
'''
)

BUTTONS = (
    COMMON
    + '''
from typing import Literal


class Do(Input):
    what: Literal[
        "up", "down", "left", "right", "jump", "duck", "throw", "whistle", "camouflage", "rest", "dig", "swim", "shout"
    ] = "up"


class Buttons(Game):
    """A pad and nine buttons, with scores and captions."""

    tick_rate, seats, board = 10, 8, (80, 48)
    inputs = Do
    controls = Controls(keys={
        "up": Do("up"), "down": Do("down"), "left": Do("left"), "right": Do("right"), "j": Do("jump"), "k": Do("duck"),
        "t": Do("throw"), "w": Do("whistle"), "c": Do("camouflage"), "r": Do("rest"),
        "d": Do("dig"), "s": Do("swim"), "o": Do("shout"),
    })
    spots: Table[Spot]
    scores: Table[Score]
    questions: Table[Question]

    def start(self) -> None:
        self.spots.add(Spot())
        self.questions.add(Question())
        for number in range(1, 9):
            self.scores.add(Score(number))

    def receive(self, player: Player, do: Do) -> None:
        pass
'''
)

QUIZ = (
    COMMON
    + '''

class Point(Input):
    x: u16 = 0
    y: u16 = 0


class Skip(Input):
    pass


class AskForAHint(Input):
    pass


class Quiz(Game):
    """Answered by chat, with a board."""

    tick_rate, seats, board = 10, 8, (60, 20)
    inputs = Point | Skip | AskForAHint
    controls = Controls(text="your answer", click=Point)
    spots: Table[Spot]
    scores: Table[Score]
    questions: Table[Question]
    clocks: Table[Clock]

    def start(self) -> None:
        self.spots.add(Spot())
        self.questions.add(Question())
        self.clocks.add(Clock())
        for number in range(1, 9):
            self.scores.add(Score(number))

    def receive(self, player: Player, wish: Point | Skip | AskForAHint) -> None:
        pass
'''
)

TALK = (
    COMMON
    + '''

class Talk(Game):
    """Captions, scores and a chat, and nothing to paint."""

    tick_rate, seats = 10, 8
    controls = Controls(text="your answer")
    scores: Table[Score]
    questions: Table[Question]

    def start(self) -> None:
        self.questions.add(Question())

    def join(self, player: Player) -> None:
        self.scores.add(Score(player.id))
'''
)

GAMES = {"thumbs": HOLD, "buttons": BUTTONS, "quiz": QUIZ, "talk": TALK}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("games")
    for name, source in GAMES.items():
        (folder / f"{name}.py").write_text(source)
    with server_process(*(str(folder / f"{name}.py") for name in GAMES)) as process:
        yield process


def phone(width: int, height: int) -> dict[str, Any]:
    return {**PHONE, "viewport": {"width": width, "height": height}}


async def play(screen: Screen, game: str) -> None:
    page = screen.page
    await page.locator("#games").get_by_text(game, exact=True).click()
    await page.get_by_label("Your name").fill("ada")
    await page.get_by_role("button", name="New room", exact=True).click()
    await screen.until(lambda: [m for m in screen.heard if isinstance(m, list)], "a state")
    await expect(page.locator("#scores")).to_contain_text("ada")


async def box_of(part: Locator) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    box = await part.bounding_box()
    assert box is not None, f"{part} is not shown"
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


async def assert_on_screen(screen: Screen, *parts: Locator) -> None:
    size = screen.page.viewport_size
    assert size is not None
    for part in parts:
        left, top, right, bottom = await box_of(part)
        inside = left >= 0 and top >= 0 and right <= size["width"] and bottom <= size["height"]
        assert inside, (
            f"{await part.evaluate('e => e.outerHTML')} goes from {left}, {top} to {right}, {bottom} in {size}"
        )


def overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("game", ["thumbs", "buttons"])
def test_every_control_is_wholly_on_a_phone_held_sideways(chromium: Browsing, server: ServerProcess, game: str) -> None:
    async def main() -> None:
        async with chromium.open(server, device=phone(844, 390)) as screen:
            page = screen.page
            await play(screen, game)
            for width, height in SIDEWAYS:
                await page.set_viewport_size({"width": width, "height": height})
                pad, board = page.get_by_role("group", name="steer"), page.locator("#board")
                buttons = await page.locator(".actions button").all()
                assert len(buttons) == (1 if game == "thumbs" else 9)
                await assert_on_screen(
                    screen, pad, board, page.locator("#scores"), *buttons, *await page.locator(".bar button").all()
                )
                places = [await box_of(part) for part in (pad, board, *buttons)]
                for i, place in enumerate(places):
                    assert not any(overlap(place, other) for other in places[:i]), (width, height, places)
                left, _, right, _ = places[1]
                assert right - left >= width / 4, "the board is there to be seen"

    chromium.run(main())


@pytest.mark.parametrize("device", [DESKTOP, PHONE, phone(844, 390)])
def test_a_game_without_a_picture_shows_captions_and_points(
    chromium: Browsing, server: ServerProcess, device: dict[str, Any]
) -> None:
    async def main() -> None:
        async with chromium.open(server, device=device) as screen:
            await play(screen, "talk")
            points, caption = screen.page.locator("#scores .value"), screen.page.locator("#captions p")
            await expect(points).to_have_text("7")
            await expect(caption).to_have_text("Which river is the longest of all?")
            await assert_on_screen(screen, points, caption, screen.page.locator("#chat-field"))

    chromium.run(main())


def test_captions_and_board_can_be_read_while_typing_on_a_phone(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            page = screen.page
            await play(screen, "quiz")
            await page.get_by_role("button", name="Chat").tap()
            for width, height in TYPING:
                await page.set_viewport_size({"width": width, "height": height})
                captions = await page.locator("#captions p").all()
                board, chat = page.locator("#board"), page.locator("#chat")
                assert len(captions) == 2
                await assert_on_screen(screen, board, chat, page.locator("#chat-field"), *captions)
                places = [await box_of(part) for part in (board, chat, page.locator(".scores"))]
                for i, place in enumerate(places):
                    assert not any(overlap(place, other) for other in places[:i]), (width, height, places)
                scores = places[2]
                for caption in captions:
                    assert (await box_of(caption))[3] <= scores[3], "a caption is cut off"
                left, top, right, bottom = places[0]
                assert right - left >= 90, (width, height)
                assert bottom - top >= 30, (width, height)

    chromium.run(main())


def test_a_tap_beside_the_chat_counts_where_it_was_seen_and_closes_the_chat(
    chromium: Browsing, server: ServerProcess
) -> None:
    async def main() -> None:
        async with chromium.open(server, device=phone(844, 390)) as screen:
            page = screen.page
            await play(screen, "quiz")
            await page.get_by_role("button", name="Chat").tap()
            await expect(page.locator("#chat")).to_be_visible()
            left, top, right, bottom = await box_of(page.locator("#board"))
            await page.touchscreen.tap(left + (right - left) * 45.5 / 60, top + (bottom - top) * 10.5 / 20)
            await screen.until(lambda: screen.inputs, "an input")
            assert screen.inputs == [{"type": "point", "x": 45, "y": 10}]
            await expect(page.locator("#chat")).to_be_hidden()

    chromium.run(main())


def test_the_bar_keeps_its_buttons_on_a_narrow_phone_when_the_server_is_silent(
    chromium: Browsing, server: ServerProcess
) -> None:
    async def main() -> None:
        async with chromium.open(server, device=phone(390, 844)) as screen:
            page = screen.page
            await play(screen, "thumbs")
            ping = page.locator("#ping")
            for width in (390, 360, 320):
                await page.set_viewport_size({"width": width, "height": 640})
                for state, text in (("joined", "123 ms"), ("silent", "no answer for 3 s")):
                    # In one go with the measuring, for the page writes its own there each second.
                    right = await ping.evaluate(
                        """(ping, [state, text]) => {
                            ping.dataset.state = state;
                            ping.textContent = text;
                            return document.getElementById("leave").getBoundingClientRect().right;
                        }""",
                        [state, text],
                    )
                    assert right <= width, (width, text)

    chromium.run(main())
