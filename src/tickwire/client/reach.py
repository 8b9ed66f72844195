"""The way to a server, or one sentence that says why there is none."""

from __future__ import annotations

import asyncio
import os

from tickwire.client.address import Place
from tickwire.errors import ConnectionLost


async def open_connection(place: Place, *, limit: int = 65_536) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect; waits as long as the system does. Cancelling is safe.

    Args:
        place: where.
        limit: bytes that are read ahead.

    Raises:
        ConnectionLost: nobody listens there, or there is no such place.
    """
    try:
        return await asyncio.open_connection(place.host, place.port, limit=limit)
    except (OSError, UnicodeError) as error:  # a name that no resolver would take is a UnicodeError
        why = os.strerror(error.errno) if isinstance(error, ConnectionError) and error.errno else error
        raise ConnectionLost(f"nobody listens at {place.address}; is the server running? ({why})") from None
