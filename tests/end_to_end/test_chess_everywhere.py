"""One game of chess, played from a terminal and a browser, watched with netcat; on a real server process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator

import chess.pgn
import pytest
from helpers import PATIENCE, ServerProcess, need, run, server_process, until
from playwright.async_api import Page, async_playwright, expect
from textual.pilot import Pilot

from end_to_end.test_browser import CHROMIUM, DESKTOP, PHONE
from end_to_end.test_snake_everywhere import Netcat, netcat
from tickwire.faces.seat import Wish
from tickwire.faces.terminal.app import TerminalFace
from tickwire.faces.terminal.board import Board


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("chess") as process:
        yield process


def text(face: TerminalFace) -> str:
    """The text of the screen."""
    return "\n".join(strip.text for strip in face.screen._compositor.render_strips())


async def _sees(face: TerminalFace, words: str) -> None:
    await until(lambda: words in text(face), f"{words!r} on the screen:\n{text(face)}")


async def _pick(face: TerminalFace, pilot: Pilot[None], *squares: str) -> None:
    """Click on squares with the mouse, where the terminal shows them to White."""
    for square in squares:
        x, y = ord(square[0]) - ord("a"), 8 - int(square[1])
        board = face.screen.query_one(Board)
        assert board._raster is not None
        places = ((c, r) for r in range(board.size.height) for c in range(board.size.width))
        there = next(p for p in places if (at := board._raster.point(*p)) and (int(at[0]), int(at[1])) == (x, y))
        await pilot.click(Board, offset=there)


async def _square(page: Page, square: str) -> tuple[float, float]:
    """Where a square is on the page, as Black sees it."""
    box = await page.locator("#board").bounding_box()
    assert box is not None
    x, y = ord("h") - ord(square[0]), int(square[1]) - 1
    return box["x"] + (x + 0.5) * box["width"] / 8, box["y"] + (y + 0.5) * box["height"] / 8


async def _heard(nc: Netcat, words: str) -> None:
    while words not in (await nc.read("chat"))["text"]:
        pass


def test_fools_mate_between_a_terminal_and_a_browser_while_netcat_watches(server: ServerProcess) -> None:
    async def main() -> None:
        face = TerminalFace(Wish(server.address, "ada", game="chess", room="new"))
        async with async_playwright() as playwright, face.run_test(size=(80, 24)) as pilot:
            browser = await playwright.chromium.launch(executable_path=need("chromium"), args=CHROMIUM)
            await _sees(face, "waiting for an")
            assert face.seat is not None
            assert face.seat.client is not None
            room = face.seat.client.room
            async with netcat(server.port) as nc:
                await nc.type(json.dumps({"type": "hello", "name": "eve", "room": room, "watch": True}))
                await nc.read("welcome")
                page = await (await browser.new_context(**DESKTOP)).new_page()
                page.set_default_timeout(PATIENCE * 1000)
                errors: list[str] = []
                page.on("pageerror", lambda error: errors.append(str(error)))
                await page.goto(f"http://{server.address}/#{room}")
                await page.get_by_label("Your name").fill("bob")
                await page.get_by_role("button", name="Play", exact=True).click()
                captions = page.locator("#captions")
                await expect(captions).to_contain_text("White to move")
                await expect(page.locator("#chat-field")).to_have_attribute(
                    "placeholder", "a move such as e2e4 or Nf3, or: draw, resign, rematch"
                )

                await _sees(face, "White to move")
                await _pick(face, pilot, "f2")
                await _sees(face, "•")  # where it may go
                await _pick(face, pilot, "f3")
                await expect(captions).to_contain_text("1. f3")
                for square in ("e7", "e5"):
                    await page.mouse.click(*await _square(page, square))
                await _sees(face, "1. f3 e5")
                await pilot.press("g", "4", "enter")  # typed, without opening the chat first
                await expect(captions).to_contain_text("2. g4")
                await page.keyboard.type("Qh4")
                await page.keyboard.press("Enter")
                await _sees(face, "Checkmate: Black")
                await expect(captions).to_contain_text("Checkmate: Black (bob) wins")
                await _heard(nc, "1. f3 e5 2. g4 Qh4# 0-1")
                event = next((m for m in nc.heard if m["type"] == "event"), None) or await nc.read("event")
                read = chess.pgn.read_game(io.StringIO(event["data"]["pgn"]))
                assert read is not None
                assert (read.headers["White"], read.headers["Black"], read.headers["Result"]) == ("ada", "bob", "0-1")

                await page.keyboard.press("Escape")
                await page.get_by_role("button", name="rematch").click()
                await _sees(face, "I would like a rematch")
                await pilot.press("enter", *"rematch", "enter")
                await _sees(face, "bob has White, ada Black")
                await page.locator("#board").focus()
                for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Enter"):  # the cursor: e4, e3, e2
                    await page.keyboard.press(key)
                await expect(page.locator("#under-cursor")).to_have_text("e2, light ♟")
                for key in ("ArrowUp", "ArrowUp", "Enter"):
                    await page.keyboard.press(key)
                await _sees(face, "1. e4")
                await _sees(face, "1  ♖   ♘   ♗   ♔   ♕")  # from Black's side now
                assert errors == []
            await browser.close()

    run(main())


def test_a_phone_plays_against_a_terminals_cursor(server: ServerProcess) -> None:
    async def main() -> None:
        face = TerminalFace(Wish(server.address, "ada", game="chess", room="new"))
        async with async_playwright() as playwright, face.run_test(size=(100, 30)) as pilot:
            browser = await playwright.chromium.launch(executable_path=need("chromium"), args=CHROMIUM)
            await _sees(face, "waiting for an")
            assert face.seat is not None
            assert face.seat.client is not None
            page = await (await browser.new_context(**PHONE)).new_page()
            page.set_default_timeout(PATIENCE * 1000)
            await page.goto(f"http://{server.address}/#{face.seat.client.room}")
            await page.get_by_label("Your name").fill("bob")
            await page.get_by_role("button", name="Play", exact=True).tap()
            await _sees(face, "White to move")
            await pilot.press("down", "down", "down", "enter", "up", "up", "space")
            await expect(page.locator("#captions")).to_contain_text("1. e4")
            for square in ("e7", "e5"):
                await page.touchscreen.tap(*await _square(page, square))
            await _sees(face, "1. e4 e5")
            await browser.close()

    run(main())


def test_a_server_without_the_package_says_so_in_one_line() -> None:
    hidden = "import sys; sys.modules['chess'] = None; from tickwire.cli import main; main()"
    alone = subprocess.run(
        [sys.executable, "-c", hidden, "serve", "chess", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert alone.returncode == 2
    assert alone.stderr == "tickwire: chess needs the package chess; install it with: pip install 'tickwire[chess]'\n"


def test_a_server_of_all_games_leaves_out_what_it_cannot_load() -> None:
    hidden = (
        "import sys; sys.modules['chess'] = None; from tickwire.loading import load_built_in as load; "
        "print([s.name for s in load()])"
    )
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert "snake" in done.stdout
    assert "chess" not in done.stdout
    assert done.stderr.startswith("tickwire: not served: chess needs the package chess;")
    assert done.stderr.count("\n") == 1
