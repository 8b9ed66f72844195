"""Which event loop servers and bots run on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes asyncio's event loop with less CPU for each event."""
    if sys.platform == "win32":
        import winloop as loops  # type: ignore[import-not-found, unused-ignore]
    else:
        import uvloop as loops
    factory: Callable[[], asyncio.AbstractEventLoop] = loops.new_event_loop
    return factory
