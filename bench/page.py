"""How long until the page's first screen has its list of games, on a slow line: python bench/page.py

A Chromium with its network emulation, as its developer tools have it, opens the page of a real server: with nothing in
its cache, and once more with what the first visit left there.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, async_playwright

LATENCY = 150  # milliseconds that each answer takes longer
RATE = 1.6e6 / 8  # bytes a second, each way: "slow 4G"
AIMS = {"first visit": 1500, "second visit": 800}  # milliseconds
DEADLINE = 30_000  # milliseconds

# When the first game stands in the list, in milliseconds since the navigation began.
_WATCH = """
new MutationObserver((_, observer) => {
    if (!document.querySelector("#games input")) return;
    observer.disconnect();
    window.listed = performance.now();
}).observe(document, {childList: true, subtree: true});
"""
# What was asked of the server by then, and what came over the line: bytes, and 0 for what was in the cache.
_ASKED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(entry => entry.responseEnd && entry.responseEnd <= window.listed)
    .map(entry => entry.transferSize)"""


async def visit(context: BrowserContext, address: str) -> tuple[float, int, int]:
    """Milliseconds to the list of games, requests that went over the line by then, and their bytes."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    limits = {"offline": False, "latency": LATENCY, "downloadThroughput": RATE, "uploadThroughput": RATE}
    await session.send("Network.emulateNetworkConditions", limits)
    await page.add_init_script(_WATCH)
    await page.goto(address, wait_until="commit")
    await page.wait_for_selector("#games input", state="attached", timeout=DEADLINE)
    listed: float = await page.evaluate("window.listed")
    sizes = [size for size in await page.evaluate(_ASKED) if size]
    await page.wait_for_load_state("networkidle")  # so that the next visit finds what a visitor leaves there
    await page.close()
    return listed, len(sizes), sum(sizes)


async def measure(browser: Browser, address: str, runs: int) -> dict[str, list[tuple[float, int, int]]]:
    found: dict[str, list[tuple[float, int, int]]] = {which: [] for which in AIMS}
    for _ in range(runs):
        context = await browser.new_context()
        for which in AIMS:
            found[which].append(await visit(context, address))
        await context.close()
    return found


async def main(runs: int) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("this needs chromium")
    tickwire = str(Path(sys.executable).with_name("tickwire"))
    server = await asyncio.create_subprocess_exec(
        tickwire, "serve", "--port", "0", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert server.stdout is not None
        port = int((await server.stdout.readline()).decode().rpartition(":")[2])
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            found = await measure(browser, f"http://127.0.0.1:{port}/", runs)
            await browser.close()
    finally:
        server.terminate()
        await server.wait()
    for which, visits in found.items():
        times = sorted(time for time, _, _ in visits)
        _, requests, size = visits[-1]
        print(
            f"{which:13} {statistics.median(times):5.0f} ms (from {times[0]:.0f} to {times[-1]:.0f} in {runs} runs, "
            f"aim {AIMS[which]}), {requests} requests, {size:,} bytes"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    asyncio.run(main(parser.parse_args().runs))
