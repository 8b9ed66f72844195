"""Floor 4, beside the server: the Python client.

>>> import asyncio
>>> from tickwire.client import connect
>>> async def main() -> None:
...     async with connect("127.0.0.1:5050", name="ada", game="snake") as client:
...         client.send({"type": "turn", "heading": "up"})
...         async for event in client.events():
...             print(event, len(client.tables["Cell"]))
"""

from tickwire.client.client import Client, connect

__all__ = ["Client", "connect"]
