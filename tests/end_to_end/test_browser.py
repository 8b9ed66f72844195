"""The web page in a real Chromium. What went over its WebSocket is read along, so the page needs no back door."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
from helpers import PATIENCE, ServerProcess, need, server_process
from playwright.async_api import Browser, ConsoleMessage, Page, WebSocket, async_playwright, expect

from tickwire.client import Client, connect

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",
]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
LOST_SERVER = re.compile(r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED")

STROLL = '''
from typing import Literal

from tickwire import Controls, Entity, Game, Input, Look, Player, Table, u16


class Go(Input):
    way: Literal["right"] = "right"


class Walker(Entity):
    x: u16
    y: u16
    owner: u16
    look = Look.cell(x="x", y="y", color="owner")


class Stroll(Game):
    """Nothing moves but who is told to."""

    tick_rate, seats, board = 30, 4, (20, 10)
    inputs = Go
    controls = Controls(keys={"right d": Go()})
    walkers: Table[Walker]
    walker_of: dict[int, int]

    def join(self, player: Player) -> None:
        self.walker_of[player.id] = self.walkers.add(Walker(1, 5, player.id)).id

    def leave(self, player: Player) -> None:
        self.walkers.remove(self.walker_of.pop(player.id))

    def receive(self, player: Player, go: Go) -> None:
        self.walkers[self.walker_of[player.id]].x += 8
'''

# Where the painted pixels are: how many differ from the upper left corner's, and their middle, as shares of the canvas.
PAINTED = """canvas => {
    const {width, height} = canvas;
    const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return Array.from({length: width}, (_, x) => {
        let sum = 0;
        for (let y = 0; y < height; y++) for (let c = 0; c < 3; c++) sum += data[(y * width + x) * 4 + c];
        return sum;
    });
}"""


class Screen:
    """One page, and what it sent and received.

    Attributes:
        heard: the messages that its WebSocket received; a state is a list.
        said: the messages that it sent.
        errors: what stood in its console as an error.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heard: list[Any] = []
        self.said: list[Any] = []
        self.errors: list[str] = []
        page.on("websocket", self._listen)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self._take(self.heard, data))
        socket.on("framesent", lambda data: self._take(self.said, data))

    def _take(self, to: list[Any], data: str | bytes) -> None:
        assert isinstance(data, bytes), "the page speaks the binary subprotocol"
        to.append(msgspec.msgpack.decode(data))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of a type that came so far."""
        return [m for m in self.heard if isinstance(m, dict) and m["type"] == kind]

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The inputs that it sent."""
        return [m["input"] for m in self.said if m["type"] == "input"]

    async def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, (
                f"{what} did not come about; errors {self.of('error')}, console {self.errors}"
            )
            await self.page.wait_for_timeout(10)  # the page's own events run meanwhile

    async def join(self, name: str, *, room: str = "", button: str = "Play") -> dict[str, Any]:
        """Fill the first screen in; returns the welcome."""
        await self.page.get_by_label("Your name").fill(name)
        if room:
            await self.page.locator("#code").fill(room)
        before = len(self.of("welcome"))
        await self.page.get_by_role("button", name=button, exact=True).click()
        await self.until(lambda: len(self.of("welcome")) > before, "a welcome")
        await expect(self.page.locator("#board")).to_be_visible()
        return self.of("welcome")[-1]

    async def columns(self) -> list[int]:
        """How bright each column of the board is."""
        found: list[int] = await self.page.locator("#board").evaluate(PAINTED)
        return found


class Browsing:
    """A Chromium and the loop that its tests share; starting one takes longer than any test."""

    def __init__(self, runner: asyncio.Runner, browser: Browser) -> None:
        self._runner = runner
        self._browser = browser

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            async with asyncio.timeout(3 * PATIENCE):
                await main

        self._runner.run(guarded())

    @asynccontextmanager
    async def open(
        self, server: ServerProcess, *, device: dict[str, Any] = DESKTOP, allowed: re.Pattern[str] | None = None
    ) -> AsyncIterator[Screen]:
        """The page, opened; at the end its console must be clean."""
        context = await self._browser.new_context(**device)
        context.set_default_timeout(PATIENCE * 1000)
        try:
            screen = Screen(await context.new_page())
            await screen.page.goto(f"http://{server.address}/")
            yield screen
            assert [e for e in screen.errors if not (allowed and allowed.search(e))] == []
        finally:
            await context.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browsing]:
    path = need("chromium")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        playwright = runner.run(async_playwright().start())
        browser = runner.run(playwright.chromium.launch(executable_path=path, args=CHROMIUM))
        try:
            yield Browsing(runner, browser)
        finally:
            runner.run(browser.close())
            runner.run(playwright.stop())


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "swarm") as process:
        yield process


def head(client: Client, player: int) -> tuple[int, int] | None:
    """Where a player's snake has its head: its newest cell."""
    cells = [c for c in client.tables["Cell"] if c.owner == player]
    if not cells:
        return None
    newest = max(cells, key=lambda c: c.id)
    return newest.x, newest.y


async def follow(client: Client, condition: Callable[[], object], what: str) -> None:
    """Wait for states until a condition holds."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await client.wait_state()
    except TimeoutError:
        raise AssertionError(f"{what} did not come about") from None


async def steer_up(
    screen: Screen, client: Client, player: int, press: Callable[[], Coroutine[Any, Any, object]]
) -> None:
    """Press until a living snake goes up: seen by somebody else, in another client."""
    await follow(client, lambda: head(client, player), "a living snake")
    place = head(client, player)
    assert place is not None
    before = place[1]
    acks = len(screen.of("ack"))
    await press()
    await screen.until(lambda: len(screen.of("ack")) > acks, "an ack")
    assert screen.inputs[-1] == {"type": "turn", "heading": "up"}
    seen: list[int] = []

    def went_up() -> bool:
        now = head(client, player)
        if now and now[1] != before:
            seen.append(now[1])
        return bool(seen)

    await follow(client, went_up, "a turn")
    assert seen[0] != before


def test_a_player_joins_by_name_and_steers_by_key(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            welcome = await screen.join("ada")
            assert welcome["name"] == "ada"
            assert welcome["game"] == "snake"
            async with connect(server.address, name="bob", room=welcome["room"]) as bob:
                await expect(screen.page.locator("#scores")).to_contain_text("ada")
                await expect(screen.page.locator("#scores")).to_contain_text("bob")
                await expect(screen.page.locator("#room-code")).to_have_text(welcome["room"])
                assert screen.page.url.endswith(f"#{welcome['room']}")
                await steer_up(screen, bob, welcome["player"], lambda: screen.page.keyboard.press("ArrowUp"))
                inputs = len(screen.inputs)
                await screen.page.keyboard.press("a")
                await screen.until(lambda: len(screen.inputs) > inputs, "an input")
                assert screen.inputs[-1] == {"type": "turn", "heading": "left"}
            await expect(screen.page.locator("#scores")).not_to_contain_text("bob")

    chromium.run(main())


def test_chat_goes_both_ways_and_typing_does_not_steer(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            room = (await screen.join("ada"))["room"]
            async with connect(server.address, name="<b>bob</b>", room=room) as bob:
                inputs = len(screen.inputs)
                field = screen.page.get_by_label("Say something to the room")
                await field.click()
                await field.press_sequentially("was it a wasp?")
                await field.press("Enter")
                async with asyncio.timeout(PATIENCE):
                    async for event in bob.events():
                        if getattr(event, "text", None) == "was it a wasp?":
                            break
                assert len(screen.inputs) == inputs
                bob.chat('<img src="x" onerror="alert(1)"> & hi')
                log = screen.page.get_by_role("log")
                await expect(log).to_contain_text('<img src="x" onerror="alert(1)"> & hi')
                await expect(log).to_contain_text("<b>bob</b>")
                assert await log.locator("img").count() == 0

    chromium.run(main())


def test_the_board_shows_another_player_move(chromium: Browsing, tmp_path: Path) -> None:
    (tmp_path / "stroll.py").write_text(STROLL)

    async def main(server: ServerProcess) -> None:
        async with connect(server.address, name="bob") as bob, chromium.open(server) as screen:
            await screen.join("eve", room=bob.room, button="Watch")
            await screen.until(lambda: [m for m in screen.heard if isinstance(m, list)], "a state")

            async def still() -> list[int]:
                """What the board shows when it has come to rest."""
                deadline = time.monotonic() + PATIENCE
                last = await screen.columns()
                while (now := await screen.columns()) != last or max(now) == min(now):
                    assert time.monotonic() < deadline, "the board never rests, or stays empty"
                    last = now
                    await screen.page.wait_for_timeout(50)
                return now

            before = await still()
            bob.send({"type": "go"})
            await follow(bob, lambda: bob.acked == 1, "an ack")
            deadline = time.monotonic() + PATIENCE
            while (await screen.columns()) == before:
                assert time.monotonic() < deadline, "the board did not change"
            after = await still()
            changed = [x for x, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
            width = len(before)
            # From column 1 of 20 to column 9 of 20, and nowhere else.
            assert {round(20 * x / width - 0.5) for x in changed} <= {0, 1, 2, 8, 9, 10}
            assert min(changed) < width * 2 / 20
            assert max(changed) > width * 9 / 20
            assert screen.inputs == []

    with server_process(str(tmp_path / "stroll.py")) as server:
        chromium.run(main(server))


def test_a_refused_name_is_said_in_words_and_may_be_mended(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            await screen.page.get_by_label("Your name").fill("蛇" * 13)
            await screen.page.get_by_role("button", name="Play", exact=True).click()
            await expect(screen.page.get_by_role("alert")).to_contain_text("name")
            await screen.join("蛇")

    chromium.run(main())


def test_an_invitation_leads_into_its_room(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with (
            connect(server.address, name="bob", game="swarm", room="new") as bob,
            chromium.open(server) as screen,
        ):
            # From another page: a change of nothing but the part behind # loads none.
            await screen.page.goto("about:blank")
            await screen.page.goto(f"http://{server.address}/#{bob.room}")
            await expect(screen.page.locator("#invitation")).to_contain_text(bob.room)
            welcome = await screen.join("ada")
            assert (welcome["room"], welcome["game"]) == (bob.room, "swarm")

    chromium.run(main())


def test_a_reload_takes_the_seat_up_again(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            first = await screen.join("ada")
            await screen.page.reload()
            await screen.until(lambda: len(screen.of("welcome")) == 2, "a second welcome")
            again = screen.of("welcome")[-1]
            assert (again["player"], again["room"]) == (first["player"], first["room"])
            await expect(screen.page.locator("#board")).to_be_visible()

    chromium.run(main())


def test_leaving_gives_the_seat_up_and_shows_the_first_screen(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            welcome = await screen.join("ada")
            async with connect(server.address, name="bob", room=welcome["room"]) as bob:
                await screen.page.get_by_role("button", name="Leave the game").click()
                await expect(screen.page.get_by_label("Your name")).to_be_visible()
                await follow(bob, lambda: welcome["player"] not in bob.players, "a seat given up")

    chromium.run(main())


def test_from_game_to_game_without_loading_the_page_anew(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            page = screen.page
            await page.evaluate("window.loadedOnce = true")
            first = await screen.join("ada", button="New room")
            async with connect(server.address, name="bob", room=first["room"]) as bob:
                await page.get_by_role("button", name="Leave the game").click()
                await follow(bob, lambda: first["player"] not in bob.players, "a seat given up")
                await expect(page.get_by_label("Your name")).to_have_value("ada")
                await page.locator("#games").get_by_text("swarm", exact=True).click()
                await expect(page.locator("#game-title")).to_contain_text("torus")
                second = await screen.join("ada", button="New room")
                assert (second["game"], second["player"]) == ("swarm", 1)
                assert page.url.endswith(f"#{second['room']}")
                await page.get_by_role("button", name="Leave the game").click()
                # Back to the first, by the list, which says who is there.
                room = page.locator("#rooms li", has_text=first["room"])
                await expect(room).to_contain_text("1 of 8")
                await room.get_by_role("button", name=first["room"]).first.click()
                await screen.until(lambda: len(screen.of("welcome")) == 3, "a third welcome")
                assert screen.of("welcome")[-1]["room"] == first["room"]
                assert await page.evaluate("window.loadedOnce")

    chromium.run(main())


def test_a_link_that_is_followed_within_the_page_leads_on(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with (
            connect(server.address, name="bob", game="swarm", room="new") as bob,
            chromium.open(server) as screen,
        ):
            page = screen.page
            first = await screen.join("ada", button="New room")
            async with connect(server.address, name="cyd", room=first["room"], watch=True) as cyd:
                await page.evaluate(f"location.hash = '#{bob.room.lower()}'")
                await expect(page.locator("#invitation")).to_contain_text(bob.room)
                await follow(cyd, lambda: first["player"] not in cyd.players, "a seat given up")
            welcome = await screen.join("ada")
            assert (welcome["room"], welcome["game"]) == (bob.room, "swarm")
            await page.evaluate(f"location.hash = '#{bob.room}'")  # where one is already
            await expect(page.locator("#board")).to_be_visible()
            assert len(screen.of("bye")) <= 1

    chromium.run(main())


def test_rooms_are_watched_from_the_list_and_watchers_are_counted(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with (
            connect(server.address, name="bob", game="swarm", room="new") as bob,
            chromium.open(server) as screen,
        ):
            await screen.page.get_by_role("button", name=f"Watch room {bob.room}").click()
            await screen.until(lambda: screen.of("welcome"), "a welcome")
            assert screen.of("welcome")[-1]["player"] == 0
            await expect(screen.page.locator("#watchers")).to_have_text("1 watching")
            await screen.page.keyboard.press("ArrowUp")  # a key of the game's, but not of a watcher's
            await screen.page.keyboard.press("Enter")
            await screen.page.keyboard.type("hello")
            await screen.page.keyboard.press("Enter")
            await screen.until(lambda: screen.of("chat"), "the watcher's line")
            assert screen.of("error") == []

    chromium.run(main())


def test_a_code_that_is_wrong_is_there_to_be_mended_and_a_link_is_a_code(
    chromium: Browsing, server: ServerProcess
) -> None:
    async def main() -> None:
        async with connect(server.address, name="bob", room="new") as bob, chromium.open(server) as screen:
            await screen.page.locator("#code").fill("qqqq")
            await screen.page.get_by_role("button", name="Play", exact=True).click()
            await expect(screen.page.get_by_role("alert")).to_contain_text("no such room")
            await expect(screen.page.locator("#code")).to_have_value("QQQQ")
            welcome = await screen.join("ada", room=f"http://{server.address}/#{bob.room}")
            assert welcome["room"] == bob.room

    chromium.run(main())


def test_the_first_screen_says_that_the_server_is_away_and_finds_it_again(chromium: Browsing) -> None:
    async def main() -> None:
        with server_process("snake") as first:
            async with chromium.open(first, allowed=LOST_SERVER) as screen:
                away = screen.page.get_by_text("The server does not answer, trying again")
                await expect(away).to_be_hidden()
                first.process.terminate()
                await screen.until(lambda: first.process.poll() is not None, "the server's end")
                await expect(away).to_be_visible()
                with server_process("snake", port=first.port):
                    await expect(away).to_be_hidden()
                    await screen.join("ada")

    chromium.run(main())


def test_a_page_finds_back_by_itself_after_the_server_was_restarted(chromium: Browsing) -> None:
    async def main() -> None:
        with server_process("snake") as first:
            async with chromium.open(first, allowed=LOST_SERVER) as screen:
                await screen.join("ada")
                first.process.terminate()
                await screen.until(lambda: first.process.poll() is not None, "the server's end")
                await expect(screen.page.locator("#notice")).to_be_visible()
                with server_process("snake", port=first.port) as second:
                    await screen.until(lambda: len(screen.of("welcome")) == 2, "a second welcome")
                    await expect(screen.page.locator("#notice")).to_be_hidden()
                    async with connect(second.address, name="bob") as bob:
                        player = screen.of("welcome")[-1]["player"]
                        await steer_up(screen, bob, player, lambda: screen.page.keyboard.press("w"))

    chromium.run(main())


def test_a_page_says_that_a_server_is_silent_and_takes_it_back(chromium: Browsing) -> None:
    async def main() -> None:
        with server_process("snake") as process:
            async with chromium.open(process) as screen:
                await screen.join("ada")
                ping = screen.page.locator("#ping")
                await expect(ping).to_contain_text("ms")
                process.signal(signal.SIGSTOP)
                try:
                    await expect(ping).to_have_text(re.compile(r"no answer for \d s"))
                    await expect(ping).to_have_attribute("data-state", "silent")
                finally:
                    process.signal(signal.SIGCONT)
                await expect(ping).to_contain_text("ms")

    chromium.run(main())


def test_a_phone_fits_the_game_and_steers_by_touch(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, device=PHONE) as screen:
            page = screen.page
            welcome = await screen.join("ada")
            board = await page.locator("#board").bounding_box()
            pad = await page.get_by_role("group", name="steer").bounding_box()
            assert board is not None
            assert pad is not None
            for box in (board, pad):
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= 390
                assert box["y"] + box["height"] <= 844
            assert pad["width"] >= 120, "a thumb is a centimetre wide"
            overflow = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not overflow, "the page scrolls sideways"
            async with connect(server.address, name="bob", room=welcome["room"]) as bob:
                x, y = pad["x"] + pad["width"] / 2, pad["y"] + pad["height"] * 0.1
                await steer_up(screen, bob, welcome["player"], lambda: page.touchscreen.tap(x, y))
                await page.get_by_role("button", name="Chat").tap()
                bob.chat("hello phone")
                await expect(page.get_by_role("log")).to_contain_text("hello phone")

    chromium.run(main())


def test_a_page_of_somebody_else_may_use_the_sdk(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server) as screen:
            got = await screen.page.evaluate(
                """async () => {
                    const { connect } = await import("/tickwire.js");
                    const client = connect({ name: "sdk", game: "snake", remember: false });
                    await new Promise(resolve => client.on("state", resolve));
                    const seq = client.send({ type: "turn", heading: "up" });
                    const ack = await new Promise(resolve => client.on("ack", resolve));
                    const result = { player: client.player, room: client.room, seq, acked: ack.seq,
                                     tables: Object.keys(client.tables), cells: client.tables.Cell.size };
                    client.leave();
                    return result;
                }"""
            )
            assert got["player"] > 0
            assert got["acked"] == got["seq"] == 1
            assert got["tables"] == ["Cell", "Score"]
            assert got["cells"] > 0

    chromium.run(main())


def path_of(url: str) -> str:
    return url.split("/", 3)[3]


class Asked:
    """What a page asked the server for, and what came.

    Attributes:
        paths: as they came, with the status; what came out of the browser's cache is not among them.
        sent: all that was asked for, in that order.
        size: bytes that came, with their heads.
    """

    def __init__(self, page: Page) -> None:
        self.paths: list[tuple[str, int]] = []
        self.sent: list[str] = []
        self.size = 0
        self._cached: set[str] = set()
        self._page = page

    async def listen(self) -> None:
        """Begin; before anything is loaded."""
        session = await self._page.context.new_cdp_session(self._page)
        await session.send("Network.enable")
        session.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        session.on(
            "Network.requestWillBeSent", lambda event: self.sent.append(event["request"]["url"].split("/", 3)[3])
        )
        session.on("Network.responseReceived", self._came)
        session.on("Network.loadingFinished", self._finished)

    def _came(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        if event["requestId"] not in self._cached and not answer.get("fromDiskCache"):
            self.paths.append((path_of(answer["url"]), answer["status"]))

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._cached:
            self.size += int(event["encodedDataLength"])


def test_the_first_screen_takes_few_requests_and_a_second_visit_two(chromium: Browsing, server: ServerProcess) -> None:
    """What decides how long it takes on a slow line; the milliseconds are measured by bench/page.py."""

    async def main() -> None:
        context = await chromium._browser.new_context()
        context.set_default_timeout(PATIENCE * 1000)
        try:
            page = await context.new_page()
            first = Asked(page)
            await first.listen()
            await page.goto(f"http://{server.address}/")
            await page.wait_for_selector("#games input", state="attached")
            await page.wait_for_load_state("networkidle")
            assert {status for _, status in first.paths} == {200}
            named = [path for path in first.sent if path.startswith("v/")]
            assert len(set(named)) >= 40, "the game is loaded behind the first screen"
            early = named[: named.index(next(p for p in named if p.endswith("/playing.js")))]
            assert {path.rpartition("/")[2] for path in early} == {
                "style.css", "icon.svg", "page.js", "join.js", "characters.js", "memory.js", "names.js", "rooms.js"
            }  # fmt: skip
            assert first.size < 120_000, "all of it, compressed"
            await page.close()
            page = await context.new_page()
            second = Asked(page)
            await second.listen()
            await page.goto(f"http://{server.address}/")
            await page.wait_for_selector("#games input", state="attached")
            await page.wait_for_load_state("networkidle")
            asked = [(path, status) for path, status in second.paths if path != "api/rooms"]
            assert asked in ([("", 200)], [("", 304)]), "nothing is asked for again but the page itself"
            assert second.size < 3000
        finally:
            await context.close()

    chromium.run(main())


@pytest.mark.parametrize("button", ["Play", "Watch", "New room"])
def test_a_button_that_is_pressed_before_the_scripts_are_there_is_honoured(
    chromium: Browsing, server: ServerProcess, button: str
) -> None:
    async def main() -> None:
        async with connect(server.address, name="bob", room="new") as bob, chromium.open(server) as screen:
            page = screen.page
            held, go_on = asyncio.Event(), asyncio.Event()

            async def hold(route: Any) -> None:
                held.set()
                await go_on.wait()
                await route.continue_()

            await page.route("**/page.js", hold)
            await page.goto(f"http://{server.address}/?again", wait_until="commit")
            await held.wait()
            before = page.url
            await page.get_by_label("Your name").fill("ada")
            if button == "Watch":
                await page.locator("#code").fill(bob.room)
            await page.get_by_role("button", name=button, exact=True).click()
            await page.get_by_label("Your name").press("End")
            assert page.url == before
            assert await page.get_by_label("Your name").input_value() == "ada"
            go_on.set()
            await screen.until(lambda: screen.of("welcome"), "a welcome")
            welcome = screen.of("welcome")[-1]
            assert (welcome["player"] == 0) == (button == "Watch")
            assert button == "Watch" or welcome["name"].startswith("ada")
            assert (welcome["room"] != bob.room) or button != "New room"

    chromium.run(main())


def test_enter_before_the_scripts_are_there_leads_nowhere(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, allowed=re.compile("ERR_FAILED")) as screen:
            await screen.page.route("**/*.js", lambda route: route.abort())
            await screen.page.goto(f"http://{server.address}/?again")
            await screen.page.get_by_label("Your name").fill("ada")
            await screen.page.get_by_label("Your name").press("Enter")
            await expect(screen.page.locator("#join-message")).to_have_text("loading…")
            assert screen.page.url == f"http://{server.address}/?again"

    chromium.run(main())


def test_a_page_that_outlived_its_server_loads_the_new_one(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        async with chromium.open(server, allowed=re.compile("404|ERR_FAILED|ERR_ABORTED")) as screen:
            page = screen.page
            await page.route("**/playing.js", lambda route: route.fulfill(status=404))
            await page.goto(f"http://{server.address}/?again")
            await page.wait_for_selector("#games input", state="attached")
            await page.unroute_all()
            await page.evaluate("window.loadedOnce = true")
            await page.get_by_label("Your name").fill("ada")
            await page.get_by_role("button", name="Play", exact=True).click()
            await screen.until(lambda: screen.of("welcome"), "a welcome")
            assert screen.of("welcome")[-1]["name"].startswith("ada")
            assert not await page.evaluate("window.loadedOnce")


def test_a_file_that_is_always_missing_does_not_load_the_page_for_ever(
    chromium: Browsing, server: ServerProcess
) -> None:
    async def main() -> None:
        async with chromium.open(server, allowed=re.compile("404|ERR_FAILED|ERR_ABORTED")) as screen:
            await screen.page.route("**/playing.js", lambda route: route.fulfill(status=404))
            await screen.page.goto(f"http://{server.address}/?again")
            await screen.page.get_by_role("button", name="Play", exact=True).click()
            await expect(screen.page.locator("#join-message")).to_contain_text("could not be loaded")
            await expect(screen.page.get_by_role("button", name="Play", exact=True)).to_be_enabled()

    chromium.run(main())


ELSEWHERE = """<!doctype html><title>elsewhere</title><script type="module">
import {{ connect }} from "http://{address}/tickwire.js";
const client = connect({{ name: "guest", game: "snake", remember: false }});
client.on("welcome", () => {{ document.title = "in"; }});
client.on("connection", ({{ state }}) => {{ if (state === "reconnecting") document.title = "refused"; }});
fetch("http://{address}/api/rooms").then(() => {{ window.rooms = "read"; }}, () => {{ window.rooms = "refused"; }});
</script>"""


@contextmanager
def page_elsewhere(html: Callable[[], str]) -> Iterator[int]:
    """A web server of somebody else, which has one page; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the base class has it
            body = html().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as elsewhere:
        elsewhere.daemon_threads = True
        thread = Thread(target=elsewhere.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield elsewhere.server_port
        finally:
            elsewhere.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("host", "allowed", "title"),
    [("127.0.0.1", False, "in"), ("evil.example", False, "refused"), ("friend.example", True, "in")],
)
def test_a_page_from_elsewhere_gets_in_if_its_origin_is_allowed(
    chromium: Browsing, host: str, allowed: bool, title: str
) -> None:
    async def main() -> None:
        address = ""
        with page_elsewhere(lambda: ELSEWHERE.format(address=address)) as port:
            origin = f"http://{host}:{port}"
            with server_process("snake", *(("--allow-origin", origin) if allowed else ())) as server:
                address = server.address
                await look(origin)

    async def look(origin: str) -> None:
        context = await chromium._browser.new_context()
        context.set_default_timeout(PATIENCE * 1000)
        page = await context.new_page()
        try:
            await page.goto(f"{origin}/")
            await expect(page).to_have_title(title)
            deadline = time.monotonic() + PATIENCE
            while (rooms := await page.evaluate("window.rooms")) is None:
                assert time.monotonic() < deadline
                await page.wait_for_timeout(10)
            assert rooms == ("refused" if title == "refused" else "read")
        finally:
            await context.close()

    chromium.run(main())


def test_no_page_may_frame_the_page(chromium: Browsing, server: ServerProcess) -> None:
    async def main() -> None:
        context = await chromium._browser.new_context()
        page = await context.new_page()
        try:
            refused: list[str] = []
            page.on("console", lambda message: refused.append(message.text))
            with page_elsewhere(lambda: f'<iframe src="http://{server.address}/"></iframe>') as port:
                await page.goto(f"http://evil.example:{port}/")
                deadline = time.monotonic() + PATIENCE
                while not any("frame" in text for text in refused):
                    assert time.monotonic() < deadline, refused
                    await page.wait_for_timeout(10)
        finally:
            await context.close()

    chromium.run(main())
